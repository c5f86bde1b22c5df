"""What gives each kind of portal away: the addresses of its pages, marks in its HTML, and a cheap question that proves it.

One table, `PLATFORMS`, in the order in which portals are asked: what says most of its datasets first. Pure: nothing here
asks anybody. Texts are French: `harvester add` shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from harvester.fetch.csw_questions import bare
from harvester.fetch.ogcrecords import holds_records
from harvester.parse import json
from harvester.parse.syntaxes import recognise
from harvester.territory.names import fold

_ROOT = r"^(?P<root>https?://[^/?#]+(?:/[^/?#]+){0,4}?)"
_LANGUAGE = r"(?:/(?:fr|en|es|de|it))?"
_CSW_NAMESPACES = (b"opengis.net/cat/csw",)
_RDF = frozenset(("rdfxml", "turtle", "ntriples", "trig", "nquads"))
_HEAD = 256 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, or a file: what can be looked at. `url` is where it really came from."""

    url: str
    content: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a platform answers, in words; `url` is for the source's file, `count` what it announces."""

    url: str
    why: str
    count: int | None = None
    name: str = ""


Judge = Callable[[Seen, str], Proof | None]
"""(answer, the portal's root) → what it proves."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask below a portal's root, and how to judge the answer."""

    path: str
    judge: Judge
    accept: str = "application/json"


@dataclass(frozen=True, slots=True)
class Platform:
    """One kind of portal: `pages` match its addresses and hold its `root`; `marks` stand in its HTML."""

    kind: str
    name: str
    pages: tuple[re.Pattern[str], ...]
    marks: tuple[re.Pattern[bytes], ...]
    questions: tuple[Question, ...]

    def root(self, url: str) -> str | None:
        """The root of the portal that an address shows it belongs to."""
        for page in self.pages:
            if match := page.match(url):
                return match["root"]
        return None

    def marked(self, html: bytes) -> str | None:
        """The mark that a page of HTML bears."""
        for mark in self.marks:
            if match := mark.search(html):
                return " ".join(match[0].decode("utf-8", "replace").split())[:80]
        return None


def _pages(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_ROOT + pattern, re.IGNORECASE) for pattern in patterns)


def _marks(*patterns: bytes) -> tuple[re.Pattern[bytes], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def json_of(seen: Seen) -> Any:
    """The JSON of an answer; None where it is none."""
    head = seen.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] not in (b"{", b"["):
        return None
    try:
        return orjson.loads(seen.content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────


def _opendatasoft(seen: Seen, root: str) -> Proof | None:
    said = json_of(seen)
    if not isinstance(said, dict):
        return None
    listed = said.get("results", said.get("datasets"))
    count = json.count(said.get("total_count", said.get("nhits")))
    if count is None or not isinstance(listed, list):
        return None
    return Proof(root, f"l'API Explore d'Opendatasoft répond à {seen.url}", count)


def _udata(seen: Seen, root: str) -> Proof | None:
    said = json_of(seen)
    if not isinstance(said, dict) or not {"id", "title", "metrics"} <= said.keys():
        return None
    metrics = said["metrics"] if isinstance(said["metrics"], dict) else {}
    return Proof(
        root,
        f"l'API de udata répond à {seen.url}",
        json.count(metrics.get("datasets")),
        str(said["title"]),
    )


def _ckan(seen: Seen, root: str) -> Proof | None:
    said = json_of(seen)
    if not isinstance(said, dict) or said.get("success") is not True:
        return None
    result = said.get("result")
    if not isinstance(result, dict):
        return None
    if "ckan_version" in result or "site_title" in result:
        version = str(result.get("ckan_version") or "")
        why = f"l'API de CKAN {version} répond à {seen.url}".replace("  ", " ")
        return Proof(root, why, name=str(result.get("site_title") or ""))
    count = json.count(result.get("count"))
    if count is None:
        return None
    return Proof(root, f"l'API de CKAN répond à {seen.url}", count)


def _csw(seen: Seen, root: str) -> Proof | None:  # noqa: ARG001
    head = seen.content[:_HEAD]
    if not re.search(rb"<(?:[\w.-]+:)?Capabilities\b", head):
        return None
    if not any(namespace in head for namespace in _CSW_NAMESPACES):
        return None
    title = re.search(rb"<(?:[\w.-]+:)?Title\b[^<>]*>([^<]{1,200})<", head)
    address = bare(seen.url)
    return Proof(
        address,
        f"un service CSW répond à {address}",
        name=title[1].decode("utf-8", "replace").strip() if title else "",
    )


def _records(seen: Seen, root: str) -> Proof | None:  # noqa: ARG001
    said = json_of(seen)
    if not isinstance(said, dict):
        return None
    why = f"une API « OGC API Records » répond à {seen.url}"
    conforms = said.get("conformsTo")
    if isinstance(conforms, list) and any("ogcapi-records" in str(uri) for uri in conforms):
        base = seen.url.partition("?")[0].rstrip("/").removesuffix("/conformance")
        return Proof(base, why, name=str(said.get("title") or ""))
    listed = said.get("collections")
    if isinstance(listed, list) and any(
        isinstance(each, dict) and holds_records(each) for each in listed
    ):
        return Proof(seen.url.partition("?")[0].rstrip("/").removesuffix("/collections"), why)
    return None


def _datajson(seen: Seen, root: str) -> Proof | None:  # noqa: ARG001
    said = json_of(seen)
    if not isinstance(said, dict):
        return None
    listed = said.get("dataset", said.get("dcat:dataset"))
    if not isinstance(listed, list):
        return None
    feed = "/api/feed/" in seen.url or "opendata.arcgis.com" in str(said)[:2000]
    if not (feed or "dataset" in said or "project-open-data" in str(said.get("conformsTo"))):
        return None
    what = "un flux DCAT d'ArcGIS Hub" if feed else "un fichier data.json (DCAT-US)"
    return Proof(seen.url, f"{what} répond à {seen.url}", len(listed))


def _dcat(seen: Seen, root: str) -> Proof | None:  # noqa: ARG001
    kind = recognise(seen.content, seen.media_type, seen.url)
    if kind in _RDF and re.search(rb"dcat|schema\.org", seen.content, re.IGNORECASE):
        return Proof(seen.url, f"un catalogue DCAT en RDF ({kind}) répond à {seen.url}")
    if kind == "jsonld":
        said = json_of(seen)
        if isinstance(said, dict | list) and re.search(rb'"@(?:graph|context|type)"', seen.content):
            return Proof(seen.url, f"un catalogue DCAT en JSON-LD répond à {seen.url}")
    if kind == "html" and re.search(
        rb"<title>\s*(?:Index of|[^<]* - )\s*/", seen.content[:2000], re.I
    ):
        return Proof(seen.url, f"un dossier de fichiers est listé à {seen.url}")
    return None


_NAMES = frozenset(("titre", "title", "dct title", "titre du jeu de donnees", "nom"))
_MORE = ("description", "identifiant", "id", "url", "theme", "producteur", "coll nom", "licence")


def _table(seen: Seen, root: str) -> Proof | None:  # noqa: ARG001
    if seen.content[:4] == b"PK\x03\x04":
        names = seen.content[:_HEAD] + seen.content[-_HEAD:]
        if b"opendocument.spreadsheet" in names:
            return Proof(seen.url, f"{seen.url} est un classeur ODS")
        if b"xl/workbook.xml" in names:
            return Proof(seen.url, f"{seen.url} est un classeur XLSX")
        return None
    columns = header(seen.content)
    if not columns & _NAMES or not any(column.startswith(_MORE) for column in columns):
        return None
    return Proof(
        seen.url, f"{seen.url} est un tableau CSV dont les colonnes décrivent des jeux de données"
    )


def header(content: bytes) -> set[str]:
    """The folded names of a CSV's columns; titles and empty lines may stand above them. Empty for what can be none."""
    head = content[:16_384]
    if head[:3] == b"\xef\xbb\xbf":
        head = head[3:]
    if head.lstrip()[:1] in (b"<", b"{", b"[", b"") or b"\0" in head:
        return set()
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    for line in text.splitlines()[:10]:
        separator = max(";,\t|", key=line.count)
        names = {fold(cell) for cell in line.split(separator)} if separator in line else set()
        if names & _NAMES:
            return names
    return set()


# ── the table ────────────────────────────────────────────────────────────────────────────────────────

_CAPABILITIES = "?service=CSW&request=GetCapabilities"
_XML = "application/xml"

PLATFORMS: tuple[Platform, ...] = (
    Platform(
        "opendatasoft",
        "Opendatasoft (Huwise)",
        _pages(
            _LANGUAGE + r"/explore(?:/|\?|$)",
            r"/api/(?:explore/v[\d.]+|v2/catalog|datasets/1\.0|records/1\.0)(?:/|\?|$)",
        ),
        _marks(
            rb"opendatasoft",
            rb"ng-app=\"ods\b",
            rb"\bods-(?:catalog|dataset|theme|result)",
            rb"huwise",
        ),
        (
            Question("/api/explore/v2.1/catalog/datasets?limit=1", _opendatasoft),
            Question("/api/explore/v2.0/catalog/datasets?limit=1", _opendatasoft),
            Question("/api/datasets/1.0/search/?rows=1", _opendatasoft),
        ),
    ),
    Platform(
        "udata",
        "udata (data.gouv.fr)",
        _pages(
            _LANGUAGE + r"/(?:datasets|organizations|reuses|dataservices)(?:/|\?|$)",
            r"/api/[12]/(?:datasets|organizations|site|reuses|dataservices)(?:/|\?|$)",
        ),
        _marks(
            rb'content="udata', rb"/_themes/", rb"\budata-front\b", rb"www\.data\.gouv\.fr/api/1"
        ),
        (Question("/api/1/site/", _udata),),
    ),
    Platform(
        "ckan",
        "CKAN",
        _pages(
            r"/api/(?:\d/)?(?:action|search|rest)/",
            _LANGUAGE + r"/(?:dataset|organization|group)(?:/|\?|$)",
            r"/catalog\.(?:ttl|rdf|xml|jsonld|n3)(?:\?|$)",
        ),
        _marks(
            rb'content="ckan[^"]*"',
            rb"\bckan(?:-icon|-footer|-logo|ext)\b",
            rb"/webassets/(?:base|vendor)/",
            rb"/fanstatic/",
        ),
        (
            Question("/api/3/action/package_search?rows=0", _ckan),
            Question("/api/3/action/status_show", _ckan),
        ),
    ),
    Platform(
        "csw",
        "un catalogue CSW (GeoNetwork, pycsw…)",
        (
            *_pages(r"(?:/srv/(?:[a-z]{3}|api)(?:/|\?|$))"),
            re.compile(r"^(?P<root>https?://[^?#]+/csw[^/?#]*)(?:\?|$)", re.IGNORECASE),
            re.compile(r"^(?P<root>https?://[^?#]+)\?(?:[^#]*&)?service=csw", re.IGNORECASE),
        ),
        _marks(
            rb"\bGeoNetwork\b",
            rb"\bgn-(?:app|search|cls)",
            rb"\bpycsw\b",
            rb"service=CSW",
            rb"geosource",
        ),
        tuple(
            Question(path + _CAPABILITIES, _csw, _XML)
            for path in (
                "",
                "/srv/fre/csw",
                "/geonetwork/srv/fre/csw",
                "/srv/eng/csw",
                "/geonetwork/srv/eng/csw",
                "/csw",
            )
        ),
    ),
    Platform(
        "ogcrecords",
        "une API « OGC API Records »",
        _pages(r"/(?:collections|conformance)(?:/|\?|$)"),
        _marks(rb"\bpygeoapi\b", rb"\bldproxy\b", rb"ogcapi-records"),
        (
            Question("/conformance?f=json", _records),
            Question("/collections?f=json", _records),
        ),
    ),
    Platform(
        "datajson",
        "un data.json (DCAT-US, ArcGIS Hub)",
        (
            *_pages(r"/data\.json(?:\?|$)", r"/api/feed/dcat-(?:ap|us)/"),
            re.compile(
                r"^(?P<root>https?://[^/?#]*\.(?:hub|opendata)\.arcgis\.com)(?:/|$)", re.IGNORECASE
            ),
        ),
        _marks(rb"hubcdn\.arcgis\.com", rb"arcgis hub", rb"opendata\.arcgis\.com"),
        (
            Question("/api/feed/dcat-ap/2.0.1.json", _datajson),
            Question("/data.json", _datajson),
        ),
    ),
    Platform(
        "dcat",
        "un catalogue DCAT (RDF)",
        (),
        _marks(rb"<title>\s*Index of /"),
        tuple(
            Question(f"/catalog.{suffix}", _dcat, accept)
            for suffix, accept in (
                ("ttl", "text/turtle"),
                ("rdf", "application/rdf+xml"),
                ("xml", "application/rdf+xml"),
                ("jsonld", "application/ld+json"),
            )
        ),
    ),
    Platform("table", "un tableau (CSV, XLSX, ODS)", (), (), ()),
)

CONTENT: tuple[tuple[str, Judge], ...] = (
    ("table", _table),
    ("csw", _csw),
    ("datajson", _datajson),
    ("ogcrecords", _records),
    ("dcat", _dcat),
)
"""Kinds whose catalogue may be the very page one was given: by content."""
