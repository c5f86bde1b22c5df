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
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import structlog

from harvester import fetch
from harvester.config import Config, HttpSettings, Source
from harvester.errors import HarvesterError, SourceFailed, SourceRefused, TryLater
from harvester.http import Client, Exchange
from harvester.http.guard import Guard
from harvester.log import redact
from harvester.map.tables import folder
from harvester.run.clusters import Clusters
from harvester.run.secrets import secrets
from harvester.run.slicing import written
from harvester.store import Store, now
from harvester.store import entries as listed
from harvester.store import slices as stored
from harvester.store.slices import Candidate, Parent, StoredSlice
from harvester.territory import Gazetteer
from harvester.view.slices import (
    Commune,
    Conversation,
    Endpoint,
    Part,
    Question,
    Refusal,
    Reply,
    Table,
    Words,
    endpoints,
    prove,
    read_words,
    slice_id,
    survey,
)

log = structlog.get_logger(__name__)
T = TypeVar("T")

RULES = 1
"""Raised when `harvester.view.slices` would find slices where it found none."""
_MOST_BYTES = 20 * 1024 * 1024
"""Of one answer: samples and counts are small."""
UNANSWERED = "portal-fails"
_LOST_HOST = 3
"""Failures in a row after which a host is left alone until the next pass."""

Result = tuple[Part, ...] | Refusal | str
"""What is proved, or why nothing is; a text tells of a failure, which proves nothing."""
Found = tuple[Table, ...]
Observe = Callable[[str, Exchange], None]


@dataclass(slots=True)
class Pass:
    """What one pass did: datasets looked at, what became of their slices by `shown`, `none`, `failing`, `withdrawn`."""

    datasets: int = 0
    requests: int = 0
    slices: Counter[str] = field(default_factory=Counter)
    left: int = 0


class _Enough(Exception):
    """The pass has asked as much as it may, or is to stop."""


class _Waiting(Exception):
    """The host is left alone for now."""


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
    _clients: dict[str, Client] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _words: Words | None = None
    _failed: Counter[str] = field(default_factory=Counter)
    _done: Pass = field(default_factory=Pass)

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
        with self._stack:
            waiting = list(self._due(asked, datasets, force=force))
            for position, (cluster, coverage, wanted) in enumerate(waiting):
                try:
                    self._dataset(cluster, coverage, wanted)
                except _Enough:
                    self._done.left = len(waiting) - position
                    break
                except _Waiting:
                    self._done.left += 1
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
            found = stored.candidates(connection, views)
            known = stored.surveys(connection)
        moment, due, same = _written(self.at()), [], []
        for cluster, rows in found.items():
            if datasets and cluster not in datasets:
                continue
            wanted = list(slicing.communes(rows[0].coverage))
            if not wanted:
                continue
            row = known.get(cluster)
            seen = self._seen(rows, wanted)
            if row is not None and not force and row.due > moment:
                if row.seen == seen:
                    continue
                if row.basis == self._basis_of(cluster, wanted):
                    same.append((seen, cluster))
                    continue
            territories = tuple(territory for territory, _ in orjson.loads(rows[0].coverage))
            due.append((row.due if row else "", cluster, territories, wanted))
        if same:
            with self.store.write() as connection:
                stored.note_seen(connection, same)
        for _, cluster, territories, wanted in sorted(due):
            yield cluster, territories, wanted

    def _seen(self, rows: Sequence[Candidate] | Sequence[Parent], wanted: Sequence[str]) -> bytes:
        """What is looked at first: where it is the same, so is what is asked."""
        rules = [RULES, self._rules.model_dump(), self.config.slices.boxes, sorted(wanted)]
        digests = b"".join(row.digest for row in rows)
        return blake2b(digests + repr(rules).encode(), digest_size=16).digest()

    def _basis_of(self, cluster: str, wanted: Sequence[str]) -> bytes:
        with self.store.read() as connection:
            return self._basis(stored.parents(connection, [cluster]), wanted)

    def _basis(self, parents: Sequence[Parent], wanted: Sequence[str]) -> bytes:
        """What would have to change for the portal to be asked before its time: addresses, communes, rules."""
        tables = [
            [(e.url, e.layer, e.key) for listed in self._tables(p).values() for e in listed]
            for p in parents
        ]
        rules = [RULES, self._rules.model_dump(), self.config.slices.boxes, sorted(wanted)]
        return blake2b(repr((tables, rules)).encode(), digest_size=16).digest()

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
        communes = [self._commune(code, territories) for code in wanted]
        tables, results = self._asked(parents, communes)
        rows = [
            self._judged(before.get(code) or _blank(cluster, code), result)
            for code, result in results.items()
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
        mine = replace(
            mine,
            due=_written(self.at() + self._pause(worst, cluster)),
            checked=_written(self.at()),
            seen=self._seen(parents, wanted),
            basis=self._basis(parents, wanted),
        )
        self._keep(cluster, [mine, *rows], before)

    def _asked(
        self, parents: Sequence[Parent], communes: Sequence[Commune]
    ) -> tuple[Found | Result, dict[str, Result]]:
        """What the portal offers, and by commune what it proves. What the public sees of a dataset comes first: what
        is found by that is for everybody."""
        boxes = self.config.slices.boxes
        worst: Result = Refusal("no-dataset", "Ce n’est pas un jeu de données.")
        for parent in parents:
            groups = self._tables(parent)
            ask = self._asking(parent)
            tables = self._try(survey(groups, communes, self._rules, boxes=boxes), ask, parent)
            if isinstance(tables, tuple):
                return tables, {
                    commune.unit.code: self._try(
                        prove(tables, commune, self._rules, boxes=boxes), ask, parent
                    )
                    for commune in communes
                }
            if not isinstance(worst, str):
                worst = tables
        return worst, {commune.unit.code: worst for commune in communes}

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

    # --- asking

    def _asking(self, parent: Parent) -> Callable[[Question], Reply]:
        """Who asks for what an entry names: the source that it comes from, which alone has a token, for its own host."""
        names = [source for source, _, _ in orjson.loads(parent.origins)]
        sources = [s for s in map(self.config.source, names) if s is not None]

        def ask(question: Question) -> Reply:
            host = urlsplit(question.url).netloc
            if self.stop.is_set() or self._done.requests >= self.config.slices.requests:
                raise _Enough
            if self._failed[host] >= _LOST_HOST:
                raise _Waiting
            source = next((s for s in sources if urlsplit(s.url).netloc == host), None)
            client = self._client(source or (sources[0] if sources else None))
            self._done.requests += 1
            try:
                answer = client.fetch(question.url, accept=question.accept)
            except TryLater as error:
                slow_down = error.context.get("status") in (429, 503)
                self._failed[host] += _LOST_HOST if slow_down else 1
                if self.stop.is_set():
                    raise _Enough from None
                raise
            except SourceRefused:
                raise
            except SourceFailed:
                self._failed[host] += 1
                raise
            self._failed[host] = 0
            return Reply(answer.content, redact(answer.url))

        return ask

    def _client(self, source: Source | None) -> Client:
        name = source.id if source else ""
        if name not in self._clients:
            given: HttpSettings = (
                source.http if source else HttpSettings(**self.config.http.model_dump())
            )
            settings = self.config.slices
            http = given.model_copy(
                update={
                    "pause": max(given.pause, settings.pause),
                    "concurrency": 1,
                    "retries": min(given.retries, 1),
                    "total_timeout": min(given.total_timeout, settings.timeout),
                    "max_bytes": min(given.max_bytes, _MOST_BYTES),
                    "max_decompressed_bytes": min(given.max_decompressed_bytes, 5 * _MOST_BYTES),
                }
            )
            more: dict[str, Any] = {"stop": self.stop, "guard": self.guard}
            if self.observe is not None:
                observe = self.observe
                more["observe"] = lambda exchange: observe(name, exchange)
            made = (
                fetch.client(source.model_copy(update={"http": http}), self.config.contact, **more)
                if source
                else Client(http, contact=self.config.contact, **more)
            )
            self._clients[name] = self._stack.enter_context(made)
        return self._clients[name]

    def _try(
        self, conversation: Conversation[T], ask: Callable[[Question], Reply], parent: Parent
    ) -> T | str:
        """What a conversation comes to, or what failed in it."""
        try:
            return _led(conversation, ask)
        except HarvesterError as error:
            log.info("slice_not_proved", dataset=parent.cluster, **error.log_context())
            told = str(error)
            for source, _, _ in orjson.loads(parent.origins):
                known = self.config.source(source)
                told = secrets(known).told(told) if known else told
            return redact(told)


def _led(conversation: Conversation[T], ask: Callable[[Question], Reply]) -> T:
    try:
        question = next(conversation)
        while True:
            try:
                reply = ask(question)
            except (SourceFailed, TryLater) as error:
                question = conversation.throw(error)
            else:
                question = conversation.send(reply)
    except StopIteration as done:
        value: T = done.value
        return value


def _blank(parent: str, territory: str) -> StoredSlice:
    key = slice_id(parent, territory) if territory else None
    return StoredSlice(parent, territory, key, "none", "", "", "[]", 0, 0, None, now(), "", 0)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
