"""Evidence as people read it: a French sentence for every level of `compare` and every veto, and the sum of a pair in one line.

« Même période +1,5 · même commune +2,1 · identifiants différents −2,5 → +5,2, automatique »
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LEVELS: dict[str, str] = {
    "prior": "point de départ de toute paire comparée",
    "title:same-rare": "même titre, et peu de jeux s’appellent ainsi",
    "title:same-known": "même titre, que d’autres portent aussi",
    "title:same-common": "même titre, mais c’est celui de beaucoup d’autres",
    "title:typo": "titres égaux à une faute de frappe près",
    "title:cut": "l’un des titres est l’autre, coupé",
    "title:near-instead": "titres proches, quelques mots remplacés",
    "title:near-more": "titres proches, quelques mots en plus",
    "title:half-instead": "titres à moitié semblables, des mots remplacés",
    "title:half-more": "titres à moitié semblables, des mots en plus",
    "title:some-instead": "quelques mots communs dans les titres, d’autres remplacés",
    "title:some-more": "quelques mots communs dans les titres, d’autres en plus",
    "title:other": "titres différents",
    "whole:same": "même titre, même période et même commune à la fois",
    "whole:same-wide": "même titre, même période et même territoire à la fois",
    "whole:timeless": "même titre et même commune, sans période",
    "whole:timeless-wide": "même titre et même territoire, sans période",
    "whole:undated": "même titre et même lieu, mais des périodes qui ne concordent pas",
    "whole:no": "titre, période et lieu ne concordent pas ensemble",
    "when:same": "même période dans les deux titres ou identifiants",
    "when:same-weak": "même période, d’après les seules dates de la fiche",
    "when:compatible": "des périodes qui peuvent être la même",
    "when:compatible-weak": "des périodes qui peuvent être la même, d’après les dates des fiches",
    "when:other": "autre période",
    "when:other-weak": "autre période, d’après les seules dates de la fiche",
    "when:part": "la période de l’un est une partie de celle de l’autre",
    "when:part-weak": "la période de l’un semble une partie de celle de l’autre",
    "when:none": "aucun des deux n’a de période",
    "when:one": "un seul des deux a une période",
    "where:same": "même commune",
    "where:same-weak": "même commune, d’après un champ de la fiche",
    "where:same-wide": "même territoire",
    "where:same-state": "tous deux sur la France entière",
    "where:several": "des communes homonymes, ou une partie des lieux en commun",
    "where:inside": "le lieu de l’un est dans celui de l’autre",
    "where:inside-weak": "le lieu de l’un semble dans celui de l’autre",
    "where:other": "autre lieu",
    "where:other-weak": "autre lieu, d’après un champ de la fiche",
    "where:unknown": "lieu inconnu",
    "publisher:same": "même producteur",
    "publisher:same-name": "même nom de producteur",
    "publisher:host": "l’un donne pour producteur l’hôte de l’autre portail",
    "publisher:above": "le producteur de l’un englobe celui de l’autre",
    "publisher:other": "autre producteur",
    "publisher:other-name": "autre nom de producteur",
    "publisher:none": "producteur non précisé",
    "text:same-rare": "même description, qui n’est que la leur",
    "text:same": "même description, que d’autres ont aussi",
    "text:generic": "même description, mais passe-partout",
    "text:begun": "descriptions qui commencent de même",
    "text:other": "descriptions différentes",
    "text:none": "pas de description à comparer",
    "id:same": "même identifiant lisible",
    "id:begun": "l’identifiant de l’un commence par celui de l’autre",
    "id:within": "l’identifiant de l’un contient celui de l’autre",
    "id:other": "aucun identifiant commun",
    "id:none": "identifiants illisibles",
    "issued:same-rare": "publiés le même jour, un jour où peu d’autres le furent",
    "issued:same": "publiés le même jour, comme beaucoup d’autres",
    "issued:near": "publiés le même mois",
    "issued:other": "publiés à d’autres dates",
    "issued:none": "date de publication inconnue",
    "keyword:all": "mêmes mots-clés",
    "keyword:some": "des mots-clés en commun",
    "keyword:other": "aucun mot-clé commun",
    "keyword:none": "mots-clés absents",
    "box:same": "même emprise",
    "box:near": "emprises presque égales",
    "box:other": "emprises différentes",
    "box:apart": "emprises disjointes",
    "box:none": "emprise absente",
    "portal:one": "sur un même portail",
    "portal:twins": "déposés par un même producteur sur un même portail, même période",
    "portal:twins-undated": "déposés par un même producteur sur un même portail",
    "portal:natives": "chacun publié par le propriétaire de son portail",
    "portal:gathers": "l’un des portails reprend les fiches d’autres",
    "portal:above": "le portail de l’un est celui d’un territoire qui englobe l’autre",
    "portal:apart": "portails sans rapport",
    "origin:same": "même origine déclarée",
    "origin:other-id": "deux jeux d’une même origine",
    "origin:other": "origines différentes",
    "origin:unknown": "origine non précisée",
    "shared:file": "un fichier en commun",
    "shared:identifier": "un identifiant saisi en commun",
    "shared:none": "ni fichier ni identifiant saisi en commun",
}
VETOES: dict[str, str] = {
    "period": "autre période ou autre tour",
    "part": "l’un n’est qu’une partie (une année, par exemple) de l’autre",
    "place": "autre commune, nommée de part et d’autre",
    "scope": "une commune d’un côté, un territoire qui l’englobe de l’autre",
    "ordinal": "autre numéro",
    "portal": "deux jeux d’un même portail, qui ne montre rien deux fois",
    "origin": "deux jeux différents d’un même portail d’origine",
    "twins": "deux fiches non datées que le même producteur a déposées lui-même",
    "variant": "deux jeux d’un même producteur sur un même portail, aux titres différents",
    "person": "une personne les tient séparés",
}
ZONES: dict[str, str] = {
    "link": "automatique",
    "review": "à examiner",
    "part": "partie et tout",
    "refused": "refusé",
    "nothing": "trop peu pour être proposé",
}
SAID = 0.5
"""Bits from which a level is told by itself in the line; the others are added up."""


def level(name: str) -> str:
    """A level of evidence in French; its own name where nobody has translated it."""
    return LEVELS.get(name, name)


def veto(name: str) -> str:
    """A veto in French."""
    return VETOES.get(name, name)


def signed(bits: float) -> str:
    """`+4,7` or `−6,4`; nothing is `0`."""
    rounded = round(bits, 1)
    if not rounded:
        return "0"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}".replace(".", ",")


def ordered(levels: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """What weighs most first, whichever way."""
    return sorted(levels, key=lambda each: (-abs(each[1]), each[0]))


def line(
    levels: Sequence[tuple[str, float]],
    bits: float,
    zone: str,
    vetoes: Sequence[str] = (),
    pointers: Sequence[str] = (),
) -> str:
    """The evidence of a pair in one line: what weighs, the sum, and what is done with it."""
    terms = [f"{level(name)} {signed(its)}" for name, its in ordered(levels) if abs(its) >= SAID]
    rest = bits - sum(its for _, its in levels if abs(its) >= SAID)
    if round(rest, 1):
        terms.append(f"le reste {signed(rest)}")
    if pointers:
        terms.insert(0, f"même jeu d’après les fiches elles-mêmes ({', '.join(pointers)})")
    told = " · ".join(terms) or "rien à comparer"
    against = f" : {', '.join(map(veto, vetoes))}" if vetoes else ""
    return f"{told[0].upper()}{told[1:]} → {signed(bits)}, {ZONES.get(zone, zone)}{against}"
