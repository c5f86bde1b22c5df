"""Which records share a key: all that linking ever compares.

Public records are counted and paired among themselves as if there were no others, so that what readers see never
depends on what they may not see. Private records are for nobody: they are paired with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from harvester.store import bulk

HINT_LIMIT = 12
"""A key that more records share than this is a page of many datasets: it hints at nothing."""

POINTER_LIMIT = 200
"""A pointer is believed alone, so that any number of portals may show one dataset; past this it is a constant."""

_SHOWN = "r.state IN ('published', 'missing', 'quarantined')"
_HOLDERS = (
    "FROM record_key k JOIN version v ON v.id = k.version "
    "JOIN record r ON r.id = v.record AND r.version = k.version"
)
_POINTER = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that share a key; `strength` is the weaker end's, `public` whether both are."""

    a: int
    b: int
    strength: int
    public: bool


@dataclass(frozen=True, slots=True)
class _Tally:
    """How many records share a key: all and with it as a pointer, public ones and not private ones."""

    public: int
    public_pointers: int
    open: int
    open_pointers: int

    def admits(self, strength: int, *, public: bool) -> bool:
        among, pointers = (
            (self.public, self.public_pointers) if public else (self.open, self.open_pointers)
        )
        return among <= HINT_LIMIT or (strength == _POINTER and pointers <= POINTER_LIMIT)

    def hopeless(self) -> bool:
        return not (self.admits(_POINTER, public=True) or self.admits(_POINTER, public=False))


def candidates(
    connection: Connection, records: Sequence[int], common: set[int]
) -> dict[tuple[int, int], Pair]:
    """Pairs with an end among `records` that share a key, each at its best strength.

    `common` remembers, for the calls of one transaction, the keys that too many share. Several questions rather
    than one join: planners without statistics of what a run has just written get it wrong by orders of magnitude.
    """
    own: list[tuple[int, int, int, str]] = bulk.select(
        connection,
        "SELECT k.key, r.id, k.strength, v.access FROM record r "
        "JOIN version v ON v.id = r.version JOIN record_key k ON k.version = r.version "
        f"WHERE r.id IN {bulk.listed(connection, 'bigint')} AND {_SHOWN} "
        "AND v.access <> 'private'",
        (bulk.listing(connection, records),),
    )
    holders = _holders(connection, sorted({row[0] for row in own} - common), common)
    found: dict[tuple[int, int], Pair] = {}
    for key, record, strength, access in own:
        tally, those = holders.get(key, (None, ()))
        for other, theirs, seen in those:
            public = access == seen == "public"
            weaker = min(strength, theirs)
            if other == record or tally is None or not tally.admits(weaker, public=public):
                continue
            pair = (record, other) if record < other else (other, record)
            known = found.get(pair)
            if known is None or known.strength < weaker:
                found[pair] = Pair(*pair, weaker, public)
    return found


_Holder = tuple[int, int, str]


def _holders(
    connection: Connection, keys: list[int], common: set[int]
) -> dict[int, tuple[_Tally, list[_Holder]]]:
    """Key → how many share it, and who: (record, strength, access)."""
    listed = bulk.listed(connection, "bigint")
    few: list[int] = []
    many: list[int] = []
    for key, count in bulk.select(
        connection,
        f"SELECT key, count(*) FROM record_key WHERE key IN {listed} "
        "GROUP BY key HAVING count(*) > 1",
        (bulk.listing(connection, keys),),
    ):
        (few if count <= POINTER_LIMIT else many).append(key)
    tallies = _tallies(connection, many) if many else {}
    common.update(key for key in many if key not in tallies or tallies[key].hopeless())
    everyone = [*few, *(k for k, t in tallies.items() if t.admits(_POINTER, public=False))]
    rest = [k for k in tallies if k not in common and k not in set(everyone)]
    among: dict[int, list[_Holder]] = {}
    for some, whose in ((everyone, "v.access <> 'private'"), (rest, "v.access = 'public'")):
        if not some:
            continue
        for key, record, strength, access in bulk.select(
            connection,
            f"SELECT k.key, r.id, k.strength, v.access {_HOLDERS} "
            f"WHERE k.key IN {listed} AND {_SHOWN} AND {whose}",
            (bulk.listing(connection, some),),
        ):
            among.setdefault(key, []).append((record, strength, access))
    return {key: (tallies.get(key) or _tally(those), those) for key, those in among.items()}


def _tally(holders: list[_Holder]) -> _Tally:
    public = [strength for _, strength, access in holders if access == "public"]
    return _Tally(
        len(public),
        public.count(_POINTER),
        len(holders),
        sum(strength == _POINTER for _, strength, _ in holders),
    )


def _tallies(connection: Connection, keys: list[int]) -> dict[int, _Tally]:
    """The same for keys that so many share that nobody wants to see them all."""
    pointer = f"CASE WHEN k.strength = {_POINTER} THEN 1 ELSE 0 END"
    public = "CASE WHEN v.access = 'public' THEN 1 ELSE 0 END"
    return {
        row[0]: _Tally(*map(int, row[1:]))
        for row in bulk.select(
            connection,
            f"SELECT k.key, sum({public}), sum({public} * {pointer}), count(*), sum({pointer}) "
            f"{_HOLDERS} WHERE k.key IN {bulk.listed(connection, 'bigint')} AND {_SHOWN} "
            "AND v.access <> 'private' GROUP BY k.key",
            (bulk.listing(connection, keys),),
        )
    }
