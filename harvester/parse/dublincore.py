"""csw:Record (Dublin Core as OGC 07-006r1, section 6.3, has it) → a record's tree.

Elements keep their usual prefix (`dc:title`, `dct:abstract`, `ows:BoundingBox`); one that stands once is a value, otherwise
a list. Words for people carry the language of the record, where it says just one. `dc:URI` and `dct:references` keep their attributes beside their address (`{"@value": address, "protocol": …}`).

Under `derived`: `links`, every address that the record gives (`dc:URI`, `dct:references`, `dc:relation`, `dc:source`), each
as ISO writes an online resource: `linkage`, `protocol`, `name`, `description`, `derived` (see `online`); `bbox`, the box that GeoNetwork writes into dc:coverage
(`North 46.3, South 42.5, East 3.9, West -1.8`) and the corners of ows:BoundingBox.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from harvester.model import Tree
from harvester.parse.iso import language_tag, local
from harvester.parse.online_resources import leads

_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dct",
    "http://www.opengis.net/ows": "ows",
    "http://www.opengis.net/ows/1.1": "ows",
    "http://www.opengis.net/ows/2.0": "ows",
    "http://www.w3.org/ns/dcat#": "dcat",
}
_WORDED = frozenset(
    {"dc:title", "dct:alternative", "dct:abstract", "dc:description", "dc:subject", "dc:rights"}
)
"""Elements that hold words for people, in the language of the record where it says one."""

_NUMBER = r"\s*+:?\s*+([-+]?\d+(?:[.,]\d+)?)"
_SIDES = {
    side: re.compile(rf"\b{side}{_NUMBER}", re.IGNORECASE)
    for side in ("west", "south", "east", "north")
}
_LATITUDE_FIRST = re.compile(r"^(?:urn:.*:EPSG:|https?://.*/EPSG/).*\b4326$", re.IGNORECASE)
_LINKS = ("dc:URI", "dct:references", "dc:relation", "dct:relation", "dc:source")


def tree(element: etree._Element) -> Tree:
    """The tree of a csw:Record, csw:SummaryRecord or csw:BriefRecord."""
    node: Tree = {"@type": local(element.tag)}
    known: set[tuple[str, str]] = set()
    for child in element:
        if child.tag.__class__ is not str:
            continue
        value = None if local(child.tag) == "info" else _value(child)  # GeoNetwork's own notes
        if value is None:
            continue
        name = _name(child.tag)
        said = (name, str(value))
        if said not in known:
            known.add(said)
            node.setdefault(name, []).append(value)
    languages = node.get("dc:language", ())
    language = language_tag(str(languages[0])) if len(languages) == 1 else ""
    for key, values in node.items():
        if not isinstance(values, list):
            continue
        if language and key in _WORDED:
            values = [
                {"@value": value, "@language": language} if isinstance(value, str) else value
                for value in values
            ]
        node[key] = values[0] if len(values) == 1 else values
    derived: Tree = {}
    boxes = [box for value in _all(node, "ows:BoundingBox") if (box := _corners(value))]
    boxes += [box for value in _all(node, "dc:coverage") if (box := _box(value))]
    if boxes:
        derived["bbox"] = boxes[0]
    links = [link for key in _LINKS for value in _all(node, key) if (link := _link(value))]
    if links:
        unique = {link["linkage"]: link for link in reversed(links)}
        derived["links"] = list(reversed(unique.values()))
    if derived:
        node["derived"] = derived
    return node


def identifier(tree: Tree) -> str:
    """The record's first dc:identifier."""
    for value in _all(tree, "dc:identifier"):
        text = value.get("@value") if isinstance(value, dict) else value
        if isinstance(text, str) and text.strip():
            return text.strip()
    return ""


def _name(tag: str) -> str:
    namespace, _, name = tag.rpartition("}")
    if not namespace:
        return name
    prefix = _PREFIXES.get(namespace[1:], "")
    return f"{prefix}:{name}" if prefix else name


def _value(element: etree._Element) -> Any:
    if len(element):
        inner = {
            local(child.tag): text
            for child in element
            if child.tag.__class__ is str and (text := (child.text or "").strip())
        }
        return {**_attributes(element), **inner} if inner else None
    text = (element.text or "").strip()
    if not text:
        return None
    attributes = _attributes(element)
    return {"@value": text, **attributes} if attributes else text


def _attributes(element: etree._Element) -> Tree:
    found: Tree = {}
    for key, value in element.attrib.items():
        name = local(str(key))
        if value.strip() and name not in ("type", "schemaLocation", "dimensions"):
            found["@language" if name == "lang" else name] = value.strip()
    return found


def _corners(value: Any) -> str:
    """The corners, longitude first.

    A reference system of EPSG named by URN or address has the latitude first, and pycsw keeps to that; GeoNetwork
    names one and gives east, south, west, north, which shows by the east that comes before a smaller west.
    """
    if not isinstance(value, dict):
        return ""
    corners = f"{value.get('LowerCorner', '')} {value.get('UpperCorner', '')}".split()
    if len(corners) == 4 and _LATITUDE_FIRST.search(str(value.get("crs", ""))[:200]):
        a, b, c, d = corners
        if _ascend(a, c) and _ascend(b, d):
            corners = [b, a, d, c]
    return " ".join(corners)


def _ascend(lower: str, upper: str) -> bool:
    try:
        return float(lower) <= float(upper)
    except ValueError:
        return False


def _box(value: Any) -> str:
    text = value.get("@value") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return ""
    found = [
        f"{side}={match[1].replace(',', '.')}"
        for side, pattern in _SIDES.items()
        if (match := pattern.search(text))
    ]
    return ", ".join(found) if len(found) == 4 else ""


def _link(value: Any) -> Tree | None:
    said = value if isinstance(value, dict) else {}
    url = (said.get("@value", "") if said else value) or ""
    if not url.lower().startswith(("http://", "https://", "ftp://", "ftps://")) or " " in url:
        return None
    protocol = said.get("protocol") or said.get("scheme") or ""
    name = said.get("name", "")
    link: Tree = {
        "linkage": url,
        "protocol": protocol,
        "name": name,
        "description": said.get("description"),
    }
    link = {key: text for key, text in link.items() if text}
    link["derived"] = leads(url, protocol, said.get("function", ""), name)
    return link


def _all(node: Tree, key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else [] if value is None else [value]
