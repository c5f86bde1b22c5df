"""A hash of what a record means, so that unchanged records stop before anything costly happens.

The tree is canonical already (see `harvester.parse.frame`), so its JSON with sorted keys is too. What changes
without meaning is left out: the dates of the source's catalogue record, and query parameters of URLs that name
a session or a moment (portals put them in export URLs; they would change every record at every harvest).
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from harvester.model import Tree

VOLATILE_PARAMETERS = frozenset(
    {
        "_dc", "cachebust", "cachebuster", "jsessionid", "nocache", "phpsessid", "session_id", "sessionid",
        "fbclid", "gclid", "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term",
        "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token", "x-amz-signature",
        "x-goog-credential", "x-goog-date", "x-goog-expires", "x-goog-signature",
    }
)  # fmt: skip
"""Query parameters (in lower case) that never say what a URL leads to."""

_RECORD_DATES = ("dct:modified", "dct:issued", "dct:created", "dct:date", "dcat:listingDate")
_SORTED = orjson.OPT_SORT_KEYS


def fingerprint(tree: Tree, ignore_parameters: frozenset[str] = frozenset()) -> bytes:
    """16 bytes that are equal when two canonical trees mean the same.

    `ignore_parameters` are the source's own volatile query parameters, beside `VOLATILE_PARAMETERS`.
    """
    return sealed(tree, ignore_parameters)[0]


def sealed(tree: Tree, ignore_parameters: frozenset[str] = frozenset()) -> tuple[bytes, bytes]:
    """The fingerprint, and the JSON of the whole tree: it has to be made anyway."""
    raw = body = orjson.dumps(tree, option=_SORTED)
    if "foaf:isPrimaryTopicOf" in tree:
        tree = {**tree, "foaf:isPrimaryTopicOf": _undated(tree["foaf:isPrimaryTopicOf"])}
        body = orjson.dumps(tree, option=_SORTED)
    found, strip = _patterns(ignore_parameters)
    at = body.find(b"?")  # found several times as fast as by the pattern's own search
    if at >= 0 and found(body, at):
        body = orjson.dumps(_stripped(tree, strip), option=_SORTED)
    return blake2b(body, digest_size=16).digest(), raw


def strip_parameters(url: str, ignore_parameters: frozenset[str] = frozenset()) -> str:
    """The URL without its volatile query parameters."""
    return _strip(url, _patterns(ignore_parameters)[1])


@lru_cache(maxsize=256)
def _patterns(ignore: frozenset[str]) -> tuple[Any, re.Pattern[str]]:
    names = "|".join(sorted(re.escape(name) for name in ignore | VOLATILE_PARAMETERS))
    # One literal at the start, for a search for any of "?&;" costs twice the hash itself.
    found = re.compile(rf'\?(?:[^"\s?]*?[&;])?(?:{names})='.encode(), re.IGNORECASE)
    return found.search, re.compile(rf"([?&;])(?:{names})=[^&;#\s\"<>]*", re.IGNORECASE)


def _strip(text: str, pattern: re.Pattern[str]) -> str:
    if "?" not in text and "&" not in text and ";" not in text:
        return text
    text, count = pattern.subn(lambda match: "?" if match[1] == "?" else "", text)
    return (
        re.sub(r"\?(?:[&;]|(?=#|$|\s))", lambda match: "?" if match[0] != "?" else "", text)
        if count
        else text
    )


def _stripped(value: Any, pattern: re.Pattern[str]) -> Any:
    """The value with clean URLs, its lists in order again (they were sorted by what was stripped)."""
    if isinstance(value, str):
        return _strip(value, pattern)
    if isinstance(value, dict):
        return {key: _stripped(item, pattern) for key, item in value.items()}
    if isinstance(value, list):
        items = [_stripped(item, pattern) for item in value]
        return items if len(items) < 2 else sorted(items, key=_dumped)
    return value


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=_SORTED)


def _undated(values: Any) -> list[Any]:
    kept = [
        {key: item for key, item in value.items() if key not in _RECORD_DATES}
        if isinstance(value, dict)
        else value
        for value in values
    ]
    return sorted(kept, key=_dumped)
