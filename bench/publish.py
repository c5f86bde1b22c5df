"""What a city's whole catalogue costs over HTTP, next to `pyoxigraph.serialize` of the same graph."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox

from bench.floor_parse import FORMAT
from bench.measure import Task

TIMES = 9
FILES = {"xml": "catalog-full.xml", "turtle": "catalog-full.ttl"}


def get(url: str) -> tuple[float, float, bytes]:
    """Seconds to the first byte of the body and to the last, and the body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.connect()
    start = time.perf_counter()
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    content = answer.read(1)
    first = time.perf_counter() - start
    content += answer.read()
    whole = time.perf_counter() - start
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{url} answered {answer.status}")
    return first, whole, content


def prepare(config: str, syntax: str, slug: str) -> Task:
    """Ask a server of this configuration for the catalogue of the city `slug`: once cold, then warm."""

    def task() -> dict[str, Any]:
        with serving(config) as base:
            url = f"{base}/villes/{slug}/{FILES[syntax]}"
            cold_first, cold, content = get(url)
            warm = [get(url)[:2] for _ in range(TIMES)]
        # As a graph, which hands out statements by subject: a bare list would be written ungrouped.
        graph = ox.Dataset(ox.parse(content, format=FORMAT[syntax]))
        start = time.perf_counter()
        ox.serialize(graph, format=FORMAT[syntax])
        serialize = time.perf_counter() - start
        return {
            "bytes": len(content),
            "triples": len(graph),
            "cold_first": cold_first,
            "cold": cold,
            "first": sorted(first for first, _ in warm)[TIMES // 2],
            "whole": sorted(whole for _, whole in warm)[TIMES // 2],
            "serialize": serialize,
        }

    return task


@contextmanager
def serving(config: str) -> Iterator[str]:
    """`harvester serve` with this configuration; its base URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    settings = {"HARVESTER_WEB__PORT": str(port), "HARVESTER_BASE_URL": base}
    process = subprocess.Popen(
        [sys.executable, "-m", "harvester", "serve", "--config", config],
        env={**os.environ, **settings, "HARVESTER_LOG__LEVEL": "error"},
    )
    try:
        for _ in range(300):
            with suppress(OSError, SystemExit):
                get(f"{base}/readyz")
                break
            time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        process.wait()
