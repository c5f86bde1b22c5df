"""Every setting is described where GIS teams read: docs/sources.md and the schemas their editors use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

import harvester.cli  # noqa: F401 - registers the commands
from harvester.cli.app import app
from harvester.config import Oidc, settings
from harvester.config.schemas import schemas
from harvester.fetch import KINDS, connector
from harvester.link.policy import policy_schema
from harvester.map import builtin_mappings
from harvester.map.schema import DESCRIPTIONS, mapping_schema

ROOT = Path(__file__).parents[3]
TABLES: dict[str, type[BaseModel]] = {
    "config.toml": settings.ConfigFile,
    "[http]": settings.HttpDefaults,
    "[guard]": settings.Guard,
    "[slices]": settings.Slices,
    "[selection]": settings.SelectionRules,
    "[selection.include] et [selection.exclude]": settings.Choice,
    "[web]": settings.Web,
    "[log]": settings.Log,
    "[views.&lt;ville&gt;]": settings.ViewFile,
    "[access.oidc]": Oidc,
    "sources/&lt;nom&gt;.toml": settings.SourceFile,
    "[exclude]": settings.Exclude,
    "[http] d'une source": settings.HttpSettings,
    **{f"[options] d'une source « {kind} »": connector(kind).Options for kind in KINDS},
}


def sections() -> dict[str, dict[str, str]]:
    """heading → setting → what its column "par défaut" says, of docs/sources.md."""
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    found = {}
    for heading, body in re.findall(r"^##+ ([^\n]+)\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        found[heading] = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|", body, re.M))
    return found


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_documented_and_nothing_else(heading: str) -> None:
    expected = set(TABLES[heading].model_fields)
    if heading == "[http] d'une source":
        expected -= set(settings.HttpDefaults.model_fields)
    assert set(sections()[heading]) == expected


@pytest.mark.parametrize("heading", TABLES)
def test_documented_defaults_are_the_real_ones(heading: str) -> None:
    for name, shown in sections()[heading].items():
        default = TABLES[heading].model_fields[name].default
        if shown.startswith("`"):
            assert shown.strip("`") == json.dumps(default), name
        elif shown == "*obligatoire*":
            assert TABLES[heading].model_fields[name].is_required(), name
        else:
            assert not TABLES[heading].model_fields[name].is_required(), name


def test_every_setting_has_a_description_for_editors() -> None:
    for file, schema in schemas({}, mapping_schema(), policy_schema(DESCRIPTIONS)).items():
        for table in (schema, *schema["$defs"].values()):
            if "properties" not in table:
                continue
            assert table["additionalProperties"] is False
            for name, setting in table["properties"].items():
                assert "description" in setting or "$ref" in setting, f"{file}: {name}"


def test_the_committed_schemas_are_what_the_command_writes(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["schemas", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    committed = {
        file.name: file.read_text(encoding="utf-8")
        for file in (ROOT / "docs" / "schemas").iterdir()
    }
    assert written == committed, "run `harvester schemas docs/schemas`"


def test_the_shipped_mappings_use_only_what_their_schema_knows() -> None:
    schema = mapping_schema()
    for name, document in builtin_mappings().items():
        assert set(document) <= set(schema["properties"]), name
        for kind in ("dataset", "series", "service"):
            known = schema["$defs"][schema["properties"][kind]["$ref"].rpartition("/")[2]]
            common = schema["$defs"]["Dataset"]["properties"]
            assert set(document.get(kind, {})) <= {*known["properties"], *common}, (name, kind)


def test_no_description_is_left_of_a_field_that_is_gone() -> None:
    tables = mapping_schema()["$defs"].values()
    used = {name for table in tables for name in table.get("properties", {})}
    assert set(DESCRIPTIONS) <= used
