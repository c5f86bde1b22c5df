"""RDF written by hand, as portals do: any layout, any label, and what no library would write.

The sample portals must also say wrong things (an address with a space in it), which RDF libraries refuse
to write; and they must say the same thing in every way there is. Hence a tree of nodes and three writers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class Iri:
    """A reference; `_:` in front makes it one to a blank node."""

    value: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, with a language or a datatype (a CURIE)."""

    text: str
    language: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A described resource. Without `iri` it is a blank node; `type` and properties are CURIEs."""

    iri: str | None
    type: str
    properties: tuple[tuple[str, Iri | Literal | Node], ...]


Value = Iri | Literal | Node


def flat(nodes: Iterable[Node], labels: Iterator[str]) -> Iterator[Node]:
    """The same statements with every node at the top; blank nodes take the next of `labels`."""
    for node in nodes:
        properties: list[tuple[str, Value]] = []
        for name, value in node.properties:
            if isinstance(value, Node):
                if value.iri is None:
                    value = replace(value, iri=f"_:{next(labels)}")
                assert value.iri is not None  # noqa: S101
                yield from flat((value,), labels)
                properties.append((name, Iri(value.iri)))
            else:
                properties.append((name, value))
        yield Node(node.iri, node.type, tuple(properties))


def turtle(nodes: Iterable[Node]) -> str:
    """Turtle; nested nodes with an IRI are written where they are first met, after their parent."""
    out = [f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()]
    for node in nodes:
        waiting = [node]
        while waiting:
            current = waiting.pop()
            out.append(f"\n{_reference(current.iri or '_:root')} a {current.type}")
            out.extend(
                f" ;\n    {name} {_turtle_value(value, waiting)}"
                for name, value in current.properties
            )
            out.append(" .\n")
    return "".join(out)


def _reference(iri: str) -> str:
    return iri if iri.startswith("_:") else f"<{iri}>"


def _turtle_value(value: Value, waiting: list[Node]) -> str:
    match value:
        case Iri(iri):
            return _reference(iri)
        case Literal(text, language, type_):
            quoted = orjson.dumps(text).decode()
            if language:
                return f"{quoted}@{language}"
            return f"{quoted}^^{type_}" if type_ else quoted
        case Node(None, type_, properties):
            inner = "".join(f" ; {name} {_turtle_value(v, waiting)}" for name, v in properties)
            return f"[ a {type_}{inner} ]"
        case Node(iri):
            waiting.append(value)
            return _reference(str(iri))


def rdfxml(nodes: Iterable[Node], encoding: str = "UTF-8") -> str:
    """RDF/XML with the declaration for `encoding`; the caller encodes it so."""
    namespaces = "".join(f'\n  xmlns:{name}="{iri}"' for name, iri in PREFIXES.items())
    out = [f'<?xml version="1.0" encoding="{encoding}"?>\n<rdf:RDF{namespaces}>\n']
    for node in nodes:
        _xml_node(node, out, "  ")
    out.append("</rdf:RDF>\n")
    return "".join(out)


def _xml_node(node: Node, out: list[str], indent: str) -> None:
    out.append(f"{indent}<{node.type}{_xml_subject(node.iri)}>\n")
    for name, value in node.properties:
        match value:
            case Iri(iri):
                blank = iri.startswith("_:")
                at = (
                    f"rdf:nodeID={quoteattr(iri[2:])}"
                    if blank
                    else f"rdf:resource={quoteattr(iri)}"
                )
                out.append(f"{indent}  <{name} {at}/>\n")
            case Literal(text, language, type_):
                attribute = ""
                if language:
                    attribute = f' xml:lang="{language}"'
                elif type_:
                    attribute = f' rdf:datatype="{_full(type_)}"'
                out.append(f"{indent}  <{name}{attribute}>{escape(text)}</{name}>\n")
            case Node():
                out.append(f"{indent}  <{name}>\n")
                _xml_node(value, out, indent + "    ")
                out.append(f"{indent}  </{name}>\n")
    out.append(f"{indent}</{node.type}>\n")


def _xml_subject(iri: str | None) -> str:
    if iri is None:
        return ""
    if iri.startswith("_:"):
        return f" rdf:nodeID={quoteattr(iri[2:])}"
    return f" rdf:about={quoteattr(iri)}"


def _full(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def jsonld(nodes: Iterable[Node]) -> bytes:
    """JSON-LD with a context of prefixes of its own: nothing to fetch."""
    return orjson.dumps({"@context": PREFIXES, "@graph": [tree(node) for node in nodes]})


def tree(node: Node) -> dict[str, Any]:
    """A node as JSON-LD has it; a property with one value is not a list."""
    out: dict[str, Any] = {"@type": node.type}
    if node.iri is not None:
        out["@id"] = node.iri
    for name, value in node.properties:
        plain = _json_value(value)
        if name in out:
            held = out[name]
            out[name] = [*held, plain] if isinstance(held, list) else [held, plain]
        else:
            out[name] = plain
    return out


def _json_value(value: Value) -> Any:
    match value:
        case Iri(iri):
            return {"@id": iri}
        case Literal(text, language, type_):
            if language:
                return {"@value": text, "@language": language}
            return {"@value": text, "@type": type_} if type_ else text
        case Node():
            return tree(value)
