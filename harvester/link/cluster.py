"""From links to clusters: strongest evidence first, and a merge that contradicts what a cluster knows is refused.

Connected components would do the same for far more wrong merges: there one bad link ties two whole clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harvester.errors import ConfigurationError

Forbidden = Callable[[int, int], tuple[str, ...]]
Siblings = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Refused:
    """A link that was not followed: the members that contradict each other and how."""

    a: int
    b: int
    bits: float
    vetoes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """`group` of each index (its smallest member), and the links that were refused."""

    group: tuple[int, ...]
    refused: tuple[Refused, ...]


def partition(
    count: int,
    together: Iterable[Sequence[int]],
    links: Iterable[tuple[float, int, int]],
    forbidden: Forbidden,
    names: Sequence[str],
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    *,
    siblings: Siblings = lambda _a, _b: False,
    settled: Iterable[Sequence[int]] = (),
) -> Partition:
    """Groups of `count` records: human `same` first, then those `together` by pointers, then links by their bits.

    A pointer overrides every veto but one: of two `siblings`, datasets that one portal tells apart, only one can be the
    dataset that both point at. `settled` groups stand before anything else is looked at: others may join one, nothing
    brings two of them together.

    Between links of equal weight the records' `names` decide, so that the order they came in does not.
    `different` holds also through a third record. Raises ConfigurationError where `same` and `different` contradict
    each other: no partition can follow both.
    """
    members: dict[int, list[int]] = {}
    group = list(range(count))
    apart: dict[int, set[int]] = {}
    for one, two in different:
        apart.setdefault(one, set()).add(two)
        apart.setdefault(two, set()).add(one)

    def of(index: int) -> list[int]:
        return members.get(index) or [index]

    def kept_apart(one: list[int], two: list[int]) -> bool:
        return any(not apart[x].isdisjoint(two) for x in one if x in apart)

    def unite(a: int, b: int) -> None:
        first, second = sorted((group[a], group[b]))
        joined = [*of(first), *of(second)]
        members[first] = joined
        members.pop(second, None)
        for index in joined:
            group[index] = first

    firm: set[int] = set()
    for block in settled:
        firm.add(block[0])
        for index in block[1:]:
            unite(block[0], index)

    def both_settled(a: int, b: int) -> bool:
        return (
            bool(firm)
            and any(x in firm for x in of(group[a]))
            and any(x in firm for x in of(group[b]))
        )

    for a, b in same:
        if group[a] == group[b] or both_settled(a, b):
            continue
        if kept_apart(of(group[a]), of(group[b])):
            raise ConfigurationError(
                f"decisions contradict each other: records {a} and {b} are the same, and kept apart"
            )
        unite(a, b)
    for a, others in apart.items():
        if any(group[a] == group[b] for b in others):
            raise ConfigurationError(
                f"decisions contradict each other: record {a} is kept apart from one that is the same"
            )
    for ordered in sorted(
        (sorted(block, key=names.__getitem__) for block in together),
        key=lambda block: [names[index] for index in block],
    ):
        for at, b in enumerate(ordered):
            for a in ordered[:at]:
                if group[a] == group[b]:
                    break
                left, right = of(group[a]), of(group[b])
                if (
                    both_settled(a, b)
                    or kept_apart(left, right)
                    or any(siblings(x, y) for x in left for y in right)
                ):
                    continue
                unite(a, b)
                break
    refused: list[Refused] = []

    def first(link: tuple[float, int, int]) -> tuple[float, str, str]:
        one, two = names[link[1]], names[link[2]]
        return -link[0], min(one, two), max(one, two)

    for bits, a, b in sorted(links, key=first):
        if group[a] == group[b] or both_settled(a, b):
            continue
        left, right = of(group[a]), of(group[b])
        against = ("person",) if kept_apart(left, right) else _contradiction(left, right, forbidden)
        if against:
            one, two = sorted((a, b), key=names.__getitem__)
            refused.append(Refused(one, two, bits, against))
        else:
            unite(a, b)
    return Partition(tuple(group), tuple(refused))


def _contradiction(one: Sequence[int], two: Sequence[int], forbidden: Forbidden) -> tuple[str, ...]:
    for x in one:
        for y in two:
            against = forbidden(x, y)
            if against:
                return against
    return ()
