"""Which changes of a record of JSON count."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harvester.model import Record, Tree
from harvester.parse import json

TREE: Tree = {"id": "arbres", "metas": {"default": {"title": "Arbres", "views": 12}}}


def record(tree: Tree, *volatile: str) -> Record:
    made = json.record("arbres", tree, "https://data.meudon.example/arbres", volatile=volatile)
    assert isinstance(made, Record)
    return made


def changed(**default: Any) -> Tree:
    return {**TREE, "metas": {"default": {**TREE["metas"]["default"], **default}}}


def test_a_volatile_key_inside_the_tree_does_not_count() -> None:
    first = record(TREE, "metas.default.views")
    assert record(changed(views=13), "metas.default.views").fingerprint == first.fingerprint
    assert record(changed(title="Arbres"), "metas.default.views").fingerprint == first.fingerprint
    assert record(changed(title="Haies"), "metas.default.views").fingerprint != first.fingerprint


def test_what_does_not_count_is_kept_all_the_same() -> None:
    kept = record(TREE, "metas.default.views")
    assert kept.tree is TREE
    assert orjson.loads(kept.raw) == TREE
    assert TREE["metas"]["default"]["views"] == 12


@pytest.mark.parametrize("path", ["nothing", "metas.nothing", "id.inner", "metas.default.title.x"])
def test_a_volatile_key_that_is_not_there_changes_nothing(path: str) -> None:
    assert record(TREE, path).fingerprint == record(TREE).fingerprint
