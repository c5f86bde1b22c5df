"""CKAN's datastore: `datastore_search` with `filters`, and the dump, which in old versions knows none."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows.values import Row, Rows, WrongType, typed

_SEARCH = "/api/3/action/datastore_search"
_DUMP = re.compile(r"^/datastore/dump/(?P<id>[0-9a-f-]{36})$")
_DATABASE = {"text": "text", "integer": "int4", "number": "numeric", "point": "json"}


def answer(tables: Mapping[str, Rows], _root: str, asked: Asked) -> Said | None:
    """Resources by their id."""
    dump = _DUMP.match(asked.path)
    if asked.path != _SEARCH and dump is None:
        return None
    wanted = dump["id"] if dump else asked.query.get("resource_id")
    table = next((t for t in tables.values() if t.uuid == wanted), None)
    if table is None:
        return _failed(404, {"__type": "Not Found Error", "message": "Not found"})
    ignored = dump is not None and "ignores-dump" in table.habits
    try:
        kept = list(table.rows) if ignored else _kept(table, asked.query.get("filters", ""))
        limit = int(asked.query.get("limit", "100" if dump is None else "1000000"))
    except (WrongType, ValueError) as error:
        return _failed(409, {"__type": "Validation Error", "filters": [str(error)]})
    some = kept[:limit]
    fields = [{"id": f.name, "type": _DATABASE[f.type], **_info(f.label)} for f in table.fields]
    if dump is None:
        result = {
            "resource_id": table.uuid,
            "fields": [{"id": "_id", "type": "int"}, *fields],
            "records": [{"_id": number, **row} for number, row in enumerate(some, 1)],
            "total": len(kept),
        }
        return _said({"success": True, "result": result})
    if asked.query.get("format") == "json":
        return _said(
            {"fields": fields, "records": [[row[f.name] for f in table.fields] for row in some]}
        )
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in table.fields])
    writer.writeheader()
    writer.writerows(some)
    return Said(text.getvalue().encode(), "text/csv; charset=utf-8")


def _info(label: str) -> dict[str, Any]:
    return {"info": {"label": label, "notes": ""}} if label else {}


def _kept(table: Rows, written: str) -> list[Row]:
    filters = orjson.loads(written) if written else {}
    if not isinstance(filters, dict):
        raise WrongType("filters must be an object")
    kept = list(table.rows)
    for name, value in filters.items():
        known = table.field(name)
        if known is None:
            raise WrongType(f"field {name} not in table")
        values = value if isinstance(value, list) else [value]
        chosen = table.equal(name, [typed(known, str(each)) for each in values])
        kept = [row for row in kept if any(row is other for other in chosen)]
    return kept


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/json; charset=utf-8")


def _failed(status: int, error: dict[str, Any]) -> Said:
    body = orjson.dumps({"success": False, "error": error})
    return Said(body, "application/json; charset=utf-8", status)
