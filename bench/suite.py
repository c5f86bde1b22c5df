"""Which measurements are taken, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.catalogue import write
from bench.measure import Cost, measure
from tests.postgres import Server

SYNTAXES = ("xml", "turtle")
CLASSIC_SIZE = 1000
PATIENCE = 10_000
"""Up to this size a task is measured three times and the cheapest counts; beyond it once."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one task cost on a catalogue of `size` datasets in `syntax`."""

    task: str
    size: int
    syntax: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are: the pages' folder, room for databases, and PostgreSQL where there is one."""

    pages: Path
    room: Path
    postgresql: Server | None
    say: Callable[[str], object]

    def take(self, size: int, module: str, **arguments: object) -> Cost:
        """Measure; `{n}` in an argument is the repetition's number."""
        times = 3 if size <= PATIENCE else 1
        costs = []
        for n in range(times):
            filled = {
                key: value.replace("{n}", str(n)) if isinstance(value, str) else value
                for key, value in arguments.items()
            }
            costs.append(measure(module, **filled))
        return min(costs, key=lambda cost: cost.cpu)


def floor(bench: Bench, size: int, syntax: str) -> Iterator[Figure]:
    """Raw parsing and raw writing of the same datasets."""
    bench.say(f"floor, {size:,} datasets, {syntax}")
    pages = str(write(bench.pages, size, syntax))
    yield Figure("parse", size, syntax, bench.take(size, "floor_parse", pages=pages, syntax=syntax))
    database = str(bench.room / f"floor-{size}-{syntax}-{{n}}.sqlite")
    yield Figure(
        "write SQLite",
        size,
        syntax,
        bench.take(size, "floor_write", pages=pages, database=database),
    )
    if bench.postgresql is not None:
        url = bench.postgresql.create()
        plain = url.replace("+psycopg", "")
        cost = bench.take(size, "floor_write", pages=pages, database=plain)
        yield Figure("write PostgreSQL", size, syntax, cost)
        bench.postgresql.drop(url)


def classic(bench: Bench) -> Iterator[Figure]:
    """The classic stack, at one small size: it is slow."""
    bench.say("classic stack")
    pages = str(write(bench.pages, CLASSIC_SIZE, "xml"))
    database = str(bench.room / "classic-{n}.sqlite")
    cost = bench.take(CLASSIC_SIZE, "classic", pages=pages, syntax="xml", database=database)
    yield Figure("classic stack", CLASSIC_SIZE, "xml", cost)
