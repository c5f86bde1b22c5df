"""A title in three: what (its core words), when, where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from harvester.link.periods import Period, read_period
from harvester.link.places import NOWHERE, Codes, Places
from harvester.link.words import folded, says_something, stem, tokens

_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_ABBREVIATED = frozenset(
    [
        "bp",
        "bs",
        "ca",
        "decp",
        "irve",
        "dae",
        "plu",
        "ppri",
        "rpls",
        "beges",
        "baac",
        "mos",
        "zae",
        "cbs",
        "vfe",
        "tmja",
        "bal",
        "ppi",
        "eaje",
        "alsh",
    ]
)
_NOISE = frozenset(
    ["jeu", "donnee", "donnees", "dataset", "opendata", "open", "data", "fichier", "copie", "copy"]
)

Synonyms = Mapping[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Title:
    """`core` are the words of the what, in order; `where` is empty where no place is named, `whole` is false where
    its name is cut off. `ordinals` are numbers that set apart what is otherwise named alike."""

    text: str
    core: tuple[str, ...]
    when: Period | None
    where: Codes
    whole: bool
    cut: bool
    ordinals: frozenset[str]


def read_title(text: str, places: Places, synonyms: Synonyms) -> Title:
    """The parts of a title."""
    plain = folded(text)
    cut = _CUT.search(plain)
    if cut:
        plain = plain[: cut.start()]
    when, rest = read_period(plain)
    words = [places.corrected(word) for word in tokens(rest)]
    where: Codes = NOWHERE
    whole = True
    kept: list[str] = []
    last = 0
    for found in places.find(words, cut=True):
        kept += words[last : found.start]
        last = found.end
        if not found.whole and not cut and where:
            continue
        if not where or (whole and not found.whole):
            if not where:
                where, whole = found.codes, found.whole
            continue
        both = where & found.codes
        inside = frozenset(c for c in found.codes if any(places.encloses(w, c) for w in where))
        wider = frozenset(c for c in where if any(places.encloses(f, c) for f in found.codes))
        where = both or inside or wider or where | found.codes
    kept += words[last:]
    core = _synonymous(_content(kept), synonyms) or _content(words)
    ordinals = frozenset(word for word in core if word.isdigit() and len(word) < 6)
    return Title(plain, tuple(core), when, where, whole, bool(cut), ordinals)


def _content(words: Iterable[str]) -> list[str]:
    return [stem(word) for word in words if says_something(word) and word not in _NOISE]


def _synonymous(core: list[str], synonyms: Synonyms) -> list[str]:
    """With the standing expressions of the field in one form: « BP » is « budget primitif ». A word stands once."""
    out: list[str] = []
    position, count = 0, len(core)
    while position < count:
        for length in range(min(8, count - position), 0, -1):
            written = synonyms.get(tuple(core[position : position + length]))
            # A single word stands for an expression only where it is all there is.
            if written is not None and (length > 1 or count == 1 or core[position] in _ABBREVIATED):
                out += written
                position += length
                break
        else:
            out.append(core[position])
            position += 1
    return list(dict.fromkeys(out))


def read_synonyms(text: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """From lines of `expression = expression = …`: each stands for the first, as titles' cores do."""
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        forms = [tuple(_content(tokens(folded(form)))) for form in line.split("=")]
        for form in forms:
            if form:
                table.setdefault(form, forms[0])
    return table


@lru_cache(maxsize=1)
def load_synonyms() -> Synonyms:
    """The expressions that travel with the package."""
    return read_synonyms(files("harvester.link").joinpath("synonyms.txt").read_text("utf-8"))
