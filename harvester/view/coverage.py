"""Which territories an entry is about, how we know, and how sure that is.

The rules of mappings/coverage.toml are followed in their order: the first that finds something inside the territory of the
source decides; a later one may narrow that down (`narrows`). What is found beyond the source's territory counts as its rule
says (`elsewhere`). The last resort is the source's own territory.

"France" says nothing: portals put it everywhere by default. It holds where nothing narrower is known and
the source itself is national.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from harvester.config import Source
from harvester.model import Coverage, Entry, Text
from harvester.territory import Gazetteer
from harvester.territory.boxes import touched, whole
from harvester.territory.units import STATE
from harvester.view.bodies import governed
from harvester.view.places import (
    LONGEST,
    Claim,
    Place,
    located,
    names_of,
    place_of,
    reader,
    shown,
)
from harvester.view.rules import Rule, Rules, shipped
from harvester.view.wording import Named, narrowest

_DIGITS = re.compile(r"\d{9}")
_NUMBERED = re.compile(r"(?<![^/:_\n-])(\d{14}|\d{9})(?![^-_/\n])")
_SITE = re.compile(r"(?:https?://|@)((?:[a-zA-Z0-9-]+\.){1,4}(?:fr|com|org|net|eu))(?![\w.-])")
_OFFICE = re.compile(r"^(?:www\.|ville[-.]|mairie[-.]|data\.|opendata\.|agglo[-.])+")
_LINKS_READ = 4000

Body = tuple[str | None, str | None, tuple[str, ...]]
"""What an agent says of itself: identifier, IRI, names."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a claim: the rule that looked at it, and whether the territory is in the answer."""

    rule: str
    claim: Claim
    counts: bool


def coverage(
    entry: Entry, source: Source, gazetteer: Gazetteer, rules: Rules | None = None
) -> tuple[Coverage, ...]:
    """The territories `entry` is about, most specific evidence first; never empty.

    What places and publishers say is remembered, since catalogues repeat themselves.
    """
    return _Decision(entry, source.territory, gazetteer, rules or shipped()).answer()


def explained(
    entry: Entry, source: Source, gazetteer: Gazetteer, rules: Rules | None = None
) -> tuple[tuple[Coverage, ...], list[Step]]:
    """The same, with all that any rule found, whether it counted or not."""
    decision = _Decision(entry, source.territory, gazetteer, rules or shipped())
    answer = decision.answer()
    counted = {(part.territory, part.how) for part in answer}
    steps = [
        Step(rule.name, claim, (claim.territory, claim.how) in counted)
        for rule in decision.rules.order
        for claim in decision.claims(rule)
    ]
    return answer, steps


class _Decision:
    """One entry on its way through the rules."""

    def __init__(self, entry: Entry, territory: str, gazetteer: Gazetteer, rules: Rules) -> None:
        self.entry, self.territory = entry, territory
        self.gazetteer, self.rules = gazetteer, rules
        self.places = tuple([place_of(place) for place in entry.spatial])
        body = entry.publisher
        self.body = (body.identifier, body.iri, names_of(body.name)) if body else None
        self.reader = reader(gazetteer, rules, territory)

    def answer(self) -> tuple[Coverage, ...]:
        """What the rules decide."""
        gazetteer, territory = self.gazetteer, self.territory
        found: list[Claim] = []
        beside: list[Claim] = []
        for rule in self.rules.order:
            if found and not rule.narrows:
                continue
            claims = self.claims(rule)
            if claims:
                claims = [c for c in claims if c.territory is not None and c.territory != STATE]
            if not claims:
                continue
            if found:
                found = self._narrowed(found, claims)
                continue
            inside = [c for c in claims if gazetteer.encloses(territory, _code(c))]
            if inside:
                found = self._minimal(inside)
                if rule.narrows:  # « Yvelines » declared, « Versailles » in the title
                    beside = [c for c in beside if not self._encloses_any(c, found)]
            elif rule.elsewhere == "alone":
                found, beside = self._minimal(claims), []
            elif rule.elsewhere == "beside":
                beside += claims
        if not found:
            found = [Claim(territory, "source", "", self.rules.sure["source"])]
        if len(found) == 1 and not beside:
            (only,) = found
            return (Coverage(_code(only), only.how, only.sure),)
        told: dict[str, Claim] = {}
        for claim in (*beside, *found):
            told.setdefault(_code(claim), claim)
        return tuple([Coverage(code, c.how, c.sure) for code, c in told.items()])

    def _narrowed(self, found: list[Claim], claims: list[Claim]) -> list[Claim]:
        """What was found, with units made narrower by units that lie in them."""
        narrower = [
            c
            for c in claims
            if any(
                c.territory != f.territory and self.gazetteer.encloses(_code(f), _code(c))
                for f in found
            )
        ]
        return self._minimal([*found, *narrower]) if narrower else found

    def _minimal(self, claims: list[Claim]) -> list[Claim]:
        if len(claims) == 1:
            return claims
        first: dict[str, Claim] = {}
        for claim in claims:
            first.setdefault(_code(claim), claim)
        return [first[code] for code in narrowest(first, self.gazetteer)]

    def _encloses_any(self, claim: Claim, found: list[Claim]) -> bool:
        return any(self.gazetteer.encloses(_code(claim), _code(f)) for f in found)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────

    def claims(self, rule: Rule) -> list[Claim]:
        """All that a rule looks at, and finds."""
        claims: list[Claim] = []
        if self.places:
            said = located(self.gazetteer, self.rules, self.territory, self.places)
            claims += [claim for claim in said if claim.how in rule.looks_at]
        for look in rule.looks_at:
            if look == "title":
                self._texts(look, self.entry.title, claims)
            elif look in ("description", "list"):
                self._texts(look, self.entry.description, claims)
            elif look == "identifier":
                claims += self._identifiers()
            elif look == "link":
                claims += self._linked()
            elif look == "publisher":
                claims += self._publishers()
            elif look == "source":
                claims.append(Claim(self.territory, "source", "", self.rules.sure["source"]))
        return claims

    def _identifiers(self) -> list[Claim]:
        entry = self.entry
        written = (*entry.identifier, *entry.landing_page, *getattr(entry, "source", ()))
        if entry.iri:
            written = (*written, entry.iri)
        claims: list[Claim] = []
        if _DIGITS.search("\n".join(written)):
            for text in written:
                for number in _NUMBERED.findall(text):
                    code = self.gazetteer.siren(number)
                    if code:
                        sure = self.rules.sure["identifier"]
                        claims.append(Claim(code, "identifier", text[-LONGEST:], sure))
        return claims

    def _publishers(self) -> tuple[Claim, ...]:
        if self.body is None:
            return ()
        return _published(self.gazetteer, self.rules, self.territory, self.body)

    def _linked(self) -> list[Claim]:
        """The one commune or EPCI whose site the description names. Nationwide that proves nothing."""
        if self.territory == STATE:
            return []
        found: dict[str, str] = {}
        for text in self.entry.description.values():
            if "." in text:
                for site in _SITE.findall(text[:_LINKS_READ]):
                    code = _of_site(self.gazetteer, self.rules, self.territory, site.lower())
                    if code:
                        found.setdefault(code, site)
        if len(found) != 1:
            return []
        ((code, site),) = found.items()
        for body in self._publishers():  # a city may link to its neighbour's site
            inside = body.territory and self.gazetteer.encloses(self.territory, body.territory)
            if inside and not self.gazetteer.encloses(_code(body), code):
                return []
        return [Claim(code, "link", site, self.rules.sure["link"])]

    def _texts(self, how: str, text: Text, claims: list[Claim]) -> None:
        reader = self.reader
        for written in text.values():
            if how == "list":
                found = reader.listed(written)
            elif how == "title":
                found = reader.title(written, self._hints())
            else:
                found = reader.description(written, self._hints())
            claims += [self._claim(how, named) for named in found]

    def _claim(self, how: str, named: Named) -> Claim:
        sure = self.rules.sure[how]
        if named.code is None:
            told = ", ".join(shown(code, self.gazetteer) for code in named.candidates[:5])
            more = "…" if len(named.candidates) > 5 else ""
            return Claim(None, how, named.written, sure, f"nom partagé : {told}{more}")
        if named.doubtful and sure == "sure":
            sure = "likely"
        return Claim(named.code, how, named.written, sure)

    def _hints(self) -> tuple[str, ...]:
        """Units that decide between homonyms: where the box lies, what is stated, whose the data are."""
        if self.territory != STATE and not self.places and not self.body:
            return ()
        return _hints(self.gazetteer, self.rules, self.territory, self.places, self.body)


def _code(claim: Claim) -> str:
    return claim.territory or STATE


@lru_cache(maxsize=16_384)
def _of_site(gazetteer: Gazetteer, rules: Rules, territory: str, site: str) -> str | None:
    """`www.ville-meudon.fr` → Meudon, where that lies in the territory of the source and is narrower."""
    host = _OFFICE.sub("", site)
    if site in rules.sites or host in rules.sites:
        return None
    name, _, rest = host.partition(".")
    code = gazetteer.glued(name.replace("-", ""), within=territory) if "." not in rest else None
    if code is None or not code.startswith(("fr:commune:", "fr:epci:")):
        return None
    return code if code != territory and gazetteer.encloses(territory, code) else None


@lru_cache(maxsize=16_384)
def _published(gazetteer: Gazetteer, rules: Rules, territory: str, body: Body) -> tuple[Claim, ...]:
    code = governed(*body, gazetteer, territory, rules)
    written = next(iter(body[2]), body[0] or body[1] or "")
    note = "" if code else "ce nom n’est pas celui d’une collectivité"
    return (Claim(code, "publisher", written, rules.sure["publisher"], note),)


@lru_cache(maxsize=16_384)
def _hints(
    gazetteer: Gazetteer,
    rules: Rules,
    territory: str,
    places: tuple[Place, ...],
    body: Body | None,
) -> tuple[str, ...]:
    stated: Iterable[str | None] = [
        c.territory for c in located(gazetteer, rules, territory, places)
    ]
    boxes = [box for *_, box in places if box and not whole(box, gazetteer)]
    around = [code for box in boxes for code in touched(box, territory, gazetteer)]
    bodies = _published(gazetteer, rules, territory, body) if body else ()
    hints = (*stated, *around, *(claim.territory for claim in bodies))
    return tuple(dict.fromkeys(code for code in hints if code and code != STATE))
