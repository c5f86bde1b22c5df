"""The configuration the project is delivered with: Grand Paris Seine Ouest."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester import fetch
from harvester.config import Config, check, load
from harvester.fetch import connector
from harvester.map import builtin_mappings, check_mappings
from harvester.schedule import trigger
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer

ROOT = Path(__file__).parents[3]

KINDS = {kind: connector(kind).Options for kind in fetch.KINDS}


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def config(places: Gazetteer) -> Config:
    return load(ROOT, KINDS, places, environ={})


def test_nothing_is_wrong_with_it(places: Gazetteer) -> None:
    found = check(
        ROOT,
        KINDS,
        places,
        builtin_mappings=builtin_mappings(),
        schedule=trigger,
        mappings=check_mappings,
        environ={},
    )
    assert found == []


def test_it_has_a_view_for_each_of_the_eight_communes(config: Config) -> None:
    assert config.territory == "fr:epci:200057974"
    assert len(config.views) == 8


def test_every_source_concerns_the_territory_and_is_asked_safely(
    config: Config, places: Gazetteer
) -> None:
    assert {source.level for source in config.sources} == {
        "commune",
        "epci",
        "departement",
        "region",
    }
    around = set(places.enclosing(config.territory)) | set(places.members(config.territory))
    for source in config.sources:
        assert source.url.startswith("https://"), source.id
        assert source.territory in around, source.id


def test_every_commune_has_a_source_of_its_own(config: Config, places: Gazetteer) -> None:
    covered = {source.territory for source in config.sources}
    assert set(places.members(config.territory)) <= covered


def test_no_secret_is_written_in_it(config: Config) -> None:
    assert all(source.http.token is None and not source.http.headers for source in config.sources)
    assert "@" not in config.database
