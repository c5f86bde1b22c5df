"""The gazetteer: France's communes and the units that enclose them. Pure, loaded once."""

from harvester.territory.gazetteer import Gazetteer, Level, Unit, load

__all__ = ["Gazetteer", "Level", "Unit", "load"]
