"""The rules that say which territory an entry is about: mappings/coverage.toml, read and checked.

A file of one's own says only what it changes; it is laid over the shipped one, table by table and key by key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal, get_args

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harvester.config import COVERAGE
from harvester.config.messages import message
from harvester.config.shipped import folder
from harvester.model import Sure
from harvester.territory import Gazetteer
from harvester.territory.names import fold

Look = Literal[
    "stated",
    "uri",
    "name",
    "list",
    "identifier",
    "title",
    "box",
    "description",
    "link",
    "publisher",
    "source",
]
Elsewhere = Literal["beside", "alone", "ignored"]
Keys = tuple[str | int, ...]

_INHERITED = ("…", "...")
_CODE = r"^fr(:(commune|epci|departement|region):[0-9AB]{2,9})?$"


class Part(BaseModel):
    """A table of the file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Part):
    """Une règle : ce qu'elle regarde, et ce que vaut ce qu'elle trouve."""

    name: str = Field(min_length=1, description="Son nom, que montre `harvester explain`.")
    looks_at: tuple[Look, ...] = Field(
        min_length=1, description="Ce qu'elle regarde, tout ensemble."
    )
    elsewhere: Elsewhere = Field(
        "ignored",
        description="Ce que vaut un territoire hors de celui de la source : beside (il compte à côté de la suite), alone (il "
        "décide), ignored (rien).",
    )
    narrows: bool = Field(
        False, description="Peut préciser ce qu'une règle précédente a trouvé de plus large."
    )


class SureTable(Part):
    """Combien est sûr ce que l'on trouve, selon où : sure, likely ou default."""

    stated: Sure = Field("sure", description="Un code dans le lieu.")
    uri: Sure = Field("sure", description="L'URI du lieu.")
    name: Sure = Field("sure", description="Le nom du lieu.")
    list: Sure = Field("sure", description="Une liste annoncée dans la description.")
    identifier: Sure = Field("sure", description="Un SIREN dans l'identifiant.")
    title: Sure = Field("likely", description="Le titre.")
    box: Sure = Field("likely", description="L'emprise.")
    description: Sure = Field("likely", description="La description.")
    link: Sure = Field("likely", description="Le site d'une collectivité, dans la description.")
    publisher: Sure = Field("likely", description="Le producteur.")
    source: Sure = Field("default", description="Le territoire de la source.")


class Nothing(Part):
    """Ce que les portails inscrivent par défaut, et qui ne dit rien."""

    names: tuple[str, ...] = Field((), description="Noms de lieux.")
    boxes: tuple[tuple[float, float, float, float], ...] = Field(
        (), description="Emprises : [ouest, sud, est, nord]."
    )
    sites: tuple[str, ...] = Field(
        (), description="Noms de sites qui ne sont pas ceux d'une collectivité : orange.fr."
    )


class TitleWords(Part):
    """Comment lire un titre."""

    not_after: tuple[str, ...] = Field(
        (), description="Mots après lesquels un nom n'est pas un territoire."
    )
    not_before: tuple[str, ...] = Field(
        (), description="Mots avant lesquels un nom n'est pas un territoire."
    )
    common: tuple[str, ...] = Field(
        (),
        description="Noms de communes qui sont aussi des mots courants : il y faut « ville de », « commune de » ou un code.",
    )
    and_around: tuple[str, ...] = Field(
        (), description="Mots qui, après « et », disent que le nom n'est pas tout le territoire."
    )


class DescriptionWords(Part):
    """Comment lire une description."""

    phrases: tuple[str, ...] = Field(
        (), description="Tournures après lesquelles un nom est le territoire."
    )
    first: tuple[str, ...] = Field((), description="De même, dans la première phrase seulement.")
    labels: tuple[str, ...] = Field((), description="Titres que suit la liste des territoires.")


class PublisherWords(Part):
    """Comment reconnaître un producteur à son nom."""

    commune: tuple[str, ...] = Field((), description="Débuts de noms de services d'une commune.")
    departement: tuple[str, ...] = Field((), description="Débuts de noms, pour un département.")
    region: tuple[str, ...] = Field((), description="Débuts de noms, pour une région.")
    endings: tuple[str, ...] = Field((), description="Fins de noms qui n'y changent rien.")


class CoverageFile(Part):
    """mappings/coverage.toml : de quel territoire parle un jeu de données."""

    rule: tuple[Rule, ...] = Field(
        (),
        description="Les règles, dans l'ordre où on les suit. Toutes ensemble, ou celles livrées.",
    )
    sure: SureTable = Field(SureTable(), description="Combien c'est sûr, selon où on l'a trouvé.")
    names: dict[str, Annotated[str, Field(pattern=_CODE)]] = Field(
        {}, description='Sigles et noms d\'usage : "gpso" = "fr:epci:200057974".'
    )
    nothing: Nothing = Field(Nothing(), description="Ce qui ne dit rien.")
    title: TitleWords = Field(TitleWords(), description="Comment lire un titre.")
    description: DescriptionWords = Field(
        DescriptionWords(), description="Comment lire une description."
    )
    publisher: PublisherWords = Field(
        PublisherWords(), description="Comment reconnaître un producteur."
    )


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules in force, made ready. `version` is their hash: what was derived with others is derived anew."""

    order: tuple[Rule, ...]
    sure: Mapping[str, Sure]
    aliases: tuple[tuple[str, str], ...]
    nothing: frozenset[str]
    boxes: tuple[tuple[float, float, float, float], ...]
    sites: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    common: frozenset[str]
    and_around: tuple[str, ...]
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    first: re.Pattern[str] | None
    labels: tuple[str, ...]
    label_hints: tuple[str, ...]
    offices: tuple[tuple[str, Literal["commune", "departement", "region"]], ...]
    endings: tuple[str, ...]
    version: bytes = field(repr=False, default=b"")


LEVELS: Final[tuple[Literal["commune", "departement", "region"], ...]] = (
    "commune",
    "departement",
    "region",
)


@lru_cache(maxsize=1)
def shipped() -> Rules:
    """The rules that travel with the package."""
    return _ready(CoverageFile.model_validate(_shipped_document()))


def rules(own: Mapping[str, Any]) -> Rules:
    """The shipped rules with a file of one's own laid over them, which has been checked; none: the shipped ones."""
    return (
        _ready(CoverageFile.model_validate(_over(_shipped_document(), own))) if own else shipped()
    )


def check(own: Mapping[str, Any], gazetteer: Gazetteer) -> Iterable[tuple[Keys, str]]:
    """What is wrong with a file of one's own: (keys, message in French)."""
    try:
        file = CoverageFile.model_validate(own)
    except ValidationError as errors:
        told = errors.errors(include_url=False)
        for error in told:
            inner = any(
                len(o["loc"]) > len(error["loc"]) and o["loc"][: len(error["loc"])] == error["loc"]
                for o in told
            )
            if not inner:  # a list without its wrong elements is too short
                yield _told(error)
        return
    for name, code in file.names.items():
        if code not in gazetteer:
            yield ("names", name), f"« {name} » : aucun territoire n'a le code « {code} »."
        if not fold(name):
            yield ("names", name), f"« {name} » n'est pas un nom."
    seen: dict[str, str] = {}
    for position, rule in enumerate(file.rule):
        for look in rule.looks_at:
            if look in seen:
                said = f"« {look} » est déjà regardé par la règle « {seen[look]} »."
                yield ("rule", position, "looks_at"), said
            seen[look] = rule.name
    for position, (west, south, east, north) in enumerate(file.nothing.boxes):
        if not (west < east and south < north):
            yield (
                ("nothing", "boxes", position),
                "une emprise s'écrit [ouest, sud, est, nord], en degrés.",
            )


def _told(error: Any) -> tuple[Keys, str]:
    keys, said = message(error, CoverageFile)
    if error["type"] == "too_short":
        said = "« looks_at » : il faut au moins une chose à regarder."
    if error["type"] == "literal_error":
        choices = get_args(Look) if "looks_at" in keys else None
        if choices:
            said = f"« {error['input']} » : on peut regarder {', '.join(choices)}."
    if error["type"] == "string_pattern_mismatch":
        said = (
            f"« {error['input']} » : un code de territoire est attendu : fr:commune:92040, "
            "fr:epci:200057974, fr:departement:92 ou fr:region:11."
        )
    return keys, said


def _shipped_document() -> dict[str, Any]:
    return tomllib.loads(folder().joinpath(f"{COVERAGE}.toml").read_text("utf-8"))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            laid[key] = _over(under, value)
        elif isinstance(value, list) and isinstance(under, list) and key != "rule":
            laid[key] = [one for part in value for one in (under if part in _INHERITED else [part])]
        else:
            laid[key] = value
    return laid


def _plain(phrases: Iterable[str]) -> tuple[str, ...]:
    """Phrases in lower case with single spaces, the longest first: a shorter one may begin it."""
    return tuple(
        sorted({" ".join(p.lower().split()) for p in phrases} - {""}, key=len, reverse=True)
    )


def _by_last_word(phrases: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Last word, with a capital or without → the phrases that end so, after a space or a tag: few searches find them all."""
    found: dict[str, list[str]] = {}
    for phrase in _plain(phrases):
        last = phrase.rpartition(" ")[2]
        for written in (last, last.capitalize()):
            found.setdefault(written, []).extend((f" {phrase}", f">{phrase}"))
    return tuple((last, tuple(its)) for last, its in found.items())


def _hints(labels: Iterable[str]) -> tuple[str, ...]:
    """What a text must have that has one of the labels, with a capital or without: found faster than the labels."""
    ends = {label.rpartition(" ")[2][1:] for label in _plain(labels)}
    return tuple(sorted(end for end in ends if not any(o != end and o in end for o in ends)))


def _first(openings: Iterable[str]) -> re.Pattern[str] | None:
    """What finds any of some words (or their ends: look at what stands before) before a capital."""
    either = "|".join(re.escape(word) for word in _plain(openings))
    return re.compile(rf"(?:{either})\s+(?=[^\W\d_a-zà-ÿ])") if either else None


def _ready(file: CoverageFile) -> Rules:
    title, told, body = file.title, file.description, file.publisher
    offices = [(fold(office), level) for level in LEVELS for office in getattr(body, level)]
    return Rules(
        order=file.rule,
        sure=file.sure.model_dump(),
        aliases=tuple(sorted(file.names.items())),
        nothing=frozenset(map(fold, file.nothing.names)),
        boxes=file.nothing.boxes,
        sites=frozenset(site.lower() for site in file.nothing.sites),
        not_after=frozenset(map(fold, title.not_after)),
        not_before=frozenset(map(fold, title.not_before)),
        common=frozenset(map(fold, title.common)),
        and_around=tuple(map(fold, title.and_around)),
        phrases=_by_last_word(told.phrases),
        first=_first(told.first),
        labels=_plain(told.labels),
        label_hints=_hints(told.labels),
        offices=tuple(sorted(offices, key=lambda office: -len(office[0]))),
        endings=tuple(sorted(map(fold, body.endings), key=len, reverse=True)),
        version=blake2b(
            orjson.dumps(file.model_dump(), option=orjson.OPT_SORT_KEYS), digest_size=16
        ).digest(),
    )
