"""What every kind of source promises, whatever goes wrong at the portal.

One suite for all: each kind is imitated by its dialect (`harvester/demo/dialects/`), harvested by whole runs over real
sockets, and made to fail. To take part a kind says a few things of itself in `KINDS`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from harvester.fetch import connector
from harvester.fetch.kinds import KINDS as ALL_KINDS
from harvester.run.outcome import Outcome
from tests.imitation import Imitation, broken_off, changed, cut, entries, latin, producer
from tests.peak import peak
from tests.portal import Answer, Portal
from tests.territory import Territory

COUNT = 35
HTML = b"<!doctype html><html><head><title>Maintenance</title></head><body>Patience</body></html>"


@dataclass(frozen=True)
class Kind:
    """What the suite must know of a kind.

    * `asks`: the requests (path, query and body) that ask for records; others only lead there.
    * `options`: lines of `[options]` that make its pages of ten.
    * `bad`: an entry, in the dialect's words, that no record can be made of; `bad_code`: the problem that says so. None
      where a page is read as a whole (RDF: see tests/unit/parse/test_quirks.py).
    * `paged`: whether it has pages at all. `totals`: whether it announces how many records there are.
    """

    name: str
    asks: re.Pattern[str]
    bad: Any
    bad_code: str
    options: str = ""
    paged: bool = True
    totals: bool = True


KINDS = (
    Kind("dcat", re.compile("/catalogue"), bad=None, bad_code=""),
    Kind(
        "ckan",
        re.compile("package_search"),
        bad=17,
        bad_code="record-malformed",
        options="page_size = 10",
    ),
    Kind(
        "udata",
        re.compile("/api/1/datasets/"),
        bad=17,
        bad_code="record-malformed",
        options="page_size = 10",
    ),
    Kind(
        "datajson",
        re.compile(r"/data\.json"),
        bad=17,
        bad_code="record-malformed",
        paged=False,
        totals=False,
    ),
    Kind(
        "ogcrecords",
        re.compile("/items"),
        bad=17,
        bad_code="record-malformed",
        options="page_size = 10",
    ),
    Kind(
        "opendatasoft",
        re.compile(r"/catalog/datasets\?|/catalog/exports/|/datasets/1\.0/search"),
        bad=17,
        bad_code="record-malformed",
        options='page_size = 10\nsite = "https://donnees.meudon.example"',
    ),
    Kind(
        "csw",
        re.compile("request=GetRecords&"),
        bad=17,
        bad_code="record-malformed",
        options="page_size = 10",
    ),
    Kind(
        "table",
        re.compile("/catalogue.csv"),
        bad=("Ville de Meudon", "sans identifiant"),
        bad_code="record-malformed",
        paged=False,
        totals=False,
    ),
)


def named(kind: Kind) -> str:
    return kind.name


@pytest.fixture(params=KINDS, ids=named)
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


@pytest.fixture
def territory(tmp_path: Path) -> Iterator[Territory]:
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    yield made
    made.close()


class Source:
    """A portal of a kind, and a territory that harvests it."""

    def __init__(self, kind: Kind, territory: Territory, portal: Imitation) -> None:
        self.kind, self.territory, self.portal = kind, territory, portal
        self.settings()

    def settings(self, http: str = "retries = 0", more: str = "") -> None:
        """Write the source's file."""
        options = f"[options]\n{self.kind.options}\n" if self.kind.options else ""
        self.territory.source(
            "meudon",
            self.portal.served,
            self.portal.dialect.PATH,
            kind=self.kind.name,
            more=f"{more}\n{options}",
            http=http,
        )

    def run(self) -> Outcome:
        """Harvest."""
        self.portal.pages.clear()
        return self.territory.run("meudon")

    def titles(self) -> list[str]:
        """What is published, sorted."""
        found = [orjson.loads(row.body)["title"] for row in self.territory.rows()]
        return sorted(next(iter(title.values())) for title in found)

    def kept_all(self, outcome: Outcome) -> None:
        """Nothing that was published before is lost, and every record is accounted for."""
        assert self.titles() == expected(COUNT)
        assert outcome.counts.breach == 0
        assert outcome.counts.withdrawn == 0


def expected(count: int, first: int = 0) -> list[str]:
    numbers = range(first, first + count)
    return sorted(f"Équipements du secteur n° {n} {producer().of}" for n in numbers)


@pytest.fixture
def source(kind: Kind, territory: Territory) -> Iterator[Source]:
    """A portal of 35 datasets in pages of ten."""
    with Imitation(kind.name, entries(kind.name, COUNT), kind.asks) as portal:
        yield Source(kind, territory, portal)


@pytest.fixture
def harvested(source: Source) -> Source:
    """The same, harvested once."""
    first = source.run()
    assert (first.outcome, first.counts.seen) == ("success", COUNT), first
    source.portal.again()
    return source


def only_paged(source: Source) -> None:
    if not source.kind.paged:
        pytest.skip(f"{source.kind.name} has no pages: one document holds everything")


def codes(outcome: Outcome) -> set[str]:
    return set(outcome.problems_by_code)


# ---------------------------------------------------------------------------------------- as it should be


def test_every_kind_is_in_this_suite_and_is_a_connector() -> None:
    assert {kind.name for kind in KINDS} == set(ALL_KINDS)
    for name in ALL_KINDS:
        made = connector(name)
        assert made.Options.model_config["extra"] == "forbid"
        assert made.Options.model_config["frozen"] is True
        assert isinstance(made.INCREMENTAL, bool)
        header, wording = made.TOKEN
        assert header
        assert "{}" in wording
        for function in (made.start, made.read, made.hint):
            assert inspect.getdoc(function), f"{name}: {function}"


def test_every_page_is_asked_for_once_and_every_dataset_published(source: Source) -> None:
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)
    assert source.titles() == expected(COUNT)
    assert outcome.counts.rejected == outcome.counts.breach == 0
    assert len(source.portal.pages) == (4 if source.kind.paged else 1)


def test_what_is_published_says_what_the_portal_said(source: Source) -> None:
    source.run()
    found = [orjson.loads(row.body) for row in source.territory.rows()]
    for entry in found:
        assert entry["description"]
        assert entry["landing_page"]
        assert entry["publisher"]["name"]
        assert len(entry["distribution"]) >= 1
        assert all(d.get("format") for d in entry["distribution"])
        assert sum(map(len, entry["keyword"].values())) >= 1
        assert entry["modified"].startswith("2024-")
        licences = [entry.get("license"), *(d.get("license") for d in entry["distribution"])]
        assert any(licence and "ETALAB" in licence for licence in licences), entry
    assert {len(entry["distribution"]) for entry in found} != {0}


def test_an_empty_portal_is_complete_the_first_time(source: Source) -> None:
    source.portal.lists(())
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen, source.titles()) == ("success", 0, [])


def test_a_second_harvest_of_the_same_changes_nothing(harvested: Source) -> None:
    again = harvested.run()
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    harvested.kept_all(again)


def test_everything_read_again_in_another_order_changes_nothing(harvested: Source) -> None:
    harvested.portal.lists(reversed(harvested.portal.listed.entries))
    again = harvested.territory.run("meudon", full=True)
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    harvested.kept_all(again)


def test_new_changed_and_vanished_datasets_are_told_apart(harvested: Source) -> None:
    listed = list(harvested.portal.listed.entries)
    harvested.portal.lists([*listed[1:], *entries(harvested.kind.name, 2, COUNT)])
    outcome = harvested.territory.run("meudon", full=True)
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.gone) == (2, 0, 1)
    assert len(harvested.titles()) == COUNT + 2, "the vanished one stays through its grace"


# ---------------------------------------------------------------------------------------- pages that go wrong


def test_an_empty_answer_after_a_full_one_loses_nothing(harvested: Source) -> None:
    harvested.portal.lists(())
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome == "quarantined"
    harvested.kept_all(outcome)


def test_a_page_that_comes_short_loses_nothing(harvested: Source) -> None:
    only_paged(harvested)
    if not harvested.kind.totals:
        pytest.skip("the kind announces no total: a short last page is a last page")

    def short(_: Answer, portal: Imitation, asked: Any) -> Answer:
        fewer = replace(portal.listed, entries=portal.listed.entries[:23])
        return portal.says(asked, fewer)

    harvested.portal.wrong(3, short)
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome == "partial"
    assert "page-short" in codes(outcome)
    harvested.kept_all(outcome)


def test_a_page_that_comes_twice_loses_nothing(harvested: Source) -> None:
    only_paged(harvested)
    held: list[Answer] = []

    def keep(answer: Answer, _portal: Imitation, _asked: Any) -> Answer:
        held.append(answer)
        return answer

    harvested.portal.wrong(2, keep)
    harvested.portal.wrong(3, lambda _answer, _portal, _asked: held[0])
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome == "partial"
    harvested.kept_all(outcome)


def test_a_portal_that_always_gives_its_first_page_is_left_in_time(harvested: Source) -> None:
    only_paged(harvested)
    held: list[Answer] = []

    def first(answer: Answer, _portal: Imitation, _asked: Any) -> Answer:
        held.append(answer)
        return held[0]

    harvested.portal.wrong(0, first)
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome == "partial"
    assert len(harvested.portal.pages) < 20
    harvested.kept_all(outcome)


def test_a_harvest_that_failed_in_the_middle_goes_on_the_next_time(source: Source) -> None:
    only_paged(source)
    source.portal.wrong(3, changed(status=500))
    first = source.run()
    assert (first.outcome, first.counts.seen) == ("partial", 20)
    assert source.titles() == expected(20)
    source.portal.again()
    second = source.run()
    assert (second.outcome, second.counts.seen, second.counts.new) == ("success", COUNT, 15)
    assert source.titles() == expected(COUNT)


def test_a_server_error_on_the_third_page_loses_nothing(harvested: Source) -> None:
    only_paged(harvested)
    harvested.portal.wrong(3, changed(status=500))
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome == "partial"
    harvested.kept_all(outcome)


def test_a_server_error_that_passes_costs_a_second_attempt_and_nothing_else(source: Source) -> None:
    source.settings(http="retries = 2\nbackoff = 0")
    source.portal.wrong(1, changed(status=500), once=True)
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)


def test_a_maintenance_page_with_200_loses_nothing(harvested: Source) -> None:
    harvested.portal.wrong(
        2 if harvested.kind.paged else 1, changed(body=HTML, media_type="text/html")
    )
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome in ("partial", "refused", "failed")
    assert outcome.message
    harvested.kept_all(outcome)


def test_half_a_page_properly_sent_loses_nothing(harvested: Source) -> None:
    harvested.portal.wrong(2 if harvested.kind.paged else 1, cut)
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome in ("partial", "refused", "failed")
    harvested.kept_all(outcome)


def test_a_body_that_breaks_off_loses_nothing(harvested: Source) -> None:
    harvested.portal.wrong(2 if harvested.kind.paged else 1, broken_off)
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome in ("partial", "failed")
    harvested.kept_all(outcome)


def test_a_portal_that_trickles_is_left_in_time(harvested: Source) -> None:
    harvested.settings(http="retries = 0\ntotal_timeout = 0.3")
    harvested.portal.wrong(0, changed(drip=(1, 0.02)))
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome in ("partial", "failed")
    harvested.kept_all(outcome)


# ---------------------------------------------------------------------------------------- patience


@pytest.mark.parametrize("status", [403, 429])
def test_slow_down_is_obeyed_and_the_harvest_goes_on(source: Source, status: int) -> None:
    source.settings(http="retries = 2\nbackoff = 0")
    slow = changed(status=status, headers={"Retry-After": "0"})
    source.portal.wrong(2 if source.kind.paged else 1, slow, once=True)
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)


def test_too_many_requests_without_a_word_is_waited_out(source: Source) -> None:
    source.settings(http="retries = 2\nbackoff = 0")
    source.portal.wrong(1, changed(status=429), once=True)
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)


def test_what_stays_forbidden_ends_the_run_and_loses_nothing(harvested: Source) -> None:
    harvested.portal.wrong(0, changed(status=403))
    outcome = harvested.territory.run("meudon", full=True)
    assert outcome.outcome in ("failed", "refused")
    assert "403" in outcome.message
    harvested.kept_all(outcome)


# ---------------------------------------------------------------------------------------- what pages hold


def test_one_bad_record_costs_no_other(source: Source) -> None:
    if source.kind.bad is None:
        pytest.skip(f"{source.kind.name}: a page is read as a whole")
    listed = list(source.portal.listed.entries)
    source.portal.lists([*listed[:5], source.kind.bad, *listed[5:]])
    outcome = source.run()
    assert source.titles() == expected(COUNT)
    assert source.kind.bad_code in codes(outcome)
    assert outcome.counts.breach == 0


def test_the_wrong_encoding_is_read_and_told(source: Source) -> None:
    source.portal.wrong(0, latin)
    outcome = source.run()
    assert outcome.counts.seen == COUNT
    assert source.titles() == expected(COUNT)
    assert "charset-wrong" in codes(outcome)


@pytest.mark.parametrize("told", ["text/plain", "application/octet-stream", "text/html", ""])
def test_what_the_server_calls_its_pages_does_not_matter(source: Source, told: str) -> None:
    source.portal.wrong(0, changed(media_type=told))
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)
    assert source.titles() == expected(COUNT)


def test_an_enormous_text_is_cut_and_costs_no_other(source: Source) -> None:
    sign = "Équipements municipaux du secteur n° 7 ".encode()
    enormous = b"longueur " * 200_000

    def swollen(answer: Answer, _portal: Imitation, _asked: Any) -> Answer:
        return replace(answer, body=_swollen(answer.body, sign, enormous))

    source.portal.wrong(0, swollen)
    outcome = source.run()
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)
    assert "text-too-long" in codes(outcome)
    assert source.titles() == expected(COUNT)


def _swollen(body: bytes, sign: bytes, enormous: bytes) -> bytes:
    for found in (sign, sign.decode().encode("ascii", "backslashreplace")):
        body = body.replace(found, found + enormous)
    return body


# ---------------------------------------------------------------------------------------- secrets and memory


def test_a_token_goes_to_the_portal_and_to_nobody_else(
    source: Source, other_portal: Portal
) -> None:
    source.settings(http='retries = 0\ntoken = "secret-7q"')

    def elsewhere(_answer: Answer, _portal: Imitation, asked: Any) -> Answer:
        return Answer(302, headers={"Location": other_portal.at(asked.path)})

    last = 3 if source.kind.paged else 1
    source.portal.wrong(last, elsewhere)
    other_portal.answer("*", status=404)
    file = source.territory.folder / "sources" / "meudon.toml"
    text = file.read_text()
    file.write_text(text.replace("allow_hosts = [", f'allow_hosts = ["{other_portal.host}", '))
    source.run()
    asked = source.portal.served.requests
    header, wording = connector(source.kind.name).TOKEN
    assert all(r.headers.get(header.lower()) == wording.format("secret-7q") for r in asked)
    assert other_portal.requests, "the redirect was followed"
    for request in other_portal.requests:
        assert "secret-7q" not in f"{request.headers} {request.path} {request.body!r}"


@pytest.mark.timeout(400)  # the largest of all tests: it must not fail for a busy machine
def test_memory_does_not_grow_with_the_catalogue(kind: Kind) -> None:
    """Peak memory of a whole run, in megabytes, of 1,000 and of 10,000 records: no more than 30 apart."""
    small, large = (peak(kind.name, kind.asks, count) for count in (1_000, 10_000))
    assert large - small <= 30, f"{small:.0f} MB, then {large:.0f} MB"
