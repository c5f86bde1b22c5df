"""CKAN portals: the action API, version 3, in the order of the packages' ids.

Portals of 1.8 answer the same questions under `/api/action/`, and some only when they are posted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field

from harvester.config import Source
from harvester.fetch.addresses import Site, home, places
from harvester.model import Record
from harvester.parse import ckan
from harvester.parse.page import Found, Page, Request, Total

ACCEPT = "application/json"
INCREMENTAL = True
TOKEN = ("Authorization", "{}")

_PAGES = places("api", "dataset", "group", "organization", "user", "about", r"catalog\.\w+")
_COUNT = re.compile(rb'"count"\s*:\s*(\d{1,9})')


class Options(BaseModel):
    """Options d'une source CKAN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organizations: tuple[str, ...] = Field(
        (), description="Ne prendre que ces organisations (leur nom dans l'adresse de leur page)."
    )
    groups: tuple[str, ...] = Field(
        (), description="Ne prendre que ces groupes (leur nom dans l'adresse de leur page)."
    )
    fq: str = Field("", description="Filtre Solr ajouté à la recherche : « tags:urbanisme ».")
    private: bool = Field(
        False, description="Demander aussi les jeux privés que la clé permet de voir."
    )
    page_size: int = Field(100, ge=1, le=1000, description="Jeux demandés à la fois.")
    full_every: int = Field(
        7,
        ge=0,
        description="Jours entre deux lectures complètes, qui seules disent ce qui a disparu ; entre elles, "
        "ce qui a changé suffit. 0 : toujours tout lire.",
    )
    site: Site = Field(
        "", description="Adresse publique du portail, si ce n'est pas celle de « url »."
    )


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:
    """The first page of a package_search, as the portal's version understands it."""
    query = {"q": "*:*", "rows": options.page_size, "start": 0, "sort": "id asc"}
    filters = list(_filters(options))
    if since is not None:
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        filters.append(f"metadata_modified:[{moment} TO *]")
    if filters:
        query["fq"] = " ".join(filters)
    if options.private:
        query["include_private"] = "true"
    portal = home(source.url, _PAGES)
    older = Request(
        f"{portal}/api/action/package_search",
        ACCEPT,
        "POST",
        orjson.dumps(query),
        (("Content-Type", "application/json"),),
    )
    newer = f"{portal}/api/3/action/package_search?{urlencode(query)}"
    yield Request(newer, ACCEPT, instead=older)


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield the packages of a page, their number in all, and the page that follows."""
    held, total = 0, None
    for found in ckan.read(
        page,
        site=(options.site or home(page.url, _PAGES)).rstrip("/"),
        ignore_parameters=source.ignored,
    ):
        held += isinstance(found, Record) or getattr(found, "code", "") == "record-malformed"
        total = found.count if isinstance(found, Total) else total
        yield found
    # A portal may give fewer than it was asked for, at every page: what it gave says where to go on.
    if held and (total is None or _query(page.request)["start"] + held < total):
        yield _further(page.request, held)


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """The following page, where this one holds as many packages as were asked for and more are announced."""
    query = _query(page.request)
    count = _COUNT.search(page.content)
    full = page.content.count(b'"metadata_created"') == query["rows"]
    if count and full and query["start"] + query["rows"] < int(count[1]):
        yield _further(page.request, query["rows"])


def _filters(options: Options) -> Iterator[str]:
    for field, names in (("organization", options.organizations), ("groups", options.groups)):
        if names:
            quoted = " OR ".join('"' + name.replace('"', "") + '"' for name in names)
            yield f"{field}:({quoted})"
    if options.fq:
        yield options.fq


def _query(request: Request) -> dict[str, int]:
    """Where a request's page begins and how many packages it asks for."""
    if request.body:
        asked = orjson.loads(request.body)
    else:
        asked = dict(parse_qsl(urlsplit(request.url).query))
    return {"start": int(asked.get("start", 0)), "rows": int(asked.get("rows", 0))}


def _further(request: Request, by: int) -> Request:
    """The request for what follows the next `by` packages."""
    if request.body:
        query = orjson.loads(request.body)
        query["start"] += by
        return Request(request.url, ACCEPT, "POST", orjson.dumps(query), request.headers)
    parts = urlsplit(request.url)
    pairs = [
        (name, str(int(value) + by) if name == "start" else value)
        for name, value in parse_qsl(parts.query)
    ]
    return Request(urlunsplit(parts._replace(query=urlencode(pairs))), ACCEPT)
