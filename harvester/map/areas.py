"""How found values become the geometry, box and centroid of a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harvester.map import geometry
from harvester.map.finishers import Finisher
from harvester.map.values import Outcome, said


def _shapes(path: str) -> Callable[[list[Any], Outcome], geometry.Geometry | None]:
    """The first of several notations of one geometry that can be read; it is told once if none can."""

    def read(items: list[Any], outcome: Outcome) -> geometry.Geometry | None:
        failed: tuple[str, str] | None = None
        for item in items:
            try:
                if isinstance(item, dict) and "@value" not in item:
                    shape = geometry.of_tree(item)
                else:
                    words = said(item)
                    if not words or not words.strip():
                        continue
                    shape = geometry.geometry(words)
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                failed = failed or (str(error), str(said(item)))
                continue
            for mended in shape.mended:
                outcome.problem("geometry-mended", _MENDED[mended], path, said(item) or "", "info")
            return shape
        if failed:
            outcome.problem("geometry-invalid", failed[0], path, failed[1])
        return None

    return read


_MENDED = {
    "swapped": "longitude and latitude were exchanged",
    "degenerate": "an area without extent became a point",
    "simplified": f"more than {geometry.MOST_POSITIONS} positions: replaced by the bounding box",
    "reordered": "the four numbers of the box were put in order",
}


def area(path: str) -> Finisher:
    """WKT."""
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> str | None:
        shape = read(items, outcome)
        return shape.wkt if shape else None

    return finish


def bbox(path: str) -> Finisher:
    """West, south, east, north."""
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> geometry.Box | None:
        if len(items) == 4 and all(isinstance(item, int | float) for item in items):
            items = [",".join(map(str, items))]
        shape = read(items, outcome)
        return shape.box if shape else None

    return finish


def centroid(path: str) -> Finisher:
    """Longitude, latitude."""
    read = _shapes(path)

    def finish(items: list[Any], outcome: Outcome) -> geometry.Position | None:
        if len(items) == 2 and all(isinstance(item, int | float) for item in items):
            items = [",".join(map(str, items))]
        shape = read(items, outcome)
        return shape.centre if shape else None

    return finish


FINISHERS: dict[str, Callable[[str], Finisher]] = {
    "geometry": area,
    "bbox": bbox,
    "centroid": centroid,
}
"""Field of a location → its finisher."""
