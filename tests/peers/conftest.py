"""Real server software as peers: off unless HARVESTER_TEST_PEERS names a folder for it (`make peers`).

Each peer is installed once, from a package index, into a virtual environment of its own in that folder; that takes
minutes the first time. CKAN also needs PostgreSQL, redis-server and libmagic on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import ckan, pycsw, pygeoapi, servers
from tests.postgres import Server
from tests.territory import Territory

HERE = Path(__file__).parent
SLOW = 1_800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them where nobody asked for them; give them the time that an installation takes."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SLOW))
            if not os.environ.get(servers.VARIABLE):
                item.add_marker(
                    pytest.mark.skip(
                        reason=f"real peers are installed from a package index: `make peers`, "
                        f"or {servers.VARIABLE}=FOLDER"
                    )
                )


@pytest.fixture(scope="session")
def pycsw_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pycsw.Pycsw]:
    """A running pycsw."""
    with pycsw.running(tmp_path_factory.mktemp("pycsw")) as peer:
        yield peer


@pytest.fixture(scope="session")
def pygeoapi_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pygeoapi.Pygeoapi]:
    """A running pygeoapi."""
    with pygeoapi.running(tmp_path_factory.mktemp("pygeoapi")) as peer:
        yield peer


@pytest.fixture(scope="session")
def ckan_peer(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[ckan.Ckan]:
    """A running CKAN."""
    with ckan.running(tmp_path_factory.mktemp("ckan"), postgresql) as peer:
        yield peer


@pytest.fixture
def territory(tmp_path: Path) -> Iterator[Territory]:
    """A territory on SQLite: which database holds what was harvested is tested elsewhere."""
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    yield made
    made.close()
