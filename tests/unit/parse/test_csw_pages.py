"""Answers of catalogue services: what they announce, their records, and what is saved of damaged ones."""

from __future__ import annotations

import pytest

from harvester.errors import SourceRefused
from harvester.model import Problem, Record
from harvester.parse import csw
from harvester.parse.page import Page, Request

URL = "https://sig.meudon.example/csw"
CSW = "http://www.opengis.net/cat/csw/2.0.2"
GMD = 'xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco"'


def iso(name: str, words: str = "Arbres") -> str:
    return (
        f"<gmd:MD_Metadata {GMD}><gmd:fileIdentifier><gco:CharacterString>{name}</gco:CharacterString></gmd:fileIdentifier>"
        "<gmd:identificationInfo><gmd:MD_DataIdentification><gmd:abstract><gco:CharacterString>"
        f"{words}</gco:CharacterString></gmd:abstract></gmd:MD_DataIdentification></gmd:identificationInfo></gmd:MD_Metadata>"
    )


def results(*records: str, attributes: str = 'numberOfRecordsMatched="9"') -> bytes:
    return (
        f'<?xml version="1.0"?><csw:GetRecordsResponse xmlns:csw="{CSW}"><csw:SearchStatus/>'
        f"<csw:SearchResults {attributes}>{''.join(records)}</csw:SearchResults></csw:GetRecordsResponse>"
    ).encode()


def read(xml: bytes) -> tuple[list[Record], list[Problem], csw.Count]:
    page, count = Page(Request(URL), URL, xml), csw.Count()
    found = list(csw.records(xml, page, frozenset(), count))
    return (
        [item for item in found if isinstance(item, Record)],
        [item for item in found if isinstance(item, Problem)],
        count,
    )


def test_records_are_named_by_their_identifier() -> None:
    records, problems, count = read(results(iso("a"), iso("b")))
    assert ([record.id for record in records], problems) == (["a", "b"], [])
    assert (count.all, count.others) == (2, 0)


def test_dublin_core_where_iso_was_asked_for_is_read_too() -> None:
    core = (
        '<csw:Record xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier>c</dc:identifier>'
        "<dc:title>Arbres</dc:title><dc:language>fre</dc:language></csw:Record>"
    )
    records, _, _ = read(results(iso("a"), core))
    assert [record.id for record in records] == ["a", "c"]
    assert records[1].tree["dc:title"] == {"@value": "Arbres", "@language": "fr"}


@pytest.mark.parametrize("where", [0, 1, 2])
def test_what_is_no_record_is_counted_wherever_it_stands(where: int) -> None:
    features = '<gfc:FC_FeatureCatalogue xmlns:gfc="urn:gfc"><gfc:name/></gfc:FC_FeatureCatalogue>'
    listed = [iso("a"), iso("b")]
    listed.insert(where, features)
    records, problems, count = read(results(*listed))
    assert len(records) == 2
    assert (count.all, count.others) == (3, 1)
    assert [(problem.code, problem.severity) for problem in problems] == [
        ("record-not-dataset", "info")
    ]


def test_a_lone_ampersand_costs_nothing() -> None:
    records, problems, _ = read(results(iso("a"), iso("b", "Parcs & jardins"), iso("c")))
    assert [record.id for record in records] == ["a", "b", "c"]
    assert "Parcs & jardins" in str(records[1].tree)
    assert [(problem.code, problem.severity) for problem in problems] == [("xml-syntax", "warning")]


@pytest.mark.parametrize(
    "broken",
    [
        iso("b").replace("</gmd:abstract>", ""),
        iso("b")[:120],
        iso("b").replace("Arbres", "<Arbres"),
    ],
)
def test_a_broken_record_costs_no_other_and_makes_the_page_not_whole(broken: str) -> None:
    records, problems, _ = read(results(iso("a"), broken, iso("c")))
    assert [record.id for record in records] == ["a", "c"]
    assert {(problem.code, problem.severity) for problem in problems} == {
        ("record-malformed", "error"),
        ("xml-syntax", "error"),
    }


def test_a_page_that_is_cut_gives_what_came_whole() -> None:
    whole = results(iso("a"), iso("b"))
    records, problems, _ = read(whole[: whole.index(b"Arbres", whole.index(b">b<"))])
    assert [record.id for record in records] == ["a"]
    assert any(problem.severity == "error" for problem in problems)


def test_a_record_without_identifier_gets_a_name_that_stays_while_its_title_does() -> None:
    bare = iso("x").replace(
        "<gmd:fileIdentifier><gco:CharacterString>x</gco:CharacterString></gmd:fileIdentifier>", ""
    )
    [first], [problem], _ = read(results(bare))
    [second], _, _ = read(results(bare))
    assert problem.code == "record-unnamed"
    assert first.id == second.id
    assert first.id.startswith("_:")


def test_dates_of_the_metadata_do_not_change_a_record() -> None:
    def dated(day: str) -> str:
        stamp = f"<gmd:dateStamp><gco:Date>{day}</gco:Date></gmd:dateStamp></gmd:MD_Metadata>"
        return iso("a").replace("</gmd:MD_Metadata>", stamp)

    [first], _, _ = read(results(dated("2023-01-01")))
    [second], _, _ = read(results(dated("2024-01-01")))
    assert first.fingerprint == second.fingerprint
    assert first.tree != second.tree


def test_what_a_page_announces_is_found_even_in_a_damaged_one() -> None:
    xml = results(
        attributes='numberOfRecordsMatched="965" numberOfRecordsReturned="10" nextRecord="11"'
    )
    assert csw.results(xml[:-20]) == csw.Results(965, 10, 11)
    assert csw.results(results(attributes='nextRecord="x"')) == csw.Results()


def test_capabilities_say_where_what_and_how_much() -> None:
    xml = (
        f'<csw:Capabilities xmlns:csw="{CSW}" xmlns:ows="http://www.opengis.net/ows" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' version="2.0.2"><ows:OperationsMetadata><ows:Operation name="GetRecords"><ows:DCP><ows:HTTP>'
        '<ows:Get xlink:href="https://a.fr/get"/><ows:Post xlink:href="https://a.fr/soap"><ows:Constraint name="PostEncoding">'
        '<ows:Value>SOAP</ows:Value></ows:Constraint></ows:Post><ows:Post xlink:href="https://a.fr/post"/></ows:HTTP></ows:DCP>'
        '<ows:Parameter name="outputSchema"><ows:Value>http://www.isotc211.org/2005/gmd</ows:Value></ows:Parameter>'
        '</ows:Operation><ows:Constraint name="MaxRecordDefault"><ows:Value>50</ows:Value></ows:Constraint>'
        "</ows:OperationsMetadata></csw:Capabilities>"
    ).encode()
    problems: list[Problem] = []
    offered = csw.capabilities(xml, problems.append)
    assert offered == csw.Capabilities(
        ("2.0.2",),
        ("http://www.isotc211.org/2005/gmd",),
        ("https://a.fr/get",),
        ("https://a.fr/post",),
        50,
    )
    assert problems == []
    csw.capabilities(xml[:200], problems.append)
    assert [problem.code for problem in problems] == ["csw-capabilities-damaged"]


def test_a_refusal_says_code_place_and_words() -> None:
    xml = (
        b'<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows"><ows:Exception exceptionCode="InvalidParameterValue" '
        b'locator="constraint"><ows:ExceptionText>unexpected LIKES</ows:ExceptionText></ows:Exception></ows:ExceptionReport>'
    )
    assert str(csw.refusal(xml)) == "InvalidParameterValue (constraint): unexpected LIKES"


def test_entities_that_could_grow_are_refused() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + results(iso("a")).split(b"?>")[1]
    )
    with pytest.raises(SourceRefused, match="entity"):
        csw.content(Page(Request(URL), URL, bomb), lambda _: None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "page-empty"),
        (b"<html><body/></html>", "not-csw"),
        (b"{}", "not-csw"),
        (b"<rss/>", "not-csw"),
    ],
)
def test_what_is_no_answer_of_a_service_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        csw.kind(csw.content(Page(Request(URL), URL, content), lambda _: None), URL)
    assert caught.value.context["code"] == code


def test_latin_1_is_read_as_it_is_declared() -> None:
    xml = results(iso("é")).replace(b'version="1.0"', b'version="1.0" encoding="ISO-8859-1"')
    raw = xml.decode().encode("latin-1")
    [record], _, _ = read(csw.content(Page(Request(URL), URL, raw), lambda _: None))
    assert record.id == "é"


def test_a_page_size_of_more_digits_than_a_number_has_is_a_large_one() -> None:
    said = (
        f'<csw:Capabilities xmlns:csw="{CSW}"><ows:Constraint xmlns:ows="http://www.opengis.net/ows" name="MaxRecordDefault">'
        f"<ows:Value>{'9' * 5000}</ows:Value></ows:Constraint></csw:Capabilities>"
    )
    assert csw.capabilities(said.encode(), lambda _: None).page == 1_000_000


def test_what_a_page_announces_again_and_again_is_looked_for_in_linear_time() -> None:
    assert csw.results(b"<SearchResults " * 100_000) == csw.Results()


def test_an_address_that_is_none_costs_no_record() -> None:
    link = "<gmd:linkage><gmd:URL>https://a]b/wms?x=1</gmd:URL></gmd:linkage>"
    online = f"<gmd:onLine><gmd:CI_OnlineResource>{link}</gmd:CI_OnlineResource></gmd:onLine>"
    options = f"<gmd:MD_DigitalTransferOptions>{online}</gmd:MD_DigitalTransferOptions>"
    given = f"<gmd:MD_Distribution><gmd:transferOptions>{options}</gmd:transferOptions></gmd:MD_Distribution>"
    whole = iso("a").replace(
        "<gmd:identificationInfo>",
        f"<gmd:distributionInfo>{given}</gmd:distributionInfo><gmd:identificationInfo>",
    )
    found = list(
        csw.records(results(whole), Page(Request(URL), URL, b""), frozenset(), csw.Count())
    )
    assert [each.id for each in found if isinstance(each, Record)] == ["a"]
