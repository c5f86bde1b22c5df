"""`python -m bench`: what harvesting and publishing cost, next to what they cannot cost less than.

Each figure comes from a fresh process. CPU is user and system time, that of workers and of a database
server included; the server of the pages is another process and does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pstats
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench import report, suite
from bench.server import serving
from tests.postgres import Server, Unavailable, cluster

LARGE = 75_000


def main() -> None:
    """Measure what the command line asks for; print tables, write JSON."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure harvesting and publishing.")
    parser.add_argument("--sizes", default="1000,10000", help="datasets per catalogue")
    parser.add_argument(
        "--full", action="store_true", help="1,000, 10,000, 50,000; 75,000 for memory"
    )
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--pages", type=Path, help="keep the generated pages in this folder")
    parser.add_argument(
        "--profile", type=int, metavar="N", help="only profile a first harvest of N"
    )
    parser.add_argument("--kinds", action="store_true", help="only measure each kind of portal")
    parser.add_argument("--views", action="store_true", help="only measure the views of cities")
    arguments = parser.parse_args()
    sizes = "1000,10000,50000" if arguments.full else arguments.sizes

    console = Console(width=None if Console().is_terminal else 120)
    with contextlib.ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pages = arguments.pages or room / "pages"
        status = stack.enter_context(console.status("…"))
        server = stack.enter_context(serving(pages))
        postgresql = stack.enter_context(_postgresql(console))
        bench = suite.Bench(pages, room, server, postgresql, status.update)
        if arguments.kinds:
            measured = list(suite.kinds(bench))
            status.stop()
            report.kinds(measured, console)
            _keep(measured, arguments.json)
            return
        if arguments.views:
            measured = list(suite.views(bench))
            status.stop()
            report.views(measured, console)
            _keep(measured, arguments.json)
            return
        if arguments.profile:
            suite.profile(bench, arguments.profile, "xml", room / "profile")
            status.stop()
            figures = pstats.Stats(str(room / "profile")).strip_dirs()
            figures.sort_stats("tottime").print_stats(25)
            figures.sort_stats("cumulative").print_stats(40)
            return
        measured = list(suite.classic(bench))
        for size in map(int, sizes.split(",")):
            for syntax in suite.SYNTAXES:
                measured += suite.floor(bench, size, syntax)
                measured += suite.ours(bench, size, syntax)
        if arguments.full:
            measured += suite.memory(bench, LARGE)
        measured += suite.publication(bench)
        measured += suite.views(bench)
    report.tables(measured, console)
    _keep(measured, arguments.json)


def _keep(measured: list[suite.Figure], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(figure) for figure in measured], indent=1))


@contextlib.contextmanager
def _postgresql(console: Console) -> Iterator[Server | None]:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(cluster())
        except Unavailable as why:
            console.print(f"PostgreSQL is not measured: {why}")
            server = None
        yield server


if __name__ == "__main__":
    main()
