"""What a rendering needs to know besides the entry: where we live, what concepts are called, which page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harvester.model import Entry


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
    names (language → label); concepts it does not know are called by the end of their IRI. Compared by
    identity, so that renderings of concepts can be cached per site.
    """

    base: str
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

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
