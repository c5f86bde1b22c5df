"""Digesting pages in other processes: one page a task, only what is new or changed comes back."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from harvester.config import Config
from harvester.parse.page import Page
from harvester.run.digest import Digest, Recipe, digest
from harvester.run.recipes import Recipes
from harvester.store import Store, open_store, records


@dataclass(frozen=True, slots=True)
class Workers:
    """A pool whose processes know the configuration. `count` pages are digested at once."""

    pool: ProcessPoolExecutor
    count: int

    def submit(self, source: str, page: Page) -> Future[list[Digest]]:
        """Digest a page of a source somewhere else."""
        return self.pool.submit(_digest, source, page)


@contextmanager
def workers(config: Config) -> Iterator[Workers | None]:
    """As many processes as the configuration asks for; None where it asks for none."""
    if not config.workers:
        yield None
        return
    # Not fork: the parent has threads, and a connection pool.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(config.workers, context, initializer=_start, initargs=(config,))
    try:
        yield Workers(pool, config.workers)
    finally:
        pool.shutdown(cancel_futures=True)


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
    gc.set_threshold(50_000, 50, 50)
    _process = _Process(config, open_store(config.database, migrate=False), Recipes(config))


def _digest(source_id: str, page: Page) -> list[Digest]:
    process = _process
    if process is None:
        raise RuntimeError("the worker was not started by `workers`")
    recipe = process.made.get(source_id)
    if recipe is None:
        source = process.config.source(source_id)
        if source is None:
            raise KeyError(source_id)
        recipe = process.made[source_id] = process.recipes.recipe(source)

    def lookup(ids: list[str]) -> dict[str, records.Known]:
        with process.store.read() as connection:
            return records.known(connection, source_id, ids)

    return list(digest(page, recipe, lookup))
