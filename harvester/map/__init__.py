"""Record → Entry by a mapping file. Pure: the tables that travel with the package are read once."""

from harvester.map.cleaners import CLEANERS
from harvester.map.documents import Finding
from harvester.map.mapper import Mapped, Mapper, check_mapping, compile_mapping
from harvester.map.rules import Trace
from harvester.map.tables import builtin_mappings, builtin_merge, vocabularies

__all__ = [
    "CLEANERS",
    "Finding",
    "Mapped",
    "Mapper",
    "Trace",
    "builtin_mappings",
    "builtin_merge",
    "check_mapping",
    "compile_mapping",
    "vocabularies",
]
