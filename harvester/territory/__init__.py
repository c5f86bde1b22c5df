"""The gazetteer: France's communes and the units that enclose them. Pure, loaded once."""

from harvester.territory.gazetteer import Gazetteer, load
from harvester.territory.units import Level, Part, Unit

__all__ = ["Gazetteer", "Level", "Part", "Unit", "load"]
