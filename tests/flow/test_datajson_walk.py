"""A data.json source over HTTP: the document, a Hub's front page, a Hub that changes its mind."""

from __future__ import annotations

import pytest

from harvester.demo.dialects import Asked, dialect
from harvester.demo.dialects.datajson import describe, describe_hub
from harvester.demo.portal import Portal as Sample
from harvester.demo.samples import producers, samples, topics
from harvester.territory import load
from tests.portal import Answer, Portal
from tests.territory import Territory

GAZETTEER = load()
SAMPLES = samples(producers(GAZETTEER)["meudon"], topics()["commune"], 9)
FEED = "/api/feed/dcat-ap/2.0.1.json"


def serve(portal: Portal, slugs: bool | None, *paths: str) -> None:
    """Answer as the imitated portal does; `slugs` None: no Hub."""
    entries = tuple(
        describe(sample) if slugs is None else describe_hub(sample, slugs) for sample in SAMPLES
    )
    imitated = Sample("s", "Meudon", "commune", "fr:commune:92048", entries, "datajson")
    for path in paths:
        said = dialect("datajson").answer(imitated, portal.url, Asked(path))
        assert said is not None
        portal.answer(path, said.content, media_type=said.media_type)


def source(territory: Territory, portal: Portal, path: str) -> None:
    territory.source("meudon", portal, path)
    file = territory.folder / "sources" / "meudon.toml"
    file.write_text(file.read_text().replace('kind = "dcat"', 'kind = "datajson"'))


def test_a_document_is_harvested_and_nothing_changes_the_second_time(
    territory: Territory, portal: Portal
) -> None:
    serve(portal, None, "/data.json")
    source(territory, portal, "/data.json")
    first = territory.run("meudon")
    assert (first.outcome, first.counts.seen) == ("success", len(SAMPLES))
    again = territory.run("meudon")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)


@pytest.mark.parametrize("path", ["", "/"])
def test_the_front_page_of_a_hub_will_do(territory: Territory, portal: Portal, path: str) -> None:
    serve(portal, False, FEED, "/data.json")
    source(territory, portal, path)
    assert territory.run("meudon").counts.seen == len(SAMPLES)
    assert [asked.path for asked in portal.requests] == [FEED]


def test_a_portal_without_feed_is_asked_for_its_data_json(
    territory: Territory, portal: Portal
) -> None:
    serve(portal, None, "/data.json")
    source(territory, portal, "/")
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.seen) == ("success", len(SAMPLES))


def test_a_hub_that_turns_from_items_to_slugs_and_to_another_feed_loses_nobody(
    territory: Territory, portal: Portal
) -> None:
    source(territory, portal, "/")
    serve(portal, False, FEED)
    territory.run("meudon")
    before = {row.id for row in territory.rows()}
    for slugs, path in ((True, FEED), (False, "/data.json"), (True, "/data.json")):
        portal.answers(FEED, Answer(404))
        serve(portal, slugs, path)
        outcome = territory.run("meudon")
        assert outcome.outcome == "success"
        assert (outcome.counts.seen, outcome.counts.new) == (len(SAMPLES), 0)
    assert {row.id for row in territory.rows()} == before


def test_a_page_of_another_sort_says_what_to_do(territory: Territory, portal: Portal) -> None:
    portal.answer("/data.json", b'{"success": true, "result": []}', media_type="application/json")
    source(territory, portal, "/data.json")
    outcome = territory.run("meudon")
    assert outcome.outcome == "refused"
    assert "CKAN" in outcome.message
