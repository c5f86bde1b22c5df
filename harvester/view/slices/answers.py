"""Answers of portals, read: what is no answer is a failure of the portal, not a proof of anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import orjson

from harvester.errors import HarvesterError, SourceFailed, SourceRefused, TryLater
from harvester.view.slices.values import Column, Reply, Type


def tree(reply: Reply) -> dict[str, Any]:
    """A JSON object; raises SourceFailed for anything else, so that a web page never proves that there are no rows."""
    try:
        found = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise SourceFailed("the portal's answer is no JSON object", url=reply.url)
    return found


def number(found: Mapping[str, Any], name: str, reply: Reply) -> int:
    """A count that the answer must have."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SourceFailed(f"the portal's answer has no {name!r}", url=reply.url)
    return value


def rows(found: Any) -> tuple[dict[str, Any], ...]:
    """The rows of a list, without what is none."""
    if not isinstance(found, list):
        return ()
    return tuple(row for row in found if isinstance(row, dict))


def properties(found: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The rows of a GeoJSON collection of features."""
    return rows([f.get("properties") for f in rows(found.get("features"))])


def sampled(columns: list[Column], some: tuple[dict[str, Any], ...]) -> tuple[Column, ...]:
    """The columns with the values that the rows hold (what is empty counts as nothing)."""
    return tuple(
        Column(
            column.name,
            column.type,
            column.label,
            column.notes,
            column.separator,
            tuple(row.get(column.name) for row in some),
        )
        for column in columns
    )


def guessed(some: tuple[dict[str, Any], ...]) -> list[Column]:
    """The columns of a portal that does not say which it has, by the rows it shows."""
    found: dict[str, Type] = {}
    for row in some:
        for name, value in row.items():
            if value is not None:
                found.setdefault(str(name), _type(value))
    return [Column(name, kind) for name, kind in found.items()]


def _type(value: object) -> Type:
    if isinstance(value, (bool, dict, list)):
        return "other"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "text"


def told(found: Mapping[str, Any]) -> str:
    """What an answer says went wrong."""
    for name in ("message", "error", "detail", "description"):
        value = found.get(name)
        if isinstance(value, dict):
            value = value.get("message") or value.get("__type")
        if value:
            return str(value)[:300]
    return ""


def refused(reply: Reply, said: str, status: int = 400) -> HarvesterError:
    """An answer of status 200 that is a refusal all the same, or a failure, by the status it should have had."""
    message = f"the portal refuses: {said[:300]}"
    if status in (429, 503):
        return TryLater(message, url=reply.url, status=status)
    if status >= 500 and status != 501:
        return SourceFailed(message, url=reply.url, status=status)
    return SourceRefused(message, url=reply.url, status=status)


def is_refused(error: SourceRefused) -> bool:
    """Whether a question itself was refused: another wording may do."""
    return error.context.get("status") in (400, 405, 406, 409, 422)


def asked(url: str, parameters: Mapping[str, Any]) -> str:
    """An address with a question; what the address has already stays."""
    parts = urlsplit(url)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    names = {name.lower() for name in parameters}
    query = [(name, value) for name, value in kept if name.lower() not in names]
    query += [(name, str(value)) for name, value in parameters.items()]
    return urlunsplit(
        parts._replace(query=urlencode(query, quote_via=quote, safe="/:,()*"), fragment="")
    )
