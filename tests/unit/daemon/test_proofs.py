"""When slices are proved."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvester.config import Config
from harvester.daemon import Daemon, Patience
from harvester.daemon.proofs import PROOFS
from tests.unit.daemon.test_daemon import SOON, House, configuration, source

Start = Callable[[Config], tuple[Daemon, "queue.SimpleQueue[threading.Event]"]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Daemon] = []

    def make(config: Config) -> tuple[Daemon, queue.SimpleQueue[threading.Event]]:
        house, passes = House(), queue.SimpleQueue[threading.Event]()
        house.config = config
        parts = replace(house.parts(), prove=lambda _config, stop: passes.put(stop))
        daemon = Daemon(Path("config.toml"), parts, watch=False)
        started.append(daemon)
        daemon.start()
        return daemon, passes

    yield make
    for daemon in started:
        daemon.drain(Patience(0, SOON, SOON))


def sliced(**slices: object) -> Config:
    made = configuration(source("issy"))
    return made.model_copy(update={"slices": made.slices.model_copy(update=slices)})


def test_a_service_proves_beside_its_runs(start: Start) -> None:
    daemon, passes = start(sliced())
    daemon.run_now(PROOFS)
    assert not passes.get(timeout=SOON).is_set()


def test_a_service_that_shall_not_prove_has_no_job_for_it(start: Start) -> None:
    daemon, _ = start(sliced(enabled=False))
    assert daemon._scheduler.get_job(PROOFS) is None


def test_a_reload_follows_the_settings(start: Start) -> None:
    daemon, _ = start(sliced())
    before = daemon._scheduler.get_job(PROOFS).next_run_time
    daemon._proofs.schedule(sliced(interval=1), leads=True)  # type: ignore[union-attr]
    assert daemon._scheduler.get_job(PROOFS).next_run_time == before
    daemon._proofs.schedule(sliced(), leads=False)  # type: ignore[union-attr]
    assert daemon._scheduler.get_job(PROOFS) is None
    daemon._proofs.schedule(sliced(schedule="daily at 04:00"), leads=True)  # type: ignore[union-attr]
    assert daemon._scheduler.get_job(PROOFS).next_run_time.hour == 4


def test_a_pass_that_crashes_is_told_and_the_next_one_comes(start: Start) -> None:
    daemon, passes = start(sliced())
    assert daemon._proofs is not None
    daemon._proofs._prove = lambda _config, _stop: 1 / 0  # type: ignore[assignment, return-value]
    daemon._proofs.run()
    assert daemon.running == ()
    daemon._proofs._prove = lambda _config, stop: passes.put(stop)
    daemon._proofs.run()
    assert passes.get(timeout=SOON)
