"""Every code a GIS team can meet is explained to it, and no explanation outlives its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TELLING = {"Problem", "problem", "Unclean", "_say"}
CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")


def told() -> dict[str, str]:
    """Code → where it is told: the first argument of what makes problems, and `code=` of exceptions."""
    found = {}
    for file in sorted((ROOT / "harvester").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            values += node.args[:1] if name in TELLING else []
            for value in values:
                if isinstance(value, ast.Constant) and CODE.fullmatch(str(value.value)):
                    found[str(value.value)] = f"{file.relative_to(ROOT)}:{node.lineno}"
    return found


def documented() -> list[str]:
    rows = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs/problems.md").read_text("utf-8"), re.M)
    return list(rows)


def test_every_code_of_a_problem_is_documented_once() -> None:
    rows = documented()
    missing = {code: place for code, place in told().items() if code not in rows}
    assert not missing, f"add a row to docs/problems.md: {missing}"
    assert len(rows) == len(set(rows))


def test_every_documented_code_exists() -> None:
    assert set(documented()) <= set(told())
