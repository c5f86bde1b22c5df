"""A portal that publishes DCAT: three syntaxes, both pagings, and manners of its own."""

from __future__ import annotations

import gzip
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from html import escape

from harvester.demo import styles
from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.rdf import Iri, Literal, Node, Value, flat, jsonld, rdfxml, turtle
from harvester.demo.samples import Sample

PATH = "/catalogue"
MEDIA_TYPES = {
    "xml": "application/rdf+xml",
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
}
_HOME = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{name}</title>
<link rel="alternate" type="{media_type}" href="{path}" title="Catalogue"></head><body><h1>{name}</h1></body></html>"""


def describe(sample: Sample) -> Node:
    """The dataset as RDF; see `harvester.demo.styles` for other habits."""
    return styles.describe(sample, styles.Style())


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """A page of the catalogue, with a validator where the portal says the same twice; a home page that names it."""
    if asked.path == "/":
        home = _HOME.format(
            name=escape(portal.name), media_type=MEDIA_TYPES[portal.syntax], path=PATH
        )
        return Said(home.encode(), "text/html; charset=utf-8")
    if asked.path != PATH:
        return None
    number = asked.query.get("page", "1")
    content = document(portal, root, int(number), asked.moment) if number.isdigit() else None
    if content is None:
        return None
    headers = {}
    media_type = MEDIA_TYPES[portal.syntax]
    if portal.encoding != "utf-8":
        media_type += f"; charset={portal.encoding}"
    if portal.packing:
        content = gzip.compress(content, mtime=0)
        if portal.packing == "transfer":
            headers["Content-Encoding"] = "gzip"
        else:
            media_type = "application/gzip"
    if not portal.relabel:
        headers["ETag"] = f'"{blake2b(content, digest_size=8).hexdigest()}"'
    return Said(content, media_type, headers=headers)


def document(portal: Portal, base: str, number: int, export: int) -> bytes | None:
    """One page of a portal's catalogue, or None past its end. `export` tells one export from the next."""
    size = portal.page or max(1, len(portal.entries))
    pages = max(1, -(-len(portal.entries) // size))
    if not 1 <= number <= pages:
        return None
    members: Sequence[Node] = portal.entries[(number - 1) * size : number * size]
    nodes = [_catalogue(portal, members)]
    if portal.page:
        nodes.append(_view(portal, base, number, pages))
    if portal.relabel:
        rng = random.Random(export)  # noqa: S311 - variety, not secrecy
        labels = (f"genid{export}x{n}" for n in itertools.count(rng.randrange(9999)))
        members = [_stamped(node, export) for node in flat(members, labels)]
        rng.shuffle(members)
    nodes.extend(members)
    match portal.syntax:
        case "xml":
            content = rdfxml(nodes, portal.encoding.upper())
            return content.encode(portal.encoding, "xmlcharrefreplace")
        case "turtle":
            return turtle(nodes).encode()
        case "jsonld":
            return jsonld(nodes)


def _catalogue(portal: Portal, members: Sequence[Node]) -> Node:
    properties: list[tuple[str, Value]] = [("dct:title", Literal(portal.name, "fr"))]
    if portal.listed:
        properties += [
            ("dcat:service" if node.type == "dcat:DataService" else "dcat:dataset", Iri(node.iri))
            for node in members
            if node.iri
        ]
    return Node(f"https://{portal.slug}.example/catalogue", "dcat:Catalog", tuple(properties))


def _view(portal: Portal, base: str, number: int, pages: int) -> Node:
    url = f"{base}{PATH}"
    total = Literal(str(len(portal.entries)), type="xsd:integer")
    properties: list[tuple[str, Value]] = [("hydra:totalItems", total)]
    following = f"{url}?page={number + 1}"
    if number < pages:
        # The older vocabulary's portals write addresses as text.
        older = portal.view == "PagedCollection"
        properties.append(
            ("hydra:nextPage", Literal(following)) if older else ("hydra:next", Iri(following))
        )
    return Node(f"{url}?page={number}", f"hydra:{portal.view}", tuple(properties))


def _stamped(node: Node, export: int) -> Node:
    """Download addresses carry the moment of the export."""
    return replace(
        node,
        properties=tuple(
            (name, Iri(value.value.replace("horodatage=NOW", f"horodatage={export}")))
            if isinstance(value, Iri)
            else (name, value)
            for name, value in node.properties
        ),
    )
