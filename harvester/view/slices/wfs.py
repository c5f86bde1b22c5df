"""OGC WFS 2.0: GeoServer's CQL_FILTER, else the standard's FILTER (FES 2.0), else a BBOX; counts by `resultType=hits`.

A layer is known by the question of an address (`typeNames=`), or by what the distribution of a service is called. A server that
does not know CQL_FILTER ignores it: all rows are answered, and the next way is tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from harvester.errors import SourceFailed, SourceRefused
from harvester.parse.online_resources import endpoint as service_address
from harvester.parse.xml import checked_prolog
from harvester.view.slices.answers import (
    asked,
    guessed,
    is_refused,
    properties,
    refused,
    sampled,
    tree,
)
from harvester.view.slices.values import (
    Column,
    Condition,
    Conversation,
    Counted,
    Endpoint,
    Link,
    Question,
    Reply,
    Table,
    Type,
)
from harvester.view.slices.words import Words

NAME = "wfs"
SAMPLE = 50
MOST = 1_000
"""Features that are fetched once to see whether one answer holds them all."""
_LAYER = re.compile(r"[\w.\-]+:[\w.\-]+|[\w.\-]+").fullmatch
_WFS = re.compile(r"/wfs/?$", re.IGNORECASE)
_HITS = re.compile(rb'\b(?:numberMatched|numberOfFeatures)\s*=\s*["\'](\w+)["\']')
_ELEMENT = "{http://www.w3.org/2001/XMLSchema}element"
_INTEGERS = frozenset({"int", "integer", "long", "short", "byte", "nonNegativeInteger"})
_NUMBERS = frozenset({"double", "decimal", "float"})
_CRS84 = "urn:ogc:def:crs:OGC:1.3:CRS84"
_JSON = "application/json"


def recognise(url: str, key: str, title: str, _words: Words) -> Endpoint | None:
    """A layer of a WFS: named in the address, or by the distribution's title."""
    parts = urlsplit(url)
    query = {name.lower(): value for name, value in parse_qsl(parts.query)}
    service = query.get("service", "").lower()
    if service != "wfs" and (service or not _WFS.search(parts.path)):
        return None
    layer = query.get("typenames") or query.get("typename") or title.strip()
    if not _LAYER(layer) or "," in layer:
        return None
    return Endpoint(NAME, service_address(url), key, layer)


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The properties with their types, how many features there are, and some of them where JSON is spoken."""
    described, geometry = _described((yield _ask(endpoint, {"request": "DescribeFeatureType"})))
    total = _hits((yield _ask(endpoint, {"request": "GetFeature", "resultType": "hits"})))
    some = yield from _some(endpoint, {}, SAMPLE)
    columns = described or guessed(some or ())
    return Table(
        endpoint, sampled(columns, some or ()), total, geometry, {"json": some is not None}
    )


def _some(
    endpoint: Endpoint, condition: Mapping[str, str], size: int
) -> Conversation[tuple[dict[str, object], ...] | None]:
    """Some features as GeoJSON; None where the server has none."""
    try:
        reply = yield _ask(
            endpoint,
            {"request": "GetFeature", "count": str(size), "outputFormat": _JSON, **condition},
        )
        return properties(tree(reply))
    except SourceRefused as error:
        if not is_refused(error):
            raise
        return None
    except SourceFailed:
        return None


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many features are the commune's, by the first way of asking that the server really follows."""
    last: Counted | None = None
    failure: SourceRefused | None = None
    for name, value in _filters(condition):
        try:
            hits = _hits(
                (
                    yield _ask(
                        table.endpoint,
                        {"request": "GetFeature", "resultType": "hits", name: value},
                    )
                )
            )
        except SourceRefused as error:
            if not is_refused(error):
                raise
            failure = error
            continue
        last = Counted(hits, f"{name}={value}")
        if hits < table.total:
            some: tuple[dict[str, object], ...] = ()
            if hits and table.more["json"]:
                some = (yield from _some(table.endpoint, {name: value}, 10)) or ()
            whole = hits <= len(some)
            if len(some) < hits <= MOST and table.more["json"]:
                # Servers cut what is too much for them without a word: tried before it is promised.
                whole = len((yield from _some(table.endpoint, {name: value}, hits)) or ()) == hits
            return Counted(hits, f"{name}={value}", some, whole)
    if last is None:
        raise failure or SourceRefused("no way of filtering", status=400)
    return last


def _filters(condition: Condition) -> list[tuple[str, str]]:
    if condition.box:
        box = ",".join(str(edge) for edge in condition.box)
        return [("bbox", f"{box},{_CRS84}")]
    cql = " OR ".join(f'"{condition.column}"={_literal(value)}' for value in condition.values)
    if re.fullmatch(r"[A-Za-z_]\w*", condition.column):
        cql = cql.replace(f'"{condition.column}"', condition.column)
    equal = "".join(
        f"<fes:PropertyIsEqualTo><fes:ValueReference>{escape(condition.column)}</fes:ValueReference>"
        f"<fes:Literal>{escape(str(value))}</fes:Literal></fes:PropertyIsEqualTo>"
        for value in condition.values
    )
    if len(condition.values) > 1:
        equal = f"<fes:Or>{equal}</fes:Or>"
    fes = f'<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0">{equal}</fes:Filter>'
    return [("CQL_FILTER", cql), ("FILTER", fes)]


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The features as GeoJSON where the server speaks it, else as GML."""
    name, _, value = counted.filter.partition("=")
    question = {"request": "GetFeature", name: value}
    address = _address(table.endpoint, question)
    gml = Link("GML", address, "application/gml+xml", download=counted.whole)
    if not table.more["json"]:
        return (gml,)
    json = _address(table.endpoint, {**question, "outputFormat": _JSON, "srsName": "EPSG:4326"})
    return Link("GEOJSON", json, "application/geo+json", download=counted.whole), gml


def _ask(endpoint: Endpoint, more: dict[str, str]) -> Question:
    return Question(_address(endpoint, more), "*/*")


def _address(endpoint: Endpoint, more: dict[str, str]) -> str:
    base = {"service": "WFS", "version": "2.0.0", "typeNames": endpoint.layer}
    return asked(endpoint.url, {**base, **more})


def _document(reply: Reply) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(checked_prolog(reply.content), parser)
    except etree.XMLSyntaxError as error:
        raise SourceFailed(f"the portal's answer is no XML: {error}", url=reply.url) from None
    if root is None:
        raise SourceFailed("the portal's answer is empty", url=reply.url)
    return root


def _refusal(reply: Reply) -> None:
    """Exceptions come with status 200, too."""
    if b"ExceptionReport" in reply.content[:2000]:
        said = " ".join("".join(map(str, _document(reply).itertext())).split())
        raise refused(reply, said)


def _described(reply: Reply) -> tuple[list[Column], str]:
    """Properties and the geometry's name, out of an XML Schema."""
    _refusal(reply)
    columns, geometry = [], ""
    for element in _document(reply).iter(_ELEMENT):
        name, kind = element.get("name"), (element.get("type") or "").rpartition(":")
        parent = element.getparent()
        if not name or parent is None or str(parent.tag).endswith("schema"):
            continue  # the layer itself
        if kind[0] == "gml" and kind[2].endswith("PropertyType"):
            geometry = geometry or name
            continue
        columns.append(Column(name, _type(kind[2], element)))
    return columns, geometry


def _type(kind: str, element: etree._Element) -> Type:
    if not kind:  # a restriction of a type, written inside
        bases = [r.get("base") or "" for r in element.iter() if "restriction" in str(r.tag)]
        kind = bases[0].rpartition(":")[2] if bases else ""
    if kind in _INTEGERS:
        return "integer"
    if kind in _NUMBERS:
        return "number"
    return "text" if kind == "string" else "other"


def _hits(reply: Reply) -> int:
    match = _HITS.search(reply.content[:4000])
    if match is None:
        _refusal(reply)
        raise SourceFailed("the portal's answer does not count", url=reply.url)
    if not match[1].isdigit():
        raise refused(reply, "the server does not count what it has (numberMatched=unknown)", 501)
    return int(match[1])
