"""An OGC API Records over HTTP, from wherever one begins."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from harvester.demo.dialects import Asked, dialect
from harvester.demo.dialects.ogcrecords import describe
from harvester.demo.portal import Portal as Sample
from harvester.demo.samples import producers, samples, topics
from harvester.territory import load
from tests.portal import Answer, Portal
from tests.portal import Asked as Request
from tests.territory import Territory

SAMPLES = samples(producers(load())["meudon"], topics()["commune"], 9)
ITEMS = "/collections/catalogue/items"


def serve(portal: Portal, *without: str, page: int = 4) -> None:
    """Answer as the imitated API does, but for the paths of `without`."""
    entries = tuple(sorted(map(describe, SAMPLES), key=lambda entry: str(entry["id"])))
    imitated = Sample(
        "s", "Meudon", "commune", "fr:commune:92048", entries, "ogcrecords", page=page
    )

    def answer(asked: Request) -> Answer:
        parts = urlsplit(asked.path)
        question = Asked(parts.path, dict(parse_qsl(parts.query)), headers=asked.headers)
        said = dialect("ogcrecords").answer(imitated, portal.url, question)
        if said is None or parts.path in without:
            return Answer(404)
        return Answer(said.status, said.content, said.media_type)

    for path in ("/", "/collections", "/collections/catalogue", f"{ITEMS[:-6]}/sortables", ITEMS):
        portal.answers(path, answer)


def source(territory: Territory, portal: Portal, path: str, options: str = "") -> None:
    territory.source("meudon", portal, path)
    file = territory.folder / "sources" / "meudon.toml"
    file.write_text(file.read_text().replace('kind = "dcat"', 'kind = "ogcrecords"') + options)


@pytest.mark.parametrize("path", ["", "/", "/collections", "/collections/catalogue", ITEMS])
def test_every_record_is_harvested_and_nothing_changes_the_second_time(
    territory: Territory, portal: Portal, path: str
) -> None:
    serve(portal)
    source(territory, portal, path)
    first = territory.run("meudon")
    assert (first.outcome, first.counts.seen) == ("success", len(SAMPLES))
    again = territory.run("meudon")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    assert len(portal.asked(ITEMS)) == 6
    sorted_by_id = "sortby=id" in portal.asked(ITEMS)[0].path
    assert sorted_by_id == (path != ITEMS)


@pytest.mark.parametrize("without", ["/collections", "/collections/catalogue/sortables"])
def test_what_an_api_does_not_have_is_done_without(
    territory: Territory, portal: Portal, without: str
) -> None:
    serve(portal, without)
    if without == "/collections":
        portal.answer("/", b'{"links": [{"rel": "data", "href": "/v1/collections"}]}')
        said = b'{"collections": [{"id": "catalogue", "itemType": "record"}]}'
        portal.answer("/v1/collections", said, media_type="application/json")
        portal.answers(
            f"/v1{ITEMS}", lambda _: Answer(200, b'{"features": []}', "application/json")
        )
    source(territory, portal, "")
    outcome = territory.run("meudon")
    assert outcome.outcome == "success"
    assert outcome.counts.seen == (0 if without == "/collections" else len(SAMPLES))


def test_only_what_is_looked_for_is_harvested(territory: Territory, portal: Portal) -> None:
    serve(portal)
    word = SAMPLES[0].title.split()[0]
    source(territory, portal, "", f'[options]\nq = "{word}"\npage_size = 2\n')
    outcome = territory.run("meudon")
    assert outcome.outcome == "success"
    assert 0 < outcome.counts.seen < len(SAMPLES)


def test_a_short_answer_withdraws_nobody(territory: Territory, portal: Portal) -> None:
    serve(portal)
    source(territory, portal, "")
    territory.run("meudon")
    short = b'{"numberMatched": 9, "features": [], "links": []}'
    portal.answer(ITEMS, short, media_type="application/geo+json")
    outcome = territory.run("meudon")
    assert outcome.outcome == "partial"
    assert outcome.counts.published == len(SAMPLES)
