"""One module per kind of source. A connector is two pure functions around the walk of `fetch.walk`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Protocol, cast

from pydantic import BaseModel

from harvester.config import Source
from harvester.errors import ConfigurationError
from harvester.fetch.kinds import KINDS
from harvester.http import Client
from harvester.parse.page import Found, Page, Request

__all__ = ["KINDS", "Connector", "client", "connector"]


class Connector(Protocol):
    """What a kind of source must offer; a module will do.

    * `Options` is a frozen pydantic model with `extra="forbid"`: what a source's `[options]` may say.
    * `INCREMENTAL`: it can ask for what changed since a moment; then `Options` has `full_every`, the days between walks
      through all of the source, which alone tell what vanished.
    * `TOKEN` is the header that takes the source's `token`, and its words: `("Authorization", "Bearer {}")`.
    """

    Options: type[BaseModel]
    INCREMENTAL: bool
    TOKEN: tuple[str, str]

    def start(self, source: Source, options: Any, since: datetime | None) -> Iterator[Request]:
        """The first pages to ask for. With `since` (aware, only where `INCREMENTAL`), for what changed since then."""

    def read(self, page: Page, source: Source, options: Any) -> Iterator[Found]:
        """What a page holds. Pure: it may run in another process, and raises only `harvester.errors`."""

    def hint(self, page: Page, source: Source, options: Any) -> Iterator[Request]:
        """A cheap guess at the pages `read` will name, so that they are fetched while this one is read."""


def client(source: Source, contact: str, **more: Any) -> Client:
    """The client that asks for a source's pages, as its kind of portal wants to be asked; `more` goes to it."""
    return Client(
        source.http,
        contact=contact,
        home=source.url,
        token_header=connector(source.kind).TOKEN,
        **more,
    )


def connector(kind: str) -> Connector:
    """The connector of a kind; raises ConfigurationError for an unknown one, naming the nearest."""
    module = KINDS.get(kind)
    if module is None:
        near = get_close_matches(kind, KINDS, 1)
        meant = (
            f"; did you mean {near[0]!r}?" if near else f"; known kinds: {', '.join(sorted(KINDS))}"
        )
        raise ConfigurationError(f"unknown kind of source {kind!r}{meant}")
    return cast(Connector, import_module(module))
