"""Other names of portals, learnt from the datasets that both names show.

A host that is no portal's (one that moved, the short name of a provider) is taken for a portal's only where id, title, period
and place agree for at least three datasets and four in five of those it can be compared by, and no other portal comes near.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harvester.link.periods import agreement
from harvester.link.pointers import Portals
from harvester.link.profile import Profile

LEAST = 3
SHARE = 0.8
RIVAL = 0.34


@dataclass(frozen=True, slots=True)
class Alias:
    """`name` is said to be `portal`: `agreeing` of `seen` ids are the same dataset there."""

    name: str
    portal: str
    agreeing: int
    seen: int


def learn(profiles: Iterable[Profile], portals: Portals) -> list[Alias]:
    """The aliases that records prove, for a person to confirm."""
    pointing: dict[str, dict[str, list[Profile]]] = {}
    owning: dict[str, list[Profile]] = {}
    for profile in profiles:
        for dataset in (*profile.points, *((profile.guess,) if profile.guess else ())):
            name, _, local = dataset.partition("/")
            if not portals.known(name):
                pointing.setdefault(name, {}).setdefault(local, []).append(profile)
        if not profile.portal.gathers:
            owning.setdefault(profile.own.partition("/")[2], []).append(profile)
    found: list[Alias] = []
    for name, ids in sorted(pointing.items()):
        seen: Counter[str] = Counter()
        agreeing: Counter[str] = Counter()
        for local, copies in ids.items():
            there: dict[str, bool] = {}
            for original in owning.get(local, ()):
                agree = any(_agree(copy, original) for copy in copies)
                there[original.portal.key] = there.get(original.portal.key, False) or agree
            seen.update(there)
            agreeing.update(portal for portal, agree in there.items() if agree)
        alias = _best(name, seen, agreeing)
        if alias is not None:
            found.append(alias)
    return found


def _best(name: str, seen: Counter[str], agreeing: Counter[str]) -> Alias | None:
    ranked: Sequence[tuple[str, int]] = sorted(
        agreeing.items(), key=lambda item: (-item[1], item[0])
    )
    if not ranked:
        return None
    portal, count = ranked[0]
    rival = ranked[1][1] if len(ranked) > 1 else 0
    if count < LEAST or count < SHARE * seen[portal] or rival > RIVAL * count:
        return None
    return Alias(name, portal, count, seen[portal])


def _agree(a: Profile, b: Profile) -> bool:
    return (
        a.title.core == b.title.core
        and agreement(a.when, b.when) in ("same", "unknown")
        and bool(a.where)
        and a.where == b.where
    )
