"""Where a dataset is about: names, numbers and codes of places in text, as sets of territory codes.

A name that several units bear stays a set until something else decides: an unresolved homonym is not "the same place".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harvester.link.words import folded, tokens

Codes = frozenset[str]
NOWHERE: Codes = frozenset()
STATE = "fr"
_REMEMBERED = 8_192

_FORMS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = tuple(
    (tuple(long.split()), tuple(short.split()))
    for long, short in (
        ("communaute de communes", "cc"),
        ("communaute d agglomeration", "ca"),
        ("communaute urbaine", "cu"),
        ("etablissement public territorial", "ept"),
    )
)
_LEAD = frozenset(
    [
        "ville",
        "villes",
        "commune",
        "communes",
        "mairie",
        "departement",
        "departemental",
        "region",
        "regional",
        "conseil",
        "metropole",
        "agglomeration",
        "communaute",
        "territoire",
        "general",
        "municipalite",
    ]
)
_LINKS = frozenset(["de", "du", "des", "d", "la", "le", "les", "l"])
_TAILS = frozenset(["metropole", "agglomeration", "agglo", "ept"])
_GENERAL = (
    "communaute de communes du pays de ",
    "communaute d agglomeration ",
    "communaute urbaine ",
    "departement ",
    "grand ",
    "metropole ",
    "pays de ",
    "region ",
    "saint ",
    "sainte ",
    "ville de ",
)
_ARTICLES = frozenset(["le", "la", "les", "l"])
_SIREN = re.compile(r"(?<!\d)(\d{9})(?:\d{5})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A place or a body that has one. `around` are the codes that enclose it, itself first."""

    code: str
    level: str
    names: tuple[str, ...]
    siren: str | None = None
    around: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a list of words: from `start` up to `end`, what stands before it as « Ville de » included."""

    start: int
    end: int
    codes: Codes
    whole: bool = True


@dataclass(slots=True)
class Places:
    """The units that titles may name. Made by `gazetteer`; nothing changes it afterwards but its memory.

    `bodies` are the names of the State's own, which all have one place: name → SIREN.
    """

    units: Mapping[str, Unit]
    by_siren: Mapping[str, str]
    bodies: Mapping[str, str]
    names: Mapping[str, Codes]
    heads: Mapping[str, int]
    ordered: Sequence[str]
    words: frozenset[str]
    near: Mapping[str, str]
    remembered: dict[str, Codes] = field(default_factory=dict)

    def level(self, code: str) -> str:
        """`commune`, `epci`, `departement`, `region`, `etat`."""
        unit = self.units.get(code)
        return unit.level if unit else "etat"

    def encloses(self, outer: str, inner: str) -> bool:
        """Whether a unit lies in another (or is it)."""
        if outer in (inner, STATE):
            return True
        unit = self.units.get(inner)
        return unit is not None and outer in unit.around

    def find(self, words: Sequence[str], *, cut: bool = False) -> list[Found]:
        """The names among the words, longest first at each place; with `cut` also the beginning of one at the end."""
        found: list[Found] = []
        position, count = 0, len(words)
        while position < count:
            most = self.heads.get(words[position])
            if most:
                for length in range(min(most, count - position), 0, -1):
                    codes = self.names.get(" ".join(words[position : position + length]))
                    if codes:
                        start, end = _around(words, position, position + length, found)
                        found.append(Found(start, end, codes))
                        position = end
                        break
                else:
                    position += 1
            else:
                position += 1
        if cut and (not found or found[-1].end < count):
            rest = self._begun(words, found[-1].end if found else 0)
            if rest is not None:
                found.append(rest)
        return found

    def _begun(self, words: Sequence[str], after: int) -> Found | None:
        """The words at the end that begin a name: `saint vert sur` of « Saint-Vert-sur-Seine »."""
        count = len(words)
        for start in range(max(after, count - 12), count):
            written = " ".join(words[start:])
            if len(written) < 4:
                break
            if any(form.startswith(written) for form in _GENERAL):
                continue
            codes = self.beginning(written)
            if codes:
                first, _ = _around(words, start, count, [])
                return Found(first, count, codes, whole=False)
        return None

    def beginning(self, written: str) -> Codes:
        """The units whose name begins so."""
        at = bisect_left(self.ordered, written)
        codes: set[str] = set()
        while at < len(self.ordered) and self.ordered[at].startswith(written):
            codes |= self.names[self.ordered[at]]
            if len(codes) > 40:
                return NOWHERE
            at += 1
        return frozenset(codes)

    def named(self, text: str) -> Codes:
        """The units that a label names: a publisher, a coverage, « Sèvres, 92 »."""
        known = self.remembered.get(text)
        if known is None:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            known = self.remembered[text] = self._named(text)
        return known

    def _named(self, text: str) -> Codes:
        words = tokens(folded(text))
        wide: Codes = NOWHERE
        for one in self.find(words):
            if wide and one.codes != wide:
                narrower = frozenset(
                    code for code in one.codes if any(self.encloses(w, code) for w in wide)
                )
                wider = frozenset(
                    code for code in wide if any(self.encloses(o, code) for o in one.codes)
                )
                wide = narrower or wider or wide | one.codes
            else:
                wide = one.codes
        return wide

    def numbered(self, text: str) -> Codes:
        """The unit whose SIREN or INSEE code stands in an identifier: `fr-219300316-budget`."""
        for number in _SIREN.findall(text):
            code = self.by_siren.get(number)
            if code:
                return frozenset([code])
        return NOWHERE

    def corrected(self, word: str) -> str:
        """A word of a place's name that was mistyped, as it should be; any other as it is."""
        return word if word in self.words else self.near.get(word, word)


def _around(words: Sequence[str], start: int, end: int, found: Sequence[Found]) -> tuple[int, int]:
    """With what belongs to a name: « Ville de », « Département des » before it, « Métropole » after."""
    before = found[-1].end if found else 0
    at = start
    while at > before and words[at - 1] in _LINKS:
        at -= 1
    if at > before and words[at - 1] in _LEAD:
        start = at - 1
    if end < len(words) and words[end] in _TAILS:
        end += 1
    return start, end


def gazetteer(units: Iterable[Unit]) -> Places:
    """The places of these units, found by every name they have."""
    table: dict[str, set[str]] = {}
    by_code: dict[str, Unit] = {}
    by_siren: dict[str, str] = {}
    bodies: dict[str, str] = {}
    for unit in units:
        by_code.setdefault(unit.code, unit)
        if unit.siren:
            by_siren[unit.siren] = unit.code
        if unit.level == "etat" and unit.siren:
            bodies.update(
                (" ".join(tokens(folded(name))), unit.siren)
                for name in unit.names
                if name != "France"
            )
        for name in unit.names:
            for written in _spellings(tuple(tokens(folded(name)))):
                table.setdefault(" ".join(written), set()).add(unit.code)
    heads: dict[str, int] = {}
    words: set[str] = set()
    for name in table:
        parts = name.split()
        words.update(part for part in parts if len(part) >= 4)
        heads[parts[0]] = max(heads.get(parts[0], 0), len(parts))
    return Places(
        by_code,
        by_siren,
        bodies,
        {name: frozenset(codes) for name, codes in table.items()},
        heads,
        sorted(table),
        frozenset(words),
        _slips(words),
    )


def _spellings(name: tuple[str, ...]) -> set[tuple[str, ...]]:
    """A name as it is, without its article, with `st` for `saint`, with its legal form abbreviated."""
    found = {name}
    if len(name) > 2 and name[0] in _ARTICLES and len(name[1]) > 2:
        found.add(name[1:])
    for long, short in _FORMS:
        if name[: len(long)] == long:
            rest = name[len(long) :]
            while rest and rest[0] in _LINKS:
                rest = rest[1:]
            if rest:
                found.add((*short, *rest))
                found.add((*long, *rest))
    short_saint = {"saint": "st", "sainte": "ste", "saints": "sts"}
    found |= {tuple(short_saint.get(word, word) for word in written) for written in list(found)}
    if len(name) > 2:
        for at, word in enumerate(name):
            if 3 <= len(word) <= 4:
                found |= {
                    (*name[:at], slip, *name[at + 1 :]) for slip in _swapped(word) if slip != word
                }
    return {written for written in found if written and len(" ".join(written)) > 1}


def _swapped(word: str) -> set[str]:
    return {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}


def _slips(words: set[str]) -> dict[str, str]:
    """Mistyped word → the word, for two neighbours swapped or one letter lost; none that is a word itself."""
    slips: dict[str, str] = {}
    doubtful: set[str] = set()
    for word in words:
        if len(word) < 5:
            continue
        swapped = _swapped(word)
        lost = {word[:i] + word[i + 1 :] for i in range(1, len(word))} if len(word) > 6 else set()
        for slip in (swapped | lost) - words:
            if slips.setdefault(slip, word) != word:
                doubtful.add(slip)
    for slip in doubtful:
        del slips[slip]
    return slips
