"""A database that cannot be used, said in one line: for those who started a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from harvester.errors import ConfigurationError

_NOT_ALLOWED = "42501"
"""PostgreSQL's code for a user without the right to create or change tables."""


@contextmanager
def reaching() -> Iterator[None]:
    """Raise ConfigurationError where the database inside is unreachable, damaged, no database, or its URL none.

    A statement that the database refuses as such is a mistake of ours, and stays what it is.
    """
    try:
        yield
    except SQLAlchemyError as error:
        if not _unusable(error):
            raise
        told = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = " ".join(str(told).split()) or type(told).__name__  # drivers name no password
        raise ConfigurationError(f"database: cannot be used: {reason}") from error


def _unusable(error: SQLAlchemyError) -> bool:
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError)):
        return True
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return True
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == _NOT_ALLOWED:
        return True
    return type(error) is DatabaseError  # SQLite of a file that is none of its own
