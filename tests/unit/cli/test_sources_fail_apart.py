"""What befalls one source of `harvester run` is told, and the others are harvested all the same."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harvester.cli import harvest
from harvester.cli.app import House
from harvester.config import Config, Source
from harvester.run.digest import Recipe
from harvester.run.outcome import Outcome
from harvester.run.settle import Counts

NAMES = ("issy", "meudon", "sevres")


def _source(name: str) -> Source:
    return Source(
        id=name,
        name=name,
        kind="dcat",
        url="https://example.fr/",
        level="commune",
        territory="fr:commune:92040",
        schedule="daily",
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> House:
    def run_source(_config: Config, _store: object, recipe: Recipe, *_: Any, **__: Any) -> Outcome:
        name = cast(str, recipe)
        if name == "issy":
            raise RuntimeError("a mistake\nof ours")
        return Outcome(name, "success", Counts(seen=3), 0.1)

    monkeypatch.setattr(harvest, "run_source", run_source)
    recipes = SimpleNamespace(recipe=lambda source: source.id, mapper=lambda _: None)
    config = Config.model_validate({"territory": "fr:epci:200057974"})
    return cast(House, SimpleNamespace(config=config, store=None, recipes=recipes, clusters=None))


def test_an_unexpected_exception_in_one_source_leaves_the_others_lines_and_the_exit_code_1(
    opened: House, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [_source(name) for name in NAMES]
    code = harvest.harvest_sources(opened, sources, json=True, jobs=2, remap_only=False)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == "{"]
    reports = {line["source"]: line for line in lines if "outcome" in line}
    assert {name: reports[name]["outcome"] for name in NAMES} == {
        "issy": "failed",
        "meudon": "success",
        "sevres": "success",
    }
    assert reports["issy"]["message"] == "RuntimeError: a mistake of ours"
    assert code == 1
