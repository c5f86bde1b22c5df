"""Which cluster each record belongs to, and what readers see of it: only what a run touched is looked at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

import orjson

from harvester.config import Config, Source
from harvester.link.decide import groups, name
from harvester.link.merge import Voice, elect, merge
from harvester.link.weigh import Features, Link, weigh
from harvester.model import Coverage
from harvester.store import Connection, Store, now
from harvester.store import clusters as stored
from harvester.store.clusters import Member, Shown, StoredEntry, StoredLink
from harvester.territory import Gazetteer
from harvester.view import Selection, prepare, select

T = TypeVar("T")
V = TypeVar("V")

BLOCK = 1_000
RULES = 1
"""Raised when the rules of `harvester.view` would place the same coverage in other views."""
LEVELS = {"commune": 0, "epci": 1, "departement": 2, "region": 3, "etat": 4, "partner": 5}


def fresh_id(milliseconds: int) -> str:
    """A UUIDv7 (RFC 9562, 5.7): ids of one run stand together in their index."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (milliseconds & 0xFFFF_FFFF_FFFF) << 80
        | 0x7000 << 64
        | (random >> 68) << 64
        | 0b10 << 62
        | random & 0x3FFF_FFFF_FFFF_FFFF
    )
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one audience shall see of a cluster."""

    audience: str
    members: Sequence[Member]


@dataclass(slots=True)
class Batch:
    """Rows of one block of clusters, before they are written."""

    entries: list[StoredEntry] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    memberships: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    changes: list[tuple[int, str, int | None, str, str, str, str | None]] = field(
        default_factory=list
    )


@dataclass(frozen=True, slots=True)
class Clusters:
    """The view of all sources that linking needs: levels, homes, and the cities' views."""

    sources: Mapping[str, Source]
    views: Selection
    signature: str

    @classmethod
    def of(cls, config: Config, gazetteer: Gazetteer) -> Clusters:
        """From the configuration."""
        views = [(view.slug, view.territory) for view in config.views]
        return cls(
            {source.id: source for source in config.sources},
            prepare(config.territory, config.views, gazetteer),
            blake2b(orjson.dumps([RULES, config.territory, views])).hexdigest(),
        )

    def update(
        self, connection: Connection, touched: Sequence[int], run: int | None, at: str
    ) -> None:
        """Link the touched records anew and let readers see what came of it."""
        if not touched:
            return
        concerned: dict[str, None] = {}
        lost: dict[str, str] = {}
        for block in _blocks(touched):
            self._link(connection, block, run, concerned, lost)
        known = stored.were_published(connection, list(lost)) if lost else set()
        for old, new in lost.items():
            if old in known:
                stored.redirect(connection, old, new)
        self._show(connection, list(concerned), lost, run, at)

    def inherit(self, connection: Connection, heirs: Mapping[int, int]) -> None:
        """Let new records (→ the vanished ones) take over the clusters of those they replace."""
        clusters = stored.clusters_of(connection, list(heirs.values()))
        own = stored.clusters_of(connection, list(heirs))
        stored.move(connection, [(clusters[old], new) for new, old in heirs.items()])
        stored.move(connection, [(own[new], old) for new, old in heirs.items()])

    def rebuild_views(self, store: Store) -> bool:
        """Compute every membership anew if the views' configuration is another than last time; whether it was."""
        with store.read() as connection:
            if stored.noted(connection, "views") == self.signature:
                return False
        with store.write() as connection:
            stored.take_turn(connection)
            if stored.noted(connection, "views") == self.signature:
                return False  # another process was faster
            seq, at = stored.next_change(connection), now()
            stored.clear_memberships(connection)
            after = ""
            while block := stored.all_entries(connection, after, BLOCK):
                stored.write_memberships(
                    connection,
                    [
                        (m.view, cluster, audience, m.how, m.reason)
                        for cluster, audience, coverage, _ in block
                        for m in select(self.views, _coverage(coverage))
                    ],
                )
                after = block[-1][0]
            stored.touch_views(
                connection,
                [(v, a) for v in self.views.order for a in ("public", "agents")],
                seq,
                at,
            )
            stored.journal(connection, [(seq, at, None, "views", "", "all", None)])
            stored.note(connection, "views", self.signature)
        return True

    def _link(
        self,
        connection: Connection,
        block: Sequence[int],
        run: int | None,
        concerned: dict[str, None],
        lost: dict[str, str],
    ) -> None:
        pairs: dict[tuple[int, int], int] = {}
        for a, b, here, there in stored.candidates(connection, block):
            pair = (a, b) if a < b else (b, a)
            pairs[pair] = max(pairs.get(pair, 0), min(here, there))
        current = stored.clusters_of(connection, block)
        concerned |= dict.fromkeys(current.values())
        old = [record for record in block if run is None or record >> 32 != run]
        seeds = sorted({record for pair in pairs for record in pair}.union(old))
        if not seeds:
            return
        features = {
            record: Features(record, source, title)
            for record, source, title in stored.features(connection, seeds)
        }
        links = [weigh(features[a], features[b], strength) for (a, b), strength in pairs.items()]
        stored.replace_links(
            connection, sorted({*old, *(r for r in seeds if r in current)}), map(_stored, links)
        )
        current = stored.clusters_of(connection, seeds)
        members = stored.shown_in(connection, sorted(set(current.values())))
        everyone = [record for record, _, _ in members]
        among = [_link_of(x) for x in stored.links_among(connection, everyone)]
        partition = groups(
            everyone,
            among,
            stored.decisions(connection, everyone),
            {record: source for record, _, source in members},
        )
        before = {record: cluster for record, cluster, _ in members}
        after, ceased = name(partition, before, _fresh)
        moves = [(after[r], r) for r in everyone if after[r] != before[r]]
        stored.move(connection, moves)
        lost |= ceased
        concerned |= dict.fromkeys(before.values())
        concerned |= dict.fromkeys(after.values())

    def _show(
        self,
        connection: Connection,
        clusters: Sequence[str],
        lost: Mapping[str, str],
        run: int | None,
        at: str,
    ) -> None:
        seq = first = stored.next_change(connection)
        views: set[tuple[str, str]] = set()
        for block in _blocks(clusters):
            known = stored.entries(connection, block)
            ever = stored.were_published(connection, block)
            members: dict[str, list[Member]] = {cluster: [] for cluster in block}
            for member in stored.members(connection, clusters=block):
                members[member.cluster].append(member)
            batch = Batch()
            for cluster, its in members.items():
                survivor = lost.get(cluster)
                seq = self._compare(
                    cluster, its, known, survivor, cluster in ever, run, at, seq, batch
                )
            views |= _affected(
                batch, stored.views_of(connection, block) if known else [], batch.memberships
            )
            stored.write_entries(connection, batch.entries, batch.gone, set(known))
            stored.write_memberships(connection, batch.memberships)
            stored.journal(connection, batch.changes)
        if seq > first:
            stored.touch_views(connection, views, seq - 1, at)

    def _compare(
        self,
        cluster: str,
        members: Sequence[Member],
        known: Mapping[tuple[str, str], Shown],
        survivor: str | None,
        ever: bool,
        run: int | None,
        at: str,
        seq: int,
        batch: Batch,
    ) -> int:
        """Add what differs from what readers see now to the batch; the next free number of the journal."""
        before = {
            audience: shown
            for audience in ("all", "public", "agents")
            if (shown := known.get((cluster, audience)))
        }
        after: dict[str, StoredEntry] = {}
        for wanted in _wanted(members):
            after[wanted.audience] = self._entry(cluster, wanted, at, seq)
        changes: dict[str, str] = {}
        for reader in ("public", "agents"):
            was, becomes = _as_seen(before, reader), _as_seen(after, reader)
            if was is None and becomes is None:
                continue
            if was is None:
                changes[reader] = "restored" if ever else "created"
            elif becomes is None:
                changes[reader] = "merged" if survivor else "deleted"
            elif was.digest != becomes.digest:
                changes[reader] = "updated"
        if changes.get("public") == changes.get("agents") and changes:
            changes = {"all": changes["public"]}
        for audience, entry in after.items():
            same = next((s for s in before.values() if s.digest == entry.digest), None)
            if same is not None:
                if audience in before:
                    continue
                entry = replace(entry, issued=same.issued, modified=same.modified, seq=same.seq)
            elif before:
                eldest = min(shown.issued for shown in before.values())
                entry = replace(entry, issued=eldest)
            batch.entries.append(entry)
            batch.memberships.extend(self._memberships(entry))
        batch.gone.extend((cluster, audience) for audience in before if audience not in after)
        for audience, kind in changes.items():
            other = survivor if kind == "merged" else None
            batch.changes.append((seq, at, run, kind, cluster, audience, other))
            seq += 1
        return seq

    def _entry(self, cluster: str, wanted: Wanted, at: str, seq: int) -> StoredEntry:
        members = wanted.members
        body: bytes | None = None
        provenance: str | None = None
        elected, coverage = members[0], members[0].coverage
        digest, search = elected.digest, elected.search
        if len(members) > 1:
            by_record = {m.record: m for m in members}
            voices = elect([self._voice(m) for m in members])
            merged, origin = merge(voices)
            body = orjson.dumps(merged)
            provenance = orjson.dumps(origin).decode()
            members = [by_record[voice.record] for voice in voices]
            elected = members[0]
            coverage = _united(members)
            search = " ".join(dict.fromkeys(w for m in members for w in m.search.split()))
        origins = orjson.dumps([(m.source, m.local_id, m.url) for m in members]).decode()
        if body is not None:
            # Who says it is published, too: a copy that adds nothing else is still an origin more.
            told = body + coverage.encode() + origins.encode()
            digest = blake2b(told, digest_size=16).digest()
        source = self.sources.get(elected.source)
        return StoredEntry(
            cluster=cluster,
            audience=wanted.audience,
            version=elected.version,
            body=body,
            provenance=provenance,
            origins=origins,
            level=LEVELS[source.level] if source else LEVELS["partner"],
            coverage=coverage,
            title=elected.title,
            search=search,
            digest=digest,
            issued=at,
            modified=at,
            seq=seq,
        )

    def _voice(self, member: Member) -> Voice:
        source = self.sources.get(member.source)
        return Voice(
            record=member.record,
            level=LEVELS[source.level] if source else LEVELS["partner"],
            home=source.url if source else "",
            page=member.url,
            entry=orjson.loads(member.entry),
        )

    def _memberships(self, entry: StoredEntry) -> Iterator[tuple[str, str, str, str, str]]:
        for m in select(self.views, _coverage(entry.coverage)):
            yield m.view, entry.cluster, entry.audience, m.how, m.reason


def _wanted(members: Sequence[Member]) -> Iterator[Wanted]:
    """Public readers see what public members say; agents also what restricted ones do; private is for nobody."""
    open_ = [m for m in members if m.access == "public"]
    inside = [m for m in members if m.access != "private"]
    if open_ and len(open_) == len(inside):
        yield Wanted("all", open_)
        return
    if open_:
        yield Wanted("public", open_)
    if inside:
        yield Wanted("agents", inside)


def _as_seen(by_audience: Mapping[str, T], reader: str) -> T | None:
    return by_audience.get(reader) or by_audience.get("all")


def _affected(
    batch: Batch,
    before: Iterable[tuple[str, str, str]],
    after: Iterable[tuple[str, str, str, str, str]],
) -> set[tuple[str, str]]:
    """(view, reader) that will notice the batch; memberships are (view, cluster, audience, …)."""
    changed: dict[str, set[str]] = {}
    for _, _, _, _, cluster, audience, _ in batch.changes:
        changed.setdefault(cluster, set()).update(_readers(audience))
    return {
        (view, reader)
        for view, cluster, audience in (*before, *((m[0], m[1], m[2]) for m in after))
        if cluster in changed
        for reader in changed[cluster].intersection(_readers(audience))
    }


def _readers(audience: str) -> tuple[str, ...]:
    return ("public", "agents") if audience == "all" else (audience,)


def _united(members: Sequence[Member]) -> str:
    """What the members are about together; a source's own territory counts only where nobody says more."""
    covered = {
        territory: how
        for member in reversed(members)
        for territory, how in orjson.loads(member.coverage)
        if how != "source"
    }
    if not covered:
        return members[0].coverage
    return orjson.dumps(list(covered.items())).decode()


@lru_cache(maxsize=4096)
def _coverage(written: str) -> tuple[Coverage, ...]:
    return tuple(Coverage(*pair) for pair in orjson.loads(written))


def _stored(link: Link) -> StoredLink:
    return StoredLink(link.a, link.b, link.weight, link.zone, list(link.reasons), list(link.vetoes))


def _link_of(link: StoredLink) -> Link:
    return Link(link.a, link.b, link.weight, link.zone, tuple(link.reasons), tuple(link.vetoes))


def _fresh() -> str:
    return fresh_id(time.time_ns() // 1_000_000)


def _blocks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
