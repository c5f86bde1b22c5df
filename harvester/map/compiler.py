"""A mapping's documents → rules, once. Everything wrong with the documents is found, not the first thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from harvester import model
from harvester.map import fields, path, rules, values
from harvester.map.cleaners import CLEANERS, Tools
from harvester.map.documents import Document, Finding, merged, near, owner
from harvester.map.vocabulary import Vocabulary, extended

ENTRIES: dict[str, type[model.Resource]] = {
    "dataset": model.Dataset,
    "series": model.DatasetSeries,
    "service": model.DataService,
}
_OWN = ("extends", "language", "kind", "shape", "values")
_NESTED_OWN = ("each", "like")
_VOCABULARY_ALIASES = {
    "license": "licence",
    "licenses": "licence",
    "licences": "licence",
    "themes": "theme",
    "formats": "format",
    "languages": "language",
    "accrual_periodicity": "frequency",
    "status": "dataset_status",
    "type": "dataset_type",
}


@dataclass(slots=True)
class Compiled:
    """What the documents say, ready to run."""

    entries: dict[str, rules.ObjectRule]
    kind: rules.Kind
    language: str


@dataclass(slots=True)
class _Workshop:
    """What compiling needs at hand, and what it found wrong."""

    chain: list[tuple[str, Document]]
    shapes: Mapping[str, Any]
    tools: Tools
    language: str
    findings: list[Finding] = field(default_factory=list)
    entry_tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, keys: tuple[str | int, ...], message: str) -> None:
        finding = Finding(owner(self.chain, keys), keys, message)
        if finding not in self.findings:
            self.findings.append(finding)


def build(
    documents: list[tuple[str, Document]], tools: Tools
) -> tuple[Compiled | None, list[Finding]]:
    """The rules of a chain of documents, or everything that is wrong with them."""
    whole: Any = {}
    for _, document in reversed(documents):
        whole = merged(whole, document)
    language = whole.get("language", "")
    shapes = whole.get("shape", {})
    shop = _Workshop(documents, shapes if isinstance(shapes, Mapping) else {}, tools, str(language))
    shop.tools = Tools(_with_values(shop, whole.get("values", {})), tools.places)
    _check_top(shop, whole)
    for kind in ENTRIES:
        shop.entry_tables[kind] = _entry_table(shop, whole, kind)
    entries = {
        kind: _object(shop, of, shop.entry_tables[kind], (), ()) for kind, of in ENTRIES.items()
    }
    compiled = Compiled(entries, _kind(shop, whole.get("kind")), shop.language)
    return (None if shop.findings else compiled), shop.findings


def _check_top(shop: _Workshop, whole: Mapping[str, Any]) -> None:
    nested = {name for of in ENTRIES.values() for name in _nested_names(of)}
    valid = [*_OWN, *ENTRIES, *sorted(nested)]
    for key, value in whole.items():
        if fields.canonical(key) not in valid:
            hint = near(key, valid)
            if any(fields.canonical(key) in fields.kinds(of) for of in ENTRIES.values()):
                hint = " : sa place est sous [dataset]"
            shop.find((key,), f"nom inconnu « {key} »{hint}")
        elif key in ENTRIES and not isinstance(value, Mapping):
            shop.find((key,), "une table est attendue")
    if not isinstance(whole.get("language", ""), str):
        shop.find(("language",), 'un code de langue tel que "fr" est attendu')
    if not isinstance(whole.get("shape", {}), Mapping):
        shop.find(("shape",), "des tables [shape.<nom>] sont attendues")


def _nested_names(of: type[BaseModel]) -> list[str]:
    return [name for name, (what, _) in fields.kinds(of).items() if _is_model(what)]


def _is_model(what: Any) -> bool:
    return isinstance(what, type) and issubclass(what, BaseModel)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A right-hand side with the keys under which it stands in its document."""

    value: Any
    keys: tuple[str | int, ...]


def _entry_table(shop: _Workshop, whole: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The right-hand sides of a kind of entry: nested tables of the top, `[dataset]`, then the kind's own."""
    of = ENTRIES[kind]
    valid = fields.kinds(of)
    table: dict[str, Any] = {}
    for key, value in whole.items():
        if key not in _OWN and key not in ENTRIES and fields.canonical(key) in valid:
            table[fields.canonical(key)] = _Placed(value, (key,))
    for scope in dict.fromkeys(("dataset", kind)):
        own = whole.get(scope, {})
        for key, value in own.items() if isinstance(own, Mapping) else ():
            name = fields.canonical(key)
            if name in valid:
                table[name] = _Placed(value, (scope, key))
            elif scope == kind:
                shop.find(
                    (scope, key), f"champ inconnu « {key} »{near(key, [*valid, *fields.ALIASES])}"
                )
    return table


def _object(
    shop: _Workshop,
    of: type[BaseModel],
    table: Mapping[str, Any],
    keys: tuple[str | int, ...],
    within: tuple[str, ...],
) -> rules.ObjectRule:
    compiled = []
    kinds = fields.kinds(of)
    for key, value in table.items():
        if key in _NESTED_OWN and not isinstance(value, _Placed):
            continue
        name = fields.canonical(key)
        placed = value if isinstance(value, _Placed) else _Placed(value, (*keys, key))
        if name not in kinds:
            shop.find(placed.keys, f"champ inconnu « {key} »{near(key, [*kinds, *fields.ALIASES])}")
            continue
        what, several = kinds[name]
        if _is_model(what):
            alternatives = _nested(shop, what, several, name, placed, within)
        else:
            alternatives = _plain(shop, of, name, placed)
        compiled.append(
            rules.FieldRule(
                name,
                tuple(alternatives),
                several and _is_model(what),
                fields.choice(name, shop.tools.vocabularies),
            )
        )
    return rules.object_rule(of, tuple(compiled))


def _plain(
    shop: _Workshop, of: type[BaseModel], name: str, placed: _Placed
) -> list[rules.Alternative]:
    found = []
    for expression, keys in _expressions(shop, placed):
        calls = _calls(shop, expression, keys)
        finish = fields.finisher(
            of, name, expression.source, shop.tools.vocabularies, shop.language
        )
        found.append(rules.plain(expression, calls, finish))
    return found


def _expressions(
    shop: _Workshop, placed: _Placed
) -> list[tuple[path.Expression, tuple[str | int, ...]]]:
    several = isinstance(placed.value, list)
    found = []
    for index, source in enumerate(placed.value if several else [placed.value]):
        keys = (*placed.keys, index) if several else placed.keys
        if not isinstance(source, str):
            shop.find(keys, "un chemin entre guillemets, ou une liste de chemins, est attendu")
            continue
        try:
            found.append((path.parse(source), keys))
        except path.Malformed as error:
            shop.find(keys, str(error))
    return found


def _calls(
    shop: _Workshop, expression: path.Expression, keys: tuple[str | int, ...]
) -> list[rules.Step]:
    steps = []
    for call in expression.calls:
        cleaner = CLEANERS.get(call.name)
        if cleaner is None:
            shop.find(keys, f"nettoyeur inconnu « {call.name} »{near(call.name, CLEANERS)}")
            continue
        least, most = cleaner.arguments
        if len(call.arguments) < least or (most is not None and len(call.arguments) > most):
            wanted = (
                str(least)
                if least == most
                else f"{least} à {most}"
                if most is not None
                else f"au moins {least}"
            )
            shop.find(
                keys, f"« {call.name} » prend {wanted} argument(s), pas {len(call.arguments)}"
            )
            continue
        if call.name == "known":
            table = str(call.arguments[0])
            name = _VOCABULARY_ALIASES.get(table, table)
            if name not in shop.tools.vocabularies:
                shop.find(
                    keys, f"vocabulaire inconnu « {table} »{near(table, shop.tools.vocabularies)}"
                )
                continue
            call = path.Call("known", (name,))
        steps.append(
            rules.step(
                cleaner, tuple(str(a) for a in call.arguments), shop.tools, expression.source
            )
        )
    return steps


def _nested(
    shop: _Workshop,
    what: type[BaseModel],
    several: bool,
    name: str,
    placed: _Placed,
    within: tuple[str, ...],
) -> list[rules.Alternative]:
    value = placed.value
    if isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(v, str) for v in value)
    ):
        short = _SHORTHAND.get(what)
        if short is None:
            shop.find(placed.keys, f"« {name} » est une table : [{name}] avec each = …")
            return []
        rule = _object(shop, what, short, placed.keys, within)
        return [
            rules.nested(expression, _calls(shop, expression, keys), rule, several)
            for expression, keys in _expressions(shop, placed)
        ]
    tables = value if isinstance(value, list) else [value]
    found = []
    for index, table in enumerate(tables):
        keys = (*placed.keys, index) if isinstance(value, list) else placed.keys
        if not isinstance(table, Mapping):
            shop.find(keys, "une table est attendue")
            continue
        inner = _like(shop, what, table, keys, within)
        if inner is None:
            continue
        rule = _object(shop, what, inner[0], keys, inner[1])
        each = table.get("each", inner[0].get("each"))
        if each is None:
            found.append(rules.nested(None, [], rule, several, index))
            continue
        for expression, place in _expressions(shop, _Placed(each, (*keys, "each"))):
            found.append(
                rules.nested(expression, _calls(shop, expression, place), rule, several, index)
            )
    return found


def _like(
    shop: _Workshop,
    what: type[BaseModel],
    table: Mapping[str, Any],
    keys: tuple[str | int, ...],
    within: tuple[str, ...],
) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    """A nested table over the shape that it is `like`, with the shapes it stands in."""
    like = table.get("like")
    own = {k: v if k in _NESTED_OWN else _Placed(v, (*keys, k)) for k, v in table.items()}
    if like is None:
        return own, within
    if like in within:
        shop.find((*keys, "like"), f"la forme « {like} » se reprend elle-même")
        return None
    known = ENTRIES.get(like) if isinstance(like, str) else None
    if known is not None and issubclass(what, known):
        return {**shop.entry_tables[like], **own}, (*within, str(like))
    shape = shop.shapes.get(like) if isinstance(like, str) else None
    if not isinstance(shape, Mapping):
        shop.find((*keys, "like"), f"aucune forme « {like} »{near(str(like), [*shop.shapes])}")
        return None
    inner = _like(shop, what, shape, ("shape", str(like)), (*within, str(like)))
    return None if inner is None else ({**inner[0], **own}, inner[1])


_SHORTHAND: dict[type[BaseModel], dict[str, Any]] = {
    model.Agent: {"iri": "@id", "name": [*values.LABELS[:5], "."]},
    model.ContactPoint: {
        "iri": "@id",
        "email": '. | extract("[^ ]+@[^ ]+")',
        "name": ["vcard:fn", '. | extract("^[^@]+$")'],
    },
    model.Location: {
        "iri": "@id",
        "name": [*values.LABELS[:5], ". | wording"],
        "identifier": ["@id | cog", '. | extract("^(?:fr:.*|[0-9AB]{2,5})$") | cog'],
        "geometry": ". | geometric",
    },
    model.PeriodOfTime: {"start": ". | start", "end": ". | end"},
    model.Identifier: {"notation": "."},
}
"""What a nested value is made of where the mapping gives just a path for it."""


def _kind(shop: _Workshop, table: Any) -> rules.Kind:
    if table is None:
        return rules.Kind(None, {})
    if not isinstance(table, Mapping) or not isinstance(table.get("from"), str):
        shop.find(
            ("kind",),
            "[kind] demande from, le chemin qui distingue jeux de données, séries et services",
        )
        return rules.Kind(None, {})
    meanings: dict[str, str] = {}
    for key, meant in table.items():
        if key == "from":
            continue
        if key not in ENTRIES:
            shop.find(("kind", key), f"genre inconnu « {key} »{near(key, ENTRIES)}")
            continue
        for value in meant if isinstance(meant, list) else [meant]:
            meanings[str(value)] = key
    try:
        expression = path.parse(table["from"])
    except path.Malformed as error:
        shop.find(("kind", "from"), str(error))
        return rules.Kind(None, {})
    return rules.Kind(path.reader(expression), meanings)


def _with_values(shop: _Workshop, additions: Any) -> dict[str, Vocabulary]:
    tables = dict(shop.tools.vocabularies)
    if not isinstance(additions, Mapping):
        shop.find(("values",), "des tables [values.<vocabulaire>] sont attendues")
        return tables
    for key, lines in additions.items():
        name = _VOCABULARY_ALIASES.get(key, key)
        if name not in tables:
            shop.find(("values", key), f"vocabulaire inconnu « {key} »{near(key, tables)}")
            continue
        if not isinstance(lines, Mapping):
            shop.find(("values", key), 'des lignes "valeur" = "CODE" sont attendues')
            continue
        good = {}
        for spelling, meant in lines.items():
            try:
                extended(tables[name], {spelling: meant})
                good[spelling] = meant
            except KeyError as error:
                wrong = str(error.args[0])
                shop.find(
                    ("values", key, spelling),
                    f"« {wrong} » n'est ni un code de « {name} » ni un IRI{near(wrong, tables[name].codes)}",
                )
        tables[name] = extended(tables[name], good)
    return tables
