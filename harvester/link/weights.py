"""The model: how many bits each level of evidence weighs. Versioned, in `weights.json`, made by scripts/train_links.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import orjson

Zone = Literal["link", "review", "nothing"]


@dataclass(frozen=True, slots=True)
class Weights:
    """`bits` of each level, `prior` of any pair that is compared; `link` and `review` are where the zones begin."""

    version: str
    prior: float
    bits: Mapping[str, float]
    link: float = 4.0
    review: float = 0.0

    def total(self, levels: Iterable[str]) -> float:
        """The bits of a pair: a level that the model does not know weighs nothing."""
        bits = self.bits
        return self.prior + sum(bits.get(level, 0.0) for level in levels)

    def zone(self, total: float) -> Zone:
        """What is done with a pair."""
        if total >= self.link:
            return "link"
        return "review" if total >= self.review else "nothing"


def read(document: bytes) -> Weights:
    """A model from its file."""
    found = orjson.loads(document)
    zones = found["zones"]
    return Weights(found["version"], found["prior"], found["bits"], zones["link"], zones["review"])


def packaged() -> bytes:
    """The file of the model that travels with the package."""
    return files("harvester.link").joinpath("weights.json").read_bytes()


@lru_cache(maxsize=1)
def load() -> Weights:
    """The model that travels with the package."""
    return read(packaged())
