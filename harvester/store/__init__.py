"""The only SQL: tables, queries, migrations."""

from sqlalchemy import Connection

from harvester.store.engine import Store, now
from harvester.store.migrate import open_store

__all__ = ["Connection", "Store", "now", "open_store"]
