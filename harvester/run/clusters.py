"""Which cluster each record belongs to, and what readers see of it: only what a run touched is looked at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TypeVar

import orjson

from harvester.config import Config, Source
from harvester.link.merge import Voice, elect, merge
from harvester.run.audiences import Wanted, memberships, wanted
from harvester.run.linking import Moves, link
from harvester.store import Connection, Store, now
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.audience import Audience, is_inside
from harvester.store.clusters import Member
from harvester.store.entries import Shown, StoredEntry
from harvester.territory import Gazetteer
from harvester.view import Selection, prepare

T = TypeVar("T")
V = TypeVar("V")

BLOCK = 1_000
RULES = 2
"""Raised when the rules of `harvester.view` would place the same coverage in other views."""
COMMON = ("all", "public", "agents")
"""Rows of a cluster that are the same in every view they stand in; see `harvester.store.audience`."""
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
        at = now()
        listed.clear_memberships(connection)
        after, inside = ("", ""), Moves()
        while block := listed.all_entries(connection, after, BLOCK):
            listed.write_memberships(
                connection,
                [
                    (m.view, cluster, audience, m.how, m.reason)
                    for cluster, audience, coverage in block
                    if not is_inside(audience)
                    for m in memberships(coverage, self.views).values()
                ],
            )
            inside.concerned |= dict.fromkeys(c for c, audience, _ in block if is_inside(audience))
            after = block[-1][:2]
        self._show(connection, inside, None, at, anew=True)
        seq = listed.next_change(connection)
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

    def _show(
        self, connection: Connection, moves: Moves, run: int | None, at: str, *, anew: bool = False
    ) -> None:
        """Write what readers see of the clusters concerned; `anew`: also what has not changed, with its memberships."""
        seq = first = listed.next_change(connection)
        views: set[tuple[str, Audience]] = set()
        for block in _blocks(list(moves.concerned)):
            known = listed.entries(connection, block)
            told = listed.readers_of(connection, block)
            members: dict[str, list[Member]] = {cluster: [] for cluster in block}
            for member in stored.members(connection, block):
                members[member.cluster].append(member)
            batch = Batch()
            seen: dict[str, dict[str, Shown]] = {cluster: {} for cluster in block}
            for (cluster, audience), shown in known.items():
                seen[cluster][audience] = shown
            for cluster, its in members.items():
                before, rows = seen[cluster], list(wanted(its, self.views))
                after = {w.audience: self._entry(cluster, w, at, seq) for w in rows}
                changes = _changes(cluster, before, after, told.get(cluster, set()), moves)
                self._keep(cluster, rows, {} if anew else before, before, after, batch)
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
        rows: Sequence[Wanted],
        kept: Mapping[str, Shown],
        before: Mapping[str, Shown],
        after: Mapping[str, StoredEntry],
        batch: Batch,
    ) -> None:
        """Add the rows that differ from what readers see now; dates are those the row's own readers know.

        `kept` are those that may stay as they are.
        """
        for row in rows:
            audience, entry = row.audience, after[row.audience]
            was = before.get(audience) or _as_seen(before, _readers(audience)[0])
            if was is not None and was.digest == entry.digest:
                if audience in kept:
                    if was.version != entry.version:
                        batch.pointed.append((entry.version, cluster, audience))
                    continue
                entry = replace(entry, issued=was.issued, modified=was.modified, seq=was.seq)
            elif was is not None:
                entry = replace(entry, issued=was.issued)
            batch.entries.append(entry)
            batch.memberships.extend(self._memberships(entry, row))
        batch.gone.extend((cluster, audience) for audience in before if audience not in after)

    def _entry(self, cluster: str, row: Wanted, at: str, seq: int) -> StoredEntry:
        members = row.members
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
        views = row.views
        if views is not None and views.keys() != memberships(coverage, self.views).keys():
            told = digest + " ".join(sorted(views)).encode()
            digest = blake2b(told, digest_size=16).digest()
        source = self.sources.get(elected.source)
        return StoredEntry(
            cluster=cluster,
            audience=row.audience,
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

    def _memberships(
        self, entry: StoredEntry, row: Wanted
    ) -> Iterator[tuple[str, str, str, str, str]]:
        listing = memberships(entry.coverage, self.views) if row.views is None else row.views
        for m in listing.values():
            yield m.view, entry.cluster, entry.audience, m.how, m.reason


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
    if "agents" not in changes and _further(before) != _further(after):
        changes["agents"] = ("updated", None)
    if changes and changes.get("public") == changes.get("agents"):
        return {"all": changes["public"]}
    return changes


def _further(rows: Mapping[str, Shown] | Mapping[str, StoredEntry]) -> dict[str, bytes]:
    """What agents of some views alone are shown, by row."""
    return {audience: rows[audience].digest for audience in rows if audience not in COMMON}


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
    return ("agents",) if is_inside(audience) else ("public", "agents")


def _readers(audience: str) -> tuple[str, ...]:
    if audience == "all":
        return ("public", "agents")
    return ("agents",) if is_inside(audience) else (audience,)


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


def _fresh() -> str:
    return fresh_id(time.time_ns() // 1_000_000)


def _blocks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
