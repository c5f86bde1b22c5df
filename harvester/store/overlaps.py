"""What sources have in common, by cluster."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from harvester.store import bulk

_SHOWN = "('published', 'missing', 'quarantined')"


def shared(connection: Connection) -> list[tuple[str, str, int]]:
    """(source, other source, the first one's records that are one dataset with one of the other's)."""
    return bulk.select(
        connection,
        "SELECT a.source, b.source, count(DISTINCT a.id) FROM record a "
        "JOIN record b ON b.cluster = a.cluster AND b.source <> a.source "
        f"WHERE a.state IN {_SHOWN} AND b.state IN {_SHOWN} "
        "GROUP BY a.source, b.source ORDER BY a.source, 3 DESC, b.source",
    )


def shown(connection: Connection) -> dict[str, int]:
    """Source → how many records of it readers see."""
    return dict(
        bulk.select(
            connection,
            f"SELECT source, count(*) FROM record WHERE state IN {_SHOWN} GROUP BY source",
        )
    )


def with_problem(connection: Connection, code: str) -> dict[str, int]:
    """Source → how many of its records a problem of this code is said of."""
    return dict(
        bulk.select(
            connection,
            "SELECT source, count(*) FROM problem WHERE code = ? AND record IS NOT NULL "
            "GROUP BY source",
            (code,),
        )
    )


def entries(connection: Connection, size: int = 1_000) -> Iterator[tuple[str, bytes]]:
    """(source, entry's JSON) of every record that readers see, a block at a time."""
    after = -1
    while True:
        block = bulk.select(
            connection,
            "SELECT r.id, r.source, v.entry FROM record r JOIN version v ON v.id = r.version "
            f"WHERE r.id > ? AND r.state IN {_SHOWN} AND v.entry IS NOT NULL "
            "ORDER BY r.id LIMIT ?",
            (after, size),
        )
        for _, source, entry in block:
            yield source, bytes(entry)
        if len(block) < size:
            return
        after = block[-1][0]
