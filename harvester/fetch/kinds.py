"""The kinds of sources there are."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {"dcat": "harvester.fetch.dcat"}
"""Kind of source → the module that serves it."""


def advice(kind: str) -> str:
    """What to do with a page that is known to be of a kind: name that kind, or nothing yet."""
    if kind in KINDS:
        return f'set kind = "{kind}" in the source\'s file'
    return f'sources of that kind ("{kind}") are not harvested yet'
