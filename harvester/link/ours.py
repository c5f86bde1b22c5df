"""Records that are our own catalogue's, come back through another portal: by their addresses, or by our ids.

Whoever harvests us keeps one of two things: the address of our page (`harvest.remote_url`, dct:source, a landing
page, an identifier), or the bare id (`harvest.remote_id`, a CKAN package's id). Ids are UUIDs of version 7, which
hardly anybody else gives; whether one is ours, the store knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from harvester.link.names import canonical
from harvester.model import Entry

_HINT = re.compile(rb"-7[0-9a-f]{3}-[89ab]", re.IGNORECASE)
_ID = re.compile(
    r"(?:urn:uuid:)?\{?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\}?",
    re.I,
)
_DATASET = (
    r"(?:/villes/[^/]+)?/(?:datasets?/|records/(?:[^?#]*/)?items/|api/3/action/package_show\?).+"
)


def names(entry: Entry, record: str) -> Iterator[str]:
    """What an entry says it is, or is a copy of; `record` is what its source calls it."""
    yield record
    yield entry.iri or ""
    yield from entry.identifier
    yield from entry.landing_page
    yield from getattr(entry, "source", ())
    for other in getattr(entry, "other_identifier", ()):
        yield other.notation


def ours(entry: Entry, record: str, base: str, ids: Collection[str]) -> bool:
    """Whether any of its names is one of our datasets': an address below `base` (our base URL), or one of `ids`."""
    page = _page(base)
    for name in names(entry, record):
        if name.startswith(("http://", "https://")):
            if page.match(canonical(name)):
                return True
        elif ids and (match := _ID.fullmatch(name)) and match[1].lower() in ids:
            return True
    return False


def possible_ids(raws: Iterable[bytes]) -> list[str]:
    """What may be an id of ours in the JSON of some records, for asking the store about all at once."""
    found: dict[str, None] = {}
    for raw in raws:
        for hint in _HINT.finditer(raw):
            around = raw[max(0, hint.start() - 13) : hint.start() + 23]
            if match := _ID.fullmatch(around.decode("latin-1")):
                found[match[1].lower()] = None
    return list(found)


@lru_cache(maxsize=8)
def _page(base: str) -> re.Pattern[str]:
    """The addresses of our datasets, the territory's and the cities', as `canonical` writes them."""
    return re.compile(re.escape(canonical(base)) + _DATASET)
