"""Opendatasoft's Explore API 2.1: `where=` on records and exports alike, literals by the field's type.

<https://help.opendatasoft.com/apis/ods-explore-v2/>. Where a portal refuses the condition, a facet may still do (`refine=`).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from harvester.errors import SourceRefused
from harvester.view.slices.answers import asked, is_refused, number, rows, sampled, tree
from harvester.view.slices.values import (
    Column,
    Condition,
    Conversation,
    Counted,
    Endpoint,
    Link,
    Question,
    Table,
    Type,
)
from harvester.view.slices.words import Words

NAME = "opendatasoft"
SAMPLE = 20
"""Few: rows may hold whole geometries."""
_API = re.compile(
    r"^(?P<root>https?://[^?#]+?)/api/(?:explore/)?v2(?:\.[0-9])?/catalog/datasets/(?P<id>[^/?#]+)(?:/(?:records|exports)\b|/?$|\?)"
)
_PAGE = re.compile(r"^(?P<root>https?://[^?#]+?)/explore/dataset/(?P<id>[^/?#]+)")
_TYPES: dict[str, Type] = {"text": "text", "int": "integer", "double": "number"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_FORMATS = {
    "csv": ("CSV", "text/csv"),
    "geojson": ("GEOJSON", "application/geo+json"),
    "json": ("JSON", "application/json"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_LABELLED = frozenset({"csv", "xlsx"})


def recognise(url: str, key: str, _title: str, _words: Words) -> Endpoint | None:
    """The dataset behind an address of the API, or behind its page."""
    match = _API.match(url) or _PAGE.match(url)
    if match is None:
        return None
    identifier = quote(unquote(match["id"]), safe="@")
    return Endpoint(NAME, f"{match['root']}/api/explore/v2.1/catalog/datasets/{identifier}", key)


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The fields with their types and annotations, how many records there are, and some of them."""
    found = tree((yield Question(endpoint.url)))
    columns, geometry = [], ""
    for each in rows(found.get("fields")):
        name, kind = str(each.get("name") or ""), each.get("type")
        if not name:
            continue
        notes = each.get("annotations")
        notes = notes if isinstance(notes, dict) else {}
        columns.append(
            Column(
                name,
                _TYPES.get(str(kind), "other"),
                str(each.get("label") or ""),
                tuple(notes),
                _first(notes.get("multivalued")),
            )
        )
        if kind in ("geo_point_2d", "geo_shape") and (not geometry or kind == "geo_point_2d"):
            geometry = name
    reply = yield Question(asked(f"{endpoint.url}/records", {"limit": SAMPLE}))
    records = tree(reply)
    total = number(records, "total_count", reply)
    facets = [column.name for column in columns if "facet" in column.notes]
    return Table(
        endpoint,
        sampled(columns, rows(records.get("results"))),
        total,
        geometry,
        {"facets": facets},
    )


def _first(value: object) -> str:
    """An annotation's value, which is a list of one."""
    while isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many records are the commune's."""
    url = f"{table.endpoint.url}/records"
    parameters = {"where": _where(condition)}
    shown = {"select": _named(condition.column), "limit": 10}
    try:
        reply = yield Question(asked(url, {**parameters, **shown}))
    except SourceRefused as error:
        refinable = condition.column in table.more["facets"] and len(condition.values) == 1
        if not (refinable and is_refused(error)):
            raise
        parameters = {"refine": f"{condition.column}:{_literal(str(condition.values[0]))}"}
        reply = yield Question(asked(url, {**parameters, **shown}))
    found = tree(reply)
    filter_ = "&".join(f"{name}={value}" for name, value in parameters.items())
    return Counted(number(found, "total_count", reply), filter_, rows(found.get("results")))


def _named(column: str) -> str:
    return column if _PLAIN(column) else f"`{column}`"


def _where(condition: Condition) -> str:
    name = _named(condition.column)
    if condition.box:
        west, south, east, north = condition.box
        return f"in_bbox({name}, {south}, {west}, {north}, {east})"
    return " or ".join(f"{name}={_literal(value)}" for value in condition.values)


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The exports, and the records for programs."""
    name, _, value = counted.filter.partition("=")
    made = []
    for format_, (code, media) in _FORMATS.items():
        if format_ == "geojson" and not table.geometry:
            continue
        parameters: dict[str, Any] = {name: value}
        if format_ in _LABELLED:
            parameters["use_labels"] = "true"
        made.append(Link(code, asked(f"{table.endpoint.url}/exports/{format_}", parameters), media))
    records = asked(f"{table.endpoint.url}/records", {name: value})
    return (*made, Link("JSON", records, "application/json", download=False))
