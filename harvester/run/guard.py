"""The disappearance guard: nothing goes because a source failed, came short or lost its ids.

Pure: from what was seen and what was not to what becomes of each record. See the design's section of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harvester.config import Guard
from harvester.territory.names import fold

Diagnosis = Literal["empty", "ids-changed", "many-gone"]

RESEMBLING = 0.5
"""Share of the vanished records that must have a new namesake before ids are thought to have changed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard decides. `heirs` are new records (→ vanished ones) that look like the same under another id."""

    diagnosis: Diagnosis | None = None
    missing: tuple[int, ...] = ()
    quarantined: tuple[int, ...] = ()
    heirs: Mapping[int, int] = field(default_factory=dict)


def judge(
    guard: Guard,
    shown: int,
    seen: int,
    gone: Mapping[int, str],
    arrived: Mapping[int, str],
) -> Verdict:
    """Judge a complete run.

    `shown` records were visible before, `seen` were found now, `gone` (record → title) are visible but were not
    found, `arrived` (record → title) are new. Up to the threshold (at least one record) absence is counted;
    beyond it everything that vanished is quarantined.
    """
    if not gone:
        return Verdict()
    allowed = max(1, int(guard.threshold * shown))
    if seen and len(gone) <= allowed:
        return Verdict(missing=tuple(gone))
    if not seen:
        return Verdict("empty", quarantined=tuple(gone))
    heirs = _heirs(gone, arrived)
    if len(heirs) >= RESEMBLING * len(gone):
        return Verdict("ids-changed", quarantined=tuple(gone), heirs=heirs)
    return Verdict("many-gone", quarantined=tuple(gone))


def _heirs(gone: Mapping[int, str], arrived: Mapping[int, str]) -> dict[int, int]:
    """New record → the vanished one with the same title; a title that several share tells nothing."""
    by_title: dict[str, int | None] = {}
    for record, title in gone.items():
        key = fold(title)
        by_title[key] = None if key in by_title else record
    heirs: dict[int, int] = {}
    taken: set[int] = set()
    for record, title in arrived.items():
        before = by_title.get(fold(title)) if title else None
        if before is not None and before not in taken:
            heirs[record] = before
            taken.add(before)
    return heirs
