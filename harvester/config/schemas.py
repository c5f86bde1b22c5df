"""JSON Schemas of the operator's files, for the editors that complete and check them.

`config.toml` and `sources/*.toml` come from the settings; what the stages know of (the options of a kind
of source, the files of mappings/) is given by the caller. Draft 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from harvester.config.settings import ConfigFile, SourceFile

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas(
    kinds: Mapping[str, type[BaseModel]],
    mapping: Mapping[str, Any] | None = None,
    merge: Mapping[str, Any] | None = None,
    coverage: type[BaseModel] | None = None,
) -> dict[str, Schema]:
    """File name → schema.

    `kinds` are the connectors' options by name; `mapping` the schema of mappings/*.toml, `merge` that of merge.toml and
    `coverage` the model of coverage.toml, which stand among them and are no mappings.
    """
    made = {
        "config.schema.json": _schema(ConfigFile, "config.toml"),
        "source.schema.json": _source(kinds),
    }
    if mapping is not None:
        made["mapping.schema.json"] = {"$schema": DIALECT, "title": "mappings/*.toml", **mapping}
    if merge is not None:
        made["merge.schema.json"] = {"$schema": DIALECT, "title": "mappings/merge.toml", **merge}
    if coverage is not None:
        made["coverage.schema.json"] = _schema(coverage, "mappings/coverage.toml")
    return made


def _source(kinds: Mapping[str, type[BaseModel]]) -> Schema:
    schema = _schema(SourceFile, "sources/*.toml")
    if not kinds:
        return schema
    schema["properties"]["kind"]["enum"] = sorted(kinds)
    choices = []
    for name in sorted(kinds):
        options = _plain(kinds[name].model_json_schema())
        for inner, definition in options.pop("$defs", {}).items():
            schema.setdefault("$defs", {})[inner] = definition
        choices.append(
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"properties": {"options": options}},
            }
        )
    schema["allOf"] = choices
    return schema


def _schema(model: type[BaseModel], title: str) -> Schema:
    schema = _plain(model.model_json_schema())
    return {"$schema": DIALECT, "title": title, **schema}


def _plain(schema: Any) -> Any:
    """As TOML can say it: no null, and none of the English titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {}
    for key, inner in schema.items():
        if key in ("properties", "$defs"):
            plain[key] = {name: _plain(value) for name, value in inner.items()}
        elif key == "anyOf" and {"type": "null"} in inner:
            (only,) = (part for part in inner if part != {"type": "null"})
            plain.update(_plain(only))
        elif not (
            (key == "title" and isinstance(inner, str))
            or (key == "default" and (inner is None or "$ref" in schema))
        ):
            plain[key] = _plain(inner)
    return plain
