"""RDF/XML (RDF 1.1 XML Syntax): typed nodes, nested, as harvesters' XML readers expect them.

The catalogue's element stays open over the fragments: nesting says which catalogue lists them.
"""

from __future__ import annotations

import re

from harvester.model import Catalog
from harvester.publish import graph, terms, values
from harvester.publish.paging import view
from harvester.publish.site import Paging, Published, Site
from harvester.publish.values import NODE, REF, SHARED, TEXT, TYPED, Node, Statement

MEDIA_TYPE = "application/rdf+xml"

_NAMESPACES = "".join(f'\n  xmlns:{name}="{iri}"' for name, iri in terms.PREFIXES.items())
_OPEN = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{_NAMESPACES}>\n'
_CLOSE = "</rdf:RDF>\n"
_SPECIAL = re.compile(r'[&<>"\r]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_DATATYPES = {
    f"{name}:{local}": terms.PREFIXES[name] + local
    for name, locals_ in (
        (
            "xsd",
            "date dateTime gYear gYearMonth decimal duration hexBinary integer nonNegativeInteger",
        ),
        ("gsp", "wktLiteral"),
    )
    for local in locals_.split()
}


def fragment(published: Published, site: Site) -> bytes:
    """Render one entry as a part of any catalogue: the properties that list it, with it inside."""
    listed, entry, record = graph.entry(published, site)
    out: list[str] = []
    _write(out, [(listed, NODE, entry, ""), ("dcat:record", NODE, record, "")], site, set())
    return _bytes(out)


def document(published: Published, site: Site, aliases: tuple[str, ...] = ()) -> bytes:
    """Render one entry as a document of its own."""
    _, entry, record = graph.entry(published, site, aliases)
    out = [_OPEN]
    described: set[tuple[str, str]] = set()
    _node(out, entry, site, described)
    _node(out, record, site, described)
    out.append(_CLOSE)
    return _bytes(out)


def head(catalog: Catalog, site: Site, paging: Paging | None = None) -> bytes:
    """Render what comes before the fragments: the page, and the catalogue, left open."""
    node = graph.catalogue(catalog, site)
    out = [_OPEN]
    if paging is not None:
        page, said = view(paging)
        node[2].extend(said)
        _node(out, page, site, set())
    out.append(f'<dcat:Catalog rdf:about="{_escaped(node[0] or "")}">\n')
    _write(out, node[2], site, set())
    return _bytes(out)


def foot() -> bytes:
    """Close the catalogue and the document."""
    return b"</dcat:Catalog>\n" + _CLOSE.encode()


def _bytes(out: list[str]) -> bytes:
    return "".join(out).encode("utf-8", "replace")


def _escaped(value: str) -> str:
    return _SPECIAL.sub(lambda m: _ESCAPES[m[0]], terms.text(value))


def _node(out: list[str], node: Node, site: Site, described: set[tuple[str, str]]) -> None:
    iri, types, said = node
    about = "" if iri is None else f' rdf:about="{_escaped(iri)}"'
    out.append(f"<{types[0]}{about}>\n")
    for other in types[1:]:
        prefix, _, local = other.partition(":")
        out.append(f'<rdf:type rdf:resource="{terms.PREFIXES[prefix]}{local}"/>\n')
    _write(out, said, site, described)
    out.append(f"</{types[0]}>\n")


def _write(
    out: list[str], said: list[Statement], site: Site, described: set[tuple[str, str]]
) -> None:
    """Append property elements. An authority's value is described where it is first named."""
    for name, kind, a, b in said:
        if kind == TEXT:
            a = _escaped(a)
            out.append(f'<{name} xml:lang="{b}">{a}</{name}>\n' if b else f"<{name}>{a}</{name}>\n")
        elif kind == REF or (kind == SHARED and (a, b) in described):
            out.append(f'<{name} rdf:resource="{_escaped(a)}"/>\n')
        elif kind == TYPED:
            out.append(f'<{name} rdf:datatype="{_DATATYPES[b]}">{_escaped(a)}</{name}>\n')
        else:
            if kind == SHARED:
                described.add((a, b))
                a = site.once(values.shared, a, b)
            out.append(f"<{name}>\n")
            _node(out, a, site, described)
            out.append(f"</{name}>\n")
