"""CKAN's datastore: `filters=` in `datastore_search`; the dump only where it filters, too.

<https://docs.ckan.org/en/latest/maintaining/datastore.html>. Dumps of older versions ignore `filters` and would give every row: the
first rows of the very dump are looked at before its address is published.
"""

from __future__ import annotations

import re

import orjson

from harvester.errors import SourceFailed, TryLater
from harvester.view.slices.answers import asked, number, refused, rows, sampled, told, tree
from harvester.view.slices.columns import agrees
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

NAME = "datastore"
SAMPLE = 50
MOST = 32_000
"""Rows that `datastore_search` gives at once (`ckan.datastore.search.rows_max`)."""
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RESOURCE = re.compile(
    rf"^(?P<root>https?://[^?#]+?)/(?:[a-z]{{2}}/)?(?:dataset/[^/?#]+/resource|datastore/dump)/(?P<id>{_UUID})(?:[/?#]|$)"
)
_SEARCH = re.compile(
    rf"^(?P<root>https?://[^?#]+?)/api/(?:3/)?action/datastore_search\?(?:[^#]*&)?resource_id=(?P<id>{_UUID})"
)
_INTEGERS = frozenset({"int", "int2", "int4", "int8", "integer", "bigint", "smallint", "serial"})
_NUMBERS = frozenset({"float", "float4", "float8", "numeric", "double precision", "real"})


def recognise(url: str, key: str, _title: str, _words: Words) -> Endpoint | None:
    """A resource that stands on a CKAN."""
    match = _RESOURCE.match(url) or _SEARCH.match(url)
    return Endpoint(NAME, match["root"], key, match["id"]) if match else None


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The fields with their types in the database, how many rows there are, and some of them."""
    reply = yield Question(_search(endpoint, {"limit": SAMPLE}))
    result = _result(reply)
    columns = [
        Column(str(field["id"]), _type(str(field.get("type"))), _label(field.get("info")))
        for field in rows(result.get("fields"))
        if field.get("id") and field["id"] != "_id"
    ]
    total = number(result, "total", reply)
    return Table(endpoint, sampled(columns, rows(result.get("records"))), total)


def _type(written: str) -> Type:
    if written in _INTEGERS:
        return "integer"
    if written in _NUMBERS:
        return "number"
    return "text" if written in ("text", "varchar", "character varying") else "other"


def _label(info: object) -> str:
    return str(info.get("label") or "") if isinstance(info, dict) else ""


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many rows are the commune's; `filter` begins with `dump ` where the dump filters as well."""
    values = condition.values if len(condition.values) > 1 else condition.values[0]
    filters = orjson.dumps({condition.column: values}).decode()
    reply = yield Question(_search(table.endpoint, {"filters": filters, "limit": 10}))
    result = _result(reply)
    counted = Counted(number(result, "total", reply), filters, rows(result.get("records")))
    if not 0 < counted.rows < table.total:
        return counted
    dump = _dump(table.endpoint, {"filters": filters, "format": "json", "limit": 10})
    try:
        some = tree((yield Question(dump)))
    except (SourceFailed, TryLater):
        return counted
    names = [str(field.get("id")) for field in rows(some.get("fields"))]
    records = some.get("records")
    if condition.column not in names or not isinstance(records, list) or not records:
        return counted
    at = names.index(condition.column)
    cells = [r[at] if isinstance(r, list) and len(r) > at else None for r in records]
    if not all(agrees(condition, cell) for cell in cells):
        return counted
    return Counted(counted.rows, f"dump {filters}", counted.samples)


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The search, which is proved; the dump where it is."""
    filters = counted.filter.removeprefix("dump ")
    search = _search(table.endpoint, {"filters": filters, "limit": min(counted.rows, MOST)})
    made = [Link("JSON", search, "application/json", download=False)]
    if counted.filter != filters:
        url = _dump(table.endpoint, {"filters": filters, "bom": "true"})
        made.insert(0, Link("CSV", url, "text/csv"))
    return tuple(made)


def _search(endpoint: Endpoint, more: dict[str, object]) -> str:
    url = f"{endpoint.url}/api/3/action/datastore_search"
    return asked(url, {"resource_id": endpoint.layer, **more})


def _dump(endpoint: Endpoint, more: dict[str, object]) -> str:
    return asked(f"{endpoint.url}/datastore/dump/{endpoint.layer}", more)


def _result(reply: Reply) -> dict[str, object]:
    found = tree(reply)
    result = found.get("result")
    if found.get("success") is not True or not isinstance(result, dict):
        raise refused(reply, told(found) or "no result")
    return result
