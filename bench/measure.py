"""Runs one task in a fresh process and tells what it cost.

`python -m bench.measure MODULE '{…}'` imports `bench.MODULE`, calls `prepare(**arguments)`, and measures
the function it returns: user and system time with that of worker processes, wall time, and the highest
resident memory of the process. Importing and preparing are not measured.
"""

from __future__ import annotations

import importlib
import json
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
    """What a task cost: seconds of CPU (`own` without its workers) and wall time, megabytes."""

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


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    """The highest resident memory of this process, in MB.

    Not getrusage's: that one starts at what the parent had when it forked.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Run the task that the command line names, and print its cost as JSON."""
    task: Task = importlib.import_module(f"bench.{sys.argv[1]}").prepare(**json.loads(sys.argv[2]))
    own, children = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    found = task()
    wall = time.perf_counter() - start
    spent = _cpu(resource.RUSAGE_SELF) - own
    workers = _cpu(resource.RUSAGE_CHILDREN) - children
    print(
        json.dumps(
            {
                "cpu": spent + workers,
                "own": spent,
                "wall": wall,
                "memory": peak(),
                "worker_memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
                "found": found,
            }
        )
    )


if __name__ == "__main__":
    main()
