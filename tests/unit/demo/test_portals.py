from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from harvester.config import Source
from harvester.demo import dialects
from harvester.demo.dialects.dcat import document
from harvester.demo.portal import Portal
from harvester.demo.portals import portals
from harvester.demo.samples import CANARY, TERRITORY
from harvester.fetch import connector
from harvester.fetch.kinds import KINDS
from harvester.model import Problem, Record
from harvester.parse.page import Page, Request
from harvester.territory import load

GAZETTEER = load()
PORTALS, EXPECTED = portals(GAZETTEER)
BASE = "http://127.0.0.1:1"


def walked(portal: Portal, moment: int = 1) -> list[Record | Problem]:
    """What the connector of its kind finds on every page of a portal."""
    kind, dialect = connector(portal.kind), dialects.dialect(portal.kind)
    source = Source(
        id=portal.slug,
        name=portal.name,
        kind=portal.kind,
        url=BASE + dialect.PATH,
        level=portal.level,
        territory=portal.territory,
        ignore_parameters=("horodatage",),
    )
    options = kind.Options(**portal.options)
    waiting, found = list(kind.start(source, options, None)), list[Record | Problem]()
    while waiting:
        request = waiting.pop(0)
        url = urlsplit(request.url)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in request.headers}
        path = unquote(url.path)
        asked = dialects.Asked(path, query, request.method, headers, request.body, moment)
        said = dialect.answer(portal, BASE, asked)
        if said is None or said.status != 200:
            assert request.instead is not None, (request, said)
            waiting.insert(0, request.instead)
            continue
        media_type, _, charset = said.media_type.partition("; charset=")
        page = Page(request, request.url, said.content, media_type, charset)
        for item in kind.read(page, source, options):
            if isinstance(item, Request):
                waiting.append(item)
            elif isinstance(item, Record | Problem):
                found.append(item)
    return found


def records(portal: Portal, moment: int = 1) -> list[Record]:
    return [item for item in walked(portal, moment) if isinstance(item, Record)]


PLAIN = [portal for portal in PORTALS if not portal.packing]
"""A packed page is unpacked on its way: see the flow test of the demonstration."""


def test_the_territory_has_portals_of_every_kind() -> None:
    assert {portal.kind for portal in PORTALS} == set(KINDS)


@pytest.mark.parametrize("portal", PLAIN, ids=lambda portal: portal.slug)
def test_every_portal_lists_all_its_entries(portal: Portal) -> None:
    assert len(records(portal)) == len(portal.entries)


@pytest.mark.parametrize("portal", PLAIN, ids=lambda portal: portal.slug)
def test_what_portals_list_reads_without_errors(portal: Portal) -> None:
    told = [item for item in walked(portal) if isinstance(item, Problem)]
    assert not [problem for problem in told if problem.severity == "error"]


@pytest.mark.parametrize("portal", [p for p in PORTALS if p.relabel], ids=lambda p: p.slug)
def test_exports_differ_in_their_bytes_and_not_in_what_they_say(portal: Portal) -> None:
    assert document(portal, BASE, 1, 1) != document(portal, BASE, 1, 2)
    first, second = (
        {record.id: record.fingerprint for record in records(portal, moment)} for moment in (1, 2)
    )
    assert first == second


def test_every_commune_of_the_territory_has_its_datasets() -> None:
    of_communes = {portal.territory: portal for portal in PORTALS if portal.level == "commune"}
    assert set(of_communes) == set(GAZETTEER.members(TERRITORY))
    without = of_communes["fr:commune:92047"]
    assert (without.kind, len(without.entries)) == ("table", 13)


def test_what_is_restricted_can_be_recognised_wherever_it_turns_up() -> None:
    [internal] = [portal for portal in PORTALS if portal.access == "restricted"]
    for node in internal.entries:
        assert CANARY in repr(node)
    hiding = [
        portal
        for portal in PORTALS
        if portal is not internal and any(CANARY in repr(entry) for entry in portal.entries)
    ]
    assert {portal.kind for portal in hiding} == set(KINDS) - {"ckan", "udata"}


def test_addresses_stay_in_the_domain_reserved_for_examples() -> None:
    for portal in PORTALS:
        if portal.kind == "dcat":
            for node in portal.entries:
                assert ".example/" in str(node.iri)
        assert all(".example" in value for name, value in portal.options.items() if name == "site")


def test_the_pairs_to_compare_are_really_listed() -> None:
    addresses = {address for group in EXPECTED.same for address in group}
    assert len(EXPECTED.same) > 100
    assert len(EXPECTED.apart) > 50
    assert all(len(group) > 1 for group in EXPECTED.same if "issy" not in group[0])
    assert all(address.startswith("https://") for address in addresses)


def test_the_sample_portals_have_some_hundred_entries() -> None:
    assert 500 < sum(len(portal.entries) for portal in PORTALS) < 900
