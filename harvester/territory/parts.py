"""Parts and forerunners of communes, read from the columns of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from harvester.territory.names import fold
from harvester.territory.units import Part, PartKind

_KINDS: Final[dict[str, PartKind]] = {
    "ARM": "arrondissement",
    "COMD": "deleguee",
    "COMA": "associee",
    "": "ancienne",
}
_COLUMNS = ("code", "name", "kind", "parent", "population", "postal")


def read_parts(columns: Mapping[str, Sequence[str]]) -> dict[str, Part]:
    """INSEE code → what it is or was."""
    return {
        code: Part(
            f"fr:commune:{code}",
            name,
            _KINDS[kind],
            f"fr:commune:{parent}",
            int(people) if people else None,
            tuple(postal.split()),
        )
        for code, name, kind, parent, people, postal in zip(
            *(columns[key] for key in _COLUMNS), strict=True
        )
    }


def parts_by_name(parts: Iterable[Part]) -> dict[str, list[str]]:
    """Folded name → communes of today. `Paris 12e Arrondissement` is also written `Paris 12e`, and the other way round."""
    found: dict[str, list[str]] = {}
    for part in parts:
        if not part.name:
            continue
        key = fold(part.name)
        spelled = {key}
        if part.kind == "arrondissement":
            city, _, number = key.removesuffix(" arrondissement").rpartition(" ")
            spelled |= {f"{city} {number}", f"{number} arrondissement de {city}"}
        for name in spelled:
            found.setdefault(name, []).append(part.parent)
    return found
