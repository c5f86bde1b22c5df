"""The end of a run, in one transaction: what was found becomes visible, and what vanished is judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import orjson

from harvester.config import Config, Source
from harvester.run import guard
from harvester.run.clusters import Clusters, fresh_id
from harvester.store import Connection, decisions, now, pages, records, runs
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.pages import StoredPage

BLOCK = 5_000


@dataclass(slots=True)
class Walked:
    """What a run has found when its last page is read. `seen` are record ids; so are those of the new ones.

    `again`: no page was asked for, the kept records were mapped anew. `begun` is when the walk began; `through`
    whether it saw all that it asked for: all of the source, or, with `since`, all that changed since that moment.
    """

    run: int
    recipe: bytes
    reading: bytes
    seen: set[int] = field(default_factory=set)
    new: int = 0
    changed: int = 0
    begun: str = ""
    since: str = ""
    through: bool = False
    again: bool = False
    pages: list[StoredPage] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every record of the source was provably seen: only then may others disappear."""
        return self.through and not self.since


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a run's records; see the invariant in the design."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    withdrawn: int = 0
    published: int = 0
    merged: int = 0
    missing: int = 0
    quarantined: int = 0
    excluded: int = 0
    rejected: int = 0
    problems: int = 0
    breach: int = 0
    private: int = 0


def settle(
    connection: Connection, config: Config, source: Source, walked: Walked, clusters: Clusters
) -> Counts:
    """Make the run's outcome visible. Raises nothing of its own; the caller's transaction holds it together."""
    listed.take_turn(connection)
    at = now()
    before = records.states(connection, source.id)
    unseen = {} if walked.again or walked.since else _unseen(connection, source, walked, before)
    gone = unseen if walked.complete else {}
    verdict = (
        guard.Verdict() if walked.since else _judge(connection, source, walked, before, unseen)
    )
    touched = _show(connection, source, walked, verdict, at)
    touched += _come_back(connection, source, walked, verdict, at)
    if walked.complete:
        touched += _go(connection, source, walked, verdict, at)
        _flag(connection, source, walked, verdict, at)
    clusters.update(connection, touched, walked.run, at)
    records.prune(connection, [r for r in touched if r >> 32 != walked.run], config.history)
    runs.ensure_source(connection, source.id)
    runs.set_source(connection, source.id, recipe=walked.recipe)
    _remember(connection, source, walked)
    return _count(connection, source, walked, gone)


def _remember(connection: Connection, source: Source, walked: Walked) -> None:
    """Keep what the next walk need not read again; after a part of a walk too, so that it goes on from there.

    Pages that were read with other options are of no use, and neither is the moment of a walk through all of them.
    """
    read_by = runs.source_row(connection, source.id)["reading"]
    same = walked.again or (read_by is not None and bytes(read_by) == walked.reading)
    pages.replace(connection, source.id, walked.pages, keep=same and not walked.complete)
    if not same:
        runs.set_source(connection, source.id, reading=walked.reading, whole=None)
    if walked.through:
        runs.set_source(connection, source.id, walked=walked.begun)
    if walked.complete:
        runs.set_source(connection, source.id, whole=walked.begun)


def release(connection: Connection, source: Source, run: int, clusters: Clusters) -> Counts:
    """A person says that what vanished has really gone: it is withdrawn, and what was held takes its place.

    A held record whose namesake goes inherits its cluster, so that its address stays.
    """
    listed.take_turn(connection)
    at = now()
    gone = [record for record, _ in records.ids_by_state(connection, source.id, ["quarantined"])]
    held = [record for record, _ in records.ids_by_state(connection, source.id, ["held"])]
    verdict = guard.judge(
        source.guard,
        len(gone),
        1,
        {r: title for r, (_, title) in records.titles(connection, gone).items()},
        {r: title for r, (_, title) in records.titles(connection, held).items()},
    )
    records.set_state(connection, gone, "withdrawn", at)
    records.revive(connection, held, at)
    clusters.inherit(connection, verdict.heirs)
    names = records.titles(connection, [*verdict.heirs, *verdict.heirs.values()])
    decisions.follow(
        connection,
        [(source.id, names[old][0], names[new][0]) for new, old in verdict.heirs.items()],
    )
    clusters.update(connection, [*gone, *held], run, at)
    runs.set_source(connection, source.id, flag=None)
    counts = records.states(connection, source.id)
    return Counts(
        withdrawn=len(gone),
        published=counts.get("published", 0),
        gone=len(gone),
        new=len(held),
    )


def forget(connection: Connection, source: str, run: int, clusters: Clusters) -> int:
    """A source is ours no more: all that it showed is withdrawn, with tombstones; how many records."""
    listed.take_turn(connection)
    at = now()
    shown = [record for record, _ in records.ids_by_state(connection, source, records.SHOWN)]
    others = ["held", "excluded", "rejected"]
    hidden = [record for record, _ in records.ids_by_state(connection, source, others)]
    records.set_state(connection, [*shown, *hidden], "withdrawn", at)
    clusters.update(connection, shown, run, at)
    pages.replace(connection, source, [], keep=False)
    runs.ensure_source(connection, source)
    runs.set_source(connection, source, flag=None)
    return len(shown)


def _unseen(
    connection: Connection, source: Source, walked: Walked, before: dict[str, int]
) -> dict[int, str]:
    if not before.get("withdrawn") and len(walked.seen) - walked.new == sum(before.values()):
        return {}  # all that was known was seen: no need to look at each
    states = [state for state in before if state != "withdrawn"]
    return {
        record: state
        for record, state in records.ids_by_state(connection, source.id, states)
        if record not in walked.seen
    }


def _judge(
    connection: Connection,
    source: Source,
    walked: Walked,
    before: dict[str, int],
    unseen: dict[int, str],
) -> guard.Verdict:
    """What the guard says; of a run that did not see everything, only which new records to hold."""
    shown = [record for record, state in unseen.items() if state in records.SHOWN]
    total = sum(before.get(state, 0) for state in records.SHOWN)
    if len(shown) <= max(1, int(source.guard.threshold * total)) and walked.seen:
        return guard.Verdict(missing=tuple(shown))
    arrived = {
        record: title
        for rows in records.versions_of(connection, walked.run, BLOCK)
        for version, record, _, _, state, title in rows
        if record == version and state == "published"
    }
    held = [
        record
        for record, _ in records.ids_by_state(connection, source.id, ["held"])
        if record in walked.seen
    ]
    arrived |= {r: title for r, (_, title) in records.titles(connection, held).items()}
    titles = {r: title for r, (_, title) in records.titles(connection, shown).items()}
    verdict = guard.judge(source.guard, total, len(walked.seen), titles, arrived)
    return verdict if walked.complete else guard.Verdict(heirs=verdict.heirs)


def _show(
    connection: Connection, source: Source, walked: Walked, verdict: guard.Verdict, at: str
) -> list[int]:
    """Point records at this run's versions; the ids of those concerned."""
    touched: list[int] = []
    milliseconds = time.time_ns() // 1_000_000
    for rows in records.versions_of(connection, walked.run, BLOCK):
        old = [record for version, record, *_ in rows if version != record]
        states = records.states_of(connection, old) if old else {}
        added: list[tuple[object, ...]] = []
        pointed: list[tuple[int, bytes, str, str, int]] = []
        for version, record, local_id, fingerprint, state, _ in rows:
            if version == record:
                shown = "held" if record in verdict.heirs else state
                added.append(
                    (
                        record,
                        source.id,
                        local_id,
                        version,
                        fingerprint,
                        shown,
                        0,
                        fresh_id(milliseconds),
                        at,
                        at,
                    )
                )
                if shown == "published":
                    touched.append(record)
            else:
                shown = state
                if state == "published":
                    if record in verdict.heirs:
                        shown = "held"
                    elif walked.again or record not in walked.seen:
                        shown = _still(states[record])
                pointed.append((version, fingerprint, shown, at, record))
                touched.append(record)
        records.add(connection, added)
        records.point(connection, pointed)
    return touched


def _still(state: str) -> str:
    """A record that was mapped anew but not seen again stays as absent, quarantined or held as it was."""
    return state if state in ("missing", "quarantined", "held", "withdrawn") else "published"


def _come_back(
    connection: Connection, source: Source, walked: Walked, verdict: guard.Verdict, at: str
) -> list[int]:
    if walked.again:
        return []
    back: list[int] = []
    touched: list[int] = []
    away = ["missing", "quarantined", "withdrawn"]
    if walked.complete:  # else nobody knows whether what they look like is still there
        away.append("held")
    for record, state in records.ids_by_state(connection, source.id, away):
        if record in walked.seen and record not in verdict.heirs:
            back.append(record)
            if state in ("withdrawn", "held"):
                touched.append(record)
    records.revive(connection, back, at)
    return touched


def _go(
    connection: Connection, source: Source, walked: Walked, verdict: guard.Verdict, at: str
) -> list[int]:
    """Count absences, quarantine, withdraw; the ids of those that readers no longer see."""
    records.count_absence(connection, verdict.missing)
    records.set_state(connection, verdict.quarantined, "quarantined", at)
    withdrawn = records.absent_longer_than(connection, source.id, source.guard.grace)
    unseen = [  # never visible: nobody has to be warned
        record
        for record, _ in records.ids_by_state(
            connection, source.id, ["excluded", "rejected", "held"]
        )
        if record not in walked.seen
    ]
    records.set_state(connection, [*withdrawn, *unseen], "withdrawn", at)
    return withdrawn


def _flag(
    connection: Connection, source: Source, walked: Walked, verdict: guard.Verdict, at: str
) -> None:
    flag = None
    runs.ensure_source(connection, source.id)
    if verdict.diagnosis:
        since = runs.source_row(connection, source.id).get("flag")
        flag = orjson.dumps(
            {
                "diagnosis": verdict.diagnosis,
                "since": orjson.loads(since)["since"] if since else at,
                "quarantined": len(verdict.quarantined),
                "held": len(verdict.heirs),
                "run": walked.run,
            }
        ).decode()
    runs.set_source(connection, source.id, flag=flag)


def _count(connection: Connection, source: Source, walked: Walked, gone: dict[int, str]) -> Counts:
    became = stored.outcome(connection, source.id)
    accounted = (became["published"] + became["merged"] + became["held"] + became["excluded"]) + (
        became["rejected"] + became["private"]
    )
    if not walked.complete:
        states = ("published", "excluded", "rejected", "held")
        accounted = sum(
            record in walked.seen
            for record, _ in records.ids_by_state(connection, source.id, states)
        )
    return Counts(
        seen=len(walked.seen),
        new=walked.new,
        changed=walked.changed,
        unchanged=len(walked.seen) - walked.new - walked.changed,
        gone=len(gone),
        withdrawn=became["withdrawn"],
        published=became["published"],
        merged=became["merged"],
        missing=became["missing"],
        quarantined=became["quarantined"] + became["held"],
        excluded=became["excluded"],
        rejected=became["rejected"],
        breach=abs(len(walked.seen) - accounted),
        private=became["private"],
    )
