"""The one entry of a cluster: who speaks for it, and where each value comes from.

Provenance is JSON-ready: field → `{"rule": …, "records": […]}`, the records whose values are in it. Where values
of several records stand together, `each` tells for every one which records say it (in the values' order; by language
for keywords; for distributions with what others than its first record `filled` in). `others` are those who say
something else where that is to be told: `[[record, […values]], …]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harvester.link.policy import FAMILIES, Policy, family
from harvester.link.resources import IRI, Where, folded, renamed, where

Provenance = dict[str, dict[str, Any]]
_OWN = frozenset({"iri", "kind"})
_LICENCE, _DATES = family("license"), family("modified")


@dataclass(frozen=True, slots=True)
class Voice:
    """A member of a cluster: its record, and what it says."""

    record: int
    entry: dict[str, Any]


def merge(voices: Sequence[Voice], policy: Policy) -> tuple[dict[str, Any], Provenance]:
    """(merged entry, provenance); `voices` in order of authority. A record of another kind adds nothing."""
    head = voices[0]
    kind = head.entry.get("kind")
    rules = policy.entry
    merged = {field: value for field, value in head.entry.items() if value}
    provenance: Provenance = {
        field: {"rule": rules.get(field, "elected"), "records": [head.record]}
        for field in merged
        if field != "kind"
    }
    peers = [voice for voice in voices[1:] if voice.entry.get("kind") == kind]
    united: dict[str, None] = {}
    spoken = _spoken(head.entry)
    for voice in peers:
        for field, value in voice.entry.items():
            if not value or field in _OWN:
                continue
            rule = rules.get(field, "elected")
            if rule == "united":
                united[field] = None
            elif rule != "elected" and not merged.get(field):
                if rule == "origin" and family(field) in spoken:
                    continue
                merged[field] = value
                provenance[field] = {"rule": rule, "records": [voice.record]}
        spoken |= _spoken(voice.entry)
    for field in united:
        _unite(field, [head, *peers], policy, merged, provenance)
    for field in policy.differences:
        _differing(field, peers, head, merged, provenance, rules.get(field, "elected"))
    return merged, provenance


def _spoken(entry: Mapping[str, Any]) -> set[int | None]:
    """The families (`policy.FAMILIES`) of which an entry says something; of its licence also by its distributions."""
    spoken: set[int | None] = {
        number for number, fields in enumerate(FAMILIES) for field in fields if entry.get(field)
    }
    if _LICENCE not in spoken and any(d.get("license") for d in entry.get("distribution", ())):
        spoken.add(_LICENCE)
    return spoken


def _unite(
    field: str,
    voices: Sequence[Voice],
    policy: Policy,
    merged: dict[str, Any],
    provenance: Provenance,
) -> None:
    said = [(voice.record, voice.entry[field]) for voice in voices if voice.entry.get(field)]
    each: Any
    if field == "distribution":
        merged[field], each = _distributions(voices, policy.distribution, merged)
        records = [own for item in each for own in item["records"]]
    elif field == "keyword":
        merged[field], each = _keywords(said)
        records = [own for words in each.values() for owners in words for own in owners]
    else:
        merged[field], each = _values(said)
        records = [own for owners in each for own in owners]
    speaking = set(records)
    provenance[field] = {
        "rule": "united",
        "records": [record for record, _ in said if record in speaking],
        "each": each,
    }


def _values(said: Sequence[tuple[int, Any]]) -> tuple[list[Any], list[list[int]]]:
    values: list[Any] = []
    owners: list[list[int]] = []
    for record, spoken in said:
        for value in spoken:
            if value in values:
                known = owners[values.index(value)]
                if record not in known:
                    known.append(record)
            else:
                values.append(value)
                owners.append([record])
    return values, owners


def _keywords(
    said: Sequence[tuple[int, Mapping[str, Sequence[str]]]],
) -> tuple[dict[str, list[str]], dict[str, list[list[int]]]]:
    """Words once, however they are written ("Petite enfance", "petite-enfance") and whatever language they are in."""
    words: dict[str, list[str]] = {}
    owners: dict[str, list[list[int]]] = {}
    known: dict[str, list[int]] = {}
    for record, spoken in said:
        for language, more in spoken.items():
            for word in more:
                key = folded(word)
                own = known.get(key)
                if own is None:
                    known[key] = own = [record]
                    words.setdefault(language, []).append(word)
                    owners.setdefault(language, []).append(own)
                elif record not in own:
                    own.append(record)
    return words, owners


def _distributions(
    voices: Sequence[Voice], rules: Mapping[str, str], merged: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Distributions once each, those of the first record first. Two of one record are never made one.

    What `merged` says of dates and licence, no copy says otherwise for a distribution of the original. One that
    only a copy has is under the copy's licence, where that is another.
    """
    settled = {_LICENCE, _DATES} & _spoken(merged)
    placed: list[dict[str, Any]] = []
    each: list[dict[str, Any]] = []
    known: list[Where] = []
    index: dict[str, list[int]] = {}
    for voice in voices:
        record, alias = voice.record, renamed(voice.entry)
        taken: set[int] = set()
        fresh: list[tuple[dict[str, Any], Where]] = []
        for distribution in voice.entry.get("distribution", ()):
            at = where(distribution, alias)
            found = _found(at, index, known, taken) if index else None
            if found is None:
                fresh.append((distribution, at))
                continue
            taken.add(found)
            owner = each[found]
            if record not in owner["records"]:
                owner["records"].append(record)
            placed[found] = _filled(placed[found], distribution, rules, settled, record, owner)
        licence = voice.entry.get("license")
        if licence == merged.get("license"):
            licence = None
        for distribution, at in fresh:
            told: dict[str, Any] = {"records": [record]}
            if licence and _LICENCE not in _spoken(distribution):
                distribution = {**distribution, "license": licence}
                told["filled"] = {"license": {"rule": rules["license"], "records": [record]}}
            for key in at.keys:
                index.setdefault(key, []).append(len(placed))
            placed.append(distribution)
            each.append(told)
            known.append(at)
    return placed, each


def _found(
    at: Where, index: Mapping[str, Sequence[int]], known: Sequence[Where], taken: set[int]
) -> int | None:
    """Which of those placed a distribution is; the one with the same title where several could be meant."""
    best = None
    for key in at.keys:
        for number in index.get(key, ()):
            other = known[number]
            doubtful = number in taken or (at.format and other.format and at.format != other.format)
            if doubtful and not (at.sure and other.sure and not key.startswith(IRI)):
                continue
            if at.title == other.title:
                return number
            if best is None:
                best = number
    return best


def _filled(
    one: dict[str, Any],
    two: Mapping[str, Any],
    rules: Mapping[str, str],
    settled: set[int | None],
    record: int,
    owner: dict[str, Any],
) -> dict[str, Any]:
    """What the first record says of a distribution, with what it leaves open from the next; noted in `owner`."""
    spoken: set[int | None] | None = None
    made = one
    for field, value in two.items():
        rule = rules.get(field, "elected")
        if not value or rule == "elected":
            continue
        held = one.get(field)
        if held and (rule != "united" or held == value):
            continue
        if rule == "origin":
            if spoken is None:
                spoken = settled.union(family(name) for name, said in one.items() if said)
            if family(field) in spoken:
                continue
        if held:
            value = [*held, *(item for item in value if item not in held)]
            if len(value) == len(held):
                continue
        made = {**made, field: value}
        filled = owner.setdefault("filled", {})
        filled.setdefault(field, {"rule": rule, "records": []})["records"].append(record)
    return made


def _differing(
    field: str,
    peers: Sequence[Voice],
    head: Voice,
    merged: Mapping[str, Any],
    provenance: Provenance,
    rule: str,
) -> None:
    """Note who says something else than the merged entry."""
    kept = list(_stated(merged, field)) if merged.get(field) else list(_stated(head.entry, field))
    if not kept:
        return
    others = []
    for voice in peers:
        said = list(_stated(voice.entry, field))
        if said and any(value not in kept for value in said):
            others.append([voice.record, [value for value in said if value not in kept]])
    if others:
        told = provenance.setdefault(field, {"rule": rule, "records": [head.record]})
        told["others"] = others


def _stated(entry: Mapping[str, Any], field: str) -> Iterator[Any]:
    """What an entry says of a field; of the licence what its distributions say, where it says nothing itself.

    Of a publisher the name counts, in the first language: addresses and numbers are written in too many ways.
    """
    value = entry.get(field)
    if value and field == "publisher":
        name = value.get("name") or {}
        if name:
            yield next(iter(name.values()))
    elif value:
        yield value
    elif field == "license":
        yield from dict.fromkeys(
            d["license"] for d in entry.get("distribution", ()) if d.get("license")
        )
