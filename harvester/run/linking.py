"""Which cluster each touched record belongs to: first the public records, as if there were no others, then the rest.

What the public sees must be the same with and without the records it may not see: entries, ids, redirects, dates.
Public records are therefore compared, grouped and named among themselves alone; a restricted record may then join
one of their clusters, and never brings two of them together. Private records are in a cluster of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harvester.link.decide import groups, name
from harvester.link.weigh import Features, Link, weigh
from harvester.store import Connection, decisions
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.candidates import candidates
from harvester.store.clusters import Placed, StoredLink


@dataclass(slots=True)
class Moves:
    """What linking changed, over all blocks of an update.

    `concerned` are clusters to show anew; `lost` leads from ids that the public loses to their survivors, and
    `inside` from those that only agents lose; `split` leads from new ids to those they left: (origin, who sees it).
    """

    concerned: dict[str, None] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    split: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    common: set[int] = field(default_factory=set)


def link(
    connection: Connection,
    block: Sequence[int],
    run: int | None,
    moves: Moves,
    fresh: Callable[[], str],
) -> None:
    """Compare the records of a block with all others, and move what belongs elsewhere."""
    pairs = candidates(connection, block, moves.common)
    current = stored.clusters_of(connection, block)
    moves.concerned |= dict.fromkeys(current.values())
    old = [record for record in block if run is None or record >> 32 != run]
    said = {r for a, b, _ in decisions.standing(connection, block) for r in (a, b)}
    seeds = sorted({record for pair in pairs for record in pair}.union(old, said))
    if not seeds:
        return
    features = {
        record: Features(record, source, title)
        for record, source, title in stored.features(connection, seeds)
    }
    links = [weigh(features[p.a], features[p.b], p.strength) for p in pairs.values()]
    stored.replace_links(
        connection, sorted({*old, *(r for r in seeds if r in current)}), map(_stored, links)
    )
    current = stored.clusters_of(connection, seeds)
    open_ = {record for pair, p in pairs.items() if p.public for record in pair}
    open_ |= stored.ever_public(connection, [r for r in (*old, *said) if r not in open_])
    mine = stored.shown_in(connection, sorted({current[record] for record in open_}))
    public = [p for p in mine if p.access == "public"]
    placed = _place_public(connection, public, moves, fresh)
    others = {current[r] for r in seeds if r not in open_} | {
        current[r] for pair, p in pairs.items() if not p.public for r in pair
    }
    others -= {p.cluster for p in mine}
    more = stored.shown_in(connection, sorted(others)) if others else []
    if any(p.access != "public" for p in (*mine, *more)):
        placed |= {p.record: p.cluster for p in more if p.access == "public"}
        _place_others(connection, [*mine, *more], placed, moves, fresh)


def _place_public(
    connection: Connection, members: Sequence[Placed], moves: Moves, fresh: Callable[[], str]
) -> dict[int, str]:
    """Group and name public records; record → cluster."""
    everyone = [p.record for p in members]
    partition = groups(
        everyone,
        _links_among(connection, everyone),
        decisions.standing(connection, everyone),
        {p.record: p.source for p in members},
    )
    before = {p.record: p.cluster for p in members}
    claims = dict(before)
    index = {record: i for i, group in enumerate(partition) for record in group}
    parts: dict[str, set[int]] = {}
    for record, cluster in before.items():
        parts.setdefault(cluster, set()).add(index[record])
    torn = [cluster for cluster, groups_ in parts.items() if len(groups_) > 1]
    told = stored.published_members(connection, torn)
    stayed = {p for p in members if (p.source, p.local_id) in told.get(p.cluster, ())}
    firm = {p.cluster for p in stayed}
    for p in members:
        if p.cluster in firm and p not in stayed:
            claims[p.record] = fresh()  # who was not there has no part in the id
    after, lost = name(partition, claims, fresh)
    for p in sorted(stayed, key=lambda p: p.record):
        if after[p.record] not in parts:
            moves.split.setdefault(after[p.record], (p.cluster, ("public", "agents")))
    lost = {cluster: survivor for cluster, survivor in lost.items() if cluster in parts}
    _move(connection, before, after, moves)
    stored.move_rest(connection, lost.items())
    moves.lost |= lost
    return after


def _place_others(
    connection: Connection,
    members: Sequence[Placed],
    placed: Mapping[int, str],
    moves: Moves,
    fresh: Callable[[], str],
) -> None:
    """Let restricted records join public clusters, which stand, or form their own."""
    everyone = sorted(p.record for p in members)
    public: dict[str, list[int]] = {}
    for record, cluster in placed.items():
        public.setdefault(cluster, []).append(record)
    partition = groups(
        everyone,
        _links_among(connection, everyone),
        decisions.standing(connection, everyone),
        {p.record: p.source for p in members},
        list(public.values()),
    )
    before = {p.record: p.cluster for p in members if p.record not in placed}
    kept = {
        i: placed[record]
        for i, group in enumerate(partition)
        for record in group
        if record in placed
    }
    after, lost = name(partition, {**before, **placed}, fresh, kept, moves.lost)
    for record, cluster in before.items():
        if after[record] != cluster and after[record] not in {*public, *before.values()}:
            moves.split.setdefault(after[record], (cluster, ("agents",)))
    _move(connection, before, after, moves)
    known = listed.readers_of(connection, list(lost)) if lost else {}
    stored.move_rest(connection, [x for x in lost.items() if "public" not in known.get(x[0], ())])
    moves.inside |= lost


def _move(
    connection: Connection, before: Mapping[int, str], after: Mapping[int, str], moves: Moves
) -> None:
    stored.move(connection, [(after[r], r) for r, cluster in before.items() if after[r] != cluster])
    moves.concerned |= dict.fromkeys(before.values())
    moves.concerned |= dict.fromkeys(after[r] for r in before)


def _links_among(connection: Connection, records: Sequence[int]) -> Iterable[Link]:
    return [
        Link(x.a, x.b, x.weight, x.zone, tuple(x.reasons), tuple(x.vetoes))
        for x in stored.links_among(connection, records)
    ]


def _stored(link: Link) -> StoredLink:
    return StoredLink(link.a, link.b, link.weight, link.zone, list(link.reasons), list(link.vetoes))
