"""Names of territories in running text: where they stand, and which units they may mean.

A text is read once into words; names are found longest first. Whether a name is meant as a place (`Gare de Lyon`, `orange`)
and which of its homonyms, is for the reader of the text to say: a `Mention` brings what that needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from harvester.territory.gazetteer import Gazetteer
from harvester.territory.names import fold

_WORD = re.compile(r"([^\W_]+)")
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
_REMEMBERED = 65_536
_NONE: tuple[str, ...] = ()
Codes = tuple[str, ...]
_ACRONYM = 4  # letters: shorter ones are words of every trade


class Words(NamedTuple):
    """A text in words: folded, as written, and what stands between each and the one before."""

    folded: Sequence[str]
    written: Sequence[str]
    gaps: Sequence[str]


class Mention(NamedTuple):
    """A name among words, from `start` up to `end`, and the units that bear it."""

    start: int
    end: int
    codes: tuple[str, ...]


class _Folded(dict[str, str]):
    """Word → folded, in a memory of its own: words come back, titles do not."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        folded = self[word] = fold(word)
        if not folded or " " in folded:
            _odd.add(folded)
        return folded


_folded = _Folded()
_odd: set[str] = set()
"""What words fold to that are then none, or two: « ½ », another alphabet."""


def words(text: str) -> Words:
    """The words of a text. Their gaps end with what follows the last."""
    parts = _WORD.split(text)
    written, gaps = parts[1::2], parts[0::2]
    folded = [_folded[word] for word in written]
    if not _odd.isdisjoint(folded):
        kept = [k for k, word in enumerate(folded) if word]
        gaps = [gaps[k] for k in kept] + gaps[-1:]
        written = [written[k] for k in kept]
        folded = [folded[k].replace(" ", "") for k in kept]
    return Words(folded, written, gaps)


Heads = dict[str, tuple[Codes, Codes, dict[str, int] | None]]
"""First word of names → the units of that very name, those of it without its article, and for longer names by their second
word the most words of one that begins so."""


@dataclass(frozen=True, slots=True)
class Names:
    """What can be found: by folded name, by name without its article, by capitals.

    `own` are names that somebody gave, and that therefore mean what they say.
    """

    names: Mapping[str, Codes]
    without_article: Mapping[str, Codes]
    acronyms: Mapping[str, Codes]
    heads: Heads
    own: frozenset[str] = frozenset()

    def find(self, text: Words) -> list[Mention]:
        """The names in a text, from left to right, the longest at each place; none within another."""
        found: list[Mention] = []
        folded, heads = text.folded, self.heads
        at, count = 0, len(folded)
        while at < count:
            word = folded[at]
            end, codes = at + 1, _NONE
            head = heads.get(word)
            if head is not None:
                exact, shorn, following = head
                contracted = at > 0 and folded[at - 1] in _CONTRACTED
                most = following.get(folded[end]) if following and end < count else None
                if most:
                    end, codes = self._longest(folded, at, min(at + most, count), contracted)
                if not codes:
                    end, codes = at + 1, exact + shorn if contracted else exact
            if not codes and len(word) >= _ACRONYM and text.written[at].isupper():
                codes = self.acronyms.get(word, _NONE)
            if codes:
                found.append(Mention(at, end, codes))
                at = end
            else:
                at += 1
        return found

    def _longest(
        self, folded: Sequence[str], at: int, most: int, contracted: bool
    ) -> tuple[int, Codes]:
        for end in range(most, at + 1, -1):
            name = " ".join(folded[at:end])
            codes = self.names.get(name, _NONE)
            if contracted:
                codes += self.without_article.get(name, _NONE)
            if codes:
                return end, codes
        return at, _NONE


@lru_cache(maxsize=4)
def names(gazetteer: Gazetteer, aliases: tuple[tuple[str, str], ...] = ()) -> Names:
    """The names of a gazetteer, with `aliases` (name → code) of one's own, ready to be found."""
    shipped = _shipped(gazetteer)
    if not aliases:
        return shipped
    own = {fold(name): (code,) for name, code in aliases}
    table = {**shipped.names, **own}
    articles = {**shipped.without_article, **_without_articles(own)}
    return Names(table, articles, shipped.acronyms, _heads(table, articles), frozenset(own))


def _without_articles(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What `du` and `des` leave of names: `Le Havre`, `Les Ulis`."""
    found: dict[str, tuple[str, ...]] = {}
    for name, units in table.items():
        first, _, rest = name.partition(" ")
        if first in ("le", "les") and rest:
            found[rest] = (*found.get(rest, ()), *units)
    return found


def _heads(table: Mapping[str, Codes], articles: Mapping[str, Codes]) -> Heads:
    heads: Heads = {}
    for name in (*table, *articles):
        first, _, rest = name.partition(" ")
        head = heads.get(first)
        if head is None:
            exact, shorn = table.get(first, _NONE), articles.get(first, _NONE)
            head = heads[first] = (exact, shorn, {} if rest else None)
        if rest:
            following = head[2]
            if following is None:
                following = {}
                heads[first] = (head[0], head[1], following)
            second = rest.partition(" ")[0]
            following[second] = max(following.get(second, 0), rest.count(" ") + 2)
    return heads


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
    articles = _without_articles(table)
    return Names(table, articles, acronyms, _heads(table, articles))


def _short(name: str) -> str:
    """An EPCI's folded name without its legal form: `cu du grand poitiers` → `grand poitiers`."""
    for form in _FORMS:
        if name.startswith(f"{form} "):
            parts = name[len(form) + 1 :].split()
            while parts and parts[0] in LINKS:
                del parts[0]
            return " ".join(parts) or name
    return name
