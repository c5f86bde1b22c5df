"""Turtle (RDF 1.1 Turtle). Nodes with an IRI are blocks of their own; blank nodes stand where they are named."""

from __future__ import annotations

import re

from harvester.model import Catalog
from harvester.publish import graph, terms, values
from harvester.publish.paging import view
from harvester.publish.site import Paging, Published, Site
from harvester.publish.values import NODE, REF, SHARED, TEXT, Node

MEDIA_TYPE = "text/turtle"

_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in terms.PREFIXES.items())
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\\n\r\t]')


def fragment(published: Published, site: Site) -> bytes:
    """Render one entry as a part of any catalogue; `this:` is bound by the catalogue's head."""
    listed, entry, record = graph.entry(published, site)
    opening = f"this: {listed} <{entry[0]}> ; dcat:record <{record[0]}> .\n"
    return _bytes(opening + _blocks([entry, record], site))


def document(published: Published, site: Site, aliases: tuple[str, ...] = ()) -> bytes:
    """Render one entry as a document of its own."""
    _, entry, record = graph.entry(published, site, aliases)
    return _bytes(_PREFIXES + _blocks([entry, record], site))


def head(catalog: Catalog, site: Site, paging: Paging | None = None) -> bytes:
    """Render what comes before the fragments: prefixes, the catalogue and, where there are pages, this page."""
    node = graph.catalogue(catalog, site)
    nodes = [node]
    if paging is not None:
        page, said = view(paging)
        node[2].extend(said)
        nodes.append(page)
    return _bytes(f"{_PREFIXES}@prefix this: <{node[0]}> .\n\n{_blocks(nodes, site)}")


def foot() -> bytes:
    """Return nothing: a Turtle document may end anywhere between two statements."""
    return b""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _blocks(nodes: list[Node], site: Site) -> str:
    out: list[str] = []
    described: dict[tuple[str, str], None] = {}
    position = 0
    while position < len(nodes):
        iri, types, said = nodes[position]
        position += 1
        out.append(f"<{iri}> a {', '.join(types)}")
        _write(out, said, nodes, described)
        out.append(" .\n")
    out.extend(site.once(_shared, iri, kind) for iri, kind in described)
    return "".join(out)


def _write(
    out: list[str],
    said: list[values.Statement],
    nodes: list[Node],
    described: dict[tuple[str, str], None],
) -> None:
    """Append the statements of a node; nodes met on the way that have an IRI are queued in `nodes`."""
    for name, kind, a, b in said:
        if kind == TEXT:
            if not a.isprintable() or '"' in a or "\\" in a:
                a = _SPECIAL.sub(lambda m: _ESCAPES[m[0]], terms.text(a))
            out.append(f' ;\n  {name} "{a}"@{b}' if b else f' ;\n  {name} "{a}"')
        elif kind == SHARED:
            described[a, b] = None
            out.append(f" ;\n  {name} <{a}>")
        elif kind == REF:
            out.append(f" ;\n  {name} <{a}>")
        elif kind == NODE:
            iri, types, inner = a
            if iri is None:
                out.append(f" ;\n  {name} [ a {', '.join(types)}")
                _write(out, inner, nodes, described)
                out.append(" ]")
            else:
                nodes.append(a)
                out.append(f" ;\n  {name} <{iri}>")
        else:
            a = a if a.isprintable() and '"' not in a and "\\" not in a else _escaped(a)
            out.append(f' ;\n  {name} "{a}"^^{b}')


def _escaped(value: str) -> str:
    return _SPECIAL.sub(lambda m: _ESCAPES[m[0]], terms.text(value))


def _shared(site: Site, iri: str, kind: str) -> str:
    node = values.shared(site, iri, kind)
    out = [f"<{iri}> a {', '.join(node[1])}"]
    _write(out, node[2], [], {})
    return "".join(out) + " .\n"
