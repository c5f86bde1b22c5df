"""JSON-LD 1.1, compact, with a context of prefixes only and nothing remote: any JSON-LD reader can read it."""

from __future__ import annotations

from typing import Any

import orjson

from harvester.model import Catalog
from harvester.publish import graph, terms, values
from harvester.publish.paging import view
from harvester.publish.site import Paging, Published, Site
from harvester.publish.values import NODE, REF, SHARED, TEXT, Node, Statement

MEDIA_TYPE = "application/ld+json"

Described = set[tuple[str, str]]


def fragment(published: Published, site: Site) -> bytes:
    """Render one entry as a further member of any catalogue's graph; it begins with the comma."""
    listed, entry, record = graph.entry(published, site)
    described: Described = set()
    member = {"@id": "this:", listed: _node(entry, site, described)}
    member["dcat:record"] = _node(record, site, described)
    return b",\n" + _bytes(member)


def document(published: Published, site: Site, aliases: tuple[str, ...] = ()) -> bytes:
    """Render one entry as a document of its own."""
    _, entry, record = graph.entry(published, site, aliases)
    described: Described = set()
    nodes = [_node(entry, site, described), _node(record, site, described)]
    return _bytes({"@context": terms.PREFIXES, "@graph": nodes}) + b"\n"


def head(catalog: Catalog, site: Site, paging: Paging | None = None) -> bytes:
    """Render what comes before the fragments: the context, the catalogue and the page."""
    node = graph.catalogue(catalog, site)
    context = {**terms.PREFIXES, "this": {"@id": node[0], "@prefix": True}}
    nodes: list[Any] = []
    if paging is not None:
        page, said = view(paging)
        node[2].extend(said)
        nodes.append(_node(page, site, set()))
    nodes.insert(0, _node(node, site, set()))
    members = b",\n".join(_bytes(item) for item in nodes)
    return b'{"@context":' + _bytes(context) + b',\n"@graph":[\n' + members


def foot() -> bytes:
    """Close the graph and the document."""
    return b"\n]}\n"


def _bytes(value: object) -> bytes:
    return orjson.dumps(value)


def _node(node: Node, site: Site, described: Described) -> dict[str, Any]:
    iri, types, said = node
    made: dict[str, Any] = {} if iri is None else {"@id": iri}
    made["@type"] = types[0] if len(types) == 1 else types
    for statement in said:
        name = statement[0]
        value = _value(statement, site, described)
        present = made.get(name)
        if present is None:
            made[name] = value
        elif type(present) is list:
            present.append(value)
        else:
            made[name] = [present, value]
    return made


def _value(statement: Statement, site: Site, described: Described) -> Any:
    _, kind, a, b = statement
    if kind == TEXT:
        a = terms.text(a)
        return {"@value": a, "@language": b} if b else a
    if kind == NODE:
        return _node(a, site, described)
    if kind == REF or (kind == SHARED and (a, b) in described):
        return {"@id": a}
    if kind == SHARED:
        described.add((a, b))
        return _node(site.once(values.shared, a, b), site, described)
    return {"@value": terms.text(a), "@type": b}
