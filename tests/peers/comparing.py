"""What was loaded into a peer against what readers of our catalogue see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.peers.fiches import FREQUENCIES, Fiche
from tests.territory import Territory

AUTHORITY = "http://publications.europa.eu/resource/authority"
FILE_TYPES = {"shp": "ZIP", "wms": "WMS_SRVC", "wfs": "WFS_SRVC"}
Entry = dict[str, Any]


def published(territory: Territory) -> dict[str, Entry]:
    """Every published entry by its title."""
    entries = [orjson.loads(row.body) for row in territory.rows()]
    return {_text(entry["title"]): entry for entry in entries}


def _text(text: Mapping[str, str]) -> str:
    return text.get("fr") or text.get("") or ""


def _bbox(entry: Entry) -> tuple[float, ...] | None:
    for place in entry.get("spatial", ()):
        if place.get("bbox"):
            return tuple(round(float(part), 4) for part in place["bbox"])
    return None


def _urls(entry: Entry) -> list[str]:
    found = []
    for distribution in entry.get("distribution", ()):
        found += distribution.get("download_url") or distribution.get("access_url") or ()
    return sorted(found)


def _formats(entry: Entry) -> list[str]:
    """The file types, sorted; a zipped shapefile may be told by either."""
    told = [d.get("format") or "none" for d in entry.get("distribution", ())]
    return sorted(format_.rpartition("/")[2].replace("SHP", "ZIP") for format_ in told)


def _licence(entry: Entry) -> str | None:
    licences = {entry.get("license"), *(d.get("license") for d in entry.get("distribution", ()))}
    licences.discard(None)
    return licences.pop() if len(licences) == 1 else str(sorted(licences)) if licences else None


def _day(value: str | None) -> str | None:
    return value and value[:10]


Reading = tuple[Callable[[Fiche], object], Callable[[Entry], object]]

FIELDS: dict[str, Reading] = {
    "description": (lambda f: f.text, lambda e: _text(e.get("description", {}))),
    "keywords": (
        lambda f: set(f.topic.keywords),
        lambda e: {word for words in e.get("keyword", {}).values() for word in words},
    ),
    "publisher": (
        lambda f: f.organisation,
        lambda e: _text((e.get("publisher") or {}).get("name", {})),
    ),
    "email": (
        lambda f: f.email,
        lambda e: next((c.get("email") for c in e.get("contact_point", ())), None),
    ),
    "created": (lambda f: f.created, lambda e: _day(e.get("created"))),
    "issued": (lambda f: f.issued, lambda e: _day(e.get("issued"))),
    "modified": (lambda f: f.modified, lambda e: _day(e.get("modified"))),
    "licence": (lambda f: f"{AUTHORITY}/licence/ETALAB_2_0", _licence),
    "bbox": (lambda f: tuple(round(part, 4) for part in f.bbox), _bbox),
    "frequency": (
        lambda f: f"{AUTHORITY}/frequency/{FREQUENCIES[f.topic.frequency]}",
        lambda e: e.get("accrual_periodicity"),
    ),
    "temporal": (
        lambda f: [(f"{f.year}-01-01", f"{f.year}-12-31")],
        lambda e: [(p.get("start"), p.get("end")) for p in e.get("temporal", ())],
    ),
    "language": (lambda f: [f"{AUTHORITY}/language/FRA"], lambda e: e.get("language")),
    "distributions": (lambda f: sorted(o.url for o in f.online), _urls),
    "formats": (
        lambda f: sorted(FILE_TYPES.get(o.kind, o.kind.upper()) for o in f.online),
        _formats,
    ),
}


def differences(
    fiche: Fiche, entry: Entry, fields: Mapping[str, Reading]
) -> dict[str, tuple[object, object]]:
    """Field → (loaded, published), for those that differ."""
    found: dict[str, tuple[object, object]] = {}
    if fiche.id not in entry.get("identifier", ()):
        found["identifier"] = (fiche.id, entry.get("identifier"))
    for name, (loaded, shown) in fields.items():
        wanted, got = loaded(fiche), shown(entry)
        if isinstance(wanted, set) and isinstance(got, set):
            got &= wanted  # a theme may be among the keywords
        if wanted != got:
            found[name] = (wanted, got)
    return found
