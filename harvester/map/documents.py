"""A mapping's documents: which extends which, how they are laid over each other, what is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harvester.map import fields

Document = Mapping[str, Any]
"""A mapping file as parsed TOML."""

_INHERITED = ("…", "...")


@dataclass(frozen=True, slots=True)
class Finding:
    """One error of a mapping: in which one, under which keys, what (in French), and what was probably meant."""

    mapping: str
    keys: tuple[str | int, ...]
    message: str


def chain(
    name: str, documents: Mapping[str, Document], shipped: Mapping[str, Document]
) -> tuple[list[tuple[str, Document]], list[Finding]]:
    """A mapping and what it extends, itself first. A mapping may extend the shipped one of its own name."""
    found: list[tuple[str, Document]] = []
    seen: set[tuple[str, bool]] = set()
    current, own = name, True
    while True:
        own = own and current in documents
        document = documents[current] if own else shipped.get(current)
        place = found[-1][0] if found else name
        keys = ("extends",) if found else ()
        if document is None:
            hint = near(current, sorted({*documents, *shipped}))
            return found, [
                Finding(
                    place, keys, f"aucun fichier de mappings/ ne s'appelle « {current}.toml »{hint}"
                )
            ]
        if (current, own) in seen:
            return found, [Finding(place, keys, f"« {current} » se prolonge lui-même")]
        seen.add((current, own))
        found.append((current, document))
        parent = document.get("extends")
        if parent is None:
            return found, []
        if not isinstance(parent, str):
            return found, [
                Finding(current, ("extends",), "le nom d'un fichier de mappings/ est attendu")
            ]
        current, own = parent, parent != current


def near(name: str, names: Iterable[str]) -> str:
    """` : vouliez-vous dire « title » ?` for the closest valid name, or a full stop."""
    matches = difflib.get_close_matches(name, list(names), 1, 0.6)
    return f" : vouliez-vous dire « {matches[0]} » ?" if matches else "."


def owner(documents: list[tuple[str, Document]], keys: tuple[str | int, ...]) -> str:
    """The mapping of a chain in whose document some keys stand: the first that has them."""
    for name, document in documents:
        place: Any = document
        for key in keys:
            try:
                place = place[key]
            except (KeyError, IndexError, TypeError):
                if not (isinstance(place, Mapping) and key == 0):
                    break
        else:
            return name
    return documents[0][0]


def merged(parent: Any, child: Any) -> Any:
    """A child's document over its parent's: tables deeply, single elements of arrays of tables too; in a list
    of paths `…` stands for the parent's."""
    if isinstance(parent, Mapping) and isinstance(child, Mapping):
        result = dict(parent)
        for key, value in child.items():
            name = fields.canonical(key)
            before = next((k for k in result if fields.canonical(k) == name), None)
            if before is None:
                result[key] = merged(None, value)
            else:
                result[before] = merged(result[before], value)
        return result
    if (
        _single_table(parent) is not None
        and _single_table(child) is not None
        and not isinstance(child, Mapping)
    ):
        return [merged(_single_table(parent), _single_table(child))]
    if isinstance(child, list) and any(
        item in _INHERITED for item in child if isinstance(item, str)
    ):
        before = parent if isinstance(parent, list) else [] if parent is None else [parent]
        return [each for item in child for each in (before if item in _INHERITED else [item])]
    return child


def _single_table(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        return value[0]
    return None
