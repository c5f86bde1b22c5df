"""Recorded catalogues through whole runs: no dataset lost, nothing changes the second time."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from tests.territory import Territory

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
DCAT = DATA / "real" / "dcat"

pytestmark = pytest.mark.skipif(
    not DCAT.is_dir(), reason=f"no recorded catalogues at {DCAT} (see REAL_DATA)"
)

COUNTS = {
    "rennesmetropole-ods-export.rdf": (27, None),
    "odwb-opendatasoft.ttl.gz": (994, 12_886),
    "brussels-fr.ttl.gz": (202, None),
    "ecospheres-geoide.jsonld": (75, 192),
    "ckan-dcat/ckan.rdf": (100, None),
    "ckan-dcat/ckan.ttl": (100, None),
    "ckan-dcat/ckan.jsonld": (100, None),
}
"""File → (datasets, distributions)."""


@pytest.mark.parametrize("name", COUNTS)
def test_every_dataset_and_distribution_is_published_and_a_second_run_changes_nothing(
    territory: Territory, name: str
) -> None:
    datasets, distributions = COUNTS[name]
    territory.source("real", path=(DCAT / name).as_uri(), level="partner", territory="fr")
    first = territory.run("real")
    assert (first.outcome, first.counts.seen, first.counts.new) == ("success", datasets, datasets)
    assert (first.counts.rejected, first.counts.breach) == (0, 0)
    entries = [
        orjson.loads(body)
        for (body,) in territory.sql(
            "SELECT v.entry FROM entry e JOIN version v ON v.id = e.version"
        )
    ]
    assert len(entries) == first.counts.published == datasets
    if distributions is not None:
        assert sum(len(entry.get("distribution", ())) for entry in entries) == distributions
    again = territory.run("real")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    assert again.counts.problems == first.counts.problems


def test_one_catalogue_in_three_syntaxes_gives_the_same_records(territory: Territory) -> None:
    found = []
    for suffix in ("rdf", "ttl", "jsonld"):
        name = f"ckan-{suffix}"
        path = (DCAT / "ckan-dcat" / f"ckan.{suffix}").as_uri()
        territory.source(name, path=path, level="partner", territory="fr")
        territory.run(name)
        found.append(
            {
                (local_id, bytes(fingerprint))
                for local_id, fingerprint in territory.sql(
                    f"SELECT local_id, fingerprint FROM record WHERE source = '{name}'"
                )
            }
        )
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 100
    assert territory.sql("SELECT count(*) FROM entry") == [(100,)], (
        "the same URIs are one catalogue"
    )


@pytest.mark.parametrize(
    "path",
    sorted((DCAT / "udata-samples").iterdir()) if DCAT.is_dir() else [],
    ids=lambda path: path.name,
)
def test_every_sample_harvests_or_says_precisely_what_is_wrong(
    territory: Territory, path: Path
) -> None:
    territory.source("sample", path=path.as_uri(), level="partner", territory="fr")
    first = territory.run("sample")
    if first.outcome != "success":
        assert first.message
        assert first.counts.problems
    again = territory.run("sample")
    assert (again.outcome, again.counts.new, again.counts.changed) == (first.outcome, 0, 0)
    assert again.counts.problems == first.counts.problems
