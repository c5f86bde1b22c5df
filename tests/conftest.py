"""What every test may use."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.portal import Portal
from tests.territory import Territory

settings.register_profile("harvester", deadline=None)  # no test depends on the clock's speed
settings.load_profile("harvester")


@pytest.fixture(autouse=True)
def undone_logging() -> Iterator[None]:
    """Commands that are called in this process set up logging for all of it: the next test has it as before."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in list(root.handlers):
        if getattr(handler, "of_harvester", False):
            root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A portal of one's own on loopback: see tests/portal.py."""
    with Portal() as portal:
        yield portal


@pytest.fixture
def other_portal() -> Iterator[Portal]:
    """A second one, for redirects and credentials."""
    with Portal() as portal:
        yield portal


@pytest.fixture(params=["sqlite", "postgresql"])
def territory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Territory]:
    """A configured territory with an empty database, on SQLite and on PostgreSQL: see tests/territory.py."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/harvester.sqlite"
    else:
        url = str(request.getfixturevalue("postgresql_url"))
    made = Territory(tmp_path / "territory", url)
    yield made
    made.close()
