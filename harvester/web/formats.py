"""The formats a catalogue and an entry come in, by suffix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import orjson
from pydantic import TypeAdapter

from harvester.model import Catalog, Entry
from harvester.publish import RENDERER, Paging, Published, Site, csv, jsonld, rdfxml, turtle
from harvester.store.catalogue import Row
from harvester.web.identity import Face

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write an entry and a catalogue. `accepts` are the media types that ask for it."""

    name: str
    accepts: tuple[str, ...]
    content_type: str
    fragment: Callable[[Published, Site], bytes]
    head: Callable[[Catalog, Site, Paging | None], bytes]
    foot: Callable[[], bytes]
    document: Callable[[Published, Site, tuple[str, ...]], bytes]


FORMATS = {
    "ttl": Format(
        "ttl",
        ("text/turtle", "application/x-turtle"),
        "text/turtle; charset=utf-8",
        turtle.fragment,
        turtle.head,
        turtle.foot,
        turtle.document,
    ),
    "xml": Format(
        "xml",
        ("application/rdf+xml", "application/xml", "text/xml"),
        "application/rdf+xml; charset=utf-8",
        rdfxml.fragment,
        rdfxml.head,
        rdfxml.foot,
        rdfxml.document,
    ),
    "jsonld": Format(
        "jsonld",
        ("application/ld+json", "application/json"),
        "application/ld+json; charset=utf-8",
        jsonld.fragment,
        jsonld.head,
        jsonld.foot,
        jsonld.document,
    ),
}
HTML = ("html", ("text/html", "application/xhtml+xml"))
CSV_TYPE = "text/csv; charset=utf-8; header=present"


def published(row: Row) -> Published:
    """Read a stored entry; its origins are the addresses and IRIs of the member records."""
    origins = dict.fromkeys(
        text for _, key, url in row.origins for text in (url, key) if text.startswith("http")
    )
    entry = _ENTRY.validate_python(orjson.loads(row.body), from_attributes=False)
    return Published(row.id, entry, row.issued, row.modified, tuple(origins))


def stored_as(name: str, site: Site) -> str:
    """Name everything a stored fragment depends on besides its entry."""
    return f"{name}-{RENDERER}-{_digest(site.base.encode())}"


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=6).hexdigest()


def renderer(name: str, site: Site) -> Callable[[Row], bytes]:
    """Return what makes a stored fragment."""
    if name == "csv":
        return lambda row: csv.row(published(row), site)
    fragment = FORMATS[name].fragment
    return lambda row: fragment(published(row), site)


def joined(name: str, fragments: list[bytes], face: Face) -> bytes:
    """Put fragments one after the other; a line of the CSV begins with whose catalogue it is in."""
    if name != "csv":
        return b"".join(fragments)
    prefix = csv.prefix(face.agent)
    return b"".join(prefix + line for line in fragments)
