"""What the figures must come to: ratios, so that they hold on any machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.suite import CHANGED as ONE_PERCENT
from bench.suite import (
    CLASSIC,
    FIRST,
    PUBLICATION,
    REORDERED,
    SYNTAXES,
    TWO_WORKERS,
    UNASKED,
    VIEWS,
    Figure,
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound and what was measured; `least`: it must not be below, else not above."""

    what: str
    syntax: str
    wanted: float
    measured: float
    least: bool = True


def total(figure: Figure) -> float:
    """Seconds of CPU, that of a database server included."""
    return figure.cost.cpu + float(figure.cost.found.get("server_cpu", 0))


def floor(figures: Sequence[Figure], size: int, syntax: str, store: str) -> float | None:
    """The floor's seconds of CPU: parsing and writing to `store`, or None where it was not measured."""
    parts = [
        total(figure)
        for figure in figures
        if (figure.size, figure.syntax) == (size, syntax)
        and figure.task in ("parse", f"write {store}")
    ]
    return sum(parts) if len(parts) == 2 else None


def exponent(figures: Sequence[Figure], figure: Figure) -> float | None:
    """How cost grows from the next smaller size to this one: 1 is in proportion."""
    smaller = [
        other
        for other in figures
        if (other.task, other.syntax) == (figure.task, figure.syntax) and other.size < figure.size
    ]
    if not smaller:
        return None
    last = max(smaller, key=lambda other: other.size)
    return math.log(total(figure) / total(last)) / math.log(figure.size / last.size)


def goals(figures: Sequence[Figure]) -> Iterator[Goal]:
    """Every goal that these figures can tell about."""
    for syntax in SYNTAXES:
        yield from _harvests([figure for figure in figures if figure.syntax == syntax], syntax)
    for figure in figures:
        if figure.task == VIEWS:
            found = figure.cost.found
            name = f"{figure.size:,} datasets"
            yield Goal("views of 1,000 communes, CPU s", name, 20, found["scratch"], False)
            yield Goal("a city's page, unchanged, CPU ms", name, 5, found["page"], False)
        if figure.task == PUBLICATION:
            found = figure.cost.found
            yield Goal("a view: first byte, ms", figure.syntax, 5, found["first"] * 1000, False)
            ratio = found["serialize"] / found["whole"]
            yield Goal("a view: faster than serialize", figure.syntax, 10, ratio)


def _harvests(figures: Sequence[Figure], syntax: str) -> Iterator[Goal]:
    by_size: dict[int, dict[str, Figure]] = {}
    for figure in figures:
        by_size.setdefault(figure.size, {})[figure.task] = figure
    measured = [size for size, tasks in by_size.items() if REORDERED in tasks]
    if not measured:
        return
    size = max(measured)
    tasks = by_size[size]
    base = floor(figures, size, syntax, "SQLite")
    first = total(tasks[FIRST])
    if base:
        yield Goal("first harvest, of the floor", syntax, 0.33, base / first)
        wall = tasks[TWO_WORKERS].cost.wall
        yield Goal("first harvest with 2 workers (wall), of the floor", syntax, 0.55, base / wall)
    yield Goal("304: cheaper than the first", syntax, 50, first / total(tasks[UNASKED]))
    again = total(tasks[REORDERED])
    yield Goal("200, reordered: cheaper than the first", syntax, 1.4, first / again)
    yield Goal(
        "1 % changed, of the unchanged", syntax, 1.1, total(tasks[ONE_PERCENT]) / again, False
    )
    growth = exponent(figures, tasks[FIRST])
    if growth is not None:
        yield Goal("growth exponent", syntax, 1.15, growth, False)
    largest = max(size for size, tasks in by_size.items() if FIRST in tasks)
    peak = by_size[largest][FIRST].cost.memory
    yield Goal(f"memory at {largest:,}, MB", syntax, 300, peak, False)
    classic = next((tasks[CLASSIC] for tasks in by_size.values() if CLASSIC in tasks), None)
    if classic is not None:
        rate = (size / first) / (classic.size / total(classic))
        yield Goal("first harvest, faster than the classic stack", syntax, 8, rate)
