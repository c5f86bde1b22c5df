"""A real CKAN with ckanext-dcat, harvested by its action API and by its DCAT, which must tell the same."""

from __future__ import annotations

from dataclasses import replace
from urllib.request import urlopen

import pytest

from harvester.demo.rows import Rows
from harvester.demo.services import HERE
from tests.peers.ckan import Ckan
from tests.peers.comparing import published
from tests.peers.story import follows, harvest, shows_as_loaded, shows_each_once, source
from tests.portal import Portal
from tests.sliced import CODE, NAME, Sliced
from tests.territory import Territory

WAYS = {
    "ckan": ("", 'site = "https://ckan.gpso.example"'),
    "dcat": ("/catalog.xml", ""),
    "dcat-turtle": ("/catalog.ttl", ""),
}
WITHOUT = {
    # CKAN knows one contact, and no date of creation but its own.
    "ckan": {"created"},
    "dcat": {"created", "licence"},
}


def _source(territory: Territory, peer: Ckan, way: str, name: str = "peer") -> None:
    path, options = WAYS[way]
    source(territory, way.partition("-")[0], peer.url + path, options, name=name)


@pytest.mark.parametrize("way", WAYS)
def test_a_portal_shows_what_was_loaded_and_follows_changes(
    territory: Territory, ckan_peer: Ckan, way: str
) -> None:
    _source(territory, ckan_peer, way)
    first = harvest(territory)
    assert (first.counts.new, first.counts.rejected) == (len(ckan_peer.fiches), 0)
    shows_each_once(territory, ckan_peer.fiches)
    shows_as_loaded(territory, ckan_peer.fiches, without=WITHOUT[way.partition("-")[0]])
    follows(territory, ckan_peer)


def test_a_portal_harvested_both_ways_gives_each_dataset_once(
    territory: Territory, ckan_peer: Ckan
) -> None:
    _source(territory, ckan_peer, "ckan", "action")
    _source(territory, ckan_peer, "dcat", "dcat")
    harvest(territory, "action")
    before = {entry["identifier"][0] for entry in published(territory).values()}
    assert harvest(territory, "dcat").counts.seen == len(ckan_peer.fiches)
    shows_each_once(territory, ckan_peer.fiches)
    shows_as_loaded(territory, ckan_peer.fiches, without=WITHOUT["ckan"])
    assert {entry["identifier"][0] for entry in published(territory).values()} == before


def test_between_full_walks_only_what_changed_is_asked_for(
    territory: Territory, ckan_peer: Ckan
) -> None:
    _source(territory, ckan_peer, "ckan")
    harvest(territory, full=False)
    edited = ckan_peer.fiches[11]
    try:
        ckan_peer.put(replace(edited, title=f"{edited.title} (corrigé)"))
        outcome = harvest(territory, full=False)
    finally:
        ckan_peer.put(edited)
    assert (outcome.counts.changed, outcome.counts.new, outcome.counts.gone) == (1, 0, 0)
    assert outcome.pages <= 1
    assert f"{edited.title} (corrigé)" in published(territory)


def test_what_is_private_is_read_with_a_token_only_and_shown_to_nobody_else(
    territory: Territory, ckan_peer: Ckan
) -> None:
    secret = ckan_peer.fiches[23]
    token = ckan_peer.token()
    public = {fiche.title for fiche in ckan_peer.fiches if fiche is not secret}
    try:
        ckan_peer.act([["package_patch", {"id": secret.id, "private": True}]])
        _source(territory, ckan_peer, "ckan")
        assert harvest(territory).counts.seen == len(public)
        options = WAYS["ckan"][1] + "\nprivate = true"
        source(territory, "ckan", ckan_peer.url, options, token=token)
        told = harvest(territory).counts
        assert (told.seen, told.new, told.published) == (len(public) + 1, 1, len(public) + 1)
        assert set(published(territory)) == public
        assert set(territory.titles(audience="agents")) == public | {secret.title}
    finally:
        ckan_peer.put(secret)


@pytest.mark.parametrize("kind", ["text", "int4"])
def test_a_commune_s_rows_of_a_table_in_the_datastore_are_proved(
    territory: Territory, portal: Portal, ckan_peer: Ckan, kind: str
) -> None:
    counts = {"92048": 3, "92072": 5, "92075": 4}
    records = [
        {"code_insee": code if kind == "text" else int(code), "nom": f"n° {n}"}
        for code, count in counts.items()
        for n in range(count)
    ]
    fields = [{"id": "code_insee", "type": kind}, {"id": "nom", "type": "text"}]
    package, resource = ckan_peer.table(fields, records)
    try:
        house = Sliced(territory, portal)
        house.port = int(ckan_peer.url.rpartition(":")[2])
        table = Rows("bornes", (CODE, NAME), ())
        house.offers(table, "datastore", title="Bornes")
        house.entries["bornes"] = house.entries["bornes"].replace(table.uuid, resource)
        house.harvest()
        house.prove()
        assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}
        assert house.counts("sevres") == {"Bornes : Sèvres": (5, 12)}
        [urls] = house.slices("meudon").values()
        [dump] = [url for url in urls if "/datastore/dump/" in url]
        with urlopen(dump.replace(HERE, ckan_peer.url), timeout=30) as answer:
            assert len(answer.read().decode("utf-8-sig").splitlines()) == 1 + 3
    finally:
        ckan_peer.act([["dataset_purge", {"id": package}]])
