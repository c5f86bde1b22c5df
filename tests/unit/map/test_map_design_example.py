"""The example of the documentation works as written."""

import tomllib

from harvester.map import check_mapping, compile_mapping
from harvester.model import Record

EXAMPLE = tomllib.loads(
    """
[dataset]
identifier  = "id"
title       = ["title_translated.fr", "title", "name | humanise"]
description = ["notes_translated.fr | markdown", "notes | markdown"]
keywords    = "tags.*.name | lower | unique"
issued      = ["extras.issued | date", "metadata_created | date"]
licence     = ["license_url", "license_id", "license_title"]
[[distribution]]
each   = "resources"
access = "url | http"
format = ["mimetype", "format"]
[values.licence]
"licence maison" = "ETALAB_2_0"
"""
)

RECORD = Record(
    "aires-de-jeux",
    {
        "id": "b1e7",
        "name": "aires-de-jeux",
        "title": "",
        "notes": "Les **aires** de jeux.",
        "tags": [{"name": "Enfance"}, {"name": "jeux"}, {"name": "JEUX"}],
        "extras": [{"key": "issued", "value": "12/03/2021"}],
        "metadata_created": "2022-01-01T10:00:00.000000",
        "license_id": "Licence maison",
        "resources": [
            {"url": "https://data.exemple.fr/aires.csv", "mimetype": "text/csv", "format": "CSV"},
            {"url": "n'importe quoi", "format": "shp (wgs84)"},
        ],
    },
)


def test_the_example_of_the_design_maps_a_ckan_record() -> None:
    assert check_mapping("ckan", {"ckan": EXAMPLE}) == ()
    mapped = compile_mapping("ckan", {"ckan": EXAMPLE})(RECORD)
    entry = mapped.entry
    assert entry is not None
    assert entry.identifier == ("b1e7",)
    assert entry.title == {"": "Aires de jeux"}
    assert entry.description == {"": "<p>Les <strong>aires</strong> de jeux.</p>"}
    assert entry.keyword == {"": ("enfance", "jeux")}
    assert entry.issued == "2021-03-12"
    assert entry.license == "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0"
    assert entry.kind == "dataset"
    first, second = entry.distribution
    assert first.access_url == ("https://data.exemple.fr/aires.csv",)
    assert first.format == "http://publications.europa.eu/resource/authority/file-type/CSV"
    assert second.access_url == ()
    assert second.format == "http://publications.europa.eu/resource/authority/file-type/SHP"
    assert [p.code for p in mapped.problems] == ["iri-invalid"]
    assert mapped.problems[0].path == "resources[1].url | http"


def test_the_shipped_ckan_mapping_maps_the_same_record() -> None:
    entry = compile_mapping("ckan")(RECORD).entry
    assert entry is not None
    assert entry.title == {"fr": "Aires de jeux"}
    assert entry.issued == "2021-03-12"
