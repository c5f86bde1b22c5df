"""Cells of a catalogue held against its schema: what is wrong, in French, for the person who keeps the table.

A cell is judged, not changed, with two exceptions whose meaning is certain: a day that a spreadsheet wrote as its serial
number, and the spaces inside a SIRET.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from harvester.model import Problem, Severity
from harvester.parse.columns import Column, folded

SAID = 5
"""Cells of a column of which the same thing is said; the others are counted."""

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}.*)?)?)?")
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.0+)?")
_SCIENTIFIC = re.compile(r"\d[.,]?\d*\s*[eE]\s*\+?\d+")
_EMAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[A-Za-z]{2,}")
_REMEMBERED = 300
_POSTE = "356000000"
_ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
# A run is looked at from its beginning only: a search would start anew at each of its characters.
_BETWEEN = re.compile(
    r"(?<![\s;|,])[\s;|,]++(?=https?://|www\.)|(?:(?<![^\S\n])[^\S\n]++)?[\n|]\s*+", re.IGNORECASE
)


class Said(NamedTuple):
    """What is wrong with a cell, what to write instead, and how grave it is. `kind` tells equal defects."""

    kind: str
    what: str
    severity: Severity


@lru_cache(maxsize=2_048)
def judged(column: Column, text: str) -> tuple[str, Said | None]:
    """The cell, mended where its meaning is certain, and what is to be said of it."""
    if column.check == "date":
        return _date(text)
    if column.check == "siret":
        return _siret(text)
    if column.check == "integer":
        good = text.isdecimal() and int(text[:9]) >= 1
        return text, None if good else Said(
            "number", "ce n'est pas un nombre entier, à partir de 1", "warning"
        )
    if column.check == "url":
        good = all(_ADDRESS.fullmatch(each) for each in addresses(text))
        what = "ce n'est pas une adresse ; écrire toute l'adresse, avec https://"
        return text, None if good else Said("url", what, "warning")
    if column.check == "email":
        good = all(_EMAIL.fullmatch(each) for each in re.split(r"[\s;,|]+", text) if each)
        return text, None if good else Said(
            "email", "ce n'est pas une adresse électronique", "warning"
        )
    if column.among:
        return text, _among(column, text)
    if column.longest and len(text) > column.longest:
        what = f"{len(text)} caractères ; en garder {column.longest} au plus"
        return text, Said("long", what, "info")
    return text, None  # fmt: skip


def addresses(text: str) -> list[str]:
    """The addresses of a cell: one, or several with spaces, line ends, `;`, `,` or `|` between them."""
    return [each.strip(" ;,|") for each in _BETWEEN.split(text.strip()) if each.strip(" ;,|")]


def words(text: str) -> list[str]:
    """The words of a cell that holds several: `csv;json`, `CSV, XLSX`, `csv / shp`, `csv et json`."""
    return [each.strip() for each in re.split(r"[;,|\n]|\s/\s|\set\s", text) if each.strip()]


def _date(text: str) -> tuple[str, Said | None]:
    whole = _ISO.fullmatch(text)
    if whole:
        year, month, day = (int(part or 1) for part in whole.groups())
        if _is_day(year, month, day):
            return text, None
    elif _SERIAL.fullmatch(text):
        day_of = (date(1899, 12, 30) + timedelta(days=int(text[:5]))).isoformat()
        what = f"c'est le numéro d'un jour dans le tableur, lu comme {day_of} ; donner à la colonne le format Texte"
        return day_of, Said("serial", what, "warning")
    else:
        french = _FRENCH.fullmatch(text)
        if french and _is_day(int(french[3]), int(french[2]), int(french[1])):
            written = f"{french[3]}-{int(french[2]):02}-{int(french[1]):02}"
            return text, Said("french", f"lu comme {written} ; écrire AAAA-MM-JJ", "info")
    return text, Said("date", "ce n'est pas une date ; écrire AAAA-MM-JJ", "warning")


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _siret(text: str) -> tuple[str, Said | None]:
    bare = re.sub(r"[\s.\u00a0\u202f]", "", text)
    if _SCIENTIFIC.fullmatch(text):
        what = "le tableur a arrondi le SIRET ; donner à la colonne le format Texte et l'écrire de nouveau"
        return text, Said("rounded", what, "warning")
    if not bare.isascii() or not bare.isdecimal():
        return text, Said("siret", "ce n'est pas un SIRET ; écrire ses 14 chiffres", "warning")
    if len(bare) == 9:
        return bare, Said(
            "siren", "c'est un SIREN (9 chiffres) ; écrire les 14 chiffres du SIRET", "info"
        )
    if len(bare) != 14:
        lost = " ; le tableur a peut-être ôté un zéro au début" if len(bare) == 13 else ""
        return bare, Said("siret-length", f"{len(bare)} chiffres au lieu de 14{lost}", "warning")
    if not bare.startswith(_POSTE) and _luhn(bare):
        what = "ce SIRET n'existe pas (sa clé de contrôle est fausse) ; le vérifier"
        return bare, Said("siret-key", what, "warning")
    return bare, Said("siret-spaces", "écrire les 14 chiffres d'un seul tenant", "info") if bare != text else None  # fmt: skip


def _luhn(digits: str) -> int:
    """0 for a number whose key is right (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10


def _among(column: Column, text: str) -> Said | None:
    known = {folded(each): each for each in column.among}
    written = folded(text)
    if written in known:
        return None
    begins = [each for fold, each in known.items() if written and fold.startswith(written)]
    near = begins or [known[each] for each in get_close_matches(written, known, 1, 0.7)]
    hint = (
        f" ; vouliez-vous dire « {near[0]} » ?"
        if near
        else f" ; choisir parmi : {', '.join(column.among)}"
    )
    return Said("among", f"ce mot n'est pas de la liste{hint}", "warning" if column.strict and not begins else "info")  # fmt: skip


class Judge:
    """Says what is wrong with cells as they pass, the same of a column a few times, and counts the rest."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str, Severity], int] = {}
        self._empty: dict[str, list[int]] = {}

    def cell(self, row: int, column: Column, text: str) -> tuple[str, Problem | None]:
        """The cell as it is to be read, and a problem."""
        if not text:
            if column.required:
                self._empty.setdefault(column.name, []).append(row)
            return text, None
        if not (column.check or column.among or column.longest):
            return text, None
        short = len(text) <= _REMEMBERED
        read, said = judged(column, text) if short else judged.__wrapped__(column, text)
        if said is None:
            return read, None
        key = (column.name, said.kind, said.severity)
        times = self._times[key] = self._times.get(key, 0) + 1
        if times > SAID:
            return read, None
        place = f"ligne {row}, colonne {column.name}"
        shown = text if len(text) <= 80 else text[:80] + "…"
        return read, Problem(
            "table-cell", f"{place} (« {shown} ») : {said.what}", said.severity, place, text[:200]
        )

    def rest(self) -> Iterator[Problem]:
        """What remains to be said once all rows have passed."""
        for (name, _, severity), times in self._times.items():
            if times > SAID:
                more = f"… et {times - SAID} autres cellules de la colonne {name}, de même."
                yield Problem("table-cell", more, severity, f"colonne {name}")
        for name, rows in self._empty.items():
            first = ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")
            s = "s" if len(rows) > 1 else ""
            yield Problem(
                "table-empty",
                f"colonne {name} : {len(rows)} cellule{s} vide{s} (ligne{s} {first}), que le schéma veut remplie{s}",
                "info",
                f"colonne {name}",
            )
