"""Which id each cluster keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence


def name(
    partition: Sequence[Sequence[int]],
    current: Mapping[int, str],
    fresh: Callable[[], str],
    kept: Mapping[int, str] | None = None,
    barred: Iterable[str] = (),
) -> tuple[dict[int, str], dict[str, str]]:
    """Give every group an id: (record → id, lost id → survivor).

    The group that keeps most members of a cluster keeps its id, the one with the eldest of them on a tie; an id
    that no group keeps leads to the group that holds most of its records. `kept` are ids that are decided already
    (index of the group → id), `barred` ids that no group may take.
    """
    claims: list[tuple[int, int, str, int]] = []
    for index, group in enumerate(partition):
        members: dict[str, list[int]] = {}
        for record in group:
            members.setdefault(current[record], []).append(record)
        # Never by the ids themselves: they hold chance.
        claims.extend((-len(its), min(its), cluster, index) for cluster, its in members.items())
    claims.sort()
    taken = dict(kept or {})
    used = {*taken.values(), *barred}
    for _, _, cluster, index in claims:
        if index not in taken and cluster not in used:
            taken[index] = cluster
            used.add(cluster)
    for index in range(len(partition)):
        if index not in taken:
            taken[index] = fresh()
    lost: dict[str, str] = {}
    for _, _, cluster, index in claims:
        if cluster not in used:
            lost.setdefault(cluster, taken[index])
    return {record: taken[i] for i, group in enumerate(partition) for record in group}, lost
