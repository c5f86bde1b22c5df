"""What a rendering needs to know besides the entry: where we live, what concepts are called, which page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from harvester.model import Entry

T = TypeVar("T")
_HELD = 8192


@dataclass(frozen=True, slots=True)
class Published:
    """An entry as we publish it.

    `id` is the cluster's UUID. `issued` and `modified` are ISO datetimes of *our* first publication and last
    change. `origins` are the IRIs or URLs of the member records at their sources.
    """

    id: str
    entry: Entry
    issued: str
    modified: str
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where we live and what concepts are called.

    `base` is the public address without a trailing slash. `labels` maps the IRI of an authority value to its
    names (language → label); concepts it does not know are called by the end of their IRI.
    """

    base: str
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Site, str, str], T], iri: str, kind: str) -> T:
        """Return `make(self, iri, kind)`, made once: the same few concepts stand in every entry."""
        key = (make, iri, kind)
        found: T | None = self._made.get(key)
        if found is None:
            if len(self._made) >= _HELD:
                self._made.clear()
            found = self._made[key] = make(self, iri, kind)
        return found

    def dataset(self, key: str) -> str:
        """The one IRI of an entry, the same in every view and format."""
        return f"{self.base}/datasets/{key}"


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a catalogue a document is. `url` is the catalogue's absolute URL without `page`."""

    url: str
    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty catalogue has one."""
        return max(1, -(-self.total // self.size))

    def at(self, page: int) -> str:
        """The absolute URL of a page, counted from 1."""
        return f"{self.url}?page={page}"
