"""The cleaners that a mapping may name behind `|`, in one table.

The first line of each docstring is the line of docs/mappings.md. A cleaner of values gets one text and gives
a value, a list, or None for "nothing"; a cleaner of lists gets all values at once. What cannot be cleaned
raises `Unclean`, which becomes a Problem of the record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from harvester.map import dates, geometry, links, text
from harvester.map.restrictions import restriction
from harvester.map.values import Unclean, said
from harvester.map.vocabulary import Vocabulary

Places = Callable[[str], str | None]
"""From a name, an INSEE code, a SIREN or a territory's IRI to a code (`fr:commune:92040`), or None."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What cleaners may look things up in."""

    vocabularies: dict[str, Vocabulary]
    places: Places


def clean_text(value: str) -> str | None:
    """Texte d'une seule ligne : sans balises, caractères invisibles ni espaces en trop, accents composés."""
    return text.line(value) or None


def plain(value: str) -> str | None:
    """Texte brut sur plusieurs lignes : les balises HTML deviennent des retours à la ligne et des tirets."""
    return text.plain(value) or None


def html(value: str) -> str | None:
    """HTML assaini : structure, mise en valeur et liens seulement ; un texte sans balise reste un texte."""
    return text.sanitise(value) or None


def markdown(value: str) -> str | None:
    """Markdown converti en HTML assaini ; un texte sans mise en forme reste un texte."""
    return text.markdown(value) or None


def lower(value: str) -> str:
    """Minuscules."""
    return value.lower()


def upper(value: str) -> str:
    """Majuscules."""
    return value.upper()


def capitalise(value: str) -> str:
    """Majuscule à la première lettre, le reste inchangé."""
    return value[:1].upper() + value[1:]


_SEPARATORS = re.compile(r"[_\-.+]+|(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")


def humanise(value: str) -> str | None:
    """Identifiant technique rendu lisible : `aires-de_jeux` devient `Aires de jeux`."""
    tail = unquote_plus(value.rstrip("/#").rsplit("/", 1)[-1] if "://" in value else value)
    words = " ".join(_SEPARATORS.sub(" ", tail).split())
    return capitalise(words) or None


def slug(value: str) -> str | None:
    """Minuscules sans accents, mots reliés par des tirets : `Aires de jeux` devient `aires-de-jeux`."""
    return text.bare(value).replace(" ", "-") or None


def split(value: str, separators: str = ",;|\n") -> list[str]:
    """Découpe à chaque séparateur : `split` pour `, ; |` et retour à la ligne, `split(" / ")` pour un autre."""
    if len(separators) > 1 and separators.strip(" ") != separators:
        parts = value.split(separators)
    else:
        parts = re.split("[" + re.escape(separators) + "]", value)
    return [part.strip() for part in parts if part.strip()]


def replace(value: str, old: str, new: str = "") -> str | None:
    """Remplace un texte par un autre : `replace("http:", "https:")`."""
    return value.replace(old, new) or None


def extract(value: str, pattern: str) -> str | None:
    """Garde ce que trouve une expression régulière (ou son premier groupe) dans les 2 000 premiers caractères."""
    match = re.search(pattern, value[:2_000])
    return (match[1] if match.re.groups else match[0]) if match else None


def prefix(value: str, before: str) -> str:
    """Place un texte devant : `prefix("https://data.exemple.fr/jeux/")`."""
    return before + value


def suffix(value: str, after: str) -> str:
    """Place un texte derrière."""
    return value + after


def ignore(value: str, *ignored: str) -> str | None:
    """Écarte les valeurs données, sans tenir compte de la casse ni des accents : `ignore("-", "à définir")`."""
    return None if text.bare(value) in {text.bare(str(each)) for each in ignored} else value


def parameter(value: str, name: str) -> str | None:
    """Valeur d'un paramètre d'URL : `parameter("refine.publisher")`."""
    query = value.partition("#")[0].partition("?")[2]
    found = parse_qs(query).get(name)
    return found[0] if found else None


def date(value: str) -> str:
    """Date ISO de même précision : `12/03/2021`, `mars 2021`, `2021`, `2021-03-12 10:00:00` sont compris."""
    found = dates.date(value)
    if found is None:
        raise Unclean("date-invalid", "not a date")
    return found


def start(value: str) -> str | None:
    """Début d'une période : `2019/2021`, `2019-2021`, `du 01/02/2019 au 03/04/2020`."""
    return _period(value)[0]


def end(value: str) -> str | None:
    """Fin d'une période, écrite comme pour `start`."""
    return _period(value)[1]


def _period(value: str) -> tuple[str | None, str | None]:
    found = dates.period(value)
    if found == (None, None):
        raise Unclean("date-invalid", "not a period")
    return found


def duration(value: str) -> str:
    """Durée ISO 8601 : `P1D`, `15 minutes`, `1 an`."""
    found = dates.duration(value)
    if found is None:
        raise Unclean("duration-invalid", "not a duration")
    return found


_NUMBER = re.compile(r"^[-+]?[\d\s\u00a0\u202f]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?$")
_BYTES = re.compile(
    r"^([\d\s\u00a0\u202f]++(?:[.,]\d+)?)\s*+([kmgt]?)(?:i?[ob]|octets?|bytes?)\.?$", re.IGNORECASE
)
_POWERS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def number(value: str) -> float:
    """Nombre, à virgule ou à point : `1 234,5`."""
    candidate = value.strip()
    if candidate and _NUMBER.match(candidate):
        try:
            found = float("".join(candidate.split()).replace(",", "."))
        except ValueError:
            found = math.nan
        if math.isfinite(found):
            return found
    raise Unclean("number-invalid", "not a number")


def integer(value: str) -> int:
    """Nombre entier : `12345`, `8946.0`."""
    return round(number(value))


def size(value: str) -> int:
    """Taille en octets : `12345`, `1,5 Mo`, `42 octets`."""
    if len(value) < 19 and value.isdecimal() and value.isascii():
        return int(value)
    if match := _BYTES.match(value.strip()):
        found = round(number(match[1]) * _POWERS[match[2].lower()])
    else:
        found = integer(value)
    if not 0 <= found < 2**63:
        raise Unclean("number-invalid", "no file has that size")
    return found


_LONGEST_EMAIL = 500
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}"
)


def email(value: str) -> str:
    """Adresse électronique, sans `mailto:` ni nom."""
    return _email(value[:_LONGEST_EMAIL])


@lru_cache(maxsize=8_192)
def _email(value: str) -> str:
    written = unquote_plus(value.removeprefix("mailto:"))
    match = _EMAIL.search(written.replace(" [at] ", "@"))
    if match is None:
        raise Unclean("email-invalid", "not an e-mail address")
    return match[0]


def telephone(value: str) -> str | None:
    """Numéro de téléphone, sans `tel:`."""
    return text.line(value.removeprefix("tel:")) or None


def iri(value: str) -> str:
    """IRI absolu ; les espaces et caractères interdits sont encodés."""
    return links.iri(value)


def http(value: str) -> str:
    """Adresse `http` ou `https` ; `www.exemple.fr` reçoit `https://`, le reste est écarté."""
    found = links.link(value)
    if not found.startswith(("http://", "https://")):
        raise Unclean("iri-invalid", "not an http or https address")
    return found


def wkt(value: str) -> str:
    """Géométrie WKT en WGS84 depuis WKT, GeoJSON, GML ou une boîte de quatre nombres."""
    return _geometry(value).wkt


def bbox(value: str) -> str:
    """Boîte englobante d'une géométrie : ouest, sud, est, nord."""
    return ",".join(str(number) for number in _geometry(value).box)


_DRAWN = re.compile(
    r"^\s*+(?:[{\[<]|(?:SRID|MULTI|POINT|POLYGON|LINESTRING|BOX|BBOX|ENVELOPE)\b|(?:[-+\d.,;\s]+|.*\b(?:west|xmin)\w*\s*[=:].*)$)",
    re.IGNORECASE | re.DOTALL,
)


def geometric(value: str) -> str | None:
    """Garde ce qui a l'air d'une géométrie (WKT, GeoJSON, GML, quatre nombres)."""
    return value if _DRAWN.match(value) and not value.strip().isdigit() else None


def wording(value: str) -> str | None:
    """Garde ce qui a l'air d'un nom ou d'un code, ni géométrie ni adresse web."""
    return value if "://" not in value and geometric(value) is None else None


def _geometry(value: str) -> geometry.Geometry:
    try:
        return geometry.geometry(value)
    except (geometry.Invalid, ValueError, OverflowError, RecursionError) as error:
        raise Unclean("geometry-invalid", str(error) or "not a geometry") from None


def first(values: list[Any]) -> list[Any]:
    """Garde la première valeur."""
    return values[:1]


def unique(values: list[Any]) -> list[Any]:
    """Retire les doublons."""
    kept: dict[str, Any] = {}
    for value in values:
        kept.setdefault(repr(value), value)
    return list(kept.values())


def latest(values: list[Any]) -> list[Any]:
    """Garde la date la plus récente."""
    known = [(found, value) for value in values if (found := dates.date(said(value) or ""))]
    return [max(known, key=lambda pair: pair[0])[1]] if known else values[:1]


_SENTENCE = 6  # spaces in a part: the comma before it is one of a sentence, not of a list


def split_lone(values: list[Any], separators: str = ",;|\n") -> list[Any]:
    """Découpe comme `split` une valeur seule ; plusieurs valeurs, ou une phrase, restent telles quelles."""
    if len(values) != 1:
        return values
    words = said(values[0])
    if words is None:
        return values
    parts = split(words, separators)
    if any(part.count(" ") >= _SENTENCE for part in parts):
        return values
    if isinstance(values[0], dict) and "@language" in values[0]:
        return [{"@value": part, "@language": values[0]["@language"]} for part in parts]
    return list(parts)


def join(values: list[Any], separator: str = ", ") -> list[Any]:
    """Réunit les valeurs en un texte : `join(" ; ")`."""
    words = [word for word in map(said, values) if word]
    return [separator.join(words)] if words else []


def default(values: list[Any], value: str) -> list[Any]:
    """Valeur à prendre quand il n'y en a pas : `default("Ville d'Issy")`."""
    return values or [value]


def cog(tools: Tools) -> Callable[[str], Any]:
    """Code de territoire (`fr:commune:92040`) depuis un nom, un code INSEE ou postal, un SIREN ou un IRI."""

    def clean(value: str) -> str | None:
        found = tools.places(value)
        if found is None and "://" not in value:
            raise Unclean(
                "place-unknown", "no French territory of that name or code, or several", "info"
            )
        return found

    return clean


def known(tools: Tools, vocabulary: str) -> Callable[[str], Any]:
    """Garde seulement ce que connaît un vocabulaire : `known("theme")`."""
    table = tools.vocabularies[vocabulary]

    def clean(value: str) -> list[str]:
        return list(table.lookup(value) or ())

    return clean


def language(tools: Tools) -> Callable[[str], Any]:
    """Langue en IRI de l'Union européenne depuis `fr`, `fra`, `français`, `fr-FR` ou un IRI."""
    table = tools.vocabularies["language"]

    def clean(value: str) -> str:
        found = table.lookup(value)
        if not found:
            raise Unclean("value-unknown", "not a known language", "info")
        return found[0]

    return clean


@dataclass(frozen=True, slots=True)
class Cleaner:
    """A named cleaner: how it is called, with how many arguments, and its line of documentation."""

    name: str
    call: Callable[..., Any]
    scope: str
    arguments: tuple[int, int | None]
    summary: str


def _cleaner(call: Callable[..., Any], scope: str) -> Cleaner:
    code = call.__code__
    most: int | None = code.co_argcount - 1
    least = code.co_argcount - 1 - len(call.__defaults__ or ())
    if code.co_flags & 0x04:
        least, most = 1, None
    summary = (call.__doc__ or "").partition("\n")[0]
    return Cleaner(call.__name__.removeprefix("clean_"), call, scope, (least, most), summary)


_OF_VALUES = (
    clean_text,
    plain,
    html,
    markdown,
    lower,
    upper,
    capitalise,
    humanise,
    slug,
    split,
    replace,
    extract,
    prefix,
    suffix,
    ignore,
    parameter,
    date,
    start,
    end,
    duration,
    number,
    integer,
    size,
    email,
    telephone,
    iri,
    http,
    wkt,
    bbox,
    geometric,
    wording,
    restriction,
)
_OF_LISTS = (first, latest, unique, split_lone, join, default)
_LOOKING_UP = (cog, known, language)

CLEANERS: dict[str, Cleaner] = {
    cleaner.name: cleaner
    for scope, calls in (("value", _OF_VALUES), ("list", _OF_LISTS), ("tools", _LOOKING_UP))
    for cleaner in (_cleaner(call, scope) for call in calls)
}
"""Every cleaner by the name that mappings use."""
