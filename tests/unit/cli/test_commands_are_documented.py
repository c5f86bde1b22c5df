"""What programs and people rely on is written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer.main

from harvester.cli.app import app
from harvester.run.outcome import Outcome
from harvester.run.settle import Counts

OPERATE = (Path(__file__).parents[3] / "docs" / "operate.md").read_text()


def commands() -> dict[str, Any]:
    """Every command by the words it is called with; of a group, those in it."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {i}": c for i, c in inner.items()} if inner else {name: command}
    return found


def test_every_command_is_in_the_operators_page() -> None:
    assert {"run", "sources graph"} <= commands().keys()
    assert [name for name in commands() if f"`harvester {name}" not in OPERATE] == []


def test_every_command_takes_the_configuration_s_path_and_explains_itself() -> None:
    for name, command in commands().items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert command.help, name
        assert "--config" in options or name in ("demo", "link", "schemas"), name


def test_every_field_of_run_s_json_is_documented_and_the_promised_ones_come_first() -> None:
    fields = list(Outcome("a", "success", Counts(), 1.0).report())
    promised = (
        "source outcome seen new changed unchanged gone quarantined rejected problems seconds"
    )
    assert fields[:11] == promised.split()
    assert [field for field in fields if f"`{field}`" not in OPERATE] == []
