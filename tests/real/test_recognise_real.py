"""What recorded catalogues are is recognised by their content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.fetch import files
from harvester.fetch.recognise import client_ask, recognise

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
REAL = DATA / "real"

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"no recorded catalogues at {REAL} (see REAL_DATA)"
)


def recorded() -> Iterator[tuple[str, str]]:
    """(file, kind) of whole catalogues."""
    for pattern, kind in (
        ("dcat/*.rdf", "dcat"),
        ("dcat/*.ttl.gz", "dcat"),
        ("dcat/*.jsonld", "dcat"),
        ("dcat/ckan-dcat/ckan.*", "dcat"),
        ("datajson/dcatus__dcatus.json", "datajson"),
        ("datajson/dcatus__dcatus3_0.json", "datajson"),
        ("datajson/arcgis-hub-*", "datajson"),
    ):
        for file in sorted(REAL.glob(pattern)):
            yield str(file.relative_to(REAL)), kind


@pytest.mark.parametrize(("name", "kind"), list(recorded()))
def test_a_recorded_catalogue_is_recognised(name: str, kind: str) -> None:
    url = (REAL / name).as_uri()
    found = recognise(url, client_ask(files.read)).found
    assert found is not None
    assert found.kind == kind
