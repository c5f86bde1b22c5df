"""Searching a view: words, theme, publisher, level; folded, so that `ecole` finds « École ».

A view of a city's size is indexed in memory once per change, which gives facets with counts. A larger one is
searched by the store, on words alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from harvester.store.catalogue import Row
from harvester.territory.names import fold
from harvester.web.french import excerpt, spoken

INDEXED = 20_000
"""Entries above which a view is not held in memory."""
_NUMBER = re.compile(r"\d+")
LEVELS = ("commune", "epci", "departement", "region", "etat", "elsewhere")
"""Of the territory through which a view sees an entry, the nearest first."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a list shows of an entry, and what finds it."""

    id: str
    kind: str
    title: str
    excerpt: str
    publisher: str
    modified: str
    formats: tuple[str, ...]
    licence: str
    themes: tuple[str, ...]
    level: int
    text: str
    near: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """A view's cards: what is nearest to the residents first, and surest, then by title."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for. Empty means anything."""

    words: tuple[str, ...] = ()
    theme: str = ""
    publisher: str = ""
    format: str = ""
    level: str = ""

    def finds(self, card: Card, but: str = "") -> bool:
        """Whether a card answers, leaving one facet out."""
        return (
            all(word in card.text for word in self.words)
            and (but == "level" or not self.level or self.level == card.near)
            and (but == "theme" or not self.theme or self.theme in card.themes)
            and (but == "publisher" or not self.publisher or self.publisher == card.publisher)
            and (but == "format" or not self.format or self.format in card.formats)
        )


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found. A facet is value → count, most frequent first; levels nearest first."""

    total: int
    cards: tuple[Card, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]


def words(text: str) -> tuple[str, ...]:
    """The words of a question: at most ten, folded."""
    return tuple(fold(text).split()[:10])


def card(row: Row, language: str = "fr") -> Card:
    """Read from the stored JSON what a list needs; validation is not worth its time here."""
    entry: dict[str, Any] = orjson.loads(row.body)
    distributions = entry.get("distribution") or ()
    publisher = spoken((entry.get("publisher") or {}).get("name") or {}, language)
    title = spoken(entry["title"], language) or row.id
    description = excerpt(spoken(entry.get("description") or {}, language))
    keywords = (word for many in (entry.get("keyword") or {}).values() for word in many)
    formats = (d.get("format") or d.get("media_type") or "" for d in distributions)
    licence = entry.get("license") or next(
        (d["license"] for d in distributions if d.get("license")), ""
    )
    return Card(
        id=row.id,
        kind=entry["kind"],
        title=title,
        excerpt=description,
        publisher=publisher,
        modified=entry.get("modified") or entry.get("issued") or "",
        formats=tuple(dict.fromkeys(code(f) for f in formats if f)),
        licence=licence or "",
        themes=tuple(entry.get("theme") or ()),
        level=row.level,
        text=fold(" ".join((title, description, publisher, *keywords))),
        near=row.near,
        place=row.place,
    )


def code(concept: str) -> str:
    """The end of an IRI, or the words as they are."""
    return concept.rstrip("/#").rsplit("/", 1)[-1].upper() if "://" in concept else concept


def index(rows: Iterator[Row], language: str = "fr") -> Index:
    """Read a whole view."""
    cards = sorted(
        (card(row, language) for row in rows),
        key=lambda c: (c.place, c.level, _in_order(c.title), c.id),
    )
    return Index(tuple(cards))


def _in_order(title: str) -> str:
    """As people sort: without accents, and 9 before 10."""
    return _NUMBER.sub(lambda m: m[0].zfill(9), fold(title))


def search(
    held: Index, query: Query, offset: int, limit: int, themes: tuple[str, ...] = ()
) -> Results:
    """Look a view through; a facet counts what choosing another of its values would find.

    `themes` are those that the view wants first, in that order.
    """
    found = [c for c in held.cards if query.finds(c)]
    near = Counter(c.near for c in held.cards if query.finds(c, "level"))
    facets = {
        "level": tuple((level, near[level]) for level in LEVELS if near[level]),
        "theme": _first(
            themes,
            _counted(t for c in held.cards if query.finds(c, "theme") for t in c.themes),
        ),
        "publisher": _counted(
            c.publisher for c in held.cards if query.finds(c, "publisher") and c.publisher
        ),
        "format": _counted(f for c in held.cards if query.finds(c, "format") for f in c.formats),
    }
    return Results(len(found), tuple(found[offset : offset + limit]), facets)


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(values)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _first(
    wanted: tuple[str, ...], counted: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, int], ...]:
    place = {value: number for number, value in enumerate(wanted)}
    return tuple(sorted(counted, key=lambda item: place.get(item[0], len(place))))
