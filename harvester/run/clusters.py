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
from harvester.link.merge import Voice, elect, merge
from harvester.model import Coverage
from harvester.run.linking import Moves, link
from harvester.store import Connection, Store, now
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.audience import Audience
from harvester.store.clusters import Member
from harvester.store.entries import Shown, StoredEntry
from harvester.territory import Gazetteer
from harvester.view import Selection, prepare, select

T = TypeVar("T")
V = TypeVar("V")

BLOCK = 1_000
RULES = 1
"""Raised when the rules of `harvester.view` would place the same coverage in other views."""
STALE = "views-stale"
"""Noted while memberships may be of other views than those noted."""
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
    """What one audience shall see of a cluster; `coverage` decides in which views, where not the members together."""

    audience: str
    members: Sequence[Member]
    coverage: str | None = None


@dataclass(slots=True)
class Batch:
    """Rows of one block of clusters, before they are written."""

    entries: list[StoredEntry] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    pointed: list[tuple[int, str, str]] = field(default_factory=list)
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
        """Link the touched records anew and let readers see what came of it.

        A run may outlive a change of the configuration: what it writes then is of the former views, and is noted
        as such, so that whoever has the new ones computes them anew.
        """
        stale = listed.noted(connection, STALE) is not None
        if touched:
            moves = Moves()
            for block in _blocks(touched):
                link(connection, block, run, moves, _fresh)
            self._redirect(connection, moves)
            self._show(connection, moves, run, at)
        noted = listed.noted(connection, "views")
        if noted == self.signature and stale:
            self._rebuild(connection)
        elif touched and noted is not None and noted != self.signature:
            listed.note(connection, STALE, self.signature)

    def inherit(self, connection: Connection, heirs: Mapping[int, int]) -> None:
        """Let new records (→ the vanished ones) take over the clusters of those they replace."""
        clusters = stored.clusters_of(connection, list(heirs.values()))
        own = stored.clusters_of(connection, list(heirs))
        stored.move(connection, [(clusters[old], new) for new, old in heirs.items()])
        stored.move(connection, [(own[new], old) for new, old in heirs.items()])

    def rebuild_views(self, store: Store) -> bool:
        """Compute every membership anew if the views' configuration is another than last time; whether it was."""
        with store.read() as connection:
            if self._current(connection):
                return False
        with store.write() as connection:
            listed.take_turn(connection)
            if self._current(connection):
                return False  # another process was faster
            self._rebuild(connection)
        return True

    def _current(self, connection: Connection) -> bool:
        return (
            listed.noted(connection, "views") == self.signature
            and listed.noted(connection, STALE) is None
        )

    def _rebuild(self, connection: Connection) -> None:
        seq, at = listed.next_change(connection), now()
        listed.clear_memberships(connection)
        after = ("", "")
        while block := listed.all_entries(connection, after, BLOCK):
            listed.write_memberships(
                connection,
                [
                    (m.view, cluster, audience, m.how, m.reason)
                    for cluster, audience, coverage in block
                    for m in select(self.views, _coverage(coverage))
                ],
            )
            after = block[-1][:2]
        listed.touch_views(
            connection,
            [(v, a) for v in self.views.order for a in _noticing("all")],
            seq,
            at,
        )
        listed.journal(connection, [(seq, at, None, "views", "", "all", None)])
        listed.note(connection, "views", self.signature)
        listed.forget(connection, STALE)

    def _redirect(self, connection: Connection, moves: Moves) -> None:
        """Let lost ids that anybody knows lead to the survivors, which stand for themselves."""
        lost = moves.inside | moves.lost
        if not lost:
            return
        known = listed.readers_of(connection, list(lost))
        stored.forget_redirects(connection, set(lost.values()))
        for old, new in lost.items():
            if old in known:
                through = old in moves.lost or "public" not in known[old]
                stored.redirect(connection, old, new, through=through)

    def _show(self, connection: Connection, moves: Moves, run: int | None, at: str) -> None:
        seq = first = listed.next_change(connection)
        views: set[tuple[str, Audience]] = set()
        for block in _blocks(list(moves.concerned)):
            known = listed.entries(connection, block)
            told = listed.readers_of(connection, block)
            members: dict[str, list[Member]] = {cluster: [] for cluster in block}
            for member in stored.members(connection, block):
                members[member.cluster].append(member)
            batch = Batch()
            for cluster, its in members.items():
                before = _before(known, cluster)
                after = {w.audience: self._entry(cluster, w, at, seq) for w in self._wanted(its)}
                changes = _changes(cluster, before, after, told.get(cluster, set()), moves)
                self._keep(cluster, before, after, batch)
                for audience, (kind, other) in changes.items():
                    batch.changes.append((seq, at, run, kind, cluster, audience, other))
                    seq += 1
            views |= _affected(
                batch, listed.views_of(connection, block) if known else [], batch.memberships
            )
            listed.write_entries(connection, batch.entries, batch.gone, set(known))
            listed.point_entries(connection, batch.pointed)
            listed.write_memberships(connection, batch.memberships)
            listed.journal(connection, batch.changes)
            # Who came back after a merge that only some were told of stands for itself again.
            alive = {e.cluster for e in batch.entries if e.cluster in told}
            stored.forget_redirects(connection, sorted(alive))
        if seq > first:
            listed.touch_views(connection, views, seq - 1, at)

    def _keep(
        self,
        cluster: str,
        before: Mapping[str, Shown],
        after: Mapping[str, StoredEntry],
        batch: Batch,
    ) -> None:
        """Add the rows that differ from what readers see now; dates are those the row's own readers know."""
        for audience, entry in after.items():
            was = _as_seen(before, _readers(audience)[0])
            if was is not None and was.digest == entry.digest:
                if audience in before:
                    if was.version != entry.version:
                        batch.pointed.append((entry.version, cluster, audience))
                    continue
                entry = replace(entry, issued=was.issued, modified=was.modified, seq=was.seq)
            elif was is not None:
                entry = replace(entry, issued=was.issued)
            batch.entries.append(entry)
            batch.memberships.extend(self._memberships(entry))
        batch.gone.extend((cluster, audience) for audience in before if audience not in after)

    def _wanted(self, members: Sequence[Member]) -> Iterator[Wanted]:
        """Public readers see what public members say; agents also what restricted ones do; private is for nobody.

        What a restricted member says is for the views that are concerned by itself, not for those that only other members
        concern. Where several differ in that, the one that the fewest views see decides, and who is not seen by all of these is
        left out: an agent may miss something, but is never shown what is for others.
        """
        open_ = [m for m in members if m.access == "public"]
        restricted = [m for m in members if m.access == "restricted"]
        if open_:
            yield Wanted("public" if restricted else "all", open_)
        if not restricted:
            return
        seen_by = {m.record: self._seen_by(m.coverage) for m in restricted}
        first = min(restricted, key=lambda m: (len(seen_by[m.record]), m.record))
        fewest = seen_by[first.record]
        inside = [
            m
            for m in members
            if m.access == "public" or (m.access == "restricted" and seen_by[m.record] >= fewest)
        ]
        yield Wanted("agents", inside, first.coverage)

    def _seen_by(self, coverage: str) -> frozenset[str]:
        return frozenset(m.view for m in select(self.views, _coverage(coverage)))

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
            coverage = wanted.coverage or _united(members)
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


def _before(known: Mapping[tuple[str, str], Shown], cluster: str) -> dict[str, Shown]:
    return {
        audience: shown
        for audience in ("all", "public", "agents")
        if (shown := known.get((cluster, audience)))
    }


def _changes(
    cluster: str,
    before: Mapping[str, Shown],
    after: Mapping[str, StoredEntry],
    told: set[str],
    moves: Moves,
) -> dict[str, tuple[str, str | None]]:
    """Audience → (kind, other cluster): what each kind of readers notices, `told` being those who know the id."""
    changes: dict[str, tuple[str, str | None]] = {}
    origin, split = moves.split.get(cluster, (None, ()))
    for reader in ("public", "agents"):
        was, becomes = _as_seen(before, reader), _as_seen(after, reader)
        survivor = moves.lost.get(cluster)
        if reader == "agents":
            survivor = survivor or moves.inside.get(cluster)
        if becomes is None:
            if survivor and (was is not None or reader in told):
                changes[reader] = ("merged", survivor)
            elif was is not None:
                changes[reader] = ("deleted", None)
        elif was is None:
            if reader in told:
                changes[reader] = ("restored", None)
            elif reader in split:
                changes[reader] = ("split", origin)
            else:
                changes[reader] = ("created", None)
        elif was.digest != becomes.digest:
            changes[reader] = ("updated", None)
    if changes and changes.get("public") == changes.get("agents"):
        return {"all": changes["public"]}
    return changes


def _as_seen(by_audience: Mapping[str, T], reader: str) -> T | None:
    return by_audience.get(reader) or by_audience.get("all")


def _affected(
    batch: Batch,
    before: Iterable[tuple[str, str, str]],
    after: Iterable[tuple[str, str, str, str, str]],
) -> set[tuple[str, Audience]]:
    """(view, reader) that will notice the batch; memberships are (view, cluster, audience, …)."""
    changed: dict[str, set[Audience]] = {}
    for _, _, _, _, cluster, audience, _ in batch.changes:
        changed.setdefault(cluster, set()).update(_noticing(audience))
    return {
        (view, reader)
        for view, cluster, audience in (*before, *((m[0], m[1], m[2]) for m in after))
        if cluster in changed
        for reader in changed[cluster].intersection(_noticing(audience))
    }


def _noticing(audience: str) -> tuple[Audience, ...]:
    """Who may be shown a row: the public's is agents' too, where they have none."""
    return ("agents",) if audience == "agents" else ("public", "agents")


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


def _fresh() -> str:
    return fresh_id(time.time_ns() // 1_000_000)


def _blocks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
