"""Fuzz the reading of one kind of source, or one parser: `python scripts/fuzz.py NAME [libFuzzer's options]`.

Needs `pip install atheris`, which the project does not depend on. NAME is a kind of source (`csw`) or one of
`tests.parsers.PARSERS` (`cleaners`); without it, both are listed. Starts from the good pages of the kind; any exception
that is not one of this project's own, a difference between two readings, a mapping that fails and an input that takes more
than `SLOW` seconds of processor are findings, and libFuzzer writes the bytes that caused one to a file, to be given again.
What makes sense is `-max_total_time=600 -timeout=10 -rss_limit_mb=2048`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["harvester"]):
    from harvester.fetch.kinds import KINDS
    from tests import parsers, wild
    from tests.mutation import mutated

SLOW = 3.0
"""Seconds of processor for two readings and mappings of one input, instrumented, and at most `LARGEST` long."""
LARGEST = 64 * 1024


def target(name: str) -> tuple[list[bytes], Callable[[bytes], object]]:
    """What to start from, and what to try. The first byte says which of a kind's pages was asked for, and the charset."""
    if name in parsers.PARSERS:
        return list(parsers.GOOD[name]), lambda data: parsers.bear(name, data)
    pages = wild.seeds(name)

    def bear(data: bytes) -> None:
        if data:
            charset = wild.CHARSETS[data[0] // len(pages) % len(wild.CHARSETS)]
            wild.bear(name, pages[data[0] % len(pages)][0], data[1:], charset)

    return [bytes([number]) + content for number, (_, content) in enumerate(pages)], bear


def main() -> None:
    if len(sys.argv) < 2:
        print(*sorted(KINDS), *sorted(parsers.PARSERS), sep="\n")
        return
    name, *options = sys.argv[1:]
    good, bear = target(name)
    head = 1 if name in KINDS else 0

    def one(data: bytes) -> None:
        started = time.process_time()
        bear(data)
        took = time.process_time() - started
        if took > SLOW:
            raise TimeoutError(f"{took:.1f} s for {len(data)} bytes")

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        changed = mutated(
            data[head:], rng, lambda some: atheris.Mutate(some, len(some) + 64), most - head
        )
        return data[:head] + changed

    with tempfile.TemporaryDirectory() as corpus:
        for number, content in enumerate(good):
            (Path(corpus) / f"{number:03}").write_bytes(content)
        first = [f"-max_len={LARGEST}", *options]
        atheris.Setup([sys.argv[0], *first, corpus], one, custom_mutator=mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
