"""One enormous JSON document, an item at a time: where its parts begin and end, found without reading them.

    whole = outline(content)
    for item in items(content, whole["dataset"]):
        … loads(content[item.start : item.end]) …

The bytes of the document are in memory anyway; the trees of all its items, ten times as big, need not be. Brackets are
found by one regular expression that leaps over strings (70 MB/s); what stands between the parts is read by
the JSON parser, with `[n]` in the place of the n-th part. An item that is not well-formed inside, but has its brackets
right, costs nothing but itself.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]"]|\Z)', re.DOTALL
)
"""A bracket; else the quote of a string that never ends, else the end: a search that finds nothing would start anew at
every byte.
"""
_NONE: array[int] = array("q")
_OPENING = {0x7B: 0x7D, 0x5B: 0x5D}


@dataclass(frozen=True, slots=True)
class Part:
    """A tree or list inside a document. `inner` are the beginnings and ends of the trees and lists right inside it."""

    start: int
    end: int
    inner: array[int]


def outline(content: bytes, start: int = 0, end: int | None = None) -> Any:
    """The tree or list that stands in `content[start:end]`, with each tree and list inside it as a Part.

    Raises ValueError where the brackets do not match, or what stands between the parts is not well-formed.
    """
    stop = len(content) if end is None else end
    closing: list[int] = []
    parts: list[Part] = []
    inner: array[int] = array("q")
    begun = within = root = 0
    for match in _BRACKET.finditer(content, start, stop):
        at = match.start(1)
        bracket = content[at] if at < stop else 0
        if (closes := _OPENING.get(bracket)) is not None:
            depth = len(closing)
            if depth == 0:
                root = at
            elif depth == 1:
                begun, inner = at, array("q")
            elif depth == 2:
                within = at
            closing.append(closes)
            continue
        if not closing or closing.pop() != bracket:
            raise ValueError("brackets do not match")
        depth = len(closing)
        if depth == 2:
            inner.extend((within, at + 1))
        elif depth == 1:
            parts.append(Part(begun, at + 1, inner))
        elif depth == 0:
            if content[start:root].strip() or content[at + 1 : stop].strip():
                raise ValueError("more than one value")
            spans = array("q", [edge for part in parts for edge in (part.start, part.end)])
            return _filled(_skeleton(content, root, at + 1, spans), parts)
    raise ValueError("the document ends too early")


def items(content: bytes, part: Part) -> Iterator[Any]:
    """What a list holds, its trees and lists as Parts; a tree is taken for a list of one.

    Raises ValueError, before it yields anything, for a list that is not well-formed.
    """
    if content[part.start] == 0x7B:
        yield part
        return
    edges = part.inner
    pairs = range(0, len(edges), 2)
    gaps = (content[edges[at - 1] : edges[at]] for at in pairs[1:])
    if len(edges) and (
        content[part.start : edges[0]].strip() == b"["
        and content[edges[-1] : part.end].strip() == b"]"
        and all(gap == b"," or gap.strip() == b"," for gap in gaps)
    ):
        for at in pairs:
            yield Part(edges[at], edges[at + 1], _NONE)
        return
    for item in _skeleton(content, part.start, part.end, edges):
        if item.__class__ is list:
            at = 2 * item[0]
            yield Part(edges[at], edges[at + 1], _NONE)
        else:
            yield item


def _skeleton(content: bytes, start: int, end: int, edges: array[int]) -> Any:
    """The value with `[n]` for its n-th part."""
    pieces: list[bytes] = []
    position = start
    for number in range(len(edges) // 2):
        pieces += (content[position : edges[2 * number]], b"[%d]" % number)
        position = edges[2 * number + 1]
    pieces.append(content[position:end])
    value: Any = orjson.loads(b"".join(pieces))
    return value


def _filled(value: Any, parts: list[Part]) -> Any:
    if isinstance(value, dict):
        return {
            key: parts[item[0]] if item.__class__ is list else item for key, item in value.items()
        }
    return [parts[item[0]] if item.__class__ is list else item for item in value]
