"""What each kind of readers notices when a cluster is shown otherwise, and in which views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harvester.run.placing import Moves
from harvester.store.audience import Audience, is_inside
from harvester.store.entries import Shown, StoredEntry

T = TypeVar("T")

Change = tuple[int, str, int | None, str, str, str, str | None]
"""A line of the journal: (number, instant, run, kind, cluster, audience, other cluster)."""
COMMON = ("all", "public", "agents")
"""Rows of a cluster that are the same in every view they stand in; see `harvester.store.audience`."""


def changes_of(
    cluster: str,
    before: Mapping[str, Shown],
    after: Mapping[str, StoredEntry],
    told: set[str],
    moves: Moves,
) -> dict[str, tuple[str, str | None]]:
    """Audience → (kind, other cluster): what each kind of readers notices, `told` being those who know the id."""
    changes: dict[str, tuple[str, str | None]] = {}
    origin, split = moves.split.get(cluster, (None, ()))
    for reader in ("public", "agents"):
        was, becomes = as_seen(before, reader), as_seen(after, reader)
        survivor = moves.lost.get(cluster)
        if reader == "agents":
            survivor = survivor or moves.inside.get(cluster)
        if becomes is None:
            if survivor and (was is not None or reader in told):
                changes[reader] = ("merged", survivor)
            elif was is not None:
                changes[reader] = ("deleted", None)
        elif was is None:
            if reader in told:
                changes[reader] = ("restored", None)
            elif reader in split:
                changes[reader] = ("split", origin)
            else:
                changes[reader] = ("created", None)
        elif was.digest != becomes.digest:
            changes[reader] = ("updated", None)
    if "agents" not in changes and _further(before) != _further(after):
        changes["agents"] = ("updated", None)
    if changes and changes.get("public") == changes.get("agents"):
        return {"all": changes["public"]}
    return changes


def _further(rows: Mapping[str, Shown] | Mapping[str, StoredEntry]) -> dict[str, bytes]:
    """What agents of some views alone are shown, by row."""
    return {audience: rows[audience].digest for audience in rows if audience not in COMMON}


def as_seen(by_audience: Mapping[str, T], reader: str) -> T | None:
    """The row that a kind of readers is shown."""
    return by_audience.get(reader) or by_audience.get("all")


@dataclass(frozen=True, slots=True)
class Noticed:
    """By reader, the listings whose views' readers will notice a change: of what was and of what is."""

    by: dict[Audience, set[int]] = field(default_factory=lambda: {"public": set(), "agents": set()})

    def add(
        self,
        changes: Iterable[Change],
        before: Mapping[tuple[str, str], Shown],
        after: Iterable[StoredEntry],
    ) -> None:
        """Add those of some changes; `before` has (cluster, audience) → what was."""
        changed: dict[str, set[Audience]] = {}
        for _, _, _, _, cluster, audience, _ in changes:
            changed.setdefault(cluster, set()).update(noticing(audience))
        was = ((cluster, row, shown.listing) for (cluster, row), shown in before.items())
        becomes = ((entry.cluster, entry.audience, entry.listing) for entry in after)
        for cluster, row, listing in (*was, *becomes):
            for reader in changed.get(cluster, set()).intersection(noticing(row)):
                if listing is not None:
                    self.by[reader].add(listing)


def noticing(audience: str) -> tuple[Audience, ...]:
    """Who may be shown a row: the public's is agents' too, where they have none."""
    return ("agents",) if is_inside(audience) else ("public", "agents")


def readers(audience: str) -> tuple[str, ...]:
    """Those that a row, or a change, is there for."""
    if audience == "all":
        return ("public", "agents")
    return ("agents",) if is_inside(audience) else (audience,)
