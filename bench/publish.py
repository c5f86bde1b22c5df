"""What a city's whole catalogue costs over HTTP, next to `pyoxigraph.serialize` of the same graph."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        quads = list(ox.parse(content, format=FORMAT[syntax]))
        start = time.perf_counter()
        ox.serialize(quads, format=FORMAT[syntax])
        serialize = time.perf_counter() - start
        return {
            "bytes": len(content),
            "triples": len(quads),
            "cold_first": cold_first,
            "cold": cold,
            "first": sorted(first for first, _ in warm)[TIMES // 2],
            "whole": sorted(whole for _, whole in warm)[TIMES // 2],
            "serialize": serialize,
        }

    return task


@contextmanager
def serving(config: str) -> Iterator[str]:
    """The web face of this configuration, in a process of its own; its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.publish", config], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
