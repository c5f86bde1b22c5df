"""Which cluster each record belongs to, and what readers see of it: only what a run touched is looked at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, TypeVar

import orjson
import structlog

from harvester.config import Config, Source
from harvester.link.elect import ranked
from harvester.link.merge import Provenance, Voice, merge
from harvester.link.policy import Policy
from harvester.link.profile import Profile
from harvester.run.comparing import relate
from harvester.run.linking import Known, Linking
from harvester.run.listing import covered, named, rows_of
from harvester.run.parts import Parts, parts, related
from harvester.run.placing import Moves, place
from harvester.run.portals import LEVELS
from harvester.run.recipes import policy
from harvester.run.slicing import Slicing
from harvester.store import Connection, Store, decisions, evidence, now
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.clusters import Member
from harvester.store.entries import Shown, StoredEntry
from harvester.territory import Gazetteer
from harvester.view import Selection, prepare, select

T = TypeVar("T")
V = TypeVar("V")

log = structlog.get_logger(__name__)

BLOCK = 1_000
RULES = 3
"""Raised when the rules of `harvester.view` would place the same coverage in other views, or say it otherwise."""
STALE = "views-stale"
"""Noted while memberships may be of other views than those noted."""
MERGED_STALE = "merge-stale"
"""Noted while entries may be merged by another policy than the one noted."""
LINKS = "links"
"""Noted: by which rules and model records are linked now."""
READER = "links-reader"
"""Noted: what decides what is compared of a record."""
MODEL = "links-model"
"""Noted: the weights in use, as their file says them."""


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
    pointed: list[tuple[int, str | None, str, str]] = field(default_factory=list)
    changes: list[tuple[int, str, int | None, str, str, str, str | None]] = field(
        default_factory=list
    )


@dataclass(frozen=True, slots=True)
class Clusters:
    """The view of all sources that linking needs: levels, homes, and the cities' views."""

    sources: Mapping[str, Source]
    views: Selection
    signature: str
    policy: Policy
    linking: Linking
    slicing: Slicing

    @classmethod
    def of(cls, config: Config, gazetteer: Gazetteer) -> Clusters:
        """From the configuration."""
        selection = prepare(config.territory, config.views, gazetteer)
        views = [
            (v.slug, v.territory, v.whole, v.include.model_dump(), v.exclude.model_dump())
            for v in config.views
        ]
        return cls(
            {source.id: source for source in config.sources},
            selection,
            blake2b(orjson.dumps([RULES, config.territory, views, config.base_url])).hexdigest(),
            policy(config),
            Linking.of(config, gazetteer),
            Slicing.of(config, selection, gazetteer),
        )

    def catch_up(self, store: Store) -> None:
        """Bring what the store holds up to this configuration: links by its rules, then views."""
        with store.read() as connection:
            current = self._linked(connection)
        if not current:
            with store.write() as connection:
                listed.take_turn(connection)
                if not self._linked(connection):  # else another process was faster
                    self._relink(connection)
        self.rebuild_views(store)

    def _linked(self, connection: Connection) -> bool:
        document = listed.noted(connection, MODEL)
        if document is not None:
            self.linking.adopt(document)
        return (
            listed.noted(connection, LINKS) == self.linking.rules
            and listed.noted(connection, READER) == self.linking.reader.hex()
        )

    def _relink(self, connection: Connection) -> None:
        afresh = listed.noted(connection, LINKS) != self.linking.rules
        everyone = [record for block in evidence.shown(connection, BLOCK) for record in block]
        if everyone:
            log.info("linking_anew", records=len(everyone), afresh=afresh)
        self.update(connection, everyone, None, now(), afresh=afresh)
        listed.note(connection, MODEL, self.linking.document)
        listed.note(connection, LINKS, self.linking.rules)
        listed.note(connection, READER, self.linking.reader.hex())

    def update(
        self,
        connection: Connection,
        touched: Sequence[int],
        run: int | None,
        at: str,
        *,
        afresh: bool = False,
    ) -> None:
        """Link the touched records anew and let readers see what came of it.

        Without a `run` nothing needs to have changed in them for their clusters to be looked at again (a person decided);
        `afresh`: what they are compared by has.

        A run may outlive a change of the configuration: what it writes then is of the former views, and is noted
        as such, so that whoever has the new ones computes them anew.
        """
        self.views.forget()
        stale = listed.noted(connection, STALE) is not None
        merged = listed.noted(connection, "merge")
        if merged == self.policy.signature and listed.noted(connection, MERGED_STALE) is not None:
            self._merge_anew(connection)
        elif touched and merged is not None and merged != self.policy.signature:
            listed.note(connection, MERGED_STALE, self.policy.signature)
        if touched:
            moves = Moves()
            for block in _blocks(touched):
                moves.concerned |= dict.fromkeys(stored.clusters_of(connection, block).values())
            compared = relate(connection, self.linking, touched, afresh=afresh)
            seeds = compared.seeds
            if run is None:
                seeds.update(touched)
            place(connection, self.linking, seeds, moves, _fresh)
            for block in _blocks(sorted(compared.related)):
                moves.concerned |= dict.fromkeys(stored.clusters_of(connection, block).values())
            for some in _blocks(list(moves.concerned)):
                moves.concerned |= dict.fromkeys(sorted(related(connection, some)))
            moves.inside |= self.slicing.transfer(connection, moves.inside)
            moves.lost |= self.slicing.transfer(connection, moves.lost)
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
        """Bring what readers see up to the configuration: every merged entry if the policy is another than last time,
        every membership if the views are; whether one was."""
        with store.read() as connection:
            if self._merged(connection) and self._current(connection):
                return False
        with store.write() as connection:
            listed.take_turn(connection)
            merged, current = self._merged(connection), self._current(connection)
            if not merged:
                self._merge_anew(connection)
            if not current:
                self._rebuild(connection)
        return not (merged and current)  # else another process was faster

    def _current(self, connection: Connection) -> bool:
        return (
            listed.noted(connection, "views") == self.signature
            and listed.noted(connection, STALE) is None
        )

    def _merged(self, connection: Connection) -> bool:
        return (
            listed.noted(connection, "merge") == self.policy.signature
            and listed.noted(connection, MERGED_STALE) is None
        )

    def _merge_anew(self, connection: Connection) -> None:
        """Make every entry that several records describe anew, from the records as they are."""
        after = ""
        while block := listed.merged_entries(connection, after, BLOCK):
            self._show(connection, Moves(concerned=dict.fromkeys(block)), None, now())
            after = block[-1]
        listed.note(connection, "merge", self.policy.signature)
        listed.forget(connection, MERGED_STALE)

    def _rebuild(self, connection: Connection) -> None:
        seq, at = listed.next_change(connection), now()
        listed.clear_listings(connection)
        after, whole = ("", ""), bool(self.views.choices)
        kept: set[int] = set()
        while block := listed.all_entries(connection, after, BLOCK, whole=whole):
            found = [
                select(
                    self.views, covered(e.coverage), named(self.views, e.cluster, e.origins, e.body)
                )
                for e in block
            ]
            listed.list_entries(
                connection,
                [
                    (listing.key, entry.cluster, entry.audience)
                    for listing, entry in zip(found, block, strict=True)
                ],
            )
            new = {listing.key: listing for listing in found if listing.key not in kept}
            listed.write_listings(connection, rows_of(new, new))
            kept.update(new)
            after = block[-1].cluster, block[-1].audience
        listed.touch_views(
            connection,
            [(v, a) for v in self.views.order for a in ("public", "agents")],
            seq,
            at,
        )
        listed.journal(connection, [(seq, at, None, "views", "", "all", None)])
        listed.note(connection, "views", self.signature)
        listed.forget(connection, STALE)
        self.show_slices(connection, self.slicing.parents(connection), at)

    def show_slices(self, connection: Connection, parents: Sequence[str], at: str) -> None:
        """Let readers see what is proved of the slices of these datasets, and nothing else of them."""
        seq = first = listed.next_change(connection)
        noticing = _nobody()
        for block in _blocks(parents):
            wanted = self.slicing.wanted(connection, block, at)
            seq = self._write(connection, wanted, Moves(), None, at, seq, noticing)
        if seq > first:
            _touch(connection, noticing, seq - 1, at)

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
        noticing = _nobody()
        profiles = Known(connection, self.linking)
        for block in _blocks(list(moves.concerned)):
            members: dict[str, list[Member]] = {cluster: [] for cluster in block}
            for member in stored.members(connection, block):
                members[member.cluster].append(member)
            profiles.read(
                m.record
                for its in members.values()
                if len(its) > 1
                for m in its
                if m.access != "private"
            )
            several = [m.record for its in members.values() if len(its) > 1 for m in its]
            originals = decisions.originals(connection, several)
            kin = parts(connection, {c: [m.record for m in its] for c, its in members.items()})
            wanted = {
                cluster: {
                    w.audience: self._entry(
                        cluster, w, at, profiles.profiles, originals, kin.get(cluster)
                    )
                    for w in _wanted(its)
                }
                for cluster, its in members.items()
            }
            seq = self._write(connection, wanted, moves, run, at, seq, noticing)
            slices = self.slicing.wanted(connection, block, at)
            seq = self._write(connection, slices, moves, run, at, seq, noticing)
        if seq > first:
            _touch(connection, noticing, seq - 1, at)

    def _write(
        self,
        connection: Connection,
        wanted: Mapping[str, Mapping[str, StoredEntry]],
        moves: Moves,
        run: int | None,
        at: str,
        seq: int,
        noticing: dict[str, set[int]],
    ) -> int:
        """Make readers see what is wanted of each cluster, by audience; the journal's next number.

        `noticing` gathers, by reader, the listings whose views' readers will notice.
        """
        if not wanted:
            return seq
        block = list(wanted)
        known = listed.entries(connection, block)
        told = listed.readers_of(connection, block)
        batch = Batch()
        for cluster, entries in wanted.items():
            before = _before(known, cluster)
            after = {audience: replace(entry, seq=seq) for audience, entry in entries.items()}
            changes = _changes(cluster, before, after, told.get(cluster, set()), moves)
            self._keep(cluster, before, after, batch)
            for audience, (kind, other) in changes.items():
                batch.changes.append((seq, at, run, kind, cluster, audience, other))
                seq += 1
        _notice(noticing, batch, known)
        listed.write_entries(connection, batch.entries, batch.gone, set(known))
        listed.point_entries(connection, batch.pointed)
        new = {entry.listing for entry in batch.entries}
        listed.write_listings(connection, rows_of(self.views.listings, new))
        listed.journal(connection, batch.changes)
        # Who came back after a merge that only some were told of stands for itself again.
        alive = {e.cluster for e in batch.entries if e.cluster in told}
        stored.forget_redirects(connection, sorted(alive))
        return seq

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
                    if was.version != entry.version or entry.provenance is not None:
                        batch.pointed.append((entry.version, entry.provenance, cluster, audience))
                    continue
                entry = replace(entry, issued=was.issued, modified=was.modified, seq=was.seq)
            elif was is not None:
                entry = replace(entry, issued=was.issued)
            batch.entries.append(entry)
        batch.gone.extend((cluster, audience) for audience in before if audience not in after)

    def _entry(
        self,
        cluster: str,
        wanted: Wanted,
        at: str,
        profiles: Mapping[int, Profile],
        originals: Sequence[int],
        kin: Parts | None,
    ) -> StoredEntry:
        members = wanted.members
        body: bytes | None = None
        provenance: str | None = None
        differing: dict[str, list[object]] = {}
        elected, coverage = members[0], members[0].coverage
        digest, search = elected.digest, elected.search
        if len(members) > 1:
            members, merged, origin = self.merged(members, profiles, originals)
            body = orjson.dumps(merged)
            provenance = orjson.dumps(origin).decode()
            differing = {name: told["others"] for name, told in origin.items() if "others" in told}
            elected = members[0]
            coverage = _united(members)
            search = " ".join(dict.fromkeys(w for m in members for w in m.search.split()))
        if kin is not None:
            entry = orjson.loads(body or elected.entry)
            with_kin = kin.told(entry, self.slicing.base, public=wanted.audience != "agents")
            body = orjson.dumps(with_kin) if with_kin is not None else body
        origins = orjson.dumps([(m.source, m.local_id, m.url) for m in members]).decode()
        if body is not None:
            # Who says it is published, too: a copy that adds nothing else is still an origin more. So is who says otherwise.
            told = body + coverage.encode() + origins.encode()
            told += orjson.dumps(differing) if differing else b""
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
            seq=0,
            listing=self._listing(cluster, coverage, origins, body or elected.entry),
        )

    def merged(
        self,
        members: Sequence[Member],
        profiles: Mapping[int, Profile],
        originals: Sequence[int] = (),
    ) -> tuple[list[Member], dict[str, Any], Provenance]:
        """(members in order of authority, the entry of them together, provenance as `link.merge` gives it).

        `originals` are those that people called so, the last word first: they speak before who is elected.
        """
        said = {record: order for order, record in enumerate(originals)}
        order = ranked([profiles[m.record] for m in members])
        ordered = sorted((members[at] for at in order), key=lambda m: said.get(m.record, len(said)))
        return ordered, *merge([self._voice(m) for m in ordered], self.policy)

    def _voice(self, member: Member) -> Voice:
        source = self.sources.get(member.source)
        return Voice(
            record=member.record,
            level=LEVELS[source.level] if source else LEVELS["partner"],
            home=source.url if source else "",
            page=member.url,
            entry=orjson.loads(member.entry),
        )

    def _listing(self, cluster: str, coverage: str, origins: str, body: bytes) -> int:
        names = named(self.views, cluster, origins, body)
        return select(self.views, covered(coverage), names).key


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


def _nobody() -> dict[str, set[int]]:
    return {"public": set(), "agents": set()}


def _touch(connection: Connection, noticing: Mapping[str, set[int]], seq: int, at: str) -> None:
    views = {
        (view, reader)
        for reader, listings in noticing.items()
        for view in listed.views_of(connection, listings)
    }
    listed.touch_views(connection, views, seq, at)


def _notice(
    noticing: dict[str, set[int]], batch: Batch, known: Mapping[tuple[str, str], Shown]
) -> None:
    """Add the listings, of before and after, whose views' readers will notice the batch."""
    changed: dict[str, set[str]] = {}
    for _, _, _, _, cluster, audience, _ in batch.changes:
        changed.setdefault(cluster, set()).update(_readers(audience))
    before = ((c, audience, shown.listing) for (c, audience), shown in known.items())
    after = ((e.cluster, e.audience, e.listing) for e in batch.entries)
    for cluster, audience, listing in (*before, *after):
        for reader in changed.get(cluster, set()).intersection(_readers(audience)):
            if listing is not None:
                noticing[reader].add(listing)


def _readers(audience: str) -> tuple[str, ...]:
    return ("public", "agents") if audience == "all" else (audience,)


def _united(members: Sequence[Member]) -> str:
    """What the members are about together; a source's own territory counts only where nobody says more."""
    covered = {
        part[0]: part
        for member in reversed(members)
        for part in orjson.loads(member.coverage)
        if part[1] != "source"
    }
    if not covered:
        return members[0].coverage
    return orjson.dumps(list(covered.values())).decode()


def _fresh() -> str:
    return fresh_id(time.time_ns() // 1_000_000)


def _blocks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
