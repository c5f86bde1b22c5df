"""Opendatasoft's Explore API 2.1: a dataset's fields, its records, its exports; of ODSQL comparisons, `or` and `in_bbox`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Row, Rows, WrongType, geojson, typed

_PATH = re.compile(
    r"^/api/explore/v2\.1/catalog/datasets/(?P<name>[^/]+)(?:/(?P<what>records|exports/(?P<format>\w+)))?/?$"
)
_TYPES = {"text": "text", "integer": "int", "number": "double", "point": "geo_point_2d"}
_COMPARED = re.compile(r'\s*`?(\w[\w\-]*)`?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(-?[\d.]+))\s*')
_BOX = re.compile(r"\s*in_bbox\((\w+),\s*([\d.-]+),\s*([\d.-]+),\s*([\d.-]+),\s*([\d.-]+)\)\s*")
MOST = 100


def answer(tables: Mapping[str, Rows], _root: str, asked: Asked) -> Said | None:
    """Datasets that have rows; others are for who knows them."""
    match = _PATH.match(asked.path)
    table = tables.get(match["name"]) if match else None
    if match is None or table is None:
        return None
    if not match["what"]:
        return _said(_described(table))
    try:
        kept = _kept(table, asked.query)
    except WrongType as error:
        return _error("ODSQLError", f"ODSQL query is malformed: {error}")
    if match["format"]:
        return _exported(table, kept, match["format"])
    try:
        limit, offset = int(asked.query.get("limit", "10")), int(asked.query.get("offset", "0"))
    except ValueError:
        return _error("InvalidRESTParameterError", "limit and offset are numbers")
    if not 0 <= limit <= MOST:
        return _error("InvalidRESTParameterError", f"limit <= {MOST} is expected")
    chosen = [name.strip(" `") for name in asked.query.get("select", "").split(",") if name]
    if any(table.field(name) is None for name in chosen):
        return _error("ODSQLError", f"unknown field in select: {chosen}")
    some = [_shown(table, row) for row in kept[offset : offset + limit]]
    if chosen:
        some = [{name: row.get(name) for name in chosen} for row in some]
    return _said({"total_count": len(kept), "results": some})


def _described(table: Rows) -> dict[str, Any]:
    fields = [
        {
            "name": f.name,
            "label": f.label or f.name,
            "type": _TYPES[f.type],
            "description": None,
            "annotations": {
                note.partition("=")[0]: [note.partition("=")[2]] if "=" in note else []
                for note in f.notes
            },
        }
        for f in table.fields
    ]
    default = {"title": table.name, "records_count": len(table.rows)}
    return {
        "dataset_id": table.name,
        "has_records": True,
        "fields": fields,
        "metas": {"default": default},
    }


def _kept(table: Rows, query: Mapping[str, str]) -> list[Row]:
    kept = list(table.rows)
    if where := query.get("where", "").strip():
        kept = _where(table, where)
    if refine := query.get("refine", ""):
        name, _, value = refine.partition(":")
        known = table.field(name)
        if known is None or "facet" not in known.notes:
            raise WrongType(f"{name} is no facet")
        kept = [
            row
            for row in kept
            if str(row.get(name)) == value.strip('"') or "ignores" in table.habits
        ]
    return kept


def _where(table: Rows, where: str) -> list[Row]:
    if box := _BOX.fullmatch(where):
        known = table.field(box[1])
        if known is None or known.type != "point":
            raise WrongType(f"{box[1]} is no geo field")
        south, west, north, east = (float(box[n]) for n in (2, 3, 4, 5))
        return table.within(west, south, east, north)
    wanted: dict[str, list[object]] = {}
    for part in re.split(r"\s+or\s+", where, flags=re.IGNORECASE):
        match = _COMPARED.fullmatch(part)
        known = table.field(match[1]) if match else None
        if match is None or known is None:
            raise WrongType(f"{part!r} is not understood")
        literal = match[2].replace('\\"', '"') if match[2] is not None else match[3]
        value = typed(known, literal, quoted=match[2] is not None)
        wanted.setdefault(known.name, []).append(value)
    separators = {
        f.name: n.partition("=")[2]
        for f in table.fields
        for n in f.notes
        if n.startswith("multivalued=")
    }
    return table.where(
        lambda row: any(_has(row.get(n), v, separators.get(n, "")) for n, v in wanted.items())
    )


def _has(value: object, wanted: list[object], separator: str) -> bool:
    parts = str(value).split(separator) if separator and value is not None else [value]
    return any(part in wanted for part in parts)


def _shown(table: Rows, row: Row) -> Row:
    place = row.get(table.point)
    shown = {"lon": place[0], "lat": place[1]} if place else None
    return {**row, table.point: shown} if table.point else row


def _exported(table: Rows, rows: list[Row], name: str) -> Said:
    match name:
        case "csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, [f.name for f in table.fields], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
            return Said(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8")
        case "json":
            return _said([_shown(table, row) for row in rows])
        case "geojson":
            return _said({"type": "FeatureCollection", "features": geojson(table, rows)})
        case _:
            return _error("InvalidRESTParameterError", f"unknown format {name}")


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/json; charset=utf-8")


def _error(code: str, message: str) -> Said:
    body = orjson.dumps({"error_code": code, "message": message})
    return Said(body, "application/json; charset=utf-8", 400)
