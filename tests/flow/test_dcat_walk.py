"""A DCAT source walked over HTTP: connector, walk and client together."""

from __future__ import annotations

import gzip

import pytest

from harvester.config import HttpSettings, Source
from harvester.errors import HarvesterError, SourceFailed
from harvester.fetch import connector
from harvester.fetch.walk import PageState, Walk
from harvester.http import Client
from harvester.model import Problem, Record
from harvester.parse.page import Request, Total
from tests.portal import Portal

HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


def page(number: int, *, following: str = "", total: int = 0, term: str = "next") -> bytes:
    paging = f"<?page={number}> hydra:{term} <{following}> .\n" if following else ""
    announced = f"<?page={number}> hydra:totalItems {total} .\n" if total else ""
    return f'{HEAD}{paging}{announced}<d/{number}> a dcat:Dataset ; dct:title "Jeu {number}" .'.encode()


class Walked:
    """One walk to its end: the ids in order, the states to remember, and how it ended."""

    def __init__(
        self, portal: Portal, path: str, remembered: dict[str, PageState] | None = None
    ) -> None:
        source = Source(
            id="essai",
            name="Essai",
            kind="dcat",
            url=portal.at(path),
            level="commune",
            territory="fr:commune:92040",
            http=HttpSettings(allow_hosts=(portal.host,), retries=0),
        )
        kind = connector("dcat")
        options = kind.Options()
        self.ids: list[str] = []
        self.problems: list[str] = []
        self.states: dict[str, PageState] = {}
        self.unchanged = 0
        self.error: HarvesterError | None = None
        with Client(source.http, home=source.url) as client:
            walk = Walk(
                kind.start(source, options, None),
                client,
                (remembered or {}).get,
                hint=lambda page: kind.hint(page, source, options),
            )
            try:
                while fetched := walk.next():
                    if fetched.page is None:
                        self.unchanged += 1
                        state = fetched.state
                        walk.learn(fetched, state.follow, state.total, [state.url])
                        continue
                    found = list(kind.read(fetched.page, source, options))
                    ids = [item.id for item in found if isinstance(item, Record)]
                    told = [item for item in found if isinstance(item, Problem)]
                    follow = [item for item in found if isinstance(item, Request)]
                    total = next((item for item in found if isinstance(item, Total)), None)
                    whole = not any(problem.severity == "error" for problem in told)
                    self.states[fetched.request.url] = walk.learn(
                        fetched, follow, total, ids, whole=whole
                    )
                    self.ids += ids
                    self.problems += [problem.code for problem in told]
            except HarvesterError as error:
                self.error = error
            walk.close()
            self.problems += [problem.code for problem in walk.problems]
            self.complete = walk.complete


@pytest.mark.parametrize("term", ["next", "nextPage"])
def test_hydra_pages_are_walked_to_the_last_and_each_asked_for_once(
    portal: Portal, term: str
) -> None:
    for number in (1, 2, 3):
        following = portal.at(f"/cat?page={number + 1}") if number < 3 else ""
        path = "/cat" if number == 1 else f"/cat?page={number}"
        portal.answer(
            path,
            body=page(number, following=following, total=3, term=term),
            media_type="text/turtle",
        )
    walked = Walked(portal, "/cat")
    assert walked.ids == [portal.at(f"/d/{number}") for number in (1, 2, 3)]
    assert walked.complete
    assert len(portal.requests) == 3


def test_unchanged_pages_lead_on_without_being_read(portal: Portal) -> None:
    portal.answer(
        "/cat",
        body=page(1, following=portal.at("/cat?page=2")),
        media_type="text/turtle",
        etag='"1"',
    )
    portal.answer("/cat?page=2", body=page(2), media_type="text/turtle")
    first = Walked(portal, "/cat")
    second = Walked(portal, "/cat", first.states)
    assert (second.unchanged, second.ids, second.complete) == (2, [], True)


def test_gzip_files_and_wrong_types_are_read(portal: Portal) -> None:
    portal.answer("/cat.ttl.gz", body=gzip.compress(page(1)), media_type="application/octet-stream")
    assert Walked(portal, "/cat.ttl.gz").ids == [portal.at("/d/1")]


def test_a_failing_third_page_leaves_the_first_two_and_no_certainty(portal: Portal) -> None:
    portal.answer(
        "/cat", body=page(1, following=portal.at("/cat?page=2")), media_type="text/turtle"
    )
    portal.answer(
        "/cat?page=2", body=page(2, following=portal.at("/cat?page=3")), media_type="text/turtle"
    )
    portal.answer("/cat?page=3", status=404)
    walked = Walked(portal, "/cat")
    assert walked.ids == [portal.at("/d/1"), portal.at("/d/2")]
    assert isinstance(walked.error, SourceFailed)
    assert not walked.complete


def test_html_in_the_place_of_a_page_fails_the_walk(portal: Portal) -> None:
    portal.answer(
        "/cat", body=page(1, following=portal.at("/cat?page=2")), media_type="text/turtle"
    )
    portal.answer(
        "/cat?page=2", body=b"<!doctype html><title>Maintenance</title>", media_type="text/html"
    )
    walked = Walked(portal, "/cat")
    assert walked.ids == [portal.at("/d/1")]
    assert walked.error is not None
    assert not walked.complete


def test_a_damaged_page_is_asked_for_in_full_again(portal: Portal) -> None:
    portal.answer("/cat", body=page(1) + b"\n<x> oops", media_type="text/turtle", etag='"1"')
    first = Walked(portal, "/cat")
    assert (first.ids, first.complete) == ([portal.at("/d/1")], False)
    second = Walked(portal, "/cat", first.states)
    assert (second.unchanged, second.ids, second.complete) == (0, first.ids, False)
    assert "if-none-match" not in portal.asked("/cat")[-1].headers


def test_an_empty_catalogue_is_complete_and_the_guard_decides(portal: Portal) -> None:
    portal.answer("/cat", body=(HEAD + "<> a dcat:Catalog .").encode(), media_type="text/turtle")
    walked = Walked(portal, "/cat")
    assert (walked.ids, walked.complete) == ([], True)
