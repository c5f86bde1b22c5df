"""What sources have in common: of records that are not stored yet, by their keys; of all that is stored, by cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from harvester.store import bulk
from harvester.store.candidates import HINT_LIMIT, POINTER_LIMIT

_SHOWN = "('published', 'missing', 'quarantined')"


def holders(
    connection: Connection, keys: Sequence[int]
) -> dict[int, list[tuple[int, str, str, int]]]:
    """Key → the records that readers see with it: (record, source, title, strength).

    A key that too many share is nobody's identity, as in `candidates`.
    """
    found: dict[int, list[tuple[int, str, str, int]]] = {}
    counted = bulk.select(
        connection,
        f"SELECT key FROM record_key WHERE key IN {bulk.listed(connection, 'bigint')} "
        f"GROUP BY key HAVING count(*) <= {POINTER_LIMIT}",
        (bulk.listing(connection, sorted(set(keys))),),
    )
    for key, record, source, title, strength in bulk.select(
        connection,
        "SELECT k.key, r.id, r.source, v.title, k.strength FROM record_key k "
        "JOIN version v ON v.id = k.version JOIN record r ON r.id = v.record AND r.version = v.id "
        f"WHERE k.key IN {bulk.listed(connection, 'bigint')} AND r.state IN {_SHOWN}",
        (bulk.listing(connection, [row[0] for row in counted]),),
    ):
        found.setdefault(key, []).append((record, source, title, strength))
    return {
        key: [row for row in rows if len(rows) <= HINT_LIMIT or row[3] > 1]
        for key, rows in found.items()
    }


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
