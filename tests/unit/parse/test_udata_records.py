"""Records of udata's lists: what stands in them, what is implied, what does not count."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.config import Source
from harvester.errors import HarvesterError
from harvester.fetch import udata as connector
from harvester.model import Problem, Record
from harvester.parse import udata
from harvester.parse.page import Page, Request

URL = "https://donnees.example/api/1/datasets/?page=1"
PAGE = Page(Request(URL), URL, b"")
NONE: frozenset[str] = frozenset()
ITEM: dict[str, Any] = {
    "id": "61892c9d076a4d62434a1318",
    "title": "Bureaux de vote",
    "slug": "bureaux-de-vote",
    "page": "https://donnees.example/fr/datasets/bureaux-de-vote/",
    "uri": "https://donnees.example/api/1/datasets/bureaux-de-vote/",
    "tags": ["elections", "mobilite"],
    "organization": {"id": "54884a24c751df7226a3fc16", "name": "Ville de Vanves"},
    "resources": [{"id": "r1", "url": "https://a.example/1.csv", "extras": {"check:status": 200}}],
}


def record(item: Any, kind: udata.Kind = "dataset", number: str = "") -> Record:
    [made] = udata.entry(item, kind, PAGE, number=number, ignore_parameters=NONE)
    assert isinstance(made, Record)
    return made


def derived(kind: udata.Kind = "dataset", **changes: Any) -> Any:
    return record({**ITEM, **changes}, kind).tree["derived"]


def test_the_tree_is_the_portal_s_own() -> None:
    tree = dict(record(ITEM).tree)
    del tree["derived"]
    assert tree == ITEM


@pytest.mark.parametrize(
    "page",
    [
        "https://www.data.gouv.fr/fr/datasets/bureaux-de-vote/",
        "https://www.data.gouv.fr/datasets/bureaux-de-vote",
        "https://www.data.gouv.fr/pt-BR/datasets/bureaux-de-vote/",
    ],
)
def test_a_dataset_is_named_as_in_the_portal_s_dcat_whatever_its_page_is_called(page: str) -> None:
    assert (
        derived(page=page)["iri"] == "https://www.data.gouv.fr/datasets/61892c9d076a4d62434a1318/"
    )


def test_a_portal_without_pages_names_its_datasets_by_its_api() -> None:
    named = derived(page=None)
    assert named["iri"] == "https://donnees.example/api/1/datasets/61892c9d076a4d62434a1318/"


def test_where_the_origin_has_an_address_the_portal_s_own_is_an_alias() -> None:
    found = derived(harvest={"uri": "https://data.vanves.example/jeux/1"})
    assert "iri" not in found
    assert found["alias"] == "https://donnees.example/datasets/61892c9d076a4d62434a1318/"


def test_a_dataservice_is_one_and_serves_what_it_lists() -> None:
    item = {
        **ITEM,
        "page": None,
        "self_web_url": "https://donnees.example/dataservices/api-vote/",
        "datasets": [{"id": "1" * 24}, {"id": None}, 3],
    }
    found = record(item, "service").tree["derived"]
    assert found["kind"] == "service"
    assert found["iri"] == "https://donnees.example/dataservices/61892c9d076a4d62434a1318/"
    assert found["serves"] == [f"https://donnees.example/datasets/{'1' * 24}/"]
    linked = record({**item, "datasets": {"href": "https://donnees.example/x"}}, "service")
    assert "serves" not in linked.tree["derived"]


def test_tags_are_categories_only_of_what_is_of_high_value() -> None:
    assert "hvd" not in derived()
    assert derived(badges=[{"kind": "hvd"}])["hvd"] == ITEM["tags"]


@pytest.mark.parametrize(
    ("changes", "access", "status"),
    [
        ({}, None, None),
        ({"private": False, "deleted": None, "archived": None}, None, None),
        ({"private": True}, "private", None),
        ({"archived": "2024-05-02T10:00:00+00:00"}, "private", "archived"),
        ({"deleted": "2024-05-02T10:00:00+00:00"}, "private", "deleted"),
        ({"archived_at": "2024-05-02T10:00:00+00:00"}, "private", "archived"),
    ],
)
def test_what_the_portal_does_not_show_is_private(
    changes: dict[str, Any], access: str, status: str
) -> None:
    found = derived(**changes)
    assert (found.get("access"), found.get("status")) == (access, status)


def test_counters_checks_and_dates_of_the_portal_s_own_do_not_count() -> None:
    other = {
        **ITEM,
        "metrics": {"views": 12_345},
        "quality": {"score": 0.3},
        "last_update": "2026-01-01T00:00:00",
        "internal": {"last_modified_internal": "2026-01-01"},
        "organization": {**ITEM["organization"], "logo": "https://static.example/1.png"},
        "resources": [
            {**ITEM["resources"][0], "metrics": {"views": 3}, "extras": {"check:status": 404}}
        ],
    }
    assert (
        record(other).fingerprint == record({**ITEM, "resources": other["resources"]}).fingerprint
    )
    base = {**ITEM, "harvest": {"last_update": "2026-01-01", "remote_id": "x"}}
    moved = {**other, "harvest": {"last_update": "2026-02-02", "remote_id": "x"}}
    assert record(moved).fingerprint == record(base).fingerprint
    assert record({**base, "title": "Bureaux"}).fingerprint != record(base).fingerprint


def test_a_dataset_is_the_same_in_the_list_of_its_organisation_and_in_another() -> None:
    assert record(ITEM, number="21920075900016").fingerprint == record(ITEM).fingerprint


def test_an_organisation_steps_back_where_a_contact_point_publishes() -> None:
    contacts = [{"name": "Service élections", "role": "publisher"}]
    assert derived(contact_points=contacts)["publisher"]["role"] == "distributor"
    assert "role" not in derived()["publisher"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "data", "page", "uri", "organization", "badges", "kind", "harvest", "resources", "extras",
             "contact_points", "role", "total", "next_page", "datasets", "tags", "check:x", "business_number_id", "name"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip
_URLS = [
    URL,
    "https://donnees.example/api/1/dataservices/?page=2#21920075900016",
    "https://donnees.example/api/1/organizations/?q=a#219200759",
    "https://donnees.example/api/1/organizations/a/",
    "https://donnees.example/",
]
SOURCE = Source(
    id="s", name="S", kind="udata", url=URL, level="commune", territory="fr:commune:92075"
)


def outcome(url: str, content: bytes) -> Any:
    """What a page gives, or why it is refused; anything but the package's own exceptions is a failure."""
    page = Page(Request(url), url, content)
    list(connector.hint(page, SOURCE, connector.Options()))
    try:
        return list(connector.read(page, SOURCE, connector.Options()))
    except HarvesterError as error:
        return str(error)


@given(st.sampled_from(_URLS), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_twice_the_same(url: str, content: bytes) -> None:
    assert outcome(url, content) == outcome(url, content)


@given(st.sampled_from(_URLS), _json)
def test_any_json_is_read_or_refused_twice_the_same(url: str, value: Any) -> None:
    content = json.dumps(value).encode()  # NaN and enormous numbers too
    assert outcome(url, content) == outcome(url, content)


@given(st.lists(_json, max_size=4))
def test_every_element_of_a_list_becomes_a_record_or_a_problem(items: list[Any]) -> None:
    found = outcome(URL, json.dumps({"data": items, "total": len(items), "page_size": 4}).encode())
    made = [
        each
        for each in found
        if isinstance(each, Record) or (isinstance(each, Problem) and each.severity == "error")
    ]
    assert len(made) == len(items)
