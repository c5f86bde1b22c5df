"""What the catalogue says of each cluster, to whom, in which views; and the journal of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    listing: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a cluster now."""

    version: int
    digest: bytes
    issued: str
    modified: str
    seq: int
    listing: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """What of an entry decides which views list it. `body` is JSON, `origins` and `coverage` too."""

    cluster: str
    audience: str
    coverage: str
    origins: str
    body: bytes | None


_ENTRY = tuple(StoredEntry.__dataclass_fields__)


def entries(connection: Connection, clusters: Sequence[str]) -> dict[tuple[str, str], Shown]:
    """(cluster, audience) → what readers see now."""
    return {
        (cluster, audience): Shown(version, bytes(digest), issued, modified, seq, listing)
        for cluster, audience, version, digest, issued, modified, seq, listing in bulk.select(
            connection,
            "SELECT cluster, audience, version, digest, issued, modified, seq, listing FROM entry "
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
    for table in ("entry", "fragment"):
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


def write_listings(
    connection: Connection, listings: Mapping[int, Iterable[tuple[str, str, str, int, str]]]
) -> None:
    """Keep what listings mean that are new here: id → (view, how, level, place, reason)."""
    known = {
        listing
        for (listing,) in bulk.select(
            connection,
            f"SELECT DISTINCT id FROM listing WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, list(listings)),),
        )
    }
    bulk.insert(
        connection,
        t.listing,
        ("id", "view", "how", "level", "place", "reason"),
        [
            (listing, *row)
            for listing, rows in listings.items()
            if listing not in known
            for row in rows
        ],
    )


def list_entries(connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Let the views of a listing show an entry: (listing, cluster, audience)."""
    bulk.execute(
        connection, "UPDATE entry SET listing = ? WHERE cluster = ? AND audience = ?", rows
    )


def views_of(connection: Connection, listings: Iterable[int]) -> list[str]:
    """The views of some listings."""
    return [
        view
        for (view,) in bulk.select(
            connection,
            f"SELECT DISTINCT view FROM listing WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, list(listings)),),
        )
    ]


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
    by_audience: dict[Audience, list[str]] = {}
    for view, audience in sorted(views):
        by_audience.setdefault(audience, []).append(view)
    for whose, those in by_audience.items():
        counts = _counts(connection, those, whose)
        bulk.execute(
            connection,
            "DELETE FROM view_state WHERE view = ? AND audience = ?",
            [(view, whose) for view in those],
        )
        bulk.insert(
            connection,
            t.view_state,
            ("view", "audience", "seq", "modified", "count"),
            [(view, whose, seq, at, counts.get(view, 0)) for view in those],
        )


def _counts(connection: Connection, views: Sequence[str], audience: Audience) -> dict[str, int]:
    """View → how many entries it shows: entries are counted by listing, once for all views.

    The territory's own has nearly all of them: there, entries are counted. What agents are shown in the public's words,
    where they have none of their own, is counted one by one: it is little.
    """
    sure = "e.audience IN ('all', 'public')" if audience == "public" else "e.audience <> 'public'"
    listings: list[tuple[str, int]] = bulk.select(
        connection,
        f"SELECT view, id FROM listing WHERE view IN {bulk.listed(connection, 'text')}",
        (bulk.listing(connection, [view for view in views if view]),),
    )
    entries = dict(
        bulk.select(
            connection,
            f"SELECT e.listing, count(*) FROM entry e WHERE {sure} "
            f"AND e.listing IN {bulk.listed(connection, 'bigint')} GROUP BY e.listing",
            (bulk.listing(connection, list({listing for _, listing in listings})),),
        )
    )
    counts: dict[str, int] = {}
    if "" in views:
        counts[""] = bulk.select(
            connection,
            "SELECT count(*) FROM entry e CROSS JOIN listing l "
            f"WHERE l.view = '' AND l.id = e.listing AND {sure}",
        )[0][0]
    for view, listing in listings:
        counts[view] = counts.get(view, 0) + entries.get(listing, 0)
    if audience == "agents":
        for view, count in bulk.select(
            connection,
            "SELECT l.view, count(*) FROM listing l CROSS JOIN entry e WHERE e.listing = l.id "
            f"AND e.audience = 'public' AND l.view IN {bulk.listed(connection, 'text')} "
            f"AND {shown(audience, 'e', 'l')} GROUP BY l.view",
            (bulk.listing(connection, views),),
        ):
            counts[view] = counts.get(view, 0) + count
    return counts


def all_entries(
    connection: Connection, after: tuple[str, str], size: int, *, whole: bool
) -> list[Placed]:
    """Entries past a (cluster, audience), for computing views anew; `whole`: with what they say."""
    body = "coalesce(e.body, v.entry)" if whole else "NULL"
    joined = "JOIN version v ON v.id = e.version " if whole else ""
    return [
        Placed(*row)
        for row in bulk.select(
            connection,
            f"SELECT e.cluster, e.audience, e.coverage, e.origins, {body} FROM entry e {joined}"
            "WHERE (e.cluster, e.audience) > (?, ?) ORDER BY e.cluster, e.audience LIMIT ?",
            (*after, size),
        )
    ]


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


def clear_listings(connection: Connection) -> None:
    """Before all of them are written anew."""
    connection.execute(delete(t.listing))
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
