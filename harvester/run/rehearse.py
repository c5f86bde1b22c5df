"""What a run would do, without doing it: nothing is written."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from harvester import fetch
from harvester.config import Config
from harvester.fetch.walk import Fetched, Walk
from harvester.model import Problem, Record
from harvester.parse.page import Request, Total
from harvester.run import guard
from harvester.run.digest import Recipe, digest
from harvester.run.remap import kept, outdated
from harvester.store import Store, records


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that would be new or changed: by field, what readers see now and what they would see."""

    local_id: str
    title: str
    new: bool
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Rehearsal:
    """The outcome there would be. `gone` are (local id, title)."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    rejected: int = 0
    complete: bool = False
    gone: list[tuple[str, str]] = field(default_factory=list)
    diagnosis: str | None = None
    differences: list[Difference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def rehearse(config: Config, store: Store, recipe: Recipe) -> Rehearsal:
    """Walk the source and compare with what is kept. Raises what the source makes it raise."""
    source, found, seen = recipe.source, Rehearsal(), set[int]()
    arrived: dict[int, str] = {}
    staged_records: set[int | None] = set()

    def lookup(ids: list[str]) -> dict[str, records.Known]:
        with store.read() as connection:
            return records.known(connection, source.id, ids)

    def mine(ids: list[str]) -> set[str]:
        with store.read() as connection:
            return records.clusters_among(connection, ids)

    with fetch.client(source, config.contact) as client:
        walk = Walk(recipe.connector.start(source, recipe.options, None), client, lambda _: None)
        for fetched in _pages(walk):
            ids: list[str] = []
            follow: tuple[Request, ...] = ()
            total: Total | None = None
            if fetched.page is None:
                continue
            for part in digest(fetched.page, recipe, lookup, mine):
                ids.extend(local_id for local_id, _ in part.seen)
                seen.update(record for _, record in part.seen if record is not None)
                found.problems.extend(part.problems)
                follow = part.follow or follow
                total = part.total if part.total is not None else total
                for staged in part.staged:
                    staged_records.add(staged.record)
                    found.problems.extend(staged.problems)
                    found.rejected += staged.state == "rejected"
                    _compare(store, found, staged)
                    if staged.record is None:
                        arrived[-len(arrived) - 1] = staged.title
            found.seen += len(ids)
            walk.learn(fetched, follow, total, ids)
    found.problems.extend(walk.problems)
    found.complete = walk.complete
    if outdated(store, recipe):
        _remap(store, recipe, found, staged_records)
    if found.complete:
        with store.read() as connection:
            absent = [
                record
                for record, _ in records.ids_by_state(connection, source.id, records.SHOWN)
                if record not in seen
            ]
            states = records.states(connection, source.id)
            titles = records.titles(connection, absent)
        shown = sum(states.get(state, 0) for state in records.SHOWN)
        found.gone = sorted(titles.values())
        found.diagnosis = guard.judge(
            source.guard,
            shown,
            found.seen,
            {record: title for record, (_, title) in titles.items()},
            arrived,
        ).diagnosis
    return found


def _remap(store: Store, recipe: Recipe, found: Rehearsal, staged: set[int | None]) -> None:
    """What a changed mapping or setting makes of records that the source says nothing new about."""
    for block in kept(store, recipe):
        for new, before in block:
            if new.record not in staged and new.digest != before:
                _compare(store, found, new)


def sample(config: Config, recipe: Recipe, limit: int) -> Iterator[Record | Problem]:
    """The first records of a source as it gives them, and the problems of their pages."""
    left = limit
    with closing(read(config, recipe)) as found:
        for each in found:
            if isinstance(each, Total):
                continue
            yield each
            left -= isinstance(each, Record)
            if not left:
                return


def read(config: Config, recipe: Recipe) -> Generator[Record | Problem | Total, None, None]:
    """All that a source gives, page by page; nothing is compared with the store."""
    source = recipe.source
    with fetch.client(source, config.contact) as client:
        walk = Walk(recipe.connector.start(source, recipe.options, None), client, lambda _: None)
        yield from _read(walk, recipe)
        yield from walk.problems


def _read(walk: Walk, recipe: Recipe) -> Iterator[Record | Problem | Total]:
    for fetched in _pages(walk):
        if fetched.page is None:
            continue
        follow: list[Request] = []
        ids: list[str] = []
        total: Total | None = None
        for found in recipe.connector.read(fetched.page, recipe.source, recipe.options):
            if isinstance(found, Request):
                follow.append(found)
                continue
            if isinstance(found, Record):
                ids.append(found.id)
            elif isinstance(found, Total):
                total = found
            yield found
        walk.learn(fetched, follow, total, ids)


def _pages(walk: Walk) -> Iterator[Fetched]:
    while (fetched := walk.next()) is not None:
        yield fetched


def _compare(store: Store, found: Rehearsal, staged: records.Staged) -> None:
    before: dict[str, Any] = {}
    if staged.record is None:
        found.new += 1
    else:
        found.changed += 1
        with store.read() as connection:
            before = records.current_entry(connection, staged.record)
    after = orjson.loads(staged.entry) if staged.entry else {}
    found.differences.append(
        Difference(
            staged.local_id,
            staged.title,
            staged.record is None,
            {
                name: (before.get(name), after.get(name))
                for name in {**before, **after}
                if before.get(name) != after.get(name)
            },
        )
    )
