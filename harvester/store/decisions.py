"""What people decided: an append-only log of words on pairs of records, and what it says of the records that are here now.

A decision names its records by source and local id, and keeps what they pointed at: so it outlives a record's absence and
return, another mapping, another database, and (by what the new record points at) another id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson
import structlog
from sqlalchemy import Connection, insert

from harvester.store import bulk
from harvester.store import tables as t
from harvester.store.engine import now
from harvester.store.records import SHOWN
from harvester.store.verdicts import Aside, Verdict, Word, implied, last_words
from harvester.store.verdicts import standing as followed

log = structlog.get_logger(__name__)

Name = tuple[str, str]
"""(source, local id)."""
NOBODY: Name = ("", "")
"""The other end of a word on one record."""
Pointers = tuple[Sequence[str], Sequence[str]]
Keys = tuple[Sequence[int], Sequence[int]]
"""What each end points at, as text and hashed as in `record_key`."""
POINTER = 2
"""`record_key.strength` of what tells alone which dataset a record is."""
_COLUMNS = (
    'id, at, "by", verdict, source_a, id_a, source_b, id_b, note, pointers_a, pointers_b, follows'
)


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the log. `b` is `NOBODY` where the word is on one record; pointers are text."""

    id: int
    at: str
    by: str
    verdict: Verdict
    a: Name
    b: Name
    note: str
    pointers_a: tuple[str, ...] = ()
    pointers_b: tuple[str, ...] = ()
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The record that a name stands for now. `by_name` is False where what it points at told."""

    record: int
    shown: bool
    access: str
    by_name: bool


@dataclass(slots=True)
class Log:
    """Some decisions, and the records that their ends stand for."""

    decisions: dict[int, Decision] = field(default_factory=dict)
    found: dict[Name, Found] = field(default_factory=dict)

    def node(self, name: Name) -> int | Name | None:
        """What `verdicts` calls an end: the record, or its name where there is none."""
        if name == NOBODY:
            return None
        known = self.found.get(name)
        return known.record if known else name

    def words(self) -> list[Word]:
        """The decisions as `verdicts` takes them."""
        return [
            Word(d.id, d.at, d.verdict, self.node(d.a), self.node(d.b))
            for d in self.decisions.values()
        ]


def write(
    connection: Connection,
    at: str,
    by: str,
    verdict: Verdict,
    a: Name,
    b: Name = NOBODY,
    note: str = "",
    pointers: Pointers = ((), ()),
    keys: Keys = ((), ()),
    follows: int | None = None,
) -> int:
    """Append a decision; its id."""
    made = connection.execute(
        insert(t.decision).values(
            at=at,
            by=by,
            verdict=verdict,
            source_a=a[0],
            id_a=a[1],
            source_b=b[0],
            id_b=b[1],
            note=note,
            pointers_a=orjson.dumps(list(pointers[0])).decode(),
            pointers_b=orjson.dumps(list(pointers[1])).decode(),
            follows=follows,
        )
    )
    [identifier] = cast(tuple[int], made.inserted_primary_key)
    bulk.insert(
        connection,
        t.decision_pointer,
        ("key", "decision", "end"),
        [(key, identifier, end) for end, its in zip("ab", keys, strict=True) for key in set(its)],
    )
    return identifier


def everything(connection: Connection) -> Log:
    """The whole log."""
    return _resolved(connection, _rows(connection, "ORDER BY id"))


def standing(connection: Connection, records: Sequence[int]) -> list[tuple[int, int, Verdict]]:
    """What people said of pairs with an end among `records`: (record, record, `same` | `different` | `part`).

    Of `part`, the first is a part of the second. Also what follows from words on records that are away; of words that
    contradict each other, the later ones are left out. One cheap question where nobody ever decided anything.
    """
    if not records or not _any(connection):
        return []
    log_ = connected(connection, records)
    if not log_.decisions:
        return []
    words, aside = followed(log_.words())
    for each in aside:
        log.warning("decision_set_aside", decision=each.word.id, against=[w.id for w in each.chain])
    here = {found.record for found in log_.found.values() if found.shown}
    away = {found.record for found in log_.found.values() if not found.shown}
    hidden = {found.record for found in log_.found.values() if found.access != "public"}
    wanted = set(records)
    return [
        (cast(int, a), cast(int, b), verdict)
        for a, b, verdict in implied(words, here, away - hidden)
        if a in wanted or b in wanted
    ]


def originals(connection: Connection, records: Sequence[int]) -> list[int]:
    """Those of `records` that people called the original, the last word first."""
    if not records or not _any(connection):
        return []
    log_ = connected(connection, records)
    wanted = set(records)
    said = [word.a for word in last_words(log_.words()) if word.verdict == "origin"]
    return [record for record in reversed(said) if isinstance(record, int) and record in wanted]


def set_aside(log_: Log) -> list[Aside]:
    """The words of a log that cannot be followed."""
    return followed(log_.words())[1]


def follow(connection: Connection, renamed: Iterable[tuple[str, str, str]]) -> int:
    """Records have other ids now, (source, old, new): repeat what was said of the old ones; how many words.

    Words that are said of the new one already stay alone.
    """
    new = {(source, old): (source, id_) for source, old, id_ in renamed}
    if not new or not _any(connection):
        return 0
    rows = _by_names(connection, [*new, *new.values()])
    known = {frozenset([d.a, d.b]) for d in rows.values()}
    keys: dict[tuple[int, str], list[int]] = {}
    for decision_id, end, key in bulk.select(
        connection,
        'SELECT decision, "end", key FROM decision_pointer WHERE decision IN '
        + bulk.listed(connection, "bigint"),
        (bulk.listing(connection, list(rows)),),
    ):
        keys.setdefault((decision_id, end), []).append(key)
    count, at = 0, now()
    for word in last_words(Log(rows).words()):
        decision = rows[word.id]
        a, b = new.get(decision.a, decision.a), new.get(decision.b, decision.b)
        if (a, b) == (decision.a, decision.b) or a == b or frozenset([a, b]) in known:
            continue
        write(
            connection,
            at,
            decision.by,
            decision.verdict,
            a,
            b,
            decision.note,
            (decision.pointers_a, decision.pointers_b),
            (keys.get((decision.id, "a"), ()), keys.get((decision.id, "b"), ())),
            decision.id,
        )
        count += 1
    return count


def connected(connection: Connection, records: Sequence[int]) -> Log:
    """All decisions that hang together with some records, over whatever other records."""
    made = Log()
    names = _names(connection, records)
    ahead_names: set[Name] = set(names.values())
    ahead_records: set[int] = set(records)
    seen_names: set[Name] = set()
    seen_records: set[int] = set()
    while ahead_names or ahead_records:
        rows = _by_names(connection, ahead_names)
        rows |= _by_pointers(connection, ahead_records)
        seen_names |= ahead_names
        seen_records |= ahead_records
        fresh = {key: row for key, row in rows.items() if key not in made.decisions}
        made.decisions |= fresh
        ends = {end for row in fresh.values() for end in (row.a, row.b)} - {NOBODY}
        made.found |= _found(connection, ends, made.decisions.values())
        ahead_names = ends - seen_names
        ahead_records = {made.found[end].record for end in ends if end in made.found} - seen_records
        ahead_names |= set(_names(connection, sorted(ahead_records)).values()) - seen_names
    return made


def resolve(connection: Connection, name: Name) -> Found | None:
    """The record of a name, by what it was decided with where it is not here."""
    return _found(connection, {name}, _by_names(connection, [name]).values()).get(name)


def _any(connection: Connection) -> bool:
    return bool(bulk.select(connection, "SELECT 1 FROM decision LIMIT 1"))


def _rows(connection: Connection, rest: str, values: Sequence[object] = ()) -> dict[int, Decision]:
    return {
        row[0]: Decision(
            row[0],
            row[1],
            row[2],
            row[3],
            (row[4], row[5]),
            (row[6], row[7]),
            row[8],
            tuple(orjson.loads(row[9])),
            tuple(orjson.loads(row[10])),
            row[11],
        )
        for row in bulk.select(connection, f"SELECT {_COLUMNS} FROM decision {rest}", values)
    }


def _resolved(connection: Connection, rows: dict[int, Decision]) -> Log:
    ends = {end for row in rows.values() for end in (row.a, row.b)} - {NOBODY}
    return Log(rows, _found(connection, ends, rows.values()))


def _by_names(connection: Connection, names: Iterable[Name]) -> dict[int, Decision]:
    wanted = set(names)
    if not wanted:
        return {}
    listed = bulk.listed(connection, "text")
    ids = bulk.listing(connection, sorted({local_id for _, local_id in wanted}))
    rows = _rows(connection, f"WHERE id_a IN {listed}", (ids,))
    rows |= _rows(connection, f"WHERE id_b IN {listed}", (ids,))
    return {key: row for key, row in rows.items() if row.a in wanted or row.b in wanted}


def _by_pointers(connection: Connection, records: Iterable[int]) -> dict[int, Decision]:
    """Decisions on records of the same source that pointed at what these point at."""
    wanted = sorted(records)
    if not wanted:
        return {}
    found: list[tuple[int, str, str]] = bulk.select(
        connection,
        'SELECT p.decision, p."end", r.source FROM record r '
        "JOIN record_key k ON k.record = r.id "
        "JOIN decision_pointer p ON p.key = k.key "
        f"WHERE r.id IN {bulk.listed(connection, 'bigint')} AND k.strength = {POINTER}",
        (bulk.listing(connection, wanted),),
    )
    rows = _by_ids(connection, {decision for decision, _, _ in found})
    return {
        decision: rows[decision]
        for decision, end, source in found
        if (rows[decision].a if end == "a" else rows[decision].b)[0] == source
    }


def _by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Decision]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    listed = bulk.listed(connection, "bigint")
    return _rows(connection, f"WHERE id IN {listed}", (bulk.listing(connection, wanted),))


def _names(connection: Connection, records: Sequence[int]) -> dict[int, Name]:
    if not records:
        return {}
    return {
        record: (source, local_id)
        for record, source, local_id in bulk.select(
            connection,
            "SELECT id, source, local_id FROM record WHERE id IN "
            + bulk.listed(connection, "bigint"),
            (bulk.listing(connection, list(records)),),
        )
    }


def _found(
    connection: Connection, names: Iterable[Name], decisions: Iterable[Decision]
) -> dict[Name, Found]:
    """Name → its record: the one called so where it is shown, else the only one of the source that points at the same."""
    wanted: dict[str, set[str]] = {}
    for source, local_id in names:
        wanted.setdefault(source, set()).add(local_id)
    found: dict[Name, Found] = {}
    for source, ids in wanted.items():
        for record, local_id, state, access in bulk.select(
            connection,
            "SELECT r.id, r.local_id, r.state, v.access FROM record r "
            "JOIN version v ON v.id = r.version WHERE r.source = ? AND r.local_id IN "
            + bulk.listed(connection, "text"),
            (source, bulk.listing(connection, sorted(ids))),
        ):
            found[source, local_id] = Found(record, state in SHOWN, access, by_name=True)
    away = {
        (source, local_id)
        for source, ids in wanted.items()
        for local_id in ids
        if (source, local_id) not in found or not found[source, local_id].shown
    }
    if away:
        found |= _pointed(connection, away, list(decisions))
    return found


def _pointed(
    connection: Connection, away: set[Name], decisions: Sequence[Decision]
) -> dict[Name, Found]:
    ends: dict[tuple[int, str], Name] = {}
    mates: dict[Name, set[Name]] = {}
    for decision in decisions:
        for end, name, other in (("a", decision.a, decision.b), ("b", decision.b, decision.a)):
            if name in away:
                ends[decision.id, end] = name
                mates.setdefault(name, set()).add(other)
    candidates: dict[Name, dict[int, Found]] = {}
    listed = bulk.listed(connection, "bigint")
    states = ", ".join(f"'{state}'" for state in SHOWN)
    for decision_id, end, record, source, local_id, access in bulk.select(
        connection,
        'SELECT p.decision, p."end", r.id, r.source, r.local_id, v.access FROM decision_pointer p '
        f"JOIN record_key k ON k.key = p.key AND k.strength = {POINTER} "
        "JOIN record r ON r.id = k.record JOIN version v ON v.id = r.version "
        f"WHERE p.decision IN {listed} AND r.state IN ({states})",
        (bulk.listing(connection, sorted({decision_id for decision_id, _ in ends})),),
    ):
        absent = ends.get((decision_id, end))
        # What a word puts beside a record is another record, whatever both point at.
        if absent is None or absent[0] != source or (source, local_id) in mates[absent]:
            continue
        candidates.setdefault(absent, {})[record] = Found(record, True, access, by_name=False)
    return {name: next(iter(its.values())) for name, its in candidates.items() if len(its) == 1}


def iterate(log_: Log) -> Iterator[tuple[Decision, Found | None, Found | None]]:
    """Decisions in the order they were said, with the records of their ends."""
    for decision in sorted(log_.decisions.values(), key=lambda d: (d.at, d.id)):
        yield decision, log_.found.get(decision.a), log_.found.get(decision.b)
