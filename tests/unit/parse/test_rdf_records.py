"""What a page of RDF yields."""

from __future__ import annotations

import pytest

from harvester.errors import SourceRefused
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request, Total
from harvester.parse.rdf import read

HEAD = """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def found(
    content: str | bytes, media_type: str = "text/turtle", url: str = "http://portal.test/catalog"
) -> list[Found]:
    body = (HEAD + content).encode() if isinstance(content, str) else content
    return list(read(Page(Request(url), url, body, media_type)))


def records(content: str | bytes, media_type: str = "text/turtle") -> list[Record]:
    return [item for item in found(content, media_type) if isinstance(item, Record)]


def codes(items: list[Found]) -> list[str]:
    return [item.code for item in items if isinstance(item, Problem)]


def test_the_tree_has_the_documented_form() -> None:
    [record] = records("""
        <http://portal.test/d/1> a dcat:Dataset ; dct:title "Arbres"@fr , "Trees"@en ; dct:identifier "1" ;
          dct:issued "2024"^^xsd:gYear ; dct:license <http://licence.test/lo> ;
          dct:publisher [ a foaf:Agent ; foaf:name "Ville" ] ; dcat:distribution <http://portal.test/d/1/csv> .
        <http://portal.test/d/1/csv> a dcat:Distribution ; dcat:byteSize 042 .
    """)
    assert record.id == "http://portal.test/d/1"
    assert record.tree == {
        "@id": "http://portal.test/d/1",
        "@type": ["dcat:Dataset"],
        "dct:title": [
            {"@value": "Arbres", "@language": "fr"},
            {"@value": "Trees", "@language": "en"},
        ],
        "dct:identifier": ["1"],
        "dct:issued": [{"@value": "2024", "@type": "xsd:gYear"}],
        "dct:license": [{"@id": "http://licence.test/lo"}],
        "dct:publisher": [{"@type": ["foaf:Agent"], "foaf:name": ["Ville"]}],
        "dcat:distribution": [
            {
                "@id": "http://portal.test/d/1/csv",
                "@type": ["dcat:Distribution"],
                "dcat:byteSize": [{"@value": "042", "@type": "xsd:integer"}],
            }
        ],
    }


def test_a_landing_page_that_is_the_dataset_itself_does_not_recurse() -> None:
    [record] = records(
        "<http://portal.test/d/1> a dcat:Dataset ; dcat:landingPage <http://portal.test/d/1> ."
    )
    assert record.tree["dcat:landingPage"] == [{"@id": "http://portal.test/d/1"}]


def test_both_hydra_pagings_name_the_next_page_and_the_total() -> None:
    for name in ("next", "nextPage"):
        items = found(f"<?page=1> hydra:{name} <?page=2> ; hydra:totalItems 12 .")
        assert items == [Total(12), Request("http://portal.test/catalog?page=2")]


def test_html_with_status_200_is_refused_and_told() -> None:
    page = Page(
        Request("http://p.test/"), "http://p.test/", b"<!DOCTYPE html><html>", "text/turtle"
    )
    reading = read(page)
    assert codes([next(reading)]) == ["not-rdf"]
    with pytest.raises(SourceRefused, match="HTML"):
        next(reading)


def test_what_a_syntax_error_cuts_does_not_depend_on_the_labels_of_blank_nodes() -> None:
    page = (
        b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
        b"<https://m.example/a> a dcat:Dataset ; dct:title 'A' ; dct:subject ( 'a' 'b' ( 'a' 'b' [] ) ( 'c' ( 'd' ;\n"
    )
    first = codes(found(page))
    assert all(codes(found(page)) == first for _ in range(50))
