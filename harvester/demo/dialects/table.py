"""A commune's catalogue kept in a spreadsheet, in the columns of SCDL « catalogue » and one of its own, ACCES, shared as CSV.

People keep it: semicolons, a title above the columns, dates as they write them, one row too many at the end.
"""

from __future__ import annotations

import csv
import io

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample

PATH = "/catalogue.csv"

COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "ID", "TITRE", "DESCRIPTION", "THEME", "PRODUCTEUR_NOM", "PRODUCTEUR_SIRET",
    "COUV_SPAT_MAILLE", "COUV_SPAT_NOM", "COUV_TEMP_DEBUT", "COUV_TEMP_FIN", "DATE_PUBL", "FREQ_MAJ", "DATE_MAJ",
    "MOTS_CLES", "LICENCE", "NOMBRE_RESSOURCES", "FORMAT_RESSOURCES", "URL", "ACCES",
)  # fmt: skip

_FREQUENCIES = {
    "ANNUAL": "Annuelle",
    "ANNUAL_2": "Semestrielle",
    "CONT": "Continuelle",
    "DAILY": "Quotidienne ou plusieurs fois par jour",
    "IRREG": "Irrégulière",
    "MONTHLY": "Mensuelle ou plusieurs fois par mois",
    "NEVER": "Ponctuelle",
    "QUARTERLY": "Trimestrielle",
    "QUINQUENNIAL": "Quinquennale",
    "WEEKLY": "Hebdomadaire ou plusieurs fois par semaine",
}
_THEMES = {
    "AGRI": "Agriculture",
    "ECON": "Économie",
    "EDUC": "Éducation, culture et sport",
    "ENER": "Énergie",
    "ENVI": "Environnement",
    "GOVE": "Administration",
    "HEAL": "Santé",
    "JUST": "Sécurité",
    "REGI": "Urbanisme",
    "SOCI": "Population",
    "TECH": "Sciences",
    "TRAN": "Transports",
}
_ACCESS = {"PUBLIC": "public", "RESTRICTED": "restreint"}
_SCALES = {"commune": "Communale", "epci": "Intercommunale", "departement": "Départementale", "region": "Régionale"}  # fmt: skip

Row = tuple[str, ...]
"""The cells of a row, in the order of `COLUMNS`."""


def describe(sample: Sample) -> Row:
    """A row: what the secretary writes of a dataset."""
    producer = sample.producer
    siret = _siret(producer.unit.siren)
    place = sample.place or producer.unit
    year = str(sample.year) if sample.year else ""
    return (
        producer.name,
        siret,
        sample.slug,
        sample.title,
        sample.text,
        _THEMES[sample.theme],
        producer.name,
        siret,
        _SCALES.get(place.level, "Autre"),
        place.name,
        f"{year}-01-01" if year else "",
        f"{year}-12-31" if year else "",
        sample.issued,
        _FREQUENCIES.get(sample.frequency, "Inconnue"),
        _french(sample.modified),
        ";".join(sample.keywords),
        "Licence Ouverte-LO",
        str(len(sample.formats)),
        ";".join(sample.formats),
        sample.landing or sample.iri,
        _ACCESS.get(sample.access, "interne"),
    )


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:  # noqa: ARG001
    """The sheet at `/catalogue.csv`; at `/`, the page of the commune's site that links to it."""
    if asked.path == "/":
        page = f'<!doctype html><title>{portal.name}</title><a href="catalogue.csv">Catalogue des données (CSV)</a>'
        return Said(page.encode(), "text/html; charset=utf-8")
    if asked.path != PATH:
        return None
    text = io.StringIO()
    write = csv.writer(text, delimiter=";", lineterminator="\r\n")
    write.writerow([f"Catalogue des données ouvertes — {portal.name}"])
    write.writerow([])
    write.writerow(COLUMNS)
    write.writerows(portal.entries)
    return Said(b"\xef\xbb\xbf" + text.getvalue().encode(), "text/csv; charset=utf-8")


def _siret(siren: str | None) -> str:
    """A SIREN's first establishment: the rest of the number, with its key (ISO/IEC 7812-1)."""
    if not siren:
        return ""
    bare = f"{siren}0001"
    total = 0
    for place, digit in enumerate(reversed(bare)):
        number = int(digit) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return f"{bare}{-total % 10}"


def _french(day: str) -> str:
    year, month, rest = day.split("-")
    return f"{rest[:2]}/{month}/{year}"
