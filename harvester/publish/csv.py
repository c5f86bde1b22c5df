"""`datasets.csv` in the columns of SCDL « catalogue » 0.1.3 (schema.data.gouv.fr, scdl/catalogue).

UTF-8, comma, one header line, CRLF (RFC 4180). A cell that a spreadsheet would run as a formula begins with an
apostrophe. What a source does not say is left empty, except where the schema has a word for it (`Inconnue`).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping

from harvester.model import Agent, DataService, Dataset, Location
from harvester.publish import terms
from harvester.publish.site import Published, Site

MEDIA_TYPE = "text/csv"

COLUMNS = (
    "COLL_NOM",
    "COLL_SIRET",
    "ID",
    "TITRE",
    "DESCRIPTION",
    "THEME",
    "PRODUCTEUR_NOM",
    "PRODUCTEUR_SIRET",
    "COUV_SPAT_MAILLE",
    "COUV_SPAT_NOM",
    "COUV_TEMP_DEBUT",
    "COUV_TEMP_FIN",
    "DATE_PUBL",
    "FREQ_MAJ",
    "DATE_MAJ",
    "MOTS_CLES",
    "LICENCE",
    "NOMBRE_RESSOURCES",
    "FORMAT_RESSOURCES",
    "URL",
)

_FREQUENCIES = {
    "CONT": "Continuelle",
    "UPDATE_CONT": "Continuelle",
    "HOURLY": "Toutes les heures",
    "BIHOURLY": "Quotidienne ou plusieurs fois par jour",
    "TRIHOURLY": "Quotidienne ou plusieurs fois par jour",
    "12HRS": "Quotidienne ou plusieurs fois par jour",
    "DAILY_2": "Quotidienne ou plusieurs fois par jour",
    "DAILY": "Quotidienne ou plusieurs fois par jour",
    "WEEKLY": "Hebdomadaire ou plusieurs fois par semaine",
    "WEEKLY_2": "Hebdomadaire ou plusieurs fois par semaine",
    "WEEKLY_3": "Hebdomadaire ou plusieurs fois par semaine",
    "WEEKLY_5": "Hebdomadaire ou plusieurs fois par semaine",
    "MONTHLY": "Mensuelle ou plusieurs fois par mois",
    "MONTHLY_2": "Mensuelle ou plusieurs fois par mois",
    "MONTHLY_3": "Mensuelle ou plusieurs fois par mois",
    "BIWEEKLY": "Mensuelle ou plusieurs fois par mois",
    "BIMONTHLY": "Bimestrielle",
    "QUARTERLY": "Trimestrielle",
    "ANNUAL_2": "Semestrielle",
    "ANNUAL": "Annuelle",
    "BIENNIAL": "Biennale",
    "TRIENNIAL": "Triennale",
    "QUINQUENNIAL": "Quinquennale",
    "IRREG": "Irrégulière",
    "AS_NEEDED": "Irrégulière",
    "NEVER": "Ponctuelle",
}
_SCALES = (
    (re.compile(r"commune|municipality|\bcom\b", re.I), "Communale"),
    (re.compile(r"epci|intercommunalite", re.I), "Intercommunale"),
    (re.compile(r"canton", re.I), "Cantonale"),
    (re.compile(r"departement", re.I), "Départementale"),
    (re.compile(r"region", re.I), "Régionale"),
)
_TAGS = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


def head() -> bytes:
    """Return the header line."""
    return _line(COLUMNS)


def prefix(owner: Agent) -> bytes:
    """Return the first two cells of every line: whose catalogue it is, with its SIRET from `identifier`."""
    return _line((_spoken(owner.name)[:140], _siret(owner)))[:-2] + b","


def row(published: Published, site: Site) -> bytes:
    """Render the rest of an entry's line: like any fragment, the same in every catalogue."""
    value = published.entry
    producer = value.publisher or next(iter(value.creator), None)
    distributions = value.distribution if isinstance(value, Dataset) else ()
    formats = [d.format or d.media_type or "" for d in distributions]
    if isinstance(value, DataService):
        formats = list(value.format)
    place = next(iter(value.spatial), None)
    period = next(iter(value.temporal), None)
    frequency = "" if isinstance(value, DataService) else value.accrual_periodicity or ""
    licence = value.license or next((d.license for d in distributions if d.license), "")
    return _line(
        (
            published.id,
            _spoken(value.title),
            _SPACE.sub(" ", _TAGS.sub(" ", _spoken(value.description))).strip(),
            _label(next(iter(value.theme), ""), site)[:140],
            _spoken(producer.name)[:140] if producer else "",
            _siret(producer),
            _scale(place),
            _place(place)[:140],
            _day(period.start if period else None, "-01-01", "-01"),
            _day(period.end if period else None, "-12-31", ""),
            _day(value.issued, "-01-01", "-01"),
            _FREQUENCIES.get(frequency.rsplit("/", 1)[-1], "Inconnue"),
            _day(value.modified or published.modified, "-01-01", "-01"),
            ";".join(dict.fromkeys(_plain(w) for ws in value.keyword.values() for w in ws)),
            _licence(licence or ""),
            str(len(distributions) or 1),
            ";".join(dict.fromkeys(_plain(_code(f)) for f in formats if f)),
            site.dataset(published.id),
        )
    )


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([_inert(terms.text(cell)) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")


def _inert(cell: str) -> str:
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _spoken(text: Mapping[str, str]) -> str:
    """In French, else as nobody's language, else in any."""
    return text.get("fr") or text.get("") or next(iter(text.values()), "")


def _label(concept: str, site: Site) -> str:
    return _spoken(site.labels.get(concept, {})) or _code(concept)


def _code(concept: str) -> str:
    return concept.rstrip("/#").rsplit("/", 1)[-1] if terms.is_iri(concept) else concept


def _siret(agent: Agent | None) -> str:
    digits = (agent.identifier or "") if agent else ""
    return digits if digits.isdigit() and len(digits) == 14 else ""


def _scale(place: Location | None) -> str:
    if place is None:
        return ""
    said = place.iri or place.identifier or ""
    return next((word for pattern, word in _SCALES if pattern.search(said)), "Autre")


def _place(place: Location | None) -> str:
    return (_spoken(place.name) or place.identifier or "") if place else ""


def _day(date: str | None, year: str, month: str) -> str:
    """AAAA-MM-JJ. A year is stretched to its first or last day; a month without a last day stays empty."""
    typed = terms.date(date) if date else None
    if typed is None:
        return ""
    lexical, kind = typed
    if kind == "xsd:gYear":
        return lexical + year
    if kind == "xsd:gYearMonth":
        return lexical + month if month else _last_day(lexical)
    return lexical[:10]


def _last_day(month: str) -> str:
    number, year = int(month[5:7]), int(month[:4])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (
        29 if number == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[number - 1]
    )
    return f"{month}-{days}"


def _plain(word: str) -> str:
    """Lower case without accents, as the schema asks; the separator cannot stand in a word."""
    folded = unicodedata.normalize("NFKD", word.lower().replace(";", " "))
    return "".join(c for c in folded if not unicodedata.combining(c)).strip()


def _licence(licence: str) -> str:
    said = _plain(licence.rsplit("/", 1)[-1] if terms.is_iri(licence) else licence)
    if "etalab" in said or "licence ouverte" in said or said in ("lov1", "lov2", "fr-lo"):
        return "Licence Ouverte-LO"
    if "odbl" in said or "odc_bl" in said or "open database" in said:
        return "Open Database License-ODBL"
    if said.startswith(("cc", "creative commons")):
        return "Creative Commons-CC"
    return "Spécifique ou autre" if said else ""
