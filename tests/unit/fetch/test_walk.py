"""What the walk promises to a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b

import pytest

from harvester.errors import HarvesterError, SourceFailed, SourceRefused, TryLater
from harvester.fetch.walk import Fetched, PageState, Walk
from harvester.http import Response
from harvester.parse.page import Page, Request, Total

Links = dict[str, tuple[list[str], int | Total | None, list[str]]]


class Site:
    """Pages by URL: (next URLs, announced total, ids); the body is what distinguishes them."""

    def __init__(self, pages: Links, *, fails: dict[str, Exception] | None = None) -> None:
        self.pages = pages
        self.fails = fails or {}
        self.asked: list[str] = []
        self.bodies: dict[str, bytes] = {}

    def fetch(self, url: str, *, etag: str | None = None, **_: object) -> Response:
        self.asked.append(url)
        if url in self.fails:
            raise self.fails[url]
        body = self.bodies.get(url, url.encode())
        status = 304 if etag == f'"{url}"' else 200
        digest = blake2b(body, digest_size=16).digest()
        return Response(
            url, status, b"" if status == 304 else body, "", "", f'"{url}"', None, digest, len(body)
        )


def page(
    *following: str, total: int | Total | None = None, ids: Iterable[str] = ()
) -> tuple[list[str], int | Total | None, list[str]]:
    return list(following), total, list(ids)


def walked(
    site: Site,
    *start: str,
    remembered: Callable[[str], PageState | None] = lambda _: None,
    hint: Callable[[Page], Iterable[Request]] | None = None,
    max_pages: int = 100,
) -> tuple[Walk, list[Fetched]]:
    walk = Walk(map(Request, start), site, remembered, hint=hint, max_pages=max_pages)
    seen = []
    while fetched := walk.next():
        seen.append(fetched)
        following, total, ids = site.pages[fetched.request.url]
        walk.learn(fetched, map(Request, following), _total(total), ids)
    return walk, seen


def _total(total: int | Total | None) -> Total | None:
    return Total(total) if isinstance(total, int) else total


def codes(walk: Walk) -> list[str]:
    return [problem.code for problem in walk.problems]


def test_every_page_is_read_once_and_the_walk_is_complete() -> None:
    site = Site({"http://p/1": page("http://p/2", ids="ab"), "http://p/2": page(ids="c")})
    walk, seen = walked(site, "http://p/1")
    assert [fetched.request.url for fetched in seen] == ["http://p/1", "http://p/2"]
    assert walk.complete
    assert not walk.problems


def test_an_unchanged_page_is_not_read_again() -> None:
    site = Site({"http://p/1": page("http://p/2", ids="ab"), "http://p/2": page(ids="c")})
    _, first = walked(site, "http://p/1")
    states = {fetched.request.url: fetched.state for fetched in first}
    walk, seen = walked(site, "http://p/1", remembered=states.get)
    assert [fetched.page for fetched in seen] == [None, None]
    assert walk.complete


def test_the_same_bytes_without_validators_are_an_unchanged_page() -> None:
    site = Site({"http://p/1": page(ids="ab")})
    state = PageState("http://p/1", body_hash=blake2b(b"http://p/1", digest_size=16).digest())
    _, [fetched] = walked(site, "http://p/1", remembered={"http://p/1": state}.get)
    assert fetched.page is None


def test_a_page_that_names_itself_as_next_is_a_loop_and_not_complete() -> None:
    site = Site({"http://p/1": page("http://p/1", ids="ab")})
    walk, seen = walked(site, "http://p/1")
    assert len(seen) == 1
    assert codes(walk) == ["page-loop"]
    assert not walk.complete


def test_a_loop_does_no_harm_when_everything_announced_was_seen() -> None:
    site = Site(
        {
            "http://p/1": page("http://p/2", ids="ab", total=3),
            "http://p/2": page("http://p/1", ids="c"),
        }
    )
    walk, _ = walked(site, "http://p/1")
    assert codes(walk) == ["page-loop"]
    assert walk.complete


def test_two_pages_that_name_the_same_third_are_no_loop() -> None:
    site = Site(
        {
            "http://p/1": page("http://p/2", "http://p/3"),
            "http://p/2": page("http://p/4"),
            "http://p/3": page("http://p/4"),
            "http://p/4": page(ids="a"),
        }
    )
    walk, seen = walked(site, "http://p/1")
    assert len(seen) == 4
    assert walk.complete


def test_a_portal_that_ignores_the_page_number_does_not_run_for_ever() -> None:
    site = Site({f"http://p/{n}": page(f"http://p/{n + 1}", ids="ab") for n in range(50)})
    site.bodies = {f"http://p/{n}": b"always the same" for n in range(50)}
    walk, seen = walked(site, "http://p/0")
    assert len(seen) == 1
    assert codes(walk) == ["page-repeated"]
    assert not walk.complete


def test_pages_that_bring_nothing_new_end_the_walk() -> None:
    site = Site({f"http://p/{n}": page(f"http://p/{n + 1}", ids="ab") for n in range(50)})
    walk, seen = walked(site, "http://p/0")
    assert len(seen) < 15
    assert "page-barren" in codes(walk)
    assert not walk.complete


def test_fewer_records_than_announced_are_not_complete() -> None:
    site = Site({"http://p/1": page(ids="ab", total=3)})
    walk, _ = walked(site, "http://p/1")
    assert codes(walk) == ["page-short"]
    assert not walk.complete


def test_the_walk_stops_at_its_page_limit() -> None:
    site = Site({f"http://p/{n}": page(f"http://p/{n + 1}", ids=[str(n)]) for n in range(9)})
    walk, seen = walked(site, "http://p/0", max_pages=3)
    assert len(seen) == 3
    assert codes(walk) == ["page-limit"]
    assert not walk.complete


@pytest.mark.parametrize("error", [SourceFailed("500"), SourceRefused("404"), TryLater("503")])
def test_a_failing_page_fails_the_walk_after_the_earlier_ones_were_given(error: Exception) -> None:
    site = Site({"http://p/1": page("http://p/2", ids="ab")}, fails={"http://p/2": error})
    walk = Walk([Request("http://p/1")], site, lambda _: None)
    fetched = walk.next()
    assert fetched is not None
    walk.learn(fetched, [Request("http://p/2")], None, "ab")
    with pytest.raises(type(error)):
        walk.next()
    assert not walk.complete


def test_a_failure_waits_until_the_pages_given_before_were_learnt() -> None:
    site = Site({"http://p/1": page(ids="a")}, fails={"http://p/2": SourceFailed("500")})
    walk = Walk([Request("http://p/1"), Request("http://p/2")], site, lambda _: None)
    fetched = walk.next()
    assert fetched is not None
    assert walk.next() is None
    walk.learn(fetched, [], None, "a")
    with pytest.raises(SourceFailed):
        walk.next()


def test_a_damaged_page_is_read_again_next_time_and_leaves_the_walk_incomplete() -> None:
    site = Site({"http://p/1": page(ids="a")})
    walk = Walk([Request("http://p/1")], site, lambda _: None)
    fetched = walk.next()
    assert fetched is not None
    state = walk.learn(fetched, [], None, "a", whole=False)
    assert (state.etag, state.body_hash) == (None, b"")
    assert walk.next() is None
    assert not walk.complete


def test_a_hinted_page_is_fetched_once() -> None:
    site = Site(
        {
            "http://p/1": page("http://p/2", ids="a"),
            "http://p/2": page("http://p/3", ids="b"),
            "http://p/3": page(ids="c"),
        }
    )
    walk, seen = walked(site, "http://p/1", hint=lambda page: map(Request, site.pages[page.url][0]))
    assert site.asked == ["http://p/1", "http://p/2", "http://p/3"]
    assert len(seen) == 3
    assert walk.complete


def test_hinted_pages_are_given_before_the_first_is_learnt() -> None:
    site = Site({"http://p/1": page("http://p/2", ids="a"), "http://p/2": page(ids="b")})
    walk = Walk(
        [Request("http://p/1")],
        site,
        lambda _: None,
        hint=lambda page: map(Request, site.pages[page.url][0]),
    )
    first, second = walk.next(), walk.next()
    assert first is not None
    assert second is not None
    assert second.request.url == "http://p/2"
    walk.learn(first, [Request("http://p/2")], None, "a")
    walk.learn(second, [], None, "b")
    assert walk.next() is None
    assert walk.complete


def test_a_wrong_hint_costs_nothing_but_certainty() -> None:
    site = Site({"http://p/1": page(ids="a"), "http://p/9": page(ids="z")})
    walk, seen = walked(site, "http://p/1", hint=lambda page: [Request("http://p/9")])
    assert len(seen) == 1
    assert walk.complete


def test_a_page_given_early_that_nobody_names_leaves_the_walk_incomplete() -> None:
    site = Site({"http://p/1": page(ids="a"), "http://p/9": page(ids="z")})
    walk = Walk(
        [Request("http://p/1")], site, lambda _: None, hint=lambda page: [Request("http://p/9")]
    )
    for fetched in (walk.next(), walk.next()):
        assert fetched is not None
        walk.learn(fetched, [], None, fetched.request.url)
    assert walk.next() is None
    assert codes(walk) == ["page-unannounced"]
    assert not walk.complete


def test_a_hint_that_fails_is_not_a_failure_of_the_source() -> None:
    site = Site({"http://p/1": page(ids="a")}, fails={"http://p/9": SourceRefused("404")})
    walk, seen = walked(site, "http://p/1", hint=lambda page: [Request("http://p/9")])
    assert len(seen) == 1
    assert walk.complete


def test_a_page_from_afar_cannot_name_a_local_file() -> None:
    site = Site({"http://p/1": page("file:///etc/passwd", ids="a")})
    walk, seen = walked(site, "http://p/1")
    assert len(seen) == 1
    assert codes(walk) == ["page-refused"]


def test_lists_that_share_records_are_each_held_against_their_own_total() -> None:
    ville, zone = Total(2, "ville"), Total(3, "zone")
    site = Site(
        {"http://p/v": page(total=ville, ids="ab"), "http://p/z": page(total=zone, ids="bcd")}
    )
    walk, _ = walked(site, "http://p/v", "http://p/z")
    assert walk.total == 5
    assert walk.complete


def test_a_list_that_comes_short_is_named_and_leaves_the_walk_incomplete() -> None:
    ville, zone = Total(2, "ville"), Total(3, "zone")
    site = Site(
        {"http://p/v": page(total=ville, ids="ab"), "http://p/z": page(total=zone, ids="ab")}
    )
    walk, _ = walked(site, "http://p/v", "http://p/z")
    assert not walk.complete
    [short] = [problem for problem in walk.problems if problem.code == "page-short"]
    assert "zone" in short.message


def test_an_older_interface_is_asked_where_the_portal_does_not_know_the_newer_one() -> None:
    gone = SourceRefused("404", status=404)
    site = Site({"http://p/v1": page(ids="ab", total=2)}, fails={"http://p/v2": gone})
    walk = Walk([Request("http://p/v2", instead=Request("http://p/v1"))], site, lambda _: None)
    fetched = walk.next()
    assert fetched is not None
    assert fetched.request.url == "http://p/v1"
    walk.learn(fetched, [], Total(2), "ab")
    assert walk.next() is None
    assert walk.complete


@pytest.mark.parametrize(
    "error", [SourceRefused("403", status=403), SourceFailed("500", status=500)]
)
def test_a_portal_that_forbids_or_fails_is_not_asked_otherwise(error: HarvesterError) -> None:
    site = Site({"http://p/v1": page(ids="ab")}, fails={"http://p/v2": error})
    walk = Walk([Request("http://p/v2", instead=Request("http://p/v1"))], site, lambda _: None)
    with pytest.raises(type(error)):
        walk.next()
    assert site.asked == ["http://p/v2"]


def listed(site: Site, *start: str) -> Walk:
    """A walk whose pages' totals belong to the list that the URL's first letter names."""
    walk = Walk(map(Request, start), site, lambda _: None)
    while fetched := walk.next():
        following, total, ids = site.pages[fetched.request.url]
        of = Total(total, fetched.request.url[0]) if total is not None else None
        walk.learn(fetched, map(Request, following), of, ids)
    return walk


def test_a_list_whose_records_all_stand_in_another_is_no_repetition() -> None:
    site = Site({"a1": page(ids="abc", total=3), "b1": page(ids="ab", total=2)})
    walk = listed(site, "a1", "b1")
    assert walk.complete
    assert not walk.problems


def test_a_long_list_of_records_known_from_another_is_read_to_its_end() -> None:
    names = [str(n) for n in range(40)]
    site = Site({"a1": page(ids=names, total=40)})
    site.pages |= {f"b{n}": page(f"b{n + 1}", ids=[str(n)], total=40) for n in range(39)}
    site.pages["b39"] = page(ids=["39"], total=40)
    walk = listed(site, "a1", "b0")
    assert walk.complete
    assert not walk.problems


def test_two_empty_lists_are_not_the_same_page_twice() -> None:
    site = Site({"a1": page(total=0), "b1": page(total=0)})
    site.bodies = dict.fromkeys(site.pages, b"nothing")
    walk = listed(site, "a1", "b1")
    assert walk.complete
    assert walk.total == 0
    assert not walk.problems


def test_a_line_of_pages_without_news_does_not_stop_the_others() -> None:
    site = Site({f"a{n}": page(f"a{n + 1}", ids="xy") for n in range(50)})
    site.pages |= {f"b{n}": page(f"b{n + 1}", ids=[str(n)], total=20) for n in range(19)}
    site.pages["b19"] = page(ids=["19"], total=20)
    walk = listed(site, "a0", "b0")
    assert "page-barren" in codes(walk)
    assert "b19" in site.asked
    assert "a30" not in site.asked


def test_many_pages_that_only_lead_to_lists_do_not_end_the_walk() -> None:
    site = Site({f"{letter}1": page(f"{letter}2") for letter in "abcdefghijklmnop"})
    site.pages |= {f"{letter}2": page(ids=letter, total=1) for letter in "abcdefghijklmnop"}
    walk = listed(site, *(f"{letter}1" for letter in "abcdefghijklmnop"))
    assert walk.complete
    assert walk.total == 16


def test_each_beginning_is_walked_to_its_end_before_the_next() -> None:
    site = Site(
        {
            "a1": page("a2", "a3", ids="a"),
            "a2": page("a4", ids="b"),
            "a3": page(ids="c"),
            "a4": page(ids="d"),
            "b1": page(ids="ae"),
        }
    )
    walk, seen = walked(site, "a1", "b1")
    assert [fetched.request.url for fetched in seen] == ["a1", "a2", "a3", "a4", "b1"]
    assert walk.complete
    assert sorted(site.asked) == ["a1", "a2", "a3", "a4", "b1"], "nothing is asked twice"


def test_the_next_beginning_is_fetched_while_the_last_page_of_another_is_read() -> None:
    site = Site({"a1": page(ids="a"), "b1": page(ids="b")})
    walk = Walk(map(Request, ["a1", "b1"]), site, lambda _: None)
    first = walk.next()
    assert first is not None
    assert walk._ahead is not None
    walk._ahead.answer()
    assert site.asked == ["a1", "b1"]
    walk.learn(first, (), None, "a")
    second = walk.next()
    assert second is not None
    walk.learn(second, (), None, "b")
    assert walk.next() is None
    assert walk.complete
    assert site.asked == ["a1", "b1"]


def test_a_wrong_guess_does_not_keep_the_next_beginning_from_being_walked() -> None:
    site = Site({"a1": page(ids="a"), "a2": page(ids="x"), "b1": page(ids="b")})
    walk, seen = walked(
        site, "a1", "b1", hint=lambda given: [Request("a2")] if given.url == "a1" else []
    )
    assert [fetched.request.url for fetched in seen] == ["a1", "b1"]
    assert walk.complete


def test_the_same_refusal_of_two_questions_is_no_repeated_page() -> None:
    site = Site(
        {
            "http://p/1": page("http://p/2"),
            "http://p/2": page("http://p/3"),
            "http://p/3": page(ids="a"),
        }
    )
    site.bodies = {"http://p/1": b"refused", "http://p/2": b"refused"}
    walk, seen = walked(site, "http://p/1")
    assert [fetched.request.url for fetched in seen] == ["http://p/1", "http://p/2", "http://p/3"]
    assert walk.complete


def test_pages_that_differ_only_in_what_means_nothing_are_unchanged() -> None:
    site = Site({"http://p/1": page(ids="a")})
    request = Request("http://p/1", volatile='moment="[^"]*"')
    site.bodies["http://p/1"] = b'<page moment="1">a</page>'
    walk = Walk([request], site, lambda _: None)
    fetched = walk.next()
    assert fetched is not None
    state = walk.learn(fetched, (), None, "a")
    site.bodies["http://p/1"] = b'<page moment="2">a</page>'
    again = Walk([request], site, lambda _: PageState(state.url, body_hash=state.body_hash)).next()
    assert again is not None
    assert again.page is None
