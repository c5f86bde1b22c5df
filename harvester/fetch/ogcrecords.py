"""OGC API Records (GeoNetwork 4, pycsw 3, pygeoapi, ldproxy): from a landing page, a collection or its items.

Landing page → its collections of records → their sortables, where they have some → their items, sorted by id where that can be
asked for, page by page. Addresses that an API says of itself are often those of a server behind a proxy: what is asked
stays on the host and the path that answered.

Standard: OGC 20-004r1, "OGC API - Records - Part 1: Core".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field

from harvester.config import Source
from harvester.errors import SourceRefused
from harvester.fetch.addresses import beginning
from harvester.model import Problem
from harvester.parse import json, ogcrecords
from harvester.parse.page import Found, Page, Request, Total

ACCEPT = "application/geo+json, application/json;q=0.9, */*;q=0.1"
INCREMENTAL = False
TOKEN = ("Authorization", "Bearer {}")

WANTED = "an answer of OGC API Records"
_NEXT = re.compile(rb'\{[^{}]*"next"[^{}]*\}')
_COLLECTION = re.compile(r"/collections/([^/]+)(?:/(?:items|sortables))?/?$")


class Options(BaseModel):
    """Options d'une source OGC API Records."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str = Field(
        "",
        description="La collection à lire ; sans elle, toutes celles qui contiennent des fiches.",
    )
    page_size: int = Field(100, ge=1, le=10_000, description="Fiches demandées à la fois.")
    q: str = Field("", description="Mots à chercher dans les fiches.")
    filter: str = Field("", description="Filtre CQL2 : « type = 'dataset' ».")


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The items, the collection, or the collections, as far as the URL goes."""
    url = beginning(source.url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        yield Request(url, ACCEPT)
        return
    path = parts.path.rstrip("/")
    if path.endswith("/items"):
        yield _items(url, options)
    elif _COLLECTION.search(path):
        yield _json(url, path)
    elif options.collection:
        root = path.removesuffix("/collections")
        yield _json(url, f"{root}/collections/{quote(options.collection, safe=':')}")
    elif path.endswith("/collections"):
        yield _json(url, path)
    else:
        yield _json(url, f"{path}/collections", _json(url, parts.path or "/"))


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield what a page leads to, or its records, its total and the page after it. Raises SourceRefused for another kind."""
    problems: list[Problem] = []
    document = json.document(page, problems.append)
    yield from problems
    if not isinstance(document, dict):
        raise json.another(document, WANTED)
    if document.get("type") == "Feature" and "features" not in document:
        document = {"features": [document]}
    if "features" in document:
        yield from _records(document, page, source, options)
    elif isinstance(document.get("collections"), list):
        yield from _collections(document, page, options)
    elif urlsplit(page.request.url).path.endswith("/sortables"):
        yield _items(_beside(page.request.url), options, _sortable(document))
    elif _COLLECTION.search(urlsplit(page.request.url).path.rstrip("/")):
        yield _collection(document, page.request.url, options)
    else:
        yield from _landing(document, page)


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """The next page, found in the bytes: a link is an object without objects in it."""
    for match in _NEXT.finditer(page.content):
        try:
            link = orjson.loads(match[0])
        except orjson.JSONDecodeError:
            continue
        following = _next({"links": [link]}, page)
        if following is not None:
            yield following
            return


def _records(
    document: dict[str, Any], page: Page, source: Source, options: Options
) -> Iterator[Found]:
    count = json.count(document.get("numberMatched"))
    if count is not None:
        named = options.collection or _COLLECTION.search(urlsplit(source.url).path.rstrip("/"))
        here = _COLLECTION.search(urlsplit(page.request.url).path)
        yield Total(count, "" if named or here is None else unquote(here[1]))
    following = _next(document, page)
    if following is not None:
        yield following
    yield from ogcrecords.features(document, page.request.url, source.ignored)


def _next(document: dict[str, Any], page: Page) -> Request | None:
    """The next page in JSON, on the path that answered: only the query of the link counts."""
    for link in ogcrecords.links(document, page.request.url):
        form = str(link.get("type") or "json")
        if link.get("rel") != "next" or "json" not in form:
            continue
        here, there = urlsplit(page.request.url), urlsplit(link["href"])
        same = here.netloc == there.netloc and here.scheme == there.scheme
        path = there.path if same else here.path
        return Request(urlunsplit((here.scheme, here.netloc, path, there.query, "")), ACCEPT)
    return None


def _collections(document: dict[str, Any], page: Page, options: Options) -> Iterator[Found]:
    listed = [each for each in document["collections"] if isinstance(each, dict) and each.get("id")]
    ours = [each for each in listed if holds_records(each)]
    following = _next(document, page)
    if not ours and following is None:
        names = ", ".join(str(each["id"]) for each in listed[:10])
        raise SourceRefused(
            "none of the API's collections says that it holds records (itemType: record); name one of them as "
            f"[options] collection, if one does: {names or 'there are none'}",
            code="collection-missing",
            value=page.request.url[:200],
        )
    base = urlsplit(page.request.url).path.rstrip("/")
    for collection in ours:
        path = f"{base}/{quote(str(collection['id']), safe=':')}"
        yield _collection(collection, _at(page.request.url, path), options)
    if following is not None:
        yield following


def holds_records(collection: dict[str, Any]) -> bool:
    """Whether an API says that a collection of it is a catalogue."""
    kinds = {str(collection.get(key, "")).lower() for key in ("itemType", "type")}
    return bool(kinds & {"record", "records", "catalog", "catalogue"})


def _collection(collection: dict[str, Any], url: str, options: Options) -> Request:
    """The items of a collection; first what they can be sorted by, where it says that it knows."""
    path = urlsplit(url).path.rstrip("/")
    items = _items(_at(url, f"{path}/items"), options)
    if any(
        str(link.get("rel")).endswith("sortables") for link in ogcrecords.links(collection, url)
    ):
        return _json(url, f"{path}/sortables", items)
    return items


def _sortable(document: dict[str, Any]) -> str:
    properties = document.get("properties")
    return "id" if isinstance(properties, dict) and "id" in properties else ""


def _landing(document: dict[str, Any], page: Page) -> Iterator[Request]:
    here = urlsplit(page.request.url)
    for link in ogcrecords.links(document, page.request.url):
        there = urlsplit(link["href"])
        if str(link.get("rel")).rpartition("/")[2] == "data" and there.netloc == here.netloc:
            yield _json(link["href"], there.path)
            return
    raise json.another(document, WANTED)


def _items(url: str, options: Options, sortby: str = "") -> Request:
    """The first page of items; what the URL says already is not said otherwise."""
    parts = urlsplit(url)
    query = {"f": "json", "limit": str(options.page_size), "sortby": sortby, "q": options.q}
    if options.filter:
        query |= {"filter": options.filter, "filter-lang": "cql2-text"}
    given = parse_qsl(parts.query, keep_blank_values=True)
    names = {name for name, _ in given}
    added = [(name, value) for name, value in query.items() if value and name not in names]
    return Request(urlunsplit((*parts[:3], urlencode(given + added), "")), ACCEPT)


def _json(url: str, path: str, instead: Request | None = None) -> Request:
    """A path of the API, in JSON; what else the URL asks (a key) is asked again."""
    kept = [(name, value) for name, value in parse_qsl(urlsplit(url).query) if name != "f"]
    query = urlencode([*kept, ("f", "json")])
    parts = urlsplit(url)
    return Request(urlunsplit((*parts[:2], path, query, "")), ACCEPT, instead=instead)


def _beside(url: str) -> str:
    parts = urlsplit(url)
    return _at(url, parts.path.removesuffix("/sortables") + "/items")


def _at(url: str, path: str) -> str:
    """Another path of the same API, with what else the URL asks."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name not in ("f", "limit", "offset")
    ]
    return urlunsplit((*parts[:2], path, urlencode(kept), ""))
