"""A real pygeoapi, harvested by OGC API - Records, from its landing page and from its collection."""

from __future__ import annotations

import pytest

from tests.peers.pygeoapi import Pygeoapi
from tests.peers.story import follows, harvest, shows_as_loaded, shows_each_once, source
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
