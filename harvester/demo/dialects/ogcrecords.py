"""An OGC API Records, as pycsw 3 and pygeoapi serve one: landing page, one collection, its sortables, its items."""

from __future__ import annotations

import html
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, unquote, urlencode
from uuid import UUID

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample
from harvester.demo.styles import FORMATS

PATH = ""
MOST_ITEMS = 1000

_COLLECTION = "/collections/catalogue"
_GEO = "application/geo+json"
_LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme"
_CONFORMANCE = [
    f"http://www.opengis.net/spec/{what}"
    for what in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-records-1/1.0/conf/core",
        "ogcapi-records-1/1.0/conf/sorting",
        "ogcapi-records-1/1.0/conf/json",
        "ogcapi-features-3/1.0/conf/filter",
    )
]


def describe(sample: Sample) -> dict[str, Any]:
    """The record of a dataset."""
    producer = sample.producer
    unit = sample.place or producer.unit
    domain = producer.host.partition(".")[2]
    interval = [f"{sample.year}-01-01T00:00:00Z", f"{sample.year}-12-31T23:59:59Z"]
    return {
        "id": str(UUID(bytes=blake2b(sample.iri.encode(), digest_size=16).digest(), version=4)),
        "type": "Feature",
        "geometry": _polygon(unit.bbox),
        "time": {"interval": interval} if sample.year else None,
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"],
        "properties": {
            "type": "dataset",
            "title": sample.title,
            "description": sample.text,
            "keywords": list(sample.keywords),
            "created": f"{sample.issued}T08:15:00Z",
            "updated": f"{sample.modified}T08:15:00Z",
            "language": {"code": "fr", "name": "Français"},
            "resourceLanguages": [{"code": "fr", "name": "Français"}],
            "externalIds": [{"scheme": f"https://{producer.host}", "value": sample.identifier}],
            "themes": [
                {
                    "scheme": _THEMES,
                    "concepts": [{"id": sample.theme, "url": f"{_THEMES}/{sample.theme}"}],
                }
            ],
            "contacts": [
                {
                    "organization": producer.name,
                    "roles": ["publisher"],
                    "links": [
                        {"rel": "about", "type": "text/html", "href": f"https://{producer.host}"}
                    ],
                },
                {
                    "name": f"Service des données — {producer.name}",
                    "organization": producer.name,
                    "emails": [{"value": f"donnees@{domain}"}],
                    "roles": ["pointOfContact"],
                },
            ],
            "formats": [
                {"name": name.upper(), "mediaType": FORMATS[name][1]} for name in sample.formats
            ],
            "license": "etalab-2.0",
            **_rights(sample),
        },
        "links": [
            {"rel": "about", "type": "text/html", "title": "Présentation", "href": sample.landing},
            {"rel": "license", "title": "Licence Ouverte 2.0", "href": _LICENCE},
            *(
                {
                    "rel": "enclosure",
                    "type": FORMATS[name][1],
                    "title": f"{sample.title} ({name.upper()})",
                    "href": f"{sample.iri}/exports/{name}",
                }
                for name in sample.formats
            ),
        ],
    }


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """The API's resources, in JSON; the landing page in HTML for those who want it."""
    path = asked.path.rstrip("/")
    if path == "" and _wants_html(asked):
        return Said(_home(portal, root).encode(), "text/html; charset=utf-8")
    match path:
        case "":
            return _said(_landing(portal, root))
        case "/conformance":
            return _said({"conformsTo": _CONFORMANCE})
        case "/collections":
            return _said({"collections": [_collection(portal, root)], "links": []})
        case "/collections/catalogue":
            return _said(_collection(portal, root))
        case "/collections/catalogue/sortables":
            names = {name: {"type": "string"} for name in ("id", "title", "updated")}
            return _said({"type": "object", "$id": f"{root}{path}", "properties": names})
        case "/collections/catalogue/items":
            return _items(portal, root, asked)
    if path.startswith(f"{_COLLECTION}/items/"):
        wanted = unquote(path.rpartition("/")[2])
        found = next((entry for entry in portal.entries if entry["id"] == wanted), None)
        return _said(_record(found, root), _GEO) if found else None
    return None


def _items(portal: Portal, root: str, asked: Asked) -> Said:
    query = dict(asked.query)
    if query.get("sortby", "id").lstrip("+-") not in ("id", "title", "updated"):
        return _refused(f"sortby: {query['sortby']}")
    numbers = [query.get("limit", "10"), query.get("offset", "0")]
    if not all(number.isdigit() for number in numbers) or numbers[0] == "0":
        return _refused("limit, offset")
    limit, offset = min(int(numbers[0]), MOST_ITEMS), int(numbers[1])
    if portal.page:
        limit = min(limit, portal.page)
    entries = portal.entries
    if words := query.get("q", "").casefold():
        entries = tuple(e for e in entries if words in orjson.dumps(e).decode().casefold())
    shown = entries[offset : offset + limit]
    url = f"{root}{_COLLECTION}/items"
    links = [_link("self", f"{url}?{urlencode(query)}", _GEO)]
    if offset + limit < len(entries):
        following = urlencode({**query, "limit": limit, "offset": offset + limit})
        links.append(_link("next", f"{url}?{following.replace('f=json', 'f=html')}", "text/html"))
        links.append(_link("next", f"{url}?{following}", _GEO))
    return _said(
        {
            "type": "FeatureCollection",
            "numberMatched": len(entries),
            "numberReturned": len(shown),
            "timeStamp": "2026-01-05T03:10:00Z",
            "features": [_record(entry, root) for entry in shown],
            "links": links,
        },
        _GEO,
    )


def _record(entry: Any, root: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    url = f"{root}{_COLLECTION}/items/{quote(str(entry.get('id', '')))}"
    own = [_link("self", url, _GEO), _link("alternate", f"{url}?f=html", "text/html")]
    return {**entry, "links": [*own, *entry.get("links", ())]}


def _collection(portal: Portal, root: str) -> dict[str, Any]:
    url = f"{root}{_COLLECTION}"
    sortables = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
    return {
        "id": "catalogue",
        "type": "catalog",
        "itemType": "record",
        "title": portal.name,
        "links": [
            _link("self", url),
            _link("items", f"{url}/items", _GEO),
            _link(sortables, f"{url}/sortables", "application/schema+json"),
        ],
    }


def _landing(portal: Portal, root: str) -> dict[str, Any]:
    return {
        "title": portal.name,
        "description": f"Catalogue de données : {portal.name}",
        "links": [
            _link("self", f"{root}/?f=json"),
            _link(
                "service-desc",
                f"{root}/openapi?f=json",
                "application/vnd.oai.openapi+json;version=3.0",
            ),
            _link("conformance", f"{root}/conformance?f=json"),
            _link("data", f"{root}/collections?f=json"),
        ],
    }


def _link(rel: str, href: str, media: str = "application/json") -> dict[str, str]:
    return {"rel": rel, "type": media, "href": href}


def _rights(sample: Sample) -> dict[str, str]:
    return {} if sample.access == "PUBLIC" else {"accessRights": sample.access}


def _polygon(box: tuple[float, float, float, float] | None) -> dict[str, Any] | None:
    if box is None:
        return None
    w, s, e, n = box
    return {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}


def _wants_html(asked: Asked) -> bool:
    form = asked.query.get("f", "")
    return form == "html" or (not form and "text/html" in asked.headers.get("accept", ""))


def _home(portal: Portal, root: str) -> str:
    name = html.escape(portal.name)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{name} - pycsw</title>'
        f'<link rel="alternate" type="application/json" title="Ce document en JSON" href="{root}/?f=json">'
        f'<link rel="data" type="application/json" href="{root}/collections?f=json"></head>'
        f'<body><h1>{name}</h1><a href="{root}/collections">Collections</a>'
        '<footer>OGC API - Records, <a href="https://pycsw.org">pycsw</a></footer></body></html>'
    )


def _refused(what: str) -> Said:
    told = {"code": "InvalidParameterValue", "description": f"Invalid parameter: {what}"}
    return Said(orjson.dumps(told), "application/json", 400)


def _said(value: Any, media: str = "application/json") -> Said:
    return Said(orjson.dumps(value), media)
