from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from harvester import metrics
from harvester.metrics import RunFigures

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(harvester_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)
NAME = re.compile(r"\bharvester_\w+")


def filled() -> metrics.Metrics:
    made = metrics.create()
    made.expect("issy")
    made.started("issy")
    made.finished(
        RunFigures(
            source="issy",
            outcome="success",
            seconds=12.5,
            success=True,
            seen=27,
            states={"published": 26, "rejected": 1},
            changes={"new": 2, "unchanged": 25},
            problems={"date-invalid": 3},
            breach=True,
        )
    )
    made.exchanged("issy", 200, 1000)
    made.exchanged("issy", 304, 0)
    made.exchanged("issy", 0, 12)
    made.page("issy", "changed")
    made.views({"": 27, "issy": 20})
    made.review(12, {"same": 3, "aside": 1})
    made.linked({"link": 5, "pointer": 9}, 181, {"period": 2})
    made.slice_states({"shown": 3})
    made.slices_asked({"shown": 3, "none": 1}, requests=12, left=0)
    made.published(0.2)
    made.config(accepted=True)
    made.schedule({"issy": 1.0})
    return made


def value(made: metrics.Metrics, name: str, **labels: str) -> float | None:
    return made.registry.get_sample_value(name, labels)


def test_two_instances_live_in_one_process() -> None:
    first, second = metrics.create(), metrics.create()
    first.page("issy", "changed")
    assert value(second, "harvester_pages_total", source="issy", result="changed") is None


def test_a_run_is_told_by_its_figures() -> None:
    made = filled()
    assert value(made, "harvester_runs_total", source="issy", outcome="success") == 1
    assert value(made, "harvester_run_in_progress", source="issy") == 0
    assert value(made, "harvester_records", source="issy", state="rejected") == 1
    assert value(made, "harvester_invariant_breaches_total", source="issy") == 1
    assert value(made, "harvester_http_requests_total", source="issy", status="304") == 1
    assert value(made, "harvester_http_requests_total", source="issy", status="none") == 1
    assert value(made, "harvester_received_bytes_total", source="issy") == 1012
    assert value(made, "harvester_view_datasets", view="all") == 27
    assert value(made, "harvester_review_pairs") == 12
    assert value(made, "harvester_decisions", verdict="same") == 3
    assert value(made, "harvester_decisions", verdict="part") == 0
    assert value(made, "harvester_links", kind="pointer") == 9
    assert value(made, "harvester_links", kind="part") == 0
    assert value(made, "harvester_largest_entry_records") == 181
    assert value(made, "harvester_merges_refused", veto="period") == 2


def test_a_problem_that_was_solved_is_told_no_more() -> None:
    made = filled()
    made.finished(RunFigures("issy", "success", 1, success=True, problems={"title-missing": 1}))
    assert value(made, "harvester_problems", source="issy", code="date-invalid") is None
    assert value(made, "harvester_problems", source="issy", code="title-missing") == 1
    assert value(made, "harvester_records", source="issy", state="published") == 26


def test_a_failed_run_keeps_what_the_last_one_knew() -> None:
    made = filled()
    before = value(made, "harvester_last_success_timestamp_seconds", source="issy")
    made.finished(RunFigures("issy", "failed", 1, success=False))
    assert value(made, "harvester_records", source="issy", state="published") == 26
    assert value(made, "harvester_last_success_timestamp_seconds", source="issy") == before


def test_a_source_that_is_gone_does_not_stand_still_for_ever() -> None:
    made = filled()
    made.forget("issy")
    made.schedule({})
    for sample in (s for family in made.registry.collect() for s in family.samples):
        if sample.labels.get("source") == "issy":
            assert sample.name.endswith(("_total", "_bucket", "_count", "_sum"))


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    text = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    documented = {
        name: (kind, tuple(re.findall(r"\w+", labels))) for name, kind, labels in ROW.findall(text)
    }
    made = filled()
    exposed = {}
    for family in made.registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = next(tuple(sample.labels) for sample in family.samples if sample)
        exposed[name] = (family.type, tuple(label for label in labels if label != "le"))
    assert documented == exposed


@pytest.mark.parametrize("file", ["deploy/prometheus/rules.yaml", "deploy/grafana/harvester.json"])
def test_alerts_and_dashboard_ask_only_for_metrics_that_exist(file: str) -> None:
    known = {sample.name for family in filled().registry.collect() for sample in family.samples}
    text = (ROOT / file).read_text(encoding="utf-8")
    assert set(NAME.findall(text)) <= known
    if file.endswith(".json"):
        ids = [panel["id"] for panel in json.loads(text)["panels"]]
        assert len(ids) == len(set(ids))


def promtool(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed")
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, check=False)


def test_prometheus_likes_our_metrics() -> None:
    checked = promtool("check", "metrics", stdin=generate_latest(filled().registry))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_the_alerts_fire_when_they_should() -> None:
    checked = promtool("test", "rules", str(ROOT / "deploy/prometheus/rules.test.yaml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_label_can_hold_an_address_or_a_dataset() -> None:
    labels = {
        label
        for family in filled().registry.collect()
        for sample in family.samples
        for label in sample.labels
    }
    assert labels == {
        "source", "outcome", "le", "state", "change", "code", "result", "status", "view", "version",
        "verdict", "kind", "veto",
    }  # fmt: skip
