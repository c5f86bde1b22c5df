"""OGC API Features: `?column=value` (part 1, § 7.15.5), else `bbox`; counts by `numberMatched`.

A server may ignore parameters that it does not know: then all features are matched, which proves nothing. One that does not say
`numberMatched` is believed only where one page holds everything.
"""

from __future__ import annotations

import re
from typing import Any

from harvester.errors import SourceFailed, SourceRefused
from harvester.view.slices.answers import (
    asked,
    guessed,
    is_refused,
    properties,
    refused,
    rows,
    sampled,
    tree,
)
from harvester.view.slices.values import (
    Column,
    Condition,
    Conversation,
    Counted,
    Endpoint,
    Link,
    Question,
    Reply,
    Table,
    Type,
)
from harvester.view.slices.words import Words

NAME = "features"
SAMPLE = 50
MOST = 1_000
"""Features that are fetched once to see whether one answer holds them all."""
_COLLECTION = re.compile(r"^(?P<url>https?://[^?#]+/collections/[^/?#]+)(?:/items)?/?(?:[?#]|$)")
_TYPES: dict[str, Type] = {"string": "text", "integer": "integer", "number": "number"}
_GEOJSON = "application/geo+json"


def recognise(url: str, key: str, _title: str, _words: Words) -> Endpoint | None:
    """A collection, or its items."""
    match = _COLLECTION.match(url)
    return Endpoint(NAME, match["url"], key) if match else None


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The queryables with their types, how many features there are, and some of them."""
    columns: list[Column] = []
    try:
        found = tree((yield Question(asked(f"{endpoint.url}/queryables", {"f": "json"}))))
        said = found.get("properties")
        if isinstance(said, dict):
            columns = [_column(str(n), p) for n, p in said.items() if isinstance(p, dict)]
    except (SourceRefused, SourceFailed) as error:
        if isinstance(error, SourceRefused) and error.context.get("status") not in (400, 404, 406):
            raise
    form = "json"
    try:
        reply = yield Question(_items(endpoint, form, {"limit": str(SAMPLE)}), _GEOJSON)
    except SourceRefused as error:
        if not is_refused(error):
            raise
        form = _GEOJSON  # as GeoServer calls it
        reply = yield Question(_items(endpoint, form, {"limit": str(SAMPLE)}), _GEOJSON)
    page = tree(reply)
    some = properties(page)
    total = _matched(page, reply)
    told = sampled(columns or guessed(some), some)
    return Table(endpoint, told, total, "bbox", {"form": form})


def _column(name: str, said: dict[str, Any]) -> Column:
    kind = said.get("type")
    kind = next((k for k in kind if k != "null"), "") if isinstance(kind, list) else kind
    return Column(name, _TYPES.get(str(kind), "other"), str(said.get("title") or ""))


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many features are the commune's."""
    if condition.box:
        name, value = "bbox", ",".join(str(edge) for edge in condition.box)
    elif len(condition.values) == 1:
        name, value = condition.column, str(condition.values[0])
    else:
        raise SourceRefused("several values cannot be asked for at once", status=400)
    url = _items(table.endpoint, table.more["form"], {name: value, "limit": "10"})
    reply = yield Question(url, _GEOJSON)
    page = tree(reply)
    found, some = _matched(page, reply), properties(page)
    whole = found <= len(some)
    if len(some) < found < table.total and found <= MOST:
        # Servers cut what is too much for them without a word: tried before it is promised.
        url = _items(table.endpoint, table.more["form"], {name: value, "limit": str(found)})
        reply = yield Question(url, _GEOJSON)
        whole = len(properties(tree(reply))) == found
    return Counted(found, f"{name}={value}", some, whole)


def _matched(page: dict[str, Any], reply: Reply) -> int:
    if page.get("type") != "FeatureCollection":
        raise SourceFailed("the portal's answer is no collection of features", url=reply.url)
    matched = page.get("numberMatched")
    if isinstance(matched, int) and not isinstance(matched, bool):
        return matched
    if any(link.get("rel") == "next" for link in rows(page.get("links"))):
        raise refused(reply, "the server does not count what it has (no numberMatched)", 501)
    return len(rows(page.get("features")))


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The features as GeoJSON: all of them where one page holds them, else page by page."""
    name, _, value = counted.filter.partition("=")
    more = {"limit": str(counted.rows)} if counted.whole else {}
    url = _items(table.endpoint, table.more["form"], {name: value, **more})
    return (Link("GEOJSON", url, _GEOJSON, download=counted.whole),)


def _items(endpoint: Endpoint, form: str, more: dict[str, str]) -> str:
    return asked(f"{endpoint.url}/items", {"f": form, **more})
