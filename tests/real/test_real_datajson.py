"""Recorded data.json files and Hub feeds: what is in them, and what is wrong with them."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from harvester.errors import SourceRefused
from harvester.map import compile_mapping
from harvester.model import Problem, Record
from harvester.parse import datajson
from harvester.parse.page import Page, Request
from tests.territory import Territory

ROOT = Path(__file__).parents[2]
DATA = (ROOT / os.environ.get("REAL_DATA", "../shared/data")).resolve() / "real"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded real data is not here")

FILES: dict[str, tuple[int, int, int, dict[str, int]]] = {
    "datajson/arcgis-hub-esri.jsonld.gz": (71, 0, 418, {}),
    "datajson/arcgis-hub-evian.json": (8, 0, 34, {"geometry-invalid": 3}),
    "datajson/dcatus__dcatus.json": (7, 0, 7, {}),
    "datajson/dcatus__dcatus3_0.json": (4, 0, 0, {}),
    "datajson/dcatus__dcatus3_0_invalid.json": (2, 0, 0, {}),
    "datajson/dcatus__dcatus3_0_nested_catalog.json": (3, 0, 0, {}),
    "datajson/dcatus__dcatus3_0_no_identifier.json": (1, 0, 0, {"record-unnamed": 1}),
    "datajson/dcatus__dcatus3_0_record_no_id.json": (1, 0, 0, {}),
    "datajson/dcatus__dcatus3_0_series_member_also_top_level.json": (3, 1, 0, {}),
    "datajson/dcatus__dcatus3_0_series_with_members.json": (3, 1, 0, {}),
    "datajson/dcatus__dcatus3_0_service_no_identifier.json": (2, 1, 0, {"record-unnamed": 1}),
    "datajson/dcatus__dcatus3_0_service_serves_dataset.json": (2, 1, 0, {}),
    "datajson/dcatus__dcatus3_0_warning.json": (3, 0, 1, {"modified-before-issued": 1}),
    "datajson/dcatus__dcatus3_0_with_records.json": (1, 0, 0, {}),
    "datajson/dcatus__dcatus3_0_with_services.json": (3, 2, 0, {}),
    "datajson/dcatus__dcatus_2.json": (3, 0, 3, {}),
    "datajson/dcatus__dcatus_bad_license_uri.json": (1, 0, 1, {}),
    "datajson/dcatus__dcatus_long_description.json": (1, 0, 2, {}),
    "datajson/dcatus__dcatus_multiple_invalid.json": (1, 0, 1, {"iri-invalid": 1}),
    "datajson/dcatus__dcatus_no_identifier.json": (1, 0, 1, {"record-unnamed": 1}),
    "datajson/dcatus__dcatus_same_title.json": (2, 0, 2, {}),
    "datajson/dcatus__dcatus_same_title_step_2.json": (2, 0, 2, {}),
    "datajson/dcatus__dcatus_single_record.json": (1, 0, 1, {}),
    "datajson/dcatus__dcatus_single_record_non-federal.json": (1, 0, 1, {}),
    "datajson/dcatus__dcatus_spatial_no_translate.json": (1, 0, 1, {"geometry-invalid": 1}),
    "datajson/dcatus__dcatus_with_none.json": (402, 0, 2841, {"iri-invalid": 1}),
    "datajson/dcatus__missing_title.json": (1, 0, 1, {"title-missing": 1}),
    "dcat/udata-samples/evian.json": (8, 0, 34, {"geometry-invalid": 3}),
}
"""File → (records, of which not datasets, distributions, problems by code)."""

REFUSED = {
    "dcat/udata-samples/dkan-french-w-license.json": ("an answer of the CKAN API", "ckan"),
    "dcat/udata-samples/bnodes.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/flat.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/nested.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/paged-collection-1.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/paged-collection-2.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/partial-collection-1.jsonld": ("JSON-LD", "dcat"),
    "dcat/udata-samples/partial-collection-2.jsonld": ("JSON-LD", "dcat"),
}
"""File → what it is instead, and the kind of source that reads it."""

MAPPER = compile_mapping("datajson")


def page(name: str) -> Page:
    content = (DATA / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    url = f"https://portail.exemple.fr/{name}"
    return Page(Request(url), url, content)


@pytest.mark.parametrize("name", FILES)
def test_every_record_and_distribution_is_kept_and_every_defect_is_named(name: str) -> None:
    found = list(datajson.read(page(name)))
    results = [MAPPER(each) for each in found if isinstance(each, Record)]
    entries = [result.entry for result in results if result.entry is not None]
    assert len(entries) == len(results)
    codes = Counter(each.code for each in found if isinstance(each, Problem))
    codes.update(problem.code for result in results for problem in result.problems)
    others = sum(entry.kind != "dataset" for entry in entries)
    files = sum(len(getattr(entry, "distribution", ())) for entry in entries)
    assert (len(entries), others, files, dict(codes)) == FILES[name]
    assert len({each.id for each in found if isinstance(each, Record)}) == len(entries)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_data_json_is_called_by_its_name(name: str) -> None:
    what, kind = REFUSED[name]
    with pytest.raises(SourceRefused, match=what) as refused:
        list(datajson.read(page(name)))
    assert refused.value.context["kind"] == kind


@pytest.mark.skipif(not (DATA / "datajson").is_dir(), reason="no recorded data.json")
def test_every_recorded_file_is_in_the_tables() -> None:
    recorded = {f"datajson/{path.name}" for path in (DATA / "datajson").iterdir()}
    assert recorded <= {*FILES, *REFUSED}


@pytest.mark.parametrize(
    "name", ["datajson/arcgis-hub-evian.json", "datajson/dcatus__dcatus_with_none.json"]
)
def test_a_second_run_changes_nothing(territory: Territory, name: str) -> None:
    path = (DATA / name).as_uri()
    territory.source("real", path=path, level="partner", territory="fr")
    file = territory.folder / "sources" / "real.toml"
    file.write_text(file.read_text().replace('kind = "dcat"', 'kind = "datajson"'))
    first = territory.run("real")
    assert (first.outcome, first.counts.seen) == ("success", FILES[name][0])
    assert (first.counts.rejected, first.counts.breach) == (0, 0)
    again = territory.run("real")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    assert again.counts.problems == first.counts.problems
