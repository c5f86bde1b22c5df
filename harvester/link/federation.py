"""Who feeds whom: the graph of portals that records name as their origin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harvester.link.origin import homes, host, origin

US = "nous"
"""The name of our own catalogue among the nodes."""


@dataclass(frozen=True, slots=True)
class Portal:
    """A node: a configured source (`name` is its id), or a host that records name as their origin.

    `records` are what it shows (a source) or what others show of it (a host). `sources` are the configured sources
    of a host that several share, so that none of them can be told from the address.
    """

    name: str
    configured: bool
    records: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """An edge: `records` of `taker` come from `giver`."""

    giver: str
    taker: str
    records: int


@dataclass(frozen=True, slots=True)
class Federation:
    """Portals by name, feeds with the most records first, and the circles among them."""

    portals: tuple[Portal, ...]
    feeds: tuple[Feed, ...]
    cycles: tuple[tuple[str, ...], ...]

    def unharvested(self) -> list[Portal]:
        """Portals that others harvest and that could be harvested themselves, most records first."""
        found = [p for p in self.portals if not p.configured and not p.sources and p.name != US]
        return sorted(found, key=lambda p: (-p.records, p.name))


def at_home(
    sources: Mapping[str, str], entries: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, set[str]]:
    """Source → the hosts where it is at home: that of its URL, and the one at which most of its records live.

    `sources` are URLs by id. A portal is often harvested under another name than the one its pages have; but a host
    that is another source's own is not also this one's.
    """
    own = {source: host(url) for source, url in sources.items()}
    seen: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    for source, entry in entries:
        counts[source] += 1
        seen.setdefault(source, Counter()).update(set(homes(entry)))
    found: dict[str, set[str]] = {}
    for source, address in own.items():
        found[source] = {address} if address else set()
        others = {h for name, h in own.items() if name != source}
        for name, records in seen.get(source, Counter()).most_common(1):
            if name not in others and records * 2 > counts[source]:
                found[source].add(name)
    return found


def federation(
    sources: Mapping[str, str],
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    home: Mapping[str, set[str]],
    returned: Mapping[str, int],
) -> Federation:
    """The graph. `sources` are URLs by id, `returned` how many records of a source are our own come back."""
    dwellers: dict[str, list[str]] = {}
    for source, hosts in home.items():
        for name in hosts:
            dwellers.setdefault(name, []).append(source)
    records: Counter[str] = Counter()
    feeds: Counter[tuple[str, str]] = Counter()
    for source, entry in entries:
        records[source] += 1
        found = origin(entry, home.get(source, ()))
        if found is not None:
            there = dwellers.get(found, [])
            giver = there[0] if len(there) == 1 else found
            if giver != source:
                feeds[giver, source] += 1
    for source, count in returned.items():
        if count:
            feeds[US, source] += count
            feeds[source, US] += records[source]
    abroad = Counter[str]()
    for (giver, _), count in feeds.items():
        if giver not in sources:
            abroad[giver] += count
    portals = [Portal(source, True, records[source]) for source in sources]
    portals += [
        Portal(name, name == US, count, tuple(dwellers.get(name, ())))
        for name, count in abroad.items()
    ]
    return Federation(
        tuple(sorted(portals, key=lambda p: (not p.configured, -p.records, p.name))),
        tuple(
            Feed(giver, taker, count)
            for (giver, taker), count in sorted(feeds.items(), key=lambda f: (-f[1], f[0]))
        ),
        cycles(feeds),
    )


def roads(
    members: Iterable[tuple[str, Mapping[str, Any]]], home: Mapping[str, set[str]]
) -> list[dict[str, Any]]:
    """How the records of one dataset came: a line per member (source, entry), `home` being what `at_home` gives.

    `origin` is the host it says it comes from, None where it is at home; `from` are the sources that are at home there.
    """
    found = []
    for source, entry in members:
        stated = origin(entry, home.get(source, ()))
        givers = sorted(s for s, hosts in home.items() if stated in hosts and s != source)
        found.append(
            {
                "source": source,
                "home": sorted(home.get(source, ())),
                "origin": stated,
                "from": givers if stated else [],
            }
        )
    return found


def cycles(feeds: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Groups of portals that feed each other in a circle, however long (strongly connected components)."""
    follow: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for giver, taker in feeds:
        follow.setdefault(giver, set()).add(taker)
        back.setdefault(taker, set()).add(giver)
    found = []
    rest = set(follow) & set(back)
    while rest:
        start = min(rest)
        ring = _reached(start, follow) & _reached(start, back)
        if start in ring:
            found.append(tuple(sorted(ring)))
        rest -= ring | {start}
    return tuple(sorted(found))


def _reached(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    heads = set(steps.get(start, ()))
    while heads:
        reached |= heads
        heads = {after for head in heads for after in steps.get(head, ())} - reached
    return reached
