"""Which entries a city sees, and why. Pure."""

from harvester.view.choices import Facts
from harvester.view.coverage import coverage
from harvester.view.selection import (
    LEVELS,
    SLICE,
    Listing,
    Membership,
    Selection,
    Verdict,
    judge,
    listing_of,
    prepare,
    select,
)

__all__ = [
    "LEVELS",
    "SLICE",
    "Facts",
    "Listing",
    "Membership",
    "Selection",
    "Verdict",
    "coverage",
    "judge",
    "listing_of",
    "prepare",
    "select",
]
