"""A real pygeoapi, harvested by OGC API - Records, from its landing page and from its collection; asked for rows by OGC API - Features."""

from __future__ import annotations

import orjson
import pytest

from harvester.demo.rows import Rows
from tests.peers.pygeoapi import COUNTS, Pygeoapi
from tests.peers.story import follows, harvest, shows_as_loaded, shows_each_once, source
from tests.portal import Portal
from tests.sliced import CODE, NAME, Sliced
from tests.territory import Territory

WITHOUT = {"created", "frequency"}
"""What a record of OGC API - Records has no place for: its `created` is that of the record."""


@pytest.mark.parametrize("where", ["", "/collections/fiches", "/collections/fiches/items"])
def test_a_catalogue_shows_what_was_loaded_and_follows_changes(
    territory: Territory, pygeoapi_peer: Pygeoapi, where: str
) -> None:
    source(territory, "ogcrecords", pygeoapi_peer.url + where)
    first = harvest(territory)
    assert (first.counts.new, first.counts.rejected) == (len(pygeoapi_peer.fiches), 0)
    shows_each_once(territory, pygeoapi_peer.fiches)
    shows_as_loaded(territory, pygeoapi_peer.fiches, without=WITHOUT)
    follows(territory, pygeoapi_peer)


def test_a_commune_s_rows_of_a_collection_are_proved(
    territory: Territory, portal: Portal, pygeoapi_peer: Pygeoapi
) -> None:
    house = Sliced(territory, portal)
    house.offers(Rows("bornes", (CODE, NAME), ()), "features", title="Bornes")
    house.port = int(pygeoapi_peer.url.rpartition(":")[2])
    house.harvest()
    house.prove()
    total = sum(COUNTS.values())
    assert house.counts("meudon") == {"Bornes : Meudon": (COUNTS["92048"], total)}
    assert house.counts("sevres") == {"Bornes : Sèvres": (COUNTS["92072"], total)}
    assert house.counts("chaville") == {}
    downloads = {
        city: [bool(d.get("download_url")) for d in orjson.loads(row.body)["distribution"]]
        for city in ("meudon", "sevres")
        for row in territory.rows(city)
        if row.coverage[0][1] == "slice"
    }
    assert downloads == {"meudon": [True], "sevres": [False]}  # a page holds fifty at most
