"""Territories named in titles and descriptions: which names are meant as places, and as which ones.

A name counts inside the territory of the source, or where it encloses that. Nationwide it counts only where the text says what
it is (`commune de Prouzel`, `Louvie-Soubiron (64354)`, `Haute-Savoie`), or where other evidence decides between homonyms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harvester.territory import Gazetteer
from harvester.territory.mentions import LINKS, Mention, Names, Words, words
from harvester.view.rules import Rules

_PREPOSITIONS = frozenset(
    ["a", "au", "aux", "de", "du", "des", "d", "l", "sur", "en", "dans", "pour", "et", "ou", "par", "entre"]
)  # fmt: skip
_LEADS = {
    "ville": "commune",
    "villes": "commune",
    "commune": "commune",
    "communes": "commune",
    "mairie": "commune",
    "municipalite": "commune",
    "departement": "departement",
    "departemental": "departement",
    "general": "departement",
    "region": "region",
    "regional": "region",
    "territoire": "",
    "metropole": "epci",
    "agglomeration": "epci",
    "communaute": "epci",
    "epci": "epci",
    "ept": "epci",
}
_JOINED = frozenset({"et", "ou"})
_TAILS = frozenset({"metropole", "agglomeration", "agglo", "communaute", "eurometropole"})
_SEPARATOR = re.compile(r"\s[-–—]\s|[:|,;()/•»«\"\[\]]|\s[-–—]$|^[-–—]\s")
_NUMBER = re.compile(r"^(?:\d{5}|2[AB]\d{3}|\d{2,3}|2[AB])$", re.I)
_FOLLOWED = (" d", " D")
_TAG = re.compile(r"<[^>]{0,300}>")
_SENTENCE = re.compile(r"[.!?]\s")
_FIRST = 160
_READ = 800
_NAME = 200
"""Characters read of a description's beginning, first sentence at most, and after a phrase."""
_MOST = 3
_KNOWN = 20_000
"""Inhabitants of a town that is meant by its bare name anywhere in France: « nés à Nantes »."""


@dataclass(frozen=True, slots=True)
class Named:
    """A territory that a text names. `doubtful`: only the context decided between homonyms. None: it decided nothing."""

    code: str | None
    written: str
    doubtful: bool = False
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts of one source: inside `territory`; `hints` are other units that decide between homonyms."""

    territory: str
    gazetteer: Gazetteer
    names: Names
    rules: Rules

    def title(self, text: str, hints: Sequence[str] = ()) -> list[Named]:
        """The territories a title names."""
        read = words(text)
        found: list[Named] = []
        refused = -1
        for mention in self.names.find(read):
            if self._is_place(read, mention, refused):
                named = self._resolved(read, mention, hints, certain=False)
                if named is not None:
                    found.append(named)
            else:
                refused = mention.end
        return found

    def description(self, text: str, hints: Sequence[str] = ()) -> list[Named]:
        """The territories a description names after a phrase that leaves no doubt.

        Only what follows such words is read: descriptions are long, and most name no territory.
        """
        found: list[Named] = []
        plain = " " + text[:_READ].replace("\n", " ")
        for last, phrases in self.rules.phrases:
            at = plain.find(last)
            while at >= 0:
                end = at + len(last)
                if plain[end : end + 2] in _FOLLOWED and plain[:end].lower().endswith(phrases):
                    found += self._after(plain[end : end + _NAME], hints, certain=True)
                at = plain.find(last, end)
        opening = self.rules.first
        if opening is not None and opening.search(plain, 0, 2 * _FIRST):
            first = _TAG.sub(" ", plain[: 2 * _FIRST])[:_FIRST]
            stop = _SENTENCE.search(first)
            for match in opening.finditer(first, 0, stop.start() if stop else _FIRST):
                if not first[match.start() - 1 : match.start()].isalnum():
                    found += self._after(first[match.start() :], hints, certain=False)
        if not found:
            return found
        known = {named.code for named in found if named.code}
        return found if len(known) <= _MOST else []

    def listed(self, text: str) -> list[Named]:
        """The territories of a list that a description announces: `Couverture spatiale : Illzach - Mulhouse`."""
        text = text[: 3 * _READ]
        for hint in self.rules.label_hints:
            if hint in text:
                break
        else:
            return []
        low = text.lower()
        for label in self.rules.labels:
            at = low.find(label)
            if at >= 0:
                after = _TAG.sub(" ", text[at + len(label) : at + len(label) + 2 * _READ])
                between, colon, names = after.partition(":")
                found = list(self._listed(words(names))) if colon and not between.strip() else []
                if found:
                    return self._together(found)
        return []

    def _after(self, text: str, hints: Sequence[str], *, certain: bool) -> Iterator[Named]:
        """What is named at the beginning of a text, after `de`, `du` … or one other word: enumerated names perhaps."""
        read = words(_TAG.sub(" ", text) if "<" in text else text)
        start = at = 0 if certain else 1
        while start < len(read.folded) and read.folded[start] in LINKS:
            start += 1
        mentions = {mention.start: mention for mention in self.names.find(read)}
        mention = next((mentions[k] for k in range(at, start + 1) if k in mentions), None)
        if mention is None or self._goes_on(read.folded, mention.end):
            return
        if not certain and (mention.start > at or not self._is_place(read, mention, -1)):
            return
        for one in _enumerated(read, mention, mentions):
            named = self._resolved(read, one, hints, certain=certain)
            if named is not None:
                yield named

    # ── is it a place ────────────────────────────────────────────────────────────────────────────────

    def _is_place(self, read: Words, mention: Mention, refused: int) -> bool:
        start, end, folded = mention.start, mention.end, read.folded
        if start == refused and not _SEPARATOR.search(read.gaps[start]):
            return False
        before = start
        while before > 0 and folded[before - 1] in LINKS:
            before -= 1
        lead = folded[before - 1] if before > 0 else ""
        if self._goes_on(folded, end):
            return False
        follows = folded[end] if end < len(folded) else ""
        if follows in self.rules.not_before and not _SEPARATOR.search(read.gaps[end]):
            return False
        if lead in self.rules.not_after and not _SEPARATOR.search(read.gaps[before]):
            return False
        if lead in _LEADS and before < start:
            return True
        spelled = " ".join(folded[start:end])
        if spelled in self.names.own or (read.written[start].isupper() and self._acronym(spelled)):
            return True
        content = [k for k in range(start, end) if folded[k] not in LINKS]
        if not any(read.written[k][0].isupper() for k in content):
            return False
        if len(content) > 1:
            return True
        if end < len(folded) and "(" in read.gaps[end] and _NUMBER.match(read.written[end]):
            return True
        if folded[content[0]] in self.rules.common or self._misspelt(read, content[0], mention):
            return False
        if lead in _PREPOSITIONS or (start > 0 and folded[start - 1] in _PREPOSITIONS):
            return True
        if folded[start] in LINKS and start > 0:
            return True
        opened = start == 0 or _SEPARATOR.search(read.gaps[start]) or folded[start - 1].isdigit()
        closed = end == len(folded) or _SEPARATOR.search(read.gaps[end])
        return bool(opened and (closed or follows in _JOINED))

    def _misspelt(self, read: Words, at: int, mention: Mention) -> bool:
        """Whether a word has accents that none of the names has: `Marchés` is not Marches."""
        word = read.written[at].casefold()
        if word.isascii():
            return False
        units = (self.gazetteer.unit(code) for code in mention.codes)
        return not any(unit and word in unit.name.casefold() for unit in units)

    def _acronym(self, spelled: str) -> bool:
        return spelled in self.names.acronyms and spelled not in self.names.names

    def _goes_on(self, folded: Sequence[str], end: int) -> bool:
        """Whether a name is only the middle of the territory: `Paris et petite couronne`, `Mulhouse et alentours`."""
        if end >= len(folded) or folded[end] != "et":
            return False
        rest = " ".join(folded[end + 1 : end + 5])
        for word in ("la ", "les ", "ses ", "sa "):
            rest = rest.removeprefix(word)
        return any(rest == word or rest.startswith(f"{word} ") for word in self.rules.and_around)

    # ── which one ────────────────────────────────────────────────────────────────────────────────────

    def _resolved(
        self, read: Words, mention: Mention, hints: Sequence[str], *, certain: bool
    ) -> Named | None:
        gazetteer, folded = self.gazetteer, read.folded
        start, end = mention.start, mention.end
        written = " ".join(read.written[start:end])
        before = start
        while before > 0 and folded[before - 1] in LINKS:
            before -= 1
        level = _LEADS.get(folded[before - 1] if before > 0 else "")
        codes = [
            code for code in mention.codes if level and code.startswith(f"fr:{level}:")
        ] or list(mention.codes)
        numbered = False
        if end < len(folded) and "(" in read.gaps[end] and _NUMBER.match(read.written[end]):
            matching = [code for code in codes if self._bears(code, read.written[end].upper())]
            numbered = bool(matching)
            codes = matching or codes
        codes = gazetteer.distinct(codes)
        if self._tailed(read, end):
            codes = list(dict.fromkeys(g for code in codes if (g := self._group(code))))
        if self.territory != "fr":
            return self._inside(codes, written, hints)
        if numbered and len(codes) == 1:
            return Named(codes[0], written)
        for hint in hints:
            inside = [code for code in codes if gazetteer.encloses(hint, code)]
            if len(inside) == 1:
                return Named(inside[0], written, len(codes) > 1)
        wide = gazetteer.outranking(codes)
        if wide is not None:  # Bretagne, which is two villages too
            codes = [wide]
        if len(codes) != 1:
            said = certain or level == "commune"
            return Named(None, written, candidates=tuple(codes)) if codes and said else None
        if certain or level is not None:
            return Named(codes[0], written)
        content = sum(folded[k] not in LINKS for k in range(start, end))
        link = folded[start - 1] if start > 0 else ""
        unit = gazetteer.unit(codes[0])
        if unit is not None and unit.level == "commune":
            known = link == "a" and (unit.population or 0) >= _KNOWN
        else:
            spelled = " ".join(folded[start:end])
            lead = folded[before - 1] if before > 0 else ""
            known = content > 1 or lead in ("en", "dans") or spelled in self.names.own
        return Named(codes[0], written) if known else None

    def _inside(self, codes: list[str], written: str, hints: Sequence[str]) -> Named | None:
        gazetteer = self.gazetteer
        inside = [code for code in codes if gazetteer.encloses(self.territory, code)]
        if len(inside) == 1:
            return Named(inside[0], written)
        if inside:
            for hint in hints:
                found = [code for code in inside if gazetteer.encloses(hint, code)]
                if len(found) == 1:
                    return Named(found[0], written, True)
            return Named(None, written, candidates=tuple(inside))
        around = gazetteer.enclosing(self.territory)
        wider = [code for code in codes if code in around]
        return Named(wider[0], written) if len(wider) == 1 else None

    def _bears(self, code: str, number: str) -> bool:
        unit = self.gazetteer.unit(code)
        if unit is None:
            return False
        if len(number) == 5:
            return unit.local == number or number in unit.postal_codes
        return f"fr:departement:{number}" in self.gazetteer.enclosing(code)

    def _tailed(self, read: Words, end: int) -> bool:
        """Whether a commune's name goes on as an EPCI's: `Rennes Ville et Métropole`, `Agen Agglo`."""
        rest = read.folded[end : end + 3]
        if rest[:2] == ["ville", "et"]:
            rest = rest[2:]
        return bool(rest) and rest[0] in _TAILS and (len(rest) == 3 or "(" not in read.gaps[end])

    def _group(self, code: str) -> str | None:
        return next(
            (c for c in self.gazetteer.enclosing(code) if c.startswith("fr:epci:")),
            None,
        )

    # ── lists ────────────────────────────────────────────────────────────────────────────────────────

    def _listed(self, read: Words) -> Iterator[Named]:
        at = 0
        for mention in self.names.find(read):
            if mention.start != at:
                return
            named = self._resolved(read, mention, (), certain=True)
            if named is not None and named.code:
                yield named
            at = mention.end

    def _together(self, listed: list[Named]) -> list[Named]:
        """The names of a list; where they are (nearly) all the communes of a unit, that unit."""
        gazetteer = self.gazetteer
        codes = list(dict.fromkeys(named.code for named in listed if named.code))
        if len(codes) < 2:
            return listed
        for outer in gazetteer.enclosing(codes[0])[1:-1]:
            members = gazetteer.members(outer)
            if len(members) > 1 and len(set(codes).intersection(members)) >= 0.9 * len(members):
                return [Named(outer, f"{len(codes)} communes")]
        return listed


def _enumerated(read: Words, mention: Mention, mentions: dict[int, Mention]) -> Iterator[Mention]:
    """A name and those it is listed with: `à Arcueil, Bagnolet et Clichy`."""
    following: Mention | None = mention
    while following is not None:
        yield following
        end = following.end
        gap = read.gaps[end].strip()
        if gap == "" and end < len(read.folded) and read.folded[end] in _JOINED:
            end, gap = end + 1, ","
        following = mentions.get(end) if gap in (",", "-", "–", "/", ";") else None


def narrowest(codes: Iterable[str], gazetteer: Gazetteer) -> list[str]:
    """The codes without those that enclose another of them."""
    kept = list(dict.fromkeys(codes))
    if len(kept) < 2:
        return kept
    wider = {outer for code in kept for outer in gazetteer.enclosing(code)[1:]}
    return [code for code in kept if code not in wider]
