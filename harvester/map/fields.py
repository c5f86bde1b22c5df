"""The model's fields as a mapping sees them: their names, their kinds, which finisher makes their values."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from harvester import model
from harvester.map import areas, cleaners, dates, finishers, links, text, wording
from harvester.map.finishers import Finisher
from harvester.map.vocabulary import Vocabulary

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


def choice(name: str, vocabularies: dict[str, Vocabulary]) -> Callable[[list[Any]], Any] | None:
    """What decides between all that a field's paths find; None where the first that finds something wins.

    Who may see a record is nothing that one path could say and another take back.
    """
    if name != "access_rights":
        return None
    return finishers.strictest_of(vocabularies["access_rights"])


def finisher(
    of: type[BaseModel], name: str, path: str, vocabularies: dict[str, Vocabulary], language: str
) -> Finisher:
    """The finisher of a field that is no nested value. `language` is that of text that states none."""
    what, several = kinds(of)[name]
    if what == model.Text:
        return wording.texts(path, language, rich=name in _RICH, joined=name in _JOINED)
    if what == model.Keywords:
        return wording.keywords(path, language)
    if name in _CONCEPTS:
        vocabulary = vocabulary_of(of, name)
        table = vocabularies[vocabulary] if vocabulary else None
        if name == "access_rights" and table is not None:
            return finishers.strictest(name, table)
        return finishers.concepts(name, table) if several else finishers.concept(name, table)
    if of is model.Location and name in areas.FINISHERS:
        return areas.FINISHERS[name](path)
    if what is model.Iri:
        call: Callable[[str], Any] = links.link if name in _LINKS else links.iri
        return finishers.links_of(path, call) if several else finishers.link_of(path, call)
    if what is model.Date:
        return finishers.scalar(path, dates.date, "date-invalid", "not a date")
    by_name = _BY_NAME.get(name) if of is not model.Identifier else None
    call = by_name or _BY_KIND.get(what) or cleaners.clean_text
    return finishers.scalars(path, call) if several else finishers.scalar(path, call)


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
    "value": _exact,
}
_BY_KIND: dict[Any, Callable[[str], Any]] = {
    model.Duration: cleaners.duration,
    float: cleaners.number,
    int: cleaners.integer,
}
