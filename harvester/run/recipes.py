"""From the configuration to what each source's records go through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harvester.config import COVERAGE, MERGE, Config, Finding, Source, examine, load
from harvester.config.messages import meant
from harvester.config.schemas import schemas as described
from harvester.fetch.kinds import KINDS
from harvester.link.policy import Policy, compiled, faults, policy_schema
from harvester.map import Mapper, builtin_mappings, builtin_merge, check_mapping, compile_mapping
from harvester.map.fields import ALIASES
from harvester.map.schema import DESCRIPTIONS, mapping_schema
from harvester.run.digest import Recipe, recipe
from harvester.run.linking import Linking
from harvester.schedule import trigger
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view.rules import CoverageFile, Rules, check, rules


class Recipes:
    """The recipe of each source of a configuration; mappings are compiled once, the gazetteer loaded once."""

    def __init__(self, config: Config, gazetteer: Gazetteer | None = None) -> None:
        self.config = config
        self._gazetteer = gazetteer
        self._mappers: dict[tuple[str, str], Mapper] = {}

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """France, as the INSEE cuts it."""
        return self._gazetteer or load_gazetteer()

    @cached_property
    def rules(self) -> Rules:
        """What says which territory an entry is about."""
        return rules(self.config.coverage)

    @cached_property
    def linking(self) -> Linking:
        """What records are compared by."""
        return Linking.of(self.config, self.gazetteer)

    def mapper(self, source: Source) -> Mapper:
        """The mapping a source names, or its kind's."""
        name = source.mapping or source.kind
        key = (name, source.territory)
        if key not in self._mappers:
            self._mappers[key] = compile_mapping(
                name, self.config.mappings, within=source.territory
            )
        return self._mappers[key]

    def recipe(self, source: Source) -> Recipe:
        """All that decides what becomes of the source's records."""
        return recipe(
            self.config, source, self.mapper(source), self.gazetteer, self.rules, self.linking
        )


def load_config(path: Path) -> Config:
    """Read and check config.toml and what stands beside it; raises ConfigurationError with every error."""
    return load(path, **_context())


def examine_config(path: Path) -> tuple[Config | None, list[Finding]]:
    """What `harvester check` prints: the configuration as far as it could be made, and every finding."""
    return examine(path, **_context())


def _context() -> dict[str, Any]:
    return {
        "kinds": kinds(),
        "places": load_gazetteer(),
        "builtin_mappings": builtin_mappings(),
        "schedule": trigger,
        "mappings": _mappings,
    }


def kinds() -> dict[str, type[BaseModel]]:
    """Kind of source → the model of its options."""
    return {kind: import_module(module).Options for kind, module in KINDS.items()}


def policy(config: Config) -> Policy:
    """Which record speaks for each field of an entry."""
    return compiled(builtin_merge(), config.merge, ALIASES)


def schemas() -> dict[str, dict[str, Any]]:
    """File name → JSON Schema of everything that operators write."""
    return described(kinds(), mapping_schema(), policy_schema(DESCRIPTIONS), CoverageFile)


def _mappings(
    documents: Mapping[str, dict[str, Any]],
) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    for keys, said in faults(documents.get(MERGE, {}), ALIASES, meant):
        yield MERGE, keys, said
    for keys, said in check(documents.get(COVERAGE, {}), load_gazetteer()):
        yield COVERAGE, keys, said
    documents = {n: document for n, document in documents.items() if n not in (MERGE, COVERAGE)}
    findings = [(name, f) for name in documents for f in check_mapping(name, documents)]
    own = {(f.mapping, f.keys) for name, f in findings if f.mapping == name}
    for name, finding in findings:
        place = (finding.mapping, finding.keys)
        # What a parent has wrong is said of the parent, once: by itself, or, where it sees nothing wrong
        # (each of a circle finds the fault at another), by the first that extends it.
        if finding.mapping == name or place not in own:
            own.add(place)
            yield finding.mapping, finding.keys, finding.message
