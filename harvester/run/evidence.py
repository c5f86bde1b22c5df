"""What speaks for and against a pair of records."""

from __future__ import annotations

from dataclasses import dataclass

from harvester.config import Config
from harvester.store import Connection


@dataclass(frozen=True, slots=True)
class Evidence:
    """`levels` with their bits, the names of `vetoes`, the `pointers` that both have."""

    bits: float
    levels: tuple[tuple[str, float], ...]
    vetoes: tuple[str, ...]
    pointers: tuple[str, ...]


def between(connection: Connection, config: Config, a: int, b: int) -> Evidence:
    """Compare two records as they are now."""
    raise NotImplementedError(connection, config, a, b)
