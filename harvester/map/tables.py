"""The mappings and vocabularies that travel with the package, read once."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from harvester.config import COVERAGE, MERGE
from harvester.config.shipped import folder
from harvester.map.vocabulary import Vocabulary, read_table


@lru_cache(maxsize=1)
def builtin_mappings() -> dict[str, dict[str, Any]]:
    """The shipped mappings by name, as parsed TOML."""
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in sorted(folder().iterdir(), key=lambda f: f.name)
        if file.name.endswith(".toml") and file.name not in (f"{MERGE}.toml", f"{COVERAGE}.toml")
    }


@lru_cache(maxsize=1)
def builtin_merge() -> dict[str, Any]:
    """The shipped merge.toml, as parsed TOML."""
    return tomllib.loads(folder().joinpath(f"{MERGE}.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def vocabularies() -> dict[str, Vocabulary]:
    """The shipped vocabularies by name."""
    found = {}
    for file in folder().joinpath("vocabularies").iterdir():
        if file.name.endswith(".csv"):
            name = file.name.removesuffix(".csv")
            found[name] = read_table(name, file.read_text("utf-8"))
    return found
