"""Who publishes in the sample territory, and what: invented datasets of real communes.

The topics stand in topics.toml; everything else follows from names, so that a demonstration shows the same
catalogues every time. Nothing here knows how a portal writes it down (see styles.py).
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from harvester.territory import Gazetteer, Unit

TERRITORY = "fr:epci:200057974"
CANARY = "canari7q"
"""In every word of restricted data that could leak; searched for in everything public."""


@dataclass(frozen=True, slots=True)
class Producer:
    """A public body that publishes. `host` is the invented portal's, in a domain reserved for examples."""

    slug: str
    name: str
    unit: Unit
    host: str

    @property
    def of(self) -> str:
        """« de Meudon », « d'Issy-les-Moulineaux »."""
        match self.unit.level:
            case "commune":
                return elided(self.unit.name)
            case "departement":
                return f"des {self.unit.name}"
            case "region":
                return "de la région Île-de-France"
            case "etat":
                return "de l'État"
            case _:
                return "de Grand Paris Seine Ouest"

    @property
    def at(self) -> str:
        """« à Meudon »."""
        return f"à {self.unit.name}" if self.unit.level == "commune" else f"en {self.unit.name}"


def elided(name: str) -> str:
    """« de » before a name."""
    return f"d'{name}" if name[0] in "AEIOUÉÈÎH" else f"de {name}"


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented dataset. `year` is that of an annual one; `place` the commune it is about, if one."""

    iri: str
    identifier: str
    slug: str
    producer: Producer
    title: str
    text: str
    theme: str
    keywords: tuple[str, ...]
    frequency: str
    formats: tuple[str, ...]
    issued: str
    modified: str
    year: int | None = None
    landing: str = ""
    access: str = "PUBLIC"
    place: Unit | None = field(default=None, repr=False)


def producers(gazetteer: Gazetteer) -> dict[str, Producer]:
    """The territory's communes, its EPT and the levels above, by slug."""

    def unit(code: str) -> Unit:
        found = gazetteer.unit(code)
        if found is None:
            raise LookupError(f"{code} is not in the gazetteer")
        return found

    made = []
    for code in gazetteer.members(TERRITORY):
        commune = unit(code)
        host = f"donnees.{commune.slug}.example"
        made.append(Producer(commune.slug, f"Ville {elided(commune.name)}", commune, host))
    for slug, name, code in (
        ("gpso", "Grand Paris Seine Ouest", TERRITORY),
        ("hauts-de-seine", "Département des Hauts-de-Seine", "fr:departement:92"),
        ("ile-de-france", "Région Île-de-France", "fr:region:11"),
        ("portail-national", "État", "fr"),
    ):
        made.append(Producer(slug, name, unit(code), f"donnees.{slug}.example"))
    return {producer.slug: producer for producer in made}


def topics() -> dict[str, list[dict[str, Any]]]:
    """The templates, by level."""
    return tomllib.loads(
        resources.files("harvester.demo").joinpath("topics.toml").read_text("utf-8")
    )


def samples(producer: Producer, templates: list[dict[str, Any]], count: int) -> list[Sample]:
    """The datasets of a producer: those that everybody has, then others as they fall, up to `count`."""
    rng = random.Random(producer.slug)  # noqa: S311 - variety, not secrecy
    always = [topic for topic in templates if topic.get("always")]
    others = [topic for topic in templates if not topic.get("always")]
    rng.shuffle(others)
    made: list[Sample] = []
    for topic in (*always, *others):
        made += _editions(producer, topic, rng)
    return made[:count]


def _editions(producer: Producer, topic: Mapping[str, Any], rng: random.Random) -> Iterator[Sample]:
    for year in topic.get("years", (None,)):
        slug = topic["slug"] if year is None else f"{topic['slug']}-{year}"
        iri = f"https://{producer.host}/jeux/{slug}"
        words = {
            "de": producer.of,
            "a": producer.at,
            "name": producer.unit.name,
            "year": year,
        }
        start = 2015 + rng.randrange(7) if year is None else year + 1
        issued = f"{start}-{1 + rng.randrange(12):02}-{1 + rng.randrange(28):02}"
        modified = f"{max(start, 2024)}-{1 + rng.randrange(12):02}-{1 + rng.randrange(28):02}"
        yield Sample(
            iri=iri,
            identifier=f"{slug}@{producer.slug}",
            slug=slug,
            producer=producer,
            title=topic["title"].format_map(words),
            text=topic["text"].format_map(words),
            theme=topic["theme"],
            keywords=tuple(topic["keywords"]),
            frequency=topic["frequency"],
            formats=tuple(topic["formats"]),
            issued=issued,
            modified=max(issued, modified),
            year=year,
            landing=f"{iri}/information",
            place=producer.unit if producer.unit.level == "commune" else None,
        )


def numbered(producer: Producer, count: int, first: int = 0) -> Iterator[Sample]:
    """As many datasets of a producer as are asked for, told apart by their number."""
    for number in range(first, first + count):
        slug = f"equipements-{number:06}"
        iri = f"https://{producer.host}/jeux/{slug}"
        yield Sample(
            iri=iri,
            identifier=f"{slug}@{producer.slug}",
            slug=slug,
            producer=producer,
            title=f"Équipements du secteur n° {number} {producer.of}",
            text=f"Équipements municipaux du secteur n° {number} : nom, adresse, horaires d'été, accès. "
            "Relevé établi par la direction de l'aménagement, mis à jour après chaque conseil de quartier.",
            theme=("ENVI", "TRAN", "EDUC", "GOVE")[number % 4],
            keywords=("équipement", "quartier", f"secteur {number}"),
            frequency="ANNUAL",
            formats=("csv", "geojson", "xlsx"),
            issued=f"{2015 + number % 9}-03-{1 + number % 28:02}",
            modified=f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
            landing=f"{iri}/information",
            place=producer.unit if producer.unit.level == "commune" else None,
        )
