"""How a run ended, as commands, programs and Prometheus are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from harvester.run.settle import Counts


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `outcome` is success, quarantined, partial, failed, refused, interrupted or busy."""

    source: str
    outcome: str
    counts: Counts
    seconds: float
    message: str = ""
    pages: int = 0
    pages_unchanged: int = 0
    bytes: int = 0
    problems_by_code: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the source was read to its end."""
        return self.outcome in ("success", "quarantined", "busy")

    def report(self) -> dict[str, object]:
        """The object of `harvester run --json`: documented in docs/operate.md, stable."""
        c = self.counts
        return {
            "source": self.source,
            "outcome": self.outcome,
            "seen": c.seen,
            "new": c.new,
            "changed": c.changed,
            "unchanged": c.unchanged,
            "gone": c.gone,
            "quarantined": c.quarantined,
            "rejected": c.rejected,
            "problems": c.problems,
            "seconds": round(self.seconds, 3),
            "published": c.published,
            "merged": c.merged,
            "missing": c.missing,
            "excluded": c.excluded,
            "withdrawn": c.withdrawn,
            "message": self.message,
            "private": c.private,
            "ours": self.problems_by_code.get("record-ours", 0),
        }
