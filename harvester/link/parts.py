"""A dataset that is a part of another: one year of a file of several years. Never a merge, but worth telling."""

from __future__ import annotations

from collections.abc import Collection

from harvester.link.compare import (
    NAMED_ALIKE,
    ONE_BODY,
    ONE_PLACE,
    publisher_level,
    title_level,
    where_level,
)
from harvester.link.periods import Period
from harvester.link.places import Places
from harvester.link.profile import Profile
from harvester.link.survey import Survey

_BODIES = ONE_BODY | {"publisher:host"}
_BESIDES = frozenset({"part", "portal", "origin"})
"""What may be said against a part and its whole being one: that they are, and that a portal shows them as two."""


def part_of(
    part: Profile, whole: Profile, against: Collection[str], places: Places, survey: Survey
) -> bool:
    """Whether `part` is the years of `whole` that it names: the same in name, place and body, within its time.

    `against` are the vetoes of the two.
    """
    return (
        "part" in against
        and _BESIDES.issuperset(against)
        and within(part.when, whole.when)
        and title_level(part.title, whole.title, survey) in NAMED_ALIKE
        and where_level(part, whole, places) in ONE_PLACE
        and publisher_level(part, whole, places) in _BODIES
    )


def within(part: Period | None, whole: Period | None) -> bool:
    """Whether a period lies in a longer one."""
    if part is None or whole is None or not part.first or part == whole:
        return False
    inside = whole.first <= part.first and part.last <= whole.last
    return inside and (
        (part.first, part.last) != (whole.first, whole.last) or bool(part.part and not whole.part)
    )
