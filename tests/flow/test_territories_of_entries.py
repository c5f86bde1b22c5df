"""Which city sees what, whole runs through: rules of one's own, entries mapped anew by them, and the reasons told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harvester.cli.app import app
from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

TURTLE = "text/turtle"


@pytest.fixture
def shared(territory: Territory, portal: Portal) -> Territory:
    """The portal of the EPT, with data of its cities."""
    territory.source("gpso", portal, level="epci", territory="fr:epci:200057974")
    body = turtle(
        dataset("a", "Arbres de Meudon"),
        dataset("b", "Bancs"),
        dataset("c", "Marchés des Hauts"),
    )
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    territory.run("gpso")
    return territory


def own(territory: Territory, text: str) -> None:
    folder = territory.folder / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "coverage.toml").write_text(text, encoding="utf-8")


def test_what_a_title_names_is_seen_by_that_city_and_not_by_the_others(shared: Territory) -> None:
    assert shared.titles("meudon") == ["Arbres de Meudon", "Bancs", "Marchés des Hauts"]
    assert shared.titles("sevres") == ["Bancs", "Marchés des Hauts"]


def test_other_rules_map_the_kept_records_anew_without_the_network(
    shared: Territory, portal: Portal
) -> None:
    asked = len(portal.asked("/catalog.ttl"))
    own(shared, '[names]\n"les hauts" = "fr:commune:92072"\n')
    outcome = shared.run("gpso", remap_only=True)
    assert (outcome.outcome, outcome.counts.changed, outcome.counts.breach) == ("success", 1, 0)
    assert len(portal.asked("/catalog.ttl")) == asked
    assert shared.titles("meudon") == ["Arbres de Meudon", "Bancs"]
    assert shared.titles("sevres") == ["Bancs", "Marchés des Hauts"]
    assert shared.run("gpso", remap_only=True).counts.changed == 0


def test_how_sure_a_territory_is_stands_beside_it(shared: Territory) -> None:
    stored = dict(shared.sql("SELECT title, coverage FROM entry"))
    assert json.loads(stored["Arbres de Meudon"]) == [["fr:commune:92048", "title", "likely"]]
    assert json.loads(stored["Bancs"]) == [["fr:epci:200057974", "source", "default"]]


def explain(territory: Territory, *arguments: str) -> str:
    done = CliRunner().invoke(
        app, ["explain", *arguments, "--config", str(territory.folder / "config.toml")]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_explain_tells_which_rule_decided_and_what_else_was_found(shared: Territory) -> None:
    name = "gpso/https://data.meudon.example/datasets/a"
    shown = explain(shared, name)
    kept = "territoire : Meudon (fr:commune:92048), probable — règle « titre », titre : « Meudon »"
    assert kept in shown
    assert "écarté : Grand Paris Seine Ouest (fr:epci:200057974), faute de mieux" in shown
    (member,) = json.loads(explain(shared, name, "--json"))["members"]
    assert {
        "rule": "titre",
        "how": "title",
        "written": "Meudon",
        "territory": "fr:commune:92048",
        "name": "Meudon",
        "sure": "likely",
        "counts": True,
        "note": "",
    } in member["clues"]


def test_check_tells_every_mistake_of_the_rules_with_its_line(tmp_path: Path) -> None:
    made = Territory(tmp_path / "t", f"sqlite:///{tmp_path}/h.sqlite")
    own(
        made,
        '[names]\n"gpso" = "fr:epci:200057975"\n"x" = "92040"\n\n[[rule]]\nname = "a"\nlooks_at = ["titel"]\n'
        '\n[title]\nnot_aftr = ["rue"]\n\n[sure]\ntitle = "certain"\n',
    )
    done = subprocess.run(
        [sys.executable, "-m", "harvester", "check", "-c", str(made.folder / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if "coverage.toml" in line]
    assert done.returncode == 2
    assert [line.split("coverage.toml:")[1].split(":")[0] for line in told] == [
        "3",
        "7",
        "10",
        "13",
    ]
    assert "fr:commune:92040" in told[0]
    assert "title" in told[1]
    assert "vouliez-vous dire « not_after » ?" in told[2]
    own(
        made,
        '[names]\n"gpso" = "fr:epci:200057975"\n\n[[rule]]\nname = "a"\nlooks_at = ["title", "title"]\n',
    )
    done = subprocess.run(
        [sys.executable, "-m", "harvester", "check", "-c", str(made.folder / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        "coverage.toml:2: « gpso » : aucun territoire n'a le code « fr:epci:200057975 »."
        in done.stdout
    )
    assert "coverage.toml:6: « title » est déjà regardé par la règle « a »." in done.stdout


def test_the_rules_are_no_mapping(tmp_path: Path) -> None:
    made = Territory(tmp_path / "t", f"sqlite:///{tmp_path}/h.sqlite")
    made.source("x", None, "https://x.example", more='mapping = "coverage"')
    own(made, "")
    done = CliRunner().invoke(app, ["check", "-c", str(made.folder / "config.toml")])
    assert done.exit_code == 2
    assert "aucun fichier de mappings/ ne s'appelle « coverage.toml »" in done.output
