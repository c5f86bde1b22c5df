"""Where a record says that it comes from."""

from __future__ import annotations

import pytest

from harvester.link.origin import host, origin

OWN = {"opendata.departement.example"}
HERE = "https://opendata.departement.example/jeux/arbres"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"iri": HERE}, None),
        ({"iri": HERE, "source": ["https://data.sevres.example/arbres"]}, "data.sevres.example"),
        ({"iri": HERE, "source": ["https://doi.org/10.1/x"]}, None),
        ({"iri": HERE, "source": ["https://opendata.departement.example/x"]}, None),
        (
            {"other_identifier": [{"notation": "https://www.data.sevres.example/arbres"}]},
            "data.sevres.example",
        ),
        (
            {"other_identifier": [{"notation": "arbres", "scheme": "data.sevres.example"}]},
            "data.sevres.example",
        ),
        (
            {"other_identifier": [{"notation": "1", "scheme": "https://data.sevres.example/ids"}]},
            "data.sevres.example",
        ),
        ({"other_identifier": [{"notation": "92072-1", "scheme": "INSEE"}]}, None),
        (
            {"iri": HERE, "landing_page": ["https://data.sevres.example/arbres"]},
            "data.sevres.example",
        ),
        ({"iri": "https://geo.sevres.example/1", "landing_page": [HERE]}, None),
        ({"iri": "urn:uuid:5", "identifier": ["arbres"]}, None),
        ({"iri": "http://["}, None),
        ({}, None),
    ],
)
def test_the_origin_is_the_portal_that_the_record_names_best(
    entry: dict[str, object], expected: str | None
) -> None:
    assert origin(entry, OWN) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.data.gouv.fr/fr/", "data.gouv.fr"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("https://Data.Issy.com:443/", "data.issy.com"),
        ("ftp://x.fr/", None),
        ("https:///x", None),
        ("https://x.fr:port/", None),
    ],
)
def test_a_host_is_written_in_one_way(address: str, expected: str | None) -> None:
    assert host(address) == expected


def test_a_hub_that_names_its_datasets_by_their_items_is_their_home() -> None:
    item = {"notation": "https://www.arcgis.com/home/item.html?id=0f3c&sublayer=0"}
    page = "https://geo-sevres.hub.arcgis.example/datasets/0f3c_0"
    entry = {"other_identifier": [item], "landing_page": [page]}
    assert origin(entry, {"geo-sevres.hub.arcgis.example"}) is None
    assert origin(entry, {"donnees.example"}) == "geo-sevres.hub.arcgis.example"
