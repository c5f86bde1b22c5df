"""What speaks for and against a pair: bits, reasons, vetoes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harvester.link.keys import POINTER
from harvester.territory.names import fold

LINK = 4.0
"""Bits from which a pair is linked."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Features:
    """What is compared of a record."""

    record: int
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence on two records (a < b). `zone` is `link`, `review` or `refused`."""

    a: int
    b: int
    weight: float
    zone: str
    reasons: tuple[str, ...]
    vetoes: tuple[str, ...]


def weigh(a: Features, b: Features, strength: int) -> Link:
    """Judge two records that share a key of this strength (the weaker of the two ends).

    A shared pointer is believed alone, between different sources. A shared hint is believed where the titles say
    the same, numbers included: "Budget 2023" and "Budget 2024" may well share a landing page.
    """
    if a.record > b.record:
        a, b = b, a
    vetoes: list[str] = []
    if a.source == b.source:
        vetoes.append("same-source")
    reasons = ["shared-pointer" if strength == POINTER else "shared-hint"]
    weight = 12.0 if strength == POINTER else 2.0
    if strength != POINTER:
        here, there = fold(a.title), fold(b.title)
        if set(_YEAR.findall(a.title)) != set(_YEAR.findall(b.title)):
            vetoes.append("other-year")
        if sorted(_NUMBER.findall(a.title)) != sorted(_NUMBER.findall(b.title)):
            vetoes.append("other-number")
        if here and here == there:
            weight += 5.0
            reasons.append("same-title")
        else:
            weight -= 1.0
            reasons.append("other-title")
    zone = "refused" if vetoes else "link" if weight >= LINK else "review"
    return Link(a.record, b.record, weight, zone, tuple(reasons), tuple(vetoes))
