"""Dates and durations as portals write them → ISO 8601 whose length is its precision."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from harvester.map.text import bare
from harvester.model import DATE_PATTERN, DURATION_PATTERN

_DATE = re.compile(DATE_PATTERN)
_DURATION = re.compile(DURATION_PATTERN)

_ISO = re.compile(
    r"^(?P<y>-?\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2})"
    r"(?:[T\s]+(?P<h>\d{1,2})[:h](?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d+))?)?"
    r"\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?)?)?(?:\s*(?P<z2>Z|[+-]\d{2}:\d{2}))?$",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(Z?))?$")
_FRENCH = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})\s*[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})"
    r"(?:\D{1,5}(?P<h>\d{1,2})[:h](?P<min>\d{2})(?::(?P<s>\d{2}))?)?(?!\d)"
)
_FRENCH_MONTH = re.compile(r"^(?P<m>\d{1,2})[-/.](?P<y>\d{4})$")
_WORDS = re.compile(
    r"(?:^|\D)(?:(\d{1,2})(?:er|st|nd|rd|th)?\s+)?([a-z]+)\s+(?:(\d{1,2})\s+)?(\d{4})(?!\d)"
)
_ISO_START = re.compile(
    r"^\s*(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?)(?![\d-])"
)
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january janv jan",
            "fevrier february fevr fev feb",
            "mars march mar",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        1,
    )
    for name in names.split()
}


LONGEST_DATE = 100
"""A longer text is no date; nor is it worth remembering."""


def date(text: str) -> str | None:
    """An ISO date as precise as what was written, or None.

    Day before month (`12/03/2021` is the twelfth of March) unless only the other order is a date.
    Years before 1000 are taken for errors, as are impossible days (`2021-02-30`).
    """
    return _date(text) if len(text) <= LONGEST_DATE else None


@lru_cache(maxsize=16_384)
def _date(text: str) -> str | None:
    text = text.strip()
    if len(text) <= 35 and _DATE.fullmatch(text):
        return text if _exists(text) else None
    if match := _ISO.match(text):
        zone = match["z"] or match["z2"] or ""
        return _build(
            match["y"],
            match["m"],
            match["d"],
            match["h"],
            match["min"],
            match["s"],
            match["f"],
            zone,
        )
    if match := _COMPACT.match(text):
        year, month, day, hour, minute, second, zone = match.groups()
        return _build(year, month, day, hour, minute, second, None, zone or "")
    if _EPOCH.match(text):
        seconds = int(text[:10])
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if match := _FRENCH_MONTH.match(text):
        return _build(match["y"], match["m"])
    if match := _FRENCH.search(text):
        day, month = match["d"], match["m"]
        if int(month) > 12 >= int(day):
            day, month = month, day
        return _build(match["y"], month, day, match["h"], match["min"], match["s"])
    if match := _ISO_START.match(text):
        return _build_again(match[1])
    return _worded(text)


def _worded(text: str) -> str | None:
    """`1er mars 2021`, `mars 2021`, `March 12, 2021`."""
    for before, word, after, year in _WORDS.findall(bare(text)):
        month = _MONTHS.get(word)
        if month:
            return _build(year, str(month), before or after or None)
    return None


def _build_again(text: str) -> str | None:
    return text if _DATE.fullmatch(text) and _exists(text) else None


def _build(
    year: str,
    month: str | None = None,
    day: str | None = None,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    fraction: str | None = None,
    zone: str = "",
) -> str | None:
    text = year
    if month:
        text += f"-{int(month):02}"
    if month and day:
        text += f"-{int(day):02}"
    if month and day and hour and minute:
        text += f"T{int(hour):02}:{minute}:{second or '00'}"
        if fraction and fraction.strip("0"):
            text += f".{fraction}"
        text += _zone(zone)
    return _build_again(text)


def _zone(zone: str) -> str:
    if not zone:
        return ""
    if zone.upper() in {"Z", "UTC", "GMT"}:
        return "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _exists(text: str) -> bool:
    """Whether the calendar has that day, and the year is one that data can be about."""
    if text[0] == "-" or text[:4] < "1000":
        return False
    if len(text) < 10:
        return True
    try:
        datetime(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return False
    return True


_PERIOD = re.compile(r"^\s*(\d[^/;]*?)\s*[/;]\s*(\S[^/;]*?)?\s*$")
_FROM_TO = re.compile(
    r"^\s*(?:du|de|from)?\s*(\S.*?)\s+(?:-|–|au|à|jusqu'au|to|until)\s+(\S.*?)\s*$", re.IGNORECASE
)
_LONGEST_PERIOD = 2 * LONGEST_DATE + 20
_YEARS = re.compile(r"^\s*(\d{4})\s*[-–/]\s*(\d{4})\s*$")


def period(text: str) -> tuple[str | None, str | None]:
    """`2019/2021`, `2019-2021`, `2019-01-01/..`, `2020` → start and end, either may be missing."""
    text = text.strip()
    if len(text) > _LONGEST_PERIOD:
        return None, None
    if match := _YEARS.match(text):
        return date(match[1]), date(match[2])
    for match in (_PERIOD.match(text), _FROM_TO.match(text)):
        if match:
            start, end = date(match[1]), date(match[2] or "")
            if start and (end or (match[2] or "..") == ".."):
                return start, end
    whole = date(text)
    return whole, whole


_AMOUNT = re.compile(r"^(\d{1,9})\s*([a-z]+)$")
_UNITS = {
    "s": "PT{}S",
    "second": "PT{}S",
    "seconde": "PT{}S",
    "min": "PT{}M",
    "minute": "PT{}M",
    "h": "PT{}H",
    "hour": "PT{}H",
    "heure": "PT{}H",
    "j": "P{}D",
    "jour": "P{}D",
    "day": "P{}D",
    "semaine": "P{}W",
    "week": "P{}W",
    "mois": "P{}M",
    "month": "P{}M",
    "an": "P{}Y",
    "annee": "P{}Y",
    "year": "P{}Y",
}


def duration(text: str) -> str | None:
    """An ISO 8601 duration, also from `15 minutes` or `1 an`; None for anything else."""
    text = text.strip()
    if len(text) > LONGEST_DATE:
        return None
    if _DURATION.fullmatch(text.upper()) and text[-1].upper() not in "PT":
        return text.upper()
    if match := _AMOUNT.match(bare(text)):
        unit = match[2] if match[2] in _UNITS else match[2].removesuffix("s")
        template = _UNITS.get(unit)
        return template.format(int(match[1])) if template else None
    return None
