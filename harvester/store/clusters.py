"""Links between records, the clusters they form, and what the catalogue says of each cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, delete, or_, select

from harvester.store import bulk
from harvester.store import tables as t
from harvester.store.engine import now

KEY_LIMIT = 12
"""A key that more records share than this identifies nothing."""


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


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A row of the link table, a < b."""

    a: int
    b: int
    weight: float
    zone: str
    reasons: list[str]
    vetoes: list[str]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of the entry table, in its columns' order."""

    cluster: str
    audience: str
    version: int
    body: bytes | None
    provenance: str | None
    origins: str
    level: int
    coverage: str
    title: str
    search: str
    digest: bytes
    issued: str
    modified: str
    seq: int


_ENTRY = tuple(StoredEntry.__dataclass_fields__)


def candidates(
    connection: Connection, records: Sequence[int]
) -> Iterator[tuple[int, int, int, int]]:
    """Pairs (record, other, strength here, strength there) that share a key no more than 12 records have.

    Three questions rather than one join: planners without statistics of what a run has just written get it wrong
    by orders of magnitude.
    """
    listed = bulk.listed(connection, "bigint")
    shown = "IN ('published', 'missing', 'quarantined')"
    own = bulk.select(
        connection,
        "SELECT a.key, r.id, a.strength FROM record r JOIN record_key a ON a.version = r.version "
        f"WHERE r.id IN {listed} AND r.state {shown}",
        (bulk.listing(connection, records),),
    )
    shared = [
        row[0]
        for row in bulk.select(
            connection,
            f"SELECT key FROM record_key WHERE key IN {listed} GROUP BY key "
            f"HAVING count(*) BETWEEN 2 AND {KEY_LIMIT}",
            (bulk.listing(connection, sorted({row[0] for row in own})),),
        )
    ]
    if not shared:
        return
    holders: dict[int, list[tuple[int, int]]] = {key: [] for key in shared}
    for key, record, strength in bulk.select(
        connection,
        "SELECT k.key, r.id, k.strength FROM record_key k JOIN version v ON v.id = k.version "
        "JOIN record r ON r.id = v.record AND r.version = k.version "
        f"WHERE k.key IN {listed} AND r.state {shown}",
        (bulk.listing(connection, shared),),
    ):
        holders[key].append((record, strength))
    for key, record, strength in own:
        for other, theirs in holders.get(key, ()):
            if other != record:
                yield record, other, strength, theirs


def members(
    connection: Connection, *, records: Sequence[int] = (), clusters: Sequence[str] = ()
) -> list[Member]:
    """Shown records, by their ids or by their clusters."""
    column, kind, values = (
        ("r.cluster", "text", clusters) if clusters else ("r.id", "bigint", records)
    )
    return [
        Member(*row)
        for row in bulk.select(
            connection,
            "SELECT r.id, r.version, r.source, r.local_id, r.cluster, v.access, v.url, v.coverage, "
            "v.title, v.search, v.digest, v.entry, r.first_seen "
            "FROM record r JOIN version v ON v.id = r.version "
            f"WHERE {column} IN {bulk.listed(connection, kind)} "
            "AND r.state IN ('published', 'missing', 'quarantined') ORDER BY r.id",
            (bulk.listing(connection, values),),
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


def features(connection: Connection, records: Sequence[int]) -> list[tuple[int, str, str]]:
    """(record, source, title): what is compared."""
    return bulk.select(
        connection,
        "SELECT r.id, r.source, v.title FROM record r JOIN version v ON v.id = r.version "
        f"WHERE r.id IN {bulk.listed(connection, 'bigint')}",
        (bulk.listing(connection, records),),
    )


def shown_in(connection: Connection, clusters: Sequence[str]) -> list[tuple[int, str, str]]:
    """(record, cluster, source) of the shown records of some clusters, eldest first."""
    return bulk.select(
        connection,
        "SELECT id, cluster, source FROM record "
        f"WHERE cluster IN {bulk.listed(connection, 'text')} "
        "AND state IN ('published', 'missing', 'quarantined') ORDER BY id",
        (bulk.listing(connection, clusters),),
    )


def links_among(connection: Connection, records: Sequence[int]) -> list[StoredLink]:
    """Links with at least one end among `records`."""
    if not records:
        return []
    rows = connection.execute(
        select(t.link).where(or_(t.link.c.a.in_(records), t.link.c.b.in_(records)))
    )
    return [
        StoredLink(r.a, r.b, r.weight, r.zone, orjson.loads(r.reasons), orjson.loads(r.vetoes))
        for r in rows
    ]


def replace_links(
    connection: Connection, records: Sequence[int], links: Iterable[StoredLink]
) -> None:
    """Forget every link of `records`, then keep these."""
    bulk.execute(
        connection,
        "DELETE FROM link WHERE a = ? OR b = ?",
        [(record, record) for record in records],
    )
    bulk.insert(
        connection,
        t.link,
        ("a", "b", "weight", "zone", "reasons", "vetoes"),
        [
            (
                x.a,
                x.b,
                x.weight,
                x.zone,
                orjson.dumps(x.reasons).decode(),
                orjson.dumps(x.vetoes).decode(),
            )
            for x in links
        ],
    )


def decisions(connection: Connection, records: Sequence[int]) -> list[tuple[int, int, str]]:
    """The last word of people on pairs with an end among `records`: (record, record, verdict)."""
    if not records:
        return []
    a, b = t.record.alias("a"), t.record.alias("b")
    d = t.decision
    rows = connection.execute(
        select(a.c.id, b.c.id, d.c.verdict)
        .join(a, (a.c.source == d.c.source_a) & (a.c.local_id == d.c.id_a))
        .join(b, (b.c.source == d.c.source_b) & (b.c.local_id == d.c.id_b))
        .where(or_(a.c.id.in_(records), b.c.id.in_(records)))
        .order_by(d.c.id)
    )
    last: dict[tuple[int, int], str] = {}
    for x, y, verdict in rows:
        last[min(x, y), max(x, y)] = verdict
    return [(x, y, verdict) for (x, y), verdict in last.items() if verdict != "undone"]


def move(connection: Connection, moves: Iterable[tuple[str, int]]) -> None:
    """Put records into clusters: (cluster, record)."""
    bulk.execute(connection, "UPDATE record SET cluster = ? WHERE id = ?", list(moves))


def redirect(connection: Connection, old: str, new: str) -> None:
    """From now on `old` means `new`; what led to `old` does too."""
    bulk.execute(connection, 'UPDATE redirect SET "new" = ? WHERE "new" = ?', [(new, old)])
    bulk.execute(
        connection,
        'INSERT INTO redirect ("old", "new", "at") VALUES (?, ?, ?) '
        'ON CONFLICT ("old") DO UPDATE SET "new" = excluded."new"',
        [(old, new, now())],
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a cluster now."""

    digest: bytes
    issued: str
    modified: str
    seq: int


def entries(connection: Connection, clusters: Sequence[str]) -> dict[tuple[str, str], Shown]:
    """(cluster, audience) → what readers see now."""
    return {
        (cluster, audience): Shown(bytes(digest), issued, modified, seq)
        for cluster, audience, digest, issued, modified, seq in bulk.select(
            connection,
            "SELECT cluster, audience, digest, issued, modified, seq FROM entry "
            f"WHERE cluster IN {bulk.listed(connection, 'text')}",
            (bulk.listing(connection, clusters),),
        )
    }


def were_published(connection: Connection, clusters: Sequence[str]) -> set[str]:
    """Those clusters that the journal has ever told of."""
    return {
        row[0]
        for row in bulk.select(
            connection,
            f"SELECT DISTINCT cluster FROM change WHERE cluster IN {bulk.listed(connection, 'text')}",
            (bulk.listing(connection, clusters),),
        )
    }


def write_entries(
    connection: Connection,
    new: Sequence[StoredEntry],
    gone: Sequence[tuple[str, str]],
    known: set[tuple[str, str]],
) -> None:
    """Replace entries; `known` are the (cluster, audience) that already have a row."""
    stale = [(c, a) for c, a in gone] + [
        (e.cluster, e.audience) for e in new if (e.cluster, e.audience) in known
    ]
    for table in ("entry", "membership", "fragment"):
        bulk.execute(
            connection,
            f"DELETE FROM {table} WHERE cluster = ? AND audience = ?",
            stale,
        )
    bulk.insert(
        connection,
        t.entry,
        _ENTRY,
        [tuple(getattr(e, name) for name in _ENTRY) for e in new],
    )


def write_memberships(
    connection: Connection, rows: Sequence[tuple[str, str, str, str, str]]
) -> None:
    """(view, cluster, audience, how, reason)."""
    bulk.insert(connection, t.membership, ("view", "cluster", "audience", "how", "reason"), rows)


def views_of(connection: Connection, clusters: Sequence[str]) -> list[tuple[str, str, str]]:
    """(view, cluster, audience): who shows them now."""
    return bulk.select(
        connection,
        "SELECT view, cluster, audience FROM membership "
        f"WHERE cluster IN {bulk.listed(connection, 'text')}",
        (bulk.listing(connection, clusters),),
    )


def take_turn(connection: Connection) -> None:
    """Wait until no other run is settling: it links with what the others left, and numbers never go back.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name != "sqlite":
        bulk.select(connection, "SELECT pg_advisory_xact_lock(7307)")


def next_change(connection: Connection) -> int:
    """The next number of the journal, for who has taken its turn."""
    return int(bulk.select(connection, "SELECT coalesce(max(seq), 0) + 1 FROM change")[0][0])


def journal(
    connection: Connection,
    changes: Sequence[tuple[int, str, int | None, str, str, str, str | None]],
) -> None:
    """(seq, at, run, kind, cluster, audience, other)."""
    bulk.insert(
        connection,
        t.change,
        ("seq", "at", "run", "kind", "cluster", "audience", "other"),
        changes,
    )


def touch_views(
    connection: Connection, views: Iterable[tuple[str, str]], seq: int, at: str
) -> None:
    """Let (view, audience) states say that something changed, and recount them."""
    for view, audience in sorted(views):
        count = bulk.select(
            connection,
            "SELECT count(*) FROM membership WHERE view = ? AND audience IN ('all', ?)",
            (view, audience),
        )[0][0]
        connection.execute(
            delete(t.view_state).where(
                t.view_state.c.view == view, t.view_state.c.audience == audience
            )
        )
        connection.execute(
            t.view_state.insert().values(
                view=view, audience=audience, seq=seq, modified=at, count=count
            )
        )


def all_entries(connection: Connection, after: str, size: int) -> list[tuple[str, str, str, int]]:
    """(cluster, audience, coverage, level) past a cluster id, for computing views anew."""
    return bulk.select(
        connection,
        "SELECT cluster, audience, coverage, level FROM entry WHERE cluster > ? "
        "ORDER BY cluster, audience LIMIT ?",
        (after, size),
    )


def clear_memberships(connection: Connection) -> None:
    """Before all of them are written anew."""
    connection.execute(delete(t.membership))
    connection.execute(delete(t.view_state))


def note(connection: Connection, key: str, value: str) -> None:
    """Keep a single fact."""
    connection.execute(delete(t.meta).where(t.meta.c.key == key))
    connection.execute(t.meta.insert().values(key=key, value=value))


def noted(connection: Connection, key: str) -> str | None:
    """A single fact."""
    return connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()


def outcome(connection: Connection, source: str) -> dict[str, int]:
    """The source's records by what became of them: published, merged, quarantined, excluded, rejected, …"""
    rows: list[tuple[str, int, int]] = bulk.select(
        connection,
        "SELECT r.state, CASE WHEN e.version IS NULL THEN 0 ELSE 1 END, count(*) FROM record r "
        "LEFT JOIN (SELECT DISTINCT version FROM entry) e ON e.version = r.version "
        "WHERE r.source = ? GROUP BY 1, 2",
        (source,),
    )
    counts: dict[str, Any] = dict.fromkeys(
        (
            "published",
            "merged",
            "missing",
            "quarantined",
            "held",
            "withdrawn",
            "excluded",
            "rejected",
        ),
        0,
    )
    for state, elected, count in rows:
        name = "merged" if state == "published" and not elected else state
        counts[name] += count
    return counts
