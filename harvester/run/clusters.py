"""Which cluster each record belongs to, and what readers see of it: only what a run touched is looked at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TypeVar

import orjson
import structlog

from harvester.config import Config
from harvester.link.weights import read
from harvester.run.audiences import wanted
from harvester.run.comparing import relate
from harvester.run.linking import Known, Linking
from harvester.run.listing import covered, named, rows_of
from harvester.run.merging import Merging
from harvester.run.noticing import Change, Noticed, as_seen, changes_of, noticing, readers
from harvester.run.parts import parts, related
from harvester.run.placing import Moves, place
from harvester.run.recipes import policy
from harvester.run.slicing import Slicing
from harvester.store import Connection, Store, decisions, evidence, now
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.audience import is_inside
from harvester.store.clusters import Member
from harvester.store.entries import Shown, StoredEntry
from harvester.territory import Gazetteer
from harvester.view import Selection, prepare, select

T = TypeVar("T")
V = TypeVar("V")

log = structlog.get_logger(__name__)

BLOCK = 1_000
RULES = 4
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


@dataclass(slots=True)
class Batch:
    """Rows of one block of clusters, before they are written."""

    entries: list[StoredEntry] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    pointed: list[tuple[int, str | None, str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clusters:
    """The view of all sources that linking needs: levels, homes, and the cities' views."""

    views: Selection
    signature: str
    merging: Merging
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
            selection,
            blake2b(orjson.dumps([RULES, config.territory, views, config.base_url])).hexdigest(),
            Merging(
                {source.id: source for source in config.sources},
                selection,
                policy(config),
                config.base_url.rstrip("/"),
            ),
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
                    self.relink(connection)
        self.rebuild_views(store)

    def _linked(self, connection: Connection) -> bool:
        document = listed.noted(connection, MODEL)
        if document is not None:
            waiting = self.linking.document
            self.linking.adopt(document)
            if read(waiting.encode()).version != self.linking.weights.version:
                log.info("model_waiting", command="harvester duplicates model")
        return (
            listed.noted(connection, LINKS) == self.linking.rules
            and listed.noted(connection, READER) == self.linking.reader.hex()
        )

    def relink(self, connection: Connection) -> None:
        """Link every record by the rules and the model of now."""
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
        if (
            merged == self.merging.policy.signature
            and listed.noted(connection, MERGED_STALE) is not None
        ):
            self._merge_anew(connection)
        elif touched and merged is not None and merged != self.merging.policy.signature:
            listed.note(connection, MERGED_STALE, self.merging.policy.signature)
        if touched:
            moves = Moves()
            for block in _blocks(touched):
                moves.concerned |= dict.fromkeys(stored.clusters_of(connection, block).values())
            compared = relate(connection, self.linking, touched, afresh=afresh)
            seeds = compared.seeds
            if run is None:
                seeds.update(touched)
            place(connection, self.linking, seeds, moves, _fresh)
            self.linking.refused["cluster"] += moves.refused
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
            listed.noted(connection, "merge") == self.merging.policy.signature
            and listed.noted(connection, MERGED_STALE) is None
        )

    def _merge_anew(self, connection: Connection) -> None:
        """Make every entry that several records describe anew, from the records as they are."""
        after = ""
        while block := listed.merged_entries(connection, after, BLOCK):
            self._show(connection, Moves(concerned=dict.fromkeys(block)), None, now())
            after = block[-1]
        listed.note(connection, "merge", self.merging.policy.signature)
        listed.forget(connection, MERGED_STALE)

    def _rebuild(self, connection: Connection) -> None:
        at = now()
        listed.clear_listings(connection)
        after, whole = ("", ""), bool(self.views.choices)
        kept: set[int] = set()
        inside = Moves()
        while block := listed.all_entries(connection, after, BLOCK, whole=whole):
            common = [entry for entry in block if not is_inside(entry.audience)]
            found = [
                select(
                    self.views, covered(e.coverage), named(self.views, e.cluster, e.origins, e.body)
                )
                for e in common
            ]
            listed.list_entries(
                connection,
                [
                    (listing.key, entry.cluster, entry.audience)
                    for listing, entry in zip(found, common, strict=True)
                ],
            )
            new = {listing.key: listing for listing in found if listing.key not in kept}
            listed.write_listings(connection, rows_of(new, new))
            kept.update(new)
            inside.concerned |= dict.fromkeys(e.cluster for e in block if is_inside(e.audience))
            after = block[-1].cluster, block[-1].audience
        self._show(connection, inside, None, at, anew=True)
        seq = listed.next_change(connection)
        listed.touch_views(
            connection,
            [(v, a) for v in self.views.order for a in noticing("all")],
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
        noticed = Noticed()
        for block in _blocks(parents):
            slices = _rows(self.slicing.wanted(connection, block, at))
            seq = self._write(connection, slices, Moves(), None, at, seq, noticed)
        if seq > first:
            _touch(connection, noticed, seq - 1, at)

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
        noticed = Noticed()
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
            rows = {
                cluster: [
                    self.merging.entry(
                        cluster, w, at, profiles.profiles, originals, kin.get(cluster)
                    )
                    for w in wanted(its, self.views)
                ]
                for cluster, its in members.items()
            }
            seq = self._write(connection, rows, moves, run, at, seq, noticed, anew=anew)
            slices = _rows(self.slicing.wanted(connection, block, at))
            seq = self._write(connection, slices, moves, run, at, seq, noticed)
        if seq > first:
            _touch(connection, noticed, seq - 1, at)

    def _write(
        self,
        connection: Connection,
        wanted: Mapping[str, Sequence[StoredEntry]],
        moves: Moves,
        run: int | None,
        at: str,
        seq: int,
        noticed: Noticed,
        *,
        anew: bool = False,
    ) -> int:
        """Make readers see what is wanted of each cluster, by audience; the journal's next number.

        `noticed` gathers the listings whose views' readers will notice. `anew`: rows are written though nothing changed in them.
        """
        if not wanted:
            return seq
        block = list(wanted)
        known = listed.entries(connection, block)
        told = listed.readers_of(connection, block)
        seen: dict[str, dict[str, Shown]] = {cluster: {} for cluster in block}
        for (cluster, audience), shown in known.items():
            seen[cluster][audience] = shown
        batch = Batch()
        for cluster, its in wanted.items():
            before = seen[cluster]
            rows = [replace(entry, seq=seq) for entry in its]
            after = {entry.audience: entry for entry in rows}
            changes = changes_of(cluster, before, after, told.get(cluster, set()), moves)
            self._keep(cluster, rows, {} if anew else before, before, batch)
            for audience, (kind, other) in changes.items():
                batch.changes.append((seq, at, run, kind, cluster, audience, other))
                seq += 1
        noticed.add(batch.changes, known, batch.entries)
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
        rows: Sequence[StoredEntry],
        kept: Mapping[str, Shown],
        before: Mapping[str, Shown],
        batch: Batch,
    ) -> None:
        """Add the rows that differ from what readers see now; dates are those the row's own readers know.

        `kept` are those that may stay as they are.
        """
        for entry in rows:
            audience = entry.audience
            was = before.get(audience) or as_seen(before, readers(audience)[0])
            if was is not None and was.digest == entry.digest:
                if audience in kept:
                    if was.version != entry.version or entry.provenance is not None:
                        batch.pointed.append((entry.version, entry.provenance, cluster, audience))
                    continue
                entry = replace(entry, issued=was.issued, modified=was.modified, seq=was.seq)
            elif was is not None:
                entry = replace(entry, issued=was.issued)
            batch.entries.append(entry)
        still = {entry.audience for entry in rows}
        batch.gone.extend((cluster, audience) for audience in before if audience not in still)


def _rows(
    slices: Mapping[str, Mapping[str, StoredEntry]],
) -> dict[str, list[StoredEntry]]:
    return {key: list(entries.values()) for key, entries in slices.items()}


def _touch(connection: Connection, noticed: Noticed, seq: int, at: str) -> None:
    views = {
        (view, reader)
        for reader, listings in noticed.by.items()
        for view in listed.views_of(connection, listings)
    }
    listed.touch_views(connection, views, seq, at)


def _fresh() -> str:
    return fresh_id(time.time_ns() // 1_000_000)


def _blocks(values: Sequence[V]) -> Iterator[Sequence[V]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
