"""The operator's files → frozen settings, with errors that name file and line.

`config.toml` names the territory and the service; `sources/*.toml` and `mappings/*.toml` stand beside it.
Every setting can be overridden from the environment (`HARVESTER_DATABASE`, `HARVESTER_WEB__PORT`, …; a
secret's file by `…_FILE`).
"""

from harvester.config.access import AccessSettings, Oidc
from harvester.config.document import Document, Finding
from harvester.config.forms import Settings, Slug, TerritoryCode
from harvester.config.identity import Identity
from harvester.config.loading import check, examine, load
from harvester.config.settings import (
    COVERAGE,
    MERGE,
    Choice,
    Config,
    ConfigFile,
    Exclude,
    Guard,
    HttpDefaults,
    HttpSettings,
    Level,
    Links,
    Log,
    SelectionRules,
    Source,
    SourceFile,
    View,
    ViewFile,
    Web,
)

__all__ = [
    "COVERAGE",
    "MERGE",
    "AccessSettings",
    "Choice",
    "Config",
    "ConfigFile",
    "Document",
    "Exclude",
    "Finding",
    "Guard",
    "HttpDefaults",
    "HttpSettings",
    "Identity",
    "Level",
    "Links",
    "Log",
    "Oidc",
    "SelectionRules",
    "Settings",
    "Slug",
    "Source",
    "SourceFile",
    "TerritoryCode",
    "View",
    "ViewFile",
    "Web",
    "check",
    "examine",
    "load",
]
