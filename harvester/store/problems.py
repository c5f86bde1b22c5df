"""Problems in force: of the records' current versions, and of the last run and its pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from harvester.model import Problem
from harvester.store import bulk
from harvester.store import tables as t

PROBLEM = (
    "run",
    "source",
    "record",
    "local_id",
    "severity",
    "code",
    "fault",
    "path",
    "value",
    "message",
)


def note(
    connection: Connection,
    run: int,
    source: str,
    problems: Iterable[tuple[int | None, str, Problem]],
) -> None:
    """Keep problems with the record they are about (None: the page of that URL, or the run: "")."""
    bulk.insert(
        connection,
        t.problem,
        PROBLEM,
        [
            (
                run,
                source,
                record,
                local_id,
                p.severity,
                p.code,
                p.fault,
                *(text.replace("\0", "\ufffd") for text in (p.path, p.value, p.message)),
            )
            for record, local_id, p in problems
        ],
    )


def replace(
    connection: Connection,
    run: int,
    source: str,
    said: Sequence[tuple[int, str, tuple[Problem, ...]]],
) -> None:
    """What is to be said now of records whose version stays: (record, local id, problems)."""
    forget(connection, [record for record, _, _ in said])
    note(
        connection,
        run,
        source,
        ((record, local_id, problem) for record, local_id, some in said for problem in some),
    )


def forget(connection: Connection, records: Sequence[int]) -> None:
    """Drop what was said of records."""
    bulk.execute(
        connection, "DELETE FROM problem WHERE record = ?", [(record,) for record in records]
    )


def by_code(connection: Connection, source: str) -> dict[str, int]:
    """Problems in force by code: of the records' current versions and of the last run."""
    return dict(
        bulk.select(
            connection,
            "SELECT code, count(*) FROM problem WHERE source = ? GROUP BY code",
            (source,),
        )
    )


def forget_pages(
    connection: Connection, source: str, run: int, unchanged: Sequence[str] | None
) -> None:
    """Drop what former runs said of themselves and of pages, but for those that did not change since.

    `unchanged=None`: no page was read, and what was said of pages still holds.
    """
    where = "source = ? AND run < ? AND record IS NULL"
    if unchanged is None:
        bulk.execute(
            connection, f"DELETE FROM problem WHERE {where} AND local_id = ''", [(source, run)]
        )
        return
    bulk.execute(
        connection,
        f"DELETE FROM problem WHERE {where} AND local_id NOT IN {bulk.listed(connection, 'text')}",
        [(source, run, bulk.listing(connection, unchanged))],
    )


def count(connection: Connection, source: str) -> int:
    """Errors and warnings in force; what is only worth knowing does not count."""
    return int(
        bulk.select(
            connection,
            "SELECT count(*) FROM problem WHERE source = ? AND severity <> 'info'",
            (source,),
        )[0][0]
    )


def unknown_values(connection: Connection, source: str) -> list[tuple[str, str, int]]:
    """(field, value, records that have it) for values no vocabulary knows, most frequent first."""
    return bulk.select(
        connection,
        "SELECT path, value, count(*) FROM problem WHERE source = ? AND code = 'value-unknown' "
        "GROUP BY path, value ORDER BY 3 DESC, 1, 2",
        (source,),
    )
