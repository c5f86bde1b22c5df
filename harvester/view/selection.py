"""Which catalogues see an entry, and the sentence that says why.

One rule for all: a view sees what is about its territory, about a part of it, or about a unit that
encloses one of its communes, up to the State. For a city that is: itself, its EPT and EPCI, its département,
its région, the State; never another commune. National entries are seen by every view: that they were
harvested at all is the operator's choice of sources. `_around` is the only place that says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from harvester.config import View
from harvester.model import Coverage
from harvester.territory import Gazetteer

_REMEMBERED = 65_536
_CONFIDENCE = {"sure": 0, "likely": 1, "default": 2}
_EVIDENCE = {
    "stated": "d’après la fiche",
    "uri": "d’après la fiche",
    "name": "d’après la fiche",
    "list": "d’après la fiche",
    "identifier": "d’après son identifiant",
    "title": "d’après son titre",
    "box": "d’après son emprise",
    "description": "d’après sa description",
    "link": "d’après le site vers lequel elle renvoie",
    "publisher": "d’après son producteur",
    "source": "d’après le portail d’où il vient",
}


@dataclass(frozen=True, slots=True)
class Membership:
    """That a view lists an entry. `view` is its slug ("" for the whole territory); `reason` is French."""

    view: str
    how: Literal["whole"]
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Views made ready for `select`: by unit, the slugs of the views that see it."""

    seen_by: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    names: dict[str, str]
    depth: dict[str, int]
    known: dict[tuple[Coverage, ...], tuple[Membership, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )


def prepare(territory: str, views: Iterable[View], gazetteer: Gazetteer) -> Selection:
    """Make the views of a territory ready; its own, with the slug "", is added."""
    territories = {"": territory} | {view.slug: view.territory for view in views}
    seen_by: dict[str, list[str]] = {}
    for slug, code in territories.items():
        for unit in _around(code, gazetteer):
            seen_by.setdefault(unit, []).append(slug)
    names: dict[str, str] = {}
    depth: dict[str, int] = {}
    for code in seen_by:
        known = gazetteer.unit(code)
        names[code] = known.name if known else code
        depth[code] = -len(gazetteer.enclosing(code))
    return Selection(
        {code: tuple(slugs) for code, slugs in seen_by.items()}, tuple(territories), names, depth
    )


def select(views: Selection, coverages: tuple[Coverage, ...]) -> tuple[Membership, ...]:
    """The views that see an entry of these coverages, in the order of the configuration."""
    memberships = views.known.get(coverages)
    if memberships is None:
        if len(views.known) >= _REMEMBERED:
            views.known.clear()
        memberships = views.known[coverages] = tuple(_memberships(views, coverages))
    return memberships


def _memberships(views: Selection, coverages: tuple[Coverage, ...]) -> Iterable[Membership]:
    best: dict[str, Coverage] = {}
    nearest_first = sorted(
        (found for found in coverages if found.territory in views.seen_by),
        key=lambda found: (views.depth[found.territory], _CONFIDENCE[found.sure]),
    )
    for found in nearest_first:
        for slug in views.seen_by[found.territory]:
            best.setdefault(slug, found)
    for slug in views.order:
        if slug in best:
            yield Membership(slug, "whole", _reason(best[slug], views))


def _reason(found: Coverage, views: Selection) -> str:
    if found.territory == "fr":
        return "Données nationales."
    evidence = _EVIDENCE.get(found.how)
    return f"Concerne {views.names[found.territory]}{f', {evidence}' if evidence else ''}."


def _around(territory: str, gazetteer: Gazetteer) -> set[str]:
    """The units whose entries a view of `territory` lists."""
    around = {territory}
    for member in gazetteer.members(territory):
        around.update(gazetteer.enclosing(member))
    return around
