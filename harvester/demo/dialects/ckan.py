"""A CKAN portal of version 2.10: package_search and its neighbours."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample
from harvester.demo.styles import FORMATS

PATH = ""
MOST_ROWS = 1000

_LICENCE = ("fr-lo", "Licence Ouverte / Open Licence version 2.0")
_SINCE = re.compile(r"metadata_modified:\[(\S+) TO \*\]")
_ORGANISATIONS = re.compile(r"organization:\(?([^)]*)\)?")
_HOME = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="generator" content="ckan 2.10.4">
<title>{name}</title></head><body data-site-root="{root}/"><a href="/dataset/">Jeux de données</a></body></html>"""


def describe(sample: Sample) -> dict[str, Any]:
    """The package of a dataset, as package_search gives it."""
    producer = sample.producer
    unit = sample.place or producer.unit
    extras: list[dict[str, str]] = [
        {"key": "frequency", "value": f"http://publications.europa.eu/resource/authority/frequency/{sample.frequency}"},
        {"key": "theme", "value": orjson.dumps([f"http://publications.europa.eu/resource/authority/data-theme/{sample.theme}"]).decode()},
        {"key": "spatial_text", "value": unit.name},
    ]  # fmt: skip
    if unit.level == "commune":
        insee = f"http://id.insee.fr/geo/commune/{unit.local}"
        extras.append({"key": "spatial_uri", "value": insee})
    if sample.year:
        extras.append({"key": "temporal_start", "value": f"{sample.year}-01-01"})
        extras.append({"key": "temporal_end", "value": f"{sample.year}-12-31"})
    return {
        "id": str(_uuid(sample.iri)),
        "name": sample.slug[:100],
        "title": sample.title,
        "notes": sample.text,
        "url": sample.landing,
        "author": None,
        "maintainer": f"Service des données — {producer.name}",
        "maintainer_email": f"donnees@{producer.host.partition('.')[2]}",
        "license_id": _LICENCE[0],
        "license_title": _LICENCE[1],
        "license_url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
        "isopen": True,
        "private": sample.access != "PUBLIC",
        "state": "active",
        "type": "dataset",
        "version": None,
        "metadata_created": f"{sample.issued}T09:30:00.000000",
        "metadata_modified": f"{sample.modified}T09:30:00.000000",
        "organization": {
            "id": str(_uuid(producer.slug)),
            "name": producer.slug,
            "title": producer.name,
            "type": "organization",
            "is_organization": True,
            "approval_status": "approved",
            "state": "active",
        },
        "groups": [],
        "tags": [
            {"id": str(_uuid(word)), "name": word, "display_name": word, "state": "active"}
            for word in sample.keywords
        ],
        "extras": extras,
        "num_tags": len(sample.keywords),
        "num_resources": len(sample.formats),
        "resources": [
            _resource(sample, name, position) for position, name in enumerate(sample.formats)
        ],
    }


def _resource(sample: Sample, name: str, position: int) -> dict[str, Any]:
    url = f"{sample.iri}/exports/{name}"
    return {
        "id": str(_uuid(url)),
        "package_id": str(_uuid(sample.iri)),
        "position": position,
        "name": f"{sample.title} ({name.upper()})",
        "description": "",
        "format": FORMATS[name][0].replace("_SRVC", ""),
        "mimetype": FORMATS[name][1],
        "url": url,
        "size": None,
        "hash": "",
        "created": f"{sample.issued}T09:30:00.000000",
        "last_modified": f"{sample.modified}T09:30:00.000000",
        "datastore_active": False,
        "state": "active",
    }


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """package_search, package_show, status_show and the home page."""
    action = asked.path.removeprefix("/api/3/action/")
    query = {**asked.query, **(orjson.loads(asked.body) if asked.body else {})}
    match action:
        case "package_search":
            return _search(
                portal, query, allowed=asked.headers.get("authorization") == portal.token
            )
        case "package_show":
            found = [p for p in portal.entries if query.get("id") in (p.get("id"), p.get("name"))]
            return _said(action, found[0]) if found else _failed(action, "Not found", 404)
        case "package_list":
            return _said(action, sorted(p["name"] for p in portal.entries if not p.get("private")))
        case "organization_list":
            names = {p["organization"]["name"] for p in portal.entries}
            return _said(action, sorted(names))
        case "status_show":
            return _said(
                action,
                {
                    "ckan_version": "2.10.4",
                    "site_title": portal.name,
                    "site_url": root,
                    "extensions": ["datastore", "dcat"],
                },
            )
        case "/":
            page = _HOME.format(name=portal.name, root=root)
            return Said(page.encode(), "text/html; charset=utf-8")
        case _:
            return None


def _search(portal: Portal, query: dict[str, Any], *, allowed: bool) -> Said:
    try:
        rows, start = min(int(query.get("rows", 10)), MOST_ROWS), int(query.get("start", 0))
    except ValueError:
        return _failed("package_search", "Invalid integer", 409)
    packages = portal.entries
    fq = str(query.get("fq", ""))
    if not (allowed and portal.token and str(query.get("include_private")).lower() == "true"):
        packages = tuple(p for p in packages if not (isinstance(p, dict) and p.get("private")))
    if since := _SINCE.search(fq):
        moment = since[1].rstrip("Z")
        packages = tuple(p for p in packages if p.get("metadata_modified", "") >= moment)
    if names := _ORGANISATIONS.search(fq):
        wanted = set(re.findall(r"[\w-]+", names[1].replace(" OR ", " ")))
        packages = tuple(p for p in packages if p["organization"]["name"] in wanted)
    if portal.page:
        rows = min(rows, portal.page)
    found = {
        "count": len(packages),
        "facets": {},
        "sort": query.get("sort", "score desc, metadata_modified desc"),
        "results": packages[start : start + rows],
        "search_facets": {},
    }
    return _said("package_search", found)


def _said(action: str, result: Any) -> Said:
    return Said(orjson.dumps({"help": action, "success": True, "result": result}))


def _failed(action: str, message: str, status: int) -> Said:
    error = {"__type": "Not Found Error" if status == 404 else "Search Error", "message": message}
    return Said(orjson.dumps({"help": action, "success": False, "error": error}), status=status)


def _uuid(text: str) -> UUID:
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4)
