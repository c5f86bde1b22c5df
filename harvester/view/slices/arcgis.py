"""ArcGIS Feature Server (and the layers of a Map Server): `where=`, counts by `returnCountOnly`.

<https://developers.arcgis.com/rest/services-reference/enterprise/query-feature-service-layer/>. Errors come with status 200.
"""

from __future__ import annotations

import re

from harvester.errors import SourceRefused
from harvester.view.slices.answers import (
    asked,
    is_refused,
    number,
    refused,
    rows,
    sampled,
    told,
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

NAME = "arcgis"
SAMPLE = 50
_SERVER = re.compile(
    r"^(?P<url>https?://[^?#]+/rest/services/[^?#]+/(?:Feature|Map)Server/\d+)(?:/query)?/?(?:[?#]|$)",
    re.IGNORECASE,
)
_TYPES: dict[str, Type] = {
    "esriFieldTypeString": "text",
    "esriFieldTypeInteger": "integer",
    "esriFieldTypeSmallInteger": "integer",
    "esriFieldTypeBigInteger": "integer",
    "esriFieldTypeDouble": "number",
    "esriFieldTypeSingle": "number",
}
_GEOJSON = "application/geo+json"


def recognise(url: str, key: str, _title: str, _words: Words) -> Endpoint | None:
    """One layer of a server."""
    match = _SERVER.match(url)
    return Endpoint(NAME, match["url"], key) if match else None


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The fields with their types, how many features there are, and some of them."""
    said = _answer((yield Question(asked(endpoint.url, {"f": "json"}))))
    columns = [
        Column(
            str(field["name"]),
            _TYPES.get(str(field.get("type")), "other"),
            str(field.get("alias") or ""),
        )
        for field in rows(said.get("fields"))
        if re.fullmatch(r"\w+", str(field.get("name") or ""))
    ]
    reply = yield Question(_query(endpoint, {"where": "1=1", "returnCountOnly": "true"}))
    total = number(_answer(reply), "count", reply)
    some = yield from _some(endpoint, {"where": "1=1"}, SAMPLE)
    most = said.get("maxRecordCount")
    return Table(
        endpoint,
        sampled(columns, some),
        total,
        "geometry" if said.get("geometryType") else "",
        {
            "most": most if isinstance(most, int) else 0,
            "geojson": "geojson" in str(said.get("supportedQueryFormats", "")).lower(),
        },
    )


def _some(
    endpoint: Endpoint, condition: dict[str, str], size: int
) -> Conversation[tuple[dict[str, object], ...]]:
    """Some features; none from an old server that cannot give just some."""
    how = {"outFields": "*", "returnGeometry": "false", "resultRecordCount": str(size)}
    try:
        reply = yield Question(_query(endpoint, {**condition, **how}))
        return rows([f.get("attributes") for f in rows(_answer(reply).get("features"))])
    except SourceRefused as error:
        if not is_refused(error):
            raise
        return ()


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many features are the commune's."""
    asked_for = _condition(condition)
    reply = yield Question(_query(table.endpoint, {**asked_for, "returnCountOnly": "true"}))
    found = number(_answer(reply), "count", reply)
    some: tuple[dict[str, object], ...] = ()
    if found > 0 and not condition.box:
        some = yield from _some(table.endpoint, asked_for, 10)
    name = "geometry" if condition.box else "where"
    return Counted(found, f"{name}={asked_for[name]}", some)


def _condition(condition: Condition) -> dict[str, str]:
    if condition.box:
        return _box(",".join(str(edge) for edge in condition.box))
    literals = [_literal(value) for value in condition.values]
    return {"where": " OR ".join(f"{condition.column}={literal}" for literal in literals)}


def _box(edges: str) -> dict[str, str]:
    return {
        "where": "1=1",
        "geometry": edges,
        "geometryType": "esriGeometryEnvelope",
        "inSR": "4326",
        "spatialRel": "esriSpatialRelIntersects",
    }


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The features: a file where one answer holds them all, else the service."""
    name, _, value = counted.filter.partition("=")
    condition = _box(value) if name == "geometry" else {"where": value}
    most = table.more["most"]
    whole = not most or counted.rows <= most
    question = {**condition, "outFields": "*"}
    made = []
    if table.more["geojson"]:
        url = _query(table.endpoint, {**question, "f": "geojson"})
        made.append(Link("GEOJSON", url, _GEOJSON, download=whole))
    made.append(Link("JSON", _query(table.endpoint, question), "application/json", download=False))
    return tuple(made)


def _query(endpoint: Endpoint, more: dict[str, str]) -> str:
    return asked(f"{endpoint.url}/query", {"f": "json", **more})


def _answer(reply: Reply) -> dict[str, object]:
    found = tree(reply)
    error = found.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        status = code if isinstance(code, int) else 400
        raise refused(reply, told(found) or "an error without words", status)
    return found
