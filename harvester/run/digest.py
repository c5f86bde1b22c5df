"""One page → rows ready to be written: read, compare, map, cover, key.

Everything here is a function of the page, the configuration and what the store knows of the page's records, so a
page can be digested in another process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

import orjson
import zstandard

from harvester.config import Config, Source
from harvester.fetch import Connector, connector
from harvester.link.ours import ours, possible_ids
from harvester.map import Mapper
from harvester.model import Entry, Problem, Record
from harvester.parse.page import Page, Request, Total
from harvester.run.linking import Linking
from harvester.run.secrets import Secrets, secrets
from harvester.store.records import Known, Staged
from harvester.territory import Gazetteer
from harvester.territory.names import fold
from harvester.view import coverage
from harvester.view.access import access
from harvester.view.rules import Rules

CODE = b"5"
"""Raised when the same record would become something else by a change of this module."""

UNKNOWN = "no vocabulary knows this value; it is kept as it is"

COME_BACK = "this is an entry of our own catalogue, come back through another portal; it is not harvested again"

BLOCK = 500
"""Records looked up in the store at once."""

Lookup = Callable[[list[str]], Mapping[str, Known]]
"""What the store holds under a source's own ids."""

Mine = Callable[[list[str]], Collection[str]]
"""Those of some ids that are, or were, ids of our own catalogue."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a page comes to. `seen` are (local id, record id or None when new); `staged` the new and changed ones."""

    seen: list[tuple[str, int | None]]
    staged: list[Staged]
    follow: tuple[Request, ...]
    total: Total | None
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what becomes of a source's record. `version` is its hash, `reading` that of how pages are read."""

    source: Source
    connector: Connector
    options: Any
    mapper: Mapper
    gazetteer: Gazetteer
    rules: Rules
    own: str
    linking: Linking
    titles: re.Pattern[str] | None
    publishers: frozenset[str]
    identifiers: frozenset[str]
    version: bytes = field(repr=False)
    reading: bytes = field(repr=False)
    secrets: Secrets = field(default_factory=Secrets, repr=False)


def recipe(
    config: Config,
    source: Source,
    mapper: Mapper,
    gazetteer: Gazetteer,
    rules: Rules,
    linking: Linking,
) -> Recipe:
    """Put together what a source's records go through."""
    kind = connector(source.kind)
    exclude = source.exclude
    decisive = (
        CODE,
        mapper.version,
        source.level.encode(),
        source.territory.encode(),
        source.access.encode(),
        gazetteer.version,
        rules.version,
        exclude.model_dump_json().encode(),
        config.base_url.encode(),
    )
    reading = [source.kind, source.url, source.options, sorted(source.ignore_parameters)]
    return Recipe(
        source=source,
        connector=kind,
        options=kind.Options(**source.options),
        mapper=mapper,
        gazetteer=gazetteer,
        rules=rules,
        own=config.base_url.rstrip("/"),
        linking=linking,
        titles=re.compile("|".join(f"(?:{t})" for t in exclude.titles)) if exclude.titles else None,
        publishers=frozenset(map(fold, exclude.publishers)),
        identifiers=frozenset(exclude.identifiers),
        version=blake2b(b"\0".join(decisive), digest_size=16).digest(),
        reading=blake2b(orjson.dumps(reading, default=str), digest_size=16).digest(),
        secrets=secrets(source),
    )


def digest(page: Page, recipe: Recipe, lookup: Lookup, mine: Mine) -> Iterator[Digest]:
    """Read a page, a block of records at a time; the last digest carries links, total and problems."""
    follow: list[Request] = []
    totals: list[Total] = []
    problems: list[Problem] = []

    def records() -> Iterator[Record]:
        for found in recipe.connector.read(page, recipe.source, recipe.options):
            if isinstance(found, Record):
                yield recipe.secrets.record(found) if recipe.secrets else found
            elif isinstance(found, Problem):
                problems.append(recipe.secrets.problem(found))
            elif isinstance(found, Request):
                follow.append(found)
            elif isinstance(found, Total):
                totals.append(found)

    walking = records()
    while block := list(islice(walking, BLOCK)):
        yield _block(block, recipe, lookup, mine)
    yield Digest(
        [], [], tuple(follow), max(totals, key=lambda total: total.count, default=None), problems
    )


def redigest(
    records: Sequence[tuple[Record, int | None, bytes]], recipe: Recipe, mine: Mine
) -> Iterator[tuple[Staged, bytes]]:
    """Apply the recipe to kept records: (staged, digest it had)."""
    compressor = zstandard.ZstdCompressor(level=1)
    ids = _ids_of_ours([record for record, _, _ in records], mine)
    for record, known, before in records:
        yield _stage(record, known, recipe, compressor, ids), before


def _ids_of_ours(records: Iterable[Record], mine: Mine) -> Collection[str]:
    """Those of our ids that stand anywhere in some records; the store is asked only where there may be one."""
    possible = possible_ids(record.raw or orjson.dumps(record.tree) for record in records)
    return mine(possible) if possible else ()


def _block(records: list[Record], recipe: Recipe, lookup: Lookup, mine: Mine) -> Digest:
    known = lookup([record.id for record in records])
    seen: list[tuple[str, int | None]] = []
    fresh: list[tuple[Record, int | None]] = []
    problems: list[Problem] = []
    compressor = zstandard.ZstdCompressor(level=1)
    here: dict[str, bytes] = {}
    for record in records:
        if (before := here.get(record.id)) is not None:
            if before != record.fingerprint:
                problems.append(repeated(record.id))
            continue
        here[record.id] = record.fingerprint
        old = known.get(record.id)
        seen.append((record.id, old.record if old else None))
        # A withdrawn record was kept as an old recipe made it: it does not come back as it was.
        if old is None or old.state == "withdrawn" or old.fingerprint != record.fingerprint:
            fresh.append((record, old.record if old else None))
    ids = _ids_of_ours((record for record, _ in fresh), mine)
    staged = [_stage(record, old, recipe, compressor, ids) for record, old in fresh]
    return Digest(seen, staged, (), None, problems)


def repeated(local_id: str) -> Problem:
    """One identifier for two different records of a source."""
    return Problem(
        "record-repeated",
        "the same identifier stands for two different records; the first is kept",
        value=local_id[:200],
    )


def _stage(
    record: Record,
    known: int | None,
    recipe: Recipe,
    compressor: zstandard.ZstdCompressor,
    ids: Collection[str],
) -> Staged:
    source = recipe.source
    mapped = recipe.mapper(record)
    problems = mapped.problems
    if mapped.unknown:
        problems += tuple(
            Problem("value-unknown", UNKNOWN, "info", name, value[:200], "mapping")
            for name, value in dict.fromkeys(mapped.unknown)
        )
    raw = compressor.compress(record.raw or orjson.dumps(record.tree))
    entry = mapped.entry
    back = entry is not None and ours(entry, record.id, recipe.own, ids)
    if back:
        problems += (Problem("record-ours", COME_BACK, "info", value=record.url[:200]),)
    if entry is None or back or _excluded(entry, record, recipe):
        state = "rejected" if entry is None else "excluded"
        return Staged(
            local_id=record.id,
            record=known,
            state=state,
            access="private",
            fingerprint=record.fingerprint,
            raw=raw,
            url=record.url,
            entry=None,
            coverage="[]",
            title="",
            search="",
            digest=state.encode(),
            profile=None,
            problems=problems,
        )
    covered = orjson.dumps(
        [
            (c.territory, c.how, c.sure)
            for c in coverage(entry, source, recipe.gazetteer, recipe.rules)
        ]
    )
    body = orjson.dumps(mapped.values)
    allowed = access(source.access, entry.access_rights)
    title = next(iter(entry.title.values()), record.id)
    return Staged(
        local_id=record.id,
        record=known,
        state="published",
        access=allowed,
        fingerprint=record.fingerprint,
        raw=raw,
        url=_address(entry, record),
        entry=body,
        coverage=covered.decode(),
        title=title,
        search=_search(entry),
        digest=blake2b(
            b"\0".join((CODE, source.level.encode(), allowed.encode(), covered, body)),
            digest_size=16,
        ).digest(),
        profile=(
            recipe.linking.packed(mapped.values, source, record.id)
            if allowed != "private"
            else None
        ),
        problems=problems,
    )


def _address(entry: Entry, record: Record) -> str:
    """Where people find the record at its source."""
    for address in (*entry.landing_page, entry.iri or ""):
        if address.startswith(("http://", "https://")):
            return address
    return record.url


def _search(entry: Entry) -> str:
    words = [fold(title) for title in entry.title.values()]
    for some in entry.keyword.values():
        words.extend(map(_folded, some[:200]))
    if entry.publisher:
        words.extend(map(_folded, entry.publisher.name.values()))
    return " ".join(words)[:4000]


_folded = lru_cache(maxsize=20_000)(fold)  # keywords and publishers come back, titles do not


def _excluded(entry: Entry, record: Record, recipe: Recipe) -> bool:
    if record.id in recipe.identifiers or not recipe.identifiers.isdisjoint(entry.identifier):
        return True
    if recipe.titles and any(recipe.titles.search(title) for title in entry.title.values()):
        return True
    return bool(
        recipe.publishers
        and entry.publisher
        and any(fold(name) in recipe.publishers for name in entry.publisher.name.values())
    )
