"""What processes that share a PostgreSQL database do at the same instant."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from harvester.run.clusters import Clusters
from harvester.store import entries as listed
from tests.portal import Portal
from tests.territory import Territory, datasets, gazetteer


@pytest.fixture
def shared(tmp_path: Path, postgresql_url: str) -> Iterator[Territory]:
    made = Territory(tmp_path / "territory", postgresql_url)
    yield made
    made.close()


def test_services_that_start_together_prepare_the_views_once(
    shared: Territory, portal: Portal
) -> None:
    shared.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(3), media_type="text/turtle")
    shared.run("meudon")
    shared.configure(territory="fr:departement:92")
    clusters = Clusters.of(shared.config, gazetteer())
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor(2) as services:
        with shared.store.write() as connection:
            listed.take_turn(connection)  # a third one is just writing
            both = [services.submit(clusters.rebuild_views, shared.store) for _ in range(2)]
            while connection.execute(waiting).scalar() != 2:
                pass
        assert sorted(one.result() for one in both) == [False, True]
    assert len(shared.titles("meudon")) == 3
    assert len(shared.titles()) == 3
