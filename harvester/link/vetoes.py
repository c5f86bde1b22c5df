"""What two records of one dataset cannot have, whatever speaks for them. A pointer or a person overrides it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harvester.link.periods import agreement
from harvester.link.places import Places
from harvester.link.profile import FIRM, MEANT, Profile, same_publisher
from harvester.link.words import one_typo

_HEX = re.compile(r"^[0-9a-f]{24,}(?:_\d+)?$|^[0-9a-f]{8}-[0-9a-f]{4}-")


def vetoes(a: Profile, b: Profile, places: Places) -> tuple[str, ...]:
    """The names of all that forbid it: `period`, `part`, `place`, `scope`, `ordinal`, `portal`, `origin`, `twins`,
    `variant`."""
    return tuple(_found(a, b, places))


def forbidden(a: Profile, b: Profile, places: Places) -> bool:
    """Whether anything forbids it."""
    return next(_found(a, b, places), None) is not None


def _found(a: Profile, b: Profile, places: Places) -> Iterator[str]:
    if a.when != b.when and min(a.dated, b.dated) >= MEANT:
        said = agreement(a.when, b.when)
        if said == "other":
            yield "period"
        elif said == "part":
            yield "part"
    if siblings(a, b):
        yield "portal"
    if any(other_ids(local, b.ids[name]) for name, local in a.ids.items() if name in b.ids):
        yield "origin"
    if a.where != b.where and min(a.sure, b.sure) >= MEANT and a.where.isdisjoint(b.where):
        inside = any(
            places.encloses(x, y) or places.encloses(y, x) for x in a.where for y in b.where
        )
        if not inside:
            yield "place"
        elif a.sure == b.sure == FIRM:
            yield "scope"
    one, two = a.title.ordinals, b.title.ordinals
    if one != two and one and two:
        yield "ordinal"
    if a.when is None and b.when is None and twins(a, b):
        yield "twins"
    if variants(a, b):
        yield "variant"


def siblings(a: Profile, b: Profile) -> bool:
    """Whether one portal that shows nothing twice shows both, as two datasets."""
    return a.portal.key == b.portal.key and not a.portal.gathers and a.own != b.own


def twins(a: Profile, b: Profile) -> bool:
    """Whether one publisher put both on one national portal itself: the years of a series look so, copies seldom."""
    return (
        a.portal.key == b.portal.key
        and a.portal.gathers
        and not (a.points or a.guess or b.points or b.guess)
        and same_publisher(a.publisher, b.publisher)
        and a.title.core == b.title.core
    )


def variants(a: Profile, b: Profile) -> bool:
    """Whether one publisher shows both on one portal, each with words of its own in the title: tables of one survey, sections of
    one budget look alike in all else. What only one title says more may be how a copy was named."""
    if a.portal.key != b.portal.key or not a.portal.gathers:
        return False
    if not same_publisher(a.publisher, b.publisher):
        return False
    one, two = set(a.title.core), set(b.title.core)
    if (
        one <= two or two <= one
    ):  # the whole and a table of it, or a copy with a longer name: who said where it is from
        return one != two and not (a.title.cut or b.title.cut or a.points or b.points)
    return not _mistyped(one - two, two - one)


def _mistyped(one: set[str], two: set[str]) -> bool:
    return len(one) == len(two) and all(any(one_typo(x, y) for y in two) for x in one)


def other_ids(one: str, two: str) -> bool:
    """Whether two ids of one portal are of different datasets: not where a portal changed its way of naming."""
    return one != two and bool(_HEX.match(one)) == bool(_HEX.match(two))
