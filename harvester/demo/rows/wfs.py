"""A WFS 2.0: schema, hits and features; CQL_FILTER as GeoServer has it, FILTER and BBOX as the standard has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, unescape

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Row, Rows, WrongType, geojson, typed

PATH = "/geoserver/wfs"
_XSD = {
    "text": "xsd:string",
    "integer": "xsd:int",
    "number": "xsd:double",
    "point": "gml:PointPropertyType",
}
_CQL = re.compile(r"\s*\"?(\w[\w\-]*)\"?\s*=\s*(?:'((?:[^']|'')*)'|(-?[\d.]+))\s*")
_FES = re.compile(
    r"<fes:PropertyIsEqualTo><fes:ValueReference>([^<]*)</fes:ValueReference><fes:Literal>([^<]*)</fes:Literal>"
)


def answer(tables: Mapping[str, Rows], _root: str, asked: Asked) -> Said | None:
    """Layers called `gpso:<table>`."""
    if asked.path != PATH:
        return None
    query = {name.lower(): value for name, value in asked.query.items()}
    layer = query.get("typenames") or query.get("typename") or ""
    table = tables.get(layer.removeprefix("gpso:"))
    if table is None:
        return _exception(f"Feature type {layer} unknown")
    match query.get("request", "").lower():
        case "describefeaturetype":
            return _xml(_schema(table))
        case "getfeature":
            return _features(table, query)
        case other:
            return _exception(f"Unknown request {other}")


def _features(table: Rows, query: Mapping[str, str]) -> Said:
    try:
        kept = _kept(table, query)
        count = int(query.get("count") or query.get("maxfeatures") or "1000000")
    except (WrongType, ValueError) as error:
        return _exception(f"Could not parse the filter: {error}")
    matched = "unknown" if "uncounted" in table.habits else str(len(kept))
    some = kept[: min(count, 20) if "short" in table.habits else count]
    if query.get("resulttype") == "hits":
        return _xml(f'<wfs:FeatureCollection {_WFS} numberMatched="{matched}" numberReturned="0"/>')
    if query.get("outputformat", "").startswith("application/json"):
        found = {
            "type": "FeatureCollection",
            "features": geojson(table, some),
            "numberReturned": len(some),
        }
        return Said(orjson.dumps(found), "application/json;charset=UTF-8")
    members = "".join(f"<wfs:member>{_member(table, row)}</wfs:member>" for row in some)
    return _xml(
        f'<wfs:FeatureCollection {_WFS} numberMatched="{matched}" numberReturned="{len(some)}">{members}</wfs:FeatureCollection>'
    )


_WFS = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gpso="http://gpso.example"'


def _member(table: Rows, row: Row) -> str:
    inside = "".join(
        f"<gpso:{f.name}>{escape(str(row[f.name]))}</gpso:{f.name}>" for f in table.plain()
    )
    return f"<gpso:{table.name}>{inside}</gpso:{table.name}>"


def _kept(table: Rows, query: Mapping[str, str]) -> list[Row]:
    if (cql := query.get("cql_filter")) and "ignores-cql" not in table.habits:
        wanted: dict[str, list[object]] = {}
        for part in re.split(r"\s+OR\s+", cql):
            match = _CQL.fullmatch(part)
            known = table.field(match[1]) if match else None
            if match is None or known is None:
                raise WrongType(part)
            text = match[2].replace("''", "'") if match[2] is not None else match[3]
            wanted.setdefault(known.name, []).append(
                typed(known, text, quoted=match[2] is not None)
            )
        return table.where(lambda row: any(row.get(n) in v for n, v in wanted.items()))
    if fes := query.get("filter"):
        pairs = [(unescape(n), unescape(v)) for n, v in _FES.findall(fes)]
        fields = [(table.field(name), value) for name, value in pairs]
        if not pairs or any(known is None for known, _ in fields):
            raise WrongType(fes[:100])
        values = [(known.name, typed(known, value)) for known, value in fields if known]
        return table.where(lambda row: any(row.get(n) == v for n, v in values))
    if box := query.get("bbox"):
        edges = box.split(",")[:4]
        west, south, east, north = (float(edge) for edge in edges)
        return table.within(west, south, east, north)
    return list(table.rows)


def _schema(table: Rows) -> str:
    elements = "".join(
        f'<xsd:element maxOccurs="1" minOccurs="0" name="{f.name}" nillable="true" type="{_XSD[f.type]}"/>'
        for f in table.fields
    )
    return (
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml/3.2" '
        'targetNamespace="http://gpso.example"><xsd:complexType name="T"><xsd:complexContent><xsd:extension '
        f'base="gml:AbstractFeatureType"><xsd:sequence>{elements}</xsd:sequence></xsd:extension></xsd:complexContent>'
        f'</xsd:complexType><xsd:element name="{table.name}" type="gpso:T"/></xsd:schema>'
    )


def _xml(text: str) -> Said:
    return Said(f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), "application/xml")


def _exception(text: str) -> Said:
    return _xml(
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0"><ows:Exception>'
        f"<ows:ExceptionText>{escape(text)}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
