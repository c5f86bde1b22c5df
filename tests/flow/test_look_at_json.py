"""Records that are JSON are shown under the names that their source gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

import harvester.cli  # noqa: F401 - registers the commands
from harvester.cli.app import app
from harvester.cli.explained import outline
from tests.portal import Portal
from tests.territory import Territory

PACKAGE: dict[str, Any] = {
    "id": "arbres [/b] [red]",
    "name": "arbres",
    "title": "Arbres [bold]remarquables[/]",
    "notes": "Un texte " * 400,
    "license_id": "maison",
    "num_tags": 2**63,
    "tags": [{"name": f"mot {n}", "display_name": f"mot {n}"} for n in range(8)],
    "resources": [{"id": "r", "url": "https://data.meudon.example/a.csv", "format": "CSV"}],
    "extras": [{"key": "profond", "value": orjson.dumps([[1, [2]], {"a": None}]).decode()}],
}


@pytest.fixture
def folder(tmp_path: Path, portal: Portal) -> Iterator[Territory]:
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/h.sqlite")
    made.source("meudon", portal, "")
    file = made.folder / "sources" / "meudon.toml"
    file.write_text(file.read_text().replace('"dcat"', '"ckan"'))
    said = {"success": True, "result": {"count": 1, "results": [PACKAGE]}}
    portal.answer("/api/3/action/package_search", orjson.dumps(said), media_type="application/json")
    yield made
    made.close()


def command(folder: Territory, *arguments: str) -> str:
    config = str(folder.folder / "config.toml")
    done = CliRunner().invoke(app, [*arguments, "--config", config])
    assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
    return done.stdout


def test_preview_shows_each_value_as_it_stands_and_where_it_was_found(folder: Territory) -> None:
    shown = command(folder, "preview", "meudon")
    assert PACKAGE["id"] in shown
    assert "Arbres [bold]remarquables[/]" in shown
    assert "valeur inconnue : license = 'maison'" in shown
    [line] = command(folder, "preview", "meudon", "--json").splitlines()
    fields = {field["field"]: field for field in json.loads(line)["fields"]}
    assert fields["title"]["path"] == "title"


def test_explain_shows_the_record_of_each_source_under_its_own_names(folder: Territory) -> None:
    folder.run("meudon")
    name = f"meudon/{PACKAGE['id']}"
    shown = command(folder, "explain", name)
    assert "resources.url = https://data.meudon.example/a.csv" in shown
    assert "tags[0].name = mot 0" in shown
    assert "tags[…] = … et 3 autres" in shown
    assert "title = Arbres [bold]remarquables[/]" in shown
    [member] = json.loads(command(folder, "explain", name, "--json"))["members"]
    assert member["raw"]["resources"][0]["format"] == "CSV"
    assert member["raw"]["notes"] == PACKAGE["notes"]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({}, []),
        ({"a": None, "b": [], "c": ""}, []),
        ({"a": {"b": [{"c": 1}, {"c": 2}]}}, [("a.b[0].c", "1"), ("a.b[1].c", "2")]),
        ({"a": ["x", "y"]}, [("a", '["x","y"]')]),
        ({"dct:title": [{"@value": "Arbres", "@language": "fr"}]}, [("dct:title.@value", "Arbres"), ("dct:title.@language", "fr")]),
        ({"a": [[1, 2], [3]]}, [("a[0]", "[1,2]"), ("a[1]", "3")]),
        ({"a": "x" * 500}, [("a", "x" * 157 + "…")]),
    ],
)  # fmt: skip
def test_any_tree_is_outlined_by_path(tree: Any, expected: list[tuple[str, str]]) -> None:
    assert list(outline(tree)) == expected
