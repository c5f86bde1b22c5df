"""ows:BoundingBox: its reference system says which coordinate comes first."""

from __future__ import annotations

import pytest
from lxml import etree

from harvester.parse import dublincore

RECORD = """<csw:Record xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:ows="http://www.opengis.net/ows">
<ows:BoundingBox{crs}><ows:LowerCorner>{low}</ows:LowerCorner><ows:UpperCorner>{high}</ows:UpperCorner></ows:BoundingBox>
</csw:Record>"""


@pytest.mark.parametrize(
    ("crs", "low", "high"),
    [
        ("urn:x-ogc:def:crs:EPSG:6.11:4326", "48.8 2.2", "48.9 2.3"),
        ("urn:ogc:def:crs:EPSG::4326", "48.8 2.2", "48.9 2.3"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "48.8 2.2", "48.9 2.3"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "2.2 48.8", "2.3 48.9"),
        ("EPSG:4326", "2.2 48.8", "2.3 48.9"),
        ("", "2.2 48.8", "2.3 48.9"),
    ],
)
def test_a_box_is_read_in_the_order_of_its_reference_system(crs: str, low: str, high: str) -> None:
    written = RECORD.format(crs=f' crs="{crs}"' if crs else "", low=low, high=high)
    tree = dublincore.tree(etree.fromstring(written))
    assert tree["derived"]["bbox"] == "2.2 48.8 2.3 48.9"


def test_a_box_of_geonetwork_is_taken_as_it_means_it() -> None:
    written = RECORD.format(
        crs=' crs="urn:ogc:def:crs:EPSG:6.6:4326"', low="2.3 48.8", high="2.2 48.9"
    )
    tree = dublincore.tree(etree.fromstring(written))
    assert tree["derived"]["bbox"] == "2.3 48.8 2.2 48.9"


def test_boxes_made_to_be_slow_are_not() -> None:
    assert dublincore._box("west" + " " * 50_000 + "x") == ""
    corners = {"crs": "urn:" + ":EPSG:" * 20_000, "LowerCorner": "1 2", "UpperCorner": "3 4"}
    assert dublincore._corners(corners) == "1 2 3 4"
