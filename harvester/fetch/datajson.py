"""DCAT-US `data.json` files, and the DCAT feeds of ArcGIS Hub: one document, often enormous."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict

from harvester.config import Source
from harvester.fetch.addresses import beginning
from harvester.parse import datajson
from harvester.parse.page import Found, Page, Request

ACCEPT = "application/json, application/ld+json;q=0.9, */*;q=0.1"
INCREMENTAL = False
TOKEN = ("Authorization", "Bearer {}")

FEEDS = ("api/feed/dcat-ap/2.0.1.json", "data.json")
"""Where a portal has its document, for one that is named by its front page: a Hub's feed, then what everybody has."""


class Options(BaseModel):
    """Options d'une source data.json : il n'y en a pas."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The document; for the front page of a portal, the places where it may be. There is no way to ask for changes only."""
    url = beginning(source.url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.query:
        yield Request(url, ACCEPT)
        return
    asked: Request | None = None
    for feed in reversed(FEEDS):
        asked = Request(urljoin(url, "/" + feed), ACCEPT, instead=asked)
    if asked is not None:
        yield asked


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:  # noqa: ARG001
    """Yield the records and problems of a document; raises SourceRefused for one that is something else."""
    yield from datajson.read(page, ignore_parameters=source.ignored)


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """A document has no further pages."""
    yield from ()
