"""The configuration the project is delivered with: Grand Paris Seine Ouest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harvester.config import Config, load
from harvester.run.recipes import examine_config, kinds
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def config(places: Gazetteer) -> Config:
    return load(ROOT, kinds(), places, environ={})


def test_nothing_is_wrong_with_it_for_any_part_of_the_house(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in [name for name in os.environ if name.startswith("HARVESTER_")]:
        monkeypatch.delenv(variable)
    assert examine_config(ROOT)[1] == []


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
