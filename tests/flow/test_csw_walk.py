"""Catalogue services through whole runs, with what real ones get wrong in paging, sorting and single records."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from harvester.demo import dialects
from harvester.demo.dialects import csw
from harvester.demo.portal import Portal as Sample
from harvester.demo.samples import producers, samples, topics
from harvester.run.outcome import Outcome
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory, gazetteer

TOPICS = topics()["commune"]
MEUDON = producers(gazetteer())["meudon"]
ENTRIES = tuple(csw.describe(sample) for sample in samples(MEUDON, TOPICS, 25))
CATALOGUE = Sample("meudon", "SIG de Meudon", "commune", "fr:commune:92048", ENTRIES, kind="csw")
TITLES = sorted(entry["title"] for entry in ENTRIES)
FEATURES = '<gfc:FC_FeatureCatalogue xmlns:gfc="http://www.isotc211.org/2005/gfc" uuid="1"><gfc:name/></gfc:FC_FeatureCatalogue>'
Change = Callable[[bytes, Asked], bytes]


class Service:
    """The imitated service on a real socket; `catalogue` and `change` may be set anew."""

    def __init__(self, portal: Portal, territory: Territory) -> None:
        self.portal, self.territory = portal, territory
        self.catalogue = CATALOGUE
        self.change: Change = lambda body, _: body
        self.status: Callable[[Asked], int] = lambda _: 200
        self.moment = 0
        portal.answers(csw.PATH, self.answer)

    def answer(self, asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        self.moment += 1
        said = csw.answer(
            self.catalogue,
            self.portal.url,
            dialects.Asked(
                url.path,
                dict(parse_qsl(url.query)),
                asked.method,
                asked.headers,
                asked.body,
                self.moment,
            ),
        )
        assert said is not None
        status = self.status(asked)
        return Answer(status, self.change(said.content, asked), said.media_type)

    def source(self, options: str = "", url: str = "") -> None:
        self.territory.folder.joinpath("sources", "meudon.toml").write_text(
            f'name = "SIG"\nkind = "csw"\nurl = "{url or self.portal.at(csw.PATH)}"\nlevel = "commune"\n'
            f'territory = "fr:commune:92048"\n[http]\nretries = 0\nallow_hosts = ["{self.portal.host}"]\n'
            f"[options]\n{options}\n"
        )

    def run(self, **arguments: object) -> Outcome:
        return self.territory.run("meudon", **arguments)

    def questions(self) -> list[dict[str, str]]:
        """What was asked for records by GET, in order."""
        queries = [dict(parse_qsl(urlsplit(asked.path).query)) for asked in self.portal.requests]
        return [query for query in queries if query.get("request") == "GetRecords"]


@pytest.fixture
def service(portal: Portal, territory: Territory) -> Service:
    made = Service(portal, territory)
    made.source("page_size = 10")
    return made


def codes(territory: Territory) -> set[str]:
    return {code for (code,) in territory.sql("SELECT code FROM problem")}


def test_every_page_is_asked_for_in_the_order_of_identifiers_and_a_second_run_changes_nothing(
    service: Service,
) -> None:
    first = service.run()
    assert (first.outcome, first.counts.new) == ("success", 25)
    assert service.territory.titles("meudon") == TITLES
    asked = service.questions()
    assert [query["startPosition"] for query in asked] == ["1", "11", "21"]
    assert {query["sortBy"] for query in asked} == {"dc:identifier:A"}
    assert {query["outputSchema"] for query in asked} == {"http://www.isotc211.org/2005/gmd"}
    again = service.run()
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)


def test_questions_can_be_posted(service: Service) -> None:
    service.source("page_size = 10\npost = true\ntypes = ['dataset', 'series']")
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES
    posted = [asked.body for asked in service.portal.requests if asked.method == "POST"]
    assert len(posted) == 3
    assert all(b"<ogc:Literal>series</ogc:Literal>" in body for body in posted)


def test_the_parameters_of_a_question_in_the_address_are_tolerated_and_others_kept(
    service: Service,
) -> None:
    url = service.portal.at(
        f"{csw.PATH}?carte=sig&SERVICE=CSW&REQUEST=GetCapabilities&VERSION=2.0.2"
    )
    service.source("page_size = 10", url)
    assert service.run().outcome == "success"
    assert all(query["carte"] == "sig" for query in service.questions())
    assert all("REQUEST" not in query for query in service.questions())


def test_dublin_core_gives_the_same_datasets(service: Service) -> None:
    service.source('output_schema = "dublin-core"')
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES


def test_a_service_that_refuses_to_sort_is_asked_without(service: Service) -> None:
    def refuse(body: bytes, asked: Asked) -> bytes:
        if "sortBy" not in asked.path:
            return body
        return csw._exception("InvalidParameterValue", "SortBy", "no such property").content

    service.change = refuse
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES
    assert "csw-sort-refused" in codes(service.territory)


def test_a_service_that_refuses_to_sort_with_a_status_is_asked_without(service: Service) -> None:
    service.status = lambda asked: 400 if "sortBy" in asked.path else 200
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES


def test_pages_shorter_than_asked_for_lose_nothing(service: Service) -> None:
    service.catalogue = replace(CATALOGUE, page=7)
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES


@pytest.mark.parametrize("wrong", ["0", "1", "101", "", "x"])
def test_a_wrong_next_record_loses_nothing(service: Service, wrong: str) -> None:
    service.change = lambda body, _: re.sub(
        rb'nextRecord="\d+"', f'nextRecord="{wrong}"'.encode(), body
    )
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES


def test_a_service_without_total_is_walked_to_its_end(service: Service) -> None:
    service.change = lambda body, _: re.sub(
        rb' (?:numberOfRecordsMatched|nextRecord)="\d+"', b"", body
    )
    assert service.run().outcome == "success"
    assert service.territory.titles("meudon") == TITLES


def test_a_service_that_ignores_the_start_is_no_proof_of_anything(service: Service) -> None:
    service.run()

    def stuck(body: bytes, asked: Asked) -> bytes:
        del body
        query = dict(parse_qsl(urlsplit(asked.path).query), startPosition="1")
        said = csw.answer(CATALOGUE, "", dialects.Asked(csw.PATH, query, moment=service.moment))
        assert said is not None
        return said.content

    service.change = stuck
    for _ in range(3):
        assert service.run().outcome == "partial"
    assert service.territory.titles("meudon") == TITLES
    assert "page-repeated" in codes(service.territory)


def test_feature_catalogues_are_left_out_and_do_not_make_the_walk_incomplete(
    service: Service,
) -> None:
    service.catalogue = replace(CATALOGUE, entries=(*ENTRIES[:5], FEATURES, *ENTRIES[5:], FEATURES))
    done = service.run()
    assert (done.outcome, done.counts.new) == ("success", 25)
    assert "record-not-dataset" in codes(service.territory)
    service.catalogue = replace(CATALOGUE, entries=(*ENTRIES[:5], FEATURES, *ENTRIES[6:], FEATURES))
    for _ in range(3):
        assert service.run().outcome == "success"
    assert len(service.territory.titles("meudon")) == 24, "a complete walk withdraws what is gone"


def test_a_malformed_record_costs_no_other_and_withdraws_nothing(service: Service) -> None:
    service.run()
    service.catalogue = replace(CATALOGUE, entries=(*ENTRIES[:5], 42, *ENTRIES[6:]))
    for _ in range(3):
        done = service.run()
        assert (done.outcome, done.counts.changed) == ("partial", 0)
    assert service.territory.titles("meudon") == TITLES
    assert {"xml-syntax", "record-malformed"} <= codes(service.territory)


def test_a_record_that_the_service_cannot_give_costs_no_other(service: Service) -> None:
    def fail(body: bytes, _: Asked) -> bytes:
        if ENTRIES[17]["id"].encode() not in body:
            return body
        return csw._exception("NoApplicableCode", "", "java.lang.NullPointerException").content

    service.change = fail
    assert service.run().outcome == "partial"
    assert service.territory.titles("meudon") == sorted(set(TITLES) - {ENTRIES[17]["title"]})
    assert "csw-record-unreadable" in codes(service.territory)


def test_only_what_changed_is_asked_for_between_full_walks(service: Service) -> None:
    service.source("page_size = 10\nfull_every = 7")
    assert service.run().outcome == "success"
    changed = {**ENTRIES[3], "title": "Arbres remarquables de 2099", "modified": "2099-01-01"}
    service.catalogue = replace(CATALOGUE, entries=(*ENTRIES[:3], changed, *ENTRIES[4:10]))
    service.portal.requests.clear()
    done = service.run()
    assert (done.outcome, done.counts.changed) == ("success", 1)
    assert len(service.questions()) == 1
    assert len(service.territory.titles("meudon")) == 25, "what was not asked for is still there"


def test_what_the_record_restricts_is_seen_by_agents_only(service: Service) -> None:
    secret = {**ENTRIES[0], "restricted": True}
    service.catalogue = replace(CATALOGUE, entries=(secret, *ENTRIES[1:]))
    assert service.run().outcome == "success"
    assert secret["title"] not in service.territory.titles("meudon")
    assert secret["title"] in service.territory.titles("meudon", "agents")


def test_capabilities_never_send_the_harvester_to_another_host(service: Service) -> None:
    elsewhere = service.portal.at(csw.PATH, host="localhost").encode()
    service.change = lambda body, _: body.replace(service.portal.at(csw.PATH).encode(), elsewhere)
    assert service.run().outcome == "success"
    hosts = {asked.headers["host"] for asked in service.portal.requests}
    assert hosts == {service.portal.host}


def test_an_exception_that_nothing_avoids_ends_the_run_with_its_words(service: Service) -> None:
    service.source("cql = \"AnyText LIKES '%arbre%'\"")

    def refuse(body: bytes, asked: Asked) -> bytes:
        if "constraint=" not in asked.path:
            return body
        return csw._exception(
            "InvalidParameterValue", "constraint", "CQL: unexpected LIKES"
        ).content

    service.change = refuse
    done = service.run()
    assert done.outcome == "refused"
    assert "unexpected LIKES" in done.message


def test_an_html_page_instead_of_a_service_says_so(service: Service) -> None:
    service.portal.answer(csw.PATH, b"<!doctype html><html><body>Maintenance</body></html>")
    done = service.run()
    assert done.outcome == "refused"
    assert "HTML" in done.message


@pytest.mark.parametrize("code", ["InvalidParameterValue", "NoApplicableCode"])
def test_a_service_that_gives_no_more_than_its_first_pages_loses_nothing(
    service: Service, code: str
) -> None:
    """As Elasticsearch behind GeoNetwork does beyond its window: the end of what it gives is not that of the catalogue."""
    assert service.run().counts.seen == 25

    def refused(body: bytes, asked: Asked) -> bytes:
        if "startPosition=21" not in asked.path:
            return body
        return (
            '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.0.0">'
            f'<ows:Exception exceptionCode="{code}" locator="startPosition"><ows:ExceptionText>too far'
            "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
        ).encode()

    service.change = refused
    for _ in range(4):
        outcome = service.run()
        assert (outcome.outcome, outcome.counts.gone) == ("partial", 0)
    assert service.territory.titles("meudon") == TITLES
