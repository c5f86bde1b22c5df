"""A slice as a dataset of its own: what it says, made of what its parent says and of what was proved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from uuid import UUID, uuid5

from harvester.territory import Unit
from harvester.view.slices.values import Part

_SPACE = UUID("0d9a2a0e-6b0f-5a39-9d0b-2f3c8d8e4b11")
_FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_PLACES = "http://id.insee.fr/geo/commune/"
_OWN = (
    "iri",
    "identifier",
    "other_identifier",
    "source",
    "has_version",
    "is_version_of",
    "is_referenced_by",
    "in_series",
    "relation",
    "qualified_relation",
    "sample",
    "was_generated_by",
    "has_quality_measurement",
    "version",
    "version_notes",
)
"""What a parent says of itself alone."""
_NAMES = {
    "CSV": "CSV",
    "GEOJSON": "GeoJSON",
    "GML": "GML",
    "JSON": "JSON",
    "PARQUET": "Parquet",
    "XLSX": "Excel",
}
_MARKED = re.compile(r"</?(?:p|br|a|ul|ol|li|div|span|strong|em|b|i|h[1-6]|table)\b[^>]*>", re.I)


def slice_id(parent: str, territory: str) -> str:
    """The id of the slice of a dataset for a commune: always the same, whenever and wherever it is found."""
    return str(uuid5(_SPACE, f"{parent} {territory}"))


def local_entry(
    parent: Mapping[str, Any], unit: Unit, parent_iri: str, parts: Sequence[Part], proved: str
) -> dict[str, Any]:
    """The slice as an entry. `proved` is the instant of the proof; the parent must be a dataset."""
    rows, total = sum(part.rows for part in parts), sum(part.total for part in parts)
    made = {name: value for name, value in parent.items() if name not in _OWN}
    titles = parent.get("title") or {"fr": "Jeu de données"}
    made["title"] = {tag: f"{title} : {unit.name}" for tag, title in titles.items()}
    why = statement(unit, parts, rows, total, proved)
    said = dict(parent.get("description") or {})
    tag = "fr" if "fr" in said or not said else "" if "" in said else "fr"
    made["description"] = {**said, tag: _before(why, said.get(tag, ""))}
    made["spatial"] = [
        {
            "iri": _PLACES + unit.local,
            "name": {"fr": unit.name},
            "identifier": unit.local,
            **({"bbox": list(unit.bbox)} if unit.bbox else {}),
        }
    ]
    made["is_part_of"] = [parent_iri]
    made["provenance"] = {"fr": why}
    licence = parent.get("license") or next(
        (d["license"] for d in parent.get("distribution") or () if d.get("license")), None
    )
    many = len(parts) > 1
    made["distribution"] = [
        _distribution(link, unit, number if many else 0, part.rows, licence)
        for number, part in enumerate(parts, 1)
        for link in part.links
    ]
    return made


def _before(why: str, text: str) -> str:
    """A sentence before a description, which is HTML or is not."""
    if _MARKED.search(text):
        return f"<p>{escape(why, quote=False)}</p>\n{text}"
    return f"{why}\n\n{text}" if text else why


def statement(unit: Unit, parts: Sequence[Part], rows: int, total: int, proved: str) -> str:
    """The sentence that says what a slice is, and how that is known."""
    how = " ; ".join(dict.fromkeys(part.reason for part in parts))
    day = f"{proved[8:10]}/{proved[5:7]}/{proved[:4]}"
    return (
        f"Extrait limité à {unit.name} : {_number(rows)} ligne{'s' if rows > 1 else ''} sur {_number(total)}, "
        f"celles où {how}. Vérifié auprès du portail le {day}."
    )


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _distribution(
    link: Any, unit: Unit, table: int, rows: int, licence: str | None
) -> dict[str, Any]:
    name = _NAMES.get(link.format, link.format)
    title = f"{unit.name} — {name}" + ("" if link.download else " (API)")
    if table:
        title += f", tableau {table}"
    said = f"{_number(rows)} ligne{'s' if rows > 1 else ''}."
    made: dict[str, Any] = {
        "title": {"fr": title},
        "description": {"fr": said},
        "access_url": [link.url],
        "format": _FILE_TYPES + link.format,
        "media_type": _MEDIA_TYPES + link.media,
    }
    if link.download:
        made["download_url"] = [link.url]
    if licence:
        made["license"] = licence
    return made
