"""GetRecords as a value: what is asked can be read back from the request, by GET and by POST."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harvester.config import Source
from harvester.fetch import csw
from harvester.fetch.csw_questions import (
    SCHEMAS,
    SORTS,
    Question,
    asked,
    constraint,
    with_parameters,
)
from harvester.model import Record
from harvester.parse.page import Page

URL = "https://sig.meudon.example/csw?map=/srv/x.map"
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn")), max_size=20).map(
    str.strip
)
QUESTIONS = st.builds(
    Question,
    start=st.integers(1, 10**6),
    count=st.integers(1, 1000),
    version=st.sampled_from(["2.0.2", "3.0.0"]),
    schema=st.sampled_from(sorted(SCHEMAS.values())),
    sort=st.sampled_from(SORTS),
    cql=TEXT,
    matched=st.integers(0, 10**6),
    left_out=st.integers(0, 9),
    full=st.integers(0, 1000),
)


@given(QUESTIONS)
def test_a_question_can_be_read_back_from_either_request(question: Question) -> None:
    assert asked(question.get(URL)) == question
    posted = question.post(URL)
    etree.fromstring(posted.body)
    assert asked(posted) == question


@given(TEXT.filter(bool))
def test_a_filter_survives_both_ways(literal: str) -> None:
    _, whole = constraint("2.0.2", "", "", (literal, "dataset"), "2024-01-01T00:00:00Z")
    question = Question(filter=whole)
    assert asked(question.get(URL)) == asked(question.post(URL)) == question
    assert literal in "".join(map(str, etree.fromstring(whole).itertext()))


def test_other_requests_ask_for_no_records() -> None:
    assert asked(replace(Question().get(URL), url=f"{URL}&request=GetCapabilities")) is None


def test_the_address_keeps_its_own_parameters_and_loses_those_of_a_question() -> None:
    url = "https://a.fr/csw?carte=1&SERVICE=CSW&Request=GetCapabilities&version=2.0.2#x"
    assert (
        with_parameters(url, [("request", "GetRecords")])
        == "https://a.fr/csw?carte=1&request=GetRecords"
    )


@pytest.mark.parametrize(
    ("cql", "types", "expected"),
    [
        ("a = 1", (), "a = 1"),
        ("a = 1", ("dataset", "l'eau"), "(dc:type = 'dataset' OR dc:type = 'l''eau') AND (a = 1)"),
    ],
)
def test_types_join_a_condition_in_cql(cql: str, types: tuple[str, ...], expected: str) -> None:
    assert constraint("2.0.2", cql, "", types, "") == (expected, "")


def test_types_join_a_filter() -> None:
    own = '<ogc:Filter xmlns:ogc="http://www.opengis.net/ogc"><ogc:PropertyIsNull/></ogc:Filter>'
    assert constraint("2.0.2", "", own, (), "") == ("", own)
    _, whole = constraint("2.0.2", "", own, ("dataset",), "")
    assert [etree.QName(each).localname for each in etree.fromstring(whole)[0]] == [
        "PropertyIsEqualTo",
        "PropertyIsNull",
    ]


@pytest.mark.parametrize(("version", "result_type"), [("2.0.2", "results"), ("3.0.0", None)])
def test_a_posted_question_has_only_what_the_schema_of_its_version_knows(
    version: str, result_type: str | None
) -> None:
    root = etree.fromstring(Question(version=version).post(URL).body)
    assert root.get("resultType") == result_type
    [query] = root.iterchildren()
    prefix = str(query.get("typeNames")).partition(":")[0]
    assert query.nsmap[prefix] == etree.QName(root).namespace


def test_a_reference_to_nothing_in_dcat_is_none_to_the_service() -> None:
    """GeoNetwork writes `<dcat:theme rdf:resource=""/>`, which would be the address that was asked."""
    content = b"""<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2"><csw:SearchResults
        numberOfRecordsMatched="1" numberOfRecordsReturned="1" nextRecord="0">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
          xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="https://geo.example/jeu">
          <dct:title>Jeu</dct:title><dcat:theme rdf:resource=""/></dcat:Dataset></rdf:RDF>
        </csw:SearchResults></csw:GetRecordsResponse>"""
    request = Question(schema="http://www.w3.org/ns/dcat#").get("https://geo.example/csw")
    source = Source(
        id="s", name="S", kind="csw", url="https://geo.example/csw", level="commune", territory="fr:commune:92048"
    )  # fmt: skip
    page = Page(request, request.url, content, "application/xml")
    [record] = [r for r in csw.read(page, source, csw.Options()) if isinstance(r, Record)]
    assert "geo.example/csw" not in str(record.tree)
