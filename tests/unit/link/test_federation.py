"""Who feeds whom, from what records say."""

from __future__ import annotations

from typing import Any

from harvester.link.federation import US, Federation, Feed, at_home, cycles, federation

SOURCES = {
    "sevres": "https://data.sevres.example/",
    "departement": "https://opendata.departement.example/api",
    "ville-a": "https://www.data.gouv.example/api/1/organizations/a/catalog.xml",
    "ville-b": "https://www.data.gouv.example/api/1/organizations/b/catalog.xml",
    "fichier": "file:///srv/catalogue.ttl",
}


def entry(home: str, source: str = "") -> dict[str, Any]:
    return {"iri": f"https://{home}/x", **({"source": [f"https://{source}/x"]} if source else {})}


ENTRIES = [
    *[("sevres", entry("data.sevres.example"))] * 4,
    *[("departement", entry("opendata.departement.example", "data.sevres.example"))] * 3,
    ("departement", entry("opendata.departement.example", "data.chaville.example")),
    ("ville-a", entry("data.gouv.example", "data.chaville.example")),
    ("ville-a", entry("data.gouv.example")),
    *[("fichier", entry("sig.ville.example"))] * 3,
    ("fichier", entry("sig.ville.example", "data.gouv.example")),
]


def graph(returned: dict[str, int] | None = None) -> Federation:
    return federation(SOURCES, ENTRIES, at_home(SOURCES, ENTRIES), returned or {})


def test_records_that_name_another_source_make_an_edge_between_the_two() -> None:
    assert Feed("sevres", "departement", 3) in graph().feeds


def test_portals_that_others_harvest_are_listed_by_what_they_would_bring() -> None:
    assert [(p.name, p.records) for p in graph().unharvested()] == [("data.chaville.example", 2)]


def test_a_host_that_several_sources_share_is_a_node_of_its_own_and_no_hint() -> None:
    found = graph()
    shared = next(p for p in found.portals if p.name == "data.gouv.example")
    assert shared.sources == ("ville-a", "ville-b")
    assert Feed("data.gouv.example", "fichier", 1) in found.feeds


def test_a_file_is_at_home_where_its_records_live() -> None:
    assert at_home(SOURCES, ENTRIES)["fichier"] == {"sig.ville.example"}


def test_our_own_records_come_back_are_a_circle() -> None:
    found = graph({"ville-a": 2})
    assert found.cycles == ((US, "ville-a"),)
    assert Feed(US, "ville-a", 2) in found.feeds


def test_circles_of_any_length_are_found_once() -> None:
    assert cycles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "e")]) == (
        ("a", "b", "c"),
        ("e",),
    )
    assert cycles([("a", "b"), ("b", "c")]) == ()
