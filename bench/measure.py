"""Runs one task in a fresh process and tells what it cost.

`python -m bench.measure MODULE '{…}'` imports `bench.MODULE`, calls `prepare(**arguments)`, and measures
the function it returns: user and system time with that of worker processes, wall time, and the highest
resident memory of the process. Importing and preparing are not measured.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Task = Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task cost: seconds of CPU (`own` without its workers) and wall time; megabytes at the highest."""

    cpu: float
    own: float
    wall: float
    memory: float
    worker_memory: float
    found: dict[str, Any] = field(default_factory=dict)


def measure(module: str, **arguments: object) -> Cost:
    """Run `bench.<module>` with these arguments in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.measure", module, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench.{module}({arguments}) failed")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _workers() -> list[Path]:
    """The folders in /proc of this process's children."""
    return [
        Path("/proc") / pid
        for children in Path("/proc/self/task").glob("*/children")
        for pid in children.read_text().split()
    ]


def _of_workers() -> float:
    """CPU of worker processes, those that are gone and those that still live."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    for worker in _workers():
        fields = (worker / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return gone.ru_utime + gone.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def peak(process: Path = Path("/proc/self")) -> float:
    """The highest resident memory of a process, in MB.

    Not getrusage's: that one starts at what the parent had when it forked.
    """
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Run the task that the command line names, and print its cost as JSON."""
    task: Task = importlib.import_module(f"bench.{sys.argv[1]}").prepare(**json.loads(sys.argv[2]))
    own, others = _own(), _of_workers()
    start = time.perf_counter()
    found = task()
    wall = time.perf_counter() - start
    spent, theirs = _own() - own, _of_workers() - others
    cost = {
        "cpu": spent + theirs,
        "own": spent,
        "wall": wall,
        "memory": peak(),
        "worker_memory": sum(map(peak, _workers())),
        "found": found,
    }
    print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    main()
