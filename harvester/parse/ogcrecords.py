"""Pages of OGC API Records → records: the features of a collection of records.

A record's tree is the GeoJSON feature itself. What is derived stands under one key, `derived`:

* `derived.self`: the record's own address in the API; `derived.html`: that of its page for people, where a link says so;
* `derived.links`: its `linkTemplates` as links: an address without the parameters that are to be filled in.

GeoNetwork's copies of its index entry and of the XML (`properties.gn-…`) are left out: they count views, and say nothing else.

Standard: OGC 20-004r1, "OGC API - Records - Part 1: Core", and its drafts as pycsw and pygeoapi served them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from harvester.model import Problem, Record, Tree
from harvester.parse import json

_TEMPLATED = re.compile(r"[?&][^?&=#]*=?[^&#]*\{[^{}]*\}[^&#]*|\{[?&#][^{}]*\}")
_HTML_RELS = ("alternate", "canonical", "about", "landing-page", "self")
_IDS = ("externalId", "identifier", "recordId", "id")
_LIKELY = ("title", "type", "externalIds")


def features(
    document: dict[str, Any], url: str, ignore: frozenset[str] = frozenset()
) -> Iterator[Record | Problem]:
    """The records of an items page that came from `url`, and what is wrong with it."""
    found = document["features"]
    if not isinstance(found, list):
        yield json.malformed("The features are no list.", found, "features")
        return
    for number, feature in enumerate(found):
        if not isinstance(feature, dict):
            yield json.malformed(
                "An item of the list is no object.", feature, f"features[{number}]"
            )
            continue
        yield from _record(feature, url, ignore)


def _record(feature: Tree, url: str, ignore: frozenset[str]) -> Iterator[Record | Problem]:
    properties = feature.get("properties")
    told = properties if isinstance(properties, dict) else {}
    if any(key.startswith("gn-") for key in told):
        told = {key: value for key, value in told.items() if not key.startswith("gn-")}
        feature = {**feature, "properties": told}
    name = json.named(feature.get("id")) or next(
        (each for key in _IDS if (each := json.named(told.get(key)))), ""
    )
    feature = _absolute(feature, url)
    derived = _derived(feature, name, url)
    if not name:
        likely = {"geometry": feature.get("geometry"), **{key: told.get(key) for key in _LIKELY}}
        try:
            name = json.invented(likely)
        except TypeError as error:  # nested deeper than orjson writes
            yield json.malformed(f"The record cannot be named: {error}", "")
            return
        yield json.unnamed(told.get("title", ""))
    tree = {**feature, "derived": derived} if derived else feature
    address = derived.get("html") or derived.get("self") or url
    yield json.record(name, tree, address, ignore_parameters=ignore)


def _absolute(feature: Tree, url: str) -> Tree:
    """The feature with whole addresses in its links; itself where they are."""
    given = feature.get("links")
    hrefs = (
        [link.get("href") for link in given if isinstance(link, dict)]
        if isinstance(given, list)
        else []
    )
    if all(not isinstance(href, str) or "://" in href or not href.strip() for href in hrefs):
        return feature
    return {**feature, "links": links(feature, url)}


def _derived(feature: Tree, name: str, url: str) -> Tree:
    derived: Tree = {}
    items = urlsplit(url)
    if name and items.path.rstrip("/").endswith("/items"):
        path = f"{items.path.rstrip('/')}/{quote(name, safe=':')}"
        derived["self"] = urlunsplit((items.scheme, items.netloc, path, "", ""))
    pages = {
        str(link.get("rel")): link["href"]
        for link in reversed(links(feature, url))
        if "html" in str(link.get("type", ""))
    }
    if page := next((pages[rel] for rel in _HTML_RELS if rel in pages), ""):
        derived["html"] = page
    if templates := list(_filled(feature.get("linkTemplates"))):
        derived["links"] = templates
    return derived


def links(thing: Tree, url: str) -> list[Tree]:
    """The links of a document or feature, their `href` absolute."""
    given = thing.get("links")
    found = []
    for link in given if isinstance(given, list) else ():
        if isinstance(link, dict) and isinstance(link.get("href"), str) and link["href"].strip():
            try:
                found.append({**link, "href": urljoin(url, link["href"].strip())})
            except ValueError:  # not an address at all
                continue
    return found


def _filled(templates: Any) -> Iterator[Tree]:
    for template in templates if isinstance(templates, list) else ():
        uri = template.get("uriTemplate") if isinstance(template, dict) else None
        if not isinstance(uri, str):
            continue
        address = _TEMPLATED.sub("", uri)
        if "{" in address:
            continue  # what is to be filled in is the path
        if "?" not in address:
            address = address.replace("&", "?", 1)
        kept = {
            key: value for key, value in template.items() if key not in ("uriTemplate", "variables")
        }
        yield {**kept, "href": address}
