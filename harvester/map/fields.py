"""The model's fields as a mapping sees them: their names, their kinds, and how found values become theirs.

A *finisher* gets the values that a path found (after the mapping's own cleaners) and gives what the model's
field holds, or None for nothing. It always cleans: naming a cleaner in the mapping is needed only where the
field's own is not enough.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from harvester import model
from harvester.map import cleaners, geometry, links, text
from harvester.map.values import Outcome, Unclean, labels, said, tag
from harvester.map.vocabulary import Vocabulary

Finisher = Callable[[list[Any], Outcome], Any]

MOST_KEYWORDS = 500
"""Keywords kept of a record; one has been seen with 34,866."""

LONGEST_KEYWORD = 200

ALIASES = {
    "access": "access_url",
    "categories": "theme",
    "contact": "contact_point",
    "creators": "creator",
    "distributions": "distribution",
    "download": "download_url",
    "documentation": "page",
    "endpoint": "endpoint_url",
    "formats": "format",
    "frequency": "accrual_periodicity",
    "identifiers": "identifier",
    "keywords": "keyword",
    "landing": "landing_page",
    "languages": "language",
    "licence": "license",
    "media": "media_type",
    "mime_type": "media_type",
    "organization": "organisation",
    "pages": "page",
    "phone": "telephone",
    "size": "byte_size",
    "tags": "keyword",
    "themes": "theme",
}
"""Other names that a mapping may use for fields."""

VOCABULARIES = {
    "access_rights": "access_rights",
    "accrual_periodicity": "frequency",
    "availability": "availability",
    "compress_format": "media_type",
    "format": "format",
    "hvd_category": "hvd_category",
    "language": "language",
    "license": "licence",
    "media_type": "media_type",
    "package_format": "media_type",
    "status": "dataset_status",
    "theme": "theme",
    "type": "dataset_type",
    "Agent.type": "publisher_type",
    "Attribution.role": "role",
    "Distribution.status": "distribution_status",
}
"""Field (of a model where it differs) → vocabulary."""

_CONCEPTS = frozenset(
    {
        "conforms_to",
        "subject",
        "service_category",
        "representation_technique",
        "role",
        *VOCABULARIES,
    }
)
_LINKS = frozenset(
    {
        "access_url",
        "download_url",
        "landing_page",
        "page",
        "endpoint_url",
        "endpoint_description",
        "homepage",
        "url",
    }
)
_RICH = frozenset({"description", "provenance", "rights", "version_notes"})
_JOINED = frozenset({"provenance", "rights"})


@lru_cache(maxsize=256)
def kinds(of: type[BaseModel]) -> dict[str, tuple[Any, bool]]:
    """Field → (what one value is, whether there may be several). `kind` is nobody's to map."""
    found = {}
    for name, hint in get_type_hints(of, include_extras=True).items():
        if name in of.model_fields and name != "kind":
            found[name] = _kind(hint)
    return found


def _kind(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not NoneType)
    if get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis:
        return get_args(hint)[0], True
    return hint, False


def canonical(name: str) -> str:
    """A field's own name for a name or an alias."""
    return ALIASES.get(name, name)


def vocabulary_of(of: type[BaseModel], name: str) -> str | None:
    """The vocabulary that a field's values belong to."""
    return VOCABULARIES.get(f"{of.__name__}.{name}") or (
        VOCABULARIES.get(name) if not issubclass(of, model.Attribution | model.Agent) else None
    )


def finisher(
    of: type[BaseModel], name: str, path: str, vocabularies: dict[str, Vocabulary], language: str
) -> Finisher:
    """The finisher of a field that is no nested value. `language` is that of text that states none."""
    what, several = kinds(of)[name]
    if what == model.Text:
        return _text(path, language, name in _RICH, name in _JOINED)
    if what == model.Keywords:
        return _keywords(path, language)
    if name in _CONCEPTS:
        vocabulary = vocabulary_of(of, name)
        table = vocabularies[vocabulary] if vocabulary else None
        return _concepts(name, table) if several else _concept(name, table)
    if of is model.Location and name in _PLACES:
        return _PLACES[name](path)
    if what is model.Iri:
        clean = links.link if name in _LINKS else links.iri
        return _links(path, clean) if several else _single(_links(path, clean))
    by_name = _BY_NAME.get(name) if of is not model.Identifier else None
    call = by_name or _BY_KIND.get(what) or cleaners.clean_text
    return _scalars(path, call) if several else _single(_scalars(path, call))


def _single(finish: Finisher) -> Finisher:
    def first(items: list[Any], outcome: Outcome) -> Any:
        found = finish(items[:1] if len(items) == 1 else items, outcome)
        return found[0] if found else None

    return first


def _told(outcome: Outcome, error: Unclean, path: str, value: object) -> None:
    outcome.problem(error.code, str(error), path, value, error.severity)


def _scalars(path: str, call: Callable[[str], Any]) -> Finisher:
    def finish(items: list[Any], outcome: Outcome) -> list[Any] | None:
        found = []
        for item in items:
            words: str | None = item if item.__class__ is str else said(item)
            if words is None or not words.strip():
                continue
            try:
                value = call(words)
            except Unclean as error:
                _told(outcome, error, path, words)
                continue
            if value is not None and value not in found:
                found.append(value)
        return found or None

    return finish


def _links(path: str, clean: Callable[[str], str]) -> Finisher:
    public = clean is links.link

    def finish(items: list[Any], outcome: Outcome) -> list[str] | None:
        found: list[str] = []
        for item in items:
            iri: Any = (item.get("@id") or item.get("@value")) if item.__class__ is dict else item
            if iri.__class__ is not str:
                iri = said(item)
            if not iri:
                continue
            try:
                address = clean(iri)
            except Unclean as error:
                if iri.strip():
                    _told(outcome, error, path, iri)
                continue
            if public and links.is_private(address):
                outcome.problem("link-not-public", "an address of a private network", path, address)
            if address not in found:
                found.append(address)
        return found or None

    return finish


def _text(path: str, default: str, rich: bool, joined: bool) -> Finisher:
    clean = text.sanitise if rich else text.line
    longest = text.LONGEST_TEXT if rich else text.LONGEST_LINE

    def one(item: Any, language: str, found: dict[str, str], outcome: Outcome) -> None:
        words: Any
        if item.__class__ is str:
            words = item
        elif item.__class__ is dict:
            words = item.get("@value")
            if words is None:
                inner = labels(item) or _by_language(item)
                if inner:
                    for each in inner:
                        one(each, language, found, outcome)
                    return
                words = item.get("@id")
                if words is None:
                    return
            elif "@language" in item:
                language = tag(item["@language"])
        else:
            words = said(item)
            if words is None:
                return
        if words.__class__ is not str:
            words = str(words)
        if len(words) > longest:
            outcome.problem(
                "text-too-long", f"cut at {longest} characters of {len(words)}", path, words
            )
            words = words[:longest]
        words = clean(words)
        if words:
            before = found.get(language)
            if before is None:
                found[language] = words
            elif joined and words not in before:
                found[language] = f"{before}\n\n{words}"

    def finish(items: list[Any], outcome: Outcome) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for item in items:
            one(item, default, found, outcome)
        return found or None

    return finish


def _by_language(node: dict[str, Any]) -> list[Any]:
    """`{"fr": "Titre", "en": "Title"}` as literals with a language."""
    if not node or not all(len(key) <= 7 and tag(key) for key in node if key[:1] != "@"):
        return []
    return [
        {"@value": value, "@language": key}
        for key, value in node.items()
        if isinstance(value, str) and key[:1] != "@"
    ]


def _keywords(path: str, default: str) -> Finisher:
    def finish(items: list[Any], outcome: Outcome) -> dict[str, list[str]] | None:
        found: dict[str, dict[str, None]] = {}
        if len(items) > MOST_KEYWORDS:
            outcome.problem(
                "keywords-too-many", f"{MOST_KEYWORDS} kept of {len(items)}", path, said(items[0])
            )
            items = items[:MOST_KEYWORDS]
        for item in items:
            language, words = default, item
            if item.__class__ is dict:
                words = item.get("@value")
                if words is None:
                    for each in labels(item)[:1]:
                        words, language = said(each), _language_of(each, default)
                elif "@language" in item:
                    language = tag(item["@language"])
            elif item.__class__ is not str:
                words = said(item)
            if words is None:
                continue
            words = text.line(str(words))
            if len(words) > LONGEST_KEYWORD:
                outcome.problem(
                    "text-too-long", "a keyword that is a text is left out", path, words
                )
            elif words:
                found.setdefault(language, {})[words] = None
        return {language: list(words) for language, words in found.items()} or None

    return finish


def _language_of(item: Any, default: str) -> str:
    stated = item.get("@language") if isinstance(item, dict) else None
    return tag(stated) if stated else default


def _candidates(item: Any) -> list[str]:
    """What an element may be known by, best first: its IRI, its labels, its text."""
    if item.__class__ is str:
        return [item.strip()] if item.strip() else []
    if item.__class__ is dict:
        value = item.get("@value")
        if value is not None:
            return [str(value).strip()] if str(value).strip() else []
        iri = item.get("@id")
        found = [iri] if isinstance(iri, str) else []
        if len(item) > len(found):
            found += [words for each in labels(item) if (words := said(each)) and words.strip()]
        return found
    words = said(item)
    return [words] if words else []


def _resolve(item: Any, name: str, table: Vocabulary | None, outcome: Outcome) -> tuple[str, ...]:
    if item.__class__ is dict and len(item) == 1 and table is not None and "@id" in item:
        known = table.lookup(item["@id"])
        if known is not None:
            return known
    candidates = _candidates(item)
    if not candidates:
        return ()
    if table is not None:
        for each in candidates:
            known = table.lookup(each)
            if known is not None:
                return known
    kept = candidates[0] if "://" not in candidates[0] or len(candidates) == 1 else None
    if kept is None:
        kept = candidates[0] if table is None else candidates[1]
    try:
        value = links.iri(kept) if "://" in kept else text.line(kept)[: text.LONGEST_LINE]
    except Unclean:
        value = text.line(kept)[: text.LONGEST_LINE]
    if value and table is not None:
        outcome.unknown.append((name, value))
    return (value,) if value else ()


def _concept(name: str, table: Vocabulary | None) -> Finisher:
    def finish(items: list[Any], outcome: Outcome) -> str | None:
        if len(items) > 1 and table is not None:
            for item in items:
                for candidate in _candidates(item):
                    known = table.lookup(candidate)
                    if known:
                        return known[0]
        for item in items:
            found = _resolve(item, name, table, outcome)
            if found:
                return found[0]
        return None

    return finish


def _concepts(name: str, table: Vocabulary | None) -> Finisher:
    def finish(items: list[Any], outcome: Outcome) -> list[str] | None:
        found: list[str] = []
        for item in items:
            for value in _resolve(item, name, table, outcome):
                if value not in found:
                    found.append(value)
        return found or None

    return finish


def _shapes(path: str) -> Callable[[list[Any], Outcome], geometry.Geometry | None]:
    """The first of several notations of one geometry that can be read; it is told once if none can."""

    def read(items: list[Any], outcome: Outcome) -> geometry.Geometry | None:
        failed: tuple[str, str] | None = None
        for item in items:
            try:
                if isinstance(item, dict) and "@value" not in item:
                    shape = geometry.of_tree(item)
                else:
                    words = said(item)
                    if not words or not words.strip():
                        continue
                    shape = geometry.geometry(words)
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                failed = failed or (str(error), str(said(item)))
                continue
            for mended in shape.mended:
                outcome.problem(
                    f"geometry-{mended}", _MENDED[mended], path, said(item) or "", "info"
                )
            return shape
        if failed:
            outcome.problem("geometry-invalid", failed[0], path, failed[1])
        return None

    return read


_MENDED = {
    "swapped": "longitude and latitude were exchanged",
    "degenerate": "an area without extent became a point",
    "simplified": f"more than {geometry.MOST_POSITIONS} positions: replaced by the bounding box",
    "reordered": "the four numbers of the box were put in order",
}


def _area(path: str) -> Finisher:
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> str | None:
        shape = read(items, outcome)
        return shape.wkt if shape else None

    return finish


def _bbox(path: str) -> Finisher:
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> geometry.Box | None:
        if len(items) == 4 and all(isinstance(item, int | float) for item in items):
            items = [",".join(map(str, items))]
        shape = read(items, outcome)
        return shape.box if shape else None

    return finish


def _centroid(path: str) -> Finisher:
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> geometry.Position | None:
        if len(items) == 2 and all(isinstance(item, int | float) for item in items):
            items = [",".join(map(str, items))]
        shape = read(items, outcome)
        return shape.centre if shape else None

    return finish


_PLACES: dict[str, Callable[[str], Finisher]] = {
    "geometry": _area,
    "bbox": _bbox,
    "centroid": _centroid,
}


def _algorithm(value: str) -> str:
    """SPDX's local name: `checksumAlgorithm_sha256`, `SHA-256` → `sha256`."""
    tail = value.rstrip("/#").rsplit("#", 1)[-1].rsplit("/", 1)[-1]
    return tail.removeprefix("checksumAlgorithm_").replace("-", "").replace("_", "").lower()


def _exact(value: str) -> str | None:
    """An identifier: as it is, but for what nobody sees."""
    return text.tidy(value) or None


_BY_NAME: dict[str, Callable[[str], Any]] = {
    "algorithm": _algorithm,
    "byte_size": cleaners.size,
    "email": cleaners.email,
    "identifier": _exact,
    "telephone": cleaners.telephone,
}
_BY_KIND: dict[Any, Callable[[str], Any]] = {
    model.Date: cleaners.date,
    model.Duration: cleaners.duration,
    float: cleaners.number,
    int: cleaners.integer,
}
