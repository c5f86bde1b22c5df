"""Which entries a city sees, and why. Pure."""

from harvester.view.coverage import coverage
from harvester.view.selection import Membership, Selection, prepare, select

__all__ = ["Membership", "Selection", "coverage", "prepare", "select"]
