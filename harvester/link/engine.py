"""Linking at once: profiles in, clusters out. The service does not ask these functions yet: see docs/architecture.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harvester.link.blocks import POINTED, pairs, pointer_keys
from harvester.link.cluster import Partition, partition
from harvester.link.compare import levels
from harvester.link.elect import ranked
from harvester.link.places import Places
from harvester.link.profile import Profile
from harvester.link.survey import Survey, survey
from harvester.link.vetoes import siblings, vetoes
from harvester.link.weights import Weights


@dataclass(frozen=True, slots=True)
class Link:
    """Two records and what speaks for and against one dataset: bits, levels, vetoes."""

    a: int
    b: int
    bits: float
    levels: tuple[str, ...]
    vetoes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """`group` and `original` of each record (as indexes), the links for a person to look at, how many were compared."""

    group: tuple[int, ...]
    original: dict[int, int]
    review: tuple[Link, ...]
    refused: int
    compared: int


def by_pointer(profiles: Sequence[Profile]) -> list[tuple[int, ...]]:
    """For each pointer that several records share, those records."""
    sharing: dict[str, list[int]] = {}
    for index, profile in enumerate(profiles):
        for key in pointer_keys(profile):
            sharing.setdefault(key, []).append(index)
    return list({tuple(block) for block in sharing.values() if 1 < len(block) <= POINTED})


def tied(count: int, blocks: Iterable[Sequence[int]]) -> list[int]:
    """The first of those with which each of `count` records is tied, through others too."""
    parent = list(range(count))

    def top(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for block in blocks:
        for index in block[1:]:
            one, two = top(block[0]), top(index)
            if one != two:
                parent[max(one, two)] = min(one, two)
    return [top(index) for index in range(count)]


def compared(
    profiles: Sequence[Profile],
    places: Places,
    counts: Survey,
    weights: Weights,
    together: Sequence[int],
) -> Iterator[Link]:
    """The links of every pair that shares a block and that no veto forbids, those worth nothing left out."""
    for a, b in pairs(profiles, places, counts, together):
        if profiles[b].key < profiles[a].key:
            a, b = b, a
        one, two = profiles[a], profiles[b]
        if vetoes(one, two, places):
            continue
        found = levels(one, two, places, counts)
        bits = weights.total(found)
        if bits >= weights.review:
            yield Link(a, b, bits, found, ())


def link(
    profiles: Sequence[Profile],
    places: Places,
    weights: Weights,
    *,
    counts: Survey | None = None,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Linked:
    """Clusters of records. Without `counts` the records themselves are surveyed."""
    counts = counts or survey(profiles)
    pointers = by_pointer(profiles)
    together = tied(len(profiles), pointers)
    found = list(compared(profiles, places, counts, weights, together))
    parted: Partition = partition(
        len(profiles),
        pointers,
        ((each.bits, each.a, each.b) for each in found if each.bits >= weights.link),
        lambda a, b: vetoes(profiles[a], profiles[b], places),
        [profile.key for profile in profiles],
        same,
        different,
        siblings=lambda a, b: siblings(profiles[a], profiles[b]),
    )
    members: dict[int, list[int]] = {}
    for index, group_of in enumerate(parted.group):
        members.setdefault(group_of, []).append(index)
    original = {
        group_of: indexes[ranked([profiles[index] for index in indexes])[0]]
        for group_of, indexes in members.items()
    }
    return Linked(
        parted.group,
        original,
        tuple(each for each in found if parted.group[each.a] != parted.group[each.b]),
        len(parted.refused),
        len(found),
    )
