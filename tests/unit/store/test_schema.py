"""The migrations and the tables say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from harvester.errors import ConfigurationError
from harvester.store import open_store
from harvester.store.migrate import HEAD
from harvester.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/harvester.sqlite"
    return str(request.getfixturevalue("postgresql_url"))


def test_a_new_database_gets_exactly_the_tables_the_code_uses(url: str) -> None:
    store = open_store(url)
    with store.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    store.close()
    assert differences == []


def test_opening_twice_migrates_once(url: str) -> None:
    open_store(url).close()
    store = open_store(url)
    with store.read() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    store.close()
    assert version == HEAD


def test_a_database_of_a_later_version_is_refused_with_what_to_do(url: str) -> None:
    store = open_store(url)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(ConfigurationError, match="later version"):
        open_store(url)
