"""What a page is, whatever its server calls it: by content where content decides, else by type and suffix."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from harvester.parse.prefixes import PREFIXES
from harvester.parse.xml import root_tag

Syntax = Literal["rdfxml", "turtle", "ntriples", "trig", "nquads", "jsonld"]
"""The RDF syntaxes that are read."""

Kind = Literal[
    "rdfxml", "turtle", "ntriples", "trig", "nquads", "jsonld", "html", "xml", "empty", "unknown"
]
"""A syntax, or what was found instead of one."""

_MEDIA_TYPES: dict[str, Syntax] = {
    "application/ld+json": "jsonld",
    "application/n-quads": "nquads",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/turtle": "turtle",
    "application/x-trig": "trig",
    "application/x-turtle": "turtle",
    "text/n3": "turtle",
    "text/nquads": "nquads",
    "text/ntriples": "ntriples",
    "text/rdf+n3": "turtle",
    "text/turtle": "turtle",
    "text/x-nquads": "nquads",
}
_SUFFIXES: dict[str, Syntax] = {
    "json": "jsonld",
    "jsonld": "jsonld",
    "n3": "turtle",
    "nq": "nquads",
    "nt": "ntriples",
    "owl": "rdfxml",
    "rdf": "rdfxml",
    "trig": "trig",
    "ttl": "turtle",
    "xml": "rdfxml",
}
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_NAMESPACES = frozenset(PREFIXES.values())
# Possessive, and on one line where they can be, so that a page made of empty lines is not slow.
_STATEMENT = (
    rb"^(?:<[^<>\s]*>|_:\S+)\s++<[^<>\s]*>\s++(?:<[^<>\s]*>|_:\S+|\"(?:[^\"\\\n]|\\.)*+\"\S*)"
)
_NTRIPLES = re.compile(_STATEMENT + rb"\s*+\.[ \t\r]*$", re.M)
_NQUADS = re.compile(_STATEMENT + rb"\s++(?:<[^<>\s]*>|_:\S+)\s*+\.[ \t\r]*$", re.M)
_TRIG = re.compile(
    rb"^[ \t]*+(?:GRAPH\s++)?(?:(?:<[^<>\s]*>|[\w\-]*:[\w\-]*|_:\S+)\s*+)?\{[ \t\r]*$", re.M | re.I
)
_TURTLE = re.compile(
    rb"^[ \t]*+(?:@prefix|@base|prefix\s|base\s|<[^<>\s]*>\s|_:\w|\[|#)", re.M | re.I
)


def recognise(content: bytes, media_type: str, url: str) -> Kind:
    """The syntax of UTF-8 `content`.

    XML, HTML and JSON are unmistakable and trusted over the server (`text/xml`, `text/plain` and
    `application/octet-stream` are everyday answers); among the Turtle family the server's word, then the
    suffix of the URL, then the first lines decide.
    """
    head = content[:4096].lstrip()
    if not head:
        return "empty"
    if head[:1] == b"<" and not _is_turtle_iri(head):
        if _HTML.match(head):
            return "html"
        return "rdfxml" if _is_rdf(root_tag(content)) else "xml"
    told = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower()) or _SUFFIXES.get(
        urlsplit(url).path.removesuffix(".gz").rpartition(".")[2].lower()
    )
    if head[:1] == b"{" or (head[:1] == b"[" and re.match(rb"\[\s*[\[{\]\"]", head)):
        return "trig" if told == "trig" else "jsonld"
    if told in ("turtle", "trig", "ntriples", "nquads"):
        return told
    if _NQUADS.search(head):
        return "nquads"
    if _TRIG.search(head):
        return "trig"
    if _NTRIPLES.match(head):
        return "turtle"  # N-Triples is Turtle, and what follows may be more than N-Triples
    return "turtle" if _TURTLE.search(head) else "unknown"


def looks_html(content: bytes) -> bool:
    """Whether a page begins as HTML does."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"<" and _HTML.match(head) is not None


def _is_turtle_iri(head: bytes) -> bool:
    return (
        re.match(
            rb"<(?:[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>]*|[#/][^\s<>]*|)>\s*(?:<|a\s|[\w\-]*:)", head
        )
        is not None
    )


def _is_rdf(root: bytes) -> bool:
    """Whether a root element is rdf:RDF, or a node (RDF 1.1 XML Syntax, section 2.6, allows a single one)."""
    name = re.match(rb"<([\w.\-]*):?([\w.\-]*)", root)
    if name is None:
        return False
    prefix, local = (name[1], name[2]) if name[2] else (b"", name[1])
    if local == b"RDF":
        return True
    declared = rb"xmlns:" + re.escape(prefix) if prefix else rb"xmlns"
    namespace = re.search(declared + rb"""\s*=\s*["']([^"']*)["']""", root)
    return namespace is not None and namespace[1].decode("utf-8", "replace") in _NAMESPACES
