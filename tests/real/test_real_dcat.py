"""Catalogues as portals really publish them: no dataset is lost, and what cannot be read says why."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from harvester.errors import SourceRefused
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request, Total
from harvester.parse.rdf import read

ROOT = Path(__file__).parents[2]
REAL = (ROOT / os.environ.get("REAL_DATA", "../shared/data") / "real").resolve()

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")


def found(name: str, media_type: str = "") -> list[Found]:
    content = (REAL / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    url = f"http://portal.test/{name.removesuffix('.gz')}"
    return list(read(Page(Request(url), url, content, media_type)))


def records(items: list[Found]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


def problems(items: list[Found]) -> list[str]:
    return [item.code for item in items if isinstance(item, Problem)]


def distributions(items: list[Found]) -> list[dict[str, object]]:
    return [node for record in records(items) for node in record.tree.get("dcat:distribution", [])]


@pytest.mark.parametrize(
    ("name", "datasets", "described"),
    [
        ("dcat/rennesmetropole-ods-export.rdf", 27, 272),
        ("dcat/odwb-opendatasoft.ttl.gz", 994, 12_886),
        ("dcat/brussels-fr.ttl.gz", 202, 2_718),
        ("dcat/ecospheres-geoide.jsonld", 75, 192),
        ("ods/ods-public-2015/catalog.ttl", 186, 186),
        ("ods/ods-public-2015/examples-dcat.rdf", 326, 326),
        ("ods/ods-potsdam/potsdam.ttl", 10, 30),
    ],
)
def test_every_dataset_comes_with_its_distributions(
    name: str, datasets: int, described: int
) -> None:
    items = found(name)
    assert len({record.id for record in records(items)}) == len(records(items)) == datasets
    whole = [node for node in distributions(items) if len(node) > 1]
    assert len(whole) == len(distributions(items)) == described


def test_one_catalogue_in_three_syntaxes_gives_the_same_100_records() -> None:
    three = [
        {
            record.id: record.fingerprint
            for record in records(found(f"dcat/ckan-dcat/ckan.{suffix}"))
        }
        for suffix in ("rdf", "ttl", "jsonld")
    ]
    assert len(three[0]) == 100
    assert three[0] == three[1] == three[2]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "text/xml", "application/octet-stream", "text/html", ""]
)
@pytest.mark.parametrize("suffix", ["rdf", "ttl", "jsonld"])
def test_a_wrong_content_type_is_survived(suffix: str, media_type: str) -> None:
    assert len(records(found(f"dcat/ckan-dcat/ckan.{suffix}", media_type))) == 100


@pytest.mark.parametrize(
    ("name", "datasets", "described", "codes"),
    [
        ("bnodes.jsonld", 3, 5, []),
        ("bnodes.xml", 4, 5, []),
        ("catalog.xml", 4, 6, []),
        ("datara--5a26b0f6-0ccf-46ad-ac58-734054b91977.rdf.xml", 1, 1, []),
        ("datara--f40c3860-7236-4b30-a141-23b8ae33f7b2.rdf.xml", 1, 0, []),
        ("evian.json", 8, 34, []),
        ("flat.jsonld", 3, 5, []),
        ("geonetwork.xml", 1, 0, ["rdf-stray-text", "iri-invalid"]),
        ("nested.jsonld", 1, 1, []),
        ("paged-collection-1.jsonld", 3, 3, []),
        ("paged-collection-2.jsonld", 1, 1, []),
        ("partial-collection-1.jsonld", 3, 3, []),
        ("partial-collection-2.jsonld", 1, 1, []),
        ("series.xml", 1, 2, []),
        ("sig.oreme.rdf", 1, 1, []),
        ("udata.xml", 3, 6, []),
    ],
)
def test_every_sample_is_harvested(
    name: str, datasets: int, described: int, codes: list[str]
) -> None:
    items = found(f"dcat/udata-samples/{name}")
    assert len(records(items)) == datasets
    assert len([node for node in distributions(items) if len(node) > 1]) == described
    assert problems(items) == codes


def test_an_answer_of_another_api_is_told_for_what_it_is() -> None:
    with pytest.raises(SourceRefused, match="an answer of the CKAN API"):
        found("dcat/udata-samples/dkan-french-w-license.json")
    with pytest.raises(SourceRefused, match="an answer of a CSW"):
        found("csw/udata-samples/geonetwork-dcat-page-1.xml")


@pytest.mark.parametrize("kind", ["paged", "partial"])
def test_both_hydra_pagings_lead_to_the_next_page(kind: str) -> None:
    items = found(f"dcat/udata-samples/{kind}-collection-1.jsonld")
    assert [item.url for item in items if isinstance(item, Request)] == [
        "http://data.test.org/catalog.jsonld?page=2"
    ]
    assert Total(4) in items
    last = found(f"dcat/udata-samples/{kind}-collection-2.jsonld")
    assert not [item for item in last if isinstance(item, Request)]


def test_a_file_cut_in_the_middle_is_an_error_with_its_place() -> None:
    items = found("ods/ods-public-2015/catalogue.ttl")
    assert problems(items)[0] == "rdf-syntax"
    assert "record-truncated" in problems(items)
