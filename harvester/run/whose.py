"""Whose portal this is: its territory and level, guessed from what it says of itself, its address and a sample.

Every clue is a vote with a weight and a sentence; the sentences are shown to the person who adds the source, with how
sure the guess is. Nothing is decided by this but the first version of a file that people read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harvester.config import Level
from harvester.territory import Gazetteer
from harvester.territory.names import fold
from harvester.view.bodies import governed

Sureness = Literal["sûr", "probable", "à vérifier"]

_NOISE = frozenset(
    [
        "www",
        "data",
        "datas",
        "donnees",
        "donnee",
        "open",
        "opendata",
        "ouvertes",
        "ouverte",
        "public",
        "publiques",
        "portail",
        "catalogue",
        "catalog",
        "geo",
        "sig",
        "geoportail",
        "carto",
        "cartes",
        "ville",
        "mairie",
        "commune",
        "agglo",
        "departement",
        "conseil",
        "region",
        "trouver",
        "opendatasoft",
        "huwise",
        "hub",
        "arcgis",
        "fr",
        "com",
        "org",
        "net",
        "eu",
        "gouv",
        "io",
        "ods",
        "api",
        "test",
        "demo",
        "example",
    ]
)
_HOSTING = re.compile(
    r"\.(?:opendatasoft\.com|hub\.arcgis\.com|opendata\.arcgis\.com|dataconnect\.fr)$"
)
_STATE = re.compile(r"\b(?:nationale?|ministere|gouvernement|etat|republique francaise)\b")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Vote:
    """One clue: a territory, how much it says, and what it is."""

    territory: str
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Whose:
    """The guess. `why` are French sentences, the weightiest first; `others` names what else was possible."""

    territory: str
    level: Level
    sureness: Sureness
    why: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampled:
    """What one sampled record says: its publisher (number, IRI, names) and the territories it states it is about."""

    publisher: tuple[str | None, str | None, tuple[str, ...]] | None
    stated: tuple[str, ...] = ()


def whose(
    gazetteer: Gazetteer,
    around: str,
    *,
    host: str = "",
    title: str = "",
    number: str = "",
    records: Sequence[Sampled] = (),
) -> Whose:
    """Guess. `around` is the territory of the whole catalogue, which decides between names that many places have.

    `host` is the portal's, `title` how it or its organisation calls itself, `number` its SIREN or SIRET.
    """
    said = list(_own_words(gazetteer, around, title, number))
    said += _address(gazetteer, around, host)
    by_publisher, publishers = _publishers(gazetteer, around, records)
    said += by_publisher
    said += _about(gazetteer, records)
    weights: Counter[str] = Counter()
    for vote in said:
        weights[vote.territory] += vote.weight  # type: ignore[assignment]
    if not weights:
        unit = gazetteer.unit(around)
        name = unit.name if unit else around
        return Whose(
            around,
            "partner",
            "à vérifier",
            (f"rien ne le dit : c'est le territoire du catalogue ({name})",),
        )
    territory, weight = max(weights.items(), key=lambda item: (item[1], item[0]))
    mine = sorted((v for v in said if v.territory == territory), key=lambda v: -v.weight)
    rival = max((w for code, w in weights.items() if code != territory), default=0.0)
    sureness: Sureness = "à vérifier"
    if weight >= 5 and weight >= 2.5 * rival:
        sureness = "sûr"
    elif weight >= 3 and weight >= 1.3 * rival:
        sureness = "probable"
    unit = gazetteer.unit(territory)
    level: Level = unit.level if unit else "partner"
    why = [vote.why for vote in mine]
    if publishers and all(vote.why.startswith("ses fiches") for vote in mine):
        level = "partner"
        why.append(
            "ses producteurs ne sont pas des collectivités de ce territoire : un partenaire, sans doute"
        )
    others = [code for code, w in weights.most_common() if code != territory and w >= 1][:3]
    return Whose(
        territory, level, sureness, tuple(why), tuple(_called(gazetteer, o) for o in others)
    )


def _called(gazetteer: Gazetteer, code: str) -> str:
    unit = gazetteer.unit(code)
    return f"{code} ({unit.name})" if unit else code


def _own_words(gazetteer: Gazetteer, around: str, title: str, number: str) -> Iterator[Vote]:
    body = gazetteer.siren(number) if number else None
    if body:
        yield Vote(
            body,
            6.0,
            f"le SIREN de l'organisation ({number}) est celui de {_called(gazetteer, body)}",
        )
    if not title:
        return
    found = governed(None, None, (title,), gazetteer, around)
    if found:
        yield Vote(found, 4.0, f"le portail s'appelle « {title} »")
    elif _STATE.search(fold(title)):
        yield Vote("fr", 2.5, f"le nom du portail, « {title} », est celui d'un portail national")
    elif inside := _inside(gazetteer, around, title):
        yield Vote(
            inside,
            2.0,
            f"le nom du portail, « {title} », contient celui de {_called(gazetteer, inside)}",
        )


def _inside(gazetteer: Gazetteer, around: str, text: str) -> str | None:
    """The unit near `around` whose name stands in a text: the longest name."""
    padded = f" {fold(text)} "
    names = [(fold(name), code) for name, code in _near(gazetteer, around)]
    found = [
        (len(name), code)
        for name, code in names
        if len(name) >= _SHORTEST and f" {name} " in padded
    ]
    return max(found)[1] if found else None


def _near(gazetteer: Gazetteer, around: str) -> Iterator[tuple[str, str]]:
    """(name, code) of a territory, its communes and what encloses it."""
    for code in (*gazetteer.enclosing(around)[:-1], *gazetteer.members(around)):
        if unit := gazetteer.unit(code):
            yield unit.name, code


def _address(gazetteer: Gazetteer, around: str, host: str) -> Iterator[Vote]:
    """What the domain's words are the name of: `data.issy.com`, `opendata.hauts-de-seine.fr`."""
    name = _HOSTING.sub("", host.partition(":")[0].lower())
    if not re.search(r"[a-z]", name):
        return
    for words in _words(name):
        whole = " ".join(words)
        glued = "".join(words)
        if len(glued) < _SHORTEST:
            continue
        found = (
            gazetteer.named(whole, within=around)
            or gazetteer.group(whole, within=around)
            or gazetteer.glued(glued, within=around)
        )
        if found:
            related = gazetteer.encloses(around, found) or gazetteer.encloses(found, around)
            yield Vote(  # a company may be called Orange
                found,
                3.0 if related else 2.0,
                f"l'adresse {host} porte le nom de {_called(gazetteer, found)}",
            )
            return
        near = [
            code
            for called, code in _near(gazetteer, around)
            if (key := fold(called).replace(" ", "")).startswith(glued) or key.endswith(glued)
        ]
        if len(near) == 1:
            yield Vote(
                near[0],
                2.5,
                f"l'adresse {host} porte une partie du nom de {_called(gazetteer, near[0])}",
            )
            return


def _words(name: str) -> Iterator[tuple[str, ...]]:
    """What in a host's name may be a place's: each label whole, then its words, without those that all portals have."""
    labels = [label for label in name.split(".") if label not in _NOISE]
    for label in labels:
        yield tuple(label.split("-"))
        kept = tuple(word for word in label.split("-") if word not in _NOISE)
        if kept and "-".join(kept) != label:
            yield kept
    for label in labels:
        for word in label.split("-"):
            if word not in _NOISE and word != label:
                yield (word,)


def _publishers(
    gazetteer: Gazetteer, around: str, records: Sequence[Sampled]
) -> tuple[list[Vote], bool]:
    """Votes of the sample's publishers, and whether it names any."""
    bodies: Counter[str] = Counter()
    named = 0
    for record in records:
        if record.publisher is None:
            continue
        named += 1
        body = governed(*record.publisher, gazetteer, around)
        if body is None and any(_STATE.search(fold(name)) for name in record.publisher[2]):
            body = "fr"
        if body:
            bodies[body] += 1
    votes = []
    for body, count in bodies.most_common(2):
        share = count / len(records)
        votes.append(
            Vote(
                body,
                4.0 * share,
                f"{_share(share)} de ses fiches ont pour producteur {_called(gazetteer, body)}",
            )
        )
    if len(bodies) > 2:
        common = _enclosing(gazetteer, bodies)
        if common and common != "fr" and common not in bodies:
            votes.append(
                Vote(common, 1.5, f"ses producteurs sont tous de {_called(gazetteer, common)}")
            )
    return votes, bool(named)


def _about(gazetteer: Gazetteer, records: Sequence[Sampled]) -> list[Vote]:
    """Votes of what the sample's records state that they are about."""
    places: Counter[str] = Counter()
    for record in records:
        for code in set(record.stated):
            if code != "fr":
                places[code] += 1
    if not places:
        return []
    place, count = places.most_common(1)[0]
    share = count / len(records)
    if share >= 0.5:
        return [
            Vote(
                place,
                2.0 * share,
                f"ses fiches disent, pour {_share(share)}, concerner {_called(gazetteer, place)}",
            )
        ]
    common = _enclosing(gazetteer, places)
    if common and common != "fr":
        return [
            Vote(common, 1.0, f"ses fiches concernent des lieux de {_called(gazetteer, common)}")
        ]
    return []


def _enclosing(gazetteer: Gazetteer, codes: Iterable[str]) -> str | None:
    """The smallest unit that encloses all."""
    lines = [gazetteer.enclosing(code) for code in codes]
    for code in lines[0] if lines else ():
        if all(code in line for line in lines):
            return code
    return None


def _share(share: float) -> str:
    return f"{round(100 * share)} %"
