"""The clusters that records form, the ids that lead to them, and what the catalogue says of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from harvester.store import bulk
from harvester.store.engine import now


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a cluster as readers would see it. `entry` is JSON."""

    record: int
    version: int
    source: str
    local_id: str
    cluster: str
    access: str
    url: str
    coverage: str
    title: str
    search: str
    digest: bytes
    entry: bytes
    first_seen: str


def members(connection: Connection, clusters: Sequence[str]) -> list[Member]:
    """Shown records of some clusters, eldest first."""
    return [
        Member(*row)
        for row in bulk.select(
            connection,
            "SELECT r.id, r.version, r.source, r.local_id, r.cluster, v.access, v.url, v.coverage, "
            "v.title, v.search, v.digest, v.entry, r.first_seen "
            "FROM record r JOIN version v ON v.id = r.version "
            f"WHERE r.cluster IN {bulk.listed(connection, 'text')} "
            "AND r.state IN ('published', 'missing', 'quarantined') ORDER BY r.id",
            (bulk.listing(connection, clusters),),
        )
    ]


def clusters_of(connection: Connection, records: Sequence[int]) -> dict[int, str]:
    """Record → its cluster, whatever the record's state."""
    return dict(
        bulk.select(
            connection,
            f"SELECT id, cluster FROM record WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, records),),
        )
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """A record that somebody may see, and the cluster it is in."""

    record: int
    cluster: str
    source: str
    local_id: str
    access: str


def placed(connection: Connection, records: Sequence[int]) -> list[Placed]:
    """Those of `records` that are public or restricted, eldest first."""
    return _placed(connection, "r.id", "bigint", records)


def shown_in(connection: Connection, clusters: Sequence[str]) -> list[Placed]:
    """The public and restricted records of some clusters, eldest first."""
    return _placed(connection, "r.cluster", "text", clusters)


def _placed(
    connection: Connection, column: str, kind: str, values: Sequence[int] | Sequence[str]
) -> list[Placed]:
    return [
        Placed(*row)
        for row in bulk.select(
            connection,
            "SELECT r.id, r.cluster, r.source, r.local_id, v.access "
            "FROM record r JOIN version v ON v.id = r.version "
            f"WHERE {column} IN {bulk.listed(connection, kind)} AND v.access <> 'private' "
            "AND r.state IN ('published', 'missing', 'quarantined') ORDER BY r.id",
            (bulk.listing(connection, values),),
        )
    ]


def placed_everywhere(connection: Connection) -> dict[int, str]:
    """Record → cluster, of all that somebody may see."""
    return dict(
        bulk.select(
            connection,
            "SELECT r.id, r.cluster FROM record r JOIN linked l ON l.record = r.id",
        )
    )


def titles_of(connection: Connection, records: Sequence[int]) -> dict[int, str]:
    """Record → its title and the source it comes from."""
    return {
        record: f"{title} ({source})"
        for record, title, source in bulk.select(
            connection,
            "SELECT r.id, v.title, r.source FROM record r JOIN version v ON v.id = r.version "
            f"WHERE r.id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, records),),
        )
    }


def published_members(
    connection: Connection, clusters: Sequence[str]
) -> dict[str, set[tuple[str, str]]]:
    """Cluster → (source, local id) of those that the public is told it comes from now."""
    if not clusters:
        return {}
    return {
        cluster: {(source, local_id) for source, local_id, _ in orjson.loads(origins)}
        for cluster, origins in bulk.select(
            connection,
            "SELECT cluster, origins FROM entry WHERE audience IN ('all', 'public') "
            f"AND cluster IN {bulk.listed(connection, 'text')}",
            (bulk.listing(connection, clusters),),
        )
    }


def move(connection: Connection, moves: Iterable[tuple[str, int]]) -> None:
    """Put records into clusters: (cluster, record)."""
    bulk.execute(connection, "UPDATE record SET cluster = ? WHERE id = ?", list(moves))


def move_rest(connection: Connection, clusters: Iterable[tuple[str, str]]) -> None:
    """Let what nobody sees go with the cluster it belonged to: (old, survivor)."""
    bulk.execute(
        connection,
        "UPDATE record SET cluster = ? WHERE cluster = ?",
        [(new, old) for old, new in clusters],
    )


def redirect(connection: Connection, old: str, new: str, *, through: bool) -> None:
    """From now on `old` means `new`; `through`: what led to `old` does too."""
    if through:
        bulk.execute(connection, 'UPDATE redirect SET "new" = ? WHERE "new" = ?', [(new, old)])
    bulk.execute(
        connection,
        'INSERT INTO redirect ("old", "new", "at") VALUES (?, ?, ?) '
        'ON CONFLICT ("old") DO UPDATE SET "new" = excluded."new"',
        [(old, new, now())],
    )


def forget_redirects(connection: Connection, clusters: Iterable[str]) -> None:
    """These ids stand for themselves again."""
    bulk.execute(connection, 'DELETE FROM redirect WHERE "old" = ?', [(c,) for c in clusters])


def outcome(connection: Connection, source: str) -> dict[str, int]:
    """The source's records by what became of them: published, merged, private, quarantined, excluded, …"""
    rows: list[tuple[str, str, int, int]] = bulk.select(
        connection,
        "SELECT r.state, v.access, CASE WHEN e.version IS NULL THEN 0 ELSE 1 END, count(*) "
        "FROM record r JOIN version v ON v.id = r.version "
        "LEFT JOIN (SELECT DISTINCT version FROM entry) e ON e.version = r.version "
        "WHERE r.source = ? GROUP BY 1, 2, 3",
        (source,),
    )
    counts: dict[str, int] = dict.fromkeys(
        (
            "published",
            "merged",
            "private",
            "missing",
            "quarantined",
            "held",
            "withdrawn",
            "excluded",
            "rejected",
        ),
        0,
    )
    for state, access, elected, count in rows:
        name = state
        if state == "published" and access == "private":
            name = "private"
        elif state == "published" and not elected:
            name = "merged"
        counts[name] += count
    return counts
