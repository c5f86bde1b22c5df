"""Who sees what, and the sentence that says why."""

from __future__ import annotations

import time

import pytest

from harvester.config import View
from harvester.model import Coverage
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import Selection, prepare, select

GPSO = "fr:epci:200057974"
MEUDON = "fr:commune:92048"


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


def test_a_city_and_the_territory_see_what_is_about_the_city(views: Selection) -> None:
    assert seen(views, MEUDON) == ["", "meudon"]


@pytest.mark.parametrize(
    "code", [GPSO, "fr:epci:200054781", "fr:departement:92", "fr:region:11", "fr"]
)
def test_every_city_sees_what_is_about_a_unit_that_encloses_it(views: Selection, code: str) -> None:
    assert len(seen(views, code)) == 9


@pytest.mark.parametrize(
    "code", ["fr:commune:92073", "fr:departement:75", "fr:epci:200057966", "fr:region:84"]
)
def test_nobody_sees_what_is_about_another_place(views: Selection, code: str) -> None:
    assert seen(views, code) == []


def test_several_coverages_are_seen_by_all_they_concern(views: Selection) -> None:
    assert seen(views, MEUDON, "fr:commune:92072") == ["", "meudon", "sevres"]
    assert seen(views, "fr:commune:92073", "fr:commune:92072") == ["", "sevres"]


def test_the_reason_names_the_nearest_territory_and_the_evidence(views: Selection) -> None:
    found = select(views, (Coverage("fr:departement:92", "publisher"), Coverage(MEUDON, "source")))
    reasons = {membership.view: membership.reason for membership in found}
    assert reasons["meudon"] == "Concerne Meudon, d’après le portail d’où il vient."
    assert reasons["sevres"] == "Concerne Hauts-de-Seine, d’après son producteur."
    assert select(views, (Coverage("fr", "source"),))[0].reason == "Données nationales."


def test_a_region_s_catalogue_sees_its_communes_and_the_state(gazetteer: Gazetteer) -> None:
    region = prepare("fr:region:11", [], gazetteer)
    for code in (MEUDON, GPSO, "fr:departement:77", "fr:region:11", "fr"):
        assert seen(region, code) == [""]
    assert seen(region, "fr:region:84") == []


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
