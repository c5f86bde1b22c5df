"""What an operator names to let into a view, or to keep out of it: `include` and `exclude`, made ready to be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harvester.config import Choice
from harvester.territory.names import fold

KINDS = ("identifiers", "sources", "publishers", "themes", "titles")
"""In the order in which a reason is looked for: the most precise first."""
PRECISE = frozenset(("identifiers", "sources"))
"""Kinds that name one thing: what they let in need not concern the view's territory."""

Named = tuple[str, str]
"""Kind and value, as the operator wrote them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What choices look at. `identifiers` are all that the entry is known by, `themes` IRIs."""

    identifiers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that any view names, each once: an entry is held against it once, however many views there are."""

    exact: dict[str, dict[str, Named]] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], Named], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exact or self.patterns)

    def match(self, facts: Facts) -> frozenset[Named]:
        """What an entry is named by."""
        found: set[Named] = set()
        for kind, known in self.exact.items():
            for written in getattr(facts, kind):
                named = known.get(_key(kind, written))
                if named:
                    found.add(named)
        for pattern, named in self.patterns:
            if any(pattern.search(title) for title in facts.titles):
                found.add(named)
        return frozenset(found)


def named(choice: Choice) -> tuple[Named, ...]:
    """A choice as (kind, value), the most precise first."""
    return tuple((kind, value) for kind in KINDS for value in getattr(choice, kind))


def catalogue(all_named: Iterable[Named]) -> Catalogue:
    """Make what the views name ready for looking up."""
    exact: dict[str, dict[str, Named]] = {}
    patterns: dict[Named, re.Pattern[str]] = {}
    for kind, value in all_named:
        if kind == "titles":
            patterns[kind, value] = re.compile(value)
        else:
            exact.setdefault(kind, {}).setdefault(_key(kind, value), (kind, value))
    return Catalogue(exact, tuple((pattern, name) for name, pattern in patterns.items()))


def canonical(all_named: Iterable[Named], known: Catalogue) -> dict[Named, Named]:
    """What `match` answers → as it was written here."""
    return {
        known.exact[kind][_key(kind, value)] if kind in known.exact else (kind, value): (
            kind,
            value,
        )
        for kind, value in all_named
    }


def _key(kind: str, written: str) -> str:
    if kind == "publishers":
        return fold(written)
    if kind == "themes":
        return written.rstrip("/#").rpartition("/")[2].upper()
    return written
