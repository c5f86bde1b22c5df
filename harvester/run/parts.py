"""Which datasets are parts of others, for each kind of readers: by the evidence, and by people's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harvester.store import Connection, decisions, evidence
from harvester.store import clusters as stored
from harvester.store.clusters import Placed


@dataclass(slots=True)
class Parts:
    """The clusters that one is a part of, and those that are its parts, of which everybody knows: for each, whether the public
    may be told. What only agents see is told to nobody: those of one view may not know what those of another do."""

    wholes: dict[str, bool] = field(default_factory=dict)
    parts: dict[str, bool] = field(default_factory=dict)

    def told(self, entry: dict[str, Any], base: str, *, public: bool) -> dict[str, Any] | None:
        """The entry with its relations as addresses below `base`; None where it has none."""
        if entry.get("kind", "dataset") != "dataset":
            return None
        added = {
            name: [
                f"{base}/datasets/{cluster}"
                for cluster, known in sorted(those.items())
                if known or not public
            ]
            for name, those in (("is_part_of", self.wholes), ("has_part", self.parts))
        }
        if not any(added.values()):
            return None
        return entry | {
            name: list(dict.fromkeys([*entry.get(name, ()), *addresses]))
            for name, addresses in added.items()
            if addresses or entry.get(name)
        }


def parts(connection: Connection, members: Mapping[str, Iterable[int]]) -> dict[str, Parts]:
    """Of those clusters (→ their records) that are a part or have parts, which."""
    found: dict[str, Parts] = {}
    for part, whole in _pairs(connection, [r for its in members.values() for r in its]):
        for own, other, wholes in ((part, whole, True), (whole, part, False)):
            if own.cluster in members and other.access == "public":
                known = found.setdefault(own.cluster, Parts())
                those = known.wholes if wholes else known.parts
                those[other.cluster] = those.get(other.cluster, False) or own.access == "public"
    return found


def related(connection: Connection, clusters: Sequence[str]) -> set[str]:
    """The clusters that are parts or wholes of some, whoever may know."""
    records = [placed.record for placed in stored.shown_in(connection, clusters)]
    return {placed.cluster for pair in _pairs(connection, records) for placed in pair}


def _pairs(connection: Connection, records: Sequence[int]) -> Iterator[tuple[Placed, Placed]]:
    """(part, whole) of records in two clusters, with an end among some."""
    pairs = {(link.a, link.b) for link in evidence.links_of(connection, records, zone="part")}
    pairs |= {(a, b) for a, b, said in decisions.standing(connection, records) if said == "part"}
    if not pairs:
        return
    placed = {
        p.record: p for p in stored.placed(connection, sorted({r for pair in pairs for r in pair}))
    }
    for a, b in sorted(pairs):
        part, whole = placed.get(a), placed.get(b)
        if part is not None and whole is not None and part.cluster != whole.cluster:
            yield part, whole
