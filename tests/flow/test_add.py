"""A source is added with any address of a portal; what is already there, and what is our own, is told first."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

import harvester.cli
from harvester import fetch
from harvester.cli.app import app
from harvester.demo.dialects import dialect
from harvester.demo.portal import Portal as Sampled
from harvester.demo.portals import portals
from harvester.demo.samples import producers, samples, topics
from harvester.demo.server import serving
from harvester.demo.stage import Stage, stage
from harvester.store import bulk
from harvester.territory import load
from tests.portal import Portal
from tests.territory import Territory, dataset, datasets, turtle

TURTLE = "text/turtle"
DIALECTS = Path(harvester.demo.__file__ or "").parent / "dialects"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Territory]:
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/h.sqlite")
    yield made
    made.close()


def command(folder: Path, *arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, [*arguments, "--config", str(folder / "config.toml")])
    assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
    return done


def add(folder: Territory, portal: Portal, path: str, *more: str, code: int = 0) -> Result:
    allowed = ("--allow-host", portal.host)
    return command(folder.folder, "add", portal.at(path), *allowed, *more, code=code)


def written(folder: Territory) -> dict[str, dict[str, Any]]:
    files = sorted((folder.folder / "sources").glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text()) for file in files}


@pytest.fixture(scope="module")
def demo() -> Iterator[Stage]:
    with stage(None) as made:
        for file in (made.config.parent / "sources").glob("*.toml"):
            file.unlink()
        yield made


SAMPLES = {portal.slug: portal for portal in portals(load())[0]}


@pytest.mark.parametrize("slug", SAMPLES)
def test_each_sample_portal_of_the_demonstration_is_added_from_its_home_page(
    demo: Stage, slug: str
) -> None:
    portal, root, folder = SAMPLES[slug], demo.roots[slug], demo.config.parent
    allowed = ("--allow-host", root.removeprefix("http://"))
    before = set((folder / "sources").glob("*.toml"))
    if portal.access != "public":
        done = command(folder, "add", f"{root}/", *allowed, code=1)
        assert "jeton" in done.stderr
        return
    command(folder, "add", f"{root}/", *allowed)
    (file,) = set((folder / "sources").glob("*.toml")) - before
    made = tomllib.loads(file.read_text())
    guessed = (made["kind"], made["level"], made["territory"])
    assert guessed == (portal.kind, portal.level, portal.territory)
    command(folder, "check")
    again = command(folder, "add", f"{root}/", *allowed, code=1)
    assert file.name in again.stderr


KINDS = [kind for kind in fetch.KINDS if (DIALECTS / f"{kind}.py").exists()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_portal_is_added_from_its_home_page(folder: Territory, kind: str) -> None:
    meudon = producers(load())["meudon"]
    entries = [dialect(kind).describe(s) for s in samples(meudon, topics()["commune"], 12)]
    name = "Données de Meudon"
    with serving(
        [Sampled("meudon", name, "commune", meudon.unit.code, tuple(entries), kind=kind)]
    ) as roots:
        root = roots["meudon"]
        allowed = ("--allow-host", root.removeprefix("http://"))
        command(folder.folder, "add", f"{root}/", *allowed)
        ((slug, made),) = written(folder).items()
        assert (made["kind"], made["territory"]) == (kind, "fr:commune:92048")
        command(folder.folder, "check")
        outcome = folder.run(slug)
        assert (outcome.outcome, outcome.counts.published) == ("success", 12)
        told = json.loads(command(folder.folder, "check", "--online", "--json").stdout)
        assert (told["ok"], told["sampled"]) == (True, 12)
        shown = command(folder.folder, "preview", slug, "--limit", "1").stdout
        assert "champ" in shown
        with folder.store.read() as connection:
            (local_id,) = bulk.select(connection, "SELECT min(local_id) FROM record")[0]
        explained = command(folder.folder, "explain", f"{slug}/{local_id}").stdout
        assert "      " in explained


def test_a_dry_run_prints_a_file_that_the_check_accepts_and_writes_nothing(
    folder: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(3), media_type=TURTLE)
    done = add(folder, portal, "/catalog.ttl", "--dry-run", "--territory", "fr:commune:92048")
    assert written(folder) == {}
    assert not (folder.folder.parent / "h.sqlite").exists()
    (folder.folder / "sources" / "essai.toml").write_text(done.stdout)
    command(folder.folder, "check")


def test_the_territory_is_guessed_from_the_publishers_and_the_comment_says_so(
    folder: Territory, portal: Portal
) -> None:
    theirs = 'dct:publisher [ a foaf:Agent ; foaf:name "Ville de Sèvres" ] ;'
    body = turtle(*(dataset(f"j{n}", f"Jeu {n}", theirs) for n in range(4)))
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    add(folder, portal, "/catalog.ttl")
    (made,) = written(folder).values()
    assert (made["level"], made["territory"]) == ("commune", "fr:commune:92072")
    text = next((folder.folder / "sources").glob("*.toml")).read_text()
    assert "100 % de ses fiches ont pour producteur" in text


def test_a_private_address_needs_a_permission_and_the_message_says_how(
    folder: Territory, portal: Portal
) -> None:
    done = command(folder.folder, "add", portal.at("/"), code=1)
    assert f"--allow-host {portal.host}" in done.stderr
    assert portal.requests == []


def test_what_is_no_portal_is_refused_with_what_was_tried(
    folder: Territory, portal: Portal
) -> None:
    portal.answer("/", "<!doctype html><html><body>Bienvenue</body></html>", media_type="text/html")
    done = add(folder, portal, "/", code=1)
    assert "essayé" in done.stderr
    assert "--kind" in done.stderr
    assert len(portal.requests) <= 60
    assert written(folder) == {}


def test_records_that_are_there_already_are_told_before_the_source_is_written(
    folder: Territory, portal: Portal
) -> None:
    folder.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    folder.run("meudon")
    portal.answer("/miroir.ttl", datasets(8, first=5), media_type=TURTLE)
    done = add(folder, portal, "/miroir.ttl", "--name", "Miroir")
    assert "62 % de ces fiches sont déjà les vôtres, par « meudon »" in done.stderr
    folder.run("miroir")
    lines = command(folder.folder, "sources", "overlaps", "--json").stdout.splitlines()
    assert {"source": "miroir", "other": "meudon", "shared": 5, "records": 8} in map(
        json.loads, lines
    )


def test_a_mirror_of_our_own_catalogue_is_refused_as_a_loop_and_never_harvested(
    folder: Territory, portal: Portal
) -> None:
    folder.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(3), media_type=TURTLE)
    folder.run("meudon")
    ids = list(folder.ids().values())
    copies = [
        dataset(ids[0], "Copie par identifiant", home="https://ailleurs.example"),
        dataset(
            "b",
            "Copie par origine",
            f"dct:source <https://donnees.gpso.example/datasets/{ids[1]}> ;",
            home="https://ailleurs.example",
        ),
        dataset("c", "À eux", home="https://ailleurs.example"),
    ]
    portal.answer("/miroir.ttl", turtle(*copies), media_type=TURTLE)
    done = add(folder, portal, "/miroir.ttl", code=1)
    assert "boucle" in done.stderr
    assert "miroir" not in written(folder)
    add(folder, portal, "/miroir.ttl", "--name", "Miroir", "--force")
    outcome = folder.run("miroir")
    assert (outcome.counts.excluded, outcome.counts.published, outcome.counts.breach) == (2, 1, 0)
    assert outcome.report()["ours"] == 2
    assert "2 fiche(s) de notre propre catalogue" in command(folder.folder, "status").stdout
    graph = json.loads(command(folder.folder, "sources", "graph", "--json").stdout)
    assert ["miroir", "nous"] in graph["cycles"]


def test_our_own_address_is_a_loop_without_asking_anybody(folder: Territory) -> None:
    done = command(folder.folder, "add", "https://donnees.gpso.example/catalog.ttl", code=1)
    assert "boucle" in done.stderr


def test_a_file_and_a_folder_here_are_sources_too(folder: Territory) -> None:
    (folder.folder / "saisie.ttl").write_bytes(datasets(2))
    command(folder.folder, "add", str(folder.folder / "saisie.ttl"), "--name", "Saisie")
    assert written(folder)["saisie"]["url"] == "saisie.ttl"
    command(folder.folder, "check")


def test_nothing_is_written_over_without_force(folder: Territory, portal: Portal) -> None:
    (folder.folder / "sources" / "miroir.toml").write_text(
        'name = "A"\nkind = "dcat"\nurl = "https://a.example/"\nlevel = "partner"\nterritory = "fr"\n'
    )
    portal.answer("/catalog.ttl", datasets(3), media_type=TURTLE)
    add(folder, portal, "/catalog.ttl", "--name", "Miroir")
    made = written(folder)
    assert made["miroir"]["name"] == "A"
    assert made["miroir-dcat"]["name"] == "Miroir"


def test_check_online_tells_of_each_source_what_it_holds(folder: Territory, portal: Portal) -> None:
    licence = 'dct:license "Licence maison" ;'
    body = turtle(dataset("a", "A", licence), dataset("b", "B", licence))
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    folder.source("meudon", portal)
    done = command(folder.folder, "check", "--online")
    assert '"Licence maison" = ""  # 2 fiches' in done.stdout
    assert "[values.license]" in done.stdout
    told = json.loads(command(folder.folder, "check", "--online", "meudon", "--json").stdout)
    assert told["unknown"] == {"license": {"Licence maison": 2}}
    assert (told["ok"], told["sampled"], told["whole"], told["located"]) == (True, 2, True, 0)


def test_check_online_says_of_which_kind_a_source_really_is_and_exits_with_1(
    folder: Territory, portal: Portal
) -> None:
    made = orjson.dumps({"success": True, "result": {"count": 3, "results": []}})
    portal.answer("/api/3/action/package_search", made, media_type="application/json")
    portal.answer("/", "<!doctype html><html><body>CKAN</body></html>", media_type="text/html")
    folder.source("meudon", portal, "/")
    told = json.loads(command(folder.folder, "check", "--online", "--json", code=1).stdout)
    assert told["really"]["kind"] == "ckan"
    assert told["really"]["url"] == portal.url
    shown = command(folder.folder, "check", "--online", code=1).stdout
    assert 'kind = "ckan"' in shown


def test_check_online_of_a_source_that_does_not_answer_exits_with_1_and_the_others_are_told(
    folder: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(2), media_type=TURTLE)
    folder.source("meudon", portal)
    folder.source("absent", portal, "/rien.ttl")
    lines = command(folder.folder, "check", "--online", "--json", code=1).stdout.splitlines()
    assert {line["source"]: line["ok"] for line in map(json.loads, lines)} == {
        "absent": False,
        "meudon": True,
    }
