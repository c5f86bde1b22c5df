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


def keys(entry: Entry, record: str) -> tuple[tuple[int, int], ...]:
    """(hashed key, strength) of an entry whose source calls it `record`; a key stands once, at its best."""
    return tuple({_hash(text): strength for text, strength in named_keys(entry, record)}.items())


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
        return [f"uri:{canonical(text)}", *_ods(text)]
    uuid = _WHOLE_UUID.fullmatch(text)
    return [f"uuid:{uuid[1].lower()}"] if uuid else []


def _weak(url: str) -> list[str]:
    address = canonical(url)
    if "/" not in address and "?" not in address:
        return []  # a portal's front page is nobody's identity
    return [f"uri:{address}", *_ods(url)]


def _ods(url: str) -> list[str]:
    dataset = _ODS.match(url)
    return [f"ods:{dataset[1].lower()}/{dataset[2]}"] if dataset else []


def canonical(url: str) -> str:
    """A URL without scheme, `www.`, trailing slash and fragment: the spellings of one address."""
    rest = url.partition("#")[0].partition("://")[2]
    host, slash, path = rest.partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
