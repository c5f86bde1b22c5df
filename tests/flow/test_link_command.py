"""`harvester link`: records of a file in, clusters out, on a corpus of our own making."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from harvester.cli.app import app

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    made = script("make_link_corpus").Corpus(21)
    made.territory()
    made.datasets(400)
    made.write(folder)
    return folder


def run(corpus: Path, *more: str, records: str = "records.jsonl.gz") -> dict[str, tuple[str, str]]:
    target = corpus / "clusters.csv"
    given = {"records": records, "portals": "portals.json", "territory": "territory.json"}
    options = [part for key, name in given.items() for part in (f"--{key}", str(corpus / name))]
    done = CliRunner().invoke(app, ["link", *options, "-o", str(target), *more])
    assert done.exit_code == 0, done.output
    with target.open(newline="", encoding="utf-8") as stream:
        return {row["rid"]: (row["cluster_id"], row["canonical"]) for row in csv.DictReader(stream)}


def truth(corpus: Path) -> dict[str, str]:
    with gzip.open(corpus / "truth.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        return {row["rid"]: row["entity_id"] for row in csv.DictReader(stream)}


def pairs(groups: dict[str, str]) -> set[tuple[str, str]]:
    members: dict[str, list[str]] = {}
    for record, group in sorted(groups.items()):
        members.setdefault(group, []).append(record)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def test_copies_are_found_and_nothing_else_is_merged(corpus: Path) -> None:
    found, true = pairs({k: v[0] for k, v in run(corpus).items()}), pairs(truth(corpus))
    assert len(found & true) / len(found) >= 0.998
    assert len(found & true) / len(true) >= 0.95


def test_every_cluster_has_one_original(corpus: Path) -> None:
    originals: dict[str, int] = {}
    for cluster, canonical in run(corpus).values():
        originals[cluster] = originals.get(cluster, 0) + int(canonical)
    assert set(originals.values()) == {1}


def test_pointers_alone_merge_less_and_nothing_wrong(corpus: Path) -> None:
    some = pairs({k: v[0] for k, v in run(corpus, "--pointers").items()})
    assert some <= pairs({k: v[0] for k, v in run(corpus).items()})
    assert some <= pairs(truth(corpus))


def test_the_order_of_the_file_does_not_matter(corpus: Path) -> None:
    with gzip.open(corpus / "records.jsonl.gz", "rt", encoding="utf-8") as stream:
        lines = stream.readlines()
    (corpus / "backwards.jsonl").write_text("".join(reversed(lines)), "utf-8")
    there = pairs({k: v[0] for k, v in run(corpus).items()})
    back = pairs({k: v[0] for k, v in run(corpus, records="backwards.jsonl").items()})
    assert there == back


def test_what_people_said_holds(corpus: Path) -> None:
    clusters, true = run(corpus), truth(corpus)
    merged = next(iter(pairs({k: v[0] for k, v in clusters.items()})))
    singles = sorted(r for r, (c, _) in clusters.items() if c == r and true[r] != true[merged[0]])
    rows = [("reject", *merged), ("confirm", singles[0], singles[1])]
    decisions = corpus / "decisions.csv"
    with decisions.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("verdict", "rid_a", "rid_b"), *rows])
    after = run(corpus, "--decisions", str(decisions))
    assert after[merged[0]][0] != after[merged[1]][0]
    assert after[singles[0]][0] == after[singles[1]][0]


def test_a_line_that_is_no_record_is_told_with_its_place(corpus: Path) -> None:
    (corpus / "broken.jsonl").write_text(json.dumps({"title": "x"}) + "\n", "utf-8")
    done = CliRunner().invoke(
        app,
        [
            "link",
            "--records",
            str(corpus / "broken.jsonl"),
            "--portals",
            str(corpus / "portals.json"),
            "--territory",
            str(corpus / "territory.json"),
            "-o",
            str(corpus / "x.csv"),
        ],
    )
    assert done.exit_code == 2
