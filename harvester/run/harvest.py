"""A run under way: what it has read, and what it has still to write."""

from __future__ import annotations

from dataclasses import dataclass, field

from harvester.config import Source
from harvester.model import Problem
from harvester.run.digest import Digest, Recipe, repeated
from harvester.run.settle import Walked
from harvester.store import Store, records
from harvester.store.records import Staged

BATCH = 1_000


@dataclass(slots=True)
class Harvest:
    """A run under way: what it has read and what it has still to write."""

    store: Store
    source: Source
    recipe: Recipe
    run: int
    walked: Walked
    ordinal: int = 0
    batch: list[Staged] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)
    staged: dict[int, bytes] = field(default_factory=dict)
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    unchanged_urls: list[str] = field(default_factory=list)
    received: int = 0

    def take(self, digested: Digest) -> list[int]:
        """Keep what a block of records came to; their record ids in the order they stood."""
        blocks = {s.local_id: s for s in digested.staged}
        ids: list[int] = []
        for local_id, record in digested.seen:
            found = blocks.get(local_id)
            if record is None:
                record = self.fresh.get(local_id)
            if record is not None and record in self.walked.seen:
                ids.append(record)  # it stood on another page already: the first one counts
                if found is not None and self.staged.get(record) != found.fingerprint:
                    self.problems.append(("", repeated(local_id)))
                continue
            if found is not None:
                version = (self.run << 32) + self.ordinal + len(self.batch)
                if record is None:
                    record = self.fresh[local_id] = version
                    self.walked.new += 1
                else:
                    self.walked.changed += 1
                self.staged[record] = found.fingerprint
                self.batch.append(found)
            if record is not None:
                self.walked.seen.add(record)
                ids.append(record)
        if len(self.batch) >= BATCH:
            self.flush()
        return ids

    def flush(self) -> None:
        """Write the batch: versions that nobody sees yet."""
        if not self.batch:
            return
        with self.store.write() as connection:
            records.stage(
                connection,
                self.run,
                self.source.id,
                self.recipe.version,
                (self.run << 32) + self.ordinal,
                self.batch,
            )
        self.ordinal += len(self.batch)
        self.batch.clear()

    def lookup(self, ids: list[str]) -> dict[str, records.Known]:
        """What the store holds of these records."""
        with self.store.read() as connection:
            return records.known(connection, self.source.id, ids)

    def mine(self, ids: list[str]) -> set[str]:
        """Those that are ids of our own catalogue."""
        with self.store.read() as connection:
            return records.clusters_among(connection, ids)
