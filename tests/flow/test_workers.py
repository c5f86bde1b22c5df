"""Pages digested by other processes: the same result, and no trouble when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from harvester.run.workers import Crew, Workers
from tests.flow.connector_suite import KINDS
from tests.imitation import Imitation, entries
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory, datasets

TURTLE = "text/turtle"


def worker(workers: Workers | None) -> int:
    """The process id of the only worker."""
    assert workers is not None
    assert workers.count == 1
    return workers.pool.submit(os.getpid).result()


@pytest.fixture
def city(territory: Territory, portal: Portal) -> Territory:
    territory.configure("workers = 1\n")
    territory.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(3), media_type=TURTLE)
    return territory


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew() as crew:
        yield crew


def test_runs_find_the_workers_of_the_run_before(
    city: Territory, portal: Portal, crew: Crew
) -> None:
    config, found = city.config, []
    for count in (3, 4):
        portal.answer("/catalog.ttl", datasets(count), media_type=TURTLE)
        with crew.at(config) as workers:
            found.append(worker(workers))
            assert city.run("meudon", workers=workers).counts.published == count
    assert found[0] == found[1] != os.getpid()


def test_a_changed_configuration_has_workers_that_know_it(city: Territory, crew: Crew) -> None:
    with crew.at(city.config) as before:
        old = worker(before)
        with crew.at(city.config) as after:
            assert worker(after) != old
        assert worker(before) == old, "a run under way keeps its own"


def test_a_run_whose_worker_dies_changes_nothing_and_the_next_one_has_a_new_worker(
    city: Territory, portal: Portal, crew: Crew
) -> None:
    config = city.config
    with crew.at(config) as workers:
        assert city.run("meudon", workers=workers).outcome == "success"
    before = city.titles()

    def kill(_: Asked) -> Answer:
        os.kill(victim, signal.SIGKILL)
        return Answer(body=datasets(2, first=7), media_type=TURTLE)

    portal.answers("/catalog.ttl", kill, Answer(body=datasets(4), media_type=TURTLE))
    with crew.at(config) as workers:
        victim = worker(workers)
        died = city.run("meudon", workers=workers)
    assert died.outcome == "failed"
    assert "a worker process died" in died.message
    assert city.titles() == before
    with crew.at(config) as workers:
        assert worker(workers) != victim
        assert city.run("meudon", workers=workers).counts.published == 4


def test_a_worker_that_died_between_runs_is_replaced(city: Territory, crew: Crew) -> None:
    config = city.config

    def ask() -> int:
        with crew.at(config) as workers:
            try:
                return worker(workers)
            except BrokenProcessPool:  # the news of the death came after the task
                return victim

    victim = ask()
    os.kill(victim, signal.SIGKILL)
    while ask() == victim:
        pass
    with crew.at(config) as workers:
        assert city.run("meudon", workers=workers).outcome == "success"


def test_without_workers_no_process_is_started(territory: Territory, crew: Crew) -> None:
    with crew.at(territory.config) as workers:
        assert workers is None


OPEN = """
import sys, time
from pathlib import Path
from harvester.run.recipes import load_config
from harvester.run.workers import Crew
if __name__ == "__main__":
    with Crew() as crew, crew.at(load_config(Path(sys.argv[1]))) as workers:
        workers.pool.submit(print, "started", flush=True).result()
        time.sleep(600)
"""


def test_workers_do_not_outlive_a_process_that_was_killed(city: Territory, tmp_path: Path) -> None:
    script = tmp_path / "open.py"
    script.write_text(OPEN)
    with subprocess.Popen(
        [sys.executable, script, city.folder / "config.toml"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.kill()
        assert process.stdout.read() == "", "it ends when the last process has closed it"


def test_every_kind_is_read_by_other_processes_and_nothing_is_missed(
    tmp_path: Path, crew: Crew
) -> None:
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    territory.configure("workers = 2\n")
    with ExitStack() as open_, closing(territory):
        for kind in KINDS:
            portal = open_.enter_context(Imitation(kind.name, entries(kind.name, 35), kind.asks))
            territory.source(
                kind.name,
                portal.served,
                portal.dialect.PATH,
                kind=kind.name,
                more=f"[options]\n{kind.options}\n" if kind.options else "",
            )
        config = territory.config
        assert territory.store
        with crew.at(config) as workers:
            for kind in KINDS:
                first = territory.run(kind.name, workers=workers)
                assert (first.outcome, first.counts.seen) == ("success", 35), kind
                again = territory.run(kind.name, workers=workers, full=True)
                assert (again.outcome, again.counts.seen) == ("success", 35), kind
                assert (again.counts.new, again.counts.changed, again.counts.gone) == (0, 0, 0)
