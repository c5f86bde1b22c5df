"""A compiled mapping at work: Record → Mapped. Never raises for what a record holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harvester.errors import ConfigurationError
from harvester.map import compiler, places, tables
from harvester.map.cleaners import Tools, humanise
from harvester.map.compiler import Compiled
from harvester.map.documents import Document, Finding, chain
from harvester.map.rules import ObjectRule, Trace
from harvester.map.values import Outcome
from harvester.model import Entry, Problem, Record

CODE = 7
"""Raised by whoever changes what the same mapping makes of the same record: kept records are mapped anew."""

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    kind: TypeAdapter(of) for kind, of in compiler.ENTRIES.items()
}

_PASSES = 6
_SERIES = "http://inspire.ec.europa.eu/metadata-codelist/ResourceType/series"
"""The type of what is both a series and a thing with files; the model's series has no files (DCAT-AP 3.0.1, 6.6)."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of a record. `unknown` are (field, value) pairs that no vocabulary knows; the entry keeps them.

    `values` are the plain values that the entry was made of: its JSON, without what is empty.
    """

    entry: Entry | None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    values: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Mapper:
    """Maps records. `version` is a hash of everything that decides what comes out."""

    compiled: Compiled
    version: bytes

    def __call__(self, record: Record) -> Mapped:
        """The entry of a record and what there is to say about it."""
        outcome = Outcome()
        kind = self.compiled.kind.of(record.tree)
        values = _built(self.compiled.entries[kind], record, outcome)
        if kind == "series":
            again = Outcome()
            as_dataset = _built(self.compiled.entries["dataset"], record, again)
            if "distribution" in as_dataset:
                kind, values, outcome = "dataset", as_dataset, again
                if _SERIES not in values.setdefault("type", []):
                    values["type"].append(_SERIES)
                outcome.problem(
                    "series-with-distributions", "kept as a dataset", "", severity="info"
                )
        _titled(values, record, self.compiled.language, outcome)
        entry = _validated(kind, values, outcome)
        values["kind"] = kind
        return Mapped(entry, tuple(outcome.problems), tuple(outcome.unknown), values)

    def values(self, record: Record) -> dict[str, Any]:
        """The plain values alone, not held against the model: for what is only compared, never kept or published."""
        kind = self.compiled.kind.of(record.tree)
        values = _built(self.compiled.entries[kind], record, Outcome())
        values["kind"] = kind
        return values

    def trace(self, record: Record) -> tuple[Trace, ...]:
        """Field by field: the path that won, the raw value, the cleaned value."""
        kind = self.compiled.kind.of(record.tree)
        return tuple(self.compiled.entries[kind].trace(record.tree))


def _built(rule: ObjectRule, record: Record, outcome: Outcome) -> dict[str, Any]:
    try:
        return rule.build(record.tree, outcome) or {}
    except Exception:
        outcome.problems.clear()
        outcome.unknown.clear()
        return _carefully(rule, record, outcome)


def _carefully(rule: ObjectRule, record: Record, outcome: Outcome) -> dict[str, Any]:
    """Field by field, without the one that a defect of ours or an absurd value makes fail."""
    values: dict[str, Any] = {}
    for part in rule.fields:
        alone = ObjectRule(rule.of, (part,), (), frozenset(), None)
        try:
            values.update(alone.build(record.tree, outcome) or {})
        except Exception as error:
            outcome.problem(
                "mapping-failed",
                f"{type(error).__name__}: {error}",
                part.name,
                severity="error",
                fault="mapping",
            )
    return values


def _titled(values: dict[str, Any], record: Record, language: str, outcome: Outcome) -> None:
    """Every entry and every service has a title; where none is stated, a readable identifier is one."""
    if not values.get("title"):
        names = values.get("identifier") or [values.get("iri") or record.id]
        title = humanise(str(names[0])) or record.id or "?"
        values["title"] = {language: title}
        outcome.problem("title-missing", "no title: taken from the identifier", "title", names[0])
    for distribution in values.get("distribution", ()):
        for service in distribution.get("access_service", ()):
            if not service.get("title"):
                stated = distribution.get("title") or {}
                address = (service.get("endpoint_url") or [service.get("iri") or "service"])[0]
                service["title"] = stated or {"": str(address)}


def _validated(kind: str, values: dict[str, Any], outcome: Outcome) -> Entry | None:
    """The model's value; what it refuses is left out with a problem, never the record for one field."""
    adapter = _ADAPTERS[kind]
    for _ in range(_PASSES):
        try:
            entry: Entry = adapter.validator.validate_python(values)
            return entry
        except ValidationError as error:
            values.update(_unshared(values))
            for defect in reversed(error.errors(include_url=False, include_context=False)):
                place = ".".join(str(key) for key in defect["loc"])
                outcome.problem(
                    "value-invalid", defect["msg"], place, defect["input"], fault="mapping"
                )
                _drop(values, defect["loc"], missing=defect["type"] == "missing")
    outcome.problem(
        "record-rejected", "no valid entry can be made of it", "", severity="error", fault="mapping"
    )
    return None


def _unshared(value: Any) -> Any:
    """A copy of the lists and trees: some of them stand in other records, too."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


def _drop(values: dict[str, Any], place: tuple[int | str, ...], *, missing: bool) -> None:
    """Remove what stands at a place; for a missing field, what should have it."""
    keys = list(place[:-1] if missing else place)
    while keys:
        holder: Any = values
        try:
            for key in keys[:-1]:
                holder = holder[key]
            del holder[keys[-1]]
        except (KeyError, IndexError, TypeError):
            keys.pop()
            continue
        return


def check_mapping(
    name: str, documents: Mapping[str, Document] | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with a mapping. `documents` are the operator's, by name; the shipped ones are known."""
    return _compile(name, documents or {}, None)[2]


def compile_mapping(
    name: str, documents: Mapping[str, Document] | None = None, *, within: str | None = None
) -> Mapper:
    """The mapper of a mapping by its name. Raises ConfigurationError with every error.

    `documents` are the operator's mappings (parsed TOML by file name without `.toml`); a name that is not
    among them is a shipped one. `within` is the territory that decides between places of one name.
    """
    compiled, version, findings = _compile(name, documents or {}, within)
    if compiled is None:
        lines = (f"{f.mapping}: {'.'.join(map(str, f.keys))}: {f.message}" for f in findings)
        raise ConfigurationError("\n".join(lines), findings=findings)
    return Mapper(compiled, version)


def _compile(
    name: str, documents: Mapping[str, Document], within: str | None
) -> tuple[Compiled | None, bytes, tuple[Finding, ...]]:
    shipped = tables.builtin_mappings()
    found, findings = chain(name, documents, shipped)
    if findings:
        return None, b"", tuple(findings)
    vocabularies = tables.vocabularies()
    compiled, findings = compiler.build(found, Tools(dict(vocabularies), places.resolver(within)))
    facts = [
        CODE,
        [document for _, document in found],
        {key: dict(table.known) for key, table in vocabularies.items()},
        within,
    ]
    written = json.dumps(facts, default=str, sort_keys=True)
    version = blake2b(written.encode(errors="surrogatepass"), digest_size=16).digest()
    return compiled, version, tuple(findings)
