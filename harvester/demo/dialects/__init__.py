"""How each kind of portal talks: one module per kind, two pure functions each.

The demonstration's server, the connectors' standard suite and the benchmark ask the same functions, so that a kind of
portal is imitated in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

from harvester.demo.portal import Portal
from harvester.demo.samples import Sample


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` is below the portal's root (`/api/3/action/package_search`); header names are in lower case.

    `moment` counts requests: what a portal would take from its clock.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    moment: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    content: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """What a module of this package offers."""

    PATH: str
    """What stands behind the portal's root in the `url` of its source's file; may have a query."""

    def describe(self, sample: Sample) -> Any:
        """An entry of such a portal: what it says of a dataset, as it keeps it."""

    def answer(self, portal: Portal, root: str, asked: Asked) -> Said | None:
        """The answer of a portal that stands at `root` (no slash at its end); None is a 404.

        `portal.page` is the most that it gives at once, whatever is asked for (0: no limit of its own). Entries are
        listed in the order in which they stand, which is that of their ids.
        """


def dialect(kind: str) -> Dialect:
    """The dialect of a kind of portal."""
    return cast(Dialect, import_module(f"harvester.demo.dialects.{kind}"))
