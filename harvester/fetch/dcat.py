"""Sources that publish DCAT as RDF: one document, Hydra pages, sub-catalogues, a file, a directory of files here or on a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from harvester.config import Source
from harvester.errors import SourceRefused
from harvester.fetch import files, folders
from harvester.fetch.addresses import beginning
from harvester.parse import rdf
from harvester.parse.page import Found, Page, Request
from harvester.parse.paging import next_in_bytes
from harvester.parse.syntaxes import Syntax

ACCEPT = (
    "application/rdf+xml, text/turtle;q=0.9, application/n-triples;q=0.8, application/trig;q=0.7, "
    "application/n-quads;q=0.7, application/ld+json;q=0.6, application/xml;q=0.3, */*;q=0.1"
)
"""RDF/XML and Turtle first: they are read several times faster than JSON-LD."""
INCREMENTAL = False
TOKEN = ("Authorization", "Bearer {}")


class Options(BaseModel):
    """Options d'une source DCAT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Syntax | None = Field(
        None, description="Syntaxe des pages, là où le portail se trompe en la disant."
    )
    accept: str = Field(ACCEPT, description="En-tête Accept des demandes.")
    catalogs: bool = Field(
        True, description="Suivre les sous-catalogues (dcat:catalog, dct:hasPart)."
    )


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The source's URL; a path without scheme is a file or directory. DCAT has no way to ask for changes only."""
    yield Request(beginning(source.url), options.accept)


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield the records, further pages, the announced total and the problems of a page of RDF, or the files of a listing.

    Raises SourceRefused for a page that is none; where it is known what it is, the message says what to do. A file of
    a directory is left out with a problem instead, and the others are read.
    """
    listed = folders.pages(page, source.url, files.RDF, options.accept)
    if listed is not None:
        yield from listed
        return
    try:
        yield from rdf.read(
            page,
            ignore_parameters=source.ignored,
            syntax=options.format,
            catalogs=options.catalogs,
        )
    except SourceRefused:
        if not page.request.listed:
            raise
        # told as a problem already


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """The next Hydra page, found in the bytes without parsing them."""
    url = next_in_bytes(page.content, page.url)
    if url:
        yield Request(url, page.request.accept)
