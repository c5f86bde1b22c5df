"""Digesting pages in other processes: one page a task, only what is new or changed comes back."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

from harvester.config import Config
from harvester.parse.page import Page
from harvester.run.digest import Digest, Recipe, digest
from harvester.run.recipes import Recipes
from harvester.store import Store, open_store, records


@dataclass(frozen=True, slots=True)
class Workers:
    """A pool whose processes know the configuration. `count` pages are digested at once.

    A worker that dies (out of memory, most often) breaks the whole pool: then `submit` and the futures raise
    BrokenProcessPool.
    """

    pool: ProcessPoolExecutor
    count: int

    def submit(self, source: str, page: Page) -> Future[list[Digest]]:
        """Digest a page of a source somewhere else."""
        return self.pool.submit(_digest, source, page)


@dataclass(slots=True)
class _Shift:
    """One pool, and the runs that work with it."""

    config: Config
    pool: ProcessPoolExecutor
    runs: int = 0
    over: bool = False

    def works(self) -> bool:
        """Whether the pool takes tasks: a broken one refuses."""
        try:
            self.pool.submit(_nothing)
        except BrokenProcessPool:
            return False
        return True


class Crew:
    """The worker processes of a service: runs share them, and find them ready (starting one costs a second).

    They are as many as the configuration asks for, and start when first needed. Another configuration, or the death
    of a worker, makes the next run start new ones; the old ones end with their last run.
    """

    def __init__(self) -> None:
        self._shift: _Shift | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def at(self, config: Config) -> Iterator[Workers | None]:
        """Workers for one run under this configuration; None where it asks for none."""
        if not config.workers:
            yield None
            return
        with self._lock:
            shift = self._shift
            if shift is None or shift.config is not config or not shift.works():
                self._relieve()
                shift = self._shift = _Shift(config, _pool(config))
            shift.runs += 1
        try:
            yield Workers(shift.pool, config.workers)
        finally:
            with self._lock:
                shift.runs -= 1
                over = shift.over and not shift.runs
            if over:
                shift.pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Send the workers home; those of a run under way end with it."""
        with self._lock:
            self._relieve()

    def _relieve(self) -> None:
        shift, self._shift = self._shift, None
        if shift is not None:
            shift.over = True
            if not shift.runs:
                shift.pool.shutdown(cancel_futures=True)


def _pool(config: Config) -> ProcessPoolExecutor:
    # Not fork: the parent has threads, and a connection pool.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(config.workers, context, initializer=_start, initargs=(config,))


@dataclass(slots=True)
class _Process:
    config: Config
    store: Store
    recipes: Recipes
    made: dict[str, Recipe] = field(default_factory=dict)


_process: _Process | None = None


def _start(config: Config) -> None:
    global _process  # what a worker process knows, set once when it starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    gc.set_threshold(50_000, 50, 50)
    _process = _Process(config, open_store(config.database, migrate=False), Recipes(config))


def _end_with_parent() -> None:
    """A parent that was killed tells nobody, and a worker that waits for its next task would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    """A task that asks whether the pool works."""


def _digest(source_id: str, page: Page) -> list[Digest]:
    process = _process
    if process is None:
        raise RuntimeError("the worker was not started by a crew")
    recipe = process.made.get(source_id)
    if recipe is None:
        source = process.config.source(source_id)
        if source is None:
            raise KeyError(source_id)
        recipe = process.made[source_id] = process.recipes.recipe(source)

    def lookup(ids: list[str]) -> dict[str, records.Known]:
        with process.store.read() as connection:
            return records.known(connection, source_id, ids)

    def mine(ids: list[str]) -> set[str]:
        with process.store.read() as connection:
            return records.clusters_among(connection, ids)

    return list(digest(page, recipe, lookup, mine))
