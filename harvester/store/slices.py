"""A commune's rows of larger datasets: what was proved of them, when, and what is due again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from harvester.store import bulk
from harvester.store import tables as t


@dataclass(frozen=True, slots=True)
class StoredSlice:
    """A row of the slice table, in its columns' order. `parts` is JSON; `territory` "" is the parent's own row."""

    parent: str
    territory: str
    id: str | None
    state: str
    code: str
    told: str
    parts: str
    rows: int
    total: int
    proved: str | None
    checked: str
    due: str
    failures: int
    seen: bytes | None = None
    basis: bytes | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry: whether a city would have a slice of it, and whether it is due, is for the caller to say. `coverage` is JSON."""

    cluster: str
    audience: str
    coverage: str
    digest: bytes
    title: str


@dataclass(frozen=True, slots=True)
class Parent:
    """What an audience sees of a parent. `body` and `origins` are JSON."""

    cluster: str
    audience: str
    version: int
    body: bytes
    origins: str
    title: str
    search: str
    digest: bytes
    coverage: str


_COLUMNS = tuple(StoredSlice.__dataclass_fields__)
_NAMES = ", ".join(f's."{name}"' for name in _COLUMNS)


def candidates(connection: Connection) -> dict[str, list[Candidate]]:
    """Cluster → what each audience sees of it, of all that is no slice itself."""
    found: dict[str, list[Candidate]] = {}
    for row in bulk.select(
        connection,
        "SELECT e.cluster, e.audience, e.coverage, e.digest, e.title FROM entry e "
        "WHERE NOT EXISTS (SELECT 1 FROM slice s WHERE s.id = e.cluster) "
        "ORDER BY e.cluster, e.audience DESC",
    ):
        found.setdefault(row[0], []).append(
            Candidate(row[0], row[1], row[2], bytes(row[3]), row[4])
        )
    return found


def surveys(connection: Connection) -> dict[str, StoredSlice]:
    """Parent → what is known of it."""
    return {row.parent: row for row in _rows(connection, "FROM slice s WHERE s.territory = ''", ())}


def of_parents(connection: Connection, parents: Sequence[str]) -> list[StoredSlice]:
    """The slices of some datasets, without the parents' own rows."""
    return _rows(
        connection,
        f"FROM slice s WHERE s.territory <> '' AND s.parent IN {bulk.listed(connection, 'text')} "
        "ORDER BY s.parent, s.territory",
        (bulk.listing(connection, parents),),
    )


def named(connection: Connection, name: str) -> list[StoredSlice]:
    """What is known of a dataset, by its own id or by that of one of its slices."""
    return _rows(
        connection,
        "FROM slice s WHERE s.parent = ? OR s.parent IN (SELECT parent FROM slice WHERE id = ?) "
        "ORDER BY s.territory",
        (name, name),
    )


def everything(connection: Connection) -> list[tuple[StoredSlice, str]]:
    """(row, the parent's title as its widest audience reads it), the newest proofs first; parents' own rows last."""
    titles = dict(
        bulk.select(
            connection,
            "SELECT cluster, title FROM entry WHERE cluster IN (SELECT parent FROM slice) "
            "ORDER BY audience DESC",
        )
    )
    found = _rows(connection, "FROM slice s ORDER BY s.territory = '', s.parent, s.territory", ())
    return [(row, titles.get(row.parent, "")) for row in found]


def parents(connection: Connection, clusters: Sequence[str]) -> list[Parent]:
    """What each audience sees of some datasets."""
    return [
        Parent(
            cluster, audience, version, bytes(body), origins, title, search, bytes(digest), coverage
        )
        for cluster, audience, version, body, origins, title, search, digest, coverage in bulk.select(
            connection,
            "SELECT e.cluster, e.audience, e.version, coalesce(e.body, v.entry), e.origins, e.title, "
            "e.search, e.digest, e.coverage FROM entry e JOIN version v ON v.id = e.version "
            f"WHERE e.cluster IN {bulk.listed(connection, 'text')} ORDER BY e.cluster, e.audience DESC",
            (bulk.listing(connection, clusters),),
        )
    ]


def shown_parents(connection: Connection) -> list[str]:
    """The datasets that have, or had, slices."""
    return [
        row[0]
        for row in bulk.select(
            connection, "SELECT DISTINCT parent FROM slice WHERE territory <> '' ORDER BY parent"
        )
    ]


def write(connection: Connection, rows: Iterable[StoredSlice]) -> None:
    """Replace what is known of (parent, territory)."""
    new = list(rows)
    bulk.execute(
        connection,
        "DELETE FROM slice WHERE parent = ? AND territory = ?",
        [(row.parent, row.territory) for row in new],
    )
    bulk.insert(
        connection,
        t.slice_,
        _COLUMNS,
        [tuple(getattr(row, name) for name in _COLUMNS) for row in new],
    )


def note_seen(connection: Connection, seen: Iterable[tuple[bytes, str]]) -> None:
    """(digest, parent): the entry says something else, and nothing that matters here."""
    bulk.execute(
        connection, "UPDATE slice SET seen = ? WHERE parent = ? AND territory = ''", list(seen)
    )


def counts(connection: Connection) -> dict[str, int]:
    """State → how many slices, for metrics."""
    return {
        state: int(count)
        for state, count in bulk.select(
            connection, "SELECT state, count(*) FROM slice WHERE territory <> '' GROUP BY state"
        )
    }


def _rows(connection: Connection, rest: str, values: tuple[object, ...]) -> list[StoredSlice]:
    found = []
    for row in bulk.select(connection, f"SELECT {_NAMES} {rest}", values):
        known = dict(zip(_COLUMNS, row, strict=True))
        known["seen"], known["basis"] = _bytes(known["seen"]), _bytes(known["basis"])
        found.append(StoredSlice(**known))
    return found


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
