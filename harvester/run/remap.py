"""A changed recipe is applied to what was kept: no portal is asked for that."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import zstandard

from harvester.model import Problem, Record
from harvester.run.digest import Recipe, redigest
from harvester.run.harvest import BATCH, Harvest
from harvester.store import Store, problems, records, runs
from harvester.store.records import Staged


def outdated(store: Store, recipe: Recipe) -> bool:
    """Whether the source's kept records were made by another recipe."""
    with store.read() as connection:
        before = runs.source_row(connection, recipe.source.id).get("recipe")
    return before is not None and bytes(before) != recipe.version


def remap(harvest: Harvest) -> None:
    """Stage what the recipe makes differently of the records that this run has not staged."""
    harvest.flush()
    store, source = harvest.store, harvest.source
    for block in kept(store, harvest.recipe):
        with store.read() as connection:
            ids = [new.record for new, _ in block if new.record is not None]
            staged = records.staged_in(connection, harvest.run, ids)
        if harvest.walked.again:
            harvest.walked.seen.update(ids)
        same: list[tuple[int, str, tuple[Problem, ...]]] = []
        for new, before in block:
            if new.record in staged:
                continue
            if new.record is not None and new.digest == before:
                same.append((new.record, new.local_id, new.problems))
                continue
            harvest.walked.changed += new.record in harvest.walked.seen
            harvest.batch.append(new)
        with store.write() as connection:
            problems.replace(connection, harvest.run, source.id, same)
        harvest.flush()


def kept(store: Store, recipe: Recipe) -> Iterator[list[tuple[Staged, bytes]]]:
    """What the recipe makes of the source's kept records, with the digest of what is shown of each, in blocks."""
    decompress = zstandard.ZstdDecompressor().decompress
    after = 0

    def mine(ids: list[str]) -> set[str]:
        with store.read() as connection:
            return records.clusters_among(connection, ids)

    while True:
        with store.read() as connection:
            rows = records.raw(connection, recipe.source.id, after, BATCH)
        if not rows:
            return
        after = rows[-1][0]
        block = [
            (_record(local_id, decompress(raw), bytes(fingerprint), url), record, bytes(digest))
            for record, local_id, raw, fingerprint, url, digest in rows
        ]
        yield list(redigest(block, recipe, mine))


def _record(local_id: str, raw: bytes, fingerprint: bytes, url: str) -> Record:
    return Record(local_id, orjson.loads(raw), fingerprint, raw, url)
