"""The commands as people and programs call them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.portal import Portal
from tests.territory import Territory, dataset, datasets, turtle

ROOT = Path(__file__).parents[2]
TURTLE = "text/turtle"


@pytest.fixture
def folder(tmp_path: Path, portal: Portal) -> Territory:
    """A territory on SQLite with one city's portal of ten datasets."""
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/h.sqlite")
    made.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    return made


def harvester(
    folder: Territory, *arguments: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command from somewhere else."""
    done = subprocess.run(
        [sys.executable, "-m", "harvester", *arguments, "--config", folder.folder / "config.toml"],
        capture_output=True,
        text=True,
        cwd=folder.folder.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def test_run_json_is_one_object_per_source_and_nothing_else(folder: Territory) -> None:
    done = harvester(folder, "run", "--json")
    [line] = done.stdout.splitlines()
    report = json.loads(line)
    assert (
        report.items()
        >= {
            "source": "meudon",
            "outcome": "success",
            "seen": 10,
            "new": 10,
            "changed": 0,
            "unchanged": 0,
            "gone": 0,
            "quarantined": 0,
            "rejected": 0,
        }.items()
    )
    assert isinstance(report["seconds"], float)
    again = json.loads(harvester(folder, "run", "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 10)


def test_run_says_by_its_exit_code_that_a_source_failed(folder: Territory, portal: Portal) -> None:
    folder.source("vanves", portal, "/nothing.ttl")
    done = harvester(folder, "run", "--json", code=1)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["outcome"] for report in reports] == ["success", "refused"]


def test_a_wrong_configuration_is_exit_code_2_with_file_line_and_what_was_meant(
    folder: Territory,
) -> None:
    path = folder.folder / "sources" / "meudon.toml"
    path.write_text(path.read_text().replace("level =", "levle ="))
    done = harvester(folder, "run", code=2)
    assert "meudon.toml:4" in done.stderr
    assert "level" in done.stderr


def test_an_unknown_source_is_exit_code_2_and_the_known_ones_are_named(folder: Territory) -> None:
    assert "meudon" in harvester(folder, "run", "medon", code=2).stderr


def test_a_dry_run_tells_and_writes_nothing(folder: Territory, portal: Portal) -> None:
    harvester(folder, "run")
    portal.answer("/catalog.ttl", datasets(11) + b"# more\n", media_type=TURTLE)
    told = json.loads(harvester(folder, "run", "--dry-run", "--json").stdout)
    assert (told["seen"], told["new"], told["changed"], told["gone"]) == (11, 1, 0, 0)
    status = json.loads(harvester(folder, "status", "--json").stdout)
    assert status["seen"] == 10


def test_diff_names_the_fields_that_would_change(folder: Territory, portal: Portal) -> None:
    harvester(folder, "run")
    changed = datasets(10).replace("Jeu numéro 4".encode(), b"Arbres")
    portal.answer("/catalog.ttl", changed, media_type=TURTLE)
    [record] = json.loads(harvester(folder, "diff", "meudon", "--json").stdout)["records"]
    assert record["fields"] == {"title": [{"fr": "Jeu numéro 4"}, {"fr": "Arbres"}]}
    assert "Arbres" in harvester(folder, "diff", "meudon").stdout


def test_preview_shows_raw_and_mapped_and_writes_nothing(folder: Territory) -> None:
    shown = harvester(folder, "preview", "meudon", "--limit", "1").stdout
    assert "dct:title" in shown
    assert "Jeu numéro 0" in shown
    record = json.loads(harvester(folder, "preview", "meudon", "--limit", "1", "--json").stdout)
    assert {"field", "path", "raw", "value"} <= record["fields"][0].keys()
    assert not (folder.folder.parent / "h.sqlite").exists()


def test_an_export_replaces_its_file_at_once(folder: Territory, tmp_path: Path) -> None:
    harvester(folder, "run")
    target = tmp_path / "out" / "meudon.ttl"
    harvester(folder, "export", "--view", "meudon", "--format", "ttl", "-o", str(target))
    assert target.read_bytes().count(b"a dcat:Dataset") >= 10
    before = target.stat().st_ino
    harvester(folder, "export", "--view", "meudon", "--format", "ttl", "-o", str(target))
    assert target.stat().st_ino != before, "a new file took the place of the old one"
    assert [path.name for path in target.parent.iterdir()] == ["meudon.ttl"]
    piped = harvester(folder, "export", "--view", "meudon", "--format", "csv").stdout
    assert piped.count("\n") == 11
    assert "meudon" in harvester(folder, "export", "--view", "medon", code=2).stderr


def test_values_no_vocabulary_knows_come_as_lines_to_complete(
    folder: Territory, portal: Portal
) -> None:
    licence = 'dct:license "Licence maison" ;'
    body = turtle(dataset("a", "A", licence), dataset("b", "B", licence))
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    harvester(folder, "run")
    shown = harvester(folder, "values", "meudon").stdout
    assert '"Licence maison" = ""  # 2 fiches' in shown
    [line] = harvester(folder, "values", "meudon", "--json").stdout.splitlines()
    assert json.loads(line)["count"] == 2


def test_explain_says_where_an_entry_comes_from(folder: Territory) -> None:
    harvester(folder, "run")
    told = json.loads(
        harvester(
            folder, "explain", "meudon/https://data.meudon.example/datasets/jeu-1", "--json"
        ).stdout
    )
    assert [member["source"] for member in told["members"]] == ["meudon"]
    assert {view["view"] for view in told["views"]} == {"", "meudon"}
    assert told["cluster"] in harvester(folder, "explain", told["cluster"]).stdout
    harvester(folder, "explain", "nothing", code=1)


def test_release_withdraws_what_the_guard_holds(folder: Territory, portal: Portal) -> None:
    harvester(folder, "run")
    portal.answer("/catalog.ttl", datasets(4), media_type=TURTLE)
    assert json.loads(harvester(folder, "run", "--json").stdout)["quarantined"] == 6
    assert "6" in harvester(folder, "release", "meudon").stdout
    assert json.loads(harvester(folder, "run", "--json").stdout)["published"] == 4


def test_a_source_is_forgotten_only_when_it_is_no_longer_harvested(folder: Territory) -> None:
    harvester(folder, "run")
    harvester(folder, "forget", "meudon", code=1)
    (folder.folder / "sources" / "meudon.toml").unlink()
    assert "meudon" in harvester(folder, "status").stderr
    harvester(folder, "forget", "meudon")
    piped = harvester(folder, "export", "--format", "csv").stdout
    assert piped.count("\n") == 1
    assert harvester(folder, "status").stderr == ""


def _told_in_a_line(done: subprocess.CompletedProcess[str]) -> str:
    """Standard error, which is one line and no traceback."""
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    "command", [("status",), ("run",), ("serve",), ("web",), ("explain", "x"), ("export",)]
)
def test_a_database_that_cannot_be_used_is_a_line_and_exit_code_2(
    folder: Territory, tmp_path: Path, command: tuple[str, ...]
) -> None:
    if command[0] in ("status", "serve"):
        folder.database = "postgresql://nobody:secret@127.0.0.1:1/none"
        folder.configure()
        line = _told_in_a_line(harvester(folder, *command, code=2))
        assert "database" in line
        assert "refused" in line
        assert "secret" not in line
    (tmp_path / "no.sqlite").write_text("This is a letter, not a database.\n" * 40)
    folder.database = f"sqlite:///{tmp_path}/no.sqlite"
    folder.configure()
    line = _told_in_a_line(harvester(folder, *command, code=2))
    assert "not a database" in line
    folder.database = f"sqlite:///{tmp_path}/no.sqlite/below/h.sqlite"
    folder.configure()
    assert "no.sqlite" in _told_in_a_line(harvester(folder, *command, code=2))


def test_an_export_into_an_impossible_place_is_a_line_and_exit_code_1(
    folder: Territory, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "file" / "out.ttl", tmp_path):
        done = harvester(folder, "export", "-o", str(target), code=1)
        assert str(target) in _told_in_a_line(done)
    assert [path.name for path in tmp_path.parent.glob(".*.*")] == []


@pytest.mark.parametrize("used", [True, False])
def test_mappings_that_extend_each_other_are_found_by_every_command(
    folder: Territory, portal: Portal, used: bool
) -> None:
    (folder.folder / "mappings").mkdir()
    for name, parent in (("x", "y"), ("y", "x")):
        (folder.folder / "mappings" / f"{name}.toml").write_text(f'extends = "{parent}"\n')
    folder.source("meudon", portal, more='mapping = "x"' if used else "")
    checked = harvester(folder, "check", code=2)
    assert [Path(line.partition(":")[0]).name for line in sorted(checked.stdout.splitlines())] == [
        "x.toml",
        "y.toml",
    ]
    for command in (("run",), ("preview", "meudon"), ("diff", "meudon"), ("run", "--dry-run")):
        told = harvester(folder, *command, code=2).stderr.splitlines()
        assert ["se prolonge lui-même" in line for line in told] == [True, True]
