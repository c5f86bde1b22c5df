"""Opening the database with its schema up to date, by alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from harvester.errors import ConfigurationError
from harvester.store.engine import Store, connect

HEAD = "0007"
"""The newest migration; a test compares it with the files."""


def open_store(url: str, *, migrate: bool = True) -> Store:
    """Open, and by default bring the schema up to date.

    Raises ConfigurationError where the database cannot be used: of another kind, or of a later version of ours.
    """
    store = connect(url)
    try:
        if migrate and _revision(store) != HEAD:
            upgrade(store)
    except BaseException:
        store.close()
        raise
    return store


def upgrade(store: Store, revision: str = "head") -> None:
    """Apply the missing migrations; two processes that start together do it once."""
    from alembic import command  # half as slow to import as everything else together
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with store.write() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(7305)"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise ConfigurationError(
                f"database: its tables are of a later version of harvester ({error}); install that one"
            ) from error


def _revision(store: Store) -> str | None:
    with store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
