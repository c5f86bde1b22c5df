"""data.gouv.fr's tabular API: profile and data of a resource; of its operators `exact` and `in`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Row, Rows, WrongType, typed

_PATH = re.compile(
    r"^/api/resources/(?P<id>[0-9a-f-]{36})/(?P<what>profile|data|data/csv|data/json)/?$"
)
_PYTHON = {"text": "string", "integer": "int", "number": "float", "point": "json"}
MOST = 50


def answer(tables: Mapping[str, Rows], _root: str, asked: Asked) -> Said | None:
    """Resources by their id."""
    match = _PATH.match(asked.path)
    if match is None:
        return None
    table = next((t for t in tables.values() if t.uuid == match["id"]), None)
    if table is None:
        return _errors(404, "resource not found")
    if match["what"] == "profile":
        return _said({"profile": _profile(table)})
    try:
        kept = _kept(table, asked.query)
    except WrongType as error:
        return _errors(400, str(error))
    if match["what"] == "data/csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, [f.name for f in table.fields])
        writer.writeheader()
        writer.writerows(kept)
        return Said(text.getvalue().encode(), "text/csv; charset=utf-8")
    if match["what"] == "data/json":
        return _said(kept)
    try:
        size, page = int(asked.query.get("page_size", "20")), int(asked.query.get("page", "1"))
    except ValueError:
        return _errors(400, "page and page_size are numbers")
    if not 1 <= size <= MOST:
        return _errors(400, f"page_size exceeds allowed maximum: {MOST}")
    some = kept[(page - 1) * size : page * size]
    data = [{"__id": number, **row} for number, row in enumerate(some, 1)]
    return _said(
        {"data": data, "links": {}, "meta": {"page": page, "page_size": size, "total": len(kept)}}
    )


def _profile(table: Rows) -> dict[str, Any]:
    columns = {
        f.name: {
            "score": 1.0,
            "format": f.notes[0] if f.notes else _PYTHON[f.type],
            "python_type": _PYTHON[f.type],
        }
        for f in table.fields
    }
    return {"header": list(columns), "columns": columns, "total_lines": len(table.rows)}


def _kept(table: Rows, query: Mapping[str, str]) -> list[Row]:
    kept = list(table.rows)
    for asked_for, value in query.items():
        name, separator, operator = asked_for.rpartition("__")
        if not separator:
            continue
        known = table.field(name)
        if known is None or operator not in ("exact", "in"):
            raise WrongType(f"column {name or asked_for} does not exist")
        written = value.split(",") if operator == "in" else [value]
        chosen = table.equal(name, [typed(known, each) for each in written])
        kept = [row for row in kept if any(row is other for other in chosen)]
    return kept


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/json; charset=utf-8")


def _errors(status: int, detail: str) -> Said:
    body = orjson.dumps({"errors": [{"code": status, "title": "Error", "detail": detail}]})
    return Said(body, "application/json; charset=utf-8", status)
