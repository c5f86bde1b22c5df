"""Another model of linking: what it would change is shown before it applies, and stays when it was applied."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from harvester.cli.app import app
from harvester.link.weights import packaged
from harvester.run.clusters import Clusters
from tests.portal import Portal
from tests.territory import Territory, dataset, gazetteer, turtle

runner = CliRunner()


@pytest.fixture
def bold(tmp_path: Path) -> Path:
    """A model that takes everything it compares for one."""
    found = orjson.loads(packaged())
    file = tmp_path / "bold.json"
    file.write_bytes(orjson.dumps({**found, "version": "bold", "prior": 40.0}))
    return file


@pytest.fixture
def alike(territory: Territory, portal: Portal) -> Territory:
    for name, level, code in (
        ("meudon", "commune", "fr:commune:92048"),
        ("gpso", "epci", "fr:epci:200057974"),
    ):
        territory.source(name, portal, f"/{name}.ttl", level=level, territory=code)
        said = 'dct:description "Essences, rue par rue, dans toute la ville."@fr ;'
        one = dataset(
            "x" + name, f"Arbres d'alignement, Meudon {name}", said, home=f"https://{name}.example"
        )
        portal.answer(f"/{name}.ttl", turtle(one), media_type="text/turtle")
        territory.run(name)
    return territory


def said(territory: Territory, *arguments: object) -> str:
    config = str(territory.folder / "config.toml")
    done = runner.invoke(app, ["duplicates", "model", *map(str, arguments), "-c", config])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_model_is_tried_without_changing_anything(alike: Territory, bold: Path) -> None:
    before = alike.rows()
    assert len(before) == 2
    told = said(alike, "--weights", bold)
    assert "Réunies" in told
    assert "→ bold" in told
    assert alike.rows() == before


def test_a_model_that_was_applied_stays_whatever_the_package_brings(
    alike: Territory, bold: Path
) -> None:
    said(alike, "--weights", bold, "--apply")
    [one] = alike.rows()
    linking = Clusters.of(alike.config, gazetteer())
    linking.catch_up(alike.store)
    assert linking.linking.weights.version == "bold"
    assert alike.rows() == [one]
    assert "Séparées" in said(alike)
    said(alike, "--apply")
    assert len(alike.rows()) == 2


def test_what_is_no_model_is_said_to_be_none(alike: Territory, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    config = str(alike.folder / "config.toml")
    done = runner.invoke(
        app, ["duplicates", "model", "--weights", str(tmp_path / "x.json"), "-c", config]
    )
    assert done.exit_code == 2
    assert "n’est pas un modèle" in done.output


def test_another_name_of_a_portal_is_told_and_counts_once_it_is_confirmed(
    territory: Territory, portal: Portal
) -> None:
    names = ("arbres", "bancs", "marches", "ecoles")

    def shown(host: str, home: str) -> bytes:
        return turtle(
            *(
                f"""<{home}/{name}> a dcat:Dataset ; dct:title "{name.title()} de Meudon"@fr ;
    dcat:landingPage <https://{host}/explore/dataset/{name}/> ."""
                for name in names
            )
        )

    territory.source("meudon", portal, "/meudon.ttl")
    territory.source("gpso", portal, "/gpso.ttl", level="epci", territory="fr:epci:200057974")
    own = "https://data.meudon.example/explore/dataset"
    portal.answer("/meudon.ttl", shown("data.meudon.example", own), media_type="text/turtle")
    copy = shown("ancien.meudon.example", "https://gpso.example/jeux")
    portal.answer("/gpso.ttl", copy, media_type="text/turtle")
    territory.run("meudon")
    territory.run("gpso")
    config = str(territory.folder / "config.toml")
    done = runner.invoke(app, ["duplicates", "aliases", "-c", config])
    assert done.exit_code == 0, done.output
    assert '"ancien.meudon.example" = "meudon"  # 4 jeux sur 4' in done.output
    apart = len(territory.rows())
    territory.configure('[links.aliases]\n"ancien.meudon.example" = "meudon"\n')
    Clusters.of(territory.config, gazetteer()).catch_up(territory.store)
    assert len(territory.rows()) == 4 < apart
