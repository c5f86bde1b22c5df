"""An index of subjects → one canonical tree per record.

The tree's form is in docs/architecture.md. From the root every property is followed: blank nodes are always
embedded; an IRI the page describes is embedded unless it is a record of its own, a catalogue or a catalogue
record; a node that is its own ancestor is cut to its IRI. Values are sorted by their Turtle notation, blank
nodes after them by their content, so that order and labels of a serialisation leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson

from harvester.errors import RecordRejected
from harvester.model import Tree
from harvester.parse.prefixes import curie
from harvester.parse.terms import objects, value

MOST_NODES = 50_000
"""Nodes one record may have: shared nodes are embedded wherever they are named, which can multiply."""

DEEPEST = 16
"""Levels of embedding; DCAT-AP needs five."""

_FIRST = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
_NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
_SORTED = orjson.OPT_SORT_KEYS

Frame = Callable[[str], Tree]


def framer(
    nodes: Mapping[str, str],
    roots: Collection[str],
    apart: Collection[str],
    records: Mapping[str, Collection[str]],
) -> Frame:
    """A function from a root's term to its tree.

    `roots` are the records' own subjects and `apart` those of catalogues and catalogue records: neither is
    embedded elsewhere. `records` maps a root to its catalogue records, which are embedded in it under
    `foaf:isPrimaryTopicOf`. The function raises RecordRejected for a record of more than `MOST_NODES` nodes.
    """
    names: dict[str, str] = {"a": "@type"}
    values: dict[str, Any] = {}
    framed: dict[str, tuple[Tree, int, int]] = {}
    path: set[str] = set()
    get_node, get_name, get_value = nodes.get, names.get, values.get
    cuts = 0

    def plain(term: str) -> Any:
        """The value of a term that is not embedded."""
        found = get_value(term)
        if found is None:
            found = value(term)
            if found is not None and len(term) < 500:
                values[term] = found
        return found

    def embed(term: str, rest: str, depth: int) -> tuple[Any, int, int]:
        """(value, nodes in it, height of it) for a term the page describes."""
        nonlocal cuts
        if term in roots or term in apart:
            return (stub(rest) if term[0] == "_" else plain(term)), 1, 0
        if term in path or depth > DEEPEST:
            cuts += 1
            return plain(term), 1, 0
        known = framed.get(term)
        if known is not None and depth + known[2] <= DEEPEST:
            return known
        before = cuts
        path.add(term)
        result = node(term, rest, depth)
        path.discard(term)
        if cuts == before:
            framed[term] = result
        return result

    def node(term: str, rest: str, depth: int) -> tuple[Tree, int, int]:
        tree: Tree = {} if term[0] == "_" else {"@id": term[1:-1]}
        size, height = 1, 0
        for pair in rest.split(" ;\n\t"):
            predicate, _, terms = pair.partition(" ")
            name = get_name(predicate)
            if name is None:
                name = names[predicate] = curie(predicate[1:-1])
            if name in tree:
                return merged(term, rest, depth)
            if " , " in terms or name == "@type":
                held, more, taller = several(name, objects(terms), depth)
                size += more
                if taller > height:
                    height = taller
                if held:
                    tree[name] = held
                continue
            if terms[0] == '"':
                if terms[-1] == '"' and "\\" not in terms:
                    tree[name] = [terms[1:-1]]
                else:
                    tree[name] = [plain(terms)]
                continue
            found = get_node(terms)
            if found is None:
                item = plain(terms)
                if item is not None:
                    tree[name] = [item]
                continue
            held, more, taller = several(name, [terms], depth)
            size += more
            if taller > height:
                height = taller
            if held:
                tree[name] = held
        if size > MOST_NODES:
            raise RecordRejected(
                f"the record has more than {MOST_NODES} nodes", code="record-too-large"
            )
        return tree, size, height

    def merged(term: str, rest: str, depth: int) -> tuple[Tree, int, int]:
        """The slow way, for a node whose equal predicates do not stand together."""
        together: dict[str, list[str]] = {}
        for pair in rest.split(" ;\n\t"):
            predicate, _, terms = pair.partition(" ")
            together.setdefault(predicate, []).extend(objects(terms) if " , " in terms else [terms])
        tree: Tree = {} if term[0] == "_" else {"@id": term[1:-1]}
        size, height = 1, 0
        by_name: dict[str, list[str]] = {}
        for predicate, terms_ in together.items():
            name = names.get(predicate) or names.setdefault(predicate, curie(predicate[1:-1]))
            by_name.setdefault(name, []).extend(terms_)
        for name, terms_ in by_name.items():
            held, more, taller = several(name, terms_, depth)
            size += more
            height = max(height, taller)
            if held:
                tree[name] = held
        if size > MOST_NODES:
            raise RecordRejected(
                f"the record has more than {MOST_NODES} nodes", code="record-too-large"
            )
        return tree, size, height

    def several(name: str, terms: list[str], depth: int) -> tuple[list[Any], int, int]:
        if name == "@type":
            return sorted({curie(term[1:-1]) for term in terms if term[0] == "<"}), 0, 0
        nonlocal cuts
        size, height = 0, 0
        held: list[Any] = []
        blank: list[Any] = []
        for term in terms if len(terms) == 1 else sorted(set(terms)):
            rest = get_node(term)
            if rest is None:
                item = plain(term)
                if item is not None and term != _NIL:
                    held.append(item)
                continue
            items = members(term) if term[0] == "_" and _FIRST in rest else None
            if items:
                if depth >= DEEPEST:
                    cuts += 1
                    continue
                listed, more, taller = several(name, items, depth + 1)
                blank.extend(listed)
            else:
                item, more, taller = embed(term, rest, depth + 1)
                taller += 1
                if item is not None:
                    (blank if term[0] == "_" else held).append(item)
            size += more
            if taller > height:
                height = taller
        if len(blank) > 1:
            blank.sort(key=_dumped)
        held += blank
        return held, size, height

    def members(term: str) -> list[str]:
        """The items of an RDF collection."""
        found: list[str] = []
        seen: set[str] = set()
        while term not in seen and (rest := get_node(term)) is not None:
            seen.add(term)
            following = ""
            for pair in rest.split(" ;\n\t"):
                predicate, _, terms = pair.partition(" ")
                if predicate.endswith("#first>"):
                    found += [item for item in objects(terms) if item not in seen]
                elif predicate.endswith("#rest>"):
                    following = terms
            term = following
        return found

    def stub(rest: str) -> Tree:
        """What stands for another record that has no IRI: its names."""
        tree: Tree = {}
        for pair in rest.split(" ;\n\t"):
            predicate, _, terms = pair.partition(" ")
            if predicate in (
                "a",
                "<http://purl.org/dc/terms/identifier>",
                "<http://purl.org/dc/terms/title>",
            ):
                name = "@type" if predicate == "a" else curie(predicate[1:-1])
                known = [plain(term) for term in objects(terms) if term not in nodes]
                tree[name] = (
                    several(name, objects(terms), 0)[0]
                    if name == "@type"
                    else sorted(
                        (*tree.get(name, ()), *(item for item in known if item)), key=_dumped
                    )
                )
        return tree

    def frame(root: str) -> Tree:
        path.clear()
        path.add(root)
        tree, size, _ = node(root, nodes[root], 0)
        about = records.get(root)
        if about:
            topics: list[Any] = []
            for record in sorted(about):
                path.add(record)
                topic, more, _ = node(record, nodes[record], 1)
                path.discard(record)
                size += more
                topics.append(topic)
            described = {topic["@id"] for topic in topics if "@id" in topic}
            for other in tree.get("foaf:isPrimaryTopicOf", ()):
                if not isinstance(other, dict) or (
                    other.get("@id") not in described
                    and "dcat:CatalogRecord" not in other.get("@type", ())
                ):
                    topics.append(other)
            tree["foaf:isPrimaryTopicOf"] = sorted(topics, key=_dumped)
        if size > MOST_NODES:
            raise RecordRejected(
                f"the record has more than {MOST_NODES} nodes", code="record-too-large"
            )
        return tree

    return frame


def _dumped(item: Any) -> bytes:
    return orjson.dumps(item, option=_SORTED)
