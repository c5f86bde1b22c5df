"""A recorded harvest of DataSud, and what udata made of the same exchange: every difference has its reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from harvester.map import compile_mapping
from harvester.model import Record
from harvester.parse import ckan
from harvester.parse.page import Page, Request
from tests.portal import Portal
from tests.territory import Territory

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
SNAPSHOT = DATA / "real" / "snapshots" / "ckan-datasud.json"

pytestmark = pytest.mark.skipif(
    not SNAPSHOT.is_file(), reason=f"no recorded harvest at {SNAPSHOT} (see REAL_DATA)"
)


@pytest.fixture
def snapshot() -> Any:
    return orjson.loads(SNAPSHOT.read_bytes())


@pytest.fixture
def harvested(territory: Territory, portal: Portal, snapshot: Any) -> dict[str, dict[str, Any]]:
    """Identifier → what we publish of it."""
    answer = snapshot["requests_history"][0]["response"]["body"]
    prefix = "/fr/indexer/service/ckan"
    portal.answer(f"{prefix}/api/3/action/package_search", answer, media_type="application/json")
    territory.source(
        "datasud",
        portal,
        prefix,
        kind="ckan",
        level="region",
        territory="fr:region:93",
        more='[options]\nsite = "https://www.datasud.fr"\n'
        'organizations = ["communaute-dagglomeration-de-gap-tallard-durance"]',
    )
    outcome = territory.run("datasud")
    assert (outcome.outcome, outcome.counts.seen, outcome.counts.rejected) == ("success", 7, 0)
    assert outcome.problems_by_code == {"modified-before-issued": 1, "value-unknown": 1}
    bodies = territory.sql("SELECT v.entry FROM version v")
    found = [orjson.loads(body) for (body,) in bodies]
    return {entry["identifier"][0]: entry for entry in found}


def test_the_same_datasets_with_the_same_words(
    harvested: dict[str, dict[str, Any]], snapshot: Any
) -> None:
    theirs = {dataset["harvest"]["remote_id"]: dataset for dataset in snapshot["datasets"]}
    assert harvested.keys() == theirs.keys()
    for name, dataset in theirs.items():
        ours = harvested[name]
        # Two spaces in a row are one of ours.
        assert ours["title"]["fr"] == " ".join(dataset["title"].split())
        assert ours["landing_page"] == [dataset["harvest"]["remote_url"]]
        # udata folds its tags to ASCII slugs, in alphabetical order, and drops those that then are the same.
        assert len(ours["keyword"]["fr"]) >= len(dataset["tags"])


def test_the_same_dates(harvested: dict[str, dict[str, Any]], snapshot: Any) -> None:
    for dataset in snapshot["datasets"]:
        ours, harvest = harvested[dataset["harvest"]["remote_id"]], dataset["harvest"]
        # udata keeps the day of what is told to the microsecond.
        assert ours["issued"][:10] == harvest["created_at"][:10]
        assert ours["modified"][:10] == harvest["modified_at"][:10]


def test_the_same_files_and_the_services_that_udata_refused(
    harvested: dict[str, dict[str, Any]], snapshot: Any
) -> None:
    for dataset in snapshot["datasets"]:
        ours = harvested[dataset["harvest"]["remote_id"]]["distribution"]
        urls = [distribution["access_url"][0] for distribution in ours]
        assert {resource["url"] for resource in dataset["resources"]} < set(urls)
        # WMS and WFS have a number for an id, not a UUID: udata logs an error and leaves both out.
        assert len(ours) == len(dataset["resources"]) + 2
        formats = [distribution["format"].rpartition("/")[2] for distribution in ours]
        assert formats[1:] == ["WMS_SRVC", "WFS_SRVC"]
        for resource in dataset["resources"]:
            [same] = [d for d in ours if d["access_url"] == [resource["url"]]]
            assert same["media_type"].endswith(resource["mime"])
            # udata leaves out the size, which the portal tells.
            assert same["byte_size"] > 0


def test_the_licence_that_udata_does_not_know(
    harvested: dict[str, dict[str, Any]], snapshot: Any
) -> None:
    """`lov2` is data.gouv.fr's own id of it, which a plain udata has not among its licences."""
    assert not any("license" in dataset for dataset in snapshot["datasets"])
    assert {entry["license"].rpartition("/")[2] for entry in harvested.values()} == {"ETALAB_2_0"}


def test_neither_says_where_nor_when(harvested: dict[str, dict[str, Any]], snapshot: Any) -> None:
    """The portal tells no place and no period in its packages; so does udata."""
    assert not any("spatial" in d or "temporal_coverage" in d for d in snapshot["datasets"])
    assert not any("spatial" in entry or "temporal" in entry for entry in harvested.values())


@pytest.mark.parametrize(
    ("name", "records", "distributions"),
    [
        ("dcat/udata-samples/dkan-french-w-license.json", 1, 2),
        ("ckan/mock_ckan_datasets.json", 2, 1),
    ],
)
def test_recorded_answers_of_other_portals(name: str, records: int, distributions: int) -> None:
    content = (DATA / "real" / name).read_bytes()
    if name.startswith("ckan/"):
        content = b'{"success": true, "result": ' + content + b"}"
    url = "https://donnees.example/api/3/action/package_show"
    found = list(ckan.read(Page(Request(url), url, content), site="https://donnees.example"))
    mapped = [compile_mapping("ckan")(item) for item in found if isinstance(item, Record)]
    files = sum(len(getattr(each.entry, "distribution", ())) for each in mapped)
    assert (len(mapped), files) == (records, distributions)
    assert all(each.entry is not None for each in mapped)
