"""What a web page tells of the portal it belongs to: its name, and the catalogues that it links to. Found in the bytes."""

from __future__ import annotations

import re
from html import unescape

_HEAD = 256 * 1024

_ALTERNATE = re.compile(rb"<link\b[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"\b(rel|type|href)\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_RDF_TYPES = (
    "application/rdf+xml",
    "text/turtle",
    "application/ld+json",
    "text/n3",
    "application/n-triples",
)


_ANCHOR = re.compile(rb"<a\s[^<>]*>", re.IGNORECASE)
_CATALOGUE = re.compile(r"\bcatalog", re.IGNORECASE)
_ENDINGS = (".csv", ".xlsx", ".ods", ".rdf", ".ttl", ".jsonld")


def catalogue_files(page: bytes) -> list[str]:
    """The addresses of files that a page links to and that are called a catalogue."""
    found = []
    for link in _ANCHOR.findall(page):
        for name, value in _ATTRIBUTE.findall(link):
            href = value.decode("utf-8", "replace")
            called = href.lower().endswith(_ENDINGS) and "#" not in href
            if name.lower() == b"href" and called and _CATALOGUE.search(href):
                found.append(href.replace("&amp;", "&"))
    return found


def alternates(page: bytes) -> list[str]:
    """The addresses that a page of HTML names as RDF of itself (`<link rel="alternate" type="text/turtle">`)."""
    found = []
    for link in _ALTERNATE.findall(page[:_HEAD]):
        said = {
            name.lower().decode(): value.decode("utf-8", "replace")
            for name, value in _ATTRIBUTE.findall(link)
        }
        if (
            "alternate" in said.get("rel", "").lower()
            and said.get("type", "").lower() in _RDF_TYPES
        ):
            found.append(said.get("href", "").replace("&amp;", "&"))
    return [href for href in found if href]


_TITLE = re.compile(rb"<title[^<>]*>([^<]{1,300})</title>", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s+[|–—·-]\s+|\s*\|\s*")
_NO_NAMES = frozenset(
    ("accueil", "home", "bienvenue", "jeux de données", "explorer", "recherche", "datasets")
)


def page_title(page: bytes, home: bool) -> str:
    """How a portal calls itself in a page's title: what is first there on its home page, last elsewhere."""
    match = _TITLE.search(page[:65_536])
    if match is None:
        return ""
    text = unescape(match[1].decode("utf-8", "replace"))
    parts = [" ".join(part.split()) for part in _SEPARATOR.split(text)]
    named = [part for part in parts if part and part.casefold() not in _NO_NAMES]
    return (named[0] if home else named[-1])[:200] if named else ""
