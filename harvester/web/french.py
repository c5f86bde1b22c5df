"""What people read: French dates, sizes, labels, and descriptions made safe."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from harvester.model import Location

_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_MARKED = re.compile(
    r"<(?:p|br|a|ul|ol|li|div|span|strong|em|b|i|h[1-6]|table|img|blockquote|pre|code)\b[^>]*>",
    re.I,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_UNREAD = re.compile(r"<(script|style|iframe|template)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_INLINE = re.compile(r"</?(?:a|abbr|b|em|i|strong|span|sub|sup|u|small|code)\b[^>]{0,2000}>", re.I)
_TAGS = re.compile(r"<[^>]{0,2000}>")
_SPACE = re.compile(r"\s+")
_ALLOWED = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "h3",
    "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_LONG = 60_000


def nearness(city: str) -> dict[str, str]:
    """What the levels of territories are called, in the catalogue of a city, or of a territory where `city` is ""."""
    return {
        "commune": city or "Communes",
        "epci": "Intercommunalité",
        "departement": "Département",
        "region": "Région",
        "etat": "National",
        "elsewhere": "Ailleurs",
    }


def spoken(text: Mapping[str, str], language: str = "fr") -> str:
    """In the language of the catalogue, else in French, else in no stated language, else in any."""
    if not text:
        return ""
    return text.get(language) or text.get("fr") or text.get("") or next(iter(text.values()))


def date(iso: str | None) -> str:
    """« 1er mai 2023 », « mai 2023 », « 2023 »."""
    if not iso:
        return ""
    year, month, day = iso[:4], iso[5:7], iso[8:10]
    try:
        name = _MONTHS[int(month) - 1] if month else ""
        number = int(day) if day else 0
    except (ValueError, IndexError):
        return iso
    first = "1er" if number == 1 else str(number)
    return " ".join(part for part in (first if number else "", name, year) if part)


def on(iso: str | None) -> str:
    """« le 1er mai 2023 », « mai 2023 », « 2023 »."""
    written = date(iso)
    return f"le {written}" if written[:1].isdigit() and len(iso or "") >= 10 else written


def since(iso: str | None) -> str:
    """« le 1er mai 2023 », « en mai 2023 », « en 2023 »."""
    written = date(iso)
    return on(iso) if not written or len(iso or "") >= 10 else f"en {written}"


def period(start: str | None, end: str | None) -> str:
    """« du 1er mai 2023 au 2 juin 2024 », « de 2020 à mai 2021 », « depuis 2020 »."""
    if not start or not end:
        return f"depuis {on(start)}" if start else f"jusqu’à {on(end)}".replace("à le ", "au ")
    if start == end:
        return date(start)
    first, last = on(start), on(end)
    opening = f"du {first[3:]}" if first.startswith("le ") else f"de {first}"
    if opening.startswith(("de a", "de o")):  # avril, août, octobre
        opening = "d’" + opening[3:]
    return opening + (f" au {last[3:]}" if last.startswith("le ") else f" à {last}")


def capital(text: str) -> str:
    """With a capital at the beginning."""
    return text[:1].upper() + text[1:]


def place(where: Location) -> str:
    """A place's name, or what else is known of it."""
    if where.name or where.identifier:
        return spoken(where.name) or where.identifier or ""
    if where.bbox:
        west, south, east, north = (f"{side:.3f}".replace(".", ",") for side in where.bbox)
        return f"de {south}° à {north}° N, de {west}° à {east}° E"
    return "géométrie jointe" if where.geometry or where.centroid else where.iri or "non précisé"


def number(value: int) -> str:
    """With narrow no-break spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def size(octets: int | None) -> str:
    """« 12,3 ko »."""
    if octets is None:
        return ""
    value = float(octets)
    for unit in ("octets", "ko", "Mo", "Go", "To"):
        if value < 1000 or unit == "To":
            break
        value /= 1000
    written = f"{value:.1f}".rstrip("0").rstrip(".") if value < 10 else f"{value:.0f}"
    return f"{written.replace('.', ',')}\u00a0{unit}"


def markdown(text: str) -> Markup:
    """What an operator wrote in Markdown."""
    return _cleaned(MarkdownIt("commonmark", {"html": False}).render(text))


def plain(text: str) -> str:
    """Without markup."""
    read = _INLINE.sub("", _UNREAD.sub(" ", text[:_LONG]))
    return _SPACE.sub(" ", html.unescape(_TAGS.sub(" ", read))).strip()


def excerpt(text: str, length: int = 240) -> str:
    """The beginning, cut between words."""
    words = plain(text[: length * 12])
    if len(words) <= length:
        return words
    return words[:length].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def safe(text: str) -> Markup:
    """A description as HTML: markup is cleaned again here, whoever cleaned it before; text becomes paragraphs."""
    text = text if len(text) <= _LONG else text[:_LONG] + "…"
    if _MARKED.search(text):
        return _cleaned(text)
    paragraphs = (part for part in re.split(r"\n\s*\n", text.strip()) if part.strip())
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(map(_linked, part.splitlines())))
        for part in paragraphs
    )


def _cleaned(text: str) -> Markup:
    clean = nh3.clean(
        text,
        tags=_ALLOWED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


def _linked(line: str) -> Markup:
    out, position = Markup(""), 0
    for match in _ADDRESS.finditer(line):
        out += line[position : match.start()]
        out += Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>').format(match[0])
        position = match.end()
    return out + line[position:]
