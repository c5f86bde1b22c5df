"""The ArcGIS item behind a dataset of an ArcGIS Hub: a stable name, wherever its id hides.

A Hub calls its datasets by item (`…/datasets/<item>_<layer>`, `…/item.html?id=<item>&sublayer=<layer>`) or by slug
(`…/datasets/<organisation>::<title>`), and changes its mind. An item's id is 32 hexadecimal digits, and nobody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from harvester.model import Tree

NAMES = ("identifier", "dct:identifier", "dcterms:identifier", "@id", "id")
PAGES = ("landingPage", "dcat:landingPage", "dct:landingPage")
DISTRIBUTIONS = ("distribution", "dcat:distribution")
_ADDRESSES = (
    "accessURL", "downloadURL", "dcat:accessURL", "dcat:accessUrl", "dcat:downloadURL", "dcat:downloadUrl",
)  # fmt: skip

_ITEM = re.compile(
    r"(?:/item\.html\?(?:[^#]*&)?id=|/(?:datasets|maps|documents|apps|content|items|about)/(?:[^/?#]+/)??)"
    r"(?P<item>[0-9a-f]{32})(?:_(?P<layer>\d+))?(?![0-9a-z])",
    re.IGNORECASE,
)
_BARE = re.compile(r"[0-9a-f]{32}(?:_\d+)?", re.IGNORECASE)
_LAYER = re.compile(r"[?&](?:sublayer|layers?)=(\d+)", re.IGNORECASE)
_HUB_PAGE = re.compile(r"^https?://[^/]+/(?:datasets|maps|documents|apps|content)/[^/?#]+")


def item(tree: Tree) -> Tree | None:
    """The ArcGIS item that a dataset of a Hub is: `item`, `layer` where it has one, `page`.

    A dataset may offer what a Hub has without being of that Hub: who has another sort of name is not looked into, and
    downloads only where they are of the Hub whose page the dataset is called by.
    """
    named = texts(tree, NAMES)
    first = named[0] if named else ""
    if first and not (_BARE.fullmatch(first) or _ITEM.search(first) or _HUB_PAGE.match(first)):
        return None
    name = page = ""
    for address in _addresses(tree, named):
        match = _ITEM.search(address)
        if match is None or (name and match["item"].lower() != name):
            continue
        name = match["item"].lower()
        page = f"https://www.arcgis.com/home/item.html?id={name}"
        layer = match["layer"] or ((told := _LAYER.search(address)) and told[1])
        if layer:
            return {"item": name, "layer": layer, "page": f"{page}&sublayer={layer}"}
    return {"item": name, "page": page} if name else None


def _addresses(tree: Tree, named: list[str]) -> Iterator[str]:
    """Where the item may be named, best first."""
    if named and _BARE.fullmatch(named[0]):
        yield f"/items/{named[0]}"
    pages = [*named, *texts(tree, PAGES)]
    yield from pages
    hosts = {_host(page) for page in pages if _HUB_PAGE.match(page)}
    for files in (tree.get(key) for key in DISTRIBUTIONS):
        for file in files if isinstance(files, list) else [files]:
            for link in texts(file, _ADDRESSES) if isinstance(file, dict) else ():
                if not named or _host(link) in hosts:
                    yield link


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def texts(tree: Tree, keys: tuple[str, ...]) -> list[str]:
    """The texts under the first of several keys, then under the others."""
    return [said for key in keys if (said := text(tree.get(key)))]


def text(value: Any) -> str:
    """A text, or the one that a list, a literal, a reference or an Identifier object holds."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return next(
            (said for each in value if isinstance(each, str | dict) and (said := text(each))), ""
        )
    if isinstance(value, dict):
        for key in ("@id", "@value", "notation", "skos:notation"):
            held = value.get(key)
            if isinstance(held, str) and held.strip():
                return held.strip()
        return ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
