"""Tables of what was measured, with the ratios that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.suite import Figure


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


def tables(figures: Sequence[Figure], console: Console) -> None:
    """Print one table per syntax."""
    for syntax in dict.fromkeys(figure.syntax for figure in figures):
        table = Table(title=f"Harvesting, {'RDF/XML' if syntax == 'xml' else 'Turtle'}")
        table.add_column("task")
        for name in (
            "datasets",
            "CPU s",
            "wall s",
            "datasets / CPU s",
            "of the floor",
            "growth",
            "MB",
        ):
            table.add_column(name, justify="right")
        size = 0
        for figure in figures:
            if figure.syntax != syntax:
                continue
            if size and figure.size != size:
                table.add_section()
            size = figure.size
            store = "PostgreSQL" if "PostgreSQL" in figure.task else "SQLite"
            base = floor(figures, figure.size, syntax, store)
            growth = exponent(figures, figure)
            table.add_row(
                figure.task,
                f"{figure.size:,}",
                f"{total(figure):.3f}",
                f"{figure.cost.wall:.2f}",
                f"{figure.size / total(figure):,.0f}",
                f"{base / total(figure):.2f}" if base else "",
                f"{growth:.2f}" if growth is not None else "",
                f"{figure.cost.memory:.0f}"
                + (f" + {figure.cost.worker_memory:.0f}" if figure.cost.worker_memory else ""),
            )
        console.print(table)
