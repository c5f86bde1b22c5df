"""Why the records of an entry are together, and why others are not among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from harvester.link import wording
from harvester.link.profile import Profile
from harvester.link.survey import Survey
from harvester.link.vetoes import vetoes
from harvester.run.evidence import Evidence, counts, profiles, weighed
from harvester.run.linking import Linking
from harvester.store import Connection, decisions, evidence
from harvester.store import clusters as stored
from harvester.store.clusters import Placed

MOST = 20
"""Entries that were not merged with this one, at most."""


def why(connection: Connection, linking: Linking, cluster: str) -> list[dict[str, Any]]:
    """The ties that hold a cluster (the strongest that do), then those to other entries: merges that were refused, pairs
    to review, parts. Each names its ends `a` and `b`, its `zone`, `bits`, `levels`, `vetoes`, `pointers`, whether a `person`
    decided, and tells it in French as `line`; `other` is the other entry."""
    members = stored.shown_in(connection, [cluster])
    links = [
        link
        for link in evidence.links_of(connection, [m.record for m in members])
        if link.zone in ("link", "review", "part")
    ]
    ends = {end for link in links for end in (link.a, link.b)}
    others = {p.record: p for p in stored.placed(connection, sorted(ends)) if p.cluster != cluster}
    around = stored.shown_in(connection, sorted({p.cluster for p in others.values()}))
    read = profiles(connection, linking, [p.record for p in (*members, *around)])
    survey = counts(connection, linking)
    said = {
        frozenset((a, b)): verdict
        for a, b, verdict in decisions.standing(connection, [m.record for m in members])
    }
    found = [_told(e, a, b, said) for a, b, e in _held(linking, survey, members, read, said)]
    groups: dict[str, list[Placed]] = {}
    for placed in around:
        groups.setdefault(placed.cluster, []).append(placed)
    by_record = {p.record: p for p in (*members, *around)}
    told: set[str] = set()
    for link in sorted(links, key=lambda x: (-x.bits, x.a, x.b)):
        if (link.a in others) == (link.b in others) or len(told) == MOST:
            continue
        one, two = (by_record[end] for end in (link.a, link.b))
        if one.cluster != cluster:
            one, two = two, one
        if two.cluster in told:
            continue
        told.add(two.cluster)
        pair = weighed(linking, survey, read[one.record], read[two.record])
        row = _told(pair, one, two, said)
        against = _against(linking, members, groups[two.cluster], read, said)
        if row["zone"] == "link":  # and yet they are not together
            row["zone"] = "refused"
        row["line"] = wording.line(pair.levels, pair.bits, row["zone"], against, pair.pointers)
        found.append({**row, "other": two.cluster, "vetoes": against})
    return found


def _held(
    linking: Linking,
    survey: Survey,
    members: Sequence[Placed],
    read: Mapping[int, Profile],
    said: Mapping[frozenset[int], str],
) -> Iterator[tuple[Placed, Placed, Evidence]]:
    """The strongest ties that hold all members together: a person's, pointers', then the heaviest."""
    pairs = [
        (a, b, weighed(linking, survey, read[a.record], read[b.record]))
        for a, b in combinations(members, 2)
        if a.record in read and b.record in read
    ]

    def strength(pair: tuple[Placed, Placed, Evidence]) -> tuple[bool, bool, float]:
        a, b, its = pair
        return (
            said.get(frozenset((a.record, b.record))) != "same",
            not its.pointers,
            -its.bits,
        )

    group = {member.record: member.record for member in members}
    for a, b, its in sorted(pairs, key=strength):
        one, two = group[a.record], group[b.record]
        if one != two:
            group = {record: one if g == two else g for record, g in group.items()}
            yield a, b, its


def _told(
    its: Evidence,
    a: Placed,
    b: Placed,
    said: Mapping[frozenset[int], str],
) -> dict[str, Any]:
    return {
        "a": f"{a.source}/{a.local_id}",
        "b": f"{b.source}/{b.local_id}",
        "zone": its.zone,
        "bits": round(its.bits, 2),
        "levels": dict(its.levels),
        "vetoes": its.vetoes,
        "pointers": its.pointers,
        "person": said.get(frozenset((a.record, b.record))),
        "line": wording.line(its.levels, its.bits, its.zone, its.vetoes, its.pointers),
        "other": None,
    }


def _against(
    linking: Linking,
    members: Sequence[Placed],
    others: Sequence[Placed],
    read: Mapping[int, Profile],
    said: Mapping[frozenset[int], str],
) -> tuple[str, ...]:
    """What keeps two entries apart: a person, or vetoes between any of their records."""
    for a in members:
        for b in others:
            if said.get(frozenset((a.record, b.record))) in ("different", "part"):
                return ("person",)
    for a in members:
        for b in others:
            if a.record in read and b.record in read:
                against = vetoes(read[a.record], read[b.record], linking.places)
                if against:
                    return against
    return ()
