"""`harvester serve` as operators run it: a process of its own, signals, files that change."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import psycopg
import pytest
from sqlalchemy.engine import make_url

from harvester.web.formats import FORMATS
from tests.portal import Answer, Asked, Portal

ROOT = Path(__file__).parents[2]
SOON = 60.0

TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://portail.example/catalogue> a dcat:Catalog ; dcat:dataset <https://portail.example/d/1> .
<https://portail.example/d/1> a dcat:Dataset ; dct:title "Arbres d’alignement"@fr ; dct:identifier "1" .
"""
SOURCE = """
name = "Ville d'Issy-les-Moulineaux"
kind = "dcat"
url = "{url}"
level = "commune"
territory = "fr:commune:92040"
[http]
allow_hosts = ["127.0.0.1"]
backoff = 0.01
"""


class Service:
    """The process, its log events and its port."""

    def __init__(self, folder: Path, command: str = "serve") -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harvester", command, "--config", str(folder / "config.toml")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.events: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self.told: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            (self.port,) = self.wait_for("serving")["ports"]  # type: ignore[misc]
        except BaseException:
            self.kill()
            raise

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told.append(line)
            if line.startswith("{"):
                self.events.put(json.loads(line))
        self.events.put({"event": "over"})

    def wait_for(self, name: str) -> dict[str, object]:
        while (event := self.events.get(timeout=SOON))["event"] != name:
            assert event["event"] != "over", "".join(self.told)
        return event

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=SOON) as got:
                return got.status, got.read().decode()
        except URLError as error:
            return getattr(error, "code", 0), ""

    def until(self, path: str, holds: Callable[[str], bool]) -> str:
        for _ in range(int(SOON / 0.05)):
            _, text = self.ask(path)
            if holds(text):
                return text
            threading.Event().wait(0.05)
        pytest.fail(f"{path}: {text}\n{''.join(self.told)}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        code = self.process.wait(SOON)
        self._reader.join()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


Start = Callable[..., Service]


@pytest.fixture
def house(tmp_path: Path, portal: Portal) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "config.toml").write_text(
        'territory = "fr:epci:200057974"\ndatabase = "sqlite:///harvester.sqlite"\n[web]\nport = 0\n'
    )
    source = SOURCE.format(url=portal.at("/c.ttl"))
    (tmp_path / "sources" / "issy.toml").write_text(source)
    portal.answer("/c.ttl", TURTLE, media_type="text/turtle", etag='"1"')
    return tmp_path


@pytest.fixture
def start(house: Path) -> Iterator[Start]:
    services: list[Service] = []

    def make(command: str = "serve") -> Service:
        services.append(Service(house, command))
        return services[-1]

    yield make
    for service in services:
        service.kill()


def test_it_harvests_serves_reloads_and_stops(start: Start, portal: Portal, house: Path) -> None:
    service = start()
    assert service.ask("/healthz")[0] == 200
    service.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    figures = service.until(
        "/metrics", lambda text: 'harvester_runs_total{outcome="success",source="issy"} 1.0' in text
    )
    assert 'harvester_records{source="issy",state="published"} 1.0' in figures
    assert 'harvester_view_datasets{view="all"} 1.0' in figures
    assert 'harvester_http_requests_total{source="issy",status="2xx"} 1.0' in figures
    assert "harvester_last_success_timestamp_seconds" in figures
    assert "harvester_publication_latency_seconds_count 1.0" in figures
    with sqlite3.connect(house / "harvester.sqlite") as database:
        rendered = database.execute("SELECT count(DISTINCT format) FROM fragment").fetchone()
    database.close()
    assert rendered == (len(FORMATS),), "nobody asked for most of them"
    assert service.ask("/readyz")[0] == 200

    file = house / "sources" / "issy.toml"
    good = file.read_text()
    file.write_text(good.replace("kind", "kin"))
    rejected = service.wait_for("configuration_rejected")
    assert any("issy.toml" in line for line in rejected["errors"])  # type: ignore[attr-defined]
    assert "harvester_config_last_reload_successful 0.0" in service.ask("/metrics")[1]
    assert "Arbres" in service.ask("/catalog.ttl")[1]

    file.write_text(good)
    service.wait_for("configuration_reloaded")
    service.signal(signal.SIGHUP)
    service.wait_for("configuration_reloaded")
    service.signal(signal.SIGTERM)
    assert service.end() == 0
    assert service.told[-1].count("stopped") == 1


def test_tightened_access_takes_effect_at_the_reload(start: Start, house: Path) -> None:
    service = start()
    service.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    path = house / "sources" / "issy.toml"
    path.write_text(path.read_text().replace("[http]", 'access = "restricted"\n[http]'))
    service.until("/catalog.ttl", lambda text: "Arbres d’alignement" not in text)
    assert "Arbres" not in service.ask("/datasets.csv")[1]
    service.signal(signal.SIGTERM)
    assert service.end() == 0


def test_stopping_in_the_middle_of_a_run_loses_nothing(start: Start, portal: Portal) -> None:
    asked, release = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        return Answer(503, headers={"Retry-After": "300"}, hold=release)

    portal.answers("/c.ttl", slow)
    service = start()
    assert asked.wait(SOON)
    release.set()
    service.signal(signal.SIGTERM)
    service.wait_for("draining")
    assert service.ask("/readyz")[0] == 503
    service.signal(signal.SIGTERM)  # once more: it need not wait for the run to finish
    assert service.end() == 0

    portal.answer("/c.ttl", TURTLE, media_type="text/turtle")
    again = start()
    again.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    again.signal(signal.SIGINT)
    assert again.end() == 0


def test_the_web_alone_shows_what_another_process_harvests(start: Start, portal: Portal) -> None:
    web = start("web")
    assert web.ask("/healthz")[0] == web.ask("/readyz")[0] == web.ask("/catalog.ttl")[0] == 200
    assert 'harvester_view_datasets{view="all"} 0.0' in web.ask("/metrics")[1]
    assert portal.requests == []
    start()
    web.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    figures = web.ask("/metrics")[1]
    assert "harvester_review_pairs 0.0" in figures
    assert 'harvester_view_datasets{view="all"} 1.0' in figures
    assert 'source="issy"' not in figures
    web.signal(signal.SIGTERM)
    assert web.end() == 0


def test_of_two_services_on_one_database_one_harvests_and_the_other_takes_its_place(
    start: Start, portal: Portal, house: Path, postgresql_url: str
) -> None:
    config = house / "config.toml"
    config.write_text(config.read_text().replace("sqlite:///harvester.sqlite", postgresql_url))
    broken = SOURCE.format(url=portal.at("/broken.ttl")).replace("backoff", "retries = 0\nbackoff")
    (house / "sources" / "broken.toml").write_text(broken)

    def failed(text: str) -> bool:
        return 'harvester_runs_total{outcome="refused",source="broken"} 1.0' in text

    first = start()
    first.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    first.until("/metrics", failed)
    second = start()
    assert "Arbres d’alignement" in second.ask("/catalog.ttl")[1]
    assert "harvester_leader 1.0" in first.ask("/metrics")[1]
    assert "harvester_leader 0.0" in second.ask("/metrics")[1]
    assert (len(portal.asked("/c.ttl")), len(portal.asked("/broken.ttl"))) == (1, 1)

    first.kill()
    assert second.wait_for("elected")["sources"] == 2
    second.until("/metrics", failed)  # it never succeeded: overdue, for whoever leads
    assert "harvester_leader 1.0" in second.ask("/metrics")[1]
    assert (len(portal.asked("/c.ttl")), len(portal.asked("/broken.ttl"))) == (1, 2)
    second.signal(signal.SIGTERM)
    assert second.end() == 0


def test_a_reload_while_postgresql_is_away_leaves_the_service_up(
    start: Start, portal: Portal, house: Path, postgresql_url: str
) -> None:
    config = house / "config.toml"
    config.write_text(config.read_text().replace("sqlite:///harvester.sqlite", postgresql_url))
    service = start()
    service.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    here = make_url(postgresql_url)
    server = here.set(drivername="postgresql", database="postgres")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{here.database}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [here.database],
        )
        service.signal(signal.SIGHUP)
        assert service.wait_for("reload_failed")["kept"] == "previous"
        assert service.ask("/healthz") == (200, "ok\n")
        assert service.ask("/readyz")[0] == 503
        admin.execute(f'ALTER DATABASE "{here.database}" ALLOW_CONNECTIONS true')
    service.signal(signal.SIGHUP)
    service.wait_for("configuration_reloaded")
    service.until("/catalog.ttl", lambda text: "Arbres d’alignement" in text)
    service.signal(signal.SIGTERM)
    assert service.end() == 0


def test_a_wrong_configuration_starts_nothing(house: Path) -> None:
    (house / "config.toml").write_text('territory = "fr:epci:200057974"\nscedule = "daily"\n')
    done = subprocess.run(
        [sys.executable, "-m", "harvester", "serve", "--config", str(house / "config.toml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SOON,
    )
    assert done.returncode == 2
    assert "config.toml:2" in done.stderr
