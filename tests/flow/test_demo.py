from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harvester.demo.check import _links
from harvester.demo.portals import Expected
from harvester.demo.stage import stage


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harvester", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_demonstration_harvests_publishes_and_finds_nothing_wrong(
    shown: subprocess.CompletedProcess[str],
) -> None:
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "✗" not in shown.stdout
    assert shown.stdout.count("✓") == 11
    assert shown.stdout.count("success") == 14


def test_its_check_tells_copies_apart_from_look_alikes() -> None:
    expected = Expected(same=(("a", "b"), ("a", "c")), apart=(("a", "d"), ("a", "b")))
    origins = {"a": {"1"}, "b": {"1"}, "c": {"2"}, "d": {"2"}}
    assert _links(origins, expected) == (("a ≠ c",), ("a = b",))


def test_nothing_is_left_behind() -> None:
    with stage(None) as made:
        folder: Path = made.config.parent
        assert len(list((folder / "sources").glob("*.toml"))) == len(made.portals)
    assert not folder.exists()
