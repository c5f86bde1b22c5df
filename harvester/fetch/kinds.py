"""The kinds of sources there are."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "ckan": "harvester.fetch.ckan",
    "datajson": "harvester.fetch.datajson",
    "csw": "harvester.fetch.csw",
    "dcat": "harvester.fetch.dcat",
    "udata": "harvester.fetch.udata",
    "opendatasoft": "harvester.fetch.opendatasoft",
    "ogcrecords": "harvester.fetch.ogcrecords",
    "table": "harvester.fetch.table",
}
"""Kind of source → the module that serves it."""
