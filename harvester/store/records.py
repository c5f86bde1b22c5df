"""Records and their versions: what is known, what a run found, what becomes of those it did not see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, delete, func, select, update

from harvester.model import Problem
from harvester.store import bulk, problems
from harvester.store import tables as t

SHOWN = ("published", "missing", "quarantined")
"""States in which readers see a record."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds under a source's own id."""

    record: int
    fingerprint: bytes
    state: str


class Staged(NamedTuple):
    """A new or changed record, digested and ready to be written. `entry` is JSON, absent unless published; `profile` is
    (hash of what decided, packed profile), absent where nobody may see it."""

    local_id: str
    record: int | None
    state: str
    access: str
    fingerprint: bytes
    raw: bytes
    url: str
    entry: bytes | None
    coverage: str
    title: str
    search: str
    digest: bytes
    profile: tuple[bytes, bytes] | None
    problems: tuple[Problem, ...]


VERSION = (
    "id",
    "record",
    "source",
    "local_id",
    "state",
    "access",
    "fingerprint",
    "recipe",
    "raw",
    "url",
    "entry",
    "coverage",
    "title",
    "search",
    "digest",
)
RECORD = (
    "id",
    "source",
    "local_id",
    "version",
    "fingerprint",
    "state",
    "missing",
    "cluster",
    "first_seen",
    "changed",
)


def known(connection: Connection, source: str, ids: Sequence[str]) -> dict[str, Known]:
    """Those of `ids` that the source had before."""
    return {
        local_id: Known(record, bytes(fingerprint), state)
        for local_id, record, fingerprint, state in bulk.select(
            connection,
            "SELECT local_id, id, fingerprint, state FROM record WHERE source = ? AND local_id IN "
            + bulk.listed(connection, "text"),
            (source, bulk.listing(connection, ids)),
        )
    }


def clusters_among(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are ids of our own catalogue, or once were."""
    listed, values = bulk.listed(connection, "text"), bulk.listing(connection, ids)
    return {
        row[0]
        for row in bulk.select(
            connection,
            f"SELECT cluster FROM record WHERE cluster IN {listed} "
            f'UNION SELECT "old" FROM redirect WHERE "old" IN {listed} '
            f"UNION SELECT id FROM slice WHERE id IN {listed}",
            (values, values, values),
        )
    }


def stage(
    connection: Connection,
    run: int,
    source: str,
    recipe: bytes,
    first: int,
    staged: Sequence[Staged],
) -> list[int]:
    """Write versions with the ids `first`, `first + 1`, …; return the record id of each."""
    records = [s.record if s.record is not None else first + i for i, s in enumerate(staged)]
    bulk.insert(
        connection,
        t.version,
        VERSION,
        [
            (
                first + i,
                records[i],
                source,
                s.local_id,
                s.state,
                s.access,
                s.fingerprint,
                recipe,
                s.raw,
                s.url,
                s.entry,
                s.coverage,
                s.title,
                s.search,
                s.digest,
            )
            for i, s in enumerate(staged)
        ],
    )
    bulk.insert(
        connection,
        t.profile,
        ("version", "reader", "body"),
        [(first + i, *s.profile) for i, s in enumerate(staged) if s.profile],
    )
    problems.note(
        connection,
        run,
        source,
        ((records[i], s.local_id, problem) for i, s in enumerate(staged) for problem in s.problems),
    )
    return records


def versions_of(
    connection: Connection, run: int, size: int
) -> Iterator[list[tuple[int, int, str, bytes, str, str]]]:
    """The run's versions in the order they were written: (id, record, local id, fingerprint, state, title)."""
    low, high = run << 32, (run + 1) << 32
    while True:
        rows = bulk.select(
            connection,
            "SELECT id, record, local_id, fingerprint, state, title FROM version "
            "WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (low, high, size),
        )
        if not rows:
            return
        yield rows
        low = rows[-1][0] + 1


def add(connection: Connection, rows: Sequence[bulk.Row]) -> None:
    """New records, in the order of `RECORD`."""
    bulk.insert(connection, t.record, RECORD, rows)


def point(connection: Connection, rows: Sequence[tuple[int, bytes, str, str, int]]) -> None:
    """Let records show a new version: (version, fingerprint, state, changed, record)."""
    bulk.execute(  # only what is shown is compared
        connection,
        "DELETE FROM profile WHERE version = (SELECT version FROM record WHERE id = ?)",
        [(record,) for *_, record in rows],
    )
    bulk.execute(
        connection,
        "UPDATE record SET version = ?, fingerprint = ?, state = ?, "
        "missing = CASE WHEN ? = 'missing' THEN missing ELSE 0 END, changed = ? WHERE id = ?",
        [
            (version, fingerprint, state, state, changed, record)
            for version, fingerprint, state, changed, record in rows
        ],
    )
    bulk.execute(  # problems of the former version say nothing of this one
        connection,
        "DELETE FROM problem WHERE record = ? AND run < ?",
        [(record, version >> 32) for version, _, _, _, record in rows],
    )


def states(connection: Connection, source: str) -> dict[str, int]:
    """How many records of the source are in each state."""
    return dict(
        bulk.select(
            connection,
            "SELECT state, count(*) FROM record WHERE source = ? GROUP BY state",
            (source,),
        )
    )


def states_of(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Record → its state."""
    return dict(
        bulk.select(
            connection,
            f"SELECT id, state FROM record WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, ids),),
        )
    )


def ids_by_state(
    connection: Connection, source: str, state: Iterable[str]
) -> Iterator[tuple[int, str]]:
    """(record, state) of the source's records in some states."""
    yield from connection.execute(
        select(t.record.c.id, t.record.c.state)
        .where(t.record.c.source == source, t.record.c.state.in_(list(state)))
        .execution_options(yield_per=10_000)
    )


def set_state(connection: Connection, ids: Sequence[int], state: str, at: str) -> None:
    """Move records to a state; their count of absences stays."""
    for part in _parts(ids):
        connection.execute(
            update(t.record).where(t.record.c.id.in_(part)).values(state=state, changed=at)
        )
    if state == "withdrawn":  # nobody can mend what is gone
        problems.forget(connection, ids)


def revive(connection: Connection, ids: Sequence[int], at: str) -> None:
    """Records that came back take the state their version has."""
    state = select(t.version.c.state).where(t.version.c.id == t.record.c.version).scalar_subquery()
    for part in _parts(ids):
        connection.execute(
            update(t.record)
            .where(t.record.c.id.in_(part))
            .values(state=state, missing=0, changed=at)
        )


def count_absence(connection: Connection, ids: Sequence[int]) -> None:
    """One more complete run without these records."""
    for part in _parts(ids):
        connection.execute(
            update(t.record)
            .where(t.record.c.id.in_(part))
            .values(missing=t.record.c.missing + 1, state="missing")
        )


def absent_longer_than(connection: Connection, source: str, runs: int) -> list[int]:
    """Records whose period of grace is over."""
    return list(
        connection.execute(
            select(t.record.c.id).where(
                t.record.c.source == source,
                t.record.c.state == "missing",
                t.record.c.missing > runs,
            )
        ).scalars()
    )


def titles(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Record → (local id, title) of its current version."""
    return {
        record: (local_id, title)
        for part in _parts(ids)
        for record, local_id, title in connection.execute(
            select(t.record.c.id, t.record.c.local_id, t.version.c.title)
            .join(t.version, t.version.c.id == t.record.c.version)
            .where(t.record.c.id.in_(part))
        )
    }


def raw(connection: Connection, source: str, after: int, size: int) -> list[tuple[Any, ...]]:
    """Kept raw records of a source, past a record id: (record, local id, raw, fingerprint, url, digest)."""
    return bulk.select(
        connection,
        "SELECT r.id, r.local_id, v.raw, v.fingerprint, v.url, v.digest "
        "FROM record r JOIN version v ON v.id = r.version "
        "WHERE r.source = ? AND r.id > ? AND r.state <> 'withdrawn' ORDER BY r.id LIMIT ?",
        (source, after, size),
    )


def staged_in(connection: Connection, run: int, ids: Sequence[int]) -> set[int]:
    """Those records of which the run has written a version."""
    return {
        row[0]
        for row in bulk.select(
            connection,
            "SELECT record FROM version WHERE id >= ? AND id < ? AND record IN "
            + bulk.listed(connection, "bigint"),
            (run << 32, (run + 1) << 32, bulk.listing(connection, ids)),
        )
    }


def tell_planner(connection: Connection) -> None:
    """After much was staged: have PostgreSQL look at what is there now.

    Its planner still sees the tables as autovacuum found them last, empty before a first harvest, and would
    read the whole of them for each record to link. In a transaction of its own: ANALYZE keeps others out until
    the end of the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "ANALYZE version (id, record), profile (version), record_key (record, key, finer)"
        )


def prune(connection: Connection, ids: Sequence[int], keep: int) -> None:
    """Forget the oldest versions of records beyond the `keep` newest."""
    for part in _parts(ids):
        rank = (
            func.row_number()
            .over(partition_by=t.version.c.record, order_by=t.version.c.id.desc())
            .label("rank")
        )
        ranked = select(t.version.c.id, rank).where(t.version.c.record.in_(part)).subquery("ranked")
        old = list(connection.execute(select(ranked.c.id).where(ranked.c.rank > keep)).scalars())
        for some in _parts(old):
            connection.execute(delete(t.profile).where(t.profile.c.version.in_(some)))
            connection.execute(delete(t.version).where(t.version.c.id.in_(some)))


def current_entry(connection: Connection, record: int) -> dict[str, Any]:
    """What is kept of a record now; empty when it is not published."""
    body = connection.execute(
        select(t.version.c.entry)
        .join(t.record, t.record.c.version == t.version.c.id)
        .where(t.record.c.id == record)
    ).scalar()
    return orjson.loads(body) if body else {}


def history(connection: Connection, source: str, local_id: str) -> list[dict[str, Any]]:
    """The kept versions of one record, newest first."""
    rows = connection.execute(
        select(t.version)
        .join(t.record, t.record.c.id == t.version.c.record)
        .where(t.record.c.source == source, t.record.c.local_id == local_id)
        .order_by(t.version.c.id.desc())
    ).mappings()
    return [dict(row) for row in rows]


def _parts(ids: Sequence[int], size: int = 5_000) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
