"""Which representation a client wants, and whether it has it already (RFC 9110, § 12 and § 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def preferred(accept: str, offered: Sequence[tuple[str, tuple[str, ...]]]) -> str | None:
    """Return the name of the best offer, None where nothing is acceptable.

    `offered` is (name, media types), in our order of preference, which decides between equals; `*` covers the
    first type of each, the one that is sent. A client that says nothing gets the first.
    """
    ranges = _weighted(accept)
    if not ranges:
        return offered[0][0]
    best, best_weight = None, 0.0
    for name, types in offered:
        exact = max((weight for kind, weight in ranges if kind in types[1:]), default=0.0)
        weight = max(_weight(types[0], ranges), exact)
        if weight > best_weight:
            best, best_weight = name, weight
    return best


def takes_gzip(accept_encoding: str) -> bool:
    """Whether `gzip` is acceptable and not merely tolerated below identity."""
    weights = dict(_weighted(accept_encoding))
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def _weighted(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(","):
        name, *parameters = (item.strip() for item in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                weight = _number(value.strip())
        if name:
            found.append((name.lower(), weight))
    return found


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return number if 0 <= number <= 1 else 0.0


def _weight(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers the type."""
    family = kind.split("/")[0] + "/*"
    for wanted in (kind, family, "*/*"):
        for name, weight in ranges:
            if name == wanted:
                return weight
    return 0.0


def unchanged(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether the client has this already. If-None-Match wins over If-Modified-Since (§ 13.2.2)."""
    known = headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or etag in tags
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return modified.replace(microsecond=0) <= moment


def http_date(moment: datetime) -> str:
    """As in `Last-Modified`."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def moment(iso: str) -> datetime:
    """Read one of our own timestamps."""
    value = datetime.fromisoformat(iso.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=UTC)
