"""An ArcGIS Feature Server: a layer and its queries; errors have status 200."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Row, Rows, WrongType, geojson, typed

_PATH = re.compile(r"^/arcgis/rest/services/(?P<name>[^/]+)/FeatureServer/0(?P<query>/query)?/?$")
_ESRI = {
    "text": "esriFieldTypeString",
    "integer": "esriFieldTypeInteger",
    "number": "esriFieldTypeDouble",
}
_SQL = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^']|'')*)'|(-?[\d.]+))\s*")
MOST = 2000


def answer(tables: Mapping[str, Rows], _root: str, asked: Asked) -> Said | None:
    """Services that have rows."""
    match = _PATH.match(asked.path)
    table = tables.get(match["name"]) if match else None
    if match is None or table is None:
        return None
    if not match["query"]:
        fields = [
            {"name": f.name, "type": _ESRI[f.type], "alias": f.label or f.name}
            for f in table.plain()
        ]
        return _said(
            {
                "id": 0,
                "name": table.name,
                "type": "Feature Layer",
                "fields": fields,
                "geometryType": "esriGeometryPoint" if table.point else None,
                "maxRecordCount": MOST,
                "supportedQueryFormats": "JSON, geoJSON, PBF",
            }
        )
    try:
        kept = _kept(table, asked.query)
    except WrongType:
        return _error("'Invalid field or where clause'")
    if asked.query.get("returnCountOnly") == "true":
        return _said({"count": len(kept)})
    some = kept[: int(asked.query.get("resultRecordCount", str(MOST)))]
    if asked.query.get("f") == "geojson":
        return _said({"type": "FeatureCollection", "features": geojson(table, some)})
    point = table.point
    features = [{"attributes": {n: v for n, v in row.items() if n != point}} for row in some]
    return _said({"objectIdFieldName": "", "features": features})


def _kept(table: Rows, query: Mapping[str, str]) -> list[Row]:
    kept = list(table.rows)
    if query.get("geometryType") == "esriGeometryEnvelope":
        west, south, east, north = (float(edge) for edge in query["geometry"].split(","))
        kept = table.within(west, south, east, north)
    where = query.get("where", "1=1").strip()
    if where == "1=1":
        return kept
    wanted: dict[str, list[object]] = {}
    for part in re.split(r"\s+OR\s+", where):
        match = _SQL.fullmatch(part)
        known = table.field(match[1]) if match else None
        if match is None or known is None:
            raise WrongType(part)
        text = match[2].replace("''", "'") if match[2] is not None else match[3]
        wanted.setdefault(known.name, []).append(typed(known, text, quoted=match[2] is not None))
    return table.where(lambda row: any(row.get(n) in v for n, v in wanted.items()))


def _error(message: str) -> Said:
    return _said({"error": {"code": 400, "message": message, "details": []}})


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/json;charset=UTF-8")
