"""`harvester slices`: what operators read of it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

import harvester.cli  # noqa: F401 - registers the commands
from harvester.cli.app import app
from tests.portal import Answer, Portal
from tests.sliced import MEUDON, Sliced, usual
from tests.territory import Territory


@pytest.fixture
def house(tmp_path: Path, portal: Portal) -> Sliced:
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    house = Sliced(territory, portal)
    house.offers(usual(), "opendatasoft", title="Bornes")
    house.harvest()
    return house


def said(house: Sliced, *words: str, code: int = 0) -> str:
    config = str(house.territory.folder / "config.toml")
    done = CliRunner().invoke(app, ["slices", *words, "--config", config])
    assert done.exit_code == code, done.output
    return done.output


def test_the_list_says_rows_and_date_or_why_there_is_nothing(house: Sliced) -> None:
    assert "harvester slices prove" in said(house, "list")
    house.prove()
    table = said(house, "list")
    assert "3 / 12" in table
    assert "2026-05-01" in table
    assert "Aucune ligne ne concerne Chaville sur 12." in table
    shown = said(house, "list", "--state", "shown", "--view", "meudon")
    assert ("Meudon" in shown, "Sèvres" in shown) == (True, False)


def test_an_explanation_names_column_question_and_counts(house: Sliced) -> None:
    house.prove()
    [parent] = house.territory.rows()
    told = said(house, "show", parent.id)
    assert "le champ « code_insee » (texte) contient le code INSEE 92048" in told
    assert 'question : where=code_insee="92048"' in told
    assert "Meudon : 3 lignes sur 12, prouvées le 2026-05-01." in told
    assert said(house, "show", str(house.known(MEUDON).id)) == told  # by a slice's id, too


def test_an_explanation_says_that_a_portal_does_not_answer(house: Sliced) -> None:
    house.prove()
    house.goes_wrong = lambda _: Answer(500)
    house.prove(days=8)
    [parent] = house.territory.rows()
    told = said(house, "show", parent.id)
    assert "Le portail n'a pas répondu aux 1 derniers essais ; retiré après 3" in told


def test_programs_read_json(house: Sliced) -> None:
    house.prove()
    lines = [orjson.loads(line) for line in said(house, "list", "--json").splitlines()]
    [meudon] = [line for line in lines if line["territory"] == f"fr:commune:{MEUDON}"]
    assert (meudon["state"], meudon["rows"], meudon["total"]) == ("shown", 3, 12)
    assert {line["code"] for line in lines if line["state"] == "none"} == {"zero-rows"}


def test_proving_says_what_came_of_it(house: Sliced) -> None:
    house.entries["bornes"] = house.entries["bornes"].replace("/api/explore/", "/fichiers/")
    house.harvest()  # a file: nobody is asked
    assert "1 jeux de données interrogés, 0 questions ; extraits : aucun." in said(house, "prove")
    assert house.known().code == "no-platform"
    told = orjson.loads(said(house, "prove", "--json"))  # not due again
    assert told == {"datasets": 0, "requests": 0, "left": 0, "slices": {}}
    assert orjson.loads(said(house, "prove", "--json", "--force"))["datasets"] == 1
    [parent] = house.territory.rows()
    assert "Pas d'extrait possible : Aucune de ses adresses" in said(house, "show", parent.id)


def test_unknown_names_are_refused_with_the_known_ones(house: Sliced) -> None:
    assert "Villes connues : boulogne-billancourt" in said(
        house, "prove", "--view", "paris", code=2
    )
    assert "États : shown" in said(house, "list", "--state", "gone", code=2)
    assert "rien n'est connu de x" in said(house, "show", "x", code=2)
