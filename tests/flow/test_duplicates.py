"""A curator's work by command: the queue, a pair side by side, the words, what they say of the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import harvester.cli
from harvester.cli.app import app
from tests.portal import Portal
from tests.reviewing import ONE, OTHER, A, B, waiting
from tests.territory import Territory


@pytest.fixture
def pair(territory: Territory, portal: Portal) -> Territory:
    """A pair that waits."""
    waiting(territory, portal)
    return territory


def harvester(territory: Territory, *arguments: str, code: int = 0) -> Result:
    path = str(territory.folder / "config.toml")
    done = CliRunner().invoke(
        app, ["duplicates", *arguments, "--config", path], env={"COLUMNS": "160"}
    )
    assert done.exit_code == code, (done.output, done.exception)
    return done


def said(territory: Territory, *arguments: str) -> Any:
    return [json.loads(line) for line in harvester(territory, *arguments).stdout.splitlines()]


def test_the_queue_tells_the_pair_and_what_a_word_on_it_is_worth(pair: Territory) -> None:
    [line] = said(pair, "list", "--json")
    assert {line["a"], line["b"]} == {A, B}
    assert line["records"] == [1, 1]
    assert line["gain"] > 0
    assert line["views"] == ["", "meudon"]
    text = harvester(pair, "list").output
    assert OTHER in text
    assert A in text.replace("\n", "")
    assert said(pair, "list", "--json", "--view", "meudon", "--source", "b") == [line]
    assert said(pair, "list", "--json", "--view", "sevres") == []
    assert "nulle-part" in harvester(pair, "list", "--source", "nulle-part", code=1).output


def test_a_pair_is_shown_side_by_side_with_bits_in_french_and_the_entry_it_would_be(
    pair: Territory,
) -> None:
    text = harvester(pair, "show", A, B).output
    assert "⟦la ville de⟧" in text or "⟦de la ville⟧" in text
    assert "⟦notre⟧" in text
    assert "Publiés le même jour, un jour où peu d’autres le furent +4,5 · " in text
    assert "→ +2,4, à examiner" in text
    assert "L’entrée réunie" in text
    [shown] = said(pair, "show", A, B, "--json")
    assert shown["fields"]["title"] == {
        "a": ONE,
        "b": OTHER,
        "same": False,
    }
    assert shown["merged"]["title"]["fr"] == ONE
    assert shown["speaks"] == A


def test_published_ids_name_the_two_sides_as_well(pair: Territory) -> None:
    ids = pair.ids()
    one, two = ids[ONE], ids[OTHER]
    [shown] = said(pair, "show", one, two, "--json")
    assert (shown["a"]["record"], shown["b"]["record"]) == (A, B)


@pytest.mark.parametrize("command", ["confirm", "reject", "part-of"])
def test_a_word_takes_the_pair_from_the_queue_and_undoing_it_brings_it_back(
    pair: Territory, command: str
) -> None:
    harvester(pair, command, A, B, "--by", "Anne", "--note", "vu ensemble")
    assert said(pair, "list", "--json") == []
    assert len(pair.rows()) == (3 if command == "confirm" else 4)
    assert "Anne" in harvester(pair, "show", A, B).output
    assert "vu ensemble" in harvester(pair, "show", A, B).output
    harvester(pair, "undo", A, B, "--by", "Paul")
    assert len(said(pair, "list", "--json")) == 1
    assert len(pair.rows()) == 4


def test_the_original_is_named_and_named_no_more(pair: Territory) -> None:
    harvester(pair, "confirm", A, B, "--by", "Anne")
    harvester(pair, "original", B, "--by", "Anne")
    assert OTHER in pair.titles()
    harvester(pair, "undo", B, "--by", "Anne")
    assert ONE in pair.titles()


def test_a_refused_word_says_why_and_is_not_written(pair: Territory) -> None:
    assert "aucune fiche" in harvester(pair, "confirm", A, "b/non", "--by", "x", code=1).output
    assert "pas de décision" in harvester(pair, "undo", A, B, "--by", "x", code=1).output
    assert pair.sql("SELECT count(*) FROM decision") == [(0,)]


def test_decisions_go_out_and_come_back(pair: Territory, tmp_path: Path) -> None:
    harvester(pair, "confirm", A, B, "--by", "Anne")
    file = tmp_path / "d.csv"
    assert "1 décision" in harvester(pair, "export", "-o", str(file)).output
    assert harvester(pair, "export").output.splitlines()[0].startswith("at,by,verdict,source_a")
    assert "0 décision(s) reprises, 1 déjà connues" in harvester(pair, "import", str(file)).output
    pair.store  # noqa: B018


def test_a_wrong_table_is_refused_line_by_line(pair: Territory, tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text(
        "verdict,source_a,id_a,source_b,id_b,at\n"
        "peut-être,a,x,b,y,\n"
        "same,a,x,b,,\n"
        "same,a,x,a,x,\n"
        "same,a,x,b,y,hier\n"
    )
    told = harvester(pair, "import", str(file), "--by", "x", code=2).output
    for expected in (
        "d.csv:2: verdict inconnu",
        "d.csv:3: source_b",
        "d.csv:4: les deux",
        "d.csv:5: at",
    ):
        assert expected in told
    file.write_text("a,b\n1,2\n")
    assert "colonnes absentes" in harvester(pair, "import", str(file), "--by", "x", code=2).output
    assert pair.sql("SELECT count(*) FROM decision") == [(0,)]


def test_judgements_tell_what_each_setting_would_give(pair: Territory) -> None:
    harvester(pair, "confirm", A, B, "--by", "Anne")
    other = ("a/https://a.example/datasets/a1", "b/https://b.example/datasets/b1")
    harvester(pair, "reject", *other, "--by", "Anne")
    [told] = said(pair, "stats", "--json")
    by_setting = {each["link"]: each for each in told["settings"]}
    assert by_setting[None]["together"] == 0
    assert (by_setting[2.0]["precision"], by_setting[2.0]["recall"]) == (1.0, 1.0)
    assert by_setting[4.0] == {
        "link": 4.0,
        "together": 0,
        "confirmed": 1,
        "apart": 1,
        "rejected": 1,
        "precision": None,
        "recall": 0.0,
    }
    assert told["decisions"] == {"aside": 0, "same": 1, "different": 1}
    text = harvester(pair, "stats").output
    assert "Paires jugées : 2 (confirmées : 1, rejetées : 1)" in text
    assert "pointeurs seuls" in text
    assert "(réglage actuel)" in text


def test_private_records_are_for_nobody_to_judge(territory: Territory, portal: Portal) -> None:
    waiting(territory, portal, access="private")
    assert said(territory, "list", "--json") == []
    harvester(territory, "show", A, B, code=1)
    assert "privée" in harvester(territory, "confirm", A, B, "--by", "x", code=1).output


def explained(territory: Territory, name: str) -> Result:
    path = str(territory.folder / "config.toml")
    done = CliRunner().invoke(app, ["explain", name, "--config", path], env={"COLUMNS": "300"})
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def test_an_entry_is_explained_by_the_ties_that_hold_it_and_those_that_do_not(
    pair: Territory,
) -> None:
    text = explained(pair, A).output
    assert f"a — {B}" in text
    assert "→ +2,4, à examiner" in text
    harvester(pair, "confirm", A, B, "--by", "Anne", "--note", "vu ensemble")
    text = explained(pair, B).output
    assert "a — b : décidé par une personne (" in text
    assert f"« {A} » décrit le même jeu de données que « {B} » (Anne, " in text
    assert "vu ensemble" in text


def test_a_merge_that_a_person_refused_is_told_with_the_entry(
    territory: Territory, portal: Portal
) -> None:
    waiting(territory, portal, same_text=True)
    assert len(territory.rows()) == 3, "nobody has to be asked"
    assert "→ +6,0, automatique" in explained(territory, A).output
    harvester(territory, "reject", A, B, "--by", "Anne")
    assert "→ +6,0, refusé : une personne les tient séparés" in explained(territory, A).output


def test_where_only_pointers_link_weights_propose(territory: Territory, portal: Portal) -> None:
    territory.configure('[links]\nby = "pointers"\n')
    waiting(territory, portal, same_text=True)
    assert len(territory.rows()) == 4
    [line] = said(territory, "list", "--json")
    assert {line["a"], line["b"]} == {A, B}
    assert "→ +6,0, à examiner" in harvester(territory, "show", A, B).output
    assert "pointeurs seuls (réglage actuel)" in harvester(territory, "stats").output
