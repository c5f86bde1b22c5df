"""The identities a record carries: what may be compared at all.

A key is a short text hashed to 64 bits. Two strengths:

* `POINTER`: who shares it describes the same dataset, whatever else differs (its own URI, the Opendatasoft portal and
  dataset it points at, the ISO file identifier or other UUID);
* `HINT`: proves something only where the titles agree as well (landing page, adms:identifier, an identifier with
  its scheme).
"""

from __future__ import annotations

import re
from hashlib import blake2b

from harvester.model import Entry

POINTER = 2
HINT = 1

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WHOLE_UUID = re.compile(rf"(?:urn:uuid:)?\{{?({_UUID.pattern})\}}?", re.IGNORECASE)
_ODS = re.compile(
    r"^https?://(?:www\.)?([^/?#]+)/"
    r"(?:explore/(?:embed/)?dataset|api/(?:explore/v[\d.]+/catalog|v2/catalog|datasets/1\.0)(?:/datasets)?)"
    r"/([^/?#]+)",
    re.IGNORECASE,
)
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


def keys(entry: Entry, record: str) -> tuple[tuple[int, int], ...]:
    """(hashed key, strength) of an entry whose source calls it `record`; a key stands once, at its best."""
    return tuple({hashed(text): strength for text, strength in named_keys(entry, record)}.items())


def named_keys(entry: Entry, record: str) -> list[tuple[str, int]]:
    """(key in words, strength), for explanations; `keys` hashes them. A key stands once, at its best."""
    strong: list[str] = []
    weak: list[str] = []
    for own in {entry.iri or "", record, *entry.identifier}:
        strong += _strong(own)
    for page in entry.landing_page:
        weak += _weak(page)
    if entry.kind != "service":
        for other in entry.other_identifier:
            strong += _strong(other.notation)
            if other.scheme:
                weak.append(f"id:{other.scheme}:{other.notation}")
    found = dict.fromkeys(strong, POINTER)
    for key in weak:
        found.setdefault(key, HINT)
    return list(found.items())


def _strong(text: str) -> list[str]:
    if text.startswith(("http://", "https://")):
        return _addresses(text)
    uuid = _WHOLE_UUID.fullmatch(text)
    return [f"uuid:{uuid[1].lower()}"] if uuid else []


def _weak(url: str) -> list[str]:
    # A page's fragment is a place on it, but for applications of one page.
    return _addresses(url if _ROUTE.search(url) else url.partition("#")[0])


def _addresses(url: str) -> list[str]:
    address = canonical(url)
    if _FRONT.search(address):
        return []  # a portal's front page is nobody's identity
    record = _GEONETWORK.search(url)
    named = [f"uuid:{record[1].lower()}"] if record else []
    return [f"uri:{address}", *named, *_ods(url)]


def _ods(url: str) -> list[str]:
    dataset = _ODS.match(url)
    return [f"ods:{dataset[1].lower()}/{dataset[2]}"] if dataset else []


def canonical(url: str) -> str:
    """A URL without scheme, `www.`, trailing slash and a fragment that adds nothing: the spellings of one address."""
    whole, _, fragment = url.partition("#")
    host, slash, path = whole.partition("://")[2].partition("/")
    address = f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")
    fragment = fragment.rstrip("/")
    return address if fragment.casefold() in _ITSELF else f"{address}#{fragment}"


def hashed(text: str) -> int:
    """A key as it is stored."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
