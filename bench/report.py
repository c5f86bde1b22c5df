"""Tables of what was measured, with the ratios that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.goals import exponent, floor, goals, total
from bench.suite import PUBLICATION, SAME, VIEWS, Figure
from bench.views import CHANGED


def tables(figures: Sequence[Figure], console: Console) -> None:
    """Print one table per syntax."""
    for syntax in dict.fromkeys(figure.syntax for figure in figures if figure.task != VIEWS):
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
            if figure.syntax != syntax or figure.task == PUBLICATION:
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
    _published([figure for figure in figures if figure.task == PUBLICATION], console)
    views([figure for figure in figures if figure.task == VIEWS], console)
    _goals(figures, console)


def views(figures: Sequence[Figure], console: Console) -> None:
    """Print what the views of a thousand communes cost."""
    if not figures:
        return
    table = Table(title="The views of 1,000 communes")
    table.add_column("what")
    for figure in figures:
        table.add_column(f"{figure.size:,} datasets", justify="right")
    if len(figures) > 1:
        table.add_column("growth", justify="right")
    names = {
        "scratch": ("from scratch: CPU s", 1.0),
        **{f"changed {n}": (f"{n:,} datasets changed: CPU ms", 1000.0) for n in CHANGED},
        "memberships": ("entries listed, over all views", 1.0),
        "listings": ("rows that say so", 1.0),
        "page, first": ("a city's page after a change: CPU ms", 1.0),
        "page": ("a city's page when nothing changed: CPU ms", 1.0),
        "catalog.ttl, first": ("a page of its catalogue after a change: CPU ms", 1.0),
        "catalog.ttl": ("when nothing changed: CPU ms", 1.0),
    }
    for name, (told, times) in names.items():
        values = [float(figure.cost.found[name]) for figure in figures]
        ratio = math.log(figures[-1].size / figures[0].size) if len(figures) > 1 else 0
        growth = [f"{math.log(values[-1] / values[0]) / ratio:.2f}"] if ratio else []
        table.add_row(told, *(f"{value * times:,.4g}" for value in values), *growth)
    console.print(table)


def kinds(figures: Sequence[Figure], console: Console) -> None:
    """Print what each kind of portal costs: at both sizes, and when nothing changed."""
    table = Table(title="Harvesting each kind of portal")
    table.add_column("kind")
    for name in (
        "datasets", "datasets / CPU s", "CPU s", "again: CPU s", "times cheaper", "MB", "MB more than the smaller",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    smaller: dict[str, float] = {}
    again = {(f.syntax, f.size): f for f in figures if f.task == SAME}
    for figure in figures:
        if figure.task == SAME:
            continue
        kind, memory = figure.syntax, figure.cost.memory
        later = again[kind, figure.size]
        more = f"{memory - smaller[kind]:.0f}" if kind in smaller else ""
        smaller.setdefault(kind, memory)
        table.add_row(
            kind,
            f"{figure.size:,}",
            f"{figure.size / total(figure):,.0f}",
            f"{total(figure):.3f}",
            f"{total(later):.3f}",
            f"{total(figure) / total(later):.0f}",
            f"{memory:.0f}",
            more,
        )
    console.print(table)


def _published(figures: Sequence[Figure], console: Console) -> None:
    table = Table(title="A city's whole catalogue over HTTP")
    table.add_column("format")
    for name in (
        "datasets", "MB", "cold: first byte ms", "all ms", "warm: first byte ms", "all ms", "serialize ms",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for figure in figures:
        found = figure.cost.found
        times = ("cold_first", "cold", "first", "whole", "serialize")
        table.add_row(
            figure.syntax,
            f"{figure.size:,}",
            f"{found['bytes'] / 1e6:.1f}",
            *(f"{found[name] * 1000:.1f}" for name in times),
        )
    if figures:
        console.print(table)


def _goals(figures: Sequence[Figure], console: Console) -> None:
    table = Table(title="Goals, at the largest size measured")
    table.add_column("what")
    for name in ("goal", "measured", ""):
        table.add_column(name, justify="right")
    for goal in goals(figures):
        met = goal.measured >= goal.wanted if goal.least else goal.measured <= goal.wanted
        table.add_row(
            f"{goal.what} ({goal.syntax})",
            f"{'≥' if goal.least else '≤'} {goal.wanted:g}",
            f"{goal.measured:.2f}",
            "[green]✓[/]" if met else "[red]✗[/]",
        )
    console.print(table)
