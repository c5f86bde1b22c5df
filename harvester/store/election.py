"""Which of the processes on one database schedules: the one whose session holds an advisory lock.

PostgreSQL gives the lock back with the session, however its process ended; so nothing is left to clean up, and nothing
expires. A process that was cut off may believe for some seconds that it still leads: leases (`runs`) see to it that even
then no source is harvested twice at once.
"""

from __future__ import annotations

from contextlib import suppress

import structlog
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from harvester.store.engine import Store

log = structlog.get_logger(__name__)

LOCK = 7308
"""One number for the whole database; 7305 to 7307 are those of migrations, leases and the journal."""

_HERE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that went away without a word is noticed after some 20 seconds; `_THERE` is the same for its side."""
_THERE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
    f" AND classid = 0 AND objid = {LOCK} AND objsubid = 1 AND pid = pg_backend_pid())"
)


class Election:
    """This process as a candidate. Not thread-safe: one thread asks."""

    def __init__(self, store: Store) -> None:
        self._engine: Engine | None = None
        if not store.sqlite:
            # A connection of its own: it lasts as long as the process, and must not be lent to anybody.
            self._engine = create_engine(
                store.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_HERE
            )
        self._session: Connection | None = None

    def won(self) -> bool:
        """Whether this process leads now: it takes the lock where that is free. On SQLite there is one process.

        False while the database does not answer: what was held then is lost.
        """
        if self._engine is None:
            return True
        try:
            if self._session is None:
                self._session = self._engine.connect()
                for setting in _THERE:
                    self._session.execute(text(setting))
            # Asked of the server each time: a connection pooler in between may have lent us another session.
            if self._session.execute(_HELD).scalar():
                return True
            return bool(
                self._session.execute(text(f"SELECT pg_try_advisory_lock({LOCK})")).scalar()
            )
        except SQLAlchemyError as error:
            log.warning("election_failed", error=str(error.__cause__ or error))
            self._leave()
            return False

    def close(self) -> None:
        """Give the lock back; at once, not when the server notices that the session has gone."""
        if self._session is not None:
            with suppress(SQLAlchemyError):
                self._session.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
        self._leave()
        if self._engine is not None:
            self._engine.dispose()

    def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):
                session.invalidate()
            session.close()
