"""What every endpoint is given: settings, names, and what was assembled before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jinja2 import Environment

from harvester.config import Config
from harvester.http.guard import Guard
from harvester.publish import Site
from harvester.store.audience import Audience
from harvester.web.cache import Recent
from harvester.web.deflate import Packed
from harvester.web.identity import Face
from harvester.web.reading import Reading
from harvester.web.search import Index

ROOM = 64 * 1024 * 1024
"""Bytes of assembled blocks that are kept; half as many of compressed ones, a quarter of small documents."""


def _blocks() -> Recent[bytes]:
    return Recent(ROOM, len)


def _small() -> Recent[bytes]:
    return Recent(ROOM // 4, len)


def _packed() -> Recent[Packed]:
    return Recent(ROOM // 2, lambda part: len(part.data))


def _lengths() -> Recent[int]:
    return Recent(10_000, lambda _: 1)


def _indexes() -> Recent[Index]:
    return Recent(40_000, lambda index: len(index.cards))


@dataclass(frozen=True, slots=True)
class Desk:
    """One per audience: what is read, and kept, for agents never meets what is for the public.

    `salt` hashes everything of the configuration that shows in an answer. `faces` are the views as they are seen below
    `base_url`, by slug; `hosts` those that have a server of their own, by its name. `seal` keeps what ETags
    are made of from who would guess.
    `guard` says who may be connected to for an extract, where that is not the world.
    """

    config: Config
    reading: Reading
    site: Site
    faces: dict[str, Face]
    pages: Environment
    salt: str
    since: datetime
    audience: Audience = "public"
    hosts: Mapping[str, Face] = field(default_factory=dict)
    signing_in: bool = False
    seal: bytes = field(default=b"", repr=False)
    guard: Guard | None = None
    blocks: Recent[bytes] = field(default_factory=_blocks)
    packed: Recent[Packed] = field(default_factory=_packed)
    small: Recent[bytes] = field(default_factory=_small)
    lengths: Recent[int] = field(default_factory=_lengths)
    indexes: Recent[Index] = field(default_factory=_indexes)

    @property
    def page_size(self) -> int:
        """Entries on one page of a catalogue."""
        return self.config.web.page_size
