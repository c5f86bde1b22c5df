"""Where the files that travel with the package are."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


@lru_cache(maxsize=1)
def folder() -> Traversable:
    """`mappings/` of the checkout, or the copy inside an installed package."""
    packaged = resources.files("harvester").joinpath("mappings")
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "mappings"
