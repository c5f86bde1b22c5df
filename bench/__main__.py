"""`python -m bench`: what harvesting costs, next to what it cannot cost less than.

Each figure comes from a fresh process. CPU is user and system time, that of workers and of a database
server included; the server of the pages is another process and does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench import report, suite
from tests.postgres import Server, Unavailable, cluster


def main() -> None:
    """Measure what the command line asks for; print tables, write JSON."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure harvesting and publishing.")
    parser.add_argument("--sizes", default="1000,10000", help="datasets per catalogue")
    parser.add_argument("--full", action="store_true", help="1,000, 10,000 and 50,000 datasets")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--pages", type=Path, help="keep the generated pages in this folder")
    arguments = parser.parse_args()
    sizes = "1000,10000,50000" if arguments.full else arguments.sizes

    console = Console()
    with contextlib.ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        status = stack.enter_context(console.status("PostgreSQL"))
        bench = suite.Bench(
            arguments.pages or room, room, stack.enter_context(_postgresql(console)), status.update
        )
        figures = list(suite.classic(bench))
        for size in map(int, sizes.split(",")):
            for syntax in suite.SYNTAXES:
                figures += suite.floor(bench, size, syntax)
    report.tables(figures, console)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))


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
