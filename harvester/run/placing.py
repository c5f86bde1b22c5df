"""Which cluster each record belongs to: first the public records, as if there were no others, then the rest.

What the public sees must be the same with and without the records it may not see: entries, ids, redirects, dates.
Public records are therefore grouped and named among themselves alone; a restricted record may then join
one of their clusters, and never brings two of them together. Private records are in a cluster of their own.

Only what evidence connects with a changed record is looked at. Whoever is in one cluster now is looked at together, so that its id
is given to one group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harvester.link.blocks import POINTED
from harvester.link.cluster import partition
from harvester.link.naming import name
from harvester.link.vetoes import siblings, vetoes
from harvester.run.linking import Known, Linking
from harvester.store import Connection, decisions, evidence
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.clusters import Placed
from harvester.store.evidence import StoredLink

BLOCK = 1_000


@dataclass(slots=True)
class Moves:
    """What linking changed, over all blocks of an update.

    `concerned` are clusters to show anew; `lost` leads from ids that the public loses to their survivors, and
    `inside` from those that only agents lose; `split` leads from new ids to those they left: (origin, who sees it).
    `refused` counts links that were not followed, because the clusters contradict each other.
    """

    concerned: dict[str, None] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    split: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    refused: int = 0


@dataclass(slots=True)
class Reached:
    """The records that evidence connects with some, and that evidence. `pointers`: who shares each pointer."""

    placed: dict[int, Placed] = field(default_factory=dict)
    links: dict[tuple[int, int], StoredLink] = field(default_factory=dict)
    pointers: dict[int, set[int]] = field(default_factory=dict)
    decisions: dict[tuple[int, int], str] = field(default_factory=dict)


def place(
    connection: Connection,
    linking: Linking,
    seeds: Iterable[int],
    moves: Moves,
    fresh: Callable[[], str],
) -> None:
    """Move every record that evidence connects with `seeds` to where it belongs."""
    known = Known(connection, linking)
    ordered = sorted(seeds)
    hidden = evidence.any_hidden(connection)
    done: set[int] = set()
    for block in _blocks(ordered):
        left = [record for record in block if record not in done]
        reached = _reach(connection, linking, left, public=True)
        done.update(reached.placed)
        if reached.placed:
            _place_public(connection, known, reached, moves, fresh)
    if not hidden:
        return
    done.clear()
    for block in _blocks(ordered):
        left = [record for record in block if record not in done]
        reached = _reach(connection, linking, left, public=False)
        done.update(reached.placed)
        if any(placed.access != "public" for placed in reached.placed.values()):
            _place_others(connection, known, reached, moves, fresh)


def _reach(
    connection: Connection, linking: Linking, seeds: Iterable[int], *, public: bool
) -> Reached:
    """All that links, pointers, people's words and present clusters connect with `seeds`."""
    reached = Reached()
    frontier = sorted(set(seeds))
    asked: set[int] = set()
    clusters: set[str] = set()
    while frontier:
        asked.update(frontier)
        new = [
            placed
            for placed in stored.placed(connection, frontier)
            if not public or placed.access == "public"
        ]
        reached.placed.update((placed.record, placed) for placed in new)
        records = [placed.record for placed in new]
        further: set[int] = set()
        theirs = {placed.cluster for placed in new} - clusters
        clusters |= theirs
        further.update(p.record for p in stored.shown_in(connection, sorted(theirs)))
        if linking.by_weights:
            for link in evidence.links_of(connection, records, public=public, zone="link"):
                reached.links[link.a, link.b] = link
                further.update((link.a, link.b))
        for key, holders in _pointed(connection, records, public=public).items():
            reached.pointers.setdefault(key, set()).update(holders)
            further.update(holders)
        for a, b, verdict in decisions.standing(connection, records):
            reached.decisions[a, b] = verdict
            if verdict == "same":
                further.update((a, b))
        frontier = sorted(further - asked)
    here = reached.placed
    reached.links = {
        pair: link for pair, link in reached.links.items() if link.a in here and link.b in here
    }
    reached.decisions = {
        (a, b): verdict for (a, b), verdict in reached.decisions.items() if a in here and b in here
    }
    return reached


def _pointed(
    connection: Connection, records: Sequence[int], *, public: bool
) -> dict[int, list[int]]:
    """Pointer → those who share it, where few enough do."""
    keys = {key for _, key in evidence.pointers(connection, records)}
    tallies = evidence.tallies(connection, "key", sorted(keys))
    shared = [
        key
        for key, tally in tallies.items()
        if 1 < (tally.public if public else tally.all) <= POINTED
    ]
    found: dict[int, list[int]] = {}
    for key, record, _, _ in evidence.holders(connection, "key", shared, public=public):
        found.setdefault(key, []).append(record)
    return found


def _groups(
    known: Known, reached: Reached, moves: Moves, settled: Sequence[Sequence[int]] = ()
) -> list[list[int]]:
    """The partition of what was reached."""
    everyone = sorted(reached.placed)
    if not (reached.links or reached.pointers or reached.decisions or settled):
        return [[record] for record in everyone]
    index = {record: at for at, record in enumerate(everyone)}
    known.read(everyone)
    profiles = [known.profiles[record] for record in everyone]
    places = known.linking.places
    parted = partition(
        len(everyone),
        [[index[r] for r in holders if r in index] for holders in reached.pointers.values()],
        [(x.bits, index[x.a], index[x.b]) for x in reached.links.values()],
        lambda a, b: vetoes(profiles[a], profiles[b], places),
        [profile.key for profile in profiles],
        [(index[a], index[b]) for (a, b), v in reached.decisions.items() if v == "same"],
        [(index[a], index[b]) for (a, b), v in reached.decisions.items() if v != "same"],
        siblings=lambda a, b: siblings(profiles[a], profiles[b]),
        settled=[[index[record] for record in group] for group in settled],
    )
    moves.refused += len(parted.refused)
    groups: dict[int, list[int]] = {}
    for at, record in enumerate(everyone):
        groups.setdefault(parted.group[at], []).append(record)
    return list(groups.values())


def _place_public(
    connection: Connection,
    known: Known,
    reached: Reached,
    moves: Moves,
    fresh: Callable[[], str],
) -> None:
    """Group and name public records."""
    members = list(reached.placed.values())
    groups = _groups(known, reached, moves)
    before = {p.record: p.cluster for p in members}
    claims = dict(before)
    index = {record: i for i, group in enumerate(groups) for record in group}
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
    after, lost = name(groups, claims, fresh)
    for p in sorted(stayed, key=lambda p: p.record):
        if after[p.record] not in parts:
            moves.split.setdefault(after[p.record], (p.cluster, ("public", "agents")))
    lost = {cluster: survivor for cluster, survivor in lost.items() if cluster in parts}
    _move(connection, before, after, moves)
    stored.move_rest(connection, lost.items())
    moves.lost |= lost


def _place_others(
    connection: Connection,
    known: Known,
    reached: Reached,
    moves: Moves,
    fresh: Callable[[], str],
) -> None:
    """Let restricted records join public clusters, which stand, or form their own."""
    members = list(reached.placed.values())
    placed = {p.record: p.cluster for p in members if p.access == "public"}
    public: dict[str, list[int]] = {}
    for record, cluster in placed.items():
        public.setdefault(cluster, []).append(record)
    groups = _groups(known, reached, moves, list(public.values()))
    before = {p.record: p.cluster for p in members if p.record not in placed}
    kept = {
        i: placed[record] for i, group in enumerate(groups) for record in group if record in placed
    }
    after, lost = name(groups, {**before, **placed}, fresh, kept, moves.lost)
    for record, cluster in before.items():
        if after[record] != cluster and after[record] not in {*public, *before.values()}:
            moves.split.setdefault(after[record], (cluster, ("agents",)))
    _move(connection, before, after, moves)
    known_by = listed.readers_of(connection, list(lost)) if lost else {}
    stored.move_rest(
        connection, [x for x in lost.items() if "public" not in known_by.get(x[0], ())]
    )
    moves.inside |= lost


def _move(
    connection: Connection, before: Mapping[int, str], after: Mapping[int, str], moves: Moves
) -> None:
    moved = [(after[r], r) for r, cluster in before.items() if after[r] != cluster]
    stored.move(connection, moved)
    for cluster, record in moved:
        moves.concerned[before[record]] = None
        moves.concerned[cluster] = None


def _blocks(records: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(records), BLOCK):
        yield records[start : start + BLOCK]
