"""What a record is called wherever it is shown: addresses and UUIDs that are its own, whoever repeats them.

Addresses are compared in one spelling (`canonical`). A UUID is an identity wherever it stands: ISO file identifiers and the ids of
CKAN's packages go with a record through every portal that harvests it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WHOLE_UUID = re.compile(rf"(?:urn:uuid:)?\{{?({_UUID.pattern})\}}?", re.IGNORECASE)
_GEONETWORK = re.compile(rf"(?:#/metadata/|/api/records/)({_UUID.pattern})/?$", re.IGNORECASE)
_ROUTE = re.compile(r"#[!/]")
"""Where an application of one page writes what it shows: the rest of its address is the same for everything."""
_ITSELF = frozenset({"", "!", "dataset", "id", "it", "record", "self", "this", "top"})
"""Fragments that name what the document is about, not one thing among others in it."""
_FRONT = re.compile(
    r"^[^/?#]+(?:/(?:[a-z]{2}|index\.\w+|home|accueil|explore|explore/dataset|datasets?))*(?:#!?/?(?:home|search|accueil)?)?$"
    r"|/catalog\.search(?:#!?/?(?:home|search)?)?$"
)
"""Canonical addresses that all datasets of a portal may have in common."""
HOST = re.compile(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$", re.IGNORECASE)
"""A scheme of identifiers that is a portal."""
FILE_IDENTIFIER = "fileIdentifier"
"""The scheme under which mappings keep the file identifier of an ISO 19115 record."""


def own(values: Mapping[str, Any], record: str) -> tuple[str, ...]:
    """`uri:…` and `uuid:…` of a mapped entry that its source calls `record`: who bears one too is the same dataset."""
    found: dict[str, None] = {}
    for name in (values.get("iri"), record, *values.get("identifier", ())):
        if name:
            found.update(dict.fromkeys(spoken(name)))
    if values.get("kind") != "service":  # one names the datasets that it serves
        for other in values.get("other_identifier", ()):
            scheme = other.get("scheme") or ""
            if scheme == FILE_IDENTIFIER or HOST.match(scheme):
                found.update(dict.fromkeys(_uuids(other.get("notation") or "")))
    return tuple(found)


def pages(values: Mapping[str, Any]) -> tuple[str, ...]:
    """`uri:…` of its landing pages: several datasets may share one, but one that is another's own address says something."""
    found: dict[str, None] = {}
    for page in values.get("landing_page", ()):
        # A page's fragment is a place on it, but for applications of one page.
        address = page if _ROUTE.search(page) else page.partition("#")[0]
        found.update(dict.fromkeys(_addresses(address)))
    return tuple(found)


def spoken(text: str) -> tuple[str, ...]:
    """The names that an identifier is: none where it is neither address nor UUID."""
    return tuple(_addresses(text) if text.startswith(("http://", "https://")) else _uuids(text))


def _uuids(text: str) -> Iterator[str]:
    uuid = _WHOLE_UUID.fullmatch(text)
    if uuid:
        yield f"uuid:{uuid[1].lower()}"


def _addresses(url: str) -> Iterator[str]:
    address = canonical(url)
    if _FRONT.search(address):
        return  # a portal's front page is nobody's identity
    yield f"uri:{address}"
    record = _GEONETWORK.search(url)
    if record:
        yield f"uuid:{record[1].lower()}"


def canonical(url: str) -> str:
    """A URL without scheme, `www.`, trailing slash and a fragment that adds nothing: the spellings of one address."""
    whole, _, fragment = url.partition("#")
    host, slash, path = whole.partition("://")[2].partition("/")
    address = f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")
    fragment = fragment.rstrip("/")
    return address if fragment.casefold() in _ITSELF else f"{address}#{fragment}"
