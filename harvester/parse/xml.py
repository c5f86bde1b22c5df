"""The prolog of an XML page: entities that could multiply or reach out are refused before a parser sees them."""

from __future__ import annotations

import re

from harvester.errors import SourceRefused

_DOCTYPE = re.compile(rb"<!DOCTYPE\b", re.I)
_ENTITY = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.\-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_PLAIN = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>&%\"']*")
_MOST_ENTITIES = 64
_LONGEST_VALUE = 256
_PROLOG = 64 * 1024


def checked_prolog(content: bytes) -> bytes:
    """`content`, when its DOCTYPE can do no harm; raises SourceRefused when it could.

    A DOCTYPE without an internal subset is harmless (nothing is ever fetched). Inside a subset only the old
    habit of RDF/XML is allowed: at most 64 internal entities whose values are plain IRIs of at most 256
    characters (`<!ENTITY dct "http://purl.org/dc/terms/">`), which cannot nest, so that a page cannot grow more
    than some fifty times its size in the worst case. Parameter entities, external entities and values that
    refer to other entities are refused: those expand without bound, or read files and networks.
    """
    start = _DOCTYPE.search(content[:_PROLOG])
    if start is None:
        if b"<!ENTITY" in content:
            raise _refusal(
                "an entity declaration outside the prolog", content.index(b"<!ENTITY"), content
            )
        return content
    opening = content.find(b"[", start.end())
    end = content.find(b">", start.end())
    if opening == -1 or end < opening:
        return content
    closing = re.compile(rb"\]\s*>").search(content, opening)
    if closing is None:
        raise _refusal("a DOCTYPE that does not end", start.start(), content)
    subset = content[opening + 1 : closing.start()]
    entities = _ENTITY.findall(subset)
    if len(entities) > _MOST_ENTITIES:
        raise _refusal(f"{len(entities)} entities", start.start(), content)
    for name, double, single in entities:
        value = double or single
        if len(value) > _LONGEST_VALUE or not _PLAIN.fullmatch(value):
            raise _refusal(
                f"the entity {name.decode()!r}, which is no plain IRI", start.start(), content
            )
    rest = re.sub(rb"<!--.*?-->", b"", _ENTITY.sub(b"", subset), flags=re.S)
    if b"<!ENTITY" in rest or b"%" in rest:
        raise _refusal("parameter or external entities", start.start(), content)
    return content


def _refusal(what: str, at: int, content: bytes) -> SourceRefused:
    line = content.count(b"\n", 0, at) + 1
    return SourceRefused(
        f"line {line}: the XML declares {what}; such documents are refused because they can "
        "grow without bound or read files",
        code="xml-entities",
        path=f"line {line}",
    )
