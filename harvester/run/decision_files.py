"""Decisions as a table (CSV), to carry them to another database, to keep a copy, or to bring in many at once."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, cast

import orjson

from harvester.errors import ConfigurationError
from harvester.link.blocks import pointer_hash
from harvester.run.clusters import Clusters
from harvester.run.decide import attributed, pointers_of
from harvester.store import Connection, Store, decisions, now
from harvester.store import entries as listed
from harvester.store.decisions import NOBODY, Decision, Log, Name
from harvester.store.verdicts import VERDICTS, Verdict

COLUMNS = (
    "at",
    "by",
    "verdict",
    "source_a",
    "id_a",
    "source_b",
    "id_b",
    "note",
    "pointers_a",
    "pointers_b",
)
NEEDED = ("verdict", "source_a", "id_a", "source_b", "id_b")
_ALSO: dict[str, Verdict] = {"confirm": "same", "reject": "different", "part-of": "part"}
_FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Line:
    """A row that can be taken as a decision; `number` is its line. What the file does not say is empty."""

    number: int
    at: str
    by: str
    verdict: Verdict
    a: Name
    b: Name
    note: str
    pointers: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of bringing in a table: decisions written, those known already, those on records that are not here
    (they wait for them), and, in French, those that contradict others and are set aside."""

    written: int
    known: int
    waiting: int
    aside: tuple[str, ...]


def write(connection: Connection, stream: IO[str]) -> int:
    """Write the whole log, in the order it was said; how many lines."""
    rows = csv.writer(stream)
    rows.writerow(COLUMNS)
    log = decisions.everything(connection)
    rows.writerows(
        (
            decision.at,
            _harmless(decision.by),
            decision.verdict,
            *decision.a,
            *decision.b,
            _harmless(decision.note),
            orjson.dumps(decision.pointers_a).decode(),
            orjson.dumps(decision.pointers_b).decode(),
        )
        for decision, _, _ in decisions.iterate(log)
    )
    return len(log.decisions)


def read(stream: IO[str], name: str) -> list[Line]:
    """The lines of a table with the columns of `write`, separated by comma or semicolon; only `NEEDED` ones must be there.

    Raises ConfigurationError with every fault, as `file:line: what`.
    """
    first = stream.readline().lstrip("\ufeff")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    columns = [
        column.strip().lower() for column in next(csv.reader([first], delimiter=delimiter), [])
    ]
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise ConfigurationError(
            f"{name}:1: colonnes absentes : {', '.join(missing)} ; attendues : {', '.join(COLUMNS)}"
        )
    faults: list[str] = []
    lines: list[Line] = []
    reader = csv.DictReader(stream, columns, delimiter=delimiter)
    for row in reader:
        number = reader.line_num + 1
        values = {column: (row.get(column) or "").strip() for column in COLUMNS}
        if not any(values.values()):
            continue
        found = list(_faults(values))
        faults += [f"{name}:{number}: {fault}" for fault in found]
        if not found:
            lines.append(_line(number, values))
    if faults:
        raise ConfigurationError("\n".join(faults))
    return lines


def bring(store: Store, clusters: Clusters, lines: list[Line], by: str) -> Brought:
    """Append the lines that are not in the log yet, and link anew what they concern; all of it or nothing.

    A line without an instant is said now, one without a name by `by`.
    """
    with store.write() as connection:
        listed.take_turn(connection)
        at = now()
        kept = decisions.everything(connection)
        known = {_identity(d) for d in kept.decisions.values()}
        written: set[int] = set()
        for line in lines:
            said = Decision(
                0, line.at or at, line.by or by, line.verdict, line.a, line.b, line.note
            )
            if _identity(said) in known:
                continue
            known.add(_identity(said))
            texts = [
                _pointers(connection, clusters, name, its)
                for name, its in zip((line.a, line.b), line.pointers, strict=True)
            ]
            written.add(
                decisions.write(
                    connection,
                    said.at,
                    said.by,
                    said.verdict,
                    said.a,
                    said.b,
                    said.note,
                    (texts[0], texts[1]),
                    (
                        [pointer_hash(text) for text in texts[0]],
                        [pointer_hash(text) for text in texts[1]],
                    ),
                )
            )
        log = decisions.everything(connection)
        ends = {end for key in written for end in (log.decisions[key].a, log.decisions[key].b)}
        touched = sorted({log.found[end].record for end in ends if end in log.found})
        clusters.update(connection, touched, None, at)
        return Brought(
            len(written),
            len(lines) - len(written),
            sum(_waits(log, log.decisions[key]) for key in written),
            tuple(aside(log)),
        )


def aside(log: Log) -> Iterator[str]:
    """In French, every word that is set aside because earlier ones contradict it."""
    for each in decisions.set_aside(log):
        chain = " ; ".join(attributed(log.decisions[word.id]) for word in each.chain)
        yield f"{attributed(log.decisions[each.word.id])} : contredit par {chain}"


def _faults(values: dict[str, str]) -> Iterator[str]:
    verdict = _ALSO.get(values["verdict"], values["verdict"])
    if verdict not in VERDICTS:
        yield f"verdict inconnu : {values['verdict']!r} ; attendus : {', '.join(VERDICTS)}"
    for end in ("a", "b"):
        alone = end == "b" and verdict in ("origin", "undone")
        if not (values[f"source_{end}"] and values[f"id_{end}"]) and not (
            alone and not values["source_b"] and not values["id_b"]
        ):
            yield f"source_{end} et id_{end} sont nécessaires"
        if not _is_list(values[f"pointers_{end}"]):
            yield f"pointers_{end} n’est pas une liste JSON de textes"
    if (values["source_a"], values["id_a"]) == (values["source_b"], values["id_b"]):
        yield "les deux fiches sont la même"
    if values["at"] and _instant(values["at"]) is None:
        yield f"at n’est pas une date : {values['at']!r} (attendu : 2026-05-01T03:10:00Z)"


def _line(number: int, values: dict[str, str]) -> Line:
    lists = [tuple(orjson.loads(values[f"pointers_{end}"] or "[]")) for end in ("a", "b")]
    b = (values["source_b"], values["id_b"])
    return Line(
        number,
        (_instant(values["at"]) or "") if values["at"] else "",
        values["by"],
        cast(Verdict, _ALSO.get(values["verdict"], values["verdict"])),
        (values["source_a"], values["id_a"]),
        b if b[1] else NOBODY,
        values["note"],
        (lists[0], lists[1]),
    )


def _instant(text: str) -> str | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = read if read.tzinfo else read.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_list(text: str) -> bool:
    if not text:
        return True
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _identity(decision: Decision) -> tuple[object, ...]:
    return (decision.at, decision.by, decision.verdict, decision.a, decision.b)


def _pointers(
    connection: Connection, clusters: Clusters, name: Name, told: tuple[str, ...]
) -> tuple[str, ...]:
    if told or name == NOBODY:
        return told
    found = decisions.resolve(connection, name)
    return pointers_of(connection, clusters.linking, found.record)[0] if found else ()


def _waits(log: Log, decision: Decision) -> bool:
    return any(end != NOBODY and end not in log.found for end in (decision.a, decision.b))


def _harmless(text: str) -> str:
    """What a spreadsheet does not take for a formula."""
    return f" {text}" if _FORMULA.match(text) else text
