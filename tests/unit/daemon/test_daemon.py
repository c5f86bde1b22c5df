"""The daemon with parts of paper: real scheduler, real ports, no sources."""

from __future__ import annotations

import http.client
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from harvester import metrics
from harvester.config import Config, Source
from harvester.daemon import Daemon, Parts, Patience, serve, service
from harvester.errors import ConfigurationError
from harvester.metrics import RunFigures
from harvester.store import runs

SOON = 10.0  # seconds after which a test gives up; nothing waits that long


def source(name: str, schedule: str = "daily", **more: Any) -> Source:
    return Source(
        id=name,
        name=name,
        kind="dcat",
        url="https://example.fr/",
        level="commune",
        territory="fr:commune:92040",
        schedule=schedule,
        **more,
    )


def configuration(*sources: Source, title: str = "", **web: Any) -> Config:
    return Config.model_validate(
        {
            "territory": "fr:epci:200057974",
            "title": title,
            "web": {"host": "127.0.0.1", "port": 0, **web},
            "sources": sources,
        }
    )


def face(text: str) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = f"{text} {scope['path']}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


class House:
    """Parts whose configuration and runs a test decides."""

    def __init__(self) -> None:
        self.config: Config | ConfigurationError = configuration(source("issy"))
        self.overdue = False
        self.lead: Callable[[], bool] | None = None
        self.metrics = metrics.create()
        self.runs: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.work: Callable[[Config, Source, threading.Event], RunFigures | None] = self.quick

    def load(self, _path: Path) -> Config:
        if isinstance(self.config, ConfigurationError):
            raise self.config
        return self.config

    def quick(self, config: Config, source: Source, stop: threading.Event) -> RunFigures:
        return RunFigures(source.id, "success", 0.1, success=True, seen=3)

    def run(self, config: Config, source: Source, stop: threading.Event) -> RunFigures | None:
        self.runs.put(source.id)
        return self.work(config, source, stop)

    def parts(self) -> Parts:
        return Parts(
            load=self.load,
            run=self.run,
            app=lambda config: face(config.title),
            service=lambda config: face("service"),
            metrics=self.metrics,
            overdue=lambda config, source: self.overdue,
            lead=self.lead,
        )

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def start(house: House) -> Iterator[Callable[..., Daemon]]:
    started: list[Daemon] = []

    def make(path: Path = Path("config.toml"), **options: Any) -> Daemon:
        options = {"watch": False, **options}
        daemon = Daemon(path, house.parts(), **options)
        started.append(daemon)
        daemon.start()
        return daemon

    yield make
    for daemon in started:
        daemon.drain(Patience(0, SOON, SOON))


def get(daemon: Daemon, path: str, port: int = 0) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.ports[port], timeout=SOON)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def expect(daemon: Daemon, command: str) -> None:
    assert daemon.commands.get(timeout=SOON) == command


def test_it_serves_and_says_that_it_is_well(start: Callable[..., Daemon]) -> None:
    daemon = start()
    assert get(daemon, "/catalog.ttl") == (200, " /catalog.ttl")
    assert get(daemon, "/healthz") == (200, "ok\n")
    assert get(daemon, "/readyz")[0] == 200


def test_metrics_can_have_a_port_of_their_own(house: House, start: Callable[..., Daemon]) -> None:
    house.config = configuration(source("issy"), title="public", metrics_port=0)
    daemon = start()
    assert get(daemon, "/metrics", port=0) == (200, "public /metrics")
    assert get(daemon, "/metrics", port=1) == (200, "service /metrics")
    assert get(daemon, "/healthz", port=1) == (200, "ok\n")


def test_a_port_that_is_taken_is_a_clear_mistake(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        house.config = configuration(port=taken.getsockname()[1])
        with pytest.raises(ConfigurationError, match="cannot listen on"):
            Daemon(Path("config.toml"), house.parts(), watch=False).start()


def test_an_overdue_source_runs_soon_after_the_start(
    house: House, start: Callable[..., Daemon]
) -> None:
    house.overdue = True
    daemon = start()
    assert house.runs.get(timeout=SOON) == "issy"
    expect(daemon, "ended")
    assert house.value("harvester_runs_total", source="issy", outcome="success") == 1
    assert house.value("harvester_run_in_progress", source="issy") == 0
    assert house.value("harvester_next_run_timestamp_seconds", source="issy") is not None


def test_a_source_never_runs_twice_at_once(house: House, start: Callable[..., Daemon]) -> None:
    go, skipped = threading.Event(), threading.Event()

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        go.wait(SOON)

    house.work = work
    daemon = start(at_once=5)
    daemon._scheduler.add_listener(lambda _: skipped.set(), 2**16)  # EVENT_JOB_MAX_INSTANCES
    daemon.run_now("issy")
    house.runs.get(timeout=SOON)
    daemon.run_now("issy")
    assert skipped.wait(SOON)
    assert daemon.running == ("issy",)
    assert house.runs.empty()
    go.set()
    expect(daemon, "ended")


def test_only_so_many_sources_run_at_once(house: House, start: Callable[..., Daemon]) -> None:
    house.config = configuration(*(source(f"s{n}") for n in range(4)))
    places = threading.Semaphore(0)
    peak: list[int] = []

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        peak.append(len(daemon.running))
        places.acquire(timeout=SOON)

    house.work = work
    daemon = start(at_once=2)
    for n in range(4):
        daemon.run_now(f"s{n}")
    for _ in range(2):
        house.runs.get(timeout=SOON)
    places.release(4)
    for _ in range(4):
        expect(daemon, "ended")
    assert max(peak) <= 2


def test_a_run_that_crashes_costs_nobody_else(house: House, start: Callable[..., Daemon]) -> None:
    def work(config: Config, source: Source, stop: threading.Event) -> None:
        raise ZeroDivisionError

    house.work = work
    daemon = start()
    with structlog.testing.capture_logs() as events:
        daemon.run_now("issy")
        expect(daemon, "ended")
    assert {"event": "run_crashed", "log_level": "error"}.items() <= events[0].items()
    assert house.value("harvester_runs_total", source="issy", outcome="crashed") == 1
    assert daemon.running == ()
    assert get(daemon, "/healthz")[0] == 200


@pytest.mark.parametrize(("outcome", "sooner"), [("failed", True), ("refused", False)])
def test_a_source_in_passing_trouble_is_asked_again_before_its_next_night(
    house: House, start: Callable[..., Daemon], outcome: str, sooner: bool
) -> None:
    house.config = configuration(source("issy", schedule="0 0 29 2 *"))
    outcomes = iter([outcome, outcome, "success"])

    def work(config: Config, source: Source, stop: threading.Event) -> RunFigures:
        return RunFigures(source.id, next(outcomes), 0.1, success=False)

    house.work = work
    daemon = start()
    waits = []
    for _ in range(3):
        daemon.run_now("issy")
        expect(daemon, "ended")
        next_time = daemon._scheduler.get_job("issy").next_run_time.timestamp()
        waits.append(round((next_time - time.time()) / 3600))
    if sooner:
        assert waits[:2] == [1, 2]
    assert waits[2] > 2 or not sooner


def test_a_source_that_another_process_holds_is_tried_again_once_that_could_be_dead(
    house: House, start: Callable[..., Daemon]
) -> None:
    house.config = configuration(source("issy", schedule="0 0 29 2 *"))
    house.work = lambda config, source, stop: None
    daemon = start()
    daemon.run_now("issy")
    expect(daemon, "ended")
    next_time = daemon._scheduler.get_job("issy").next_run_time.timestamp()
    assert runs.LEASE < next_time - time.time() <= service.BUSY


# --- reload


def test_a_changed_configuration_is_used_at_once(
    house: House, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    house.config = configuration(source("sevres"), source("off", enabled=False), title="neuf")
    assert daemon.reload()
    assert get(daemon, "/") == (200, "neuf /")
    assert [job.id for job in daemon._scheduler.get_jobs()] == ["sevres"]
    assert house.value("harvester_run_in_progress", source="issy") is None
    assert house.value("harvester_next_run_timestamp_seconds", source="sevres") is not None


def test_an_unchanged_source_keeps_its_next_time(
    house: House, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    before = daemon._scheduler.get_job("issy").next_run_time
    house.config = configuration(source("issy"), source("sevres"), title="neuf")
    assert daemon.reload()
    assert daemon._scheduler.get_job("issy").next_run_time == before


@pytest.mark.parametrize("wrong", ["load", "schedule"])
def test_a_wrong_configuration_is_told_and_the_old_one_stays(
    house: House, start: Callable[..., Daemon], wrong: str
) -> None:
    daemon = start()
    old = daemon.config
    if wrong == "load":
        house.config = ConfigurationError("sources/issy.toml:3: page_sise")
    else:
        house.config = configuration(source("issy", schedule="parfois"), title="neuf")
    with structlog.testing.capture_logs() as events:
        assert not daemon.reload()
    assert events[0]["event"] == "configuration_rejected"
    assert "issy.toml" in events[0]["errors"][0]
    assert daemon.config is old
    assert get(daemon, "/") == (200, " /")
    assert house.value("harvester_config_last_reload_successful") == 0
    house.config = old
    assert daemon.reload()
    assert house.value("harvester_config_last_reload_successful") == 1


@pytest.mark.parametrize("part", ["app", "service", "overdue"])
def test_a_reload_while_the_database_is_away_keeps_the_old_configuration_and_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    away = False

    def asked(*arguments: Any) -> Any:
        if away:
            raise OSError("the database is down")
        return False if part == "overdue" else face(arguments[0].title)

    daemon = Daemon(
        Path("config.toml"), replace(house.parts(), **{part: asked}), at_once=1, watch=False
    )
    daemon.start()
    try:
        old = daemon.config
        away = True
        house.config = configuration(source("issy"), source("sevres"), title="neuf")
        monkeypatch.setattr(service, "AGAIN", 0.01)
        with structlog.testing.capture_logs() as events:
            assert not daemon.reload()
        assert (events[0]["event"], events[0]["kept"]) == ("reload_failed", "previous")
        assert daemon.config is old
        assert [job.id for job in daemon._scheduler.get_jobs()] == ["issy"]
        assert get(daemon, "/") == (200, " /")
        assert house.value("harvester_config_last_reload_successful") == 0
        away = False
        expect(daemon, "reload")
        assert daemon.reload()
        assert {job.id for job in daemon._scheduler.get_jobs()} == {"issy", "sevres"}
        assert get(daemon, "/") == (200, "neuf /")
    finally:
        daemon.drain(Patience(0, SOON, SOON))


def test_who_asks_is_who_is_connected_and_not_who_a_header_says(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})

    house.config = configuration()
    daemon = Daemon(Path("config.toml"), replace(house.parts(), app=lambda _: app), watch=False)
    daemon.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", daemon.ports[0], timeout=SOON)
        connection.request("GET", "/", headers={"X-Forwarded-For": "192.0.2.7"})
        assert connection.getresponse().read() == b"127.0.0.1"
        connection.close()
    finally:
        daemon.drain(Patience(0, SOON, SOON))


def test_what_needs_a_restart_is_said(house: House, start: Callable[..., Daemon]) -> None:
    daemon = start()
    house.config = configuration(source("issy"), port=1)
    with structlog.testing.capture_logs() as events:
        daemon.reload()
    assert {"event": "restart_needed", "settings": ["web.port"]}.items() <= events[0].items()


def test_a_changed_file_asks_for_a_reload(
    tmp_path: Path, start: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK", 0.05)
    (tmp_path / "sources").mkdir()
    (tmp_path / "config.toml").touch()
    daemon = start(tmp_path / "config.toml", watch=True)
    (tmp_path / "harvester.sqlite").touch()
    (tmp_path / "sources" / "issy.toml").touch()
    expect(daemon, "reload")
    (tmp_path / "mappings").mkdir()  # a folder that was not there is watched as well
    (tmp_path / "mappings" / "dcat.toml").touch()
    expect(daemon, "reload")
    (tmp_path / "sources" / "issy.toml").unlink()
    expect(daemon, "reload")
    (tmp_path / "harvester.sqlite").write_text("rows")
    assert daemon.commands.empty()


# --- several processes


def test_a_process_that_stands_by_serves_and_runs_nothing_until_it_leads(
    house: House, start: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ELECTION", 0.01)
    house.overdue, leads = True, [False]
    house.lead = lambda: leads[0]
    daemon = start()
    assert get(daemon, "/healthz") == (200, "ok\n")
    assert daemon.reload()
    assert house.value("harvester_leader") == 0
    assert house.value("harvester_next_run_timestamp_seconds", source="issy") is None
    assert house.runs.empty()

    obeying = threading.Thread(target=daemon.obey)
    obeying.start()
    leads[0] = True
    assert house.runs.get(timeout=SOON) == "issy"
    daemon.commands.put("stop")
    obeying.join(SOON)
    assert house.value("harvester_leader") == 1


def test_a_process_that_loses_the_lead_starts_nothing_more_and_tells_nothing_of_its_sources(
    house: House, start: Callable[..., Daemon]
) -> None:
    go, done = threading.Event(), threading.Event()
    house.config, leads = configuration(source("a"), source("b")), [True]
    house.lead = lambda: leads[0]

    def work(config: Config, source: Source, stop: threading.Event) -> RunFigures:
        go.wait(SOON)
        done.set()
        return house.quick(config, source, stop)

    house.work = work
    daemon = start(at_once=1)
    daemon.run_now("a")
    assert house.runs.get(timeout=SOON) == "a"
    daemon.run_now("b")
    while not any(thread.name == "run b" for thread in threading.enumerate()):
        threading.Event().wait(0.001)
    leads[0] = False
    daemon._follow_election(leads=False)
    go.set()
    assert done.wait(SOON)
    expect(daemon, "ended")
    expect(daemon, "ended")
    assert house.runs.empty(), "b had its turn after the lead was lost"
    assert house.value("harvester_runs_total", source="a", outcome="success") == 1
    assert house.value("harvester_last_success_timestamp_seconds", source="a") is None
    assert house.value("harvester_next_run_timestamp_seconds", source="a") is None


def test_a_lead_that_cannot_be_followed_is_left_to_others(
    house: House, start: Callable[..., Daemon]
) -> None:
    house.lead = lambda: False
    daemon = start()

    def overdue(config: Config, source: Source) -> bool:
        raise OSError("the database went away")

    daemon._parts = replace(daemon._parts, overdue=overdue)
    with structlog.testing.capture_logs() as events:
        daemon._follow_election(leads=True)
    assert [event["event"] for event in events] == ["election_not_followed"]
    assert daemon._scheduler.get_jobs() == []
    assert house.value("harvester_leader") == 0


def test_a_process_that_only_serves_is_well_without_a_scheduler(house: House) -> None:
    daemon = Daemon(Path("config.toml"), replace(house.parts(), run=None), watch=False)
    daemon.start()
    assert get(daemon, "/catalog.ttl")[0] == 200
    assert get(daemon, "/healthz") == (200, "ok\n")
    assert not daemon._scheduler.running
    assert daemon.reload()
    daemon.drain(Patience(0, SOON, SOON))


# --- the end


def test_draining_lets_a_run_finish_and_answers_until_then(
    house: House, start: Callable[..., Daemon]
) -> None:
    asked, go = threading.Event(), threading.Event()
    finished: list[bool] = []

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        asked.set()
        go.wait(SOON)
        finished.append(stop.is_set())

    house.work = work
    daemon = start()
    daemon.run_now("issy")
    assert asked.wait(SOON)
    drain = threading.Thread(target=daemon.drain, args=(Patience(SOON, SOON, SOON),))
    drain.start()
    assert daemon._draining.wait(SOON)
    assert get(daemon, "/readyz") == (503, "draining\n")
    assert get(daemon, "/catalog.ttl")[0] == 200
    assert get(daemon, "/healthz")[0] == 200
    go.set()
    drain.join(SOON)
    assert finished == [False]
    with pytest.raises(OSError, match="refused"):
        get(daemon, "/")


def test_a_long_run_is_asked_to_stop(house: House, start: Callable[..., Daemon]) -> None:
    stopped: list[bool] = []

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        stopped.append(stop.wait(SOON))

    house.work = work
    daemon = start()
    daemon.run_now("issy")
    house.runs.get(timeout=SOON)
    daemon.drain(Patience(finish=0, stop=SOON, web=SOON))
    assert stopped == [True]


def test_a_second_signal_does_not_wait_for_runs_to_finish(
    house: House, start: Callable[..., Daemon]
) -> None:
    stopped: list[bool] = []

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        stopped.append(stop.wait(SOON))

    house.work = work
    daemon = start()
    daemon.run_now("issy")
    house.runs.get(timeout=SOON)
    daemon.commands.put("stop")
    daemon.drain(Patience(finish=3600, stop=SOON, web=SOON))
    assert stopped == [True]


def test_a_run_that_never_stops_is_left_behind(house: House, start: Callable[..., Daemon]) -> None:
    go = threading.Event()

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        go.wait(SOON)

    house.work = work
    daemon = start()
    daemon.run_now("issy")
    house.runs.get(timeout=SOON)
    with structlog.testing.capture_logs() as events:
        daemon.drain(Patience(finish=0, stop=0, web=SOON))
    assert [event["event"] for event in events] == ["draining", "runs_left_behind", "stopped"]
    go.set()


def test_no_run_starts_while_draining(house: House, start: Callable[..., Daemon]) -> None:
    go = threading.Event()
    house.config = configuration(source("a"), source("b"))

    def work(config: Config, source: Source, stop: threading.Event) -> None:
        go.wait(SOON)

    house.work = work
    daemon = start(at_once=1)
    daemon.run_now("a")
    first = house.runs.get(timeout=SOON)
    daemon.run_now("b")
    drain = threading.Thread(target=daemon.drain, args=(Patience(SOON, SOON, SOON),))
    drain.start()
    assert daemon._draining.wait(SOON)
    go.set()
    drain.join(SOON)
    assert first == "a"
    assert house.runs.empty()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reload_and_stop(
    house: House, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.log, "set_up", lambda *_: None)
    loads: list[int] = []
    load = house.load

    def counted(path: Path) -> Config:
        loads.append(1)
        if len(loads) == 2:
            os.kill(os.getpid(), number)
        return load(path)

    def app(config: Config) -> Any:
        if len(loads) == 1:
            os.kill(os.getpid(), signal.SIGHUP)
        return face("")

    monkeypatch.setattr(house, "load", counted)
    parts = house.parts()
    parts = Parts(parts.load, parts.run, app, parts.service, parts.metrics)
    handlers = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)]
    assert serve(Path("config.toml"), parts, watch=False) == 0
    assert len(loads) == 2
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)] == handlers


def test_a_wrong_configuration_at_the_start_starts_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.log, "set_up", lambda *_: None)
    house.config = ConfigurationError("config.toml:1: wrong")
    with pytest.raises(ConfigurationError):
        serve(Path("config.toml"), house.parts(), watch=False)
