"""Which record speaks for each field of an entry that several describe: `mappings/merge.toml`, checked and compiled.

The shipped file has a rule for every field; an operator's own is laid over it, and says only what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel

from harvester.model import DataService, Dataset, DatasetSeries, Distribution, Keywords

CODE = 1
"""Raised when the same policy makes something else of the same records."""

Document = Mapping[str, Any]
Schema = dict[str, Any]
Fault = tuple[tuple[str | int, ...], str]
"""Under which keys, and what (in French)."""

RULES = {
    "elected": "la fiche élue seule, même si elle n'en dit rien",
    "first": "la première qui en dit quelque chose, dans l'ordre d'autorité",
    "united": "tout ce qu'elles disent, réuni, sans doublon",
    "origin": "ce qui va ensemble vient d'une seule fiche : la première qui en dit quelque chose",
}
"""What each rule takes, in French."""

FAMILIES = (
    frozenset({"created", "issued", "modified"}),
    frozenset({"license", "rights"}),
    frozenset({"byte_size", "checksum"}),
)
"""What the rule `origin` keeps together: dates, terms of use, what is measured of a file. Of two records they
would contradict each other: modified before it was issued, one's licence under the other's conditions."""

_KINDS = (Dataset, DatasetSeries, DataService)
_FAMILY = {field: number for number, family in enumerate(FAMILIES) for field in family}
DIFFERING = ("license", "access_rights", "publisher", "accrual_periodicity", "rights")
"""Fields of which it can be told that records disagree."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Field → rule, of entries and of their distributions; `differences` are fields whose disagreements are told."""

    entry: Mapping[str, str]
    distribution: Mapping[str, str]
    differences: tuple[str, ...]
    signature: str


@lru_cache(maxsize=1)
def entry_fields() -> dict[str, bool]:
    """Field of any kind of entry → whether values of several records can stand in it together."""
    return {name: united for of in reversed(_KINDS) for name, united in _fields(of).items()}


@lru_cache(maxsize=1)
def distribution_fields() -> dict[str, bool]:
    """The same of a distribution."""
    return _fields(Distribution)


def _fields(of: type[BaseModel]) -> dict[str, bool]:
    hints = get_type_hints(of)
    return {
        name: hints[name] == Keywords
        or (get_origin(hints[name]) is tuple and Ellipsis in get_args(hints[name]))
        for name in of.model_fields
        if name != "kind"
    }


def family(field: str) -> int | None:
    """The number of the family a field belongs to."""
    return _FAMILY.get(field)


def compiled(shipped: Document, own: Document, aliases: Mapping[str, str]) -> Policy:
    """The operator's policy over the shipped one; both are without faults (`faults`)."""
    entry, distribution = (
        _laid(shipped.get(table, {}), own.get(table, {}), aliases)
        for table in ("entry", "distribution")
    )
    told = own.get("differences", shipped.get("differences", []))
    differences = tuple(dict.fromkeys(aliases.get(name, name) for name in told))
    facts = [CODE, sorted(entry.items()), sorted(distribution.items()), differences]
    signature = blake2b(orjson.dumps(facts), digest_size=16).hexdigest()
    return Policy(entry, distribution, differences, signature)


def _laid(shipped: Document, own: Document, aliases: Mapping[str, str]) -> dict[str, str]:
    rules = dict(shipped)
    for name, rule in own.items():
        rules[name if name in rules else aliases.get(name, name)] = rule
    return rules


def faults(
    own: Document, aliases: Mapping[str, str], meant: Callable[[str, Any], str]
) -> Iterator[Fault]:
    """Everything wrong with an operator's merge.toml. `meant(written, valid)` ends a sentence with what is near."""
    tables = {"entry": entry_fields(), "distribution": distribution_fields()}
    for key, value in own.items():
        if key in tables:
            yield from _table(key, value, tables[key], aliases, meant)
        elif key == "differences":
            yield from _differences(value, aliases, meant)
        elif key == "extends":
            yield (
                (key,),
                "« extends » est inutile ici : ce que ce fichier ne dit pas vaut déjà comme dans celui qui est livré.",
            )
        elif aliases.get(key, key) in tables["entry"]:
            yield (key,), f"« {key} » : sa place est sous [entry]."
        else:
            yield (key,), f"nom inconnu « {key} »{meant(key, [*tables, 'differences'])}"


def _table(
    table: str,
    value: Any,
    fields: Mapping[str, bool],
    aliases: Mapping[str, str],
    meant: Callable[[str, Any], str],
) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield (table,), f"une table [{table}] est attendue."
        return
    seen: dict[str, str] = {}
    for written, rule in value.items():
        name, keys = (
            written if written in fields else aliases.get(written, written),
            (
                table,
                written,
            ),
        )
        if name not in fields:
            yield keys, f"champ inconnu « {written} »{meant(written, [*fields, *aliases])}"
        elif name in seen:
            yield keys, f"« {written} » et « {seen[name]} » sont le même champ : gardez-en un."
        elif not isinstance(rule, str) or rule not in RULES:
            hint = meant(rule, RULES) if isinstance(rule, str) else "."
            yield keys, f"règle inconnue « {rule} » (elected, first, united ou origin){hint}"
        elif name == "iri" and rule != "elected":
            yield keys, "une entrée n'a qu'un identifiant permanent : « iri » est toujours elected."
        elif name == "title" and table == "entry" and rule != "elected":
            yield keys, "le titre est toujours celui de la fiche élue : « title » reste elected."
        elif rule == "united" and not fields[name]:
            yield keys, f"« {written} » n'a qu'une valeur : elected, first ou origin."
        elif rule == "origin" and name not in _FAMILY:
            together = " ; ".join(", ".join(sorted(f & fields.keys())) for f in FAMILIES)
            yield keys, f"« origin » vaut pour ce qui va ensemble : {together.strip(' ;')}."
        seen.setdefault(name, written)


def _differences(
    value: Any, aliases: Mapping[str, str], meant: Callable[[str, Any], str]
) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield ("differences",), 'une liste est attendue : ["license", "access_rights"]'
        return
    for index, name in enumerate(value):
        if not isinstance(name, str) or aliases.get(name, name) not in DIFFERING:
            hint = meant(name, DIFFERING) if isinstance(name, str) else "."
            said = f"« {name} » n'est pas de ceux dont les écarts se signalent ({', '.join(DIFFERING)})"
            yield ("differences", index), f"{said}{hint}"


def policy_schema(descriptions: Mapping[str, str]) -> Schema:
    """The JSON Schema of mappings/merge.toml; `descriptions` are the fields' in French."""
    return {
        "description": "Quelle fiche l'emporte, champ par champ, quand plusieurs décrivent un même jeu de données : docs/mappings.md.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "entry": {"$ref": "#/$defs/entry"},
            "distribution": {"$ref": "#/$defs/distribution"},
            "differences": {
                "type": "array",
                "items": {"enum": list(DIFFERING)},
                "description": "Champs dont les fiches qui disent autre chose sont signalées.",
            },
        },
        "$defs": {
            "entry": _described(entry_fields(), descriptions, "Règle des champs d'une entrée."),
            "distribution": _described(
                distribution_fields(),
                descriptions,
                "Règle des champs d'une ressource que plusieurs fiches montrent.",
            ),
        },
    }


def _described(
    fields: Mapping[str, bool], descriptions: Mapping[str, str], description: str
) -> Schema:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": {
            name: {
                "enum": [
                    rule
                    for rule in RULES
                    if (rule != "united" or united) and (rule != "origin" or name in _FAMILY)
                ],
                "description": descriptions[name],
            }
            for name, united in fields.items()
        },
    }
