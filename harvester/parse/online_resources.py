"""Where an online resource of a catalogue leads: to a service, to data, to a page or to the metadata themselves.

ISO 19115 and Dublin Core give a URL, a protocol (words of a list that everybody writes in his own way) and perhaps a
function (CI_OnLineFunctionCode). `leads` puts that together:

* `service`: `{"leads": "service", "service": "WMS", "endpoint": URL without the question}`, `capabilities` where the URL
  asks for those, `name` what the link is called
* `metadata`: the record again, as HTML or XML
* `information`: a page about the data
* `picture`: a thumbnail
* `data`: everything else; `download` is the URL where protocol, function or ending say that it is a file, `format` the
  outputFormat that a GetFeature or GetCoverage asks for
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from harvester.model import Tree

SERVICES = {
    "web map service": "WMS",
    "web feature service": "WFS",
    "web coverage service": "WCS",
    "web map tile service": "WMTS",
    "web processing service": "WPS",
    "sensor observation service": "SOS",
    "catalogue service": "CSW",
    "catalog service": "CSW",
}
"""Names of services written out → their abbreviations."""

LONGEST_ADDRESS = 8_000
"""A longer one is not looked into: servers refuse it."""

_NAMED = re.compile(
    r"(?:^|[^A-Za-z])(WMTS|WMS-?C|WMS|WFS|WCS|WPS|CSW|SOS|TMS)(?![A-Za-z])", re.IGNORECASE
)
_ESRI = re.compile(r"^esri:|arcgis[ /]?rest", re.IGNORECASE)
_OGC_API = re.compile(r"ogc ?api|ogc:oapi|oapif", re.IGNORECASE)
_ESRI_PATH = re.compile(r"/rest/services/.*/(?:Map|Feature|Image|Vector Tile)Server", re.IGNORECASE)
_PATH = re.compile(r"/(wmts|wms|wfs|wcs)/?$", re.IGNORECASE)
_METADATA = re.compile(
    r"catalog\.search#/metadata/|/metadata/[^/?#]+/formatters|/records/[^/?#]+(?:/formatters/[^?#]*)?$"
    r"|/geo(?:network|source)[^?#]*\?(?:[^#]*&)?(?:uu)?id=|xml_iso19139|request=getrecordbyid",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"thumbnail|large_thumbnail|vignette|browsegraphic", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:zip|7z|csv|json|geojson|gpkg|shp|kml|kmz|gml|xml|xlsx?|ods|pdf|tiff?|dxf|dwg|parquet|nc)$",
    re.IGNORECASE,
)
_QUERY = re.compile(r"[?&]request=get(?:feature|coverage)(?:&|$)", re.IGNORECASE)
_OUTPUT = re.compile(r"[?&](?:output)?format=([^&#]+)", re.IGNORECASE)
_INFORMATION = frozenset({"information", "search", "emailservice"})
_OWN = frozenset(
    {"service", "request", "version", "layers", "layer", "typename", "typenames", "acceptversions"}
    | {"format", "styles", "bbox", "width", "height", "crs", "srs", "outputformat", "transparent"}
)
"""Parameters of a question to an OGC service; the rest belongs to its address (`map=…`)."""


def leads(url: str, protocol: str, function: str = "", name: str = "") -> Tree:
    """Where an online resource leads; see the module."""
    if len(url) > LONGEST_ADDRESS:
        return {"leads": "data"}
    known = function.casefold()
    words = protocol.casefold()
    if known == "completemetadata" or "metadata-url" in words or _METADATA.search(url):
        return {"leads": "metadata"}
    if words.startswith("image/") or known == "browsegraphic" or _PICTURE.fullmatch(name):
        return {"leads": "picture"}
    if _QUERY.search(url):
        asked = _OUTPUT.search(url)
        return {"leads": "data", "download": url} | ({"format": unquote(asked[1])} if asked else {})
    service = service_of(url, protocol)
    if service:
        found: Tree = {"leads": "service", "service": service, "endpoint": endpoint(url)}
        if "getcapabilities" in url.casefold():
            found["capabilities"] = url
        if name:
            found["name"] = name
        return found
    if known in _INFORMATION:
        return {"leads": "information"}
    if "download" in words or known == "download" or _FILE.search(url):
        return {"leads": "data", "download": url}
    return {"leads": "data"}


def service_of(url: str, protocol: str) -> str:
    """The kind of service that a link is to (`WMS`), or an empty text."""
    words = protocol.casefold()
    for long, short in SERVICES.items():
        if long in words:
            return short
    if named := _NAMED.search(protocol):
        return named[1].upper().replace("-", "")
    if _ESRI.search(protocol) or _ESRI_PATH.search(url):
        return "ESRI:REST"
    if _OGC_API.search(protocol):
        return "OGC API"
    if words and "download" in words:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:  # square brackets or odd letters in the host
        return ""
    for key, value in parse_qsl(parts.query):
        if key.casefold() == "service" and (named := _NAMED.fullmatch(value)):
            return named[1].upper()
    at = _PATH.search(parts.path)
    return at[1].upper() if at else ""


def endpoint(url: str) -> str:
    """The address of an OGC service, without the question that was asked of it."""
    if "?" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key.casefold() not in _OWN
    ]
    return urlunsplit(parts._replace(query=urlencode(kept, safe="/:,"), fragment=""))
