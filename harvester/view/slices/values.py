"""What probing passes on: where a table is, what it holds, what is asked of it, what it answered."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from harvester.territory.units import Box

T = TypeVar("T")

Type = Literal["text", "integer", "number", "other"]
Kind = Literal["insee", "name", "postal", "box"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A table that can be asked.

    `url` is its address in the dialect's own sense, `layer` what it is called there where the address does not say it. `key`
    is the address by which the dataset names it: who does not see that address does not see the slice either.
    """

    dialect: str
    url: str
    key: str
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the portal describes it. `notes` are its annotations, `separator` parts the values of a multivalued one."""

    name: str
    type: Type
    label: str = ""
    notes: tuple[str, ...] = ()
    separator: str = ""
    samples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What a survey found out. `geometry` is the name of what can be asked for by a box ("" where nothing can)."""

    endpoint: Endpoint
    columns: tuple[Column, ...]
    total: int
    geometry: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows are the commune's. Several `values` are spellings of the same; `reason` is French."""

    kind: Kind
    column: str
    values: tuple[str | int, ...]
    reason: str
    type: Type = "text"
    separator: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows a condition leaves, and some of them; `filter` is how the dialect wrote it.

    `whole`: one answer holds them all, as far as the dialect had to try.
    """

    rows: int
    filter: str
    samples: tuple[Mapping[str, Any], ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """An address that gives the commune's rows. `format` is a code of the EU's file types; `media` a media type."""

    format: str
    url: str
    media: str
    download: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a dataset, localised: what proves it, and the addresses of its rows."""

    endpoint: Endpoint
    kind: Kind
    column: str
    filter: str
    reason: str
    rows: int
    total: int
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no slice: a stable code, and the French sentence."""

    code: str
    told: str


@dataclass(frozen=True, slots=True)
class Question:
    """One GET request."""

    url: str
    accept: str = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of status 200."""

    content: bytes = field(repr=False)
    url: str = ""


Conversation = Generator[Question, Reply, T]
"""Questions out, answers in, a value at the end. What went wrong with a question is thrown in where it was asked
(SourceRefused with its `status`, SourceFailed, TryLater): a dialect may know another way of asking."""
