"""When a dataset is about, as titles and identifiers write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

EVER = 9999
"""The last year of what goes on: « depuis 2019 »."""

Agreement = Literal["same", "compatible", "unknown", "part", "other"]


@dataclass(frozen=True, slots=True)
class Period:
    """Years, and which part of them: `t3` a quarter, `s1` a half, `m05` a month, `r2` a round of an election.

    `first` is 0 where only the part is said.
    """

    first: int
    last: int
    part: str = ""


_ORDINALS = {
    "premier": "1", "premiere": "1", "second": "2", "seconde": "2",
    "deuxieme": "2", "troisieme": "3", "quatrieme": "4", "i": "1", "ii": "2", "iii": "3", "iv": "4",
}  # fmt: skip
_MONTHS = {
    name: f"m{number:02}"
    for number, name in enumerate(
        [
            "janvier",
            "fevrier",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "aout",
            "septembre",
            "octobre",
            "novembre",
            "decembre",
        ],
        1,
    )
}
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_GAP = r"[\s_.:,()/-]*"
_NOT_IN_NUMBER = r"(?<![\d])"
_ORDINAL = r"(1er|1ere|[1-4](?:e|eme|nd|nde|d|er|ere)?|premiere?|seconde?|deuxieme|troisieme|quatrieme|iii|ii|iv|i)(?:er|e|eme)?"
_QUARTER = re.compile(
    rf"(?<![a-z0-9]){_ORDINAL}{_GAP}trim(?:estre)?(?![a-z])"
    rf"|(?<![a-z])trim(?:estre)?{_GAP}(?:n[o°]?{_GAP})?([1-4]|iii|ii|iv|i)(?![a-z\d])"
    rf"|(?<![a-z0-9])[tq]{_GAP}([1-4])(?![a-z\d])"
)
_HALF = re.compile(
    rf"(?<![a-z0-9]){_ORDINAL}{_GAP}semestre(?![a-z])"
    rf"|(?<![a-z])semestre{_GAP}([12]|ii|i)(?![a-z\d])"
    rf"|(?<![a-z0-9])s([12])(?={_GAP}{_YEAR})"
)
_ROUND = re.compile(
    rf"(?<![a-z0-9]){_ORDINAL}{_GAP}tours?(?![a-z])|(?<![a-z])tour{_GAP}(?:n[o°]?{_GAP})?([12]|ii|i)(?![a-z\d])"
    r"|(?<![a-z0-9])t([12])(?=[\s_-]*tour)"
)
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})(?={_GAP}{_YEAR})")
_SINCE = re.compile(
    rf"(?<![a-z])(?:depuis|a partir de|a compter de)(?:[\s_-]+l'?annee)?[\s_-]+({_YEAR})(?!\d)"
)
_SPAN = re.compile(
    rf"{_NOT_IN_NUMBER}({_YEAR})(?:[\s_]*(?:-|–|—|/|_|a|au|et)[\s_]*)({_YEAR})(?!\d)"
    rf"|{_NOT_IN_NUMBER}({_YEAR})\s?[/–-]\s?(\d\d)(?![\d/-])"
    r"|(?<![\d/.-])([0-4]\d)\s?[/-]\s?([0-4]\d)(?![\d/.-])"
)
_ROMAN = re.compile(r"(?<![a-z])mm(x{0,3})(ix|iv|v?i{0,3})(?![a-z])")
_SINCE_HINT = re.compile("depuis|partir|compter")
_SPAN_HINT = re.compile(r"\d\d\s*[-–—/_a]")
_ONE = re.compile(rf"{_NOT_IN_NUMBER}({_YEAR})(?!\d)")
_GLUED = re.compile(rf"{_NOT_IN_NUMBER}({_YEAR})\d(?=$|[-_@])")
_SHORT = re.compile(
    r"(?:(?<=[\s(])|^)'(\d\d)(?!\d)|(?<![a-z])(?:exercice|annee|rentree)[\s_-]+(\d\d)(?!\d)"
)
_NOISE = re.compile(
    r"(?<![a-z])(?:exercice|annees?|millesimes?|edition|saison|rentree|campagne|periode)(?![a-z])"
)
_DAY = re.compile(r"(?<![a-z0-9])(?:au|du|le)\s+1er\s+(?=[a-z]+\s+(?:19|20)\d\d)")


def read_period(plain: str) -> tuple[Period | None, str]:
    """(the period, the text without it) of folded text. Several years that are no span make their hull."""
    if not _TELLING.search(plain):
        return None, plain
    rest = _DAY.sub(" ", plain) if "1er" in plain else plain
    part = ""
    for expression, letter, hint in _PARTS:
        found = expression.search(rest) if hint.search(rest) else None
        if found:
            said = next(group for group in found.groups() if group)
            part = f"{letter}{said[0] if said[0].isdigit() else _ORDINALS[said]}"
            rest = f"{rest[: found.start()]} {rest[found.end() :]}"
            break
    if not part:
        month = _MONTH.search(rest)
        if month:
            part = _MONTHS[month[1]]
            rest = f"{rest[: month.start()]} {rest[month.end() :]}"
    years, rest = _years(rest)
    if years is None:
        return (Period(0, 0, part), rest) if part else (None, plain)
    return Period(*years, part), rest


_TELLING = re.compile(r"\d|tour|trimestre|semestre|(?<![a-z])mm[xvi]")
_PARTS = (
    (_ROUND, "r", re.compile("tour")),
    (_QUARTER, "t", re.compile(r"trim|[tq][\s_.:-]*[1-4]")),
    (_HALF, "s", re.compile(r"semestre|s[12]")),
)


def _years(plain: str) -> tuple[tuple[int, int] | None, str]:
    found: tuple[int, int] | None = None

    def keep(first: int, last: int) -> str:
        nonlocal found
        found = (first, last) if found is None else (min(found[0], first), max(found[1], last))
        return " "

    def since(match: re.Match[str]) -> str:
        return keep(int(match[1]), EVER)

    def span(match: re.Match[str]) -> str:
        if match[1]:
            first, last = int(match[1]), int(match[2])
        elif match[3]:
            first, last = int(match[3]), int(match[3][:2] + match[4])
            if not first < last <= first + 10:
                return match[0]
        else:
            first, last = 2000 + int(match[5]), 2000 + int(match[6])
            if last != first + 1:
                return match[0]
        return keep(*sorted((first, last)))

    def roman(match: re.Match[str]) -> str:
        units = {
            "": 0,
            "i": 1,
            "ii": 2,
            "iii": 3,
            "iv": 4,
            "v": 5,
            "vi": 6,
            "vii": 7,
            "viii": 8,
            "ix": 9,
        }
        year = 2000 + 10 * len(match[1]) + units[match[2]]
        return keep(year, year)

    def short(match: re.Match[str]) -> str:
        year = 2000 + int(match[1] or match[2])
        return keep(year, year) if year < 2050 else match[0]

    def one(match: re.Match[str]) -> str:
        return keep(int(match[1]), int(match[1]))

    for expression, replace, hint in (
        (_SINCE, since, _SINCE_HINT),
        (_SPAN, span, _SPAN_HINT),
        (_ONE, one, None),
        (_GLUED, one, None),
        (_ROMAN, roman, _ROMAN),
        (_SHORT, short, _SHORT),
    ):
        if hint is None or hint.search(plain):
            plain = expression.sub(replace, plain)
    if found is not None:
        plain = _NOISE.sub(" ", plain)
    return found, plain


def agreement(one: Period | None, two: Period | None) -> Agreement:
    """How two periods stand to each other. `part`: one holds the other, as a file of years holds a year's."""
    if one is None or two is None:
        return "unknown"
    if one == two:
        return "same"
    if one.part and two.part and one.part != two.part:
        return "other"
    if not one.first or not two.first:
        return "compatible" if one.part == two.part else "unknown"
    if (one.first, one.last) == (two.first, two.last):
        return "part"
    if (one.first <= two.first and two.last <= one.last) or (
        two.first <= one.first and one.last <= two.last
    ):
        return "part"
    return "other"


def of_dates(start: str | None, end: str | None) -> Period | None:
    """The period of a stated temporal coverage, where it is whole years or a school year."""
    if not start or not end or len(start) < 4 or len(end) < 4:
        return None
    try:
        first, last = int(start[:4]), int(end[:4])
    except ValueError:
        return None
    if not 1950 <= first <= last <= first + 30:
        return None
    return Period(first, last)
