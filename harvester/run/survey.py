"""A look at a source before it is enabled, or while it is: a sample of its records, and what would become of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import orjson

from harvester.config import Config
from harvester.link.federation import at_home
from harvester.link.origin import origin
from harvester.model import Entry, Problem, Record
from harvester.parse.page import Total
from harvester.run.comparing import known_through
from harvester.run.digest import Recipe, redigest
from harvester.run.rehearse import read
from harvester.run.whose import Sampled
from harvester.store import Store, records
from harvester.store.records import Staged
from harvester.view.coverage import coverage


@dataclass(slots=True)
class Sample:
    """The first records of a source. `whole`: there are no others. `total` is what the source announces so far."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    total: int | None = None
    whole: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Survey:
    """What became of a sample.

    `unknown` counts values by field; `territories` records by how their territory is known
    (`harvester.model.Coverage`; `source`: not known); `problems` by (severity, code); `ours` are our own come back. `known` are
    records that are already in the store through another source, `through` counts them by source.
    """

    sample: Sample
    published: int = 0
    excluded: int = 0
    rejected: int = 0
    ours: int = 0
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    territories: Counter[str] = field(default_factory=Counter)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    publishers: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    known: int = 0
    through: Counter[str] = field(default_factory=Counter)
    sampled: list[Sampled] = field(default_factory=list)

    @property
    def located(self) -> int:
        """Records whose territory is known otherwise than by where they were found."""
        return sum(count for how, count in self.territories.items() if how != "source")


def take(config: Config, recipe: Recipe, limit: int) -> Sample:
    """Ask the source for its first records; raises what the source makes it raise."""
    begun = time.monotonic()
    taken = Sample()
    announced: dict[str, int] = {}
    with closing(read(config, recipe)) as found:
        for each in found:
            if isinstance(each, Total):
                announced[each.of] = max(announced.get(each.of, 0), each.count)
            elif isinstance(each, Problem):
                taken.problems.append(each)
            else:
                taken.records.append(each)
                if len(taken.records) >= limit:
                    break
        else:
            taken.whole = True
    taken.total = sum(announced.values()) if announced else None
    taken.seconds = time.monotonic() - begun
    return taken


def examine(config: Config, recipe: Recipe, sample: Sample, store: Store | None = None) -> Survey:
    """What the recipe makes of a sample, held against what the configuration and the store have already."""
    survey = Survey(sample)

    def mine(ids: list[str]) -> set[str]:
        if store is None:
            return set()
        with store.read() as connection:
            return records.clusters_among(connection, ids)

    block = [(record, None, b"") for record in sample.records]
    shown: list[Staged] = []
    for staged, _ in redigest(block, recipe, mine):
        back = any(problem.code == "record-ours" for problem in staged.problems)
        survey.ours += back
        survey.published += staged.state == "published"
        survey.excluded += staged.state == "excluded"
        survey.rejected += staged.state == "rejected"
        for problem in staged.problems:
            if problem.code == "value-unknown":
                survey.unknown.setdefault(problem.path, Counter())[problem.value] += 1
            else:
                survey.problems[problem.severity, problem.code] += 1
        if staged.entry is None:
            continue
        shown.append(staged)
        hows = [how for _, how, *_ in orjson.loads(staged.coverage)]
        survey.territories[next((how for how in hows if how != "source"), "source")] += 1
    name = recipe.source.id
    urls = {source.id: source.url for source in config.sources} | {name: recipe.source.url}
    entries = [orjson.loads(staged.entry or b"{}") for staged in shown]
    home = at_home(urls, ((name, entry) for entry in entries))[name]
    survey.origins.update(found for entry in entries if (found := origin(entry, home)) is not None)
    for problem in sample.problems:
        survey.problems[problem.severity, problem.code] += 1
    for record in sample.records:
        entry = recipe.mapper(record).entry
        if entry is not None:
            survey.sampled.append(_sampled(entry, recipe))
            if entry.publisher and entry.publisher.name:
                survey.publishers[next(iter(entry.publisher.name.values()))] += 1
    if store is not None:
        _overlap(survey, store, recipe, shown)
    return survey


def _sampled(entry: Entry, recipe: Recipe) -> Sampled:
    nowhere = recipe.source.model_copy(update={"territory": "fr"})
    stated = coverage(entry, nowhere, recipe.gazetteer, recipe.rules)
    body = entry.publisher
    return Sampled(
        (body.identifier, body.iri, tuple(body.name.values())) if body else None,
        tuple(found.territory for found in stated if found.how in ("stated", "uri", "name")),
    )


def _overlap(survey: Survey, store: Store, recipe: Recipe, shown: Sequence[Staged]) -> None:
    linking, source = recipe.linking, recipe.source
    profiles = [
        linking.profile(orjson.loads(staged.entry or b"{}"), source, staged.local_id)
        for staged in shown
        if staged.access != "private"
    ]
    with store.read() as connection:
        for through in known_through(connection, linking, profiles):
            through.discard(source.id)
            survey.known += bool(through)
            survey.through.update(through)
