"""The file of a dataset that rows could be taken out of, where no portal filters. Pure: which one, and what it says of a commune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from harvester.view.slices.columns import Commune, conditions
from harvester.view.slices.probe import judge
from harvester.view.slices.values import Condition, Counted, Endpoint, Link, Part, Refusal, Table
from harvester.view.slices.words import Words

NAME = "file"
FORMS = ("parquet", "csv", "geojson", "xlsx")
"""Formats that can be read, the best first: a dataset that has one file in several is read once."""
OFFERED: Mapping[str, tuple[str, ...]] = {
    "csv": ("csv", "parquet"),
    "xlsx": ("csv", "parquet"),
    "parquet": ("csv", "parquet"),
    "geojson": ("geojson", "csv", "parquet"),
}
"""What an extract of each is served as."""
_MEDIA = {
    "csv": ("CSV", "text/csv"),
    "geojson": ("GEOJSON", "application/geo+json"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
}


def file_of(entry: Mapping[str, Any]) -> Endpoint | Refusal:
    """The one file of an entry that can be read; several of a format (a file per year, say) are none that stands for all."""
    found: dict[str, list[str]] = {form: [] for form in FORMS}
    for item in entry.get("distribution") or ():
        form = str(item.get("format") or "").rpartition("/")[2].lower()
        urls = item.get("download_url") or item.get("access_url") or ()
        if form in found and urls and str(urls[0]).startswith(("http://", "https://")):
            found[form].append(str(urls[0]))
    for form, urls in found.items():
        if len(urls) == 1:
            return Endpoint(NAME, urls[0], urls[0], form)
    if any(found.values()):
        return Refusal(
            "several-files", "Le jeu de données a plusieurs fichiers : aucun n’est le jeu entier."
        )
    return Refusal("no-file", "Aucun de ses fichiers n’est un CSV, XLSX, GeoJSON ou Parquet.")


def asked_of(table: Table, commune: Commune, words: Words) -> Condition | Refusal:
    """What is to be counted for a commune; a file is never asked by a place."""
    ways = conditions(table, commune, words, boxes=False)
    return ways if isinstance(ways, Refusal) else ways[0]


def proved_by(
    table: Table, condition: Condition, counted: Counted, commune: Commune, address: str
) -> Part | Refusal:
    """What a count proves; `address` is where we serve the extract, without its suffix."""
    refusal = judge(table, condition, counted, commune)
    if refusal is not None:
        return refusal
    links = tuple(Link(*_link(suffix, address)) for suffix in OFFERED[table.endpoint.layer])
    return Part(
        table.endpoint,
        condition.kind,
        condition.column,
        written(condition),
        f"{condition.reason}, d’après le fichier",
        counted.rows,
        table.total,
        links,
    )


def _link(suffix: str, address: str) -> tuple[str, str, str]:
    code, media = _MEDIA[suffix]
    return code, f"{address}.{suffix}", media


def media_type(suffix: str) -> str:
    """Of what is served."""
    return _MEDIA[suffix][1]


def written(condition: Condition) -> str:
    """A condition as a part keeps it."""
    kept = {"column": condition.column, "type": condition.type, "values": condition.values}
    return orjson.dumps(kept).decode()


def read_back(part: Part) -> Condition:
    """The condition that a part keeps."""
    kept = orjson.loads(part.filter)
    values = tuple(kept["values"])
    return Condition(part.kind, kept["column"], values, part.reason, kept["type"])
