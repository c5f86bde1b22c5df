"""From links and people's decisions to clusters, and which id each keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harvester.link.weigh import Link


def groups(
    records: Iterable[int],
    links: Iterable[Link],
    decisions: Iterable[tuple[int, int, str]] = (),
    source: Mapping[int, str] | None = None,
    settled: Sequence[Sequence[int]] = (),
) -> list[list[int]]:
    """Partition `records`: strongest evidence first, a merge that a veto or a person forbids is refused.

    `settled` groups stand before anything else is looked at: others may join one, nothing brings two together.

    `decisions` are (record, record, `same` | `different`); `different` holds also through a third record.
    `source` tells each record's source: a cluster has at most one record of a source unless a person said so.
    """
    cluster: dict[int, list[int]] = {record: [record] for record in records}
    for group in settled:
        together = list(group)
        cluster.update((record, together) for record in group)
    firm = {record for group in settled for record in group}
    apart = {(a, b) for a, b, verdict in decisions if verdict != "same"}
    apart |= {(b, a) for a, b in apart}

    def join(a: int, b: int, *, human: bool) -> None:
        one, two = cluster.get(a), cluster.get(b)
        if one is None or two is None or one is two:
            return
        if firm and not firm.isdisjoint(one) and not firm.isdisjoint(two):
            return
        if any((x, y) in apart for x in one for y in two):
            return
        if source and not human and {source[x] for x in one} & {source[y] for y in two}:
            return
        one.extend(two)
        for record in two:
            cluster[record] = one

    for a, b, verdict in decisions:
        if verdict == "same":
            join(a, b, human=True)
    for link in sorted(links, key=lambda x: (-x.weight, x.a, x.b)):
        if link.zone == "link":
            join(link.a, link.b, human=False)
    return [sorted(group) for group in {id(group): group for group in cluster.values()}.values()]


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
