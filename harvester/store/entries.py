"""What the catalogue says of each cluster, to whom, in which views; and the journal of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from harvester.store import bulk
from harvester.store import tables as t
from harvester.store.audience import Audience, shown


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


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a cluster now."""

    version: int
    digest: bytes
    issued: str
    modified: str
    seq: int


_ENTRY = tuple(StoredEntry.__dataclass_fields__)


def entries(connection: Connection, clusters: Sequence[str]) -> dict[tuple[str, str], Shown]:
    """(cluster, audience) → what readers see now."""
    return {
        (cluster, audience): Shown(version, bytes(digest), issued, modified, seq)
        for cluster, audience, version, digest, issued, modified, seq in bulk.select(
            connection,
            "SELECT cluster, audience, version, digest, issued, modified, seq FROM entry "
            f"WHERE cluster IN {bulk.listed(connection, 'text')}",
            (bulk.listing(connection, clusters),),
        )
    }


def readers_of(connection: Connection, clusters: Sequence[str]) -> dict[str, set[str]]:
    """Cluster → readers (`public`, `agents`) whom the journal has ever told of it."""
    known: dict[str, set[str]] = {}
    for cluster, audience in bulk.select(
        connection,
        "SELECT DISTINCT cluster, audience FROM change "
        f"WHERE cluster IN {bulk.listed(connection, 'text')}",
        (bulk.listing(connection, clusters),),
    ):
        known.setdefault(cluster, set()).update(
            ("public", "agents") if audience == "all" else (audience,)
        )
    return known


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


def point_entries(connection: Connection, rows: Sequence[tuple[int, str | None, str, str]]) -> None:
    """Entries that say what they said, from a newer version or from others: (version, provenance, cluster, audience)."""
    bulk.execute(
        connection,
        "UPDATE entry SET version = ?, provenance = ? WHERE cluster = ? AND audience = ?",
        rows,
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
    connection: Connection, views: Iterable[tuple[str, Audience]], seq: int, at: str
) -> None:
    """Let (view, audience) states say that something changed, and recount them."""
    for view, audience in sorted(views):
        count = bulk.select(
            connection,
            f"SELECT count(*) FROM membership m WHERE m.view = ? AND {shown(audience, 'm')}",
            (view,),
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


def all_entries(
    connection: Connection, after: tuple[str, str], size: int
) -> list[tuple[str, str, str]]:
    """(cluster, audience, coverage) past a (cluster, audience), for computing views anew; slices are placed otherwise."""
    return bulk.select(
        connection,
        "SELECT cluster, audience, coverage FROM entry WHERE (cluster, audience) > (?, ?) "
        "AND NOT EXISTS (SELECT 1 FROM slice WHERE slice.id = entry.cluster) ORDER BY cluster, audience LIMIT ?",
        (*after, size),
    )


def merged_entries(connection: Connection, after: str, size: int) -> list[str]:
    """Clusters past one whose entry was made of several records, for making them anew."""
    return [
        cluster
        for (cluster,) in bulk.select(
            connection,
            "SELECT DISTINCT cluster FROM entry WHERE cluster > ? AND body IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM slice WHERE slice.id = entry.cluster) ORDER BY cluster LIMIT ?",
            (after, size),
        )
    ]


def clear_memberships(connection: Connection) -> None:
    """Before all of them are written anew."""
    connection.execute(delete(t.membership))
    connection.execute(delete(t.view_state))


def note(connection: Connection, key: str, value: str) -> None:
    """Keep a single fact."""
    forget(connection, key)
    connection.execute(t.meta.insert().values(key=key, value=value))


def forget(connection: Connection, key: str) -> None:
    """Drop a single fact."""
    connection.execute(delete(t.meta).where(t.meta.c.key == key))


def noted(connection: Connection, key: str) -> str | None:
    """A single fact."""
    return connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
