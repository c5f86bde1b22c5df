"""What two records of one dataset cannot have, whatever speaks for them. A pointer or a person overrides it."""

from __future__ import annotations

import re

from harvester.link.periods import agreement
from harvester.link.places import Places
from harvester.link.profile import FIRM, MEANT, Profile, same_publisher

_HEX = re.compile(r"^[0-9a-f]{24,}(?:_\d+)?$|^[0-9a-f]{8}-[0-9a-f]{4}-")


def vetoes(a: Profile, b: Profile, places: Places) -> tuple[str, ...]:
    """The names of all that forbid it: `period`, `part`, `place`, `scope`, `ordinal`, `portal`, `origin`, `twins`."""
    found: list[str] = []
    if a.when != b.when and min(a.dated, b.dated) >= MEANT:
        said = agreement(a.when, b.when)
        if said == "other":
            found.append("period")
        elif said == "part":
            found.append("part")
    if a.where != b.where and min(a.sure, b.sure) >= MEANT and a.where.isdisjoint(b.where):
        inside = any(
            places.encloses(x, y) or places.encloses(y, x) for x in a.where for y in b.where
        )
        if not inside:
            found.append("place")
        elif a.sure == b.sure == FIRM:
            found.append("scope")
    one, two = a.title.ordinals, b.title.ordinals
    if one != two and one and two:
        found.append("ordinal")
    if a.portal.key == b.portal.key and not a.portal.gathers and a.own != b.own:
        found.append("portal")
    if _other_of_one_portal(a, b):
        found.append("origin")
    if a.when is None and b.when is None and twins(a, b):
        found.append("twins")
    return tuple(found)


def twins(a: Profile, b: Profile) -> bool:
    """Whether one publisher put both on one national portal itself: the years of a series look so, copies seldom."""
    return (
        a.portal.key == b.portal.key
        and a.portal.gathers
        and not (a.points or a.guess or b.points or b.guess)
        and same_publisher(a.publisher, b.publisher)
        and a.title.core == b.title.core
    )


def known_ids(profile: Profile) -> dict[str, str]:
    """Portal → the id that the dataset has there, as far as a record tells."""
    found: dict[str, str] = {}
    for dataset in (*profile.points, *((profile.guess,) if profile.guess else ())):
        portal, _, local = dataset.partition("/")
        found.setdefault(portal, local)
    if not profile.portal.gathers:
        portal, _, local = profile.own.partition("/")
        found.setdefault(portal, local)
    return found


def _other_of_one_portal(a: Profile, b: Profile) -> bool:
    one, two = known_ids(a), known_ids(b)
    return any(portal in two and other_ids(local, two[portal]) for portal, local in one.items())


def other_ids(one: str, two: str) -> bool:
    """Whether two ids of one portal are of different datasets: not where a portal changed its way of naming."""
    return one != two and bool(_HEX.match(one)) == bool(_HEX.match(two))
