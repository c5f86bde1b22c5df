"""What the gazetteer tells of: units of today, and the parts and forerunners of communes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["commune", "epci", "departement", "region", "etat"]
Box = tuple[float, float, float, float]
PartKind = Literal["arrondissement", "deleguee", "associee", "ancienne"]

STATE: Final = "fr"


@dataclass(frozen=True, slots=True)
class Unit:
    """A territory.

    `kind` is finer than the level: for an EPCI, `CC`, `CA`, `CU`, `METRO`… or `EPT`; elsewhere the level.
    `population` is INSEE's municipal population, None where it is not published. `bbox` is
    (west, south, east, north) in WGS84, from geometry simplified to some ten metres, None where unknown;
    that of the State is the mainland's with Corsica.
    """

    code: str
    name: str
    level: Level
    kind: str
    slug: str
    siren: str | None = None
    population: int | None = None
    bbox: Box | None = None
    postal_codes: tuple[str, ...] = ()

    @property
    def local(self) -> str:
        """The code without its prefix: `92040`; `fr` for the State."""
        return self.code.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Part:
    """What is no commune of its own, or no longer: its territory is (in) that of `parent`, a commune of today.

    `kind`: an `arrondissement` of Paris, Lyon or Marseille; a commune `deleguee` or `associee`, which still has its name;
    an `ancienne` one, merged away or given another code, of which only the code is known (`name` is empty).
    """

    code: str
    name: str
    kind: PartKind
    parent: str
    population: int | None = None
    postal_codes: tuple[str, ...] = ()
