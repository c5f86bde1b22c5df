from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.postgres import Server


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def test_each_database_is_empty_whatever_another_holds(
    postgresql_database: Callable[..., str],
) -> None:
    query(postgresql_database(), "CREATE TABLE t (n int)")
    assert query(postgresql_database(), TABLES) == []


def test_a_database_can_be_copied_from_a_prepared_one(
    postgresql_database: Callable[..., str],
) -> None:
    prepared = postgresql_database()
    query(prepared, "CREATE TABLE t (n int)")
    [(name,)] = query(prepared, "SELECT current_database()")
    assert query(postgresql_database(name), TABLES) == [("t",)]


def test_a_database_goes_although_a_test_left_a_connection_open(postgresql: Server) -> None:
    url = postgresql.create()
    left_open = psycopg.connect(url.replace("+psycopg", ""))
    postgresql.drop(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()
