"""What the places of an entry say: codes, IRIs, names and boxes → claims, remembered by what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from harvester.model import Location, Sure, Text
from harvester.territory import Gazetteer
from harvester.territory.boxes import box_of, fit, placed, whole
from harvester.territory.codes import unit_of
from harvester.territory.mentions import names as findable
from harvester.territory.names import fold
from harvester.territory.units import STATE, Box
from harvester.view.bodies import governed
from harvester.view.rules import Rules
from harvester.view.wording import Reader, narrowest

_WITH_CODE = re.compile(r"^(?P<name>.{1,80}?)[\s*(\[,-]+(?P<number>\d{5}|2[ABab]\d{3})[)\]]?$")
_NOTHING = "ce nom ne dit rien"
_OVERSEAS = re.compile(r"^fr:(?:departement:9[78]\d|region:0[1-6]|commune:9[78]\d{3})$")
_LIST = re.compile(r"\s*[,;/|]\s*")
_SAME_BOX = 0.95
LONGEST = 200
"""Characters of what is worth remembering: what is longer than any name is prose."""

Place = tuple[str | None, str | None, tuple[str, ...], Box | None]
"""What a location says of itself: identifier, IRI, names, box."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing found: where (`how`), what was written, and the unit it names.

    None where it names none, or several; `note` says why, in French, for people.
    """

    territory: str | None
    how: str
    written: str
    sure: Sure
    note: str = ""


def shown(code: str, gazetteer: Gazetteer) -> str:
    """`Saint-Denis (93066)`, for people."""
    unit = gazetteer.unit(code)
    return f"{unit.name} ({unit.local})" if unit else code


def names_of(text: Text) -> tuple[str, ...]:
    """The names in all languages; what is longer than any name is prose, and not worth remembering."""
    return tuple([name for name in text.values() if len(name) <= LONGEST]) if text else ()


def place_of(place: Location) -> Place:
    """A location as what is written there, to be remembered by; its box is its geometry's where it gives none."""
    box = place.bbox or (box_of(place.geometry) if place.geometry else None)
    return place.identifier, place.iri, names_of(place.name), box


@lru_cache(maxsize=64)
def reader(gazetteer: Gazetteer, rules: Rules, territory: str) -> Reader:
    """Who reads the texts of a source of that territory."""
    return Reader(territory, gazetteer, findable(gazetteer, rules.aliases), rules)


@lru_cache(maxsize=16_384)
def located(
    gazetteer: Gazetteer, rules: Rules, territory: str, places: tuple[Place, ...]
) -> tuple[Claim, ...]:
    """What the places of an entry say, by `stated`, `uri`, `name` and `box`."""
    claims: list[Claim] = []
    for identifier, iri, names, box in places:
        claims += _stated(identifier, iri, names, gazetteer, territory, rules)
        if box is not None:
            claims.append(_boxed(box, gazetteer, territory, rules))
    if any(c.territory == STATE or c.note == _NOTHING for c in claims):
        claims = [_whole(c) if _OVERSEAS.match(c.territory or "") else c for c in claims]
    return tuple(claims)


def _whole(claim: Claim) -> Claim:
    """France with its overseas territories one by one is France: that they are named does not make it theirs alone."""
    return replace(claim, territory=None, note="nommé avec la France entière")


def _stated(
    identifier: str | None,
    iri: str | None,
    names: tuple[str, ...],
    gazetteer: Gazetteer,
    territory: str,
    rules: Rules,
) -> list[Claim]:
    """What one location states: its code, else its IRI, else its name."""
    for written, how in ((identifier, "stated"), (iri, "uri")):
        code = unit_of(written, gazetteer, territory) if written else None
        if written and code:
            note = "la France entière ne dit rien" if code == STATE else ""
            return [Claim(code, how, written, rules.sure[how], note)]
    claims: list[Claim] = []
    for name in names or _as_name(iri):
        found = list(_placed(name, gazetteer, territory, rules))
        telling = [claim for claim in found if claim.note != _NOTHING]
        if telling and all(claim.territory for claim in telling):
            return telling
        claims += found
    return [Claim(None, c.how, c.written, c.sure, c.note) for c in claims]


def _as_name(iri: str | None) -> tuple[str, ...]:
    """The end of an IRI that no table knows: RDF that gives a name where an IRI is due makes `https://…/Rennes` of it."""
    last = unquote(iri.rstrip("/").rpartition("/")[2]) if iri else ""
    return (last,) if last[:1].isupper() and len(last) <= LONGEST else ()


def _placed(name: str, gazetteer: Gazetteer, territory: str, rules: Rules) -> Iterator[Claim]:
    """The units of a free text of places, a list perhaps: those inside the source's territory."""
    sure = rules.sure["name"]
    for part in filter(None, _LIST.split(name)):
        if fold(part) in rules.nothing:
            yield Claim(None, "name", part, sure, _NOTHING)
            continue
        code = _unit_named(part, gazetteer, territory, rules)
        if code and gazetteer.encloses(territory, code):
            shared = len(gazetteer.candidates(part)) > 1
            yield Claim(code, "name", part, "likely" if shared and sure == "sure" else sure)
        elif code:
            yield Claim(None, "name", part, sure, f"{shown(code, gazetteer)} est ailleurs")
        else:
            shared_by = gazetteer.candidates(part)
            told = ", ".join(shown(one, gazetteer) for one in shared_by[:5])
            note = f"nom partagé : {told}" if shared_by else "nom inconnu"
            yield Claim(None, "name", part, sure, note)


def _unit_named(part: str, gazetteer: Gazetteer, territory: str, rules: Rules) -> str | None:
    """The unit of a free text: a name, an office or a group, or a phrase with one name in it (« Territoire de GPSO »)."""
    match = _WITH_CODE.match(part)
    if match:  # « Avrigny*60036 », « Sèvres (92310) »
        number = match["number"].upper()
        for code in (gazetteer.insee(number), *gazetteer.postal(number)):
            if code and code in gazetteer.candidates(match["name"], level="commune"):
                return code
    code = gazetteer.named(part, within=territory) or governed(
        None, None, (part,), gazetteer, territory, rules
    )
    if code:
        return code
    named = [n.code for n in reader(gazetteer, rules, territory).title(part) if n.code]
    found = narrowest(named, gazetteer)
    return found[0] if len(found) == 1 else None


def _boxed(box: Box, gazetteer: Gazetteer, territory: str, rules: Rules) -> Claim:
    sure = rules.sure["box"]
    written = "{:.4f} {:.4f} {:.4f} {:.4f}".format(*box)
    if whole(box, gazetteer) or any(fit(box, known) >= _SAME_BOX for known in rules.boxes):
        return Claim(None, "box", written, sure, "emprise par défaut, qui ne dit rien")
    code = placed(box, territory, gazetteer)
    if code is None:
        return Claim(None, "box", written, sure, "emprise d’aucun territoire en particulier")
    if code == territory:
        return Claim(None, "box", written, sure, "emprise de tout le territoire de la source")
    return Claim(code, "box", written, sure)
