"""Bring the schema up to date, by alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from harvester.store.engine import Store


def upgrade(store: Store, revision: str = "head") -> None:
    """Apply the missing migrations; two processes that start together do it once."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with store.write() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(7305)"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
