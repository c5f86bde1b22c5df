"""An Opendatasoft portal: its Explore API 2.1 and 2.0, its API 1.0 and the pages people see.

Entries are datasets as the Explore API 2.1 gives them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample

PATH = "/explore/"
MOST = 100
WINDOW = 10_000

_LICENCE = "Licence Ouverte v2.0 (Etalab)"
_LICENCE_URL = (
    "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf"
)
_THEMES = {
    "AGRI": "Agriculture, Alimentation",
    "ECON": "Economie, Business, PME, Développement économique, Emploi",
    "EDUC": "Education, Formation, Recherche, Enseignement",
    "ENER": "Energie",
    "ENVI": "Environnement",
    "GOVE": "Administration, Gouvernement, Finances publiques, Citoyenneté",
    "HEAL": "Santé",
    "JUST": "Justice, Sécurité, Police, Criminalité",
    "REGI": "Aménagement du territoire, Urbanisme, Bâtiments, Equipements, Logement",
    "SOCI": "Services, Social",
    "TECH": "Numérique",
    "TRAN": "Transports, Déplacements",
}
_FREQUENCIES = "http://publications.europa.eu/resource/authority/frequency/"
_LEVELS = {"region": 40, "departement": 60, "commune": 80}
_PLACED = frozenset({"geojson", "gpkg", "shp", "wfs", "wms"})
_EXPORTED = frozenset({"csv", "geojson", "json", "parquet", "shp", "wfs", "wms", "xlsx"})
"""Formats that the portal makes of the data by itself; others are attached."""


def describe(sample: Sample) -> dict[str, Any]:
    """The dataset as the portal that publishes it describes it."""
    unit = sample.place or sample.producer.unit
    placed = not _PLACED.isdisjoint(sample.formats)
    level = _LEVELS.get(unit.level)
    reference = f"fr_{level}_{unit.local}" if level else "world_fr" if unit.level == "etat" else ""
    default = {
        "title": sample.title,
        "description": f"<p>{html.escape(sample.text)}</p>",
        "theme": [_THEMES.get(sample.theme, sample.theme)],
        "keyword": list(sample.keywords),
        "license": _LICENCE,
        "license_url": _LICENCE_URL,
        "language": "fr",
        "metadata_languages": ["fr"],
        "timezone": "Europe/Paris",
        "modified": f"{sample.modified}T06:15:00+00:00",
        "modified_updates_on_metadata_change": False,
        "modified_updates_on_data_change": True,
        "data_processed": f"{sample.modified}T06:15:04.120000+00:00",
        "metadata_processed": f"{sample.modified}T06:15:09.482000+00:00",
        "geographic_reference": [reference] if reference else None,
        "geographic_reference_auto": not reference,
        "territory": [unit.name] if reference else None,
        "geometry_types": ["Point"] if placed else None,
        "bbox": _box(unit.bbox) if placed and unit.bbox else None,
        "publisher": sample.producer.name,
        "references": None,
        "records_count": 40 + len(sample.text),
        "attributions": None,
        "source_domain": None,
        "source_domain_title": None,
        "source_domain_address": None,
        "source_dataset": None,
        "shared_catalog": None,
        "federated": False,
        "oauth_scope": None,
        "parent_domain": None,
        "update_frequency": None,
    }
    dcat = {
        "created": None,
        "issued": f"{sample.issued}T00:00:00+00:00",
        "creator": sample.producer.name,
        "contributor": None,
        "contact_name": f"Service des données — {sample.producer.name}",
        "contact_email": f"donnees@{sample.producer.host.partition('.')[2]}",
        "accrualperiodicity": _FREQUENCIES + sample.frequency,
        "spatial": None,
        "temporal": str(sample.year) if sample.year else None,
        "granularity": None,
        "dataquality": None,
        "accessRights": sample.access if sample.access == "NON_PUBLIC" else None,
    }
    return {
        "visibility": "domain" if sample.access == "PUBLIC" else "restricted",
        "dataset_id": sample.slug,
        "dataset_uid": f"da_{_short(sample.iri)}",
        "has_records": not _EXPORTED.isdisjoint(sample.formats),
        "features": ["analyze", *(["geo"] if placed else ())],
        "attachments": [
            {
                "mimetype": f"application/{name}",
                "url": f"odsfile://{sample.slug}.{name}",
                "id": f"{sample.slug}_{name}".replace("-", "_"),
                "title": f"{sample.slug}.{name}",
            }
            for name in sample.formats
            if name not in _EXPORTED
        ],
        "alternative_exports": [],
        "data_visible": True,
        "fields": _fields(placed),
        "metas": {"default": default, "dcat": dcat},
    }


def federated(sample: Sample) -> dict[str, Any]:
    """The dataset as another portal shows it: under an id of its own, with where it comes from."""
    entry = describe(sample)
    origin = {
        "federated": True,
        "source_domain": sample.producer.slug,
        "source_domain_title": sample.producer.name,
        "source_domain_address": sample.producer.host,
        "source_dataset": sample.slug,
    }
    metas = {**entry["metas"], "default": {**entry["metas"]["default"], **origin}}
    name = f"{sample.slug}@{sample.producer.slug}"
    return {**entry, "dataset_id": name, "dataset_uid": f"da_{_short(name)}", "metas": metas}


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """What the portal says: pages, lists, single datasets, or the API's own errors."""
    if not asked.path.startswith("/api/"):
        return _page(portal, root, asked.path)
    if portal.token and asked.headers.get("authorization") != f"Apikey {portal.token}":
        return _error(401, "AuthenticationError", "This domain is private.")
    for prefix, listed in _APIS.items():
        if asked.path.startswith(prefix):
            return listed(portal, root, asked, asked.path.removeprefix(prefix))
    return _error(404, "NotFound", "The requested resource does not exist.")


def _explore(
    wrapped: bool, prefix: str, order: str
) -> Callable[[Portal, str, Asked, str], Said | None]:
    def listed(portal: Portal, root: str, asked: Asked, path: str) -> Said | None:
        if path in ("datasets", "datasets/", "exports/json"):
            entries = _selected(portal, asked.query, order)
            if isinstance(entries, Said):
                return entries
            if path == "exports/json":
                return _said([_exported(entry) for entry in entries])
            window = _window(asked.query, "limit", "offset", MOST)
            if isinstance(window, Said):
                return window
            limit, offset = window
            some = entries[offset : offset + min(limit, portal.page or limit)]
            if not wrapped:
                return _said({"total_count": len(entries), "results": some})
            here = f"{root}{prefix}datasets"
            links = [{"rel": "self", "href": f"{here}?limit={limit}&offset={offset}"}]
            return _said(
                {
                    "total_count": len(entries),
                    "links": links,
                    "datasets": [_wrapped(entry, here) for entry in some],
                }
            )
        entry = _named(portal, path.removeprefix("datasets/").strip("/"))
        if entry is None:
            return _error(404, "UnknownDatasetError", "Unknown dataset")
        return _said(_wrapped(entry, f"{root}{prefix}datasets") if wrapped else entry)

    return listed


def _search(portal: Portal, _root: str, asked: Asked, path: str) -> Said | None:
    """The API 1.0: metadata in one flat group, the standards' beside it."""
    if path.strip("/") != "search":
        entry = _named(portal, path.strip("/"))
        return _said(_flat(entry)) if entry else None
    query = {"order_by": asked.query.get("sort", ""), "where": asked.query.get("q", "")}
    for name, value in asked.query.items():
        if name.startswith("refine."):
            query["refine"] = f"{name.removeprefix('refine.')}:{value}"
    entries = _selected(portal, query, "datasetid")
    if isinstance(entries, Said):
        return entries
    window = _window(asked.query, "rows", "start", 1000)
    if isinstance(window, Said):
        return window
    rows, start = window
    some = entries[start : start + min(rows, portal.page or rows)]
    parameters = {"rows": rows, "start": start, "format": "json", "timezone": "UTC"}
    return _said(
        {"nhits": len(entries), "parameters": parameters, "datasets": [_flat(e) for e in some]}
    )


_APIS: Mapping[str, Callable[[Portal, str, Asked, str], Said | None]] = {
    "/api/explore/v2.1/catalog/": _explore(False, "/api/explore/v2.1/catalog/", "dataset_id"),
    "/api/explore/v2.0/catalog/": _explore(True, "/api/explore/v2.0/catalog/", "datasetid"),
    "/api/v2/catalog/": _explore(True, "/api/v2/catalog/", "datasetid"),
    "/api/datasets/1.0/": _search,
}
_CONDITION = re.compile(r'^\s*(?:default\.)?([a-z_]+)\s*[:=]\s*"?([^"]*)"?\s*$')


def _selected(
    portal: Portal, query: Mapping[str, str], order: str
) -> Sequence[dict[str, Any]] | Said:
    """The entries asked for, which stand in the order asked for; of ODSQL only `field = "value"` is understood."""
    wanted = query.get("order_by") or order
    if wanted.removesuffix(" asc") != order:
        return _error(400, "ODSQLError", f"ODSQL query is malformed: unknown field {wanted!r}")
    entries: Sequence[dict[str, Any]] = portal.entries
    for condition in (query.get("where"), query.get("refine")):
        if not condition:
            continue
        match = _CONDITION.match(condition)
        if match is None:
            return _error(400, "ODSQLError", f"ODSQL query is malformed: {condition}")
        entries = [entry for entry in entries if _says(entry, *match.groups())]
    return entries


def _says(entry: dict[str, Any], name: str, value: str) -> bool:
    found = entry["metas"]["default"].get(name)
    return value in (found if isinstance(found, list) else [found])


def _window(query: Mapping[str, str], size: str, first: str, most: int) -> tuple[int, int] | Said:
    try:
        limit, offset = int(query.get(size, "10")), int(query.get(first, "0"))
    except ValueError:
        return _error(400, "InvalidRESTParameterError", f"Invalid value for {size} or {first}")
    if not 0 <= limit <= most or offset < 0:
        message = f"Invalid value for {size} API parameter: {limit} was found but -1 <= {size} <= {most} is expected."
        return _error(400, "InvalidRESTParameterError", message)
    if limit + offset > WINDOW:
        message = f"Invalid value for {first} API parameter: {offset} was found but {first} <= {WINDOW - limit} is expected."
        return _error(400, "InvalidRESTParameterError", message)
    return limit, offset


def _named(portal: Portal, name: str) -> dict[str, Any] | None:
    return next((entry for entry in portal.entries if _id(entry) == name), None)


def _id(entry: Any) -> str:
    return str(entry.get("dataset_id")) if isinstance(entry, dict) else ""


def _exported(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry in the export of the catalogue, which says nothing of who may see it."""
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name != "visibility"}


def _wrapped(entry: dict[str, Any], here: str) -> dict[str, Any]:
    href = f"{here}/{_id(entry)}"
    links = [{"rel": "self", "href": href}, {"rel": "records", "href": f"{href}/records"}]
    return {"links": links, "dataset": entry}


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return entry
    metas = entry.get("metas", {})
    default = {name: value for name, value in metas.get("default", {}).items() if value is not None}
    standards = {name: group for name, group in metas.items() if name != "default"}
    rest = {
        name: value
        for name, value in entry.items()
        if name not in ("dataset_id", "dataset_uid", "metas", "visibility")
    }
    return {
        "datasetid": entry.get("dataset_id"),
        "metas": {**default, "visibility": entry.get("visibility")},
        "interop_metas": standards,
        **rest,
    }


def _said(value: Any) -> Said:
    return Said(orjson.dumps(value), "application/json; charset=utf-8")


def _error(status: int, code: str, message: str) -> Said:
    body = orjson.dumps({"error_code": code, "message": message})
    return Said(body, "application/json; charset=utf-8", status)


def _page(portal: Portal, root: str, path: str) -> Said | None:
    """The portal's pages as people see them."""
    title, links = portal.name, ""
    if path.startswith("/explore/dataset/"):
        name = path.removeprefix("/explore/dataset/").partition("/")[0]
        entry = _named(portal, name)
        if entry is None:
            return None
        title = entry["metas"]["default"]["title"]
        address = f"{root}/api/explore/v2.1/catalog/datasets/{name}/exports/csv?use_labels=true"
        links = f'<p><a href="{html.escape(address)}">CSV</a></p>'
    elif path not in ("", "/", "/explore", "/explore/", "/pages/accueil/"):
        return None
    body = (
        '<!doctype html><html lang="fr" ng-app="ods.core"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>"
        '<link rel="stylesheet" href="/static/compressed/css/odsui.css">'
        f'<link rel="alternate" type="application/rss+xml" href="{root}/explore/rss/"></head>'
        f'<body class="ods-front"><h1>{html.escape(title)}</h1>{links}'
        '<footer>Propulsé par <a href="https://www.opendatasoft.com/">Opendatasoft</a></footer></body></html>'
    )
    return Said(body.encode(), "text/html; charset=utf-8")


def _fields(placed: bool) -> list[dict[str, Any]]:
    fields = [
        ("nom", "Nom", "text", {"facet": []}),
        ("annee", "Année", "date", {"timeserie_precision": ["year"]}),
        ("valeur", "Valeur", "double", {"decimals": ["2"]}),
    ]
    if placed:
        fields.append(("geo_point_2d", "Geo Point", "geo_point_2d", {}))
    return [
        {"annotations": notes, "description": None, "label": label, "name": name, "type": kind}
        for name, label, kind, notes in fields
    ]


def _box(bbox: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": polygon, "properties": {}}


def _short(text: str) -> str:
    """Six characters that stand for a text, as in the platform's own ids."""
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(6):
        number, rest = divmod(number, 36)
        letters += "0123456789abcdefghijklmnopqrstuvwxyz"[rest]
    return letters
