"""When two addresses of a distribution are one file or one layer: what keeps a united entry from listing it twice.

Exports of Opendatasoft are known by dataset, format and filters, whichever portal and API are asked; services by
endpoint and layer; all else by its address (`pointers.address`) and format. What is not surely the same stays apart:
a file too many is a nuisance, a file that is lost is a loss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from harvester.link.pointers import address, clean_id
from harvester.territory.names import fold

_EXPORT = re.compile(
    r"/(?:api/(?:explore/)?v[\d.]+/(?:[a-z]+/)?datasets/([^/?#]+)/exports/([A-Za-z0-9]+)"
    r"|explore/dataset/([^/?#]+)/download|api/records/1\.0/download)/?(?:[?#]|$)"
)
_PAGE = re.compile(r"/explore/dataset/([^/?#]+)")
_SERVED = re.compile(
    r"/(?:wfs|wms|wmts|wcs|ows|csw|geoserver)(?:[/?]|$)|/rest/services/|[?&](?:service|request)=",
    re.IGNORECASE,
)
_NAMED = re.compile(r"/(wfs|wms|wmts|wcs|csw)(?:[/?]|$)", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([a-z0-9]{2,8})$", re.IGNORECASE)
_FILES = frozenset((
    "csv", "tsv", "txt", "xls", "xlsx", "ods", "json", "jsonl", "ndjson", "geojson", "topojson",
    "kml", "kmz", "gml", "gpx", "shp", "zip", "gz", "7z", "rar", "tar", "gpkg", "sqlite", "parquet",
    "xml", "rdf", "ttl", "jsonld", "nt", "pdf", "doc", "docx", "odt", "dwg", "dxf", "tif", "tiff",
    "ecw", "jp2", "las", "laz", "ics", "png", "jpg", "jpeg", "svg", "mbtiles", "fgb", "dbf",
))  # fmt: skip
_PASSING = frozenset(("t", "ts", "_", "cachebust", "outsr"))
"""Parameters that change from one link to the next and ask for the same file."""
_WRITING = _PASSING.union((
    "use_labels", "use_labels_for_header", "lang", "timezone", "delimiter", "csv_separator",
    "with_bom", "quote_all", "bom", "dataset", "format",
))  # fmt: skip
"""In an export of Opendatasoft: how it is written, or what its key says already."""
_EVERYTHING = {
    "where": ("", "1=1"),
    "q": ("",),
    "limit": ("", "-1"),
    "rows": ("", "-1"),
    "offset": ("", "0"),
    "start": ("", "0"),
    "epsg": ("", "4326"),
}
"""Values with which a parameter asks for no less than would come without it."""
_ASKED = {
    "layers": "layer",
    "typenames": "layer",
    "typename": "layer",
    "coverageid": "layer",
    "coverage": "layer",
    "coverageids": "layer",
}
_PROTOCOL = frozenset((
    "version", "acceptversions", "acceptformats", "sections", "updatesequence", "language",
    "exceptions", "styles",
))  # fmt: skip
_MEDIA = {
    "csv": "csv",
    "json": "json",
    "geo+json": "geojson",
    "vnd.geo+json": "geojson",
    "zip": "zip",
    "xml": "xml",
    "vnd.ms-excel": "xls",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "vnd.oasis.opendocument.spreadsheet": "ods",
    "vnd.google-earth.kml+xml": "kml",
    "gml+xml": "gml",
    "pdf": "pdf",
    "geopackage+sqlite3": "gpkg",
}
_GENERIC = frozenset((
    "wms", "wfs", "wmts", "wcs", "api", "ogc", "esri", "arcgis", "geoserver", "service", "services",
    "flux", "web", "acces", "adresse", "lien", "url", "carte", "map", "de", "du", "des", "la", "le",
    "les", "d", "l", "au", "aux", "vers", "sur", "et", "ou", "rest", "mapserver", "featureserver",
    "visualisation", "telechargement", "consultation",
))  # fmt: skip


IRI = "iri:"
"""How keys begin that are no addresses but what a distribution is called."""


class Where(NamedTuple):
    """Where a distribution is. Equal `keys` are one thing where formats agree; `sure` ones say the format themselves."""

    keys: tuple[str, ...]
    sure: bool
    format: str
    title: str


def renamed(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """(id of an entry's exports, id that its dataset has on the portal it says it comes from), where the two differ."""
    for page in entry.get("source", ()):
        there = _PAGE.search(page)
        if there is None:
            continue
        for address_ in (entry.get("iri") or "", *entry.get("landing_page", ())):
            here = _PAGE.search(address_)
            if here is not None:
                own, original = _local(here[1]), _local(there[1])
                return (own, original) if own != original else None
    return None


def where(distribution: Mapping[str, Any], alias: tuple[str, str] | None = None) -> Where:
    """What a distribution (plain values of the model) is known by; `alias` is what `renamed` says of its entry."""
    title = distribution.get("title")
    said = folded(next(iter(title.values()))) if title else ""
    url = _url(distribution)
    iri = distribution.get("iri")
    if not url:
        return Where((f"{IRI}{iri}",) if iri else (), False, _format(distribution), said)
    keys, form, served = _keys(url)
    sure = bool(form)
    if alias is not None and keys[0].startswith(f"ods:{alias[0]}/"):
        keys = (f"ods:{alias[1]}{keys[0][4 + len(alias[0]) :]}",)
    if served:
        kind = _kind(url, distribution)
        keys, sure = (f"{keys[0]}|{kind}|{_layer(served, said)}",), bool(kind)
    if iri and iri != url:
        keys = (*keys, f"{IRI}{iri}")
    return Where(keys, sure, _format(distribution) or form, said)


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Text without case, accents and punctuation; remembered, because a catalogue says the same words all the time."""
    return fold(text) or text


def _url(distribution: Mapping[str, Any]) -> str:
    for urls in (distribution.get("download_url"), distribution.get("access_url")):
        if urls:
            return str(urls[0])
    for service in distribution.get("access_service", ()):
        if service.get("endpoint_url"):
            return str(service["endpoint_url"][0])
    return ""


@lru_cache(maxsize=20_000)
def _keys(url: str) -> tuple[tuple[str, ...], str, str]:
    """(keys, the format that the address says, the layer of a service: "?" where it is one and names none)."""
    base, _, query = url.partition("#")[0].partition("?")
    export = _EXPORT.search(url)
    if export:
        return _exported(query, export)
    host, slash, path = base.partition("://")[2].partition("/")
    host = host.lower().removeprefix("www.")
    if _SERVED.search(url):
        asked = _parameters(query, _PROTOCOL)
        layer = asked.pop("layer", "?")
        if asked.get("request", "").lower() == "getcapabilities":
            del asked["request"]
        asked.pop("service", None)
        rest = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
        deep = re.search(r"/(?:Feature|Map|Image)Server/\d+", base)
        return (f"{host}/{path.rstrip('/')}?{rest}",), "", deep[0] if deep else layer
    asked = _parameters(query, _PASSING)
    stem = address(base) or f"{host}{slash}{path.rstrip('/')}"
    rest = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
    named = _EXTENSION.search(path)
    form = named[1].lower() if named else ""
    return (f"{stem}?{rest}",), form if form in _FILES else "", ""


def _exported(query: str, export: re.Match[str]) -> tuple[tuple[str, ...], str, str]:
    """An export of Opendatasoft, whichever portal is asked: those that show another's dataset (`id@portal`, or under
    the id it has at home) export its rows, and what stands in one entry is one dataset."""
    local, form = export[1] or export[3], export[2]
    given = dict(part.partition("=")[::2] for part in query.split("&")) if query else {}
    local = _local(local or given.get("dataset", ""))
    form = (form or given.get("format", "csv")).lower()
    asked = _parameters(query, _WRITING)
    rest = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
    return (f"ods:{local}/{form}?{rest}",), form, ""


def _local(identifier: str) -> str:
    return clean_id(identifier).partition("@")[0]


def _parameters(query: str, idle: frozenset[str]) -> dict[str, str]:
    """What a query asks for, by name, without what `idle` names; several values of one name together."""
    asked: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        name = name.lower()
        if name in idle or not name or name.startswith("utm_"):
            continue
        if "%" in value or "+" in value:
            value = unquote(value.replace("+", " "))
        if name == "refine" and ":" in value:  # refine=year:2023 is refine.year=2023
            facet, _, value = value.partition(":")
            name, value = f"refine.{facet.lower()}", value.strip("\"'")
        elif value.replace(" ", "") in _EVERYTHING.get(name, ()):
            continue
        name = _ASKED.get(name, name)
        asked[name] = f"{asked[name]},{value}" if name in asked else value
    return asked


def _kind(url: str, distribution: Mapping[str, Any]) -> str:
    """Which service is meant, where one endpoint has several: asked for, in the path, or as it is declared."""
    found = re.search(r"[?&]service=([a-z]+)", url, re.IGNORECASE) or _NAMED.search(url)
    if found:
        return found[1].lower()
    said = _format(distribution)
    return said if said in ("wms", "wfs", "wmts", "wcs", "csw") else ""


def _layer(named: str, title: str) -> str:
    """The layer that an address names, else that of the title, unless that says no more than "WMS service"."""
    if named != "?":
        return named.lower()
    return " ".join(word for word in title.split() if word not in _GENERIC)


def _format(distribution: Mapping[str, Any]) -> str:
    """A short code of what is said of the format; empty where nothing is."""
    said = distribution.get("format") or distribution.get("media_type") or ""
    return _code(said) if said else ""


@lru_cache(maxsize=2_000)
def _code(said: str) -> str:
    tail = said.lower().rstrip("/").rpartition("/")[2].rpartition("#")[2]
    return _MEDIA.get(tail, tail.removesuffix("_srvc").removeprefix("."))
