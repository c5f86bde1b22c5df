from __future__ import annotations

import http.client

import pytest

from tests.portal import Answer, Asked, Portal


def ask(portal: Portal, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(portal.host, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_path_answers_what_was_programmed_and_the_rest_is_missing(portal: Portal) -> None:
    portal.answer("/a", "bonjour")
    portal.answer("/a?page=2", "suite")
    assert ask(portal, "/a") == (200, b"bonjour")
    assert ask(portal, "/a?page=2") == (200, b"suite")
    assert ask(portal, "/a?page=3") == (200, b"bonjour")
    assert ask(portal, "/b")[0] == 404
    assert [asked.path for asked in portal.asked("/a")] == ["/a", "/a?page=2", "/a?page=3"]


def test_answers_come_in_turn_and_the_last_one_repeats(portal: Portal) -> None:
    portal.answers("/a", Answer(503), Answer(body=b"ok"))
    assert [ask(portal, "/a")[0] for _ in range(3)] == [503, 200, 200]


def test_a_matching_validator_gets_304(portal: Portal) -> None:
    portal.answer("/a", "x", etag='"1"')
    assert ask(portal, "/a", **{"If-None-Match": '"1"'}) == (304, b"")
    assert ask(portal, "/a", **{"If-None-Match": '"2"'}) == (200, b"x")


def test_an_answer_can_be_computed(portal: Portal) -> None:
    def page(asked: Asked) -> Answer:
        return Answer(body=asked.path.encode(), chunked=True)

    portal.answers("/a", page)
    assert ask(portal, "/a?start=7") == (200, b"/a?start=7")


def test_a_truncated_answer_is_short(portal: Portal) -> None:
    portal.answer("/a", "0123456789", truncate=4)
    with pytest.raises(http.client.IncompleteRead):
        ask(portal, "/a")
