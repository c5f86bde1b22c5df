"""Which portal a record comes from, where it says so: what makes the graph of who feeds whom.

A record's plain values (`Mapped.values`, an entry as the store keeps it) are looked through, best word first: what it
is a copy of (`source`), what it is called elsewhere (`other_identifier`), its landing page, its own IRI.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

_DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+$", re.IGNORECASE)
_NAMING = frozenset(
    (
        "arcgis.com",  # the pages of items: every Hub names its datasets by them
        "data.europa.eu",
        "doi.org",
        "dx.doi.org",
        "hdl.handle.net",
        "handle.net",
        "id.insee.fr",
        "inspire.ec.europa.eu",
        "n2t.net",
        "publications.europa.eu",
        "purl.org",
        "rdf.insee.fr",
        "w3.org",
        "w3id.org",
    )
)
"""Hosts that give names and are no portals."""


def host(address: str) -> str | None:
    """The host of an http(s) address, without `www.` and usual port; None where it has none."""
    if not address.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(address)
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name:
        return None
    name = name.removeprefix("www.")
    return f"{name}:{port}" if port not in (None, 80, 443) else name


def origin(entry: Mapping[str, Any], own_hosts: Collection[str]) -> str | None:
    """The host of the portal that an entry comes from, or None where it is at home.

    `own_hosts` are those of the portal it was found on, as `host` writes them.
    """
    for stated in _stated(entry):
        if stated not in own_hosts and stated not in _NAMING:
            return stated
    for shown in homes(entry):
        # Where it is shown is told once: a page here and an IRI elsewhere is an entry of here.
        return None if shown in own_hosts or shown in _NAMING else shown
    return None


def homes(entry: Mapping[str, Any]) -> Iterator[str]:
    """The hosts of an entry's own addresses: its landing pages, then its IRI."""
    for address in (*entry.get("landing_page", ()), entry.get("iri") or ""):
        if (found := host(address)) is not None:
            yield found


def _stated(entry: Mapping[str, Any]) -> Iterator[str]:
    """Hosts named as those of the original."""
    for address in entry.get("source", ()):
        if found := host(address):
            yield found
    for other in entry.get("other_identifier", ()):
        notation, scheme = other.get("notation") or "", other.get("scheme") or ""
        if found := host(notation) or host(scheme):
            yield found
        elif _DOMAIN.match(scheme):
            yield scheme.lower().removeprefix("www.")
