"""The one entry of a cluster: who speaks for it, and where each value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_UNITED = ("keyword", "other_identifier")
_OWN = frozenset({"iri", "identifier", "kind"})


@dataclass(frozen=True, slots=True)
class Voice:
    """A member of a cluster. `level` is 0 for a commune … 4 for the State, 5 for a partner; `home` its portal's URL."""

    record: int
    level: int
    home: str
    page: str
    entry: dict[str, Any]


def merge(voices: Sequence[Voice]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """(merged entry, field → records its value comes from); `voices` in order of authority.

    The first one speaks; gaps are filled by the next that has something; keywords and other identifiers are united.
    """
    merged = dict(voices[0].entry)
    provenance = {
        field: [voices[0].record] for field, value in merged.items() if value and field not in _OWN
    }
    for voice in voices[1:]:
        if voice.entry.get("kind") != merged.get("kind"):
            continue
        for field, value in voice.entry.items():
            if not value or field in _OWN:
                continue
            if not merged.get(field):
                merged[field] = value
                provenance[field] = [voice.record]
            elif field in _UNITED:
                united = _unite(merged[field], value)
                if united != merged[field]:
                    merged[field] = united
                    provenance[field].append(voice.record)
    return merged, provenance


def _unite(one: Any, two: Any) -> Any:
    if isinstance(one, dict):
        return {
            language: _unite(one.get(language, []), two.get(language, []))
            for language in [*one, *(x for x in two if x not in one)]
        }
    return [*one, *(value for value in two if value not in one)]
