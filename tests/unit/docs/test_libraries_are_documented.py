"""Each dependency earns a line in docs/architecture.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_runtime_dependency_has_a_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[\[<>=~ ]", each)[0] for each in project["dependencies"]]
    section = (ROOT / "docs" / "architecture.md").read_text().partition("## Libraries")[2]
    assert len(names) > 15
    assert [name for name in names if name not in section] == []
