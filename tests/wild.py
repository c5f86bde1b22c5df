"""Pages that no portal should give, for the tests and the fuzzer: what every connector must bear.

`bear(kind, request, content)` reads a page as a run would, maps what it finds, and says what must hold whatever the bytes
are: nothing but this project's own errors is raised, and the same bytes give the same. `seeds(kind)` are good pages to start
from: those of small portals, found by following what the connector asks for, in every form that the kind comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harvester.config import Source
from harvester.demo import dialects
from harvester.demo.dialects.datajson import describe_hub
from harvester.demo.portal import Portal
from harvester.demo.samples import numbered
from harvester.errors import HarvesterError
from harvester.fetch import Connector, connector
from harvester.map import Mapper, compile_mapping
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request
from tests import tables
from tests.imitation import entries, producer

ROOT = "https://donnees.meudon.example"
MOST_PAGES = 8
"""Of one walk."""

Seed = tuple[Request, bytes]


@cache
def reader(kind: str) -> tuple[Connector, Source, Any, Mapper]:
    """A connector with a source and options for it, and the kind's mapping."""
    made = connector(kind)
    source = Source(
        id="essai",
        name="Essai",
        kind=kind,
        url=ROOT + dialects.dialect(kind).PATH,
        level="commune",
        territory="fr:commune:92048",
    )
    options = OPTIONS.get(kind, {})
    return made, source, made.Options(**options), compile_mapping(kind, within=source.territory)


OPTIONS: dict[str, dict[str, Any]] = {"udata": {"everything": True}}


# ── good pages ───────────────────────────────────────────────────────────────────────────────────────


@cache
def seeds(kind: str) -> tuple[Seed, ...]:
    """Good pages of a kind, each once."""
    source = reader(kind)[1]
    pages = (page for each in _portals(kind) for page, _ in _walk(*each, source))
    found = ((page.request, page.content) for page in pages)
    return tuple(dict.fromkeys((*found, *_written(kind))))


def _portals(kind: str) -> Iterator[tuple[Portal, dict[str, Any]]]:
    """Portals of a kind, with the options that another form of it is asked for by."""
    listed = entries(kind, 3)
    plain = Portal("m", "M", "commune", "fr:commune:92048", listed, kind=kind, page=2)
    options = OPTIONS.get(kind, {})
    yield plain, options
    match kind:
        case "csw":
            yield plain, {"output_schema": "dublin-core"}
            yield plain, {"post": True}
        case "datajson":
            hub = tuple(map(describe_hub, numbered(producer(), 3)))
            yield replace(plain, entries=hub), options
        case "dcat":
            yield replace(plain, syntax="xml", view="PagedCollection"), options
            yield replace(plain, syntax="jsonld"), options


def walked(kind: str, source: Source) -> Iterator[tuple[Page, list[Found]]]:
    """The pages of a small portal of a kind that stands at ROOT, and what the connector reads in them."""
    portal, options = next(_portals(kind))
    yield from _walk(portal, options, source)


def _walk(
    listed: Portal, changed: dict[str, Any], source: Source
) -> Iterator[tuple[Page, list[Found]]]:
    """What a portal answers to what its connector asks, the older interfaces that stand in for newer ones included."""
    made = reader(listed.kind)[0]
    options = made.Options(**changed)
    waiting, given = list(made.start(source, options, None)), 0
    asked: set[str] = set()
    while waiting and given < MOST_PAGES:
        request = waiting.pop(0)
        if request.name in asked:
            continue
        asked.add(request.name)
        if request.instead is not None:
            waiting.append(request.instead)
        page = _answered(listed, request)
        if page is None:
            continue
        given += 1
        found = list(made.read(page, source, options))
        waiting += [item for item in found if isinstance(item, Request)]
        yield page, found


def _answered(listed: Portal, request: Request) -> Page | None:
    url = urlsplit(request.url)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    asked = dialects.Asked(unquote(url.path), query, request.method, {}, request.body)
    said = dialects.dialect(listed.kind).answer(listed, ROOT, asked)
    if said is None or said.status != 200:
        return None
    return Page(request, request.url, said.content, said.media_type, "")


def _written(kind: str) -> Iterator[Seed]:
    """Pages in forms that no dialect speaks."""
    made, source, options, _ = reader(kind)
    request = next(iter(made.start(source, options, None)))
    match kind:
        case "ckan":
            older = request.instead
            if older is not None:
                yield (
                    older,
                    b'{"success": true, "result": {"count": 1, "results": [{"id": "a", "name": "a"}]}}',
                )
            yield (
                request,
                b'{"success": true, "result": [[{"id": "a", "name": "a", "title": "A", "resources": []}]]}',
            )
        case "csw":
            for content in CSW:
                yield Request(f"{ROOT}/csw?request=GetRecords&startPosition=1"), content.encode()
        case "datajson":
            items = tuple(map(describe_hub, numbered(producer(), 2)))
            hub = Portal("m", "M", "commune", "fr:commune:92048", items, kind=kind)
            feed = Request(f"{ROOT}/api/feed/dcat-ap/2.0.1.json")
            page = _answered(hub, feed)
            if page is not None:
                yield feed, page.content
        case "dcat":
            for name, written in RDF.items():
                yield Request(f"{ROOT}/catalogue{name}"), written.encode()
        case "opendatasoft":
            listed = Portal("m", "M", "commune", "fr:commune:92048", entries(kind, 2), kind=kind)
            export = Request(f"{ROOT}/api/explore/v2.1/catalog/exports/json?order_by=dataset_id")
            page = _answered(listed, export)
            if page is not None:
                yield export, page.content
        case "table":
            cells = tables.table(tables.row(), tables.row(ID="bancs", TITRE="Bancs publics"))
            yield request, tables.csv(cells)
            yield request, tables.xlsx({"Catalogue": tables.cells_xlsx(cells)})
            yield request, tables.ods(tables.cells_ods(cells))


CSW = (
    '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows"><ows:Exception exceptionCode="InvalidParameterValue"'
    ' locator="sortBy"><ows:ExceptionText>no</ows:ExceptionText></ows:Exception></ows:ExceptionReport>',
    '<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2"><csw:SearchResults'
    ' numberOfRecordsMatched="2" numberOfRecordsReturned="1" nextRecord="2"><mdb:MD_Metadata'
    ' xmlns:mdb="http://standards.iso.org/iso/19115/-3/mdb/2.0" xmlns:gco="urn:g" xmlns:lan="urn:l" xmlns:gex="urn:e">'
    "<mdb:metadataIdentifier><mdb:MD_Identifier><mdb:code><gco:CharacterString>abc</gco:CharacterString></mdb:code>"
    "</mdb:MD_Identifier></mdb:metadataIdentifier><mdb:defaultLocale><lan:PT_Locale><lan:language>"
    '<lan:LanguageCode codeListValue="fre"/></lan:language></lan:PT_Locale></mdb:defaultLocale>'
    "<mdb:identificationInfo><mdb:MD_DataIdentification><mdb:citation><mdb:CI_Citation><mdb:title>"
    "<gco:CharacterString>Arbres</gco:CharacterString><lan:PT_FreeText><lan:textGroup>"
    '<lan:LocalisedCharacterString locale="#EN">Trees</lan:LocalisedCharacterString></lan:textGroup></lan:PT_FreeText>'
    "</mdb:title></mdb:CI_Citation></mdb:citation><mdb:extent><gex:EX_Extent><gex:temporalElement>"
    '<gml:TimePeriod xmlns:gml="http://www.opengis.net/gml/3.2"><gml:beginPosition>2020</gml:beginPosition>'
    "</gml:TimePeriod></gex:temporalElement></gex:EX_Extent></mdb:extent></mdb:MD_DataIdentification>"
    "</mdb:identificationInfo></mdb:MD_Metadata></csw:SearchResults></csw:GetRecordsResponse>",
    '<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2"><csw:SearchResults'
    ' numberOfRecordsMatched="1" nextRecord="0"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset'
    ' rdf:about="https://meudon.example/arbres"><dct:title xml:lang="fr">Arbres</dct:title><dcat:distribution>'
    '<dcat:Distribution><dcat:accessURL rdf:resource="https://meudon.example/arbres.csv"/></dcat:Distribution>'
    "</dcat:distribution></dcat:Dataset></rdf:RDF></csw:SearchResults></csw:GetRecordsResponse>",
    '<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:ows="http://www.opengis.net/ows" xmlns:dct="http://purl.org/dc/terms/"><csw:SearchResults>'
    "<csw:Record><dc:identifier>a</dc:identifier><dc:title>A & B</dc:title><dct:references"
    ' scheme="OGC:WMS">https://sig.meudon.example/wms?service=WMS&amp;request=GetCapabilities</dct:references>'
    "<dc:coverage>North 48.9, South 48.8, East 2.3, West 2.2</dc:coverage><ows:BoundingBox crs='urn:x-ogc:def:crs:EPSG:6.11:4326'>"
    "<ows:LowerCorner>48.8 2.2</ows:LowerCorner><ows:UpperCorner>48.9 2.3</ows:UpperCorner></ows:BoundingBox></csw:Record>"
    "</csw:SearchResults></csw:GetRecordsResponse>",
)
"""A refusal, ISO 19115-3, GeoDCAT-AP, and Dublin Core that is not well-formed."""

RDF = {
    ".nt": "<https://m.example/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> .\n"
    '<https://m.example/a> <http://purl.org/dc/terms/title> "Arbres"@fr .\n'
    "<https://m.example/a> <http://purl.org/dc/terms/spatial> _:b .\n"
    '_:b <http://www.w3.org/ns/dcat#bbox> "2.2,48.8,2.3,48.9" .\n',
    ".nq": "<https://m.example/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset>"
    " <https://m.example/g> .\n",
    ".trig": "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
    "<https://m.example/g> {\n<https://m.example/a> a dcat:Dataset ; dct:title 'Arbres' ; dct:subject ( 'a' 'b' [] ) ;\n"
    " dct:temporal [ dcat:startDate '2020' ; dcat:endDate '2021' ] .\n}\n",
    "/": "<html><head><title>Index of /catalogue</title></head><body><h1>Index of /catalogue</h1><pre>"
    '<a href="../">../</a>\n<a href="voirie/">voirie/</a>  02-May-2024 10:11  -\n'
    '<a href="arbres.ttl">arbres.ttl</a>  02-May-2024 10:11  1204\n</pre></body></html>',
}
"""Further syntaxes by their suffix, and a directory as nginx lists it."""


# ── what must hold ───────────────────────────────────────────────────────────────────────────────────


CHARSETS = ("", "", "", "utf-8", "iso-8859-1", "utf-16", "zlib", "idna", "a\0b", "klingon")
"""What servers say, and what they might."""


def bear(kind: str, request: Request, content: bytes, charset: str = "") -> int:
    """See the module; how many records there were."""
    first = _read(kind, request, content, charset)
    assert first == _read(kind, request, content, charset)
    mapper = reader(kind)[3]
    records = [found for found in first if isinstance(found, Record)]
    for record in records:
        assert isinstance(record.id, str)
        assert record.id
        assert len(record.fingerprint) == 16
        mapped = mapper(record)
        assert not any(problem.code == "mapping-failed" for problem in mapped.problems), mapped
        assert mapped == mapper(record)
    return len(records)


def _read(kind: str, request: Request, content: bytes, charset: str) -> list[Found]:
    """What hint and read make of a page: what they yield before a refusal counts, too."""
    made, source, options, _ = reader(kind)
    page = Page(request, request.url, content, "", charset)
    found: list[Found] = list(made.hint(page, source, options))
    try:
        found += made.read(page, source, options)
    except HarvesterError as error:
        found.append(Problem(type(error).__name__, str(error)))
    return [
        # Of several errors in one JSON-LD context, the parser tells now this one, now that one.
        Problem(each.code, "") if isinstance(each, Problem) and each.code == "rdf-syntax" else each
        for each in found
    ]
