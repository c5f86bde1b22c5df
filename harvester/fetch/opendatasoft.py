"""Opendatasoft (Huwise) portals: the Explore API 2.1, and the older 2.0 and 1.0 where a portal has only those.

Pages come in the order of identifiers. The API gives no more than 10,000 datasets page by page; beyond them the whole
catalogue is asked for as one export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from harvester.config import Source
from harvester.fetch.addresses import Site, home, places
from harvester.model import Problem
from harvester.parse import opendatasoft
from harvester.parse.page import Found, Page, Request, Total

ACCEPT = "application/json"
INCREMENTAL = False
TOKEN = ("Authorization", "Apikey {}")

WINDOW = 10_000
"""`offset + limit` may not be more."""

CATALOGUES = {
    "2.1": ("/api/explore/v2.1/catalog",),
    "2.0": ("/api/explore/v2.0/catalog", "/api/v2/catalog"),
    "1.0": ("/api/datasets/1.0",),
}
"""API → the paths where portals have it, the usual one first."""

_PAGES = places("explore", "api", "pages?", "map", "chart", "backoffice", "login", "assets")
_TOTAL = re.compile(rb'"(?:total_count|nhits)"\s*:\s*(\d{1,9})')
_DATASET = re.compile(rb'"dataset_?id"\s*:')

Format = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,8}$")]
Refinement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_.\-]+:.+$")]


class Options(BaseModel):
    """Options d'une source Opendatasoft."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api: Literal["auto", "2.1", "2.0", "1.0"] = Field(
        "auto",
        description="Version de l'API ; auto : la plus récente que le portail connaît.",
    )
    site: Site = Field(
        "",
        description="Adresse publique du portail, si ce n'est pas celle de « url » ; les adresses des pages et des "
        "exports en sont faites.",
    )
    open_domain: bool = Field(
        False,
        description="Avec une clé d'API : le domaine est ouvert, ce qu'il montre à tous ses visiteurs est public. Sans cela, "
        "ce qui est demandé avec une clé n'est montré qu'aux agents.",
    )
    where: str = Field(
        "",
        description="Ne prendre que les jeux de données qui satisfont cette condition (ODSQL).",
    )
    refine: tuple[Refinement, ...] = Field(
        (),
        description="Ne prendre que les jeux de données qui ont ces valeurs : « publisher:Ville d'Issy ».",
    )
    page_size: int = Field(100, ge=1, le=100, description="Jeux demandés à la fois.")
    formats: tuple[Format, ...] = Field(
        ("csv", "json", "geojson", "shp", "parquet", "xlsx"),
        description="Exports qui deviennent des distributions ; ceux de cartographie seulement "
        "là où les données sont localisées.",
    )


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The first page; with `api = "auto"` that of each older API stands in for a newer one that is not there."""
    root = _root(source.url)
    apis = [options.api] if options.api != "auto" else list(CATALOGUES)
    if options.where and options.api == "auto":
        # The oldest API would take a mistaken condition for words to look for, and find something else.
        apis.remove("1.0")
    paths = [path for api in apis for path in CATALOGUES[api]]
    request = Request(_page_url(root, paths[-1], options, 0), ACCEPT)
    for path in reversed(paths[:-1]):
        request = Request(_page_url(root, path, options, 0), ACCEPT, instead=request)
    yield request


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """The records of a page of the catalogue, the page after it and the announced total.

    Raises SourceRefused for a page that is no catalogue.
    """
    path, offset = _place(page)
    notes: list[Problem] = []
    items, total = opendatasoft.listing(page, notes.append)
    yield from notes
    if total is not None:
        yield Total(total)
    root = _root(source.url)
    if total is not None and total > WINDOW and offset is not None and path.endswith("/catalog"):
        # Nothing is taken from this page: the export says it all, in words that may differ.
        yield Request(_export_url(root, path, options), ACCEPT)
        return
    portal = opendatasoft.Portal(
        (options.site or _root(page.url)).rstrip("/"),
        path,
        options.formats,
        secret=_secret(source),
        open=options.open_domain,
    )
    yield from opendatasoft.records(items, portal, page.url, source.ignored)
    if offset is not None and items and (total is None or offset + len(items) < total):
        yield Request(_page_url(root, path, options, offset + len(items)), ACCEPT)


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:
    """The page after a full one; a portal that gives less than was asked for is not foreseen."""
    path, offset = _place(page)
    announced = _TOTAL.search(page.content)
    if offset is None or announced is None:
        return
    total, root = int(announced[1]), _root(source.url)
    if total > WINDOW and path.endswith("/catalog"):
        yield Request(_export_url(root, path, options), ACCEPT)
        return
    after = offset + options.page_size
    if after < total and len(_DATASET.findall(page.content)) == options.page_size:
        yield Request(_page_url(root, path, options, after), ACCEPT)


def _root(url: str) -> str:
    return home(url, _PAGES, at_root=True)


def _place(page: Page) -> tuple[str, int | None]:
    """The API's path of a page that was asked for, and its offset (None: an export, which is whole)."""
    parts = urlsplit(page.request.url)
    path = next(
        (each for paths in CATALOGUES.values() for each in paths if f"{each}/" in parts.path),
        CATALOGUES["2.1"][0],
    )
    asked = parse_qs(parts.query)
    number = (asked.get("offset") or asked.get("start") or [""])[0]
    return path, int(number) if number.isdecimal() else None


def _page_url(root: str, path: str, options: Options, offset: int) -> str:
    size = min(options.page_size, max(1, WINDOW - offset))
    if path == "/api/datasets/1.0":
        asked = [("rows", str(size)), ("start", str(offset)), ("sort", "datasetid")]
        asked += [("interopmetas", "true")]
        asked += [("q", options.where)] if options.where else []
        asked += [(f"refine.{name}", value) for name, value in _refinements(options)]
        return f"{root}{path}/search/?{urlencode(asked)}"
    asked = [("limit", str(size)), ("offset", str(offset)), *_selection(path, options)]
    return f"{root}{path}/datasets?{urlencode(asked)}"


def _export_url(root: str, path: str, options: Options) -> str:
    return f"{root}{path}/exports/json?{urlencode(_selection(path, options))}"


def _selection(path: str, options: Options) -> list[tuple[str, str]]:
    asked = [("order_by", "dataset_id" if "v2.1" in path else "datasetid")]
    asked += [("where", options.where)] if options.where else []
    asked += [("refine", f'{name}:"{value}"') for name, value in _refinements(options)]
    return asked


def _refinements(options: Options) -> Iterator[tuple[str, str]]:
    for each in options.refine:
        name, _, value = each.partition(":")
        yield name, value.strip().strip('"')


def _secret(source: Source) -> bool:
    """Whether the portal is asked in somebody's name."""
    http = source.http
    named = {name.lower() for name in http.headers}
    return bool(
        http.token or named & {"authorization", "cookie"} or "@" in urlsplit(source.url).netloc
    )
