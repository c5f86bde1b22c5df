"""What linking keeps: profiles of records, the keys that find candidates, weighed links, and how common everything is.

Only records that somebody may see are here. Public records are counted among themselves as if there were no others, so that what
readers see never depends on what they may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import zstandard
from sqlalchemy import Connection, delete, select

from harvester.store import bulk
from harvester.store import tables as t
from harvester.store.engine import now

_SHOWN = "r.state IN ('published', 'missing', 'quarantined') AND v.access <> 'private'"
_FROM = "FROM record r JOIN version v ON v.id = r.version"


class Compared(NamedTuple):
    """A record as it is compared. `reader` and `body` are empty where no profile was kept."""

    record: int
    version: int
    source: str
    local_id: str
    public: bool
    reader: bytes
    body: bytes


class Key(NamedTuple):
    """A row of `record_key`."""

    record: int
    key: int
    finer: int
    strength: int
    public: int
    portal: int


class Tally(NamedTuple):
    """How many records share a key: public ones, all; `alone`: one portal holds them all and shows nothing twice."""

    public: int
    all: int
    alone: bool


Column = Literal["key", "finer"]


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A row of the link table, a < b; in the zone `part` a is a part of b."""

    a: int
    b: int
    bits: float
    zone: str
    public: bool


def compared(connection: Connection, records: Sequence[int]) -> list[Compared]:
    """Those of `records` that somebody may see, as they are compared."""
    return [
        Compared(record, version, source, local_id, access == "public", reader or b"", body or b"")
        for record, version, source, local_id, access, reader, body in bulk.select(
            connection,
            "SELECT r.id, r.version, r.source, r.local_id, v.access, p.reader, p.body "
            f"{_FROM} LEFT JOIN profile p ON p.version = r.version "
            f"WHERE r.id IN {bulk.listed(connection, 'bigint')} AND {_SHOWN} ORDER BY r.id",
            (bulk.listing(connection, records),),
        )
    ]


def entries(connection: Connection, versions: Sequence[int]) -> dict[int, bytes]:
    """Version → its entry's JSON."""
    return dict(
        bulk.select(
            connection,
            f"SELECT id, entry FROM version WHERE id IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, versions),),
        )
    )


def shown(connection: Connection, size: int) -> Iterator[list[int]]:
    """All records that somebody may see, a block at a time."""
    after = -1
    while True:
        block = [
            row[0]
            for row in bulk.select(
                connection,
                f"SELECT r.id {_FROM} WHERE r.id > ? AND {_SHOWN} ORDER BY r.id LIMIT ?",
                (after, size),
            )
        ]
        if block:
            yield block
        if len(block) < size:
            return
        after = block[-1]


def keep_profiles(connection: Connection, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
    """(version, reader, body), in the place of what was kept of the version."""
    bulk.execute(connection, "DELETE FROM profile WHERE version = ?", [(row[0],) for row in rows])
    bulk.insert(connection, t.profile, ("version", "reader", "body"), rows)


def linked(connection: Connection, records: Sequence[int]) -> dict[int, tuple[bool, bytes]]:
    """Record → (whether it was public, hash of its profile) when it was last compared."""
    return {
        record: (bool(public), bytes(profile))
        for record, public, profile in bulk.select(
            connection,
            "SELECT record, public, profile FROM linked "
            f"WHERE record IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, records),),
        )
    }


def keys(connection: Connection, records: Sequence[int]) -> list[Key]:
    """The keys that some records are found by."""
    return [
        Key(*row)
        for row in bulk.select(
            connection,
            "SELECT record, key, finer, strength, public, portal FROM record_key "
            f"WHERE record IN {bulk.listed(connection, 'bigint')}",
            (bulk.listing(connection, records),),
        )
    ]


def relink(
    connection: Connection,
    gone: Sequence[int],
    present: Sequence[tuple[int, bool, bytes]],
    rows: Sequence[Key],
) -> None:
    """Forget how `gone` and `present` were compared; `present` (record, public, hash) are by these keys from now on."""
    records = [(record,) for record in gone] + [(record,) for record, _, _ in present]
    bulk.execute(connection, "DELETE FROM linked WHERE record = ?", records)
    bulk.execute(connection, "DELETE FROM record_key WHERE record = ?", records)
    bulk.insert(
        connection,
        t.linked,
        ("record", "public", "profile"),
        [(record, int(public), profile) for record, public, profile in present],
    )
    bulk.insert(
        connection,
        t.record_key,
        ("record", "key", "finer", "strength", "public", "portal"),
        rows,
    )


def tallies(
    connection: Connection, column: Column, values: Sequence[int], least: int = 2
) -> dict[int, Tally]:
    """Key → how many share it, for those that at least so many records have."""
    return {
        key: Tally(public, count, least > 1 and low == high != 0)
        for key, public, count, low, high in bulk.select(
            connection,
            f"SELECT {column}, sum(public), count(*), min(portal), max(portal) FROM record_key "
            f"WHERE {column} IN {bulk.listed(connection, 'bigint')} "
            f"GROUP BY {column} HAVING count(*) >= {least}",
            (bulk.listing(connection, values),),
        )
    }


def holders(
    connection: Connection,
    column: Column,
    values: Sequence[int],
    *,
    public: bool = False,
    strength: int = 0,
) -> Iterator[tuple[int, int, int, int]]:
    """(key, record, whether public, portal) of those who share some keys; `public`: only of public ones, `strength`:
    of those who have it so."""
    if values:
        yield from bulk.select(
            connection,
            f"SELECT {column}, record, public, portal FROM record_key "
            f"WHERE {column} IN {bulk.listed(connection, 'bigint')}{' AND public = 1' if public else ''}"
            f"{f' AND strength = {int(strength)}' if strength else ''}",
            (bulk.listing(connection, values),),
        )


def pointers(connection: Connection, records: Sequence[int]) -> list[tuple[int, int]]:
    """(record, pointer) of some records."""
    return [
        (record, key)
        for record, key in bulk.select(
            connection,
            "SELECT record, key FROM record_key "
            f"WHERE record IN {bulk.listed(connection, 'bigint')} AND strength = 2",
            (bulk.listing(connection, records),),
        )
    ]


def links_of(
    connection: Connection, records: Sequence[int], *, public: bool = False, zone: str = ""
) -> list[StoredLink]:
    """Links with at least one end among `records`; `public`: between public ones, `zone`: in one zone only."""
    if not records:
        return []
    listed, values = bulk.listed(connection, "bigint"), bulk.listing(connection, records)
    more = f"{' AND public = 1' if public else ''}{' AND zone = ?' if zone else ''}"
    given = (values, zone) if zone else (values,)
    rows = {
        (row[0], row[1]): row
        for end in ("a", "b")
        for row in bulk.select(
            connection,
            f"SELECT a, b, bits, zone, public FROM link WHERE {end} IN {listed}{more}",
            given,
        )
    }
    return [StoredLink(a, b, bits, where, bool(both)) for a, b, bits, where, both in rows.values()]


def forget_links(connection: Connection, records: Sequence[int]) -> None:
    """Forget every link of some records."""
    bulk.execute(connection, "DELETE FROM link WHERE a = ?", [(record,) for record in records])
    bulk.execute(connection, "DELETE FROM link WHERE b = ?", [(record,) for record in records])


def add_links(connection: Connection, links: Iterable[StoredLink]) -> None:
    """Keep links that are known to be new."""
    bulk.insert(
        connection,
        t.link,
        ("a", "b", "bits", "zone", "public"),
        [(x.a, x.b, x.bits, x.zone, int(x.public)) for x in links],
    )


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """The survey in use. `records`: how many public ones it counted."""

    id: int
    records: int


def survey(connection: Connection) -> StoredSurvey | None:
    """Which survey is in use; None before the first."""
    row = connection.execute(
        select(t.survey.c.id, t.survey.c.records).order_by(t.survey.c.id.desc()).limit(1)
    ).first()
    return StoredSurvey(*row) if row else None


def survey_body(connection: Connection, identifier: int) -> bytes:
    """A survey as it was packed."""
    body = connection.execute(
        select(t.survey.c.body).where(t.survey.c.id == identifier)
    ).scalar_one()
    return zstandard.ZstdDecompressor().decompress(body)


def keep_survey(connection: Connection, records: int, body: bytes) -> StoredSurvey:
    """Use this survey from now on; the one before is kept no longer."""
    connection.execute(delete(t.survey))
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    connection.execute(t.survey.insert().values(at=now(), records=records, body=packed))
    kept = survey(connection)
    if kept is None:
        raise LookupError("a survey that was just written is not there")
    return kept


def count_shown_public(connection: Connection) -> int:
    """How many public records readers see."""
    return int(
        bulk.select(
            connection,
            f"SELECT count(*) {_FROM} WHERE {_SHOWN} AND v.access = 'public'",
        )[0][0]
    )


def kinds(connection: Connection) -> dict[str, int]:
    """How many links there are by zone; `pointer`: how many pointers several records share."""
    shared = bulk.select(
        connection,
        "SELECT count(*) FROM (SELECT key FROM record_key WHERE strength = 2 "
        "GROUP BY key HAVING count(*) > 1) AS shared",
    )
    zones = bulk.select(connection, "SELECT zone, count(*) FROM link GROUP BY zone")
    return {**dict(zones), "pointer": int(shared[0][0])}


def largest(connection: Connection) -> int:
    """The records of the entry that has most."""
    found = bulk.select(
        connection,
        "SELECT max(n) FROM (SELECT count(*) AS n FROM linked l JOIN record r ON r.id = l.record "
        "GROUP BY r.cluster) AS sizes",
    )
    return int(found[0][0] or 0)


def tell_planner(connection: Connection) -> None:
    """After many keys were written: have PostgreSQL look at what is there now, also within this transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE record_key (record, key, finer), linked (record)")


def any_hidden(connection: Connection) -> bool:
    """Whether any record that only agents see is compared."""
    return bool(bulk.select(connection, "SELECT 1 FROM linked WHERE public = 0 LIMIT 1"))
