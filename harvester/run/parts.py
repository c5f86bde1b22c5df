"""Which datasets are parts of others, for each kind of readers: by the evidence, and by people's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harvester.store import Connection, decisions, evidence
from harvester.store import clusters as stored


@dataclass(slots=True)
class Parts:
    """The clusters that one is a part of, and those that are its parts; `public` as the public may know them, else all."""

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
    records = [record for its in members.values() for record in its]
    pairs = {(link.a, link.b) for link in evidence.links_of(connection, records, zone="part")}
    pairs |= {(a, b) for a, b, said in decisions.standing(connection, records) if said == "part"}
    if not pairs:
        return {}
    placed = {
        p.record: p for p in stored.placed(connection, sorted({r for pair in pairs for r in pair}))
    }
    found: dict[str, Parts] = {}
    for a, b in pairs:
        part, whole = placed.get(a), placed.get(b)
        if part is None or whole is None or part.cluster == whole.cluster:
            continue
        public = part.access == whole.access == "public"
        for cluster, other, wholes in (
            (part.cluster, whole.cluster, True),
            (whole.cluster, part.cluster, False),
        ):
            if cluster in members:
                known = found.setdefault(cluster, Parts())
                those = known.wholes if wholes else known.parts
                those[other] = those.get(other, False) or public
    return found


def related(connection: Connection, clusters: Sequence[str]) -> set[str]:
    """The clusters that are parts or wholes of some."""
    members: dict[str, list[int]] = {cluster: [] for cluster in clusters}
    for placed in stored.shown_in(connection, clusters):
        members[placed.cluster].append(placed.record)
    found = parts(connection, members)
    return {other for known in found.values() for other in (*known.wholes, *known.parts)}
