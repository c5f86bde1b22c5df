"""Portals that publish a `data.json` (DCAT-US 1.1), and ArcGIS Hubs with their feeds.

`describe` makes an entry of the former, `describe_hub` one of the latter; a portal is a Hub where its entries are a
Hub's. A Hub calls its datasets by item or by slug (`slugs`), as real ones do by turns.
"""

from __future__ import annotations

import html
from hashlib import blake2b
from typing import Any

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample
from harvester.demo.styles import FORMATS

PATH = "/data.json"

LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
_LEVELS = {"PUBLIC": "public", "RESTRICTED": "restricted public", "NON_PUBLIC": "non-public"}
_DAYS = {
    "ANNUAL": "R/P1Y", "BIENNIAL": "R/P2Y", "MONTHLY": "R/P1M", "QUARTERLY": "R/P3M", "WEEKLY": "R/P1W", "DAILY": "R/P1D",
}  # fmt: skip
_EXPORTS = {
    "csv": "CSV", "geojson": "GeoJSON", "shp": "Shapefile", "kml": "KML", "xlsx": "Excel", "gpkg": "GeoPackage",
}  # fmt: skip
_HEAD = {
    "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
    "@type": "dcat:Catalog",
    "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
    "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
}
_HEAD_AP = {
    "@context": {
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "ftype": "http://publications.europa.eu/resource/authority/file-type/",
        "lang": "http://publications.europa.eu/resource/authority/language/",
    },
    "@type": "dcat:Catalog",
}


def describe(sample: Sample) -> dict[str, Any]:
    """A dataset of a data.json."""
    entry: dict[str, Any] = {
        "@type": "dcat:Dataset",
        "identifier": sample.identifier,
        "title": sample.title,
        "description": sample.text,
        "keyword": list(sample.keywords),
        "issued": sample.issued,
        "modified": sample.modified,
        "publisher": {"@type": "org:Organization", "name": sample.producer.name},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": f"Service des données — {sample.producer.name}",
            "hasEmail": f"mailto:donnees@{sample.producer.host.partition('.')[2]}",
        },
        "accessLevel": _LEVELS.get(sample.access, "non-public"),
        "license": LICENCE,
        "accrualPeriodicity": _DAYS.get(sample.frequency, "irregular"),
        "language": ["fr-FR"],
        "theme": [sample.theme],
        "landingPage": sample.landing,
        "spatial": _spatial(sample),
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": f"{sample.title} ({name.upper()})",
                "format": FORMATS[name][0],
                "mediaType": FORMATS[name][1],
                "downloadURL": f"{sample.iri}/exports/{name}",
            }
            for name in sample.formats
        ],
    }
    if sample.year:
        entry["temporal"] = f"{sample.year}-01-01/{sample.year}-12-31"
    return entry


def describe_hub(sample: Sample, slugs: bool = False) -> dict[str, Any]:
    """A dataset of a Hub: `https://geo-<organisation>.hub.arcgis.example`."""
    item = blake2b(sample.iri.encode(), digest_size=16).hexdigest()
    organisation = f"geo-{sample.producer.slug}"
    hub = f"https://{organisation}.hub.arcgis.example"
    page = f"{hub}/datasets/" + (f"{organisation}::{sample.slug}" if slugs else f"{item}_0")
    service = f"https://services.arcgis.example/{item[:16]}/arcgis/rest/services/{sample.slug}/FeatureServer/0"
    files = [
        (name, f"{hub}/api/download/v1/items/{item}/{name}?layers=0")
        for name in sample.formats
        if name in _EXPORTS
    ]
    return {
        "hub": hub,
        "page": page,
        "identifier": page
        if slugs
        else f"https://www.arcgis.com/home/item.html?id={item}&sublayer=0",
        "title": sample.title,
        "text": f'<div style="text-align:left;"><p><span>{html.escape(sample.text)}</span></p></div>',
        "keywords": list(sample.keywords),
        "issued": f"{sample.issued}T08:15:00.000Z",
        "modified": f"{sample.modified}T08:15:00.000Z",
        "publisher": sample.producer.name,
        "owner": f"sig_{sample.producer.slug.replace('-', '_')}",
        "access": _LEVELS.get(sample.access, "non-public"),
        "spatial": _spatial(sample),
        "service": service,
        "files": files,
    }


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """The document at its usual places, and a front page."""
    hub = bool(portal.entries) and "hub" in portal.entries[0]
    match asked.path:
        case "/" | "":
            return Said(_front_page(portal, root, hub).encode(), "text/html; charset=utf-8")
        case "/api/feed/dcat-ap/2.0.1.json" if hub:
            head = {"@id": root, **_HEAD_AP, "dct:title": portal.name, "dct:publisher": portal.name}
            datasets = [_dcat_ap(entry) for entry in portal.entries]
            return Said(
                orjson.dumps({**head, "dcat:dataset": datasets}, option=orjson.OPT_INDENT_2)
            )
        case "/data.json" | "/api/feed/dcat-us/1.1.json" if hub:
            datasets = [_dcat_us(entry) for entry in portal.entries]
            return Said(orjson.dumps({**_HEAD, "dataset": datasets}, option=orjson.OPT_INDENT_2))
        case "/data.json":
            head = {"@id": f"{root}{PATH}", **_HEAD, "title": portal.name}
            return Said(orjson.dumps({**head, "dataset": list(portal.entries)}))
    return None


def _spatial(sample: Sample) -> str:
    unit = sample.place or sample.producer.unit
    return ",".join(map(str, unit.bbox)) if unit.bbox else unit.name


def _dcat_us(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "identifier": entry["identifier"],
        "landingPage": entry["page"],
        "title": entry["title"],
        "description": entry["text"],
        "keyword": entry["keywords"],
        "issued": entry["issued"],
        "modified": entry["modified"],
        "publisher": {"name": entry["publisher"]},
        "contactPoint": {"@type": "vcard:Contact", "fn": entry["owner"]},
        "accessLevel": entry["access"],
        "spatial": entry["spatial"],
        "license": f"<div><p><span>Licence Ouverte : {LICENCE}</span></p></div>",
        "distribution": [
            _file("ArcGIS Hub Dataset", "Web Page", "text/html", entry["page"]),
            _file(
                "ArcGIS GeoService",
                "ArcGIS GeoServices REST API",
                "application/json",
                entry["service"],
            ),
            *(
                _file(
                    _EXPORTS[name],
                    "ZIP" if name == "shp" else _EXPORTS[name],
                    FORMATS[name][1],
                    url,
                )
                for name, url in entry["files"]
            ),
        ],
        "theme": ["geospatial"],
    }


def _file(title: str, form: str, media: str, url: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "title": title,
        "format": form,
        "mediaType": media,
        "accessURL": url,
    }


def _dcat_ap(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "@id": entry["page"],
        "dct:title": entry["title"],
        "dct:description": entry["text"],
        "dcat:contactPoint": {
            "@id": f"{entry['hub']}/sharing/rest/community/users/{entry['owner']}?f=json",
            "@type": "Contact",
            "vcard:fn": entry["owner"],
            "vcard:hasEmail": None,
        },
        "dct:publisher": entry["publisher"],
        "dcat:theme": "geospatial",
        "dct:accessRights": entry["access"],
        "dct:identifier": entry["identifier"],
        "dcat:landingPage": entry["page"],
        "dct:language": {"@id": "lang:FRA"},
        "dcat:keyword": entry["keywords"],
        "dct:issued": entry["issued"],
        "dct:modified": entry["modified"],
        "dct:spatial": entry["spatial"],
        "dct:license": LICENCE,
        "dcat:distribution": [
            _file_ap("ArcGIS Hub Dataset", "HTML", "Web Page", entry["page"]),
            _file_ap("ArcGIS GeoService", "JSON", "ArcGIS GeoServices REST API", entry["service"]),
            *(
                _file_ap(_EXPORTS[name], FORMATS[name][0], _EXPORTS[name], url)
                for name, url in entry["files"]
            ),
        ],
    }


def _file_ap(title: str, form: str, text: str, url: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dcat:accessUrl": {"@id": url},
        "dct:format": {"@id": f"ftype:{form}"},
        "dct:description": text,
        "dct:title": title,
    }


def _front_page(portal: Portal, root: str, hub: bool) -> str:
    name = html.escape(portal.name)
    if hub:
        return (
            f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{name}</title>'
            '<meta name="generator" content="ArcGIS Hub"><script id="site-injection">'
            'window.__SITE="%7B%22site%22%3A%7B%22item%22%3A%7B%22type%22%3A%22Hub%20Site%20Application%22%7D%7D%7D"'
            '</script><link rel="stylesheet" href="https://hubcdn.arcgis.com/opendata-ui/assets/opendata-ui.css"></head>'
            f'<body><h1>{name}</h1><a href="{root}/search">Données</a></body></html>'
        )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{name}</title>'
        f'<link rel="alternate" type="application/json" href="{root}{PATH}" title="data.json"></head>'
        f'<body><h1>{name}</h1><p><a href="{root}{PATH}">data.json</a></p></body></html>'
    )
