"""Geometries of the wild."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.map import geometry
from harvester.map.geometry import Geometry, Invalid

ISSY = (2.25, 48.81, 2.29, 48.83)
SQUARE = "POLYGON ((2.25 48.81, 2.29 48.81, 2.29 48.83, 2.25 48.83, 2.25 48.81))"


@pytest.mark.parametrize(
    "written",
    [
        SQUARE,
        "POLYGON((2.25 48.81,2.29 48.81,2.29 48.83,2.25 48.83,2.25 48.81))",
        "SRID=4326;POLYGON((2.25 48.81,2.29 48.81,2.29 48.83,2.25 48.83,2.25 48.81))",
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> " + SQUARE,
        "POLYGON((2.25 48.81,2.29 48.81,2.29 48.83,2.25 48.83))",
        "POLYGON((2.25,48.81,2.29,48.81,2.29,48.83,2.25,48.83,2.25,48.81))",
        "ENVELOPE(2.25, 2.29, 48.83, 48.81)",
        "BOX(2.25 48.81,2.29 48.83)",
        "2.25,48.81,2.29,48.83",
        "[2.25, 48.81, 2.29, 48.83]",
        "48.81 2.25 48.83 2.29",
        "2.25, 2.29, 48.81, 48.83",
        "2.25,48.83,2.29,48.81",
        "westlimit=2.25; southlimit=48.81; eastlimit=2.29; northlimit=48.83",
        '{"type":"Polygon","coordinates":[[[2.25,48.81],[2.29,48.81],[2.29,48.83],[2.25,48.83],[2.25,48.81]]]}',
        '{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[2.25,48.81,30],[2.29,48.81,30],[2.29,48.83,30],[2.25,48.83,30]]]}}',
        '<gml:Envelope srsName="http://www.opengis.net/def/crs/OGC/1.3/CRS84"><gml:lowerCorner>2.25 48.81</gml:lowerCorner><gml:upperCorner>2.29 48.83</gml:upperCorner></gml:Envelope>',
        '<gml:Envelope srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><gml:lowerCorner>48.81 2.25</gml:lowerCorner><gml:upperCorner>48.83 2.29</gml:upperCorner></gml:Envelope>',
    ],
)
def test_one_box_in_every_notation(written: str) -> None:
    found = geometry.geometry(written)
    assert found.box == ISSY
    assert found.wkt.startswith("POLYGON ((")


def test_longitude_and_latitude_exchanged_in_france_are_put_right_and_told() -> None:
    found = geometry.geometry("POLYGON((48.81 2.25,48.81 2.29,48.83 2.29,48.83 2.25,48.81 2.25))")
    assert found.box == ISSY
    assert found.mended == ("swapped",)


def test_a_place_elsewhere_in_the_world_is_left_where_it_is() -> None:
    found = geometry.geometry("POINT(45.5 -12.8)")
    assert found.wkt == "POINT (45.5 -12.8)"
    assert found.mended == ()


@pytest.mark.parametrize(
    "written",
    ["POLYGON((2 48,2 48,2 48,2 48,2 48))", "2,48,2,48", "POLYGON((2 48,2 48.5,2 48,2 48.2,2 48))"],
)
def test_a_degenerate_area_becomes_a_point(written: str) -> None:
    found = geometry.geometry(written)
    assert found.wkt.startswith("POINT (2 48")
    assert found.mended == ("degenerate",)


@pytest.mark.parametrize(
    "written",
    [
        "POLYGON((NaN 48,2 48,2 49,NaN 48))",
        '{"type":"Polygon","coordinates":[[[4, 45], [4, NaN], [4, 46], [4, 45], [4, 45]]]}',
        "NaN,1,2,3",
        "POLYGON((2 48,2.1 48",
        "POLYGON((652000 6860000,653000 6860000,653000 6861000,652000 6860000))",
        "SRID=2154;POINT(652000 6860000)",
        "{{extent:computeSpatialProperty}}",
        "Issy-les-Moulineaux",
        "",
        '{"type":"Polygon"}',
        '{"type":"Circle","coordinates":[1,2]}',
        '{"type":"Polygon","coordinates":[]}',
        '{"type":"GeometryCollection","geometries":[]}',
        "POLYGON EMPTY",
    ],
)
def test_what_is_no_geometry_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        geometry.geometry(written)


def test_an_enormous_geometry_is_replaced_by_its_box() -> None:
    ring = [
        [2 + math.cos(i / 2000) / 10, 48 + math.sin(i / 2000) / 10]
        for i in range(geometry.MOST_POSITIONS + 2_000)
    ]
    found = geometry.of_tree({"type": "Polygon", "coordinates": [ring]})
    assert found.mended == ("simplified",)
    assert len(found.wkt) < 200


_numbers = st.floats(allow_nan=True, allow_infinity=True)
_positions = st.lists(_numbers, min_size=0, max_size=4)


def _valid(found: Geometry) -> bool:
    west, south, east, north = found.box
    return (
        all(map(math.isfinite, found.box))
        and -180 <= west <= east <= 180
        and -90 <= south <= north <= 90
        and "nan" not in found.wkt.lower()
    )


@given(st.lists(_positions, max_size=8), st.sampled_from(["Polygon", "LineString", "Point", "X"]))
def test_whatever_geojson_says_gives_a_valid_geometry_or_a_refusal(
    ring: list[list[float]], kind: str
) -> None:
    try:
        found = geometry.of_tree(
            {"type": kind, "coordinates": [ring] if kind == "Polygon" else ring}
        )
    except Invalid:
        return
    assert _valid(found)


@given(st.text(alphabet='POLYGNTMUI ()0123456789.,-eNa{}[]":', max_size=60))
def test_whatever_text_gives_a_valid_geometry_or_a_refusal(written: str) -> None:
    try:
        found = geometry.geometry(written)
    except Invalid:
        return
    assert _valid(found)


@given(
    st.tuples(st.floats(-170, 170), st.floats(-80, 80), st.floats(0.001, 5), st.floats(0.001, 5))
)
def test_what_was_written_is_read_the_same_again(parts: tuple[float, float, float, float]) -> None:
    x, y, width, height = (round(part, 6) for part in parts)
    ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
    once = geometry.geometry(orjson.dumps({"type": "Polygon", "coordinates": [ring]}).decode())
    again = geometry.geometry(once.wkt)
    assert again.wkt == once.wkt
    assert again.mended == ()


def test_named_sides_are_never_guessed_at_only_put_in_order() -> None:
    found = geometry.geometry(
        "west=2.46962285, south=48.81560898, east=2.22396016, north=48.90165329"
    )
    assert found.box == (2.22396016, 48.81560898, 2.46962285, 48.90165329)
    assert found.mended == ("reordered",)
    assert geometry.geometry("west=48.8, south=2.2, east=48.9, north=2.4").box == (
        2.2,
        48.8,
        2.4,
        48.9,
    )


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ("-4.0685 48.1289 -5.0337 48.8512", (-5.0337, 48.1289, -4.0685, 48.8512)),  # Brest
        ("1.92 50.05 1.74 50.17", (1.74, 50.05, 1.92, 50.17)),  # Abbeville
        ("4.6 50.7 4.2 50.9", (4.2, 50.7, 4.6, 50.9)),  # Bruxelles
        ("55.9 -21.4 55.2 -20.8", (55.2, -21.4, 55.9, -20.8)),  # La Réunion
        ("55.2 55.9 -21.4 -20.8", (55.2, -21.4, 55.9, -20.8)),  # ISO 19115
    ],
)
def test_corners_from_east_to_west_are_those_of_geonetworks_dublin_core(
    corners: str, box: tuple[float, ...]
) -> None:
    assert geometry.geometry(corners).box == box


@pytest.mark.parametrize(
    "said",
    [
        '{"type":{"@id":"x"}}',
        '{"type":["Point"],"coordinates":[1,2]}',
        '{"type":"FeatureCollection","features":5}',
        '{"type":"GeometryCollection","geometries":{"a":1}}',
        '{"type":"Feature","geometry":7}',
    ],
)
def test_geojson_of_any_shape_is_a_geometry_or_none(said: str) -> None:
    with pytest.raises(geometry.Invalid):
        geometry.geometry(said)
