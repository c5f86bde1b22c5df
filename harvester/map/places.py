"""Names, codes and IRIs of French territories → the gazetteer's codes."""

from __future__ import annotations

import re
from functools import lru_cache

from harvester.map.cleaners import Places
from harvester.territory import Gazetteer, Level, load
from harvester.territory.codes import unit_of
from harvester.territory.units import STATE

_WITH_NUMBER = re.compile(r"^(.+?)\s*[(\[]?\s*\b(\d{5}|\d{2,3}|2[AB])\s*[)\]]?$")
_TITLED = re.compile(
    r"^(?:(?P<commune>ville|commune|mairie)|(?P<departement>d[ée]partement)|(?P<region>r[ée]gion)|(?P<epci>epci))"
    r"\s+(?:de\s+la\s+|de\s+l['’]|de\s+|des\s+|du\s+|d['’])?(?P<name>.+)$",
    re.IGNORECASE,
)
_LONGEST_NAME = 300
_LEVELS: dict[str, Level] = {
    "com": "commune",
    "dep": "departement",
    "reg": "region",
    "epc": "epci",
    "int": "epci",
}


@lru_cache(maxsize=1)
def shipped() -> Gazetteer:
    """The gazetteer of the package, read once and only when a mapping asks for a place."""
    return load()


def resolver(within: str | None = None) -> Places:
    """The function behind the cleaner `cog`. Homonyms are decided by `within`, a territory's code."""

    @lru_cache(maxsize=8_192)
    def resolve(value: str) -> str | None:
        value = " ".join(value.split())
        if not value:
            return None
        gazetteer = shipped()
        if "://" in value or value.startswith("fr:"):
            return unit_of(value, gazetteer, within or STATE)
        return _of_number(gazetteer, value) or _of_name(gazetteer, value, within)

    return lambda value: resolve(value) if len(value) <= _LONGEST_NAME else None


def _of_number(gazetteer: Gazetteer, value: str) -> str | None:
    number = value.replace(" ", "").upper()
    if re.fullmatch(r"\d{9}|\d{14}", number):
        return gazetteer.siren(number)
    if re.fullmatch(r"\d{5}|2[AB]\d{3}", number):
        found = gazetteer.insee(number)
        if found is None:
            communes = gazetteer.postal(number)
            found = communes[0] if len(communes) == 1 else None
        return found
    if re.fullmatch(r"\d{2,3}|2[AB]", number):
        unit = gazetteer.unit(f"fr:departement:{number}")
        return unit.code if unit else None
    if re.fullmatch(r"FR[0-9A-Z]{0,3}", number):
        return "fr" if number == "FR" else gazetteer.foreign("nuts", number)
    return None


def _of_name(gazetteer: Gazetteer, value: str, within: str | None) -> str | None:
    if match := _WITH_NUMBER.match(value):
        name, number = match[1].strip(" ,-"), match[2]
        around = _of_number(gazetteer, number[:2] if len(number) == 5 else number)
        found = gazetteer.named(name, within=around) if name else None
        if found and around and around in gazetteer.enclosing(found):
            return found
    found = gazetteer.named(value, within=within)
    if found is None and (match := _TITLED.match(value)):
        level = next(key for key in ("commune", "departement", "region", "epci") if match[key])
        found = gazetteer.named(match["name"], level=_LEVELS[level[:3]], within=within)
    if found is None and "," in value:
        first, _, rest = value.partition(",")
        around = gazetteer.named(rest.strip(), within=within)
        found = gazetteer.named(first, within=around or within) if around else None
    return found
