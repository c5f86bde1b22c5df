"""Proves slices: asks portals, politely, which rows of the larger datasets are each commune's, and publishes what they prove.

What a portal answers decides at once: rows of the commune and others, and the slice is shown; none, or all, or a refusal, and
it is withdrawn. What is no answer (500, 429, a time-out, a web page) proves nothing: what is shown stays, the question is asked
again later and later, and only after `patience` failures in a row is the slice withdrawn until the portal answers again.

One dataset is one transaction: what was proved of it, the entries, the views and the journal change together.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import orjson
import structlog

from harvester.config import Config
from harvester.config.shipped import folder
from harvester.errors import HarvesterError, SourceRefused
from harvester.http.guard import Guard
from harvester.run.asking import Asker, Enough, Observe, Waiting
from harvester.run.clusters import Clusters
from harvester.run.slicing import written
from harvester.run.workshop import Workshop
from harvester.store import Store, now
from harvester.store import entries as listed
from harvester.store import slices as stored
from harvester.store.slices import Candidate, Parent, StoredSlice
from harvester.territory import Gazetteer
from harvester.view.slices import (
    Commune,
    Endpoint,
    Part,
    Refusal,
    Table,
    Words,
    endpoints,
    prove,
    read_words,
    slice_id,
    survey,
)
from harvester.view.slices.files import file_of

log = structlog.get_logger(__name__)
RULES = 1
"""Raised when `harvester.view.slices` would find slices where it found none."""
UNANSWERED = "portal-fails"
_COMMON = frozenset({"no-dataset", "no-platform", "too-many-tables"})
"""Reasons for which nobody was asked."""
Result = tuple[Part, ...] | Refusal | str
"""What is proved, or why nothing is; a text tells of a failure, which proves nothing."""
Found = tuple[Table, ...]


@dataclass(slots=True)
class Pass:
    """What one pass did: datasets looked at, what became of their slices by `shown`, `none`, `failing`, `withdrawn`."""

    datasets: int = 0
    requests: int = 0
    slices: Counter[str] = field(default_factory=Counter)
    left: int = 0


def words_of(config: Config) -> Words:
    """The words by which columns are recognised: the operator's where there are some, else ours."""
    own = config.directory / "mappings" / "slices" / "columns.toml"
    if own.is_file():
        return read_words(own.read_text("utf-8"), str(own))
    shipped = folder().joinpath("slices", "columns.toml")
    return read_words(shipped.read_text("utf-8"), "mappings/slices/columns.toml")


@dataclass(slots=True)
class Prover:
    """One pass over what is due. `observe` is told of every request, with the source in whose name it is made.

    `guard` says who may be connected to, and how names become addresses, where that is not the world's.
    """

    config: Config
    store: Store
    clusters: Clusters
    gazetteer: Gazetteer
    stop: threading.Event = field(default_factory=threading.Event)
    observe: Observe | None = None
    guard: Guard | None = None
    at: Callable[[], datetime] = lambda: datetime.now(UTC)
    _words: Words | None = None
    _asker: Asker = field(init=False, repr=False)
    _done: Pass = field(default_factory=Pass)

    def __post_init__(self) -> None:
        self._asker = Asker(self.config, self.stop, self.observe, self.guard)

    def run(
        self,
        views: Sequence[str] | None = None,
        datasets: Sequence[str] | None = None,
        *,
        force: bool = False,
    ) -> Pass:
        """Prove what is due of these views and datasets (all without), or with `force` all of it."""
        self._words = words_of(self.config)
        slugs = [slug for slugs in self.clusters.slicing.views.values() for slug in slugs]
        asked = [slug for slug in slugs if not views or slug in views]
        with self._asker.stack:
            waiting = list(self._due(asked, datasets, force=force))
            for position, (cluster, coverage, wanted) in enumerate(waiting):
                try:
                    self._dataset(cluster, coverage, wanted)
                except Enough:
                    self._done.left = len(waiting) - position
                    break
                except Waiting:
                    self._done.left += 1
        self._done.requests += self._asker.requests
        log.info(
            "slices_proved",
            datasets=self._done.datasets,
            requests=self._done.requests,
            left=self._done.left,
            **{f"slices_{state}": n for state, n in sorted(self._done.slices.items())},
        )
        return self._done

    # --- what is due

    def _due(
        self, views: Sequence[str], datasets: Sequence[str] | None, *, force: bool
    ) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
        """(dataset, territories it is about, communes to prove it for), the longest due first."""
        slicing = self.clusters.slicing
        with self.store.read() as connection:
            found = stored.candidates(connection)
            known = stored.surveys(connection)
        moment, due, same = _written(self.at()), [], []
        for cluster, rows in found.items():
            if datasets and cluster not in datasets:
                continue
            wanted = list(slicing.communes(rows[0].coverage))
            if not any(slug in views for commune in wanted for slug in slicing.views[commune]):
                continue
            row = known.get(cluster)
            seen = self._seen(rows, wanted)
            if row is not None and not force and row.due > moment:
                if row.seen == seen:
                    continue
                if row.basis == self._basis_of(cluster, wanted):
                    same.append((seen, cluster))
                    continue
            territories = tuple(territory for territory, *_ in orjson.loads(rows[0].coverage))
            due.append((row.due if row else "", cluster, territories, wanted))
        if same:
            with self.store.write() as connection:
                stored.note_seen(connection, same)
        for _, cluster, territories, wanted in sorted(due):
            yield cluster, territories, wanted

    def _seen(self, rows: Sequence[Candidate] | Sequence[Parent], wanted: Sequence[str]) -> bytes:
        """What is looked at first: where it is the same, so is what is asked."""
        digests = b"".join(row.digest for row in rows)
        return blake2b(digests + self._rules_for(wanted), digest_size=16).digest()

    def _rules_for(self, wanted: Sequence[str]) -> bytes:
        settings = self.config.slices
        own = [RULES, self._rules.model_dump(), settings.boxes, settings.extracts]
        return repr((own, sorted(wanted))).encode()

    def _basis_of(self, cluster: str, wanted: Sequence[str]) -> bytes:
        with self.store.read() as connection:
            return self._basis(stored.parents(connection, [cluster]), wanted)

    def _basis(self, parents: Sequence[Parent], wanted: Sequence[str]) -> bytes:
        """What would have to change for the portal to be asked before its time: addresses, communes, rules."""
        tables = [
            [(e.url, e.layer, e.key) for listed in self._tables(p).values() for e in listed]
            for p in parents
        ]
        files = [file_of(orjson.loads(p.body)) for p in parents]
        told = repr((tables, files)).encode()
        return blake2b(told + self._rules_for(wanted), digest_size=16).digest()

    def _tables(self, parent: Parent) -> dict[str, list[Endpoint]]:
        entry = orjson.loads(parent.body)
        return endpoints(entry, self._rules) if entry.get("kind", "dataset") == "dataset" else {}

    @property
    def _rules(self) -> Words:
        if self._words is None:
            self._words = words_of(self.config)
        return self._words

    # --- one dataset

    def _dataset(self, cluster: str, territories: tuple[str, ...], wanted: list[str]) -> None:
        with self.store.read() as connection:
            parents = stored.parents(connection, [cluster])
            before = {row.territory: row for row in stored.named(connection, cluster)}
        if not parents:
            return
        # Whoever waited longest comes first: a pass that is cut short goes on where it was.
        longest = sorted(wanted, key=lambda code: before[code].checked if code in before else "")
        communes = [self._commune(code, territories) for code in longest]
        tables, results, left = self._asked(parents, communes)
        # What is so for every city is said once, of the dataset.
        common = isinstance(tables, Refusal) and tables.code in _COMMON
        rows = [
            self._judged(before.get(code) or _blank(cluster, code), result)
            for code, result in results.items()
            if not common or code in before
        ]
        mine = before.get("") or _blank(cluster, "")
        if isinstance(tables, tuple):
            mine = replace(mine, state="surveyed", code="", told="", failures=0)
        elif isinstance(tables, Refusal):
            mine = replace(mine, state="none", code=tables.code, told=tables.told, failures=0)
        else:
            failures = mine.failures + 1
            mine = replace(mine, state="failing", code=UNANSWERED, told=tables, failures=failures)
        worst = max([mine.failures, *(row.failures for row in rows)])
        pause = self._pause(worst, cluster) if left is None else timedelta(0)
        mine = replace(
            mine,
            due=_written(self.at() + pause),
            checked=_written(self.at()),
            seen=self._seen(parents, wanted),
            basis=self._basis(parents, wanted),
        )
        self._keep(cluster, [mine, *rows], before)
        if left is not None:
            raise left

    def _asked(
        self, parents: Sequence[Parent], communes: Sequence[Commune]
    ) -> tuple[Found | Result, dict[str, Result], Enough | Waiting | None]:
        """What the portal offers, by commune what it proves, and why some were not asked for.

        What the public sees of a dataset comes first: what is found by that is for everybody.
        """
        boxes = self.config.slices.boxes
        worst: Result = Refusal("no-dataset", "Ce n’est pas un jeu de données.")
        for parent in parents:
            groups = self._tables(parent)
            tables = self._asker.lead(survey(groups, communes, self._rules, boxes=boxes), parent)
            if isinstance(tables, tuple):
                return tables, *self._proved(tables, communes, parent)
            if not isinstance(worst, str):
                worst = tables
        if isinstance(worst, Refusal) and self.config.slices.extracts:
            found = self._of_files(parents[0], communes)
            if found is not None:
                return *found, None
        return worst, {commune.unit.code: worst for commune in communes}, None

    def _proved(
        self, tables: Found, communes: Sequence[Commune], parent: Parent
    ) -> tuple[dict[str, Result], Enough | Waiting | None]:
        """What each commune's question comes to, as far as the host lets us ask."""
        results: dict[str, Result] = {}
        for commune in communes:
            conversation = prove(tables, commune, self._rules, boxes=self.config.slices.boxes)
            try:
                results[commune.unit.code] = self._asker.lead(conversation, parent)
            except (Enough, Waiting) as left:
                return results, left
        return results, None

    def _of_files(
        self, parent: Parent, communes: Sequence[Commune]
    ) -> tuple[Found | Result, dict[str, Result]] | None:
        """What the dataset's file proves, where the public sees it and there is one; it is asked for without any token."""
        endpoint = file_of(orjson.loads(parent.body))
        if isinstance(endpoint, Refusal) or parent.audience not in ("all", "public"):
            return None
        self._done.requests += 1
        sources = self._asker.sources(parent)
        workshop = Workshop.of(
            self.config, sources[0] if sources else None, guard=self.guard, stop=self.stop
        )
        try:
            with workshop:
                return workshop.prove(
                    endpoint, communes, self._rules, self.clusters.slicing, parent.cluster
                )
        except HarvesterError as error:
            told: Result = self._asker.told(error, parent)
            if isinstance(error, SourceRefused) and error.context.get("status") not in (401, 403):
                told = Refusal("file-unreadable", f"Le fichier ne se lit pas : {told}")
            return told, {commune.unit.code: told for commune in communes}

    def _commune(self, code: str, territories: tuple[str, ...]) -> Commune:
        """Who is asked for; names must be unique in the largest territory that the dataset is about."""
        unit = self.gazetteer.unit(code)
        if unit is None:
            raise LookupError(f"{code} is not in the gazetteer")
        around = self.gazetteer.enclosing(code)
        known = [territory for territory in territories if territory in around]
        scope = max(known, key=around.index) if len(known) == len(territories) else "fr"
        return Commune(unit, scope, self.gazetteer)

    def _judged(self, row: StoredSlice, result: Result) -> StoredSlice:
        """What becomes of a slice by what was answered; a text is a failure that proves nothing."""
        row = replace(row, checked=_written(self.at()), due="")
        if isinstance(result, tuple):
            return replace(
                row,
                state="shown",
                code="",
                told="",
                parts=written(result),
                rows=sum(part.rows for part in result),
                total=sum(part.total for part in result),
                proved=row.checked,
                failures=0,
            )
        was_shown = row.state in ("shown", "withdrawn")
        if isinstance(result, Refusal):
            state = "withdrawn" if was_shown else "none"
            return replace(row, state=state, code=result.code, told=result.told, failures=0)
        failures = row.failures + 1
        if row.state == "shown" and failures < self.config.slices.patience:
            return replace(row, told=result, failures=failures)
        state = "withdrawn" if was_shown else "failing"
        return replace(row, state=state, code=UNANSWERED, told=result, failures=failures)

    def _pause(self, failures: int, cluster: str) -> timedelta:
        """Until the next question; spread, so that what was found together is not asked for together."""
        settings = self.config.slices
        interval = timedelta(days=settings.interval)
        if failures:
            return min(timedelta(hours=settings.retry * 2 ** min(failures - 1, 16)), interval)
        share = int.from_bytes(blake2b(cluster.encode(), digest_size=2).digest(), "big") / 65_536
        return interval * (0.9 + 0.1 * share)

    def _keep(
        self, cluster: str, rows: Sequence[StoredSlice], before: dict[str, StoredSlice]
    ) -> None:
        with self.store.write() as connection:
            listed.take_turn(connection)
            stored.write(connection, rows)
            self.clusters.show_slices(connection, [cluster], now())
        self._done.datasets += 1
        for row in rows:
            if not row.territory:
                continue
            was = before.get(row.territory)
            if row.state == "withdrawn" and was is not None and was.state == "shown":
                log.warning("slice_withdrawn", slice=row.id, code=row.code)
            failed = row.state == "shown" and row.failures
            self._done.slices["failing" if failed else row.state] += 1


def _blank(parent: str, territory: str) -> StoredSlice:
    key = slice_id(parent, territory) if territory else None
    return StoredSlice(parent, territory, key, "none", "", "", "[]", 0, 0, None, now(), "", 0)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
