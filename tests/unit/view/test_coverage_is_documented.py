"""docs/coverage.md says what may stand in mappings/coverage.toml, and shows what is right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from harvester.cli import online
from harvester.run.covering import PLACES
from harvester.territory import load
from harvester.view import selection
from harvester.view.rules import CoverageFile, Look, Rule, SureTable, check, rules, shipped

PAGE = (Path(__file__).parents[3] / "docs" / "coverage.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.S)


def test_every_example_is_a_correct_file() -> None:
    assert EXAMPLES
    for example in EXAMPLES:
        own = tomllib.loads(example)
        assert list(check(own, load())) == []
        assert rules(own).version != shipped().version


def test_every_rule_and_every_look_is_told_with_how_sure_it_is() -> None:
    for rule in shipped().order:
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{rule.name}`")]
        for look in rule.looks_at:
            assert f"`{look}`" in row, look
    assert {look for rule in shipped().order for look in rule.looks_at} == set(get_args(Look))
    assert set(SureTable.model_fields) == set(get_args(Look)) == set(shipped().sure)


def test_every_look_has_its_words_wherever_it_is_told() -> None:
    for words in (selection._EVIDENCE, online._HOW, PLACES):
        assert set(words) == set(get_args(Look))


@pytest.mark.parametrize("table", [CoverageFile, Rule])
def test_every_setting_is_described(table: type[BaseModel]) -> None:
    for name, field in table.model_fields.items():
        assert field.description, name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for deeper, its in inner.model_fields.items():
                assert its.description, deeper
