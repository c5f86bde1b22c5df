"""What people's judgements are worth asking for, and what they say of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

THRESHOLDS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
"""Bits from which a pair could be linked."""


def gain(bits: float, threshold: float, records: int, views: int, *, public: bool) -> float:
    """What a word on a pair is worth: how near it is to being linked × how many records it brings together × who sees it.

    * near: 1 from the threshold of automatic links on, 0.4 two bits below it, less and less further down;
    * `records`: those of both entries;
    * seen: one, and one more for every catalogue in which both entries stand side by side; half where only agents see.
    """
    near = 2 / (1 + 2 ** min(max(threshold - bits, 0.0), 60.0))
    return near * records * (1 + views) * (1.0 if public else 0.5)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair that somebody judged, and what speaks for it."""

    same: bool
    bits: float
    vetoed: bool
    pointed: bool

    def linked(self, threshold: float | None) -> bool:
        """Whether it would be linked from so many bits; None: by pointers alone."""
        if self.pointed:
            return True
        return threshold is not None and not self.vetoed and self.bits >= threshold


@dataclass(frozen=True, slots=True)
class Figures:
    """How a setting would do on the judged pairs. Shares are None where there is nothing to divide."""

    threshold: float | None
    together: int
    confirmed: int
    apart: int
    rejected: int

    @property
    def precision(self) -> float | None:
        """Of the pairs it would link, the share that people call the same."""
        linked = self.together + self.rejected - self.apart
        return self.together / linked if linked else None

    @property
    def recall(self) -> float | None:
        """Of the pairs that people call the same, the share it would link."""
        return self.together / self.confirmed if self.confirmed else None


def figures(judged: Sequence[Judged], thresholds: Iterable[float] = THRESHOLDS) -> list[Figures]:
    """By pointers alone, then by each threshold: `together` of `confirmed`, `apart` of `rejected`."""
    confirmed = [pair for pair in judged if pair.same]
    rejected = [pair for pair in judged if not pair.same]
    return [
        Figures(
            threshold,
            sum(pair.linked(threshold) for pair in confirmed),
            len(confirmed),
            sum(not pair.linked(threshold) for pair in rejected),
            len(rejected),
        )
        for threshold in (None, *thresholds)
    ]
