"""Fuzz the reading of one kind of portal: `python scripts/fuzz.py KIND [libFuzzer's options]`.

Needs `pip install atheris`. Starts from the pages of the kind's imitation; any exception that is not one of this project's own
is a finding, and libFuzzer writes the bytes that caused it to a file. `-max_total_time=600` bounds it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["harvester"]):
    from tests.wild import bear, seeds


def main() -> None:
    kind, *options = sys.argv[1:]
    pages = seeds(kind)
    with tempfile.TemporaryDirectory() as corpus:
        for number, (_, content) in enumerate(pages):
            # The first byte says which of the pages was asked for.
            (Path(corpus) / str(number)).write_bytes(bytes([number]) + content)

        def one(data: bytes) -> None:
            if data:
                bear(kind, pages[data[0] % len(pages)][0], data[1:])

        atheris.Setup([sys.argv[0], *options, corpus], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
