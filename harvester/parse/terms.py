"""One RDF term in Turtle notation → the value a tree holds."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from harvester.parse.prefixes import curie

_OBJECT = re.compile(
    r'"(?:[^"\\]|\\.)*"(?:@[\w\-]+|\^\^<[^>]*>)?|<<.*?>>|[^\s,"][^\s"]*', re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def objects(text: str) -> list[str]:
    """The terms of an object list (`"a" , <b> , _:c`): the comma may also stand inside a literal."""
    parts = text.split(" , ")
    if '"' not in text:
        return parts
    if "\\" not in text:
        # Without escapes a part that opens a quote and does not close it is a literal cut in two.
        for part in parts:
            if part[0] == '"' and part.find('"', 1) < 0:
                break
        else:
            return parts
    return _OBJECT.findall(text)


def value(term: str) -> Any:
    """The tree's value of a term that is no node of the page; None for what trees cannot hold (triple terms)."""
    first = term[0]
    if first == "<":
        return {"@id": term[1:-1]} if term[1] != "<" else None
    if first == '"':
        quoted, _, tail = term.rpartition('"')
        text = _unescaped(f'{quoted}"') if "\\" in quoted else quoted[1:]
        if not tail:
            return text
        key, kind = _kind(tail)
        return {"@value": text, key: kind}
    if first == "_":
        return None
    return {"@value": term, "@type": _shorthand(term)}


@lru_cache(maxsize=1024)
def _kind(tail: str) -> tuple[str, str]:
    """What follows a quoted string, as the tree has it: its language or its datatype.

    `@fr-FR` → `fr-fr` (tags are compared without case); a base direction (`@fr--ltr`) is left out.
    """
    if tail[0] == "@":
        return "@language", tail[1:].partition("--")[0].lower()
    return "@type", curie(tail[3:-1])


def _shorthand(term: str) -> str:
    """The datatype of Turtle's bare words and numbers (Turtle, section 2.5.2)."""
    if term in ("true", "false"):
        return "xsd:boolean"
    if "e" in term or "E" in term:
        return "xsd:double"
    return "xsd:decimal" if "." in term else "xsd:integer"


def _unescaped(quoted: str) -> str:
    """The text of a quoted string. Its escapes are JSON's, but for eight hexadecimal digits."""
    try:
        text: str = orjson.loads(quoted)
    except orjson.JSONDecodeError:
        text = _ESCAPE.sub(
            lambda match: (
                chr(int(match[1] or match[2], 16))
                if match[3] is None
                else _ESCAPES.get(match[3], match[3])
            ),
            quoted[1:-1],
        )
    return text
