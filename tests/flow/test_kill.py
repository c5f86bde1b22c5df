"""A kill -9 at any instant loses nothing and leaves no run stuck."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

KILLS = int(os.environ.get("HARVESTER_TEST_KILLS", "4"))
"""How many instants are tried on each database; `HARVESTER_TEST_KILLS=50` for the long version."""

PAGES, PER_PAGE = 6, 40

RUN = """
import sys
from pathlib import Path
from harvester.log import set_up
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes, load_config
from harvester.run.source import run_source
from harvester.store import open_store

set_up("json", "error")
config = load_config(Path(sys.argv[1]))
recipes = Recipes(config)
recipe = recipes.recipe(config.source("meudon"))
clusters = Clusters.of(config, recipes.gazetteer)
store = open_store(config.database)
print("ready", flush=True)
outcome = run_source(config, store, recipe, clusters)
print(outcome.outcome, flush=True)
"""


def publish(portal: Portal, edition: int) -> None:
    """A paged catalogue; in later editions every third dataset differs and a few are new."""
    for page in range(1, PAGES + 1):
        following = f"hydra:next <?page={page + 1}>" if page < PAGES else "a hydra:View"
        body = turtle(
            f"<{portal.at('/catalog.ttl')}?page={page}> a hydra:PartialCollectionView ; {following} .",
            *(
                dataset(f"jeu-{n}", f"Jeu numéro {n}" + (f" bis{edition}" if n % 3 == 0 else ""))
                for n in range((page - 1) * PER_PAGE, page * PER_PAGE + (edition > 0))
            ),
        )
        path = "/catalog.ttl" if page == 1 else f"/catalog.ttl?page={page}"
        portal.answer(path, body, media_type="text/turtle")


def state(territory: Territory) -> list[tuple[object, ...]]:
    """Everything that is kept, but for ids and instants."""
    return sorted(
        territory.sql(
            "SELECT r.local_id, r.state, r.missing, v.title, v.state, v.access, e.title, "
            "(SELECT count(*) FROM membership m WHERE m.cluster = r.cluster), "
            "(SELECT count(*) FROM linked k WHERE k.record = r.id) "
            "FROM record r JOIN version v ON v.id = r.version "
            "LEFT JOIN entry e ON e.cluster = r.cluster"
        ),
        key=str,
    )


def harvest(territory: Territory, kill_after: float | None = None) -> float:
    """Run in a process of its own, to its end or for some seconds; how long it took."""
    command = [sys.executable, "-c", RUN, str(territory.folder / "config.toml")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        if kill_after is None:
            assert process.stdout.readline() == "success\n"
            return time.monotonic() - begun
        time.sleep(kill_after)  # the instant of the kill is what is tried, not waited for
        process.send_signal(signal.SIGKILL)
    return kill_after


@pytest.mark.timeout(900)
def test_a_run_killed_at_random_instants_ends_like_an_undisturbed_one(
    territory: Territory, portal: Portal, tmp_path: Path
) -> None:
    rng = random.Random(territory.database.partition(":")[0])
    territory.source("meudon", portal)
    publish(portal, 0)
    took = harvest(territory)
    for edition in range(1, KILLS + 1):
        publish(portal, edition)
        harvest(territory, kill_after=rng.uniform(0, took))
        harvest(territory)
        assert territory.sql("SELECT count(*) FROM run WHERE state = 'running'") == [(0,)]
        reached = state(territory)
        assert len(reached) == PAGES * PER_PAGE + 1
        assert sum(f"bis{edition}" in str(row) for row in reached) == PAGES * PER_PAGE // 3 + 1
        current = "SELECT version FROM record"
        orphans = territory.sql(
            "SELECT count(*) FROM version v JOIN run u ON u.id = v.id / 4294967296 "
            "WHERE u.outcome = 'interrupted'"
        )
        assert orphans == [(0,)]
        assert territory.sql(f"SELECT count(*) FROM version WHERE id IN ({current})") == [
            (len(reached),)
        ]
    calm = Territory(tmp_path / "calm", f"sqlite:///{tmp_path}/calm.sqlite")
    calm.source("meudon", portal)
    harvest(calm)
    assert state(territory) == state(calm)
    calm.close()


def test_a_second_run_of_a_source_does_not_start_beside_the_first(
    territory: Territory, portal: Portal
) -> None:
    from harvester.store import runs

    territory.source("meudon", portal)
    publish(portal, 0)
    assert runs.begin(territory.store, "meudon") is not None
    assert territory.run("meudon").outcome == "busy"
