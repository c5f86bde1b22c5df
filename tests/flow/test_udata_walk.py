"""A udata portal on loopback, harvested whole, by selections, again, and after a failure in the middle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from harvester.demo import dialects
from harvester.demo.dialects import udata
from harvester.demo.portal import Portal as Sample
from harvester.demo.samples import producers, samples, topics
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory, gazetteer

PRODUCERS = producers(gazetteer())
KEY = "cle-de-l-ept"


def entries(producer: str, count: int) -> list[dict[str, Any]]:
    listed = topics()["epci" if producer == "gpso" else "commune"]
    return [udata.describe(sample) for sample in samples(PRODUCERS[producer], listed, count)]


class Udata:
    """The dialect behind a programmable portal: what it lists may change, and pages may fail."""

    def __init__(self, portal: Portal, *listed: dict[str, Any], token: str = "") -> None:
        self.portal = portal
        self.listed = list(listed)
        self.token = token
        self.failing: Callable[[str], bool] = lambda _path: False
        for path in ("datasets", "dataservices", "organizations", "site"):
            portal.answers(f"/api/1/{path}/", self.answer)
        for entry in listed:
            for name in (entry["organization"]["id"], entry["organization"]["slug"]):
                portal.answers(f"/api/1/organizations/{name}/", self.answer)

    def answer(self, asked: Asked) -> Answer:
        if self.failing(asked.path):
            return Answer(500, b"en panne", "text/plain")
        parts = urlsplit(asked.path)
        sample = Sample("p", "P", "etat", "fr", tuple(self.listed), kind="udata", token=self.token)
        said = udata.answer(
            sample,
            self.portal.url,
            dialects.Asked(parts.path, dict(parse_qsl(parts.query)), headers=asked.headers),
        )
        if said is None:
            return Answer(404)
        return Answer(said.status, said.content, said.media_type)

    def asked(self) -> list[str]:
        """What was asked for since it was last looked at: the list and the page."""
        shown = []
        for request in self.portal.requests:
            parts = urlsplit(request.path)
            query = dict(parse_qsl(parts.query))
            chosen = [query[name] for name in ("geozone", "tag") if name in query]
            shown.append(
                " ".join(
                    [parts.path.removeprefix("/api/1/"), *chosen, query.get("page", "")]
                ).strip()
            )
        self.portal.forget()
        return shown


@pytest.fixture
def site(portal: Portal) -> Udata:
    return Udata(portal, *entries("meudon", 9), *entries("vanves", 3), *entries("gpso", 2))


def source(territory: Territory, portal: Portal, options: str = "", more: str = "") -> None:
    territory.folder.joinpath("sources", "national.toml").write_text(
        f'name = "National"\nkind = "udata"\nurl = "{portal.url}/fr/"\nlevel = "etat"\nterritory = "fr"\n'
        f"[options]\n{options}\n[http]\nretries = 0\nallow_hosts = ['{portal.host}']\n{more}\n"
    )


def test_a_whole_portal_is_harvested_and_nothing_changes_the_second_time(
    territory: Territory, site: Udata
) -> None:
    source(territory, site.portal, "page_size = 5")
    first = territory.run("national")
    assert (first.outcome, first.counts.new, first.counts.published) == ("success", 14, 14)
    assert site.asked() == ["datasets/ 1", "datasets/ 2", "datasets/ 3", "dataservices/ 1"]
    again = territory.run("national")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    assert again.pages_unchanged == again.pages == 4
    assert not any(code.startswith("page-") for code in again.problems_by_code)


def test_counters_that_move_change_nothing(territory: Territory, site: Udata) -> None:
    source(territory, site.portal)
    territory.run("national")
    for entry in site.listed:
        entry["metrics"] = {"views": 99_999}
        entry["last_update"] = "2026-02-02T00:00:00+00:00"
        for resource in entry["resources"]:
            resource["extras"] = {"check:date": "2026-02-02T00:00:00+00:00", "check:status": 503}
    site.listed = list(site.listed)
    again = territory.run("national")
    assert (again.outcome, again.counts.changed) == ("success", 0)


def test_selections_that_overlap_are_one_catalogue_and_complete(
    territory: Territory, site: Udata
) -> None:
    source(
        territory,
        site.portal,
        'organizations = ["meudon"]\nsirens = ["219200755"]\nzones = ["fr:commune:92048", "fr:commune:92040"]\npage_size = 4',
    )
    first = territory.run("national")
    assert (first.outcome, first.counts.published) == ("success", 12), first.message
    assert first.problems_by_code.keys().isdisjoint(
        {"page-repeated", "page-short", "record-repeated"}
    )
    publishers = {row["publisher"]["identifier"] for row in map(body, territory.rows())}
    assert publishers == {"21920048200013", "21920075500013"}
    again = territory.run("national")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)


def body(row: Any) -> Any:
    return orjson.loads(row.body)


def test_what_is_gone_from_one_selection_is_missing(territory: Territory, site: Udata) -> None:
    source(territory, site.portal, 'organizations = ["meudon", "vanves"]')
    territory.run("national")
    site.listed = site.listed[1:]
    second = territory.run("national")
    assert (second.outcome, second.counts.missing) == ("success", 1)


def test_a_walk_that_failed_in_the_middle_goes_on_where_it_stopped(
    territory: Territory, site: Udata
) -> None:
    source(territory, site.portal, "page_size = 2\ndataservices = false")
    site.failing = lambda path: path.endswith("page=5")
    first = territory.run("national")
    assert (first.outcome, first.counts.published) == ("partial", 8)
    site.failing = lambda _path: False
    second = territory.run("national")
    assert (second.outcome, second.counts.new, second.counts.changed) == ("success", 6, 0)
    assert (second.pages, second.pages_unchanged) == (7, 4), "what was read is not read again"


def test_what_comes_newly_is_on_the_last_page_only(territory: Territory, site: Udata) -> None:
    source(territory, site.portal, "page_size = 5\ndataservices = false")
    territory.run("national")
    site.listed = [
        *site.listed,
        {**site.listed[0], "id": "f" * 24, "slug": "neuf", "title": "Jeu tout neuf"},
    ]
    second = territory.run("national")
    assert (second.outcome, second.counts.new) == ("success", 1)
    # Each page tells the total, so that they all are read; none of their records is mapped again.
    assert second.counts.changed == 0


def test_an_organisation_that_does_not_exist_removes_nothing(
    territory: Territory, site: Udata
) -> None:
    source(territory, site.portal, 'organizations = ["meudon"]')
    territory.run("national")
    source(territory, site.portal, 'organizations = ["meudon", "inconnue"]')
    second = territory.run("national")
    assert second.outcome in ("partial", "refused")
    assert len(territory.titles()) == 9


def test_an_organisation_that_is_gone_does_not_keep_the_others_away(
    territory: Territory, site: Udata
) -> None:
    source(territory, site.portal, 'organizations = ["inconnue", "meudon", "vanves"]')
    outcome = territory.run("national")
    assert outcome.outcome == "partial"
    assert outcome.problems_by_code["page-refused"] == 1
    assert len(territory.titles()) == 12


def test_the_key_goes_to_the_portal_and_what_only_it_shows_is_shown_to_nobody(
    territory: Territory, portal: Portal
) -> None:
    listed = entries("meudon", 3)
    secret = {**listed[0], "id": "f" * 24, "slug": "secret", "title": "Secret", "private": True}
    old = {
        **listed[1],
        "id": "e" * 24,
        "slug": "ancien",
        "title": "Ancien",
        "archived": "2024-01-01T00:00:00",
    }
    Udata(portal, *listed, secret, old, token=KEY)
    source(territory, portal, more=f'token = "{KEY}"')
    first = territory.run("national")
    assert (first.outcome, first.counts.published, first.counts.private) == ("success", 3, 2)
    assert "Secret" not in territory.titles(audience="agents")
    assert {request.headers["x-api-key"] for request in portal.requests} == {KEY}
    assert all("authorization" not in request.headers for request in portal.requests)


def test_a_portal_older_than_dataservices_is_harvested_all_the_same(
    territory: Territory, site: Udata
) -> None:
    site.portal.answer("/api/1/dataservices/", status=404)
    source(territory, site.portal)
    first = territory.run("national")
    assert (first.outcome, first.counts.published) == ("success", 14), first.message


def test_another_portal_than_udata_is_named(territory: Territory, portal: Portal) -> None:
    portal.answer(
        "/api/1/datasets/", b"<!doctype html><title>Portail</title>", media_type="text/html"
    )
    source(territory, portal)
    first = territory.run("national")
    assert first.outcome == "refused"
    assert "not JSON" in first.message
