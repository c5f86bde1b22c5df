"""How much memory a whole harvest of an imitated portal takes, in a process of its own.

`python -m tests.peak CONFIG` harvests the only source of a configuration and prints its outcome and peak memory.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from bench.measure import peak as high_water
from tests.imitation import Imitation, entries
from tests.territory import Territory


def peak(kind: str, asks: re.Pattern[str], count: int, options: str = "") -> float:
    """Peak memory of the harvest of `count` numbered datasets, in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        with Imitation(kind, entries(kind, count), asks, page=500) as portal:
            made = Territory(Path(folder) / "territory", f"sqlite:///{folder}/harvester.sqlite")
            made.source("meudon", portal.served, portal.dialect.PATH, kind=kind, more=options)
            done = subprocess.run(
                [sys.executable, "-m", "tests.peak", str(made.folder)],
                check=True,
                capture_output=True,
            )
            made.close()
        found = orjson.loads(done.stdout.splitlines()[-1])
        assert (found["outcome"], found["seen"]) == ("success", count), found
        return float(found["peak"])


def main(folder: str) -> None:
    territory = Territory.__new__(Territory)
    territory.folder, territory._store = Path(folder), None
    territory.database = territory.config.database
    outcome = territory.run("meudon")
    report = {
        "outcome": outcome.outcome,
        "seen": outcome.counts.seen,
        "message": outcome.message,
        "peak": high_water(),
    }
    sys.stdout.write(orjson.dumps(report).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
