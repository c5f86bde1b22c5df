"""Settings from environment variables, laid over what the files say.

`HARVESTER_WEB__PORT=8080` is `port` of `[web]`; `HARVESTER_SOURCES__ISSY__HTTP__TOKEN` belongs to
sources/issy.toml (a hyphen of a source's or a view's slug is written `_`). With `_FILE` behind the name the value is what that
file holds: the way of container secrets. Lists and tables are written as TOML.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harvester.config.document import Finding, Key
from harvester.config.messages import meant, model_at

PREFIX = "HARVESTER_"
FILE = "_FILE"
RESERVED = ("HARVESTER_CONFIG", "HARVESTER_TEST")


@dataclass(frozen=True, slots=True)
class Override:
    """One variable's setting: where it goes, what it says, and what to call it in a message."""

    keys: tuple[str, ...]
    value: Any
    variable: str


def overrides(
    environ: Mapping[str, str], main: type[BaseModel], source: type[BaseModel], slugs: Iterable[str]
) -> tuple[list[Override], list[Finding]]:
    """What the environment says; keys of a source begin with ("sources", slug)."""
    known = {slug.replace("-", "_"): slug for slug in slugs}
    found: list[Override] = []
    findings: list[Finding] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable.startswith(RESERVED):
            continue
        parts = variable.removeprefix(PREFIX).lower().split("__")
        if parts[0] == "sources":
            slug = known.get(parts[1]) if len(parts) > 2 else None
            if slug is None:
                name = parts[1] if len(parts) > 1 else ""
                findings.append(
                    Finding(variable, 0, f"source inconnue « {name} »{meant(name, known)}")
                )
                continue
            prefix: tuple[str, ...] = ("sources", slug)
            rest, model = parts[2:], source
        else:
            prefix, rest, model = (), parts, main
            if parts[0] == "views" and len(parts) > 1:
                parts[1] = parts[1].replace("_", "-")
        keys, from_file = _keys(model, rest)
        if keys is None:
            table = model_at(model, rest[:-1])
            names = table.model_fields if table else model.model_fields
            wrong = rest[-1] if table else rest[0]
            findings.append(
                Finding(variable, 0, f"réglage inconnu « {wrong} »{meant(wrong, names)}")
            )
            continue
        text = environ[variable]
        if from_file:
            try:
                text = Path(text).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                findings.append(Finding(variable, 0, f"le fichier « {text} » ne peut pas être lu."))
                continue
        try:
            found.append(Override((*prefix, *keys), _value(text), variable))
        except tomllib.TOMLDecodeError:
            findings.append(Finding(variable, 0, "cette liste ou table n'est pas du TOML valable."))
    return found, findings


def _keys(model: type[BaseModel], parts: list[str]) -> tuple[tuple[str, ...] | None, bool]:
    """The path of a variable's name and whether it names a file; (None, …) for no setting."""
    if _exists(model, parts):
        return tuple(parts), False
    suffix = FILE.lower()
    if parts[-1].endswith(suffix):
        stripped = [*parts[:-1], parts[-1].removesuffix(suffix)]
        if _exists(model, stripped):
            return tuple(stripped), True
    return None, False


def _exists(model: type[BaseModel], parts: list[str]) -> bool:
    table = model_at(model, parts[:-1])
    if table is not None:
        return parts[-1] in table.model_fields
    head = model_at(model, parts[:-2]) if len(parts) > 1 else None
    field = head.model_fields.get(parts[-2]) if head else None
    return field is not None and field.annotation in (dict[str, str], dict[str, Any])


def _value(text: str) -> Any:
    if text[:1] in ("[", "{"):
        return tomllib.loads(f"value = {text}")["value"]
    return text


def lay_over(
    data: dict[str, Any], overrides: Iterable[tuple[tuple[Key, ...], Any]]
) -> dict[str, Any]:
    """A copy of `data` with values put at their paths; tables on the way are made where they are missing."""
    result = _copy(data)
    for keys, value in overrides:
        table = result
        for key in keys[:-1]:
            inner = table.get(str(key))
            if not isinstance(inner, dict):
                inner = table[str(key)] = {}
            table = inner
        table[str(keys[-1])] = value
    return result


def without(data: dict[str, Any], paths: Iterable[tuple[Key, ...]]) -> dict[str, Any]:
    """A copy of `data` without what stands at these paths; for an item of a list, without the list."""
    result = _copy(data)
    for path in paths:
        table = result
        for position, key in enumerate(path):
            inner = table.get(str(key))
            last = position == len(path) - 1
            if last or not isinstance(inner, dict):
                table.pop(str(key), None)
                break
            table = inner
    return result


def _copy(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in data.items()}
