"""The imitation of udata behaves as udata does, where a harvester relies on it."""

from __future__ import annotations

from typing import Any

import orjson

from harvester.config import Source
from harvester.demo.dialects import Asked, Said, udata
from harvester.demo.portal import Portal
from harvester.demo.samples import producers, samples, topics
from harvester.fetch import udata as connector
from harvester.map import compile_mapping
from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.territory import load

ROOT = "http://127.0.0.1:9000"
PRODUCERS = producers(load())
MEUDON = [udata.describe(sample) for sample in samples(PRODUCERS["meudon"], topics()["commune"], 6)]
VANVES = [udata.describe(sample) for sample in samples(PRODUCERS["vanves"], topics()["commune"], 3)]
SECRET = {**MEUDON[0], "id": "f" * 24, "slug": "secret", "private": True}
PORTAL = Portal("p", "Portail", "etat", "fr", (*MEUDON, SECRET, *VANVES), kind="udata", token="clé")
ORGANISATION = MEUDON[0]["organization"]["id"]


def ask(
    path: str, portal: Portal = PORTAL, headers: dict[str, str] | None = None, **query: str
) -> Said:
    said = udata.answer(portal, ROOT, Asked(path, query, headers=headers or {}))
    assert said is not None
    return said


def listed(path: str = "/api/1/datasets/", **query: Any) -> Any:
    said = ask(path, **query)
    assert said.status == 200, said.content
    return orjson.loads(said.content)


def test_pages_follow_each_other_and_end_with_a_404() -> None:
    first = listed(page_size="4", sort="created")
    assert (first["page"], first["page_size"], first["total"]) == (1, 4, 9)
    assert first["next_page"] == f"{ROOT}/api/1/datasets/?page_size=4&sort=created&page=2"
    assert listed(page_size="4", sort="created", page="3")["next_page"] is None
    assert ask("/api/1/datasets/", page_size="4", page="4").status == 404
    assert listed(organization="0" * 24)["total"] == 0


def test_a_portal_gives_no_more_than_it_likes() -> None:
    portal = Portal("p", "P", "etat", "fr", tuple(MEUDON), kind="udata", page=2)
    assert listed(portal=portal, page_size="100")["page_size"] == 2


def test_what_is_asked_wrongly_is_refused() -> None:
    for query in (
        {"page": "0"},
        {"page_size": "beaucoup"},
        {"sort": "id"},
        {"organization": "ville-de-meudon"},
    ):
        assert ask("/api/1/datasets/", **query).status == 400
    assert ask("/api/1/datasets").status == 308


def test_lists_are_filtered() -> None:
    assert listed(organization=ORGANISATION)["total"] == 6
    assert listed(geozone="fr:commune:92075")["total"] == 3
    tag = MEUDON[0]["tags"][0]
    assert listed(tag=tag, geozone="fr:commune:92048")["total"] == sum(
        tag in d["tags"] for d in MEUDON
    )


def test_a_mask_keeps_what_it_names() -> None:
    page = listed(headers={"x-fields": "data{id,organization{name},resources{url}},total"})
    assert list(page) == ["data", "total"]
    assert set(page["data"][0]) == {"id", "organization", "resources"}
    assert list(page["data"][0]["organization"]) == ["name"]
    assert set(page["data"][0]["resources"][0]) == {"url"}


def test_private_datasets_are_shown_to_who_has_the_key() -> None:
    assert listed(headers={"x-api-key": "clé"})["total"] == 10
    assert ask("/api/1/datasets/", headers={"x-api-key": "fausse"}).status == 401
    assert ask("/api/1/datasets/secret/").status == 404


def test_only_an_organisation_itself_tells_its_siret() -> None:
    assert "business_number_id" not in listed()["data"][0]["organization"]
    whole = listed("/api/1/organizations/meudon/")
    assert whole["business_number_id"] == "21920048200013"
    assert listed("/api/1/organizations/", business_number_id="21920048200013")["total"] == 1
    assert listed("/api/1/organizations/", q="meudon")["data"][0]["id"] == ORGANISATION
    assert ask("/api/1/organizations/inconnue/").status == 404


def test_people_find_pages_that_say_what_made_them() -> None:
    for path in ("/", f"/datasets/{MEUDON[0]['slug']}", "/organizations/meudon"):
        assert b'content="udata"' in ask(path).content
    assert udata.answer(PORTAL, ROOT, Asked("/datasets/inconnu")) is None


def test_every_entry_becomes_an_entry_without_a_problem() -> None:
    source = Source(
        id="s", name="S", kind="udata", url=ROOT, level="etat", territory="fr:commune:92048"
    )
    mapper = compile_mapping("udata")
    request = next(iter(connector.start(source, connector.Options(), None)))
    said = ask(
        "/api/1/datasets/", headers={"x-fields": dict(request.headers)["X-Fields"]}, page_size="100"
    )
    page = Page(Request(request.url), request.url, said.content)
    records = [
        each
        for each in connector.read(page, source, connector.Options())
        if isinstance(each, Record)
    ]
    assert len(records) == 9
    for record in records:
        result = mapper(record)
        assert result.entry is not None
        assert result.problems == ()
        assert not result.unknown
