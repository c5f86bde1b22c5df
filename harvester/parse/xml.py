"""What the RDF/XML parser does not look after: entities, ends, places of errors.

Entities that could multiply or reach out are refused before a parser sees them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from harvester.errors import SourceRefused
from harvester.model import Problem

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.S)
_ENTITY = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.\-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_PLAIN = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>&%\"']*")
_DOCTYPE_TOKEN = re.compile(rb"""["'\[\]>]|<!--""")
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*(?::[\w.\-]+)?)")
_LAST_TAG = re.compile(
    rb"(?:</([A-Za-z_][\w.\-]*(?::[\w.\-]+)?)\s*>|/>)(?:\s|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>)*\Z",
    re.S,
)
# Atomic and possessive, so that a page made to be slow is not.
_STRAY = re.compile(
    rb"""((?><([\w.\-]+:[\w.\-]+)\s[^<>]*?\brdf:resource\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))[^<>]*+)"""
    rb"""(?<!/)>(?=[^<>]*\S)[^<>]++</\2\s*>"""
)
_MOST_ENTITIES = 64
_LONGEST_VALUE = 256


def checked_prolog(content: bytes) -> bytes:
    """`content`, when its DOCTYPE can do no harm; raises SourceRefused when it could.

    A DOCTYPE without an internal subset is harmless (nothing is ever fetched). Inside a subset only the old
    habit of RDF/XML is allowed: at most 64 internal entities whose values are plain IRIs of at most 256
    characters (`<!ENTITY dct "http://purl.org/dc/terms/">`), which cannot nest, so that a page cannot grow more
    than some fifty times its size in the worst case. Parameter entities, external entities and values that
    refer to other entities are refused: those expand without bound, or read files and networks.
    """
    at = _after_prolog(content)
    if not content.startswith(b"<!DOCTYPE", at):
        return content
    # Counting them all, wherever they hide, is safer than parsing the subset as some parser might.
    declared = content.count(b"<!ENTITY")
    entities = _ENTITY.findall(content, at) if declared else []
    if len(entities) != declared:
        raise _refusal("parameter or external entities", at, content)
    if declared > _MOST_ENTITIES:
        raise _refusal(f"{declared} entities", at, content)
    for name, double, single in entities:
        value = double or single
        if len(value) > _LONGEST_VALUE or not _PLAIN.fullmatch(value):
            raise _refusal(f"the entity {name.decode()!r}, which is no plain IRI", at, content)
    # The parser wants double quotes around the values.
    return _ENTITY.sub(rb'<!ENTITY \1 "\2\3">', content) if declared else content


def ends(content: bytes) -> bool:
    """Whether the document's last tag closes its root element: the parser takes a cut document for a whole one."""
    at = _root(content)
    root = _ROOT.match(content, at)
    if root is None:
        return True  # not even a root: the parser will say so
    last = _LAST_TAG.search(content[max(at, len(content) - 4096) :])
    if last is None:
        return False
    return last[1] == root[1] or (last[1] is None and content.find(b"<", at + 1) == -1)


def root_tag(content: bytes) -> bytes:
    """The start tag of the root element, at most 64 KiB of it."""
    at = _root(content)
    end = content.find(b">", at)
    return content[at : (end if end >= 0 else len(content)) + 1][:65536]


def _root(content: bytes) -> int:
    at = _after_prolog(content)
    if content.startswith(b"<!DOCTYPE", at):
        at = _after_prolog(content, _doctype_end(content, at))
    return at


def _doctype_end(content: bytes, at: int) -> int:
    """Where the DOCTYPE at `at` ends: past quotes, comments and the internal subset, in one pass."""
    depth = 0
    while token := _DOCTYPE_TOKEN.search(content, at):
        at, found = token.end(), token[0]
        if found == b">" and depth <= 0:
            return at
        depth += (found == b"[") - (found == b"]")
        if found in (b'"', b"'", b"<!--"):
            closing = b"-->" if found == b"<!--" else found
            at = content.find(closing, at) + len(closing)
            if at < len(closing):
                break
    return len(content)


def place(content: bytes, message: str) -> tuple[int, int]:
    """(line, column) of what the RDF/XML parser complained about, or (0, 0): its messages name no place."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=False
    )
    try:
        etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return error.position
    except ValueError:
        return 0, 0
    for quoted in re.findall(r"'([^']{3,})'", message):
        at = content.find(quoted.encode())
        if at >= 0:
            return content.count(b"\n", 0, at) + 1, at - content.rfind(b"\n", 0, at)
    return 0, 0


def without_stray_text(content: bytes, note: Callable[[Problem], None]) -> bytes:
    """`content` without text inside elements that have rdf:resource, which RDF/XML forbids and GeoNetwork writes."""
    content, count = _STRAY.subn(rb"\1/>", content)
    if count:
        note(
            Problem(
                "rdf-stray-text",
                f"{count} elements have both rdf:resource and text; the text was left out.",
            )
        )
    return content


def _after_prolog(content: bytes, at: int = 0) -> int:
    while skipped := _PROLOG.match(content, at):
        at = skipped.end()
    return at


def _refusal(what: str, at: int, content: bytes) -> SourceRefused:
    line = content.count(b"\n", 0, at) + 1
    return SourceRefused(
        f"line {line}: the XML declares {what}; such documents are refused because they can "
        "grow without bound or read files",
        code="xml-entities",
        path=f"line {line}",
    )
