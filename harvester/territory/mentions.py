"""Names of territories in running text: where they stand, and which units they may mean.

A text is read once into words; names are found longest first. Whether a name is meant as a place (`Gare de Lyon`, `orange`)
and which of its homonyms, is for the reader of the text to say: a `Mention` brings what that needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harvester.territory.gazetteer import Gazetteer
from harvester.territory.names import fold

_WORD = re.compile(r"[^\W_]+")
LINKS = frozenset({"de", "du", "des", "d", "la", "le", "les", "l"})
_CONTRACTED = frozenset({"du", "des", "au", "aux"})
_FORMS = (
    "cc",
    "ca",
    "cu",
    "communaute de communes",
    "communaute d agglomeration",
    "communaute urbaine",
)
_ACRONYM = 4  # letters: shorter ones are words of every trade


@dataclass(frozen=True, slots=True)
class Words:
    """A text in words: folded, as written, and what stands between each and the one before."""

    folded: Sequence[str]
    written: Sequence[str]
    gaps: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name among words, from `start` up to `end`, and the units that bear it."""

    start: int
    end: int
    codes: tuple[str, ...]


def words(text: str) -> Words:
    """The words of a text. Their gaps end with what follows the last."""
    folded: list[str] = []
    written: list[str] = []
    gaps: list[str] = []
    last = 0
    for match in _WORD.finditer(text):
        gap, last = text[last : match.start()], match.end()
        for part in _parts(match[0]):
            folded.append(part)
            written.append(match[0])
            gaps.append(gap)
            gap = ""
    gaps.append(text[last:])
    return Words(folded, written, gaps)


@lru_cache(maxsize=65_536)
def _parts(word: str) -> tuple[str, ...]:
    return tuple(fold(word).split())  # words come back, titles do not


@dataclass(frozen=True, slots=True)
class Names:
    """What can be found: by folded name, by name without its article, by capitals; `heads`: first word → most words.

    `own` are names that somebody gave, and that therefore mean what they say.
    """

    names: Mapping[str, tuple[str, ...]]
    without_article: Mapping[str, tuple[str, ...]]
    acronyms: Mapping[str, tuple[str, ...]]
    heads: Mapping[str, int]
    own: frozenset[str] = frozenset()

    def find(self, text: Words) -> list[Mention]:
        """The names in a text, from left to right, the longest at each place; none within another."""
        found: list[Mention] = []
        at, folded = 0, text.folded
        while at < len(folded):
            mention = self._at(text, at)
            if mention is None:
                at += 1
            else:
                found.append(mention)
                at = mention.end
        return found

    def _at(self, text: Words, at: int) -> Mention | None:
        folded = text.folded
        most = self.heads.get(folded[at])
        if most:
            contracted = at > 0 and folded[at - 1] in _CONTRACTED
            for end in range(min(at + most, len(folded)), at, -1):
                name = " ".join(folded[at:end]) if end > at + 1 else folded[at]
                codes = self.names.get(name, ())
                if contracted:
                    codes += self.without_article.get(name, ())
                if codes:
                    return Mention(at, end, codes)
        written = text.written[at]
        if len(written) >= _ACRONYM and written.isupper():
            codes = self.acronyms.get(folded[at], ())
            if codes:
                return Mention(at, at + 1, codes)
        return None


def names(gazetteer: Gazetteer, aliases: tuple[tuple[str, str], ...] = ()) -> Names:
    """The names of a gazetteer, with `aliases` (name → code) of one's own, ready to be found."""
    shipped = _shipped(gazetteer)
    if not aliases:
        return shipped
    own = {fold(name): (code,) for name, code in aliases}
    heads = dict(shipped.heads)
    for name in own:
        _head(heads, name)
    table = {**shipped.names, **own}
    return Names(table, shipped.without_article, shipped.acronyms, heads, frozenset(own))


def _head(heads: dict[str, int], name: str) -> None:
    first, _, rest = name.partition(" ")
    heads[first] = max(heads.get(first, 0), 2 + rest.count(" ") if rest else 1)


@lru_cache(maxsize=2)
def _shipped(gazetteer: Gazetteer) -> Names:
    table: dict[str, tuple[str, ...]] = {
        name: tuple(codes) for name, codes in gazetteer.names_of_parts.items()
    }
    table |= {name: tuple(codes) for name, codes in gazetteer.names.items()}
    table.pop("france", None)  # says nothing, and stands everywhere
    acronyms: dict[str, tuple[str, ...]] = {}
    for name, codes in gazetteer.names.items():
        for code in codes:
            if code.startswith("fr:epci:"):
                short = _short(name)
                if short != name and short not in gazetteer.names:
                    table[short] = (*table.get(short, ()), code)
                initials = "".join(word[0] for word in short.split() if word not in LINKS)
                if len(initials) >= _ACRONYM:
                    acronyms[initials] = (*acronyms.get(initials, ()), code)
    articles: dict[str, tuple[str, ...]] = {}
    for name, units in table.items():
        first, _, rest = name.partition(" ")
        if first in ("le", "les") and rest:
            articles[rest] = (*articles.get(rest, ()), *units)
    heads: dict[str, int] = {}
    for name in (*table, *articles):
        _head(heads, name)
    return Names(table, articles, acronyms, heads)


def _short(name: str) -> str:
    """An EPCI's folded name without its legal form: `cu du grand poitiers` → `grand poitiers`."""
    for form in _FORMS:
        if name.startswith(f"{form} "):
            parts = name[len(form) + 1 :].split()
            while parts and parts[0] in LINKS:
                del parts[0]
            return " ".join(parts) or name
    return name
