"""Codes and IRIs of places, as catalogues write them → units of the gazetteer.

Read here: codes of data.gouv.fr's zones (`fr:commune:92040`, with or without a date, and the older
`fr/town/92040`), INSEE's codes and IRIs, SIREN, NUTS, ISO 3166, the EU authority tables `country`, `atu`
and `place`, GeoNames.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from harvester.territory.gazetteer import Gazetteer

_ZONE = re.compile(
    r"(?:^|[/#])fr[:/](?P<level>[a-z-]+)[:/](?P<local>[0-9AB]{2,14})(?:@[\d-]*(?::[\d-]*)?)?/?$",
    re.I,
)
_COUNTRY = re.compile(
    r"^(?:country[:/])?(?:fr|fra|france)$|^country-subset[:/]fr(?:[:/]\w+)?$"
    r"|/resource/authority/country/FRA$|/countries/FR$|[/:]country[:/](?:fr|fra)$|^https?://id\.insee\.fr/geo/pays/(?:france|99100)$"
    r"|^https?://www\.wikidata\.org/(?:entity|wiki)/Q142$|^https?://dbpedia\.org/resource/France$",
    re.I,
)
_OVERSEAS = re.compile(
    r"(?:/resource/authority/country/|[/:]country[:/]|^country[:/])(?P<code>[A-Z]{2,3})$", re.I
)
_INSEE = re.compile(
    r"^https?://(?:id|rdf)\.insee\.fr/geo/(?:\d{4}/)?(?P<level>[A-Za-z]+)[/_](?P<local>[0-9AB]{2,9})/?$"
)
_API = re.compile(
    r"^https?://(?:geo\.api\.gouv\.fr|registre\.data\.developpement-durable\.gouv\.fr/(?:[\w-]+/)*?)/?"
    r"(?P<level>commune|epci|intercommunalite|departement|region)s?/(?P<local>[0-9AB]{2,9})\b"
)
_EU = re.compile(
    r"^https?://publications\.europa\.eu/resource/authority/(?P<table>atu|place)/(?P<code>FRA\w*)$"
)
_NUTS = re.compile(
    r"^(?:https?://[^/]+/(?:\w+/)*(?:nuts/code|nuts/\d{4}|nuts|id)/)?(?P<code>FR[0-9A-Z]{0,3})$"
)
_ISO = re.compile(r"^(?:.*/)?FR-(?P<local>\d{2,3}|2[AB])$")
_LAU = re.compile(r"/lau/(?:\w+/)*FR_(?P<local>[0-9AB]{5})$")
_GEONAMES = re.compile(r"^https?://(?:sws|www)\.geonames\.org/(?P<id>\d+)(?:/.*)?$")
_NUMBER = re.compile(r"^[0-9][0-9AB][0-9]{3}$")

# What is a country to the EU and to ISO 3166, and a département or a collectivity to the COG.
_OVERSEAS_UNITS = {
    code: f"fr:departement:{local}"
    for codes, local in (
        ("GLP GP", "971"), ("MTQ MQ", "972"), ("GUF GF", "973"), ("REU RE", "974"), ("SPM PM", "975"), ("MYT YT", "976"),
        ("BLM BL", "977"), ("MAF MF", "978"), ("WLF WF", "986"), ("PYF PF", "987"), ("NCL NC", "988"),
    )
    for code in codes.split()
}  # fmt: skip

_LEVELS = {
    "commune": "commune",
    "town": "commune",
    "com": "commune",
    "communeassociee": "commune",
    "communedeleguee": "commune",
    "arrondissementmunicipal": "commune",
    "epci": "epci",
    "ept": "epci",
    "intercommunalite": "epci",
    "departement": "departement",
    "county": "departement",
    "dep": "departement",
    "region": "region",
    "reg": "region",
    "iris": "iris",
}


def unit_of(written: str, gazetteer: Gazetteer, within: str) -> str | None:
    """The unit of an IRI or code, or None.

    `within` is the territory of who says it: it decides whether five digits are an INSEE or a postal code.
    """
    text = unquote(written).strip()
    if _COUNTRY.search(text):
        return "fr"
    match = _OVERSEAS.search(text)
    if match:
        return _OVERSEAS_UNITS.get(match["code"].upper())
    for pattern in (_ZONE, _INSEE, _API):
        match = pattern.search(text)
        if match:
            return _coded(match["level"].lower(), match["local"].upper(), gazetteer)
    match = _EU.match(text)
    if match:
        return gazetteer.foreign("atu" if match["table"] == "atu" else "place", match["code"])
    match = _GEONAMES.match(text)
    if match:
        return gazetteer.geonames(match["id"])
    match = _LAU.search(text)
    if match:
        return gazetteer.insee(match["local"])
    match = _ISO.match(text)
    if match:
        return _coded("departement", match["local"], gazetteer)
    match = _NUTS.match(text)
    if match:
        return gazetteer.foreign("nuts", match["code"])
    if _NUMBER.match(text):
        return _five_digits(text, gazetteer, within)
    return gazetteer.siren(text)


def _coded(level: str, local: str, gazetteer: Gazetteer) -> str | None:
    known = _LEVELS.get(level) or _LEVELS.get(level.removesuffix("s"))
    if known == "iris":  # an IRIS is a part of a commune: its first five digits
        known, local = "commune", local[:5]
    unit = gazetteer.unit(f"fr:{known}:{local}") if known else None
    return unit.code if unit else None


def _five_digits(number: str, gazetteer: Gazetteer, within: str) -> str | None:
    insee = gazetteer.insee(number)
    postal = gazetteer.postal(number)
    if insee and not postal:
        return insee
    candidates = {*postal, *((insee,) if insee else ())}
    inside = [code for code in candidates if gazetteer.encloses(within, code)]
    return inside[0] if len(inside) == 1 else None
