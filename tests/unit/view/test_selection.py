"""Who sees what, and the sentence that says why."""

from __future__ import annotations

import time

import pytest

from harvester.config import Choice, View
from harvester.model import Coverage, Sure
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import Facts, Membership, Selection, judge, prepare, select

GPSO = "fr:epci:200057974"
MEUDON = "fr:commune:92048"
SURE: dict[str, Sure] = {"publisher": "likely", "source": "default"}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def views(gazetteer: Gazetteer) -> Selection:
    cities = [
        View(slug=slug, territory=code, title=slug) for slug, code in gazetteer.slugs(GPSO).items()
    ]
    return prepare(GPSO, cities, gazetteer)


def seen(views: Selection, *codes: str) -> list[str]:
    found = select(views, tuple(Coverage(code, "stated") for code in codes))
    return [membership.view for membership in found]


def memberships(views: Selection, *codes: str, how: str = "stated") -> dict[str, Membership]:
    sure = SURE.get(how, "sure")
    return {m.view: m for m in select(views, tuple(Coverage(code, how, sure) for code in codes))}


def test_a_city_and_the_territory_see_what_is_about_the_city(views: Selection) -> None:
    assert seen(views, MEUDON) == ["", "meudon"]


@pytest.mark.parametrize("code", [GPSO, "fr:epci:200054781", "fr:departement:92", "fr:region:11"])
def test_every_city_sees_what_is_about_a_unit_that_encloses_it(views: Selection, code: str) -> None:
    assert len(seen(views, code)) == 9


@pytest.mark.parametrize(
    "code", ["fr:commune:92073", "fr:departement:75", "fr:epci:200057966", "fr:region:84", "fr"]
)
def test_no_city_sees_what_is_about_another_place_or_no_place_in_particular(
    views: Selection, code: str
) -> None:
    assert seen(views, code) == [""]


def test_several_coverages_are_seen_by_all_they_concern(views: Selection) -> None:
    assert seen(views, MEUDON, "fr:commune:92072") == ["", "meudon", "sevres"]
    assert seen(views, "fr:commune:92073", "fr:commune:92072") == ["", "sevres"]


def test_the_reason_names_the_nearest_territory_and_the_evidence(views: Selection) -> None:
    found = select(views, (Coverage("fr:departement:92", "publisher"), Coverage(MEUDON, "source")))
    reasons = {membership.view: membership.reason for membership in found}
    assert reasons["meudon"] == "Concerne Meudon, d’après le portail d’où il vient."
    assert reasons["sevres"] == "Concerne Hauts-de-Seine, d’après son producteur."
    assert select(views, (Coverage("fr", "source"),)).memberships[0].reason == "Données nationales."


def test_a_region_s_catalogue_sees_its_communes_and_the_state(gazetteer: Gazetteer) -> None:
    region = prepare("fr:region:11", [], gazetteer)
    for code in (MEUDON, GPSO, "fr:departement:77", "fr:region:11", "fr"):
        assert seen(region, code) == [""]
    assert memberships(region, "fr:region:84")[""].level == "elsewhere"


def test_the_nearest_comes_first_and_within_a_level_the_surest(views: Selection) -> None:
    chain = (MEUDON, GPSO, "fr:epci:200054781", "fr:departement:92", "fr:region:11")
    ranks = [
        memberships(views, code, how=how)["meudon"].rank
        for code in chain
        for how in ("stated", "publisher", "source")
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert [memberships(views, code)["meudon"].level for code in chain] == [
        "commune",
        "epci",
        "epci",
        "departement",
        "region",
    ]


def test_a_slice_stands_behind_the_city_s_own_and_before_all_larger_ones(views: Selection) -> None:
    own = memberships(views, MEUDON, how="source")["meudon"]
    cut = memberships(views, MEUDON, how="slice")["meudon"]
    larger = memberships(views, GPSO)["meudon"]
    assert cut.how == "slice"
    assert own.rank < cut.rank < larger.rank
    assert list(memberships(views, MEUDON, how="slice")) == ["meudon"]
    assert cut.reason == "Les lignes qui concernent Meudon, dans un jeu de données plus large."


def test_a_larger_territory_that_is_only_guessed_does_not_count_beside_another_commune(
    views: Selection,
) -> None:
    covered = (
        Coverage("fr:commune:69123", "stated"),
        Coverage("fr:region:11", "source", "default"),
    )
    assert [m.view for m in select(views, covered)] == [""]
    verdict = judge(views, "meudon", covered, frozenset())
    assert verdict.reason == (
        "Ne concerne que Lyon (d’après la fiche) ; Île-de-France n’est que supposé, d’après le portail d’où il vient."
    )
    both = (Coverage("fr:commune:92072", "stated"), Coverage("fr:departement:92", "stated"))
    assert len(select(views, both)) == 9


def test_what_is_national_comes_in_where_it_names_the_city_or_the_operator_names_it(
    gazetteer: Gazetteer,
) -> None:
    include = Choice(themes=("ENVI",), publishers=("INSEE",), titles=("(?i)sirene",))
    cities = [
        View(slug="meudon", territory=MEUDON, title="", include=include),
        View(slug="sevres", territory="fr:commune:92072", title="", whole=("etat",)),
    ]
    views = prepare(GPSO, cities, gazetteer)
    national = (Coverage("fr", "stated"),)

    def views_of(facts: Facts, covered: tuple[Coverage, ...] = national) -> list[str]:
        return [m.view for m in select(views, covered, views.choices.match(facts))]

    assert views_of(Facts()) == ["", "sevres"]
    assert views_of(Facts(), (*national, Coverage(MEUDON, "stated"))) == ["", "meudon", "sevres"]
    eu = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
    for facts in (
        Facts(themes=(eu,)),
        Facts(publishers=("Insee",)),
        Facts(titles=("Base SIRENE",)),
    ):
        assert views_of(facts) == ["", "meudon", "sevres"]
    assert views_of(Facts(publishers=("INSEE",)), (Coverage("fr:commune:69123", "stated"),)) == [""]
    assert judge(views, "meudon", national, frozenset()).reason == (
        "National, sans nommer Meudon ni avoir d’extrait pour elle ; whole ne fait pas entrer tout le niveau « etat », "
        "et include ne le retient pas."
    )


def test_naming_an_identifier_or_a_source_lets_in_even_what_is_about_another_place(
    gazetteer: Gazetteer,
) -> None:
    include = Choice(identifiers=("jeu-7",), sources=("lyon",))
    views = prepare(
        GPSO, [View(slug="meudon", territory=MEUDON, title="", include=include)], gazetteer
    )
    lyon = (Coverage("fr:commune:69123", "stated"),)
    for facts in (Facts(identifiers=("x", "jeu-7")), Facts(sources=("lyon",))):
        found = {m.view: m for m in select(views, lyon, views.choices.match(facts))}
        assert found["meudon"].reason.startswith("Retenu par include.")
        assert found["meudon"].level == "elsewhere"


def test_what_is_excluded_stays_out_of_cities_and_in_the_territory(gazetteer: Gazetteer) -> None:
    exclude = Choice(titles=("^Marchés",))
    include = Choice(identifiers=("jeu-7",))
    city = View(slug="meudon", territory=MEUDON, title="", include=include, exclude=exclude)
    views = prepare(GPSO, [city], gazetteer)
    named = views.choices.match(Facts(identifiers=("jeu-7",), titles=("Marchés publics",)))
    covered = (Coverage(MEUDON, "stated"),)
    assert [m.view for m in select(views, covered, named)] == [""]
    verdict = judge(views, "meudon", covered, named)
    assert verdict.reason == "Écarté par exclude.titles : « ^Marchés »."


def test_entries_of_one_coverage_share_a_listing_and_others_do_not(views: Selection) -> None:
    same = [select(views, (Coverage(MEUDON, "stated"),)).key for _ in range(2)]
    assert same[0] == same[1]
    assert select(views, (Coverage(MEUDON, "publisher"),)).key != same[0]


def test_selecting_costs_microseconds(views: Selection) -> None:
    covered = (Coverage(MEUDON, "stated"), Coverage(GPSO, "source"))
    select(views, covered)
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        for _ in range(5000):
            select(views, covered)
        best = min(best, (time.process_time() - start) / 5000)
    assert best < 20e-6


def test_names_are_elided_as_people_write_them(views: Selection) -> None:
    for code, said in (("fr:commune:92040", "qu’Issy-les-Moulineaux"), (MEUDON, "que Meudon")):
        reason = judge(views, "sevres", (Coverage(code, "stated"),)).reason
        assert reason == f"Ne concerne {said} (d’après la fiche)."
