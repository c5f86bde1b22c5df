"""Pairs that wait for a person's word, and what is shown of them. For curators: restricted records too, private ones never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from harvester.store import bulk, decisions
from harvester.store.decisions import Name
from harvester.store.verdicts import standing

_SHOWN = "IN ('published', 'missing', 'quarantined')"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two entries that may be one, by the pair of records that says so most: everything the queue tells of them.

    `views` are those in which both stand; `public` is False where a member is for agents only. `pairs` counts the pairs
    between the two entries.
    """

    a: int
    b: int
    bits: float
    names: tuple[Name, Name]
    titles: tuple[str, str]
    clusters: tuple[str, str]
    sizes: tuple[int, int]
    views: tuple[str, ...]
    public: bool
    pairs: int


def waiting(connection: Connection, source: str = "", view: str | None = None) -> list[Waiting]:
    """The pairs to review that nobody has decided: one for every two entries; of a source, in a view ("" is the whole).

    Entries that people keep apart, by whichever of their records, are not asked about again.
    """
    rows = bulk.select(
        connection,
        "SELECT l.a, l.b, l.bits, ra.source, ra.local_id, va.title, ra.cluster, va.access, "
        "rb.source, rb.local_id, vb.title, rb.cluster, vb.access FROM link l "
        "JOIN record ra ON ra.id = l.a JOIN version va ON va.id = ra.version "
        "JOIN record rb ON rb.id = l.b JOIN version vb ON vb.id = rb.version "
        "WHERE l.zone = 'review' AND ra.cluster <> rb.cluster "
        f"AND ra.state {_SHOWN} AND rb.state {_SHOWN} "
        "AND va.access <> 'private' AND vb.access <> 'private' "
        "ORDER BY l.bits DESC, l.a, l.b",
    )
    if not rows:
        return []
    apart = _apart(connection)
    best: dict[frozenset[str], list[Any]] = {}
    for row in rows:
        best.setdefault(frozenset((row[6], row[11])), []).append(row)
    best = {clusters: its for clusters, its in best.items() if clusters not in apart}
    clusters = sorted({cluster for pair in best for cluster in pair})
    sizes, shown = _sizes(connection, clusters), _views(connection, clusters)
    found = []
    for its in best.values():
        row = its[0]
        one, two = row[6], row[11]
        if source and source not in (row[3], row[8]):
            continue
        either = shown.get(one, set()) | shown.get(two, set())
        if view is not None and view not in either:
            continue
        found.append(
            Waiting(
                row[0],
                row[1],
                row[2],
                ((row[3], row[4]), (row[8], row[9])),
                (row[5], row[10]),
                (one, two),
                (sizes.get(one, 1), sizes.get(two, 1)),
                tuple(sorted(shown.get(one, set()) & shown.get(two, set()))),
                row[7] == row[12] == "public",
                len(its),
            )
        )
    return found


def zones(connection: Connection) -> dict[str, int]:
    """How many weighed pairs are in each zone."""
    return dict(bulk.select(connection, "SELECT zone, count(*) FROM link GROUP BY zone"))


def mark(connection: Connection) -> tuple[object, ...]:
    """What changes whenever `figures` may: they cost a second where thousands wait."""
    return tuple(
        bulk.select(connection, f"SELECT max({column}) FROM {table}")[0][0]
        for table, column in (("decision", "id"), ("change", "seq"), ("run", "ended"))
    )


def figures(connection: Connection) -> tuple[int, dict[str, int]]:
    """(pairs that wait, decisions in force by verdict; `aside` are those that others contradict)."""
    followed, aside = standing(decisions.everything(connection).words())
    counts: dict[str, int] = {"aside": len(aside)}
    for word in followed:
        counts[word.verdict] = counts.get(word.verdict, 0) + 1
    return len(waiting(connection)), counts


def speaker(connection: Connection, cluster: str) -> Name | None:
    """The record that speaks for a published id, also one that was merged away."""
    led = bulk.select(connection, 'SELECT "new" FROM redirect WHERE "old" = ?', (cluster,))
    rows = bulk.select(
        connection,
        "SELECT v.source, v.local_id FROM entry e JOIN version v ON v.id = e.version "
        "WHERE e.cluster = ? ORDER BY e.audience LIMIT 1",
        (led[0][0] if led else cluster,),
    )
    return (rows[0][0], rows[0][1]) if rows else None


def is_reviewable(connection: Connection, records: Iterable[int]) -> bool:
    """Whether all of these are records that a curator may be shown."""
    wanted = sorted(set(records))
    rows = bulk.select(
        connection,
        "SELECT count(*) FROM record r JOIN version v ON v.id = r.version "
        f"WHERE r.id IN {bulk.listed(connection, 'bigint')} "
        f"AND r.state {_SHOWN} AND v.access <> 'private'",
        (bulk.listing(connection, wanted),),
    )
    return int(rows[0][0]) == len(wanted)


def _apart(connection: Connection) -> set[frozenset[str]]:
    """Entries that people keep apart."""
    log = decisions.everything(connection)
    if not log.decisions:
        return set()
    words, _ = standing(log.words())
    pairs = [
        (word.a, word.b)
        for word in words
        if word.verdict != "origin" and isinstance(word.a, int) and isinstance(word.b, int)
    ]
    records = sorted({record for pair in pairs for record in pair})
    cluster = dict(
        bulk.select(
            connection,
            f"SELECT id, cluster FROM record WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, records),),
        )
    )
    return {frozenset((cluster[a], cluster[b])) for a, b in pairs}


def _sizes(connection: Connection, clusters: list[str]) -> dict[str, int]:
    return dict(
        bulk.select(
            connection,
            "SELECT r.cluster, count(*) FROM record r JOIN version v ON v.id = r.version "
            f"WHERE r.cluster IN {bulk.listed(connection, 'text')} "
            f"AND r.state {_SHOWN} AND v.access <> 'private' GROUP BY r.cluster",
            (bulk.listing(connection, clusters),),
        )
    )


def _views(connection: Connection, clusters: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cluster, view in bulk.select(
        connection,
        "SELECT DISTINCT cluster, view FROM membership "
        f"WHERE cluster IN {bulk.listed(connection, 'text')}",
        (bulk.listing(connection, clusters),),
    ):
        found.setdefault(cluster, set()).add(view)
    return found
