"""A table: typed fields, rows, and the habits of the server that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid5

Type = Literal["text", "integer", "number", "point"]
Row = dict[str, Any]
_SPACE = UUID("6b5b4c0e-1b1f-5d0a-9a0e-8d6a1f2c3b47")


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `notes` are what the portal says of it (annotations, detected format)."""

    name: str
    type: Type = "text"
    label: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A table. A field of type `point` holds (longitude, latitude).

    `habits`: `ignores` (whatever is asked, all rows are answered), `ignores-cql` (only the standard's filters are followed),
    `ignores-dump` (an old CKAN's dump), `uncounted` (no number of matches), `short` (an answer never holds more than twenty).
    """

    name: str
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    habits: frozenset[str] = field(default_factory=frozenset)

    @property
    def uuid(self) -> str:
        """What portals that number their resources call it."""
        return str(uuid5(_SPACE, self.name))

    @property
    def point(self) -> str:
        """The field that places a row, or an empty text."""
        return next((f.name for f in self.fields if f.type == "point"), "")

    def field(self, name: str) -> Field | None:
        """A field by its name."""
        return next((f for f in self.fields if f.name == name), None)

    def plain(self) -> tuple[Field, ...]:
        """The fields that are no geometry."""
        return tuple(f for f in self.fields if f.type != "point")

    def where(self, keeps: Callable[[Row], bool]) -> list[Row]:
        """The rows that are kept; all of them where the server does not listen."""
        return [row for row in self.rows if "ignores" in self.habits or keeps(row)]

    def within(self, west: float, south: float, east: float, north: float) -> list[Row]:
        """The rows whose point is in a box."""

        def inside(row: Row) -> bool:
            place: Any = row.get(self.point) or (181.0, 91.0)  # nowhere
            return bool(west <= place[0] <= east and south <= place[1] <= north)

        return self.where(inside)

    def equal(self, name: str, values: Iterable[object]) -> list[Row]:
        """The rows whose field has one of these values, of its own type."""
        wanted = set(values)
        return self.where(lambda row: row.get(name) in wanted)


class WrongType(Exception):
    """A literal that a field of its type cannot be compared with."""


def typed(of: Field, written: str, *, quoted: bool | None = None) -> object:
    """A literal as a value of the field's type; `quoted` says whether it stood in quotes, None where nobody does."""
    if of.type == "text":
        if quoted is False:
            raise WrongType(f"{of.name} is a text")
        return written
    if quoted:
        raise WrongType(f"{of.name} is a number")
    try:
        return int(written) if of.type == "integer" else float(written)
    except ValueError:
        raise WrongType(f"{written!r} is no {of.type}") from None


def geojson(rows: Rows, some: list[Row]) -> list[dict[str, Any]]:
    """Rows as features."""
    point = rows.point
    return [
        {
            "type": "Feature",
            "id": f"{rows.name}.{number}",
            "geometry": {"type": "Point", "coordinates": list(row[point])}
            if point and row.get(point)
            else None,
            "properties": {name: value for name, value in row.items() if name != point},
        }
        for number, row in enumerate(some)
    ]
