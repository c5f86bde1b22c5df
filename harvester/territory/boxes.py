"""Boxes → units: what a dataset's extent says of the territory it is about.

Boxes of units come from simplified shapes and lie over each other, so a box proves little: it is a unit's where the two are
nearly equal; it lies in a commune where it lies in the box of that one alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harvester.territory.gazetteer import Gazetteer
from harvester.territory.units import STATE, Box, Level

_NUMBERS = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?) (-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)")
_LEVELS: tuple[Level, ...] = ("region", "departement", "epci", "commune")
_TOLERANCE = 0.02  # of the box's sides, at least some fifty metres
_LEAST = 0.0005
_ROUGHLY = 0.6


def box_of(wkt: str) -> Box | None:
    """The box of a geometry in WKT."""
    points = _NUMBERS.findall(wkt)
    if not points:
        return None
    xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def whole(box: Box, gazetteer: Gazetteer, least: float = 0.9) -> bool:
    """Whether a box is all of France or more: a portal's default, which says nothing."""
    state = gazetteer.unit(STATE)
    return bool(
        state and state.bbox and _area(_common(box, state.bbox)) >= least * _area(state.bbox)
    )


def fit(one: Box, other: Box) -> float:
    """How equal two boxes are, from 0 to 1: what they share of what they cover together."""
    shared = _area(_common(one, other))
    together = _area(one) + _area(other) - shared
    return shared / together if together > 0 else 0.0


def placed(box: Box, within: str, gazetteer: Gazetteer, least: float = 0.8) -> str | None:
    """The unit inside `within` whose box this is, or the one commune in whose box it lies; None where that is open."""
    best, unit = least, None
    alone: list[str] = []
    for level, code, its in _near(box, within, gazetteer):
        equal = fit(box, its)
        if equal > best:
            best, unit = equal, code
        if level == "commune" and _inside(box, its):
            alone.append(code)
    if unit is not None:
        return unit
    return alone[0] if len(alone) == 1 else None


def touched(box: Box, within: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """The département inside `within` that a box is (more or less), or those that it lies in.

    Context for a name that several communes bear: portals of a département give its box to each of its records.
    """
    best, unit = _ROUGHLY, ""
    found: list[str] = []
    for code in gazetteer.members(within, "departement"):
        its = gazetteer.unit(code)
        if its is None or its.bbox is None:
            continue
        if (equal := fit(box, its.bbox)) > best:
            best, unit = equal, code
        if _inside(box, its.bbox):
            found.append(code)
    return (unit,) if unit else tuple(found)


def _near(box: Box, within: str, gazetteer: Gazetteer) -> Iterable[tuple[Level, str, Box]]:
    """Units that the box touches: of communes and EPCI only those of the départements that it touches."""
    outer = gazetteer.unit(within)
    if outer is None:
        return
    departements: list[str] = []
    if outer.bbox and within != STATE and _touch(box, outer.bbox):
        yield outer.level, outer.code, outer.bbox
    for level in _LEVELS:
        codes: Iterable[str] = gazetteer.members(within, level)
        if level in ("epci", "commune") and outer.level in ("etat", "region"):
            codes = dict.fromkeys(
                code for around in departements for code in gazetteer.members(around, level)
            )
        for code in codes:
            unit = gazetteer.unit(code)
            if unit and unit.bbox and code != within and _touch(box, unit.bbox):
                if level == "departement":
                    departements.append(code)
                yield level, code, unit.bbox


def _area(box: Box | None) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) if box else 0.0


def _common(one: Box, other: Box) -> Box | None:
    west, south = max(one[0], other[0]), max(one[1], other[1])
    east, north = min(one[2], other[2]), min(one[3], other[3])
    return (west, south, east, north) if west < east and south < north else None


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _inside(inner: Box, outer: Box) -> bool:
    wide = max(_LEAST, _TOLERANCE * (inner[2] - inner[0]))
    high = max(_LEAST, _TOLERANCE * (inner[3] - inner[1]))
    return (
        outer[0] - wide <= inner[0]
        and inner[2] <= outer[2] + wide
        and outer[1] - high <= inner[1]
        and inner[3] <= outer[3] + high
    )
