"""Words of the wild → IRIs of authority tables.

A lookup is forgiving about case, accents, punctuation and, where codes are unmistakable, about whose code
list an IRI belongs to; it never guesses between meanings. Answers are remembered by raw value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from harvester.map.text import bare

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_TAIL = re.compile(r"[^/#:?=]+(?=[/#]*$)")
_PARENTHESES = re.compile(r"\(([^)]*)\)")
_LANGUAGE_TAG = re.compile(r"^([A-Za-z]{2,3})[-_][A-Za-z0-9]+")
_SUFFIX = re.compile(r"^\.?([A-Za-z0-9]{2,10})$")
_NEGATION = re.compile(r"\b(?:pas|non|not|sauf|hors|except|excepte)\b")
_MOST_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 300
_LONGEST_VALUE = 600
"""A longer value is a text, in which no word of a table is looked for."""

_BY_TAIL = frozenset(
    {
        "access_rights",
        "availability",
        "dataset_status",
        "dataset_type",
        "distribution_status",
        "format",
        "frequency",
        "hvd_category",
        "language",
        "media_type",
        "publisher_type",
        "role",
    }
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A table: what it knows by normalised spelling, and its codes. `remembered` are answers by raw value."""

    name: str
    known: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, str]
    labels: Mapping[str, str]
    remembered: dict[str, tuple[str, ...] | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def lookup(self, value: str) -> tuple[str, ...] | None:
        """The IRIs that a value stands for; `()` for a value that says nothing; None where it is unknown."""
        try:
            return self.remembered[value]
        except KeyError:
            if len(self.remembered) >= _MOST_REMEMBERED:
                self.remembered.clear()
            found = self._find(value)
            if len(value) <= _LONGEST_REMEMBERED:
                self.remembered[value] = found
            return found

    def _find(self, value: str) -> tuple[str, ...] | None:
        if len(value) > _LONGEST_VALUE:
            return None
        for spelling in self._spellings(value):
            if spelling and (found := self.known.get(spelling)) is not None:
                return found
        return _contained(bare(value), self.known) if self.name == "licence" else None

    def _spellings(self, value: str) -> Iterable[str]:
        yield key(value)
        is_iri = "://" in value
        if "media-types/" in value:
            yield key(value.rsplit("media-types/", 1)[1])
        if is_iri and "#" in value and ("data-theme" in value or self.name != "theme"):
            yield key(value.split("#", 1)[0])
        if self.name == "theme" and "themes-ecospheres/" in value:
            yield key(value.rsplit("/", 1)[1])
        if is_iri and self.name in _BY_TAIL and (tail := _TAIL.search(value)):
            yield key(unquote(tail[0]))
            yield key(tail[0].rsplit("_", 1)[-1])
        if self.name == "language" and (tag := _LANGUAGE_TAG.match(value)):
            yield tag[1].casefold()
        if self.name in {"format", "media_type"} and not is_iri:
            yield from _format_spellings(value)


def _format_spellings(value: str) -> Iterable[str]:
    """`.xlsx`, `text/csv; charset=utf-8`, `ESRI Shapefile (SHP)`, `csv, json`."""
    if suffix := _SUFFIX.match(value.strip()):
        yield suffix[1].casefold()
    yield key(value.split(";", 1)[0])
    yield key(_PARENTHESES.sub(" ", value))
    for inside in _PARENTHESES.findall(value):
        yield key(inside)
    for part in re.split(r"[,;/+&]| et | ou ", value):
        yield key(part)


def _contained(text: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The licence that a sentence names: the longest name of three words or more that stands in it."""
    if len(text) > 400 or _NEGATION.search(text):
        return None
    padded = f" {text} "
    names = [
        k
        for k, iris in known.items()
        if iris and (k.count(" ") > 1 or k == "licence ouverte") and f" {k} " in padded
    ]
    return known[max(names, key=len)] if names else None


def key(value: str) -> str:
    """The spelling under which a value is looked up: bare words; of an IRI, without scheme and `www.`."""
    value = value.strip()
    if match := _SCHEME.match(value):
        value = unquote(value[match.end() :])
    else:
        value = value.removeprefix("www.")
    return bare(value)


def read_table(name: str, text: str) -> Vocabulary:
    """A vocabulary from its CSV (`code,iri,label_fr,label_en,aliases`)."""
    known: dict[str, tuple[str, ...]] = {}
    codes: dict[str, str] = {}
    labels: dict[str, str] = {}
    later: list[tuple[str, str]] = []
    for row in csv.DictReader(text.splitlines()):
        iri = row["iri"]
        if row["code"]:
            codes[row["code"]] = iri
            labels[iri] = row["label_fr"] or row["label_en"] or row["code"]
        for spelling in (iri, row["code"]):
            if spelling:
                known.setdefault(key(spelling), (iri,) if iri else ())
        later.extend(
            (spelling, iri)
            for spelling in (row["label_fr"], row["label_en"], *row["aliases"].split("|"))
        )
    several = name == "theme"
    first: dict[str, tuple[str, ...]] = {}
    for spelling, iri in later:
        word = key(spelling)
        if word and word not in known:
            before = first.get(word, ())
            if not before or (several and iri not in before):
                first[word] = (*before, iri) if iri else ()
    return Vocabulary(name, {**first, **known}, codes, labels)


def extended(vocabulary: Vocabulary, values: Mapping[str, Any]) -> Vocabulary:
    """A vocabulary with a mapping's own lines: spelling → code, IRI, known spelling, or a list of them.

    An empty text says that the spelling means nothing. Raises KeyError with what is unknown.
    """
    known = dict(vocabulary.known)
    for spelling, meant in values.items():
        iris: list[str] = []
        for each in meant if isinstance(meant, list) else [meant]:
            iris.extend(target(vocabulary, str(each)))
        known[key(spelling)] = tuple(dict.fromkeys(iris))
    return Vocabulary(vocabulary.name, known, vocabulary.codes, vocabulary.labels)


def target(vocabulary: Vocabulary, meant: str) -> tuple[str, ...]:
    """What the right-hand side of a mapping's `[values]` line stands for; KeyError where it is unknown."""
    if not meant:
        return ()
    if meant in vocabulary.codes:
        return (vocabulary.codes[meant],)
    found = vocabulary.known.get(key(meant))
    if found:
        return found
    if "://" in meant or meant.startswith("urn:"):
        return (meant,)
    raise KeyError(meant)
