"""mappings/merge.toml: a rule for every field, and every error of an operator's file said with what was meant."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harvester.config.messages import meant
from harvester.link.policy import (
    DIFFERING,
    FAMILIES,
    RULES,
    compiled,
    distribution_fields,
    entry_fields,
    faults,
)
from harvester.map import builtin_merge
from harvester.map.fields import ALIASES


def found(own: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    return list(faults(own, ALIASES, meant))


def test_the_shipped_policy_has_a_rule_for_every_field_and_no_fault() -> None:
    shipped = builtin_merge()
    assert set(shipped["entry"]) == set(entry_fields())
    assert set(shipped["distribution"]) == set(distribution_fields())
    assert found(shipped) == []


@pytest.mark.parametrize(
    ("own", "place", "said"),
    [
        ({"entri": {}}, ("entri",), "vouliez-vous dire « entry »"),
        ({"licence": "first"}, ("licence",), "sa place est sous [entry]"),
        ({"extends": "merge"}, ("extends",), "inutile"),
        ({"entry": 3}, ("entry",), "une table [entry] est attendue"),
        ({"entry": {"titel": "first"}}, ("entry", "titel"), "vouliez-vous dire « title »"),
        ({"entry": {"theme": "unite"}}, ("entry", "theme"), "vouliez-vous dire « united »"),
        ({"entry": {"theme": ["first"]}}, ("entry", "theme"), "règle inconnue"),
        ({"entry": {"description": "united"}}, ("entry", "description"), "n'a qu'une valeur"),
        ({"entry": {"theme": "origin"}}, ("entry", "theme"), "created, issued, modified"),
        ({"entry": {"iri": "first"}}, ("entry", "iri"), "toujours elected"),
        ({"entry": {"title": "first"}}, ("entry", "title"), "reste elected"),
        ({"entry": {"licence": "first", "license": "elected"}}, ("entry", "license"), "même champ"),
        ({"distribution": {"keyword": "first"}}, ("distribution", "keyword"), "champ inconnu"),
        ({"differences": "license"}, ("differences",), "une liste est attendue"),
        ({"differences": ["title"]}, ("differences", 0), "n'est pas de ceux"),
        ({"differences": ["licence", "acces_rights"]}, ("differences", 1), "« access_rights »"),
    ],
)
def test_a_fault_is_told_where_it_stands(
    own: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    [(keys, message)] = found(own)
    assert keys == place
    assert said in message


def test_other_names_of_fields_are_those_of_mappings() -> None:
    own = {"entry": {"licence": "elected", "keywords": "first"}, "differences": ["licence"]}
    assert found(own) == []
    policy = compiled(builtin_merge(), own, ALIASES)
    assert (policy.entry["license"], policy.entry["keyword"]) == ("elected", "first")
    assert policy.differences == ("license",)


def test_the_signature_follows_what_is_decided_and_not_how_it_is_written() -> None:
    shipped = builtin_merge()
    same = compiled(shipped, {"entry": {"keywords": "united"}}, ALIASES)
    assert compiled(shipped, {}, ALIASES).signature == same.signature
    other = compiled(shipped, {"entry": {"keyword": "first"}}, ALIASES)
    assert other.signature != same.signature
    assert set(RULES) == {"elected", "first", "united", "origin"}


TEXT = (Path(__file__).parents[3] / "docs" / "merge.md").read_text(encoding="utf-8")


def test_every_rule_and_every_difference_is_documented() -> None:
    for rule, said in RULES.items():
        assert f"| `{rule}` | {said}" in TEXT
    assert [name for name in DIFFERING if f"`{name}`" not in TEXT] == []
    assert [name for group in FAMILIES for name in group if f"`{name}`" not in TEXT] == []


def test_the_documented_example_is_a_policy() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert found(tomllib.loads(example)) == []
