"""Our own harvest of the pages' server, as a task to measure.

What is measured is the run of a source, from the first request to the moment its outcome is visible. Reading
the configuration, compiling the mapping and starting worker processes are not: a service does that once.
"""

from __future__ import annotations

import atexit
import cProfile
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.floor_write import postmaster, server_cpu
from bench.measure import Task
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes, load_config
from harvester.run.source import run_source
from harvester.run.workers import Crew
from harvester.store import open_store

CONFIG = """territory = "fr:epci:200057974"
database = "{database}"
workers = {workers}
"""
SOURCE = """name = "Catalogue de mesure"
kind = "{kind}"
url = "{url}"
level = "commune"
territory = "fr:commune:92040"
[http]
allow_hosts = ["{host}"]
"""


def configure(folder: Path, url: str, database: str, processes: int = 0, kind: str = "dcat") -> str:
    """Write a configuration with one source; the path of its config.toml."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    host = url.split("/")[2]
    (folder / "sources" / "mesure.toml").write_text(SOURCE.format(kind=kind, url=url, host=host))
    config = folder / "config.toml"
    config.write_text(CONFIG.format(database=database, workers=processes))
    return str(config)


def prepare(config: str, profile: str = "") -> Task:
    """Harvest the one source of this configuration; `profile` names a file for cProfile's figures."""
    loaded = load_config(Path(config))
    store = open_store(loaded.database)
    atexit.register(store.close)  # writes SQLite's log back, so that the file alone can be copied
    recipes = Recipes(loaded)
    clusters = Clusters.of(loaded, recipes.gazetteer)
    clusters.rebuild_views(store)
    recipe = recipes.recipe(loaded.sources[0])
    stack = ExitStack()
    atexit.register(stack.close)  # keeps it, too: the pool outlives this function
    pool = stack.enter_context(stack.enter_context(Crew()).at(loaded))
    if pool is not None:
        # Started, and done with their imports, before the clock runs.
        for started in [pool.pool.submit(os.getpid) for _ in range(pool.count)]:
            started.result()
    server = postmaster(loaded.database) if not store.sqlite else None

    def task() -> dict[str, Any]:
        before = server_cpu(server) if server else 0.0
        outcome = run_source(loaded, store, recipe, clusters, workers=pool)
        found = {**outcome.report(), "pages_unchanged": outcome.pages_unchanged}
        if server:
            found["server_cpu"] = server_cpu(server) - before
        return found

    def profiled() -> dict[str, Any]:
        profiler = cProfile.Profile()
        found = profiler.runcall(task)
        profiler.dump_stats(profile)
        return found

    return profiled if profile else task
