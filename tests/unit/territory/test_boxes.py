"""Boxes → units."""

from __future__ import annotations

import pytest

from harvester.territory import Gazetteer, load
from harvester.territory.boxes import box_of, fit, placed, touched, whole

GPSO = "fr:epci:200057974"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load()


@pytest.mark.parametrize(
    "code", ["fr:commune:92048", GPSO, "fr:departement:92", "fr:region:11", "fr:commune:35238"]
)
def test_the_box_of_a_unit_is_that_unit_s_also_a_little_off(
    gazetteer: Gazetteer, code: str
) -> None:
    unit = gazetteer.unit(code)
    assert unit is not None
    assert unit.bbox is not None
    west, south, east, north = unit.bbox
    off = 0.02 * (east - west)
    assert placed(unit.bbox, "fr", gazetteer) == code
    assert placed((west - off, south, east, north + off), "fr", gazetteer) == code


def test_a_box_in_the_boxes_of_several_communes_is_nobody_s(gazetteer: Gazetteer) -> None:
    assert placed((2.275, 48.82, 2.28, 48.825), "fr", gazetteer) is None


def test_only_units_inside_the_territory_count(gazetteer: Gazetteer) -> None:
    meudon = gazetteer.unit("fr:commune:92048")
    assert meudon is not None
    assert meudon.bbox is not None
    assert placed(meudon.bbox, "fr:departement:35", gazetteer) is None
    assert placed(meudon.bbox, GPSO, gazetteer) == meudon.code


def test_all_of_france_and_the_world_are_defaults(gazetteer: Gazetteer) -> None:
    state = gazetteer.unit("fr")
    assert state is not None
    assert state.bbox is not None
    assert whole(state.bbox, gazetteer)
    assert whole((-180, -90, 180, 90), gazetteer)
    assert not whole((1.4, 48.1, 3.6, 49.3), gazetteer)


def test_the_departement_of_a_box_is_context_for_names(gazetteer: Gazetteer) -> None:
    assert touched((1.3128, 49.3855, 3.2813, 50.4819), "fr", gazetteer) == ("fr:departement:80",)


def test_the_box_of_a_geometry_is_read_from_its_numbers() -> None:
    assert box_of("MULTIPOLYGON(((2 48, 3.5 48, 3 49, 2 48)), ((1 47, 1.5 47, 1 47.5, 1 47)))") == (
        1.0,
        47.0,
        3.5,
        49.0,
    )
    assert box_of("POINT EMPTY") is None


def test_boxes_without_extent_are_equal_to_nothing(gazetteer: Gazetteer) -> None:
    point = (2.3, 48.8, 2.3, 48.8)
    assert fit(point, point) == 0.0
    placed(point, "fr", gazetteer)  # whatever it says, it says it
