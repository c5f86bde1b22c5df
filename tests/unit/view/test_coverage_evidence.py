"""Each kind of evidence for a territory, and the look-alikes that are none."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.config import Source
from harvester.model import Agent, Coverage, Dataset, Location
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import coverage
from harvester.view.coverage import explained
from harvester.view.rules import rules

GPSO = "fr:epci:200057974"
MEUDON = "fr:commune:92048"
ISSY = "fr:commune:92040"
SEVRES = "fr:commune:92072"
RENNES = "fr:commune:35238"
RENNES_METROPOLE = "fr:epci:243500139"
HAUTS_DE_SEINE = "fr:departement:92"
IDF = "fr:region:11"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def source(territory: str) -> Source:
    return Source(
        id="s", name="s", kind="dcat", url="https://x.example", level="commune", territory=territory
    )


def found(
    gazetteer: Gazetteer, territory: str, title: str = "Un jeu", **values: Any
) -> tuple[Coverage, ...]:
    description = values.pop("description", "")
    entry = Dataset(
        title={"fr": title}, description={"fr": description} if description else {}, **values
    )
    return coverage(entry, source(territory), gazetteer)


def about(parts: tuple[Coverage, ...]) -> set[str]:
    return {part.territory for part in parts}


# ── titles ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("territory", "title", "codes"),
    [
        (GPSO, "Arbres de Meudon", {MEUDON}),
        (GPSO, "Bureaux de vote - Sèvres", {SEVRES}),
        (GPSO, "SEVRES : écoles", {SEVRES}),
        (GPSO, "Agenda de la ville de Meudon", {MEUDON}),
        (GPSO, "Agenda de la ville de Meudon - GPSO", {MEUDON}),
        (GPSO, "Navette Issy-les-Moulineaux / Meudon", {ISSY, MEUDON}),
        (GPSO, "Lignes de bus de Grand Paris Seine Ouest", {GPSO}),
        (IDF, "Stations GPSO", {GPSO}),
        (GPSO, "Titres de transport en Ile-de-France", {IDF}),
        (IDF, "Équipements sportifs dans les Hauts-de-Seine", {HAUTS_DE_SEINE}),
        (IDF, "Licenciés sportifs dans les Yvelines", {"fr:departement:78"}),
        ("fr", "Licenciés sportifs dans les Yvelines", {"fr:departement:78"}),
        (IDF, "Marchés des Ulis", {"fr:commune:91692"}),
        (IDF, "Crèches de L'Haÿ-les-Roses (94)", {"fr:commune:94038"}),
        (IDF, "Marchés de Saint-Denis", {"fr:commune:93066"}),
        (IDF, "Marchés de St-Denis", {"fr:commune:93066"}),
        ("fr:departement:33", "Réservations de la ville de Salles", {"fr:commune:33498"}),
        ("fr:departement:62", "Bus (62189) : arrêts", {"fr:commune:62189"}),
        (RENNES_METROPOLE, "Fibre Rennes Métropole : câbles", {RENNES_METROPOLE}),
        (RENNES_METROPOLE, "Fréquentation du site de Rennes Ville et Métropole", {RENNES_METROPOLE}),
        (RENNES_METROPOLE, "Base SIRENE - Saint-Jacques de la Lande", {"fr:commune:35281"}),
        (RENNES_METROPOLE, "Cantons d'Ille-et-Vilaine", {"fr:departement:35"}),
        ("fr", "Plan local d'urbanisme de la commune de Mesnil Saint Nicaise", {"fr:commune:80542"}),
        ("fr", "PPR LOUVIE-SOUBIRON (64354) - Document PPRN", {"fr:commune:64354"}),
        ("fr", "Forêts exploitables en Haute-Savoie", {"fr:departement:74"}),
        ("fr", "Prénoms des enfants nés à Nantes", {"fr:commune:44109"}),
        ("fr", "Taxis de Paris 12e", {"fr"}),
        ("fr:departement:75", "Marchés de Paris 12e", {"fr:departement:75"}),
    ],
)  # fmt: skip
def test_a_territory_named_in_the_title_is_what_the_data_are_about(
    gazetteer: Gazetteer, territory: str, title: str, codes: set[str]
) -> None:
    parts = found(gazetteer, territory, title)
    if codes == {"fr:departement:75"}:
        codes = {"fr:commune:75056"}  # an arrondissement leads to its commune
    assert about(parts) == codes


@pytest.mark.parametrize(
    ("territory", "title"),
    [
        (GPSO, "Travaux rue de Meudon"),
        (GPSO, "Pont de Sèvres"),
        (GPSO, "Route de Vanves : comptages"),
        (HAUTS_DE_SEINE, "Thèses soutenues à l'Université Paris Nanterre"),
        (IDF, "Gare de Versailles"),
        (IDF, "Académie de Versailles : effectifs"),
        (IDF, "Gares du Grand Paris Express"),
        (IDF, "Paris 2024 : sites olympiques"),
        (IDF, "Commissariats à Paris et petite couronne"),
        (RENNES_METROPOLE, "SCoT du Pays de Rennes"),
        (GPSO, "Prêts de la médiathèque sur les rois de Lyon"),
        (GPSO, "le vanves de la rivière"),
        ("fr:region:84", "Marchés : calendrier"),
        ("fr:departement:33", "Salles : réservations"),
        ("fr:departement:62", "Bus - arrêts"),
        (RENNES_METROPOLE, "Clayés et haies"),
        ("fr", "Marchés de Saint-Denis"),
        ("fr", "Les éditions Bus et Orange"),
        ("fr", "Traité de Versailles"),
        ("fr", "Débits de la Loire"),
        ("fr", "Carte de France"),
    ],
)
def test_what_only_looks_like_a_territory_says_nothing(
    gazetteer: Gazetteer, territory: str, title: str
) -> None:
    (part,) = found(gazetteer, territory, title)
    assert (part.territory, part.how, part.sure) == (territory, "source", "default")


def test_a_title_narrows_a_wider_statement_and_never_widens_one(gazetteer: Gazetteer) -> None:
    stated = Location(iri="http://id.insee.fr/geo/departement/10")
    parts = found(gazetteer, "fr", "Document d'urbanisme d'Estissac", spatial=(stated,))
    assert [(p.territory, p.how) for p in parts] == [("fr:commune:10142", "title")]
    stated = Location(iri="http://id.insee.fr/geo/commune/92048")
    parts = found(gazetteer, IDF, "Arbres des Hauts-de-Seine", spatial=(stated,))
    assert [(p.territory, p.how) for p in parts] == [(MEUDON, "uri")]


def test_a_shared_name_is_decided_by_where_the_box_lies_or_who_publishes(
    gazetteer: Gazetteer,
) -> None:
    title = "Plan local d'urbanisme de la commune de Rosières"
    assert about(found(gazetteer, "fr", title)) == {"fr"}
    somme = Location(bbox=(1.3128, 49.3855, 3.2813, 50.4819))
    oise = Agent(name={"fr": "Département de l'Oise"})
    one = found(gazetteer, "fr", title, publisher=oise)
    assert about(one) == {"fr:commune:60546"}
    two = found(gazetteer, "fr", "Plan de la commune de Doullens", spatial=(somme,))
    assert about(two) == {"fr:commune:80253"}


def test_a_shared_name_that_nothing_decides_is_told_as_such(gazetteer: Gazetteer) -> None:
    entry = Dataset(title={"fr": "Marchés de la ville de Saint-Denis"})
    answer, steps = explained(entry, source("fr"), gazetteer)
    assert about(answer) == {"fr"}
    (doubt,) = [step.claim for step in steps if step.claim.how == "title"]
    assert doubt.territory is None
    assert "nom partagé" in doubt.note
    assert "93066" in doubt.note


# ── places ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("territory", "place", "codes"),
    [
        (IDF, Location(name={"fr": "Les Lilas"}), {"fr:commune:93045"}),
        (IDF, Location(name={"fr": "Territoire de GPSO"}), {GPSO}),
        (IDF, Location(name={"fr": "Ville de Meudon"}), {MEUDON}),
        (IDF, Location(name={"fr": "France, Meudon"}), {MEUDON}),
        (IDF, Location(name={"fr": "Meudon, ailleurs"}), {IDF}),
        (IDF, Location(name={"fr": "Monde"}), {IDF}),
        ("fr", Location(name={"fr": "Saint-Denis"}), {"fr"}),
        ("fr", Location(name={"fr": "Saint-Denis (93200)"}), {"fr:commune:93066"}),
        ("fr", Location(name={"fr": "Avrigny*60036"}), {"fr:commune:60036"}),
        ("fr", Location(name={"fr": "Bretagne"}), {"fr:region:53"}),
        ("fr", Location(name={"fr": "Métropole européenne de Lille (MEL)"}), {"fr:epci:200093201"}),
        ("fr", Location(name={"fr": "département de la Somme, Département de la Somme"}), {"fr:departement:80"}),
        (RENNES_METROPOLE, Location(iri="https://portail.exemple.fr/dcat/Rennes"), {RENNES}),
        ("fr", Location(iri="http://publications.europa.eu/resource/authority/country/REU"), {"fr:departement:974"}),
        ("fr", Location(identifier="country:mq"), {"fr:departement:972"}),
        ("fr", Location(identifier="country:de"), {"fr"}),
    ],
)  # fmt: skip
def test_places_are_understood_as_portals_write_them(
    gazetteer: Gazetteer, territory: str, place: Location, codes: set[str]
) -> None:
    assert about(found(gazetteer, territory, spatial=(place,))) == codes


def test_france_and_its_overseas_territories_one_by_one_are_france(gazetteer: Gazetteer) -> None:
    places = [Location(name={"fr": name}) for name in ("La Réunion", "Mayotte")]
    assert about(found(gazetteer, "fr", spatial=tuple(places))) == {
        "fr:departement:974",
        "fr:departement:976",
    }
    places.append(Location(name={"fr": "France métropolitaine"}))
    assert about(found(gazetteer, "fr", spatial=tuple(places))) == {"fr"}


# ── identifiers, descriptions, boxes ─────────────────────────────────────────────────────────────────


def test_a_siren_in_the_identifier_tells_whose_data_they_are(gazetteer: Gazetteer) -> None:
    page = "https://opendata.hauts-de-seine.example/explore/dataset/fr-219200714-arceaux-velo/"
    body = Agent(name={"fr": "Département des Hauts-de-Seine"})
    parts = found(gazetteer, HAUTS_DE_SEINE, "Arceaux vélo", landing_page=(page,), publisher=body)
    assert parts == (Coverage("fr:commune:92071", "identifier", "sure"),)
    other = page.replace("219200714", "833718794")  # no collectivity's
    parts = found(gazetteer, HAUTS_DE_SEINE, "Arbres", landing_page=(other,), publisher=body)
    assert about(parts) == {HAUTS_DE_SEINE}


@pytest.mark.parametrize(
    ("territory", "description", "codes"),
    [
        (HAUTS_DE_SEINE, "<p>Points localisés sur le territoire de Suresnes.</p>", {"fr:commune:92073"}),
        (HAUTS_DE_SEINE, "Arceaux sur le territoire de la ville de Sceaux.", {"fr:commune:92071"}),
        (GPSO, "Stations sur le Territoire de GPSO", {GPSO}),
        (RENNES_METROPOLE, "Périmètres des centres de vote à Rennes en 2014", {RENNES}),
        (GPSO, "Zones végétales sur le territoire des Hauts-de-Seine.", {HAUTS_DE_SEINE}),
    ],
)  # fmt: skip
def test_a_phrase_of_the_description_that_leaves_no_doubt_decides(
    gazetteer: Gazetteer, territory: str, description: str, codes: set[str]
) -> None:
    parts = found(gazetteer, territory, description=description)
    assert about(parts) == codes
    assert {part.how for part in parts} == {"description"}
    assert {part.sure for part in parts} == {"likely"}


@pytest.mark.parametrize(
    "description",
    [
        "Données produites par la Ville de Meudon avec ses partenaires.",
        "Vélos. Les stations sont décrites ailleurs. Un atelier se tient à Meudon.",
        "Trajets entre Meudon, Sèvres, Vanves, Chaville et Ville-d'Avray.",
        "",
    ],
)
def test_other_names_in_a_description_decide_nothing(
    gazetteer: Gazetteer, description: str
) -> None:
    assert about(found(gazetteer, GPSO, description=description)) == {GPSO}


def test_a_list_that_the_description_announces_is_a_statement(gazetteer: Gazetteer) -> None:
    told = "Source : Insee. Couverture Spatiale : Illzach - Mulhouse - Wittenheim"
    parts = found(gazetteer, "fr:epci:200066009", "Quartiers m2A", description=told)
    assert about(parts) == {"fr:commune:68154", "fr:commune:68224", "fr:commune:68376"}
    assert {(part.how, part.sure) for part in parts} == {("list", "sure")}


def test_a_list_of_nearly_all_communes_is_their_territory(gazetteer: Gazetteer) -> None:
    names = [unit.name for code in gazetteer.members(GPSO) if (unit := gazetteer.unit(code))]
    listed = "Couverture spatiale : " + " - ".join(names)
    assert about(found(gazetteer, IDF, description=listed)) == {GPSO}


@pytest.mark.parametrize(
    ("territory", "description", "codes"),
    [
        (HAUTS_DE_SEINE, "Voir <a href='https://www.suresnes.fr/archives'>", {"fr:commune:92073"}),
        (HAUTS_DE_SEINE, "Contact : sig@ville-meudon.fr", {MEUDON}),
        (HAUTS_DE_SEINE, "https://www.meudon.fr et https://www.sevres.fr", {HAUTS_DE_SEINE}),
        (HAUTS_DE_SEINE, "https://data.gouv.fr/meudon", {HAUTS_DE_SEINE}),
        (HAUTS_DE_SEINE, "https://meudon.exemple.fr", {HAUTS_DE_SEINE}),
        ("fr:departement:84", "Contact : jean@orange.fr", {"fr:departement:84"}),
        ("fr", "Voir https://www.toulouse.fr", {"fr"}),
    ],
)
def test_the_site_of_one_city_alone_tells_whose_data_they_are(
    gazetteer: Gazetteer, territory: str, description: str, codes: set[str]
) -> None:
    assert about(found(gazetteer, territory, description=description)) == codes


def test_a_box_that_is_a_unit_s_or_lies_in_one_commune_alone_tells_which(
    gazetteer: Gazetteer,
) -> None:
    def boxed(*box: float) -> tuple[Coverage, ...]:
        return found(gazetteer, IDF, spatial=(Location(bbox=box),))  # type: ignore[arg-type]

    unit = gazetteer.unit(HAUTS_DE_SEINE)
    assert unit is not None
    assert unit.bbox is not None
    assert boxed(*unit.bbox) == (Coverage(HAUTS_DE_SEINE, "box", "likely"),)
    assert about(boxed(2.22, 48.80, 2.24, 48.82)) == {MEUDON}
    ring = "POLYGON((2.22 48.80, 2.24 48.80, 2.24 48.82, 2.22 48.82, 2.22 48.80))"
    drawn = found(gazetteer, IDF, spatial=(Location(geometry=ring),))
    assert about(drawn) == {MEUDON}


@pytest.mark.parametrize(
    "box",
    [
        (-180.0, -90.0, 180.0, 90.0),
        (-5.5, 41.0, 10.0, 51.5),
        (-61.8, -21.4, 55.9, 51.1),
        (2.2, 48.7, 2.5, 49.0),  # a part of the region, no unit's
        (2.0, 3.0, 2.0, 3.0),
    ],
)
def test_default_boxes_and_boxes_of_nothing_in_particular_say_nothing(
    gazetteer: Gazetteer, box: tuple[float, float, float, float]
) -> None:
    assert about(found(gazetteer, IDF, spatial=(Location(bbox=box),))) == {IDF}


# ── publishers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Grand Poitiers Open Data", "fr:epci:200069854"),
        ("Hauts-de-Seine le Département", HAUTS_DE_SEINE),
        ("DDT de la Dordogne", "fr:departement:24"),
        ("Préfecture des Hauts-de-Seine", HAUTS_DE_SEINE),
        ("Direction Départementale des Territoires et de la Mer des Pyrénées-Atlantiques", "fr:departement:64"),
        ("CCAS de Guérande", "fr:commune:44069"),
    ],
)  # fmt: skip
def test_offices_are_known_by_what_they_are_called(
    gazetteer: Gazetteer, name: str, code: str
) -> None:
    parts = found(gazetteer, "fr", publisher=Agent(name={"fr": name}))
    assert parts == (Coverage(code, "publisher", "likely"),)


# ── one's own rules ──────────────────────────────────────────────────────────────────────────────────


def test_own_names_and_words_are_laid_over_the_shipped_ones(gazetteer: Gazetteer) -> None:
    own = rules(
        {"names": {"les Hauts": MEUDON}, "title": {"not_after": ["…", "ruelle"]}, "sure": {"title": "sure"}}
    )  # fmt: skip

    def said(title: str) -> tuple[Coverage, ...]:
        return coverage(Dataset(title={"fr": title}), source(GPSO), gazetteer, own)

    assert said("Arbres des Hauts") == (Coverage(MEUDON, "title", "sure"),)
    assert about(said("Ruelle de Sèvres")) == about(said("Rue de Sèvres")) == {GPSO}


def test_own_rules_replace_the_shipped_ones(gazetteer: Gazetteer) -> None:
    own = rules({"rule": [{"name": "producteur", "looks_at": ["publisher"]}]})
    entry = Dataset(
        title={"fr": "Arbres de Meudon"}, publisher=Agent(name={"fr": "Ville de Sèvres"})
    )
    assert about(coverage(entry, source(GPSO), gazetteer, own)) == {SEVRES}


def test_other_rules_have_another_version() -> None:
    assert rules({}).version == rules({}).version
    assert rules({"names": {"x": MEUDON}}).version != rules({}).version


def test_explaining_tells_what_counted_and_what_did_not(gazetteer: Gazetteer) -> None:
    entry = Dataset(
        title={"fr": "Arbres de Meudon"}, publisher=Agent(name={"fr": "Grand Paris Seine Ouest"})
    )
    answer, steps = explained(entry, source(GPSO), gazetteer)
    assert answer == coverage(entry, source(GPSO), gazetteer)
    told = {(s.rule, s.claim.territory, s.claim.written, s.counts) for s in steps}
    assert ("titre", MEUDON, "Meudon", True) in told
    assert ("producteur", GPSO, "Grand Paris Seine Ouest", False) in told


WORDS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["Meudon", "Sèvres", "Rennes", "Saint-Denis", "GPSO", "ville de", "sur le territoire de", "à", "(92)", "(92048)", "-", "et", "des", "petite couronne"]
        ),
        st.sampled_from(["Couverture spatiale :", "<p>", "https://www.meudon.fr", "fr-219200714-x", "Métropole"]),
    ),
    max_size=12,
).map(" ".join)  # fmt: skip
NUMBERS = st.floats(width=32)


@settings(deadline=None)
@given(
    title=WORDS,
    description=WORDS,
    page=WORDS,
    box=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    territory=st.sampled_from(["fr", IDF, GPSO, MEUDON, RENNES_METROPOLE]),
)
def test_whatever_is_written_an_entry_is_about_something_that_exists(
    gazetteer: Gazetteer,
    title: str,
    description: str,
    page: str,
    box: tuple[float, float, float, float] | None,
    territory: str,
) -> None:
    entry = Dataset(
        title={"fr": title},
        description={"fr": description},
        identifier=(page,),
        spatial=(Location(bbox=box, name={"fr": page}),),
        publisher=Agent(name={"fr": title}),
    )
    answer, steps = explained(entry, source(territory), gazetteer)
    assert answer == coverage(entry, source(territory), gazetteer)
    assert answer
    assert len(about(answer)) == len(answer)
    assert all(part.territory in gazetteer for part in answer)
    for part in answer:
        assert any(s.counts and s.claim.territory == part.territory for s in steps)


def test_long_texts_are_read_in_no_time(gazetteer: Gazetteer) -> None:
    entry = Dataset(
        title={"fr": "Arbres de Meudon et de Sèvres " * 20_000},
        description={"fr": "sur le territoire de Meudon, à Sèvres. <p " * 50_000},
    )
    start = time.process_time()
    coverage(entry, source(GPSO), gazetteer)
    assert time.process_time() - start < 2


def test_a_coverage_costs_microseconds(gazetteer: Gazetteer) -> None:
    body = Agent(name={"fr": "Ville d'Issy-les-Moulineaux"})
    entries = [
        Dataset(
            title={"fr": f"Équipements sportifs et lieux de quartier {n}"},
            description={"fr": "Ce jeu de données contient les adresses et les horaires. " * 8},
            publisher=body,
        )
        for n in range(300)
    ]
    here = source(GPSO)
    coverage(entries[0], here, gazetteer)
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        for entry in entries:
            coverage(entry, here, gazetteer)
        best = min(best, (time.process_time() - start) / len(entries))
    assert best < 400e-6, best
