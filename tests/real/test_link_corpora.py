"""The development corpora of linking: no worse than what was promised. Without decisions, which give answers away."""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from harvester.link.weights import load
from harvester.run.aggregated import link_file

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
LINKS = DATA / "links"

pytestmark = pytest.mark.skipif(not LINKS.is_dir(), reason=f"no corpora at {LINKS} (see REAL_DATA)")


def pairs(sizes: Counter[object]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("2k", 0.9985, 0.955), ("2k-hard", 0.998, 0.92), ("75k", 0.9985, 0.955)],
)
@pytest.mark.timeout(600)
def test_clusters_are_pure_and_nearly_complete(name: str, precision: float, recall: float) -> None:
    if name == "75k" and not os.environ.get("HARVESTER_TEST_SLOW"):
        pytest.skip("takes a minute; HARVESTER_TEST_SLOW=1 runs it")
    folder = LINKS / name
    outcome = link_file(
        folder / "records.jsonl.gz", folder / "portals.json", folder / "territory.json", load()
    )
    with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        entity = {row["rid"]: row["entity_id"] for row in csv.DictReader(stream)}
    true = [entity[name] for name in outcome.names]
    found = pairs(Counter(outcome.linked.group))
    right = pairs(Counter(zip(outcome.linked.group, true, strict=True)))
    assert right / found >= precision
    assert right / pairs(Counter(true)) >= recall
