"""The reading side: what a view shows to an audience, and nothing else.

Every query names the audience; `audience.shown` says which rows that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, select

from harvester.store import bulk
from harvester.store import tables as t
from harvester.store.audience import Audience, shown

Order = Literal["id", "nearest"]
_ORDER = {"id": "e.cluster", "nearest": "l.place, e.level, e.title, e.cluster"}
_BLOCK = 220
"""Entries that are usually asked for at once."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """The last change a view saw. `seq` 0: it has never shown anything."""

    seq: int
    modified: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `body` is the JSON of the model; `origins` are (source id, local id, page URL).

    In a view, `near` is the level of the territory through which the view sees it, and `place` orders the view's entries.
    """

    id: str
    seq: int
    issued: str
    modified: str
    body: bytes
    origins: tuple[tuple[str, str, str], ...]
    level: int
    coverage: tuple[tuple[str, str], ...]
    audience: str
    near: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A source that says something else of a field than the entry it is part of."""

    field: str
    source: str
    url: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """It was published and is no more (HTTP 410)."""

    since: str


@dataclass(frozen=True, slots=True)
class Moved:
    """It was merged: the survivor's id."""

    to: str


_GATHER = "FROM listing l CROSS JOIN entry e WHERE l.view = ? AND l.id = e.listing"
"""A view's entries by its listings. (SQLite reads in the order of a CROSS JOIN; PostgreSQL decides by itself.)"""
_WALK = "FROM entry e CROSS JOIN listing l WHERE l.view = ? AND l.id = e.listing"
"""A view's entries in the order of their ids: for views of so many that some are soon found."""
_COLUMNS = (
    "e.cluster, e.seq, e.issued, e.modified, coalesce(e.body, v.entry), e.origins, e.level, "
    "e.coverage, e.audience"
)
_WHOLE = (
    "JOIN entry e ON e.cluster = k.cluster AND e.audience = k.audience "
    "JOIN version v ON v.id = e.version"
)
"""The entries of some keys `k`, which were found first: sorting whole entries costs."""


def state(connection: Connection, view: str, audience: Audience = "public") -> ViewState:
    """What the view's ETag is made of."""
    found = bulk.select(
        connection,
        'SELECT seq, modified, "count" FROM view_state WHERE view = ? AND audience = ?',
        (view, audience),
    )
    return ViewState(*found[0]) if found else ViewState(0, "1970-01-01T00:00:00Z", 0)


def states(connection: Connection) -> dict[tuple[str, str], ViewState]:
    """(view, audience) → state, for metrics."""
    s = t.view_state.c
    return {
        (row.view, row.audience): ViewState(row.seq, row.modified, row.entries)
        for row in connection.execute(
            select(s.view, s.audience, s.seq, s.modified, s["count"].label("entries"))
        )
    }


def page(
    connection: Connection,
    view: str,
    audience: Audience = "public",
    offset: int = 0,
    limit: int = 100,
    *,
    words: tuple[str, ...] = (),
    level: str = "",
    order: Order = "id",
) -> list[Row]:
    """Entries of a view; `words` (folded, see `harvester.territory.names`) must all occur."""
    where, values = _search(view, audience, words, level)
    return [
        _row(row)
        for row in bulk.select(
            connection,
            f"SELECT {_COLUMNS}, k.near, k.place FROM (SELECT e.cluster, e.audience, l.level AS near, l.place, "
            f"row_number() OVER (ORDER BY {_ORDER[order]}) AS line {where} "
            f"ORDER BY {_ORDER[order]} LIMIT ? OFFSET ?) k {_WHOLE} ORDER BY k.line",
            (*values, limit, offset),
        )
    ]


def count(
    connection: Connection,
    view: str,
    audience: Audience = "public",
    words: tuple[str, ...] = (),
    level: str = "",
) -> int:
    """How many entries a search finds."""
    where, values = _search(view, audience, words, level)
    return int(bulk.select(connection, f"SELECT count(*) {where}", values)[0][0])


def levels(connection: Connection, view: str, audience: Audience = "public") -> dict[str, int]:
    """Level of the territory through which the view sees them → how many entries."""
    return {
        level: int(count)
        for level, count in bulk.select(
            connection,
            f"SELECT l.level, count(*) {_GATHER} AND {shown(audience, 'e', 'l')} "
            "GROUP BY l.level ORDER BY min(l.place)",
            (view,),
        )
    }


def rows(
    connection: Connection, view: str, audience: Audience = "public", size: int = 500
) -> Iterator[Row]:
    """All entries of a view in the order of their ids, a block at a time."""
    after, source = "", _source(connection, view, audience)
    while True:
        block = bulk.select(
            connection,
            f"SELECT {_COLUMNS}, k.near, k.place FROM (SELECT e.cluster, e.audience, l.level AS near, l.place "
            f"{source} AND e.cluster > ? ORDER BY e.cluster LIMIT ?) k {_WHOLE} ORDER BY k.cluster",
            (view, after, size),
        )
        yield from map(_row, block)
        if len(block) < size:
            return
        after = block[-1][0]


def _source(connection: Connection, view: str, audience: Audience) -> str:
    """How to find the view's entries in the order of their ids: with the fewest rows read for a block of them."""
    own, everything = (state(connection, name, audience).count for name in (view, ""))
    way = _WALK if own * own > _BLOCK * everything else _GATHER
    return f"{way} AND {shown(audience, 'e', 'l')}"


def entry(
    connection: Connection,
    cluster: str,
    audience: Audience = "public",
    view: str | None = None,
) -> Row | Gone | Moved | None:
    """One entry by its id; None where the audience never saw it.

    With a `view`, agents see theirs of what that view lists and of nothing else: all other entries, and what
    became of them, they are told as the public is. Only the whole territory's know what was withdrawn inside.
    """
    where = "e.audience IN ('all', ?)"
    values: tuple[str, ...] = (cluster, audience)
    if audience == "agents" and view is not None:
        where = (
            "e.audience <> 'public' AND EXISTS (SELECT 1 FROM membership m "
            "WHERE m.view = ? AND m.cluster = e.cluster AND m.audience = e.audience)"
        )
        values = (cluster, view)
    found = bulk.select(
        connection,
        f"SELECT {_COLUMNS} FROM entry e JOIN version v ON v.id = e.version "
        f"WHERE e.cluster = ? AND {where}",
        values,
    )
    if found:
        return _row(found[0])
    last = _last_told(connection, [cluster], audience).get(cluster)
    if last is not None and last[0] == "merged":
        led = bulk.select(connection, 'SELECT "new" FROM redirect WHERE "old" = ?', (cluster,))
        survivor = entry(connection, led[0][0], audience, view) if led else None
        if isinstance(survivor, Row) and (audience == "public" or survivor.audience != "public"):
            return Moved(survivor.id)
        if isinstance(survivor, Moved):
            return survivor
    if audience == "agents" and view is not None:
        told = entry(connection, cluster)
        gone = last is not None and last[0] in ("deleted", "merged")
        if told is not None or view or not gone:
            return told
    return Gone(last[1]) if last is not None else None


def differences(connection: Connection, cluster: str, row: str) -> list[Difference]:
    """Who says otherwise, among the records that this row (`Row.audience`) was made of, and no other."""
    found = bulk.select(
        connection,
        "SELECT provenance FROM entry WHERE cluster = ? AND audience = ? "
        "AND provenance IS NOT NULL",
        (cluster, row),
    )
    told = [
        (field, record, tuple(values))
        for (provenance,) in found
        for field, line in orjson.loads(provenance).items()
        for record, values in line.get("others", ())
    ]
    if not told:
        return []
    sources = {
        record: (source, url)
        for record, source, url in bulk.select(
            connection,
            "SELECT r.id, r.source, v.url FROM record r JOIN version v ON v.id = r.version "
            f"WHERE r.id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, [record for _, record, _ in told]),),
        )
    }
    return [
        Difference(field, *sources[record], values)
        for field, record, values in told
        if record in sources
    ]


def merged_into(connection: Connection, cluster: str, audience: Audience = "public") -> list[str]:
    """Ids that now answer with this cluster, for owl:sameAs: those whose merge its audience was told of."""
    found: set[str] = set()
    heads = [cluster]
    while heads:
        led = [
            row[0]
            for row in bulk.select(
                connection,
                f'SELECT "old" FROM redirect WHERE "new" IN {bulk.listed(connection, "text")}',
                (bulk.listing(connection, heads),),
            )
        ]
        told = _last_told(connection, led, audience) if led else {}
        heads = [old for old in led if told.get(old, ("", ""))[0] == "merged" and old not in found]
        found.update(heads)
    return sorted(found - {cluster})


def _last_told(
    connection: Connection, clusters: list[str], audience: str
) -> dict[str, tuple[str, str]]:
    """Cluster → (kind, instant) of the last change that the audience was told of."""
    return {
        cluster: (kind, at)
        for cluster, kind, at in bulk.select(
            connection,
            "SELECT cluster, kind, at FROM change WHERE audience IN ('all', ?) "
            f"AND cluster IN {bulk.listed(connection, 'text')} ORDER BY seq",
            (audience, bulk.listing(connection, clusters)),
        )
    }


def fragments(
    connection: Connection,
    view: str,
    audience: Audience,
    form: str,
    offset: int,
    limit: int | None,
    render: Callable[[Row], bytes],
    keep: Callable[[list[tuple[str, str, str, int, bytes]]], None] | None = None,
    block: int = 200,
) -> Iterator[bytes]:
    """The view's entries in one format, in the order of their ids; those not yet rendered are, and given to `keep`.

    `form` names everything the bytes depend on besides the entry (format, renderer's version, base URL).
    `keep` receives rows for `keep_fragments`, in batches, after each block.
    """
    after, left, source = "", limit, _source(connection, view, audience)
    if offset:
        skipped = bulk.select(
            connection,
            f"SELECT e.cluster {source} ORDER BY e.cluster LIMIT 1 OFFSET ?",
            (view, offset - 1),
        )
        if not skipped:
            return
        after = skipped[0][0]
    size = 20  # a small first block, so that the first byte leaves early
    while left is None or left > 0:
        size = min(size, left) if left is not None else size
        found = bulk.select(
            connection,
            "SELECT k.cluster, k.audience, k.seq, f.body FROM "
            f"(SELECT e.cluster, e.audience, e.seq {source} AND e.cluster > ? "
            "ORDER BY e.cluster LIMIT ?) k "
            "LEFT JOIN fragment f ON f.cluster = k.cluster AND f.audience = k.audience "
            "AND f.format = ? AND f.seq = k.seq ORDER BY k.cluster",
            (view, after, size, form),
        )
        missing = {(row[0], row[1]) for row in found if row[3] is None}
        made = _render(connection, missing, render) if missing else {}
        for cluster, whose, _, body in found:
            yield body if body is not None else made[cluster, whose]
        if made and keep is not None:
            keep([(c, a, form, seq, made[c, a]) for c, a, seq, body in found if body is None])
        if len(found) < size:
            return
        after = found[-1][0]
        left = None if left is None else left - len(found)
        size = block


def keep_fragments(
    connection: Connection, rendered: list[tuple[str, str, str, int, bytes]]
) -> None:
    """Store fragments: (cluster, audience, format, seq, bytes)."""
    bulk.execute(
        connection,
        "INSERT INTO fragment (cluster, audience, format, seq, body) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (cluster, audience, format) DO UPDATE SET seq = excluded.seq, body = excluded.body",
        rendered,
    )


def _render(
    connection: Connection, wanted: set[tuple[str, str]], render: Callable[[Row], bytes]
) -> dict[tuple[str, str], bytes]:
    """(cluster, audience) of rows → what is made of them."""
    found = bulk.select(
        connection,
        f"SELECT {_COLUMNS} FROM entry e JOIN version v ON v.id = e.version "
        f"WHERE e.cluster IN {bulk.listed(connection, 'text')}",
        (bulk.listing(connection, sorted({cluster for cluster, _ in wanted})),),
    )
    rows = (row for row in map(_row, found) if (row.id, row.audience) in wanted)
    return {(row.id, row.audience): render(row) for row in rows}


def _search(
    view: str, audience: Audience, words: tuple[str, ...], level: str
) -> tuple[str, tuple[str, ...]]:
    where = f"{_GATHER} AND {shown(audience, 'e', 'l')}"
    values: list[str] = [view]
    if level:
        where += " AND l.level = ?"
        values.append(level)
    for word in words:
        where += " AND e.search LIKE ? ESCAPE '!'"
        escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values.append(f"%{escaped}%")
    return where, tuple(values)


def _row(row: bulk.Row) -> Row:
    cluster, seq, issued, modified, body, origins, level, coverage, audience, *there = row
    return Row(
        cluster,
        seq,
        issued,
        modified,
        bytes(body),
        tuple((s, i, u) for s, i, u in orjson.loads(origins)),
        level,
        tuple((c, h) for c, h, *_ in orjson.loads(coverage)),
        audience,
        *there,
    )
