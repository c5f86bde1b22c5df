"""Where a page says the rest of its catalogue is: both Hydra pagings, and sub-catalogues.

Hydra Core Vocabulary: `hydra:next` of a `hydra:PartialCollectionView`, `hydra:nextPage` of the older
`hydra:PagedCollection`, `hydra:totalItems` of either or of the collection.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urldefrag, urljoin

from harvester.parse.roles import terms_of
from harvester.parse.terms import value

_HYDRA = "<http://www.w3.org/ns/hydra/core#"
_NEXT = (f"{_HYDRA}next>", f"{_HYDRA}nextPage>")
_TOTAL = f"{_HYDRA}totalItems>"
_PARTS = ("<http://www.w3.org/ns/dcat#catalog>", "<http://purl.org/dc/terms/hasPart>")
_DATASET = "<http://www.w3.org/ns/dcat#dataset>"
_NEXT_IN_BYTES = re.compile(
    rb"hydra(?:/core#|:)next(?:Page)?[\"'>\s].{0,80}?(https?://[^\s\"'<>]+)", re.DOTALL
)


def address(term: str, base: str) -> str:
    """The absolute URL a term (IRI or literal: the wild uses both) stands for; "" when it is none."""
    found = value(term)
    text = found.get("@id") or found.get("@value", "") if isinstance(found, dict) else found or ""
    try:
        url = urldefrag(urljoin(base, text.strip())).url
    except ValueError:
        return ""
    return url if url.startswith(("http:", "https:", "file:")) and " " not in url else ""


def following(entries: Iterable[str], base: str) -> tuple[list[str], int | None]:
    """From index entries that speak Hydra: the URLs of next pages, and how many datasets are announced in all."""
    pages: dict[str, None] = {}
    totals: list[int] = []
    for rest in entries:
        for predicate in _NEXT:
            for term in sorted(terms_of(rest, predicate)):
                if url := address(term, base):
                    pages[url] = None
        for term in terms_of(rest, _TOTAL):
            if (count := _integer(term)) is not None:
                totals.append(count)
    return list(pages), max(totals, default=None)


def parts(nodes: Mapping[str, str], catalogs: set[str], base: str) -> list[str]:
    """The URLs of sub-catalogues whose datasets are not on this page."""
    found: dict[str, None] = {}
    for catalog in sorted(catalogs):
        for predicate in _PARTS:
            for term in sorted(terms_of(nodes[catalog], predicate)):
                if term == catalog or term[0] != "<" or _DATASET in nodes.get(term, ""):
                    continue
                # dct:hasPart may name anything; dcat:catalog and described catalogues are meant
                if (predicate == _PARTS[0] or term in catalogs) and (url := address(term, base)):
                    found[url] = None
    return list(found)


def next_in_bytes(content: bytes, base: str) -> str:
    """The next page's URL found without parsing: a guess that lets fetching run ahead; "" when there is none."""
    match = _NEXT_IN_BYTES.search(content)
    if match is None:
        return ""
    url = html.unescape(match[1].decode("utf-8", "replace"))
    return url if url != base else ""


def _integer(term: str) -> int | None:
    found = value(term)
    text = found.get("@value", "") if isinstance(found, dict) else found or ""
    return int(text) if re.fullmatch(r"\d{1,12}", text.strip()) else None
