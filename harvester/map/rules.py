"""What a compiled mapping runs: for each kind of value a list of fields, for each field its alternatives.

Records of one portal have few different sets of keys. For each set the alternatives that can find something
are picked once (the *plan*); absent properties then cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from harvester import model
from harvester.map import geometry, path
from harvester.map.cleaners import Cleaner, Tools
from harvester.map.finishers import Finisher
from harvester.map.values import MOST_PROBLEMS, Outcome, Unclean, said

Step = Callable[[list[Any], Outcome], list[Any]]
Run = Callable[[Any, Outcome], Any]
Whole = Callable[[Any, Outcome, str], dict[str, Any] | None]

_MOST_PLANS = 4_096


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to find a field. `first` are the keys without any of which it finds nothing.

    `direct` is the key and the finisher where its value needs nothing else.
    """

    source: str
    first: frozenset[str] | None
    read: path.Reader
    run: Run
    group: int = 0
    inner: ObjectRule | None = None
    direct: tuple[str, Finisher] | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field and its alternatives, best first. `appended`: each group adds its values (`[[name]]` tables).

    `pick` chooses among what all of them find, where not the first that finds something is to win.
    """

    name: str
    alternatives: tuple[Alternative, ...]
    appended: bool
    pick: Callable[[list[Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How a record tells what it is; without `read` all are datasets."""

    read: path.Reader | None
    meanings: Mapping[str, str]

    def of(self, tree: Mapping[str, Any]) -> str:
        """`dataset`, `series` or `service`."""
        if self.read is not None:
            for value in self.read(tree):
                meaning = self.meanings.get(value) if isinstance(value, str) else None
                if meaning:
                    return meaning
        return "dataset"


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a field's value came from: the path that won, what it found, what became of it."""

    field: str
    path: str
    raw: Any
    value: Any


Plan = tuple[tuple[str, str | None, Finisher | None, tuple[Run, ...], bool], ...]
"""For each field its name, the property that usually holds it and its finisher, what to try else, whether all add."""


@dataclass(frozen=True, slots=True)
class ObjectRule:
    """The fields of one kind of value."""

    of: type[BaseModel]
    fields: tuple[FieldRule, ...]
    required: tuple[str, ...]
    constant: frozenset[str]
    after: Callable[[dict[str, Any], Outcome], None] | None
    _plans: dict[tuple[str, ...], Plan] = field(default_factory=dict, repr=False, compare=False)

    def build(self, node: Any, outcome: Outcome) -> dict[str, Any] | None:
        """The field values of an element, or None where it holds nothing."""
        keys = tuple(node) if node.__class__ is dict else ()
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._plan(keys)
        found: dict[str, Any] = {}
        for name, key, finish, runs, appended in plan:
            if finish is not None:
                items = node[key]
                if items.__class__ is not list:
                    items = [] if items is None else [items]
                value = finish(items, outcome)
                if value is not None:
                    found[name] = value
                    continue
            if appended:
                value = [each for run in runs for each in run(node, outcome) or ()]
                if value:
                    found[name] = value
                continue
            for run in runs:
                value = run(node, outcome)
                if value is not None:
                    found[name] = value
                    break
        if found and self.after is not None:
            self.after(found, outcome)
        return found or None

    def whole(self, node: Any, outcome: Outcome, source: str) -> dict[str, Any] | None:
        """As `build`, for a value inside another: None with a problem where a required field is missing."""
        found = self.build(node, outcome)
        if found is None:
            return None
        for name in self.required:
            if name not in found:
                if found.keys() <= self.constant:
                    return None  # nothing was said: what there is comes from the mapping
                outcome.problem(
                    "value-incomplete", f"left out: it has no {name}", source, said(node) or ""
                )
                return None
        return found

    def _plan(self, keys: tuple[str, ...]) -> Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        present = {*keys, "."} if not keys or "@value" in keys else set(keys)
        plan: list[tuple[str, str | None, Finisher | None, tuple[Run, ...], bool]] = []
        for rule in self.fields:
            usable = [
                a for a in rule.alternatives if a.first is None or not a.first.isdisjoint(present)
            ]
            if not usable:
                continue
            if rule.pick is not None and len(usable) > 1:
                plan.append((rule.name, None, None, (_picked(rule.pick, usable),), False))
            elif rule.appended and usable[0].group != usable[-1].group:
                plan.append((rule.name, None, None, _groups(usable), True))
            elif usable[0].direct is not None:
                rest = tuple(a.run for a in usable[1:])
                plan.append((rule.name, *usable[0].direct, rest, False))
            else:
                plan.append((rule.name, None, None, tuple(a.run for a in usable), False))
        made = self._plans[keys] = tuple(plan)
        return made

    def trace(self, node: Any, prefix: str = "") -> Iterator[Trace]:
        """For each field the path that won, what it found and what became of it."""
        for rule in self.fields:
            picked = None
            if rule.pick is not None:
                picked = _picked(rule.pick, rule.alternatives)(node, Outcome())
            for alternative in rule.alternatives:
                raw = alternative.read(node)
                value = alternative.run(node, Outcome()) if raw else None
                if value is None or (picked is not None and value != picked):
                    continue
                if alternative.inner is None:
                    yield Trace(prefix + rule.name, alternative.source, raw, value)
                else:
                    several = isinstance(value, list)
                    for index, element in enumerate(raw if several else raw[:1]):
                        name = f"{rule.name}[{index}]" if several else rule.name
                        yield from alternative.inner.trace(element, f"{prefix}{name}.")
                if not rule.appended:
                    break


def _picked(pick: Callable[[list[Any]], Any], alternatives: Iterable[Alternative]) -> Run:
    """One run for all alternatives, of whose values `pick` chooses one."""
    runs = [alternative.run for alternative in alternatives]

    def run(node: Any, outcome: Outcome) -> Any:
        found = [value for each in runs if (value := each(node, outcome)) is not None]
        return pick(found) if found else None

    return run


def _groups(alternatives: list[Alternative]) -> tuple[Run, ...]:
    """One run per group: the first of the group's alternatives that finds something."""
    by_group: dict[int, list[Run]] = {}
    for alternative in alternatives:
        by_group.setdefault(alternative.group, []).append(alternative.run)
    return tuple(runs[0] if len(runs) == 1 else _first_of(runs) for runs in by_group.values())


def _first_of(runs: list[Run]) -> Run:
    def run(node: Any, outcome: Outcome) -> Any:
        for each in runs:
            value = each(node, outcome)
            if value is not None:
                return value
        return None

    return run


def object_rule(of: type[BaseModel], fields: tuple[FieldRule, ...]) -> ObjectRule:
    """The rule of a model; a title is no requirement here, it has its own fall-back."""
    required = tuple(n for n, f in of.model_fields.items() if f.is_required() and n != "title")
    constant = frozenset(
        field.name for field in fields for a in field.alternatives if a.first is None
    )
    return ObjectRule(of, fields, required, constant, _AFTER.get(of))


def plain(expression: path.Expression, steps: list[Step], finish: Finisher) -> Alternative:
    """The alternative of a field that is no nested value."""
    read = path.reader(expression)
    first = expression.first
    run = _stepwise(read, steps, finish) if steps else _read(read, finish)
    key = expression.paths[0][0]
    alone = not steps and expression.paths == ((key,),) and first == frozenset([key]) and key != "."
    return Alternative(expression.source, first, read, run, direct=(key, finish) if alone else None)


def _read(read: path.Reader, finish: Finisher) -> Run:
    def run(node: Any, outcome: Outcome) -> Any:
        items = read(node)
        return finish(items, outcome) if items else None

    return run


def _stepwise(read: path.Reader, steps: list[Step], finish: Finisher) -> Run:
    def run(node: Any, outcome: Outcome) -> Any:
        items = read(node)
        for step in steps:
            items = step(items, outcome)
        return finish(items, outcome) if items else None

    return run


def nested(
    expression: path.Expression | None,
    steps: list[Step],
    rule: ObjectRule,
    several: bool,
    group: int = 0,
) -> Alternative:
    """The alternative of a nested value: each element that the path finds becomes one."""
    read = path.reader(expression) if expression else _itself
    source = expression.source if expression else ""

    once = (
        rule.of is not model.Distribution
    )  # equal files stay: they are counted against the source's
    whole = remembered(rule) if rule.of in _SHARED else rule.whole

    def elements(node: Any, outcome: Outcome) -> list[Any]:
        items = read(node)
        for step in steps:
            items = step(items, outcome)
        return items

    def one(node: Any, outcome: Outcome) -> dict[str, Any] | None:
        for item in elements(node, outcome):
            before = len(outcome.problems)
            value = whole(item, outcome, source)
            if len(outcome.problems) > before:
                _placed(outcome, before, source)
            if value is not None:
                return value
        return None

    def many(node: Any, outcome: Outcome) -> list[dict[str, Any]] | None:
        values: list[dict[str, Any]] = []
        for index, item in enumerate(elements(node, outcome)):
            before = len(outcome.problems)
            value = whole(item, outcome, source)
            if len(outcome.problems) > before:
                _placed(outcome, before, f"{source}[{index}]")
            if value is not None:
                values.append(value)
        return (_each_once(values) if once and len(values) > 1 else values) or None

    first = expression.first if expression else None
    return Alternative(source, first, read, many if several else one, group, rule)


def _each_once(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values without those that stand before them already. Trees cannot be looked up; their text can, where there are many."""
    found: dict[Any, dict[str, Any]] = {}
    if len(values) > 50:
        for value in values:
            found.setdefault(repr(value), value)
        return list(found.values())
    return [value for place, value in enumerate(values) if value not in values[:place]]


_SHARED = frozenset({model.Agent, model.ContactPoint, model.Location})
"""What many records of a page have in common; the parser embeds it in each as the same tree."""

_MOST_SHARED = 100


def remembered(rule: ObjectRule) -> Whole:
    """`rule.whole`, remembering what a tree with an IRI became where there was nothing to say about it.

    The memory holds the tree itself, so that no other one takes its place in memory meanwhile. What it gives
    stands in several records: it is never changed in place.
    """
    memory: dict[int, tuple[Any, dict[str, Any] | None]] = {}

    def whole(item: Any, outcome: Outcome, source: str) -> dict[str, Any] | None:
        if item.__class__ is not dict or "@id" not in item:
            return rule.whole(item, outcome, source)
        known = memory.get(id(item))
        if known is not None:
            return known[1]
        before = len(outcome.problems) + len(outcome.unknown)
        value = rule.whole(item, outcome, source)
        if before == len(outcome.problems) + len(outcome.unknown) < MOST_PROBLEMS:
            if len(memory) >= _MOST_SHARED:
                memory.clear()
            memory[id(item)] = item, value
        return value

    return whole


def _itself(node: Any) -> list[Any]:
    return [node]


def _placed(outcome: Outcome, start: int, prefix: str) -> None:
    """Problems of an element say in which element they are."""
    if not prefix:
        return
    for index in range(start, len(outcome.problems)):
        p = outcome.problems[index]
        where = f"{prefix}.{p.path}" if p.path and p.path != prefix.partition("[")[0] else prefix
        outcome.problems[index] = model.Problem(
            p.code, p.message, p.severity, where, p.value, p.fault
        )


def step(cleaner: Cleaner, arguments: tuple[str, ...], tools: Tools, source: str) -> Step:
    """A cleaner as a step over the values found so far."""
    call = cleaner.call
    if cleaner.scope == "list":
        return lambda items, _outcome: call(items, *arguments)
    if cleaner.scope == "tools":
        call, arguments = cleaner.call(tools, *arguments), ()

    def apply(items: list[Any], outcome: Outcome) -> list[Any]:
        found: list[Any] = []
        for item in items:
            words = said(item)
            if not words:
                continue
            try:
                value = call(words, *arguments)
            except Unclean as error:
                outcome.problem(error.code, str(error), source, words, error.severity)
                continue
            if value is None or value == "":
                continue
            language = item.get("@language") if item.__class__ is dict else None
            for each in value if isinstance(value, list) else [value]:
                if language and isinstance(each, str):
                    each = {"@value": each, "@language": language}
                found.append(each)
        return found

    return apply


def _after_location(found: dict[str, Any], _outcome: Outcome) -> None:
    """A place with a geometry has its box."""
    if "bbox" not in found and "geometry" in found:
        found["bbox"] = geometry.geometry(found["geometry"]).box


def _after_period(found: dict[str, Any], outcome: Outcome) -> None:
    start, end = found.get("start"), found.get("end")
    if start and end and end[: len(start)] < start[: len(end)]:
        outcome.problem("period-reversed", "the end is before the start", "", f"{start}/{end}")


def _after_resource(found: dict[str, Any], outcome: Outcome) -> None:
    issued, modified = found.get("issued"), found.get("modified")
    if issued and modified and modified[:10] < issued[: len(modified[:10])]:
        outcome.problem(
            "modified-before-issued", "modified before it was issued", "", f"{modified} < {issued}"
        )


_AFTER: dict[type[BaseModel], Callable[[dict[str, Any], Outcome], None]] = {
    model.Location: _after_location,
    model.PeriodOfTime: _after_period,
    model.Dataset: _after_resource,
    model.DatasetSeries: _after_resource,
    model.DataService: _after_resource,
}
