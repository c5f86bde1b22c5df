"""The floor, first half: nothing but pyoxigraph's streaming parser over the pages."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from bench.catalogue import SUFFIX
from bench.measure import Task

FORMAT = {"xml": ox.RdfFormat.RDF_XML, "turtle": ox.RdfFormat.TURTLE}


def prepare(pages: str, syntax: str, lenient: bool = False) -> Task:
    """Parse every page and keep nothing."""
    files = sorted(Path(pages).glob(f"*.{SUFFIX[syntax]}"))

    def task() -> dict[str, int]:
        triples = 0
        for file in files:
            for _ in ox.parse(
                path=str(file), format=FORMAT[syntax], base_iri="http://h/", lenient=lenient
            ):
                triples += 1
        return {"triples": triples, "bytes": sum(file.stat().st_size for file in files)}

    return task
