"""udata's API, version 1, as data.gouv.fr has it: lists, their filters, masks and errors; organisations; a few pages for people.

Behaves as version 17 of the software: a page past the end is a 404, an organisation is filtered by its id only (else 400), a
sort or page size that does not exist is refused, private datasets are shown to who has the key. Entries are sorted into
lists once; what a request costs is its page. They stand in the order of their creation.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Producer, Sample
from harvester.demo.styles import FORMATS

PATH = "/"
WEB = "https://udata.example"
"""Where people find the portal: what it says of its own addresses."""

Tree = dict[str, Any]

_FREQUENCIES = {
    "ANNUAL": "annual",
    "ANNUAL_2": "semiannual",
    "CONT": "severalTimesADay",
    "DAILY": "daily",
    "IRREG": "irregular",
    "MONTHLY": "monthly",
    "NEVER": "never",
    "QUARTERLY": "quarterly",
    "UPDATE_CONT": "continuous",
    "WEEKLY": "weekly",
}
_SORTS = {
    "datasets": frozenset({"created", "followers", "last_update", "reuses", "title", "views"}),
    "dataservices": frozenset(
        {"base_api_url", "created", "followers", "last_modified", "title", "views"}
    ),
    "organizations": frozenset(
        {"created", "datasets", "followers", "last_modified", "name", "reuses", "views"}
    ),
}
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_MASK = re.compile(r"[{},]|[^{},]+")
_KINDS = ("datasets", "dataservices")


def describe(sample: Sample) -> Tree:
    """A dataset as udata's API shows it, harvested from its producer's own portal."""
    name, slug = _id(sample.iri), f"{sample.slug}-{sample.producer.slug}"
    moment = {
        "created_at": f"{sample.issued}T08:30:00+00:00",
        "last_modified": f"{sample.modified}T09:15:00+00:00",
    }
    if sample.formats == ("api",):
        return _service(sample, name, slug)
    return {
        "id": name,
        "title": sample.title,
        "acronym": None,
        "slug": slug,
        "description": sample.text,
        "description_short": None,
        **moment,
        "deleted": None,
        "archived": None,
        "featured": False,
        "private": sample.access == "NON_PUBLIC",
        "tags": [_tag(word) for word in sample.keywords],
        "badges": [],
        "resources": [_resource(sample, key, moment) for key in sample.formats],
        "frequency": _FREQUENCIES.get(sample.frequency, "unknown"),
        "frequency_date": None,
        "extras": {},
        "harvest": {
            "backend": "DCAT",
            "domain": sample.producer.host,
            "source_id": _id(sample.producer.host),
            "remote_id": sample.identifier,
            "remote_url": sample.landing,
            "uri": sample.iri,
            "dct_identifier": sample.identifier,
            "issued_at": moment["created_at"],
            "modified_at": moment["last_modified"],
            "last_update": "2026-01-15T03:10:00+00:00",
        },
        "metrics": {"discussions": 0, "followers": 2, "reuses": 1, "views": 137},
        "organization": organization(sample.producer),
        "owner": None,
        "temporal_coverage": {"start": f"{sample.year}-01-01", "end": f"{sample.year}-12-31"}
        if sample.year
        else None,
        "spatial": {"geom": None, "zones": [_zone(sample)], "granularity": "other"},
        "license": "lov2",
        "access_type": "restricted" if sample.access == "RESTRICTED" else "open",
        "access_audiences": [],
        "authorization_request_url": None,
        "access_type_reason_category": None,
        "access_type_reason": None,
        "uri": f"{WEB}/api/1/datasets/{slug}/",
        "page": f"{WEB}/datasets/{slug}",
        "last_update": moment["last_modified"],
        "quality": {"license": True, "score": 0.67},
        "internal": {
            "created_at_internal": moment["created_at"],
            "last_modified_internal": moment["last_modified"],
        },
        "contact_points": [],
    }


def organization(producer: Producer) -> Tree:
    """The organisation of a producer, whole; datasets show a part of it."""
    local = producer.unit.level in ("commune", "epci", "departement", "region")
    siren = producer.unit.siren
    return {
        "class": "Organization",
        "id": _id(producer.slug),
        "name": producer.name,
        "acronym": None,
        "slug": producer.slug,
        "badges": [{"kind": "public-service"}, {"kind": "certified"}]
        + ([{"kind": "local-authority"}] if local else []),
        "business_number_id": f"{siren}00013" if siren else None,
        "description": f"{producer.name} publie ses données.",
        "deleted": None,
        "logo": None,
        "logo_thumbnail": None,
        "uri": f"{WEB}/api/1/organizations/{producer.slug}/",
        "page": f"{WEB}/organizations/{producer.slug}",
    }


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """See `harvester.demo.dialects`."""
    if portal.token and "x-api-key" in asked.headers and asked.headers["x-api-key"] != portal.token:
        return _error(401, "Invalid API Key")
    parts = asked.path.strip("/").split("/")
    shelf = _shelf(portal)
    if parts[:2] != ["api", "1"]:
        return _page(portal, root, parts, shelf)
    if not asked.path.endswith("/"):
        return Said(b"", "text/html", 308, {"Location": f"{root}{asked.path}/"})
    match parts[2:]:
        case ["site"]:
            return _json(
                {
                    "id": portal.slug,
                    "title": portal.name,
                    "metrics": {"datasets": len(portal.entries)},
                }
            )
        case ["organizations"]:
            return _organizations(portal, root, asked, shelf)
        case ["organizations", name]:
            found = shelf.organizations.get(name)
            return _json(_masked(found, _fields(asked))) if found else _error(404, "Not found")
        case ["datasets" | "dataservices" as kind]:
            return _list(portal, root, asked, shelf, kind)
        case ["datasets" | "dataservices" as kind, name]:
            entry = shelf.named[kind].get(name)
            if entry is None or (entry.get("private") and not _has_key(portal, asked)):
                return _error(404, "Not found")
            return _json(_masked(_shown(entry), _fields(asked)))
    return None


class _Shelf:
    """A portal's entries, sorted into the lists that may be asked for, without and with what needs a key."""

    def __init__(self, entries: tuple[Tree, ...]) -> None:
        self.entries = entries
        self.lists: dict[tuple[bool, str, str, str], list[Tree]] = {}
        self.named: dict[str, dict[str, Tree]] = {kind: {} for kind in _KINDS}
        self.organizations: dict[str, Tree] = {}
        for entry in entries:
            if not isinstance(entry, dict):  # a portal may be broken in any way
                for key in (False, True):
                    self.lists.setdefault((key, "datasets", "", ""), []).append(entry)
                continue
            kind = "dataservices" if "base_api_url" in entry else "datasets"
            organisation = entry.get("organization") or {}
            spatial = entry.get("spatial") or {}
            keys = [("", ""), ("organization", organisation.get("id", ""))]
            keys += [("geozone", zone) for zone in spatial.get("zones", ())]
            keys += [("tag", tag) for tag in entry.get("tags") or ()]
            hidden = any(entry.get(name) for name in ("private", "deleted", "archived"))
            for name, value in dict.fromkeys(keys):
                for key in (True,) if hidden else (False, True):
                    self.lists.setdefault((key, kind, name, value), []).append(entry)
            for own in (entry.get("id"), entry.get("slug")):
                if own:
                    self.named[kind].setdefault(own, entry)
            for own in (organisation.get("id"), organisation.get("slug")):
                if own:
                    self.organizations.setdefault(own, organisation)


_shelves: dict[int, _Shelf] = {}


def _shelf(portal: Portal) -> _Shelf:
    # Remembered by what it was made of, which it holds: nothing else has that address meanwhile.
    known = _shelves.get(id(portal.entries))
    if known is None or known.entries is not portal.entries:
        if len(_shelves) > 32:
            _shelves.clear()
        known = _shelves[id(portal.entries)] = _Shelf(portal.entries)
    return known


def _list(portal: Portal, root: str, asked: Asked, shelf: _Shelf, kind: str) -> Said:
    query = asked.query
    wrong = _wrong(query, kind)
    if wrong is not None:
        return wrong
    wanted = [(name, query[name]) for name in ("organization", "geozone", "tag") if query.get(name)]
    if kind == "dataservices":
        wanted = [each for each in wanted if each[0] != "geozone"]
    if query.get("organization") and not _OBJECT_ID.fullmatch(query["organization"]):
        return _error(400, "Organization arg must be an identifier")
    key = _has_key(portal, asked)
    found = shelf.lists.get((key, kind, *(wanted[0] if wanted else ("", ""))), [])
    for name, value in wanted[1:]:
        others = {each["id"] for each in shelf.lists.get((key, kind, name, value), ())}
        found = [each for each in found if each["id"] in others]
    if query.get("sort", "-created") != "created":
        found = found[::-1]
    return _paged(found, portal, root, asked)


def _organizations(portal: Portal, root: str, asked: Asked, shelf: _Shelf) -> Said:
    query = asked.query
    wrong = _wrong(query, "organizations")
    if wrong is not None:
        return wrong
    found = list({each["id"]: each for each in shelf.organizations.values()}.values())
    if number := query.get("business_number_id"):
        found = [each for each in found if each.get("business_number_id") == number]
    words = [word.lower() for word in query.get("q", "").split()]
    found = [each for each in found if all(word in each["name"].lower() for word in words)]
    return _paged(found, portal, root, asked)


def _wrong(query: Mapping[str, str], kind: str) -> Said | None:
    for name in ("page", "page_size"):
        if name in query and not (query[name].isdecimal() and int(query[name]) > 0):
            return _error(
                400, "Input payload validation failed", {name: f"invalid literal: '{query[name]}'"}
            )
    if "sort" in query and query["sort"].removeprefix("-") not in _SORTS[kind]:
        return _error(
            400,
            "Input payload validation failed",
            {"sort": f"{query['sort']} is not a valid choice"},
        )
    return None


def _paged(found: list[Tree], portal: Portal, root: str, asked: Asked) -> Said:
    size = int(asked.query.get("page_size", 20))
    size = min(size, portal.page) if portal.page else size
    number = int(asked.query.get("page", 1))
    shown = found[(number - 1) * size : number * size]
    if not shown and number != 1:
        return _error(404, "The requested URL was not found on the server.")
    mask = _fields(asked)
    whole = {
        "data": [_masked(_shown(each), mask.get("data") if mask else None) for each in shown],
        "next_page": _beside(root, asked, number + 1) if number * size < len(found) else None,
        "page": number,
        "page_size": size,
        "previous_page": _beside(root, asked, number - 1) if number > 1 else None,
        "total": len(found),
    }
    return _json({key: value for key, value in whole.items() if mask is None or key in mask})


def _beside(root: str, asked: Asked, number: int) -> str:
    return f"{root}{asked.path}?{urlencode({**asked.query, 'page': number})}"


def _shown(entry: Tree) -> Tree:
    """A dataset shows of its organisation what identifies it, not its SIRET."""
    whole = entry.get("organization") if isinstance(entry, dict) else None
    if not whole or ("resources" not in entry and "base_api_url" not in entry):
        return entry
    hidden = ("business_number_id", "description", "deleted")
    return {
        **entry,
        "organization": {key: value for key, value in whole.items() if key not in hidden},
    }


def _fields(asked: Asked) -> Tree | None:
    """The mask of `X-Fields`: name → what is wanted of it (None: all)."""
    written = asked.headers.get("x-fields", "").strip()
    if not written:
        return None
    tokens = iter(_MASK.findall(written))
    return _mask(tokens)


def _mask(tokens: Iterator[str]) -> Tree:
    found: Tree = {}
    last = ""
    for token in tokens:
        match token:
            case "{" if last:
                found[last] = _mask(tokens)
            case "{":
                found |= _mask(tokens)
            case "}":
                break
            case ",":
                last = ""
            case _:
                last = token.strip()
                found[last] = None
    return found


def _masked(value: Any, mask: Tree | None) -> Any:
    if mask is None or "*" in mask:
        return value
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _masked(item, mask[key]) for key, item in value.items() if key in mask}


def _has_key(portal: Portal, asked: Asked) -> bool:
    return bool(portal.token) and asked.headers.get("x-api-key") == portal.token


def _page(portal: Portal, root: str, parts: list[str], shelf: _Shelf) -> Said | None:
    """Pages for people, with what they tell a machine."""
    entry = (
        shelf.named["datasets"].get(parts[1])
        if parts[0] == "datasets" and len(parts) == 2
        else None
    )
    organisation = (
        shelf.organizations.get(parts[1])
        if parts[0] == "organizations" and len(parts) == 2
        else None
    )
    if parts != [""] and parts != ["fr"] and entry is None and organisation is None:
        return None
    title = entry["title"] if entry else organisation["name"] if organisation else portal.name
    shown = html.escape(title)
    content = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{shown} - {html.escape(portal.name)}</title>
<meta name="generator" content="udata">
<link rel="alternate" type="application/atom+xml" href="{root}/api/1/datasets/recent.atom">
<link rel="alternate" type="application/rdf+xml" href="{root}/api/1/site/catalog.rdf"></head>
<body data-udata-base-url="{root}/"><h1>{shown}</h1><a href="{root}/api/1/swagger.json">API</a></body></html>"""
    return Said(content.encode(), "text/html; charset=utf-8")


def _service(sample: Sample, name: str, slug: str) -> Tree:
    return {
        "id": name,
        "title": sample.title,
        "acronym": None,
        "slug": slug,
        "description": sample.text,
        "base_api_url": f"{sample.iri}/api",
        "machine_documentation_url": f"{sample.iri}/api/openapi.json",
        "technical_documentation_url": f"{sample.iri}/api/documentation",
        "business_documentation_url": None,
        "rate_limiting": "50 requêtes par seconde",
        "availability": 99.5,
        "format": "REST",
        "license": None,
        "private": sample.access == "NON_PUBLIC",
        "tags": [_tag(word) for word in sample.keywords],
        "badges": [],
        "contact_points": [],
        "created_at": f"{sample.issued}T08:30:00+00:00",
        "metadata_modified_at": f"{sample.modified}T09:15:00+00:00",
        "deleted_at": None,
        "archived_at": None,
        "datasets": {
            "rel": "subsection",
            "href": f"{WEB}/api/1/datasets/?dataservice={name}",
            "type": "GET",
            "total": 0,
        },
        "harvest": None,
        "organization": organization(sample.producer),
        "owner": None,
        "access_type": "open",
        "access_audiences": [],
        "self_api_url": f"{WEB}/api/1/dataservices/{slug}/",
        "self_web_url": f"{WEB}/dataservices/{slug}",
    }


def _resource(sample: Sample, key: str, moment: Tree) -> Tree:
    name = f"{_id(f'{sample.iri}/{key}')}{_id(key)}"[:32]
    uuid = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
    return {
        "id": uuid,
        "title": f"{sample.slug}.{key}",
        "description": "",
        "filetype": "remote",
        "type": "api" if key in ("wfs", "wms") else "main",
        "format": key,
        "url": f"{sample.iri}/{sample.slug}.{key}",
        "latest": f"{WEB}/api/1/datasets/r/{uuid}",
        "checksum": None,
        "filesize": None,
        "mime": FORMATS[key][1],
        **moment,
        "metrics": {"views": 12},
        "harvest": None,
        "extras": {
            "check:available": True,
            "check:date": "2026-01-15T04:12:00+00:00",
            "check:status": 200,
        },
        "preview_url": None,
        "schema": None,
        "internal": {
            "created_at_internal": moment["created_at"],
            "last_modified_internal": moment["last_modified"],
        },
    }


def _zone(sample: Sample) -> str:
    code = (sample.place or sample.producer.unit).code
    return "country:fr" if code == "fr" else code


def _tag(word: str) -> str:
    return re.sub(r"[^0-9a-zà-ÿ]+", "-", word.lower()).strip("-")


def _id(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _json(value: Any, status: int = 200) -> Said:
    return Said(orjson.dumps(value), status=status)


def _error(status: int, message: str, errors: Tree | None = None) -> Said:
    return _json({"message": message, **({"errors": errors} if errors else {})}, status)
