"""JSON-LD with its remote contexts replaced by tables of our own: a context is never fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

from harvester.errors import SourceRefused
from harvester.model import Problem
from harvester.parse.contexts import context
from harvester.parse.json import DEEPEST, another, loaded


def prepared(content: bytes, note: Callable[[Problem], None]) -> tuple[bytes, bool]:
    """(JSON-LD without remote contexts, whether all contexts were known).

    Half a surrogate pair written as an escape becomes U+FFFD, and is noted.

    Raises SourceRefused for JSON that is something else (a DCAT-US `data.json`, a CKAN answer), saying what,
    and for JSON that is not well-formed, saying where: half a JSON document has no meaning.
    """
    document = loaded(content, note)
    _check_shape(document)
    unknown: set[str] = set()
    replaced = _replace(document, unknown, 0)
    for url in sorted(unknown):
        note(
            Problem(
                "jsonld-context-unknown",
                "A remote JSON-LD context is not known and is never fetched; the usual DCAT names were assumed.",
                "error",
                path="@context",
                value=url[:200],
            )
        )
    return orjson.dumps(replaced), not unknown


def _check_shape(document: Any) -> None:
    if isinstance(document, list):
        if document and not any(_is_node(item) for item in document):
            raise another(document, "DCAT")
    elif isinstance(document, dict) and "@context" not in document and not _is_node(document):
        raise another(document, "DCAT")


def _is_node(item: Any) -> bool:
    return isinstance(item, dict) and any(
        key.startswith("@") or re.match(r"https?:", key) for key in item
    )


def _replace(item: Any, unknown: set[str], depth: int) -> Any:
    if depth > DEEPEST:
        raise SourceRefused(
            f"the JSON is nested more than {DEEPEST} levels deep", code="json-syntax"
        )
    if isinstance(item, dict):
        return {
            key: _local(value, unknown)
            if key == "@context"
            else _replace(value, unknown, depth + 1)
            for key, value in item.items()
        }
    if isinstance(item, list):
        return [_replace(value, unknown, depth + 1) for value in item]
    return item


def _local(value: Any, unknown: set[str]) -> Any:
    """A context without remote parts: whole, in lists, as `@import`, and in scoped contexts of terms."""
    if isinstance(value, str):
        table = context(value)
        if table is None:
            unknown.add(value)
            table = context("")
        return table
    if isinstance(value, list):
        return [_local(part, unknown) for part in value]
    if isinstance(value, dict):
        local = {
            key: {**part, "@context": _local(part["@context"], unknown)}
            if isinstance(part, dict) and "@context" in part
            else part
            for key, part in value.items()
        }
        imported = local.pop("@import", None)
        return [_local(imported, unknown), local] if isinstance(imported, str) else local
    return value
