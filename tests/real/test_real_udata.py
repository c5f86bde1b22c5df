"""Recorded datasets of data.gouv.fr through the connector and the shipped mapping: none lost, nothing unexplained."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from harvester.config import Source
from harvester.fetch import udata
from harvester.link.names import canonical
from harvester.map import Mapped, compile_mapping
from harvester.model import DataService, Dataset, Problem, Record
from harvester.parse import rdf
from harvester.parse.page import Page, Request, Total
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory

DATA = (
    Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "real"
)
UDATA = DATA / "udata"
URL = "https://www.data.gouv.fr/api/1/datasets/?sort=created&page_size=100&page=1"
SOURCE = Source(
    id="s", name="S", kind="udata", url="https://www.data.gouv.fr", level="etat", territory="fr"
)
MAPPER = compile_mapping("udata")

pytestmark = pytest.mark.skipif(
    not UDATA.is_dir(), reason=f"no recordings of udata at {UDATA} (see REAL_DATA)"
)


def recorded() -> list[dict[str, Any]]:
    """Two hundred datasets as API 1 gave them between 2018 and 2022."""
    lines = gzip.decompress((UDATA / "datasets.jsonl.gz").read_bytes()).splitlines()
    return [orjson.loads(line) for line in lines]


def dumped() -> list[dict[str, Any]]:
    """Whole datasets of 2024 with organisations, resources and dataservices apart."""
    whole = orjson.loads(gzip.decompress((UDATA / "results.json.gz").read_bytes()))
    return list(whole["datasets"])


def read(items: list[Any], url: str = URL) -> Iterator[Record]:
    page = {"data": items, "next_page": None, "page": 1, "page_size": 100, "total": len(items)}
    for found in udata.read(Page(Request(url), url, orjson.dumps(page)), SOURCE, udata.Options()):
        assert not isinstance(found, Problem), found
        if isinstance(found, Record):
            yield found
        elif isinstance(found, Total):
            assert found.count == len(items)


def mapped(items: list[Any], url: str = URL) -> list[Mapped]:
    return [MAPPER(record) for record in read(items, url)]


def counts(results: list[Mapped]) -> tuple[int, int, dict[str, int], set[str]]:
    """Entries, distributions, problems by code, values that no vocabulary knows."""
    entries = [result.entry for result in results if result.entry is not None]
    files = sum(len(entry.distribution) for entry in entries if isinstance(entry, Dataset))
    codes = Counter(problem.code for result in results for problem in result.problems)
    unknown = {value for result in results for _, value in result.unknown}
    return len(entries), files, dict(codes), unknown


def test_every_recorded_dataset_and_resource_is_mapped() -> None:
    entries, files, codes, unknown = counts(mapped(recorded()))
    documents = sum(r.get("type") == "documentation" for d in recorded() for r in d["resources"])
    assert (entries, files, documents) == (200, 2_034, 7)
    assert files + documents == sum(len(d["resources"]) for d in recorded())
    # The portal's own date of arrival is later than the origin's date of change.
    assert codes == {"modified-before-issued": 10}
    assert len(unknown) == 4  # pieces of addresses where a format is due, dtd, ksh


def test_every_dumped_dataset_and_resource_is_mapped() -> None:
    items = [
        {**d["dataset"], "organization": d["organization"], "resources": d["resources"]}
        for d in dumped()
    ]
    entries, files, codes, unknown = counts(mapped(items))
    assert (entries, files) == (15, 74)
    assert files + 25 == sum(len(d["resources"]) for d in dumped())
    # They were recorded on a developer's machine: its permanent links lead nowhere, the files' own are kept.
    assert codes == {"link-not-public": 74, "modified-before-issued": 2}
    assert unknown == {"www"}


def test_every_dumped_dataservice_is_a_service() -> None:
    items = [service for d in dumped() for service in d["dataservices"]]
    results = mapped(items, URL.replace("/datasets/", "/dataservices/"))
    assert [type(result.entry) for result in results] == [DataService] * 3
    assert all(
        result.entry.endpoint_url for result in results if isinstance(result.entry, DataService)
    )


def test_what_was_harvested_points_at_its_origin() -> None:
    for item, result in zip(recorded(), mapped(recorded()), strict=True):
        harvest = item.get("harvest") or {}
        remote = harvest.get("remote_id") or item["extras"].get("harvest:remote_id")
        if remote is None:
            continue
        assert isinstance(result.entry, Dataset)
        scheme = harvest.get("domain") or item["extras"]["harvest:domain"]
        assert (remote, scheme) in [(o.notation, o.scheme) for o in result.entry.other_identifier]
        told = (
            harvest.get("remote_url")
            or item["extras"].get("remote_url")
            or item["extras"].get("ods:url")
        )
        assert bool(result.entry.source) is bool(told), "where it came from is told"


def test_nothing_but_counters_of_a_recording_is_left_out_of_its_fingerprint() -> None:
    [before] = read(recorded()[:1])
    later = recorded()[0]
    later["metrics"]["views"] += 1_000
    for resource in later["resources"]:
        resource["extras"]["check:date"] = "2026-01-01"
        resource["metrics"]["views"] = 5
    [after] = read([later])
    assert after.fingerprint == before.fingerprint
    later["resources"][0]["url"] += "?nouveau"
    [changed] = read([later])
    assert changed.fingerprint != before.fingerprint


def test_the_portal_s_own_dcat_gives_the_same_identities() -> None:
    """udata.xml is the catalogue of a city on data.gouv.fr, made by udata itself."""
    file = DATA / "dcat" / "udata-samples" / "udata.xml"
    dcat = compile_mapping("dcat")
    listed = [
        r
        for r in rdf.read(
            Page(Request("https://x.example/"), "https://x.example/", file.read_bytes())
        )
        if isinstance(r, Record)
    ]
    datasets = [entry for record in listed if isinstance(entry := dcat(record).entry, Dataset)]
    assert len(datasets) == 2
    for theirs in datasets:
        uri = theirs.iri
        assert uri is not None
        name = canonical((theirs.distribution[0].iri or "").partition("#")[0]).rpartition("/")[2]
        item = {
            "id": name,
            "title": "T",
            "page": "https://www.data.gouv.fr/datasets/quelque-chose",
            "harvest": {"uri": uri, "dct_identifier": uri},
        }
        [ours] = mapped([item])
        assert isinstance(ours.entry, Dataset)
        assert (ours.entry.iri, ours.entry.identifier) == (theirs.iri, theirs.identifier)
        alias = {canonical(o.notation) for o in ours.entry.other_identifier}
        assert f"data.gouv.fr/datasets/{name}" in alias
        assert alias >= {canonical(o.notation) for o in theirs.other_identifier}


def test_a_recording_goes_through_a_whole_run_and_a_second_one_changes_nothing(
    territory: Territory, portal: Portal
) -> None:
    items = recorded()

    def answer(asked: Asked) -> Answer:
        number = int(asked.path.rpartition("page=")[2])
        page = {
            "data": items[(number - 1) * 50 : number * 50],
            "next_page": "there is one" if number < 4 else None,
            "page": number,
            "page_size": 50,
            "total": len(items),
        }
        return Answer(200, orjson.dumps(page), "application/json")

    portal.answers("/api/1/datasets/", answer)
    portal.answer(
        "/api/1/dataservices/",
        b'{"data": [], "total": 0, "page": 1, "page_size": 50, "next_page": null}',
    )
    territory.folder.joinpath("sources", "dgf.toml").write_text(
        f'name = "D"\nkind = "udata"\nurl = "{portal.url}"\nlevel = "etat"\nterritory = "fr"\n'
        f'[http]\nallow_hosts = ["{portal.host}"]\n'
    )
    first = territory.run("dgf")
    assert (first.outcome, first.counts.new, first.counts.rejected) == ("success", 200, 0), (
        first.message
    )
    again = territory.run("dgf")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
