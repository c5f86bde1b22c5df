"""What of a stored entry decides which views list it, as `harvester.view` takes it; and its answer as it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from harvester.model import Coverage
from harvester.view import Facts, Listing, Selection, judge

_NOTHING: frozenset[tuple[str, str]] = frozenset()


@lru_cache(maxsize=4096)
def covered(written: str) -> tuple[Coverage, ...]:
    """Coverages as they are stored."""
    return tuple(Coverage(*part) for part in orjson.loads(written))


def named(
    views: Selection, cluster: str, origins: str, body: bytes | None
) -> frozenset[tuple[str, str]]:
    """What operators name of an entry; where they name nothing, it is not looked at."""
    if not views.choices or body is None:
        return _NOTHING
    return _named(views, cluster, orjson.loads(origins), orjson.loads(body))


def _named(
    views: Selection, cluster: str, origins: Sequence[Sequence[str]], entry: Mapping[str, Any]
) -> frozenset[tuple[str, str]]:
    publisher = (entry.get("publisher") or {}).get("name") or {}
    found = [(source, local_id) for source, local_id, _ in origins]
    return views.choices.match(
        Facts(
            identifiers=(
                cluster,
                *(local_id for _, local_id in found),
                *(entry.get("identifier") or ()),
            ),
            sources=tuple(source for source, _ in found),
            publishers=tuple(publisher.values()),
            themes=tuple(entry.get("theme") or ()),
            titles=tuple((entry.get("title") or {}).values()),
        )
    )


def rows_of(
    listings: Mapping[int, Listing], keys: Iterable[int]
) -> dict[int, Iterator[tuple[str, str, str, int, str]]]:
    """Some of the listings, as `store.entries` keeps them."""
    return {
        key: ((m.view, m.how, m.level, m.rank, m.reason) for m in listings[key]) for key in keys
    }


def left_out(views: Selection, told: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Of what `store.explain` tells of an entry: the views that do not list it, by audience, and why not."""
    for entry in told["entries"]:
        coverages = tuple(Coverage(*part) for part in entry["coverage"])
        names = _named(views, told["cluster"], entry["origins"], entry["entry"])
        for slug in views.order:
            verdict = judge(views, slug, coverages, names)
            if not verdict.listed:
                yield {"view": slug, "audience": entry["audience"], "reason": verdict.reason}
