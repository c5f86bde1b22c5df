"""Pages of JSON: their values, and records made of them.

A record's tree is the JSON itself, under the source's own names. What changes without meaning (counters, dates of
the portal's own bookkeeping) is named by each kind, and does not count in its fingerprint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from harvester.errors import SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse.encoding import repaired_utf8, to_utf8
from harvester.parse.fingerprint import sealed
from harvester.parse.page import Page
from harvester.parse.syntaxes import recognise

DEEPEST = 200
"""Levels of nesting; whoever writes more means harm."""
_MOST_DIGITS = 1_000

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""One escape of a JSON string, a surrogate pair as one."""


def document(page: Page, note: Callable[[Problem], None]) -> Any:
    """The value of a page of JSON, whatever its server calls it.

    Raises SourceRefused for a page that is none (`not-json`; an HTML page, most often), is empty (`page-empty`) or is
    not well-formed (`json-syntax`): half a JSON document has no meaning.
    """
    return loaded(repaired_utf8(written(page, note), note), note)


def written(page: Page, note: Callable[[Problem], None]) -> bytes:
    """A page of JSON as UTF-8, its odd bytes not yet repaired. Raises SourceRefused as `document` does."""
    content = to_utf8(page.content, page.charset, False, note)
    head = content[:4096].lstrip()
    if not head:
        raise SourceRefused(f"the page is empty: {page.url}", code="page-empty")
    if head[:1] == b"<":
        kind = recognise(content, page.media_type, page.url)
        what = "an HTML page" if kind == "html" else "XML"
        raise SourceRefused(
            f"the answer is {what}, not JSON: {page.url}",
            code="not-json",
            value=content[:200].decode("utf-8", "replace"),
        )
    return content


def loaded(content: bytes, note: Callable[[Problem], None]) -> Any:
    """The value of JSON in UTF-8. Half a surrogate pair written as an escape becomes U+FFFD, and is noted.

    Raises SourceRefused (`json-syntax`), saying where.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as wrong:
        error, mended = wrong, _halves_mended(content, note)
    try:
        if mended is not content:
            return orjson.loads(mended)
    except orjson.JSONDecodeError as wrong:
        error = wrong
    try:
        # Numbers beyond 64 bits, NaN and Infinity: Python writes them, orjson does not read them.
        return _finite(json.loads(mended, parse_int=_integer))
    except (ValueError, RecursionError):
        pass
    path = f"line {error.lineno}, column {error.colno}"
    excerpt = error.doc[max(0, error.pos - 60) : error.pos + 60]
    raise SourceRefused(
        f"{path}: the page is not well-formed JSON: {error.msg}",
        code="json-syntax",
        path=path,
        value=excerpt,
    ) from None


def another(value: Any, wanted: str) -> SourceRefused:
    """That a page is of another kind than `wanted` (in words), which one where that can be told, and what to do."""
    what, kind = next(
        ((what, kind) for test, what, kind in _KINDS if isinstance(value, dict) and test(value)),
        ("JSON of another kind", ""),
    )
    advice = f'; set kind = "{kind}" in the source\'s file' if kind else ""
    return SourceRefused(
        f"the page is {what}, not {wanted}{advice}",
        code="another-kind",
        kind=kind,
        value=orjson.dumps(value, default=str)[:200].decode("utf-8", "replace"),
    )


_KINDS: tuple[tuple[Callable[[dict[str, Any]], bool], str, str], ...] = (
    (lambda d: "@context" in d and "@graph" in d, "JSON-LD", "dcat"),
    (lambda d: isinstance(d.get("dataset"), list), "a DCAT-US data.json", "datajson"),
    (lambda d: "success" in d and "help" in d, "an answer of the CKAN API", "ckan"),
    (lambda d: "success" in d and "result" in d, "an answer of the CKAN API", "ckan"),
    (
        lambda d: isinstance(d.get("results"), list) and "total_count" in d,
        "an answer of the Opendatasoft API",
        "opendatasoft",
    ),
    (
        lambda d: isinstance(d.get("data"), list) and "page_size" in d,
        "an answer of the udata API",
        "udata",
    ),
    (
        lambda d: d.get("type") == "FeatureCollection" or "numberMatched" in d,
        "an answer of an OGC API",
        "ogcrecords",
    ),
)
"""How the pages of each kind of portal are recognised."""


def record(
    name: str,
    tree: Tree,
    url: str,
    *,
    ignore_parameters: frozenset[str] = frozenset(),
    volatile: Iterable[str] = (),
) -> Record | Problem:
    """A record of a JSON tree; a Problem where no record can be kept of it.

    `volatile` are keys of the tree that change without meaning anything; `resources.position` is that key, or that in each
    element of the list `resources` (or of an object), `extras.check:*` all keys that begin so. `url` is where people or machines find the record itself, or else the page it
    came from.
    """
    try:
        stable = _names(frozenset(volatile)).without(tree)
        fingerprint, raw = sealed(stable, ignore_parameters)
        if stable is not tree:
            raw = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError) as error:  # nested deeper than orjson writes
        return malformed(f"The record cannot be kept: {error}", name)
    # No database keeps a NUL in a text.
    return Record(name.replace("\0", ""), tree, fingerprint, raw, url.replace("\0", ""))


@dataclass(frozen=True, slots=True)
class _Names:
    """Keys to leave out of a tree, the beginnings of others, and what to leave out of the values of some."""

    keys: frozenset[str]
    beginnings: tuple[str, ...]
    inner: Mapping[str, _Names]

    def without(self, value: Any) -> Any:
        """The value without them; itself where it has none of them."""
        if value.__class__ is list:
            items = [self.without(item) for item in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else items
        if value.__class__ is not dict:
            return value
        kept, same = {}, True
        for key, item in value.items():
            if key in self.keys or (self.beginnings and key.startswith(self.beginnings)):
                same = False
                continue
            further = self.inner.get(key)
            new = further.without(item) if further is not None else item
            same = same and new is item
            kept[key] = new
        return value if same else kept


@lru_cache(maxsize=64)
def _names(volatile: frozenset[str]) -> _Names:
    keys, beginnings = set(), []
    inner: dict[str, set[str]] = {}
    for name in sorted(volatile):
        first, dot, rest = name.partition(".")
        if dot:
            inner.setdefault(first, set()).add(rest)
            keys.add(name)  # a key may have a dot itself, as a table's columns do
        elif first.endswith("*"):
            beginnings.append(first[:-1])
        else:
            keys.add(first)
    further = {first: _names(frozenset(rest)) for first, rest in inner.items()}
    return _Names(frozenset(keys), tuple(beginnings), further)


def invented(tree: Tree) -> str:
    """A name for a record that has none: a hash of what it holds (pass what is least likely to change)."""
    held = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    return "_:" + blake2b(held, digest_size=16).hexdigest()


def named(value: object) -> str:
    """What an identifier says: a text without white space around it, or a whole number. Empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def unnamed(title: object) -> Problem:
    """That a record has no identifier, so that its name was `invented`."""
    return Problem(
        "record-unnamed",
        "The record has no identifier; it is known by a hash of its title and of what else is likely to stay, and will "
        "be taken for another one when that changes.",
        value=str(title)[:200],
    )


def count(value: object) -> int | None:
    """A number of records that can be one; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def malformed(what: str, value: object, path: str = "") -> Problem:
    """An item among the records that cannot be one: it is left out, and nothing is concluded from the page."""
    return Problem("record-malformed", what, "error", path, str(value)[:200])


def _halves_mended(content: bytes, note: Callable[[Problem], None]) -> bytes:
    """The content, itself where it has no half characters."""
    halves: list[str] = []

    def whole(match: re.Match[bytes]) -> bytes:
        if match["half"] is None:
            return match[0]
        halves.append(match[0].decode())
        return rb"\ufffd"

    repaired = _ESCAPE.sub(whole, content)
    if not halves:
        return content
    note(
        Problem(
            "json-surrogate",
            "Half a character, written as an escape, was replaced.",
            value=", ".join(halves[:10]),
        )
    )
    return repaired


def _integer(digits: str) -> int | str:
    """A whole number; text where it has more digits than Python reads."""
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _finite(value: Any) -> Any:
    """The value without NaN, infinities and numbers that do not fit into 64 bits (they become text)."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value
