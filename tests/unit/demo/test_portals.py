from __future__ import annotations

import itertools

import pytest

from harvester.demo.dialects.dcat import MEDIA_TYPES, PATH, document
from harvester.demo.portal import Portal
from harvester.demo.portals import portals
from harvester.demo.samples import CANARY, TERRITORY
from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read
from harvester.territory import load

GAZETTEER = load()
PORTALS, EXPECTED = portals(GAZETTEER)
BASE = "http://127.0.0.1:1"


def records(portal: Portal, export: int = 1) -> list[Record]:
    """What our own reader finds on every page of a portal."""
    found: list[Record] = []
    for number in itertools.count(1):
        content = document(portal, BASE, number, export)
        if content is None:
            return found
        url = f"{BASE}{PATH}?page={number}"
        charset = portal.encoding if portal.syntax == "xml" else "utf-8"
        page = Page(Request(url), url, content, MEDIA_TYPES[portal.syntax], charset)
        found += [
            item
            for item in read(page, ignore_parameters=frozenset({"horodatage"}))
            if isinstance(item, Record)
        ]
    raise AssertionError


@pytest.mark.parametrize("portal", PORTALS, ids=lambda portal: portal.slug)
def test_every_portal_lists_all_its_entries(portal: Portal) -> None:
    assert len(records(portal)) == len(portal.entries)


@pytest.mark.parametrize("portal", [p for p in PORTALS if p.relabel], ids=lambda p: p.slug)
def test_exports_differ_in_their_bytes_and_not_in_what_they_say(portal: Portal) -> None:
    assert document(portal, BASE, 1, 1) != document(portal, BASE, 1, 2)
    first, second = (
        {record.id: record.fingerprint for record in records(portal, export)} for export in (1, 2)
    )
    assert first == second


def test_every_commune_of_the_territory_has_its_datasets() -> None:
    portals_of = {portal.territory for portal in PORTALS if portal.level == "commune"}
    without = set(GAZETTEER.members(TERRITORY)) - portals_of
    assert without == {"fr:commune:92047"}
    [gpso] = [portal for portal in PORTALS if portal.slug == "gpso"]
    assert sum("marnes-la-coquette" in str(node.iri) for node in gpso.entries) == 12


def test_what_is_restricted_can_be_recognised_wherever_it_turns_up() -> None:
    [internal] = [portal for portal in PORTALS if portal.access == "restricted"]
    for node in internal.entries:
        assert CANARY in repr(node)
    marked = [
        node
        for portal in PORTALS
        for node in portal.entries
        if "access-right/RESTRICTED" in repr(node) or "access-right/NON_PUBLIC" in repr(node)
    ]
    assert len(marked) == len(internal.entries) + 2
    assert all(CANARY in repr(node) for node in marked)


def test_addresses_stay_in_the_domain_reserved_for_examples() -> None:
    for portal in PORTALS:
        for node in portal.entries:
            assert ".example/" in str(node.iri)


def test_the_pairs_to_compare_are_really_listed() -> None:
    listed = {node.iri for portal in PORTALS for node in portal.entries}
    pairs = (*EXPECTED.same, *EXPECTED.apart)
    assert len(EXPECTED.same) > 100
    assert len(EXPECTED.apart) > 50
    assert {iri for pair in pairs for iri in pair} <= listed


def test_the_sample_portals_have_some_hundred_entries() -> None:
    assert 500 < sum(len(portal.entries) for portal in PORTALS) < 900
