"""OGC API Features: queryables and items; properties and `bbox` filter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Rows, WrongType, geojson, typed

_PATH = re.compile(r"^/collections/(?P<name>[^/]+)(?:/(?P<what>items|queryables))?/?$")
_JSON = {"text": "string", "integer": "integer", "number": "number"}
_OWN = frozenset({"f", "limit", "offset", "bbox", "datetime", "crs"})


def answer(tables: Mapping[str, Rows], root: str, asked: Asked) -> Said | None:
    """Collections that have rows."""
    match = _PATH.match(asked.path)
    table = tables.get(match["name"]) if match else None
    if match is None or table is None:
        return None
    if match["what"] == "queryables":
        known = {f.name: {"type": _JSON[f.type], "title": f.label or f.name} for f in table.plain()}
        return _said({"type": "object", "properties": known})
    if match["what"] is None:
        return _said({"id": table.name, "title": table.name, "itemType": "feature"})
    kept = list(table.rows)
    try:
        if box := asked.query.get("bbox"):
            west, south, east, north = (float(edge) for edge in box.split(","))
            kept = table.within(west, south, east, north)
        for name, value in asked.query.items():
            if name in _OWN or "ignores" in table.habits:
                continue
            field = table.field(name)
            if field is None:
                raise WrongType(f"unknown query parameter {name}")
            chosen = table.equal(name, [typed(field, value)])
            kept = [row for row in kept if any(row is other for other in chosen)]
        limit = int(asked.query.get("limit", "10"))
    except (WrongType, ValueError) as error:
        body = orjson.dumps({"code": "InvalidParameterValue", "description": str(error)})
        return Said(body, "application/json", 400)
    some = kept[: min(limit, 20) if "short" in table.habits else limit]
    page: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": geojson(table, some),
        "numberReturned": len(some),
        "links": [{"rel": "self", "href": f"{root}{asked.path}"}],
    }
    if "uncounted" not in table.habits:
        page["numberMatched"] = len(kept)
    if len(some) < len(kept):
        page["links"].append({"rel": "next", "href": f"{root}{asked.path}?offset={len(some)}"})
    return _said(page)


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/geo+json")
