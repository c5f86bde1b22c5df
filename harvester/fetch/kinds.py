"""The kinds of sources there are."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "ckan": "harvester.fetch.ckan",
    "csw": "harvester.fetch.csw",
    "datajson": "harvester.fetch.datajson",
    "dcat": "harvester.fetch.dcat",
    "ogcrecords": "harvester.fetch.ogcrecords",
    "opendatasoft": "harvester.fetch.opendatasoft",
    "table": "harvester.fetch.table",
    "udata": "harvester.fetch.udata",
}
"""Kind of source → the module that serves it."""
