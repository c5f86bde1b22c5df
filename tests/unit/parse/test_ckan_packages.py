"""What a CKAN says, of whatever age, becomes the same kind of record."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harvester.errors import SourceRefused
from harvester.map import compile_mapping
from harvester.model import Dataset, Problem, Record
from harvester.parse import ckan
from harvester.parse.page import Found, Page, Request, Total

SITE = "https://donnees.meudon.example"
PACKAGE = {
    "id": "6f2c2e0a-0f1e-4c7e-9d6e-7f3f5f0f9a01",
    "name": "aires-de-jeux",
    "title": "Aires de jeux",
    "notes": "Jeux pour enfants.",
    "metadata_created": "2021-03-04T10:00:00.000000",
    "metadata_modified": "2024-05-06T10:00:00.000000",
    "license_id": "lov2",
    "private": False,
    "state": "active",
    "organization": {"name": "meudon", "title": "Ville de Meudon"},
    "tags": [{"name": "enfance", "display_name": "enfance"}],
    "extras": [
        {"key": "frequency", "value": "annual"},
        {"key": "theme", "value": '["http://publications.europa.eu/resource/authority/data-theme/EDUC"]'},
    ],
    "resources": [{"id": "r1", "name": "CSV", "format": "CSV", "url": f"{SITE}/jeux.csv", "position": 0}],
}  # fmt: skip


def read(answer: Any) -> list[Found]:
    content = answer if isinstance(answer, bytes) else orjson.dumps(answer)
    url = f"{SITE}/api/3/action/package_search?rows=10&start=0"
    return list(ckan.read(Page(Request(url), url, content, "application/json"), site=SITE))


def search(*packages: Any, count: int | None = None) -> dict[str, Any]:
    result: dict[str, Any] = {"results": list(packages)}
    if count is not None:
        result["count"] = count
    return {"help": "…", "success": True, "result": result}


def record(package: dict[str, Any]) -> Record:
    [found] = [item for item in read(search(package)) if isinstance(item, Record)]
    return found


def entry(package: dict[str, Any]) -> Dataset:
    mapped = compile_mapping("ckan")(record(package)).entry
    assert isinstance(mapped, Dataset)
    return mapped


def test_a_package_keeps_its_words_and_learns_its_page() -> None:
    found = record(PACKAGE)
    assert found.id == PACKAGE["id"]
    assert found.url == f"{SITE}/dataset/aires-de-jeux"
    assert found.tree["title"] == "Aires de jeux"
    assert found.tree["extras"]["theme"] == [
        "http://publications.europa.eu/resource/authority/data-theme/EDUC"
    ]


def test_packages_of_1_8_say_the_same_in_another_shape() -> None:
    old = {
        **PACKAGE,
        "tags": ["enfance"],
        "extras": {"frequency": "annual", "theme": PACKAGE["extras"][1]["value"]},
    }  # type: ignore[index]
    assert entry(old) == entry(PACKAGE)


@pytest.mark.parametrize("nested", [False, True])
def test_a_list_of_packages_without_a_search_is_read_too(nested: bool) -> None:
    packages = [PACKAGE, {**PACKAGE, "id": "b", "name": "b"}]
    found = read({"success": True, "result": [packages] if nested else packages})
    assert [item.id for item in found if isinstance(item, Record)] == [PACKAGE["id"], "b"]
    assert not [item for item in found if isinstance(item, Total)]


def test_what_ckan_counts_and_notes_for_itself_is_no_change() -> None:
    moved = {**PACKAGE, "num_tags": 7, "tracking_summary": {"total": 3}}
    moved["resources"] = [{**PACKAGE["resources"][0], "position": 4, "cache_last_updated": "x"}]  # type: ignore[dict-item,index]
    assert record(moved).fingerprint == record(PACKAGE).fingerprint
    assert record({**PACKAGE, "title": "Autre"}).fingerprint != record(PACKAGE).fingerprint


@pytest.mark.parametrize(
    ("says", "right"),
    [
        ({"private": True}, "RESTRICTED"),
        ({"state": "draft"}, "NON_PUBLIC"),
        ({"private": True, "extras": [{"key": "access_rights", "value": "public"}]}, "RESTRICTED"),
        ({"extras": [{"key": "access_rights", "value": "non-public"}]}, "NON_PUBLIC"),
    ],
)
def test_what_is_private_or_unfinished_is_not_public_whatever_else_is_said(
    says: dict[str, Any], right: str
) -> None:
    assert (entry({**PACKAGE, **says}).access_rights or "").endswith(f"/{right}")


def test_a_public_package_says_nothing_of_access() -> None:
    assert entry(PACKAGE).access_rights is None


def test_a_dataset_that_was_harvested_names_its_origin() -> None:
    origin = "https://geo.example/id/8c5d0f5e-4b0e-4b57-8d5e-0c1f6a7b8c9d"
    copied = {
        **PACKAGE,
        "extras": [{"key": "guid", "value": origin}, {"key": "uri", "value": origin}],
    }
    found = entry(copied)
    assert found.iri == origin
    assert origin in found.source
    assert origin in [other.notation for other in found.other_identifier]


def test_what_is_no_package_costs_no_other() -> None:
    found = read(search(17, None, PACKAGE, {"title": "Sans nom"}, count=4))
    assert [item.count for item in found if isinstance(item, Total)] == [4]
    records = [item for item in found if isinstance(item, Record)]
    assert len(records) == 2
    assert records[1].id.startswith("_:")
    told = [item.code for item in found if isinstance(item, Problem)]
    assert sorted(told) == ["record-malformed", "record-malformed", "record-unnamed"]


def test_an_error_that_the_portal_tells_is_passed_on() -> None:
    with pytest.raises(SourceRefused, match="Search Query is invalid") as refused:
        read({"success": False, "error": {"message": "Search Query is invalid"}})
    assert refused.value.context["code"] == "api-error"


@pytest.mark.parametrize("answer", [[], 3, {"results": 3}, {"success": True, "result": {}}])
def test_another_kind_of_answer_is_refused(answer: Any) -> None:
    with pytest.raises(SourceRefused) as refused:
        read(answer)
    assert refused.value.context["code"] == "another-kind"
