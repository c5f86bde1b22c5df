"""Geometries as portals write them → WKT in WGS84, longitude first, and boxes.

Read are WKT (with or without `SRID=…;` or a CRS IRI), GeoJSON (text or tree), GML envelopes and
positions, and boxes in the orders of the wild. What comes out is validated: finite numbers within the
world; a degenerate polygon becomes a point. Coordinates that only make sense with longitude and latitude
exchanged are exchanged, and said to be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

Box = tuple[float, float, float, float]
Position = tuple[float, float]

MOST_POSITIONS = 10_000
"""A geometry of more positions is replaced by its box."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_WKT = re.compile(
    r"^\s*+(?:<(?P<crs>[^>]*)>\s*+)?(?:SRID\s*+=\s*+(?P<srid>\d+)\s*+;)?\s*+"
    r"(?P<kind>MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|POINT|LINESTRING|POLYGON|ENVELOPE|BOX|BBOX)"
    r"\s*+(?:Z|M|ZM)?\s*+(?P<body>\(.*\))\s*$",
    re.IGNORECASE | re.DOTALL,
)
_RECTANGLE = re.compile(
    r"^POLYGON ?\(\(" + ", ?".join([r"(-?\d+(?:\.\d+)?) (-?\d+(?:\.\d+)?)"] * 5) + r"\)\)$"
)
_GML_KIND = re.compile(r"<(?:\w+:)?(Envelope|Polygon|Point|LineString|MultiSurface|MultiPolygon)\b")
_GML_TEXT = re.compile(
    r"<(?:\w+:)?(lowerCorner|upperCorner|posList|pos|coordinates)\b[^<>]*>([^<]*)<"
)
_NAMED = re.compile(
    r"\b(west|east|south|north|[xy]min|[xy]max|minx|miny|maxx|maxy|westlimit|eastlimit|southlimit|northlimit)\w*\s*[=:]\s*("
    + _NUMBER
    + ")",
    re.IGNORECASE,
)
_NAMES = {
    "west": 0,
    "xmin": 0,
    "minx": 0,
    "westlimit": 0,
    "south": 1,
    "ymin": 1,
    "miny": 1,
    "southlimit": 1,
    "east": 2,
    "xmax": 2,
    "maxx": 2,
    "eastlimit": 2,
    "north": 3,
    "ymax": 3,
    "maxy": 3,
    "northlimit": 3,
}

_FRANCE: Box = (-6.5, 40.5, 11.0, 52.0)


class Invalid(ValueError):
    """What was given is no geometry on this world; the message says why."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A type of WKT with its coordinates, the box, and what had to be mended (`swapped`, `degenerate` …)."""

    kind: str
    coordinates: Any
    box: Box
    mended: tuple[str, ...] = ()

    @property
    def wkt(self) -> str:
        """OGC 06-103r4, section 7: at most eight decimals, a millimetre."""
        if self.kind == "POINT":
            return _point(*self.coordinates)
        return f"{self.kind} {_write(self.coordinates)}"

    @property
    def centre(self) -> Position:
        """The middle of the box."""
        return _middle(self.box)


_LONGEST_REMEMBERED = 2_000
_LONGEST_BOX = 500


def geometry(text: str) -> Geometry:
    """The geometry that a text holds, whatever its notation. Raises Invalid."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _read(text)


def _read(text: str) -> Geometry:
    text = text.strip()
    if match := _RECTANGLE.match(text):
        ring = [(float(x), float(y)) for x, y in zip(*[iter(match.groups())] * 2, strict=True)]
        return _finish("POLYGON", [ring])
    if text[:1] in "{[":
        try:
            return of_tree(orjson.loads(text))
        except orjson.JSONDecodeError:
            if text[:1] == "{":
                raise Invalid("not valid GeoJSON") from None
    if match := _WKT.match(text):
        return _of_wkt(match)
    if _GML_KIND.search(text):
        return _of_gml(text)
    return _of_box(text)


_remembered = lru_cache(maxsize=2_048)(_read)


def of_tree(tree: Any) -> Geometry:
    """The geometry of a GeoJSON tree: a geometry, a feature, a collection, or a list of four numbers."""
    if isinstance(tree, list):
        numbers = [float(n) for n in _flat(tree)]
        if len(numbers) == 4:
            return _box_of_four(numbers)
        raise Invalid("a box has four numbers")
    if not isinstance(tree, dict):
        raise Invalid("neither a geometry nor a box")
    kind = tree.get("type")
    if not isinstance(kind, str):
        raise Invalid("GeoJSON without type")
    if kind == "Feature":
        return of_tree(tree.get("geometry"))
    if kind in {"FeatureCollection", "GeometryCollection"}:
        held = tree.get("features") or tree.get("geometries")
        parts = [of_tree(part) for part in held] if isinstance(held, list) else []
        if len(parts) == 1:
            return parts[0]
        if not parts:
            raise Invalid("an empty collection")
        boxes = [part.box for part in parts]
        return _rectangle(_bounds(p for b in boxes for p in ((b[0], b[1]), (b[2], b[3]))), ())
    coordinates = tree.get("coordinates")
    if not isinstance(coordinates, list):
        raise Invalid("GeoJSON without coordinates")
    if kind.casefold() == "envelope":
        return _box_of_four([float(n) for n in _flat(coordinates)])
    depth = _DEPTHS.get(kind.upper())
    if depth is None:
        raise Invalid(f"unknown GeoJSON type {kind[:40]!r}")
    return _finish(kind.upper(), _nested(coordinates, depth))


_DEPTHS = {
    "POINT": 0,
    "MULTIPOINT": 1,
    "LINESTRING": 1,
    "MULTILINESTRING": 2,
    "POLYGON": 2,
    "MULTIPOLYGON": 3,
}


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _flat(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
    else:
        raise Invalid("a coordinate is not a number")


def _nested(value: Any, depth: int) -> Any:
    """Coordinates with positions as pairs (heights are dropped) at the depth the type asks for."""
    if not isinstance(value, list | tuple) or not value:
        raise Invalid("coordinates are missing")
    if depth:
        return [_nested(each, depth - 1) for each in value]
    numbers = list(_flat(value[:2]))
    if len(numbers) != 2:
        raise Invalid("a position has two numbers")
    return (numbers[0], numbers[1])


def _of_wkt(match: re.Match[str]) -> Geometry:
    kind, body = match["kind"].upper(), match["body"]
    if "nan" in body.casefold() or "inf" in body.casefold():
        raise Invalid("a coordinate is not a number")
    srid = match["srid"] or ((match["crs"] or "").rsplit("/", 1)[-1])
    if kind in {"ENVELOPE", "BOX", "BBOX"}:
        numbers = [float(n) for n in _NUMBERS.findall(body)]
        if len(numbers) != 4:
            raise Invalid("a box has four numbers")
        if kind == "ENVELOPE":  # OGC CQL: west, east, north, south
            west, east, north, south = numbers
            return _rectangle(_checked_box((west, south, east, north)), ())
        return _box_of_four(numbers)
    if srid.isdigit() and srid not in {"4326", "4979", "4258", "4171", "84"}:
        raise Invalid(f"EPSG:{srid} is not WGS84")
    latitude_first = srid in {"4326"} and bool(match["crs"])
    coordinates = _nested(_parse_body(body, kind), _DEPTHS[kind])
    if latitude_first and not _exchange_needed(_swapped(coordinates)):
        coordinates = _swapped(coordinates)
    return _finish(kind, coordinates)


_ATOM = re.compile(r"[(),]|[^\s(),]+")


def _parse_body(body: str, kind: str) -> Any:
    """Nested lists of a WKT body; `POINT (1 2)` gives `[1, 2]`."""
    stack: list[list[Any]] = [[]]
    numbers: list[float] = []
    atoms = _ATOM.findall(body)
    if len(atoms) > 40 * MOST_POSITIONS:
        raise Invalid("too many positions")
    commas = kind in {"POLYGON", "MULTIPOLYGON"} and not re.search(r"[\d.]\s+[-+\d.]", body)
    for atom in atoms:
        if atom == "(":
            stack.append([])
        elif atom in "),":
            if numbers and not (commas and atom == "," and len(numbers) < 2):
                stack[-1].append(numbers)
                numbers = []
            if atom == ")":
                if len(stack) < 2:
                    raise Invalid("parentheses do not match")
                done = stack.pop()
                stack[-1].append(done)
        else:
            try:
                numbers.append(float(atom))
            except ValueError:
                raise Invalid("a coordinate is not a number") from None
    if len(stack) != 1 or len(stack[0]) != 1:
        raise Invalid("parentheses do not match")
    whole = stack[0][0]
    if kind == "POINT":
        return whole[0] if whole else []
    if kind == "MULTIPOINT":
        return [each[0] if each and isinstance(each[0], list) else each for each in whole]
    return whole


def _of_gml(text: str) -> Geometry:
    kind = _GML_KIND.search(text)
    parts = {
        name: [float(n) for n in _NUMBERS.findall(body)] for name, body in _GML_TEXT.findall(text)
    }
    latitude_first = (
        bool(re.search(r"EPSG(?:/0/|::|:[\d.]*:|#|/)4326", text)) and "CRS84" not in text
    )
    if "lowerCorner" in parts and "upperCorner" in parts:
        numbers = parts["lowerCorner"][:2] + parts["upperCorner"][:2]
    else:
        numbers = parts.get("posList") or parts.get("pos") or parts.get("coordinates") or []
    if len(numbers) < 2 or len(numbers) % 2:
        raise Invalid("GML without positions")
    positions = list(zip(numbers[::2], numbers[1::2], strict=True))
    if latitude_first:
        positions = [(x, y) for y, x in positions]
    if kind and kind[1] == "Polygon" and len(positions) > 3:
        return _finish("POLYGON", [positions])
    if kind and kind[1] == "LineString" and len(positions) > 1:
        return _finish("LINESTRING", positions)
    box = _bounds(positions)
    return _finish("POLYGON", [_ring(box)])


def _of_box(text: str) -> Geometry:
    if len(text) > _LONGEST_BOX:
        raise Invalid("neither WKT, GeoJSON, GML nor a box")
    named = {_NAMES[name.casefold()]: float(number) for name, number in _NAMED.findall(text)}
    if len(named) == 4:
        return _box_of_sides(*(named[i] for i in range(4)))
    numbers = [float(n) for n in _NUMBERS.findall(text)]
    rest = re.sub(r"(?i)bbox|box|[\s,;:/()\[\]{}|]", "", _NUMBERS.sub("", text))
    if rest or len(numbers) not in {2, 4}:
        raise Invalid("neither WKT, GeoJSON, GML nor a box")
    if len(numbers) == 2:
        return _finish("POINT", (numbers[0], numbers[1]))
    return _box_of_four(numbers)


def _box_of_sides(west: float, south: float, east: float, north: float) -> Geometry:
    """A box whose sides have names: nothing is guessed, but west and east, or longitude and latitude, may be exchanged."""
    box = (min(west, east), min(south, north), max(west, east), max(south, north))
    mended: tuple[str, ...] = () if box == (west, south, east, north) else ("reordered",)
    if _exchange_needed([_ring(box)]):
        box, mended = (box[1], box[0], box[3], box[2]), (*mended, "swapped")
    return _rectangle(_checked_box(box), mended)


def _box_of_four(numbers: list[float]) -> Geometry:
    """Four numbers in whatever order makes a box in the world, best one that lies in France.

    Orders seen: west, south, east, north (GeoJSON, OGC); south, west, north, east (WMS 1.3, ATOM);
    west, east, south, north (ISO 19115); west, north, east, south (GeoNetwork); east, south, west, north (its Dublin Core).
    """
    if any(not math.isfinite(n) for n in numbers):
        raise Invalid("a coordinate is not a number")
    a, b, c, d = numbers
    orders: tuple[Box, ...] = (
        (a, b, c, d),
        (b, a, d, c),
        (c, b, a, d),
        (a, c, b, d),
        (a, d, c, b),
        (b, c, d, a),
    )
    valid = [o for o in orders if o[0] <= o[2] and o[1] <= o[3] and _in_world(o)]
    if not valid:
        if _in_world((a, b, c, d)):
            return _rectangle((min(a, c), min(b, d), max(a, c), max(b, d)), ("reordered",))
        raise Invalid("the box is not on this world")
    chosen = next((order for order in valid if _within(order, _FRANCE)), valid[0])
    return _rectangle(chosen, () if chosen == (a, b, c, d) else ("reordered",))


def _in_world(box: Box) -> bool:
    return (
        -180 <= box[0] <= 180
        and -180 <= box[2] <= 180
        and -90 <= box[1] <= 90
        and -90 <= box[3] <= 90
    )


def _within(one: Box, other: Box) -> bool:
    return other[0] <= one[0] and one[2] <= other[2] and other[1] <= one[1] and one[3] <= other[3]


def _touches(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _checked_box(box: Box) -> Box:
    if not _in_world(box):
        raise Invalid("the box is not on this world")
    return box


def _positions(coordinates: Any) -> Iterator[Position]:
    if isinstance(coordinates, tuple):
        yield coordinates
    else:
        for each in coordinates:
            yield from _positions(each)


def _swapped(coordinates: Any) -> Any:
    if isinstance(coordinates, tuple):
        return coordinates[1], coordinates[0]
    return [_swapped(each) for each in coordinates]


def _bounds(positions: Iterable[Position]) -> Box:
    xs, ys = zip(*positions, strict=True)
    if not all(map(math.isfinite, xs)) or not all(map(math.isfinite, ys)):
        raise Invalid("a coordinate is not a number")
    return min(xs), min(ys), max(xs), max(ys)


def _exchange_needed(coordinates: Any) -> bool:
    """Whether coordinates are outside the world, or outside France and inside it when exchanged."""
    west, south, east, north = box = _bounds(_positions(coordinates))
    exchanged = (south, west, north, east)
    if not _in_world(box):
        return _in_world(exchanged)
    return _within(exchanged, _FRANCE) and not _touches(box, _FRANCE)


def _finish(kind: str, coordinates: Any) -> Geometry:
    box = _bounds(_positions(coordinates))
    mended: tuple[str, ...] = ()
    if _exchange_needed(coordinates):
        coordinates, mended = _swapped(coordinates), ("swapped",)
        box = _bounds(_positions(coordinates))
    if not _in_world(box):
        raise Invalid("outside the world: longitude and latitude in degrees are expected")
    if box[0] == box[2] and box[1] == box[3]:
        told = mended if kind == "POINT" else (*mended, "degenerate")
        return Geometry("POINT", (box[0], box[1]), box, told)
    count = sum(1 for _ in _positions(coordinates))
    if count > MOST_POSITIONS:
        return _rectangle(box, (*mended, "simplified"))
    if kind in {"POLYGON", "MULTIPOLYGON"}:
        if box[0] == box[2] or box[1] == box[3]:
            return Geometry("POINT", _middle(box), box, (*mended, "degenerate"))
        coordinates = _closed(kind, coordinates)
    return Geometry(kind, coordinates, box, mended)


def _closed(kind: str, coordinates: Any) -> Any:
    """Rings end where they began (OGC 06-103r4, 6.1.11), and have four positions."""
    if kind == "MULTIPOLYGON":
        return [_closed("POLYGON", each) for each in coordinates]
    rings = [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in coordinates]
    kept = [ring for index, ring in enumerate(rings) if len(ring) > 3 or index == 0]
    if len(kept[0]) < 4:
        raise Invalid("a ring has at least four positions")
    return kept


def _middle(box: Box) -> Position:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _ring(box: Box) -> list[Position]:
    west, south, east, north = box
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def _rectangle(box: Box, mended: tuple[str, ...]) -> Geometry:
    if box[0] == box[2] or box[1] == box[3]:
        return Geometry("POINT", _middle(box), box, (*mended, "degenerate"))
    return Geometry("POLYGON", [_ring(box)], box, mended)


def _format(number: float) -> str:
    """At most eight decimals (a millimetre), no exponent, no trailing zeros."""
    text = f"{number:.8f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _point(x: float, y: float) -> str:
    return f"POINT ({_format(x)} {_format(y)})"


def _write(coordinates: Any) -> str:
    if isinstance(coordinates[0], tuple):
        return "(" + ", ".join(f"{_format(x)} {_format(y)}" for x, y in coordinates) + ")"
    return "(" + ", ".join(_write(each) for each in coordinates) + ")"
