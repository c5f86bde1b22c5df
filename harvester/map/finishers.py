"""How found values become a field's: plain values, links, concepts.

A *finisher* gets the values that a path found (after the mapping's own cleaners) and gives what the model's
field holds, or None for nothing. It always cleans: naming a cleaner in the mapping is needed only where the
field's own is not enough. They run for every property of every record, hence their short ways for the usual.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harvester.map import links, text
from harvester.map.values import Outcome, Unclean, labels, said
from harvester.map.vocabulary import Vocabulary

Finisher = Callable[[list[Any], Outcome], Any]


def _value(
    item: Any, call: Callable[[str], Any], path: str, outcome: Outcome, code: str, message: str
) -> Any:
    words: Any = item
    if item.__class__ is dict:
        words = item.get("@value")
    if words.__class__ is not str:
        words = said(item)
    if not words or words.isspace():
        return None
    try:
        value = call(words)
    except Unclean as error:
        outcome.problem(error.code, str(error), path, words, error.severity)
        return None
    if value is None and code:
        outcome.problem(code, message, path, words)
    return value


def scalar(path: str, call: Callable[[str], Any], code: str = "", message: str = "") -> Finisher:
    """One value: the first that `call` makes something of. `code` names what None means, where it is a defect."""

    def finish(items: list[Any], outcome: Outcome) -> Any:
        for item in items:
            words = item.get("@value") if item.__class__ is dict else item
            if words.__class__ is str and words:
                try:
                    value = call(words)
                except Unclean:
                    value = None
                if value is not None:
                    return value
            value = _value(item, call, path, outcome, code, message)
            if value is not None:
                return value
        return None

    return finish


def scalars(path: str, call: Callable[[str], Any]) -> Finisher:
    """Every value, each once."""

    def finish(items: list[Any], outcome: Outcome) -> list[Any] | None:
        found: dict[Any, None] = {}
        for item in items:
            value = _value(item, call, path, outcome, "", "")
            if value is not None:
                found[value] = None
        return list(found) or None

    return finish


def link_of(path: str, clean: Callable[[str], str]) -> Finisher:
    """One IRI."""
    read = _link(path, clean)

    is_public = links.is_public

    def finish(items: list[Any], outcome: Outcome) -> str | None:
        for item in items:
            iri = item.get("@id") if item.__class__ is dict else item
            if iri.__class__ is str and is_public(iri):
                return iri
            address = read(item, outcome)
            if address is not None:
                return address
        return None

    return finish


def links_of(path: str, clean: Callable[[str], str]) -> Finisher:
    """Every IRI, each once."""
    read = _link(path, clean)

    is_public = links.is_public

    def finish(items: list[Any], outcome: Outcome) -> list[str] | None:
        found: dict[str, None] = {}
        for item in items:
            iri = item.get("@id") if item.__class__ is dict else item
            if iri.__class__ is not str or not is_public(iri):
                iri = read(item, outcome)
            elif len(items) == 1:
                return [iri]
            if iri is not None:
                found[iri] = None
        return list(found) or None

    return finish


def _link(path: str, clean: Callable[[str], str]) -> Callable[[Any, Outcome], str | None]:
    public = clean is links.link

    def read(item: Any, outcome: Outcome) -> str | None:
        iri: Any = (item.get("@id") or item.get("@value")) if item.__class__ is dict else item
        if iri.__class__ is not str:
            iri = said(item)
        if not iri:
            return None
        try:
            address = clean(iri)
        except Unclean as error:
            if not iri.isspace():
                outcome.problem(error.code, str(error), path, iri, error.severity)
            return None
        if public and links.is_private(address):
            outcome.problem("link-not-public", "an address of a private network", path, address)
        return address

    return read


def candidates(item: Any) -> list[str]:
    """What an element may be known by, best first: its IRI, its labels, its text."""
    if item.__class__ is dict and "@value" not in item:
        iri = item.get("@id")
        found = [iri] if isinstance(iri, str) else []
        if len(item) > len(found):
            found += [w for each in labels(item) if (w := said(each)) and not w.isspace()]
        return found
    words = (said(item) or "").strip()
    return [words] if words else []


def _resolve(item: Any, name: str, table: Vocabulary | None, outcome: Outcome) -> tuple[str, ...]:
    """The authority's IRIs for an element, or its own best words: an IRI only where it has no label."""
    if item.__class__ is dict and len(item) == 1 and table is not None:
        iri = item.get("@id")
        if iri.__class__ is str and (known := table.lookup(iri)) is not None:
            return known
    names = candidates(item)
    if not names:
        return ()
    if table is not None:
        for each in names:
            if (known := table.lookup(each)) is not None:
                return known
    kept = names[1] if table is not None and len(names) > 1 and "://" in names[0] else names[0]
    value = text.line(kept)[: text.LONGEST_LINE]
    if "://" in kept and " " not in kept.strip():
        try:
            value = links.iri(kept)
        except Unclean as error:
            outcome.problem(error.code, str(error), name, kept)
            return ()
    if value and table is not None:
        outcome.unknown.append((name, value))
    return (value,) if value else ()


def concept(name: str, table: Vocabulary | None) -> Finisher:
    """One concept: the first that the vocabulary knows, else the first."""
    remembered = table.remembered if table is not None else {}

    def finish(items: list[Any], outcome: Outcome) -> str | None:
        if len(items) == 1:
            item = items[0]
            iri = item.get("@id") if item.__class__ is dict and len(item) == 1 else None
            if iri.__class__ is str and iri in remembered:
                known = remembered[iri]
                if known:
                    return known[0]
            found = _resolve(item, name, table, outcome)
            return found[0] if found else None
        if table is not None:
            for item in items:
                for each in candidates(item):
                    known = table.lookup(each)
                    if known:
                        return known[0]
        for item in items:
            found = _resolve(item, name, table, outcome)
            if found:
                return found[0]
        return None

    return finish


_STRICTNESS = ("PUBLIC", "NORMAL", "", "RESTRICTED", "SENSITIVE", "NON_PUBLIC", "CONFIDENTIAL")
"""Access rights from open to closed; the empty one stands for words that no table knows, which are no permission."""


def strictest_of(table: Vocabulary) -> Callable[[list[str]], str]:
    """Of several access rights (IRIs of the vocabulary, or a source's own words) the strictest."""
    ranks = {table.codes.get(code, ""): rank for rank, code in enumerate(_STRICTNESS)}
    unknown = _STRICTNESS.index("")
    return lambda found: max(found, key=lambda said: ranks.get(said, unknown))


def strictest(name: str, table: Vocabulary) -> Finisher:
    """Of several access rights the strictest: nothing becomes public by order of lines, nor beside words nobody knows."""
    pick = strictest_of(table)
    usual = concept(name, table)

    def finish(items: list[Any], outcome: Outcome) -> str | None:
        if len(items) == 1:
            return usual(items, outcome)  # type: ignore[no-any-return]
        found = [said for item in items for said in _resolve(item, name, table, outcome)]
        return pick(found) if found else None

    return finish


def concepts(name: str, table: Vocabulary | None) -> Finisher:
    """Every concept, each once."""

    def finish(items: list[Any], outcome: Outcome) -> list[str] | None:
        if len(items) == 1:
            return list(_resolve(items[0], name, table, outcome)) or None
        found: dict[str, None] = {}
        for item in items:
            found.update(dict.fromkeys(_resolve(item, name, table, outcome)))
        return list(found) or None

    return finish
