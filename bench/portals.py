"""Imitates a portal of a kind in a process of its own: `python -m bench.portals KIND COUNT`, until its input ends."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from harvester.demo.dialects import dialect
from harvester.demo.portal import Portal
from harvester.demo.samples import numbered, producers
from harvester.demo.server import serving
from harvester.territory import load

PAGE = 500
"""The most datasets that the portal gives at once."""


@contextlib.contextmanager
def imitating(kind: str, count: int) -> Iterator[str]:
    """A portal of `count` numbered datasets; the url of its source."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.portals", kind, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait()


def main(kind: str, count: str) -> None:
    producer = producers(load())["meudon"]
    speaks = dialect(kind)
    entries = tuple(speaks.describe(sample) for sample in numbered(producer, int(count)))
    portal = Portal(
        "meudon", "Meudon", "commune", producer.unit.code, entries, kind=kind, page=PAGE
    )
    with serving([portal]) as roots:
        print(roots["meudon"] + speaks.PATH, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
