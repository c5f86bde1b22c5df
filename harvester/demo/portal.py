"""A sample portal: what it lists, and its manners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from harvester.config import Level
from harvester.demo.rows.values import Rows


@dataclass(frozen=True, slots=True)
class Portal:
    """One sample portal. `page` is how many datasets a page holds (0: all); `entries` what it lists.

    `tables` are data that it answers questions about, by name (see `harvester.demo.rows`). `entries` are in the words of its kind (see `harvester.demo.dialects`). `patience`: the page (counted from 1) that
    first answers with a status that means "slow down". `options` are what its source's file says under `[options]`.

    The rest is for kind `dcat`. `view` is how its pages point to the next one. `relabel`: blank nodes and the export's
    parameter are called otherwise at every request.
    """

    slug: str
    name: str
    level: Level
    territory: str
    entries: tuple[Any, ...]
    kind: str = "dcat"
    page: int = 0
    patience: tuple[int, int] | None = None
    token: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    access: OneOf["public", "restricted"] = "public"
    syntax: OneOf["xml", "turtle", "jsonld"] = "turtle"
    view: OneOf["PartialCollectionView", "PagedCollection"] = "PartialCollectionView"
    encoding: str = "utf-8"
    packing: OneOf["", "file", "transfer"] = ""
    listed: bool = True
    relabel: bool = False
