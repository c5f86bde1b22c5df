"""Many rows at once: `executemany` on SQLite, COPY on PostgreSQL.

Rows are tuples in the order of `columns`. SQLAlchemy's per-row work is skipped on purpose: it costs more than the
database does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Table

Row = tuple[Any, ...]


def insert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Append rows that are known to be new."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert(table.name, tuple(columns)), list(rows))
        return
    cursor = connection.connection.cursor()
    with cursor.copy(
        f"COPY {table.name} ({', '.join(_quoted(c) for c in columns)}) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row(row)


def execute(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Run one statement (with `?` places) for every row."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        statement = statement.replace("?", "%s")
    connection.exec_driver_sql(statement, list(rows))


def select(connection: Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
    """Rows of a hand-written query with `?` places, as plain tuples."""
    if connection.dialect.name != "sqlite":
        statement = statement.replace("?", "%s")
    return list(connection.exec_driver_sql(statement, tuple(values)).cursor.fetchall())


def listed(connection: Connection, kind: str) -> str:
    """The right side of `IN` for one `?` that stands for a whole list (`text` or `bigint`): see `listing`."""
    if connection.dialect.name == "sqlite":
        return "(SELECT value FROM json_each(?))"
    return f"(SELECT unnest(?::{kind}[]))"


def listing(connection: Connection, values: Sequence[Any]) -> Any:
    """The value for a `?` of `listed`."""
    if connection.dialect.name == "sqlite":
        return orjson.dumps(values).decode()
    return list(values)


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(_quoted(c) for c in columns)}) "
        f"VALUES ({', '.join('?' * len(columns))})"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
