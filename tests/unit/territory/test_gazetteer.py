"""The gazetteer as the other parts use it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.territory import Gazetteer, load

GPSO = "fr:epci:200057974"
MGP = "fr:epci:200054781"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load()


def test_a_commune_has_name_population_box_siren_and_postal_code(gazetteer: Gazetteer) -> None:
    unit = gazetteer.unit("fr:commune:92040")
    assert unit is not None
    assert (unit.name, unit.slug, unit.level) == (
        "Issy-les-Moulineaux",
        "issy-les-moulineaux",
        "commune",
    )
    assert unit.siren == "219200409"
    assert unit.population == 67669
    assert unit.postal_codes == ("92130",)
    assert unit.bbox is not None
    west, south, east, north = unit.bbox
    assert 2.2 < west < east < 2.3
    assert 48.8 < south < north < 48.9


def test_a_commune_of_the_grand_paris_lies_in_its_ept_and_in_the_metropole(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.enclosing("fr:commune:92040") == (
        "fr:commune:92040",
        GPSO,
        MGP,
        "fr:departement:92",
        "fr:region:11",
        "fr",
    )


def test_an_ept_inside_one_departement_is_enclosed_by_it(gazetteer: Gazetteer) -> None:
    assert gazetteer.enclosing(GPSO) == (GPSO, MGP, "fr:departement:92", "fr:region:11", "fr")


def test_an_epci_over_several_departements_is_enclosed_by_their_region_only(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.enclosing(MGP) == (MGP, "fr:region:11", "fr")


def test_a_collectivity_overseas_without_region_is_a_departement_of_the_state(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.enclosing("fr:commune:98735") == (
        "fr:commune:98735",
        "fr:departement:987",
        "fr",
    )


def test_the_eight_communes_of_the_territory_are_its_members(gazetteer: Gazetteer) -> None:
    assert [code[-5:] for code in gazetteer.members(GPSO)] == [
        "92012",
        "92022",
        "92040",
        "92047",
        "92048",
        "92072",
        "92075",
        "92077",
    ]


def test_members_can_be_asked_for_at_any_level(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.members("fr:region:11", "departement")) == 8
    assert GPSO in gazetteer.members(MGP, "epci")
    assert gazetteer.members("fr:commune:92040") == ("fr:commune:92040",)
    assert len(gazetteer.members("fr")) > 34_000


@pytest.mark.parametrize(
    ("alias", "today"),
    [
        ("fr:commune:75101", "fr:commune:75056"),  # an arrondissement of Paris
        ("fr:commune:75040", "fr:commune:92040"),  # before the départements of 1968
        ("fr:commune:50173", "fr:commune:50129"),  # a commune déléguée
    ],
)
def test_former_codes_and_parts_stand_for_the_commune_of_today(
    gazetteer: Gazetteer, alias: str, today: str
) -> None:
    unit = gazetteer.unit(alias)
    assert unit is not None
    assert unit.code == today
    assert gazetteer.enclosing(alias) == gazetteer.enclosing(today)
    assert gazetteer.insee(alias[-5:]) == today


def test_what_a_commune_is_made_of_and_what_it_was_is_known(gazetteer: Gazetteer) -> None:
    twelfth = gazetteer.part("75112")
    assert twelfth is not None
    assert (twelfth.name, twelfth.kind, twelfth.parent) == (
        "Paris 12e Arrondissement",
        "arrondissement",
        "fr:commune:75056",
    )
    assert twelfth.population == 138024
    assert twelfth.postal_codes == ("75012",)
    assert len([p for p in gazetteer.parts("fr:commune:75056") if p.kind == "arrondissement"]) == 20
    deleguee = gazetteer.part("fr:commune:01340")
    assert deleguee is not None
    assert (deleguee.kind, deleguee.parent) == ("deleguee", "fr:commune:01015")
    (former,) = gazetteer.parts("fr:commune:74212")  # Entremont merged into Glières-Val-de-Borne
    assert (former.code, former.kind, former.name) == ("fr:commune:74110", "ancienne", "")
    assert gazetteer.part("92040") is None
    assert gazetteer.parts("fr:commune:92040") == (gazetteer.part("75040"),)  # before 1968
    assert gazetteer.parts("fr:departement:92") == ()


@pytest.mark.parametrize(
    "name", ["Paris 12e", "Paris 12e Arrondissement", "12e arrondissement de Paris"]
)
def test_an_arrondissement_leads_to_its_city_however_it_is_written(
    gazetteer: Gazetteer, name: str
) -> None:
    assert gazetteer.named(name) == "fr:commune:75056"


def test_all_who_bear_a_name_can_be_asked_for(gazetteer: Gazetteer) -> None:
    several = gazetteer.candidates("Saint-Denis")
    assert {"fr:commune:93066", "fr:commune:97411"} <= set(several)
    assert gazetteer.named("Saint-Denis") is None
    assert gazetteer.nearest(several, "fr:departement:93") == "fr:commune:93066"
    assert gazetteer.candidates("Paris") == ("fr:commune:75056",)  # its département is the same
    assert gazetteer.candidates("nulle part") == gazetteer.candidates("") == ()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("3017382", "fr"),
        ("3012874", "fr:region:11"),
        ("3013657", "fr:departement:92"),
        ("935317", "fr:departement:974"),
        ("3012649", "fr:commune:92040"),
        ("2995469", "fr:commune:13055"),
        ("1", None),
    ],
)
def test_geonames_numbers_are_known(gazetteer: Gazetteer, number: str, code: str | None) -> None:
    assert gazetteer.geonames(number) == code


@pytest.mark.parametrize("number", ["219200409", "21920040900014", "219 200 409 00014"])
def test_a_siren_and_a_siret_name_the_commune(gazetteer: Gazetteer, number: str) -> None:
    assert gazetteer.siren(number) == "fr:commune:92040"


def test_sirens_of_groups_departement_and_region_are_known(gazetteer: Gazetteer) -> None:
    assert gazetteer.siren("200057974") == GPSO
    assert gazetteer.siren("229200506") == "fr:departement:92"
    assert gazetteer.siren("237500079") == "fr:region:11"
    assert gazetteer.siren("220100010") == "fr:departement:01"
    assert gazetteer.siren("200076958") == "fr:region:94"
    assert gazetteer.siren("not a number") is None


def test_every_siren_has_a_right_check_digit_and_names_one_unit(gazetteer: Gazetteer) -> None:
    units = [*gazetteer.members("fr"), *gazetteer.members("fr", "departement")]
    units += [*gazetteer.members("fr", "region"), *gazetteer.members("fr", "epci")]
    seen = set()
    for code in units:
        unit = gazetteer.unit(code)
        assert unit is not None
        if unit.siren:
            doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(unit.siren)]
            assert sum(value - 9 * (value > 9) for value in doubled) % 10 == 0, unit
            assert unit.siren not in seen
            seen.add(unit.siren)
            assert gazetteer.siren(unit.siren) == code


def test_a_postal_code_serves_several_communes(gazetteer: Gazetteer) -> None:
    assert gazetteer.postal("92410") == ("fr:commune:92077",)
    assert len(gazetteer.postal("01400")) > 1
    assert gazetteer.postal("00000") == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Sèvres", "fr:commune:92072"),
        ("SEVRES", "fr:commune:92072"),
        ("issy les moulineaux", "fr:commune:92040"),
        ("Ville-d’Avray", "fr:commune:92077"),
        ("Le Havre", "fr:commune:76351"),
        ("Havre (Le)", "fr:commune:76351"),
        ("Havre", "fr:commune:76351"),
        ("St-Étienne", "fr:commune:42218"),
        ("Paris", "fr:commune:75056"),
        ("Hauts de Seine", "fr:departement:92"),
        ("Île-de-France", "fr:region:11"),
        ("Grand Paris Seine Ouest", GPSO),
        ("France", "fr"),
        ("Cherbourg-Octeville", "fr:commune:50129"),
    ],
)
def test_names_are_found_as_people_write_them(
    gazetteer: Gazetteer, written: str, code: str
) -> None:
    assert gazetteer.named(written) == code


def test_homonyms_are_nobody_until_the_context_decides(gazetteer: Gazetteer) -> None:
    assert gazetteer.named("Saint-Denis") is None
    assert gazetteer.named("Saint-Denis", within=GPSO) == "fr:commune:93066"
    assert gazetteer.named("Saint-Denis", within="fr:region:04") == "fr:commune:97411"


def test_a_level_decides_between_a_commune_and_a_departement(gazetteer: Gazetteer) -> None:
    assert gazetteer.named("Mayenne") is None
    assert gazetteer.named("Mayenne", level="departement") == "fr:departement:53"
    assert gazetteer.named("Mayenne", level="commune") == "fr:commune:53147"


def test_every_slug_of_a_territory_is_its_own(gazetteer: Gazetteer) -> None:
    assert gazetteer.slugs(GPSO)["ville-d-avray"] == "fr:commune:92077"
    for code in ("fr:departement:80", "fr:region:44", "fr"):
        slugs = gazetteer.slugs(code)
        assert len(slugs) == len(gazetteer.members(code))
        assert set(slugs.values()) == set(gazetteer.members(code))


@pytest.mark.parametrize("code", ["", "fr:", "fr:commune:", "fr:commune:00000", "de", "fr:epci:1"])
def test_what_is_no_unit_is_unknown_and_raises_nothing(gazetteer: Gazetteer, code: str) -> None:
    assert gazetteer.unit(code) is None
    assert code not in gazetteer
    assert gazetteer.enclosing(code) == ()
    assert gazetteer.members(code) == ()


def test_every_commune_climbs_to_the_state(gazetteer: Gazetteer) -> None:
    for code in gazetteer.members("fr"):
        chain = gazetteer.enclosing(code)
        assert chain[0] == code
        assert chain[-1] == "fr"
        assert len(set(chain)) == len(chain)


def test_codes_of_european_tables_name_our_units(gazetteer: Gazetteer) -> None:
    assert gazetteer.foreign("nuts", "FR105") == "fr:departement:92"
    assert gazetteer.foreign("nuts", "FR1") == "fr:region:11"
    assert gazetteer.foreign("atu", "FRA_DPT_092") == "fr:departement:92"
    assert gazetteer.foreign("place", "FRA_OGB") == "fr:commune:92012"
    for scheme in ("nuts", "atu", "place"):
        for unit in gazetteer._foreign[scheme].values():
            assert unit in gazetteer


@settings(deadline=None)  # the first example makes the indexes
@given(st.text(max_size=40))
def test_no_text_breaks_a_lookup(text: str) -> None:
    gazetteer = load()
    for answer in (gazetteer.named(text), gazetteer.siren(text), gazetteer.insee(text)):
        assert answer is None or answer in gazetteer
    gazetteer.postal(text)
    gazetteer.unit(text)
