"""Which measurements are taken, in which order."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.catalogue import Variant, write
from bench.measure import Cost, measure
from bench.ours import configure
from bench.portals import imitating
from bench.server import put_in_force
from harvester.fetch.kinds import KINDS
from tests.postgres import Server

SYNTAXES = ("xml", "turtle")
CLASSIC_SIZE = 1000
VIEW_SIZE = 5000
PATIENCE = 10_000
"""Up to this size a task is measured three times and the cheapest counts; beyond it once."""

FIRST = "first"
TWO_WORKERS = "first, 2 workers"
UNASKED = "unchanged, 304"
REORDERED = "unchanged, 200, reordered"
CHANGED = "1 % changed"
CLASSIC = "classic stack"
PUBLICATION = "publication"
VIEWS = "views"
VIEWS_SIZES = (5_000, 50_000)
CITIES = 1_000
KINDS_SIZES = (1_000, 10_000)
SAME = "unchanged, 200"
AGAIN: tuple[tuple[str, Variant], ...] = (
    (UNASKED, "base"),
    (REORDERED, "reordered"),
    (CHANGED, "changed"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one task cost on a catalogue of `size` datasets in `syntax`."""

    task: str
    size: int
    syntax: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are: pages and their server, room for databases, PostgreSQL where there is one."""

    pages: Path
    room: Path
    server: str
    postgresql: Server | None
    say: Callable[[str], object]

    def cheapest(self, size: int, once: Callable[[int], Cost]) -> Cost:
        """Measure some times, `once` is told which; the cheapest counts."""
        times = 3 if size <= PATIENCE else 1
        return min((once(n) for n in range(times)), key=lambda cost: cost.cpu)


def floor(bench: Bench, size: int, syntax: str) -> Iterator[Figure]:
    """Raw parsing and raw writing of the same datasets."""
    bench.say(f"floor, {size:,} datasets, {syntax}")
    pages = str(write(bench.pages, size, syntax))
    cost = bench.cheapest(size, lambda _: measure("floor_parse", pages=pages, syntax=syntax))
    yield Figure("parse", size, syntax, cost)

    def sqlite(_: int) -> Cost:
        database = bench.room / "floor.sqlite"
        database.unlink(missing_ok=True)
        return measure("floor_write", pages=pages, database=str(database))

    yield Figure("write SQLite", size, syntax, bench.cheapest(size, sqlite))
    if bench.postgresql is not None:
        url = bench.postgresql.create()
        plain = url.replace("+psycopg", "")
        cost = bench.cheapest(size, lambda _: measure("floor_write", pages=pages, database=plain))
        yield Figure("write PostgreSQL", size, syntax, cost)
        bench.postgresql.drop(url)


def classic(bench: Bench) -> Iterator[Figure]:
    """The classic stack, at one small size: it is slow."""
    bench.say("classic stack")
    pages = str(write(bench.pages, CLASSIC_SIZE, "xml"))

    def once(n: int) -> Cost:
        database = str(bench.room / f"classic-{n}.sqlite")
        return measure("classic", pages=pages, syntax="xml", database=database)

    yield Figure(CLASSIC, CLASSIC_SIZE, "xml", bench.cheapest(CLASSIC_SIZE, once))


def ours(bench: Bench, size: int, syntax: str) -> Iterator[Figure]:
    """Our first harvest of a catalogue, and what the next ones cost when little or nothing changed."""
    name = _offer(bench, size, syntax, "base")
    first = bench.room / f"{name}.sqlite"

    def harvest(database: str, task: str, workers: int = 0) -> Cost:
        bench.say(f"{task}, {size:,} datasets, {syntax}")
        folder = bench.room / "configuration"
        url = f"{bench.server}/{name}/catalogue"
        return measure("ours", config=configure(folder, url, database, workers))

    def afresh(task: str, workers: int) -> Figure:
        def once(_: int) -> Cost:
            _remove(first)
            return harvest(f"sqlite:///{first}", task, workers)

        return Figure(task, size, syntax, _checked(bench.cheapest(size, once), new=size))

    yield afresh(TWO_WORKERS, 2)
    yield afresh(FIRST, 0)
    for task, variant in AGAIN:
        _offer(bench, size, syntax, variant)

        def once(_: int, task: str = task) -> Cost:
            database = bench.room / "again.sqlite"
            _remove(database)
            shutil.copyfile(first, database)
            return harvest(f"sqlite:///{database}", task)

        changed = -(-(size - 7) // 100) if variant == "changed" else 0
        cost = _checked(bench.cheapest(size, once), new=0, changed=changed)
        yield Figure(task, size, syntax, cost)
    _remove(first)
    if bench.postgresql is not None:
        _offer(bench, size, syntax, "base")
        yield from _on_postgresql(bench.postgresql, bench, size, syntax, harvest)


def _on_postgresql(
    server: Server,
    bench: Bench,
    size: int,
    syntax: str,
    harvest: Callable[[str, str], Cost],
) -> Iterator[Figure]:
    kept: list[str] = []

    def afresh(_: int) -> Cost:
        while kept:
            server.drop(kept.pop())
        kept.append(server.create())
        return harvest(kept[0], "first, PostgreSQL")

    cost = _checked(bench.cheapest(size, afresh), new=size)
    yield Figure("first, PostgreSQL", size, syntax, cost)
    _offer(bench, size, syntax, "reordered")

    def again(_: int) -> Cost:
        copy = server.create(str(make_url(kept[0]).database))
        try:
            return harvest(copy, "unchanged, 200, reordered, PostgreSQL")
        finally:
            server.drop(copy)

    cost = _checked(bench.cheapest(size, again), new=0, changed=0)
    yield Figure("unchanged, 200, reordered, PostgreSQL", size, syntax, cost)
    server.drop(kept.pop())


def views(bench: Bench) -> Iterator[Figure]:
    """The views of a thousand communes, computed, changed and read, at two sizes."""
    for size in VIEWS_SIZES:
        bench.say(f"views of {CITIES:,} communes over {size:,} datasets")

        def once(_: int, size: int = size) -> Cost:
            database = bench.room / "views.sqlite"
            _remove(database)
            url = f"sqlite:///{database}"
            return measure("views", entries=size, views=CITIES, database=url)

        yield Figure(VIEWS, size, "views", bench.cheapest(size, once))


def kinds(bench: Bench) -> Iterator[Figure]:
    """A first harvest of each kind of portal, and another when nothing changed; the kind stands for the syntax."""
    for kind in KINDS:
        for size in KINDS_SIZES:
            bench.say(f"{kind}, {size:,} datasets")
            database = bench.room / f"{kind}.sqlite"
            _remove(database)
            with imitating(kind, size) as url:
                folder = bench.room / "kinds"
                config = configure(folder, url, f"sqlite:///{database}", kind=kind)
                yield Figure(FIRST, size, kind, _checked(measure("ours", config=config), new=size))
                cost = _checked(measure("ours", config=config), new=0, changed=0)
                yield Figure(SAME, size, kind, cost)
            _remove(database)


def memory(bench: Bench, size: int) -> Iterator[Figure]:
    """One first harvest of a catalogue that is too big to hold."""
    name = _offer(bench, size, "xml", "base")
    database = bench.room / f"{name}.sqlite"
    bench.say(f"first, {size:,} datasets, xml")
    url = f"{bench.server}/{name}/catalogue"
    config = configure(bench.room / "configuration", url, f"sqlite:///{database}")
    yield Figure(FIRST, size, "xml", _checked(measure("ours", config=config), new=size))
    _remove(database)


def publication(bench: Bench) -> Iterator[Figure]:
    """A city's catalogue of some size, over HTTP."""
    name = _offer(bench, VIEW_SIZE, "xml", "base")
    database = bench.room / "view.sqlite"
    url = f"{bench.server}/{name}/catalogue"
    config = configure(bench.room / "view", url, f"sqlite:///{database}")
    bench.say("publication")
    _checked(measure("ours", config=config), new=VIEW_SIZE)
    for syntax in SYNTAXES:
        cost = measure("publish", config=config, syntax=syntax, slug="issy-les-moulineaux")
        yield Figure(PUBLICATION, VIEW_SIZE, syntax, cost)


def profile(bench: Bench, size: int, syntax: str, file: Path) -> None:
    """Put cProfile's figures of a first harvest into `file`."""
    name = _offer(bench, size, syntax, "base")
    database = bench.room / "profile.sqlite"
    url = f"{bench.server}/{name}/catalogue"
    config = configure(bench.room / "configuration", url, f"sqlite:///{database}")
    bench.say("profile")
    measure("ours", config=config, profile=str(file))


def _offer(bench: Bench, size: int, syntax: str, variant: Variant) -> str:
    """Have the server answer with this variant; the catalogue's name there."""
    bench.say(f"writing pages: {size:,} datasets, {syntax}, {variant}")
    write(bench.pages, size, syntax, variant)
    name = f"{syntax}-{size}"
    put_in_force(bench.server, name, variant)
    return name


def _checked(cost: Cost, **expected: int) -> Cost:
    """Refuse figures of a run that did not do what it was measured for."""
    found = {key: cost.found[key] for key in expected}
    if cost.found["outcome"] != "success" or found != expected:
        raise SystemExit(f"expected {expected}, the run says {cost.found}")
    return cost


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
