"""An index of subjects → one canonical tree per record.

The tree's form is in docs/architecture.md. From the root every property is followed: blank nodes are always
embedded; an IRI the page describes is embedded unless it is a record of its own, a catalogue or a catalogue
record; a node that is its own ancestor is cut to its IRI. Values are sorted by their Turtle notation, blank
nodes after them by their content, so that order and labels of a serialisation leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from harvester.errors import RecordRejected
from harvester.model import Tree
from harvester.parse.prefixes import curie
from harvester.parse.roles import terms_of
from harvester.parse.terms import objects, value

MOST_NODES = 50_000
"""Nodes one record may have: shared nodes are embedded wherever they are named, which can multiply. Each thousand
characters of a node, and each member of a list, count as one more."""

MOST_REPEATED = 100
"""How often a page's records may repeat its nodes, on the average, once they are `10 * MOST_NODES` together."""

DEEPEST = 16
"""Levels of embedding; DCAT-AP needs five."""

_MOST_REMEMBERED = 10_000
"""Entries of each memory of the framer: what is shared by a page's records is found again soon enough."""

_UNLIKE = frozenset(
    [
        "dcat:accessURL",
        "dcat:byteSize",
        "dcat:downloadURL",
        "dcat:landingPage",
        "dct:description",
        "dct:identifier",
        "dct:title",
        "foaf:page",
    ]
)
"""Properties whose values hardly two nodes share: not worth remembering."""

_FIRST = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
_NAMES = ("a", "<http://purl.org/dc/terms/identifier>", "<http://purl.org/dc/terms/title>")
_NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
_SORTED = orjson.OPT_SORT_KEYS

Frame = Callable[[str], Tree]
Sized = tuple[Any, int, int]
"""A value, the nodes in it, and the levels of nodes below it."""


@dataclass(slots=True)
class Memory:
    """What a framer has seen before. Clear it at the end: the framer's functions refer to each other, so that
    without it the memory (and every tree in it) would wait for the garbage collector.
    """

    values: dict[str, Any] = field(default_factory=dict)
    pairs: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    framed: dict[str, Sized] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything."""
        self.values.clear()
        self.pairs.clear()
        self.framed.clear()


def framer(
    nodes: Mapping[str, str],
    roots: Collection[str],
    apart: Collection[str],
    records: Mapping[str, Collection[str]],
    memory: Memory,
) -> Frame:
    """A function from a root's term to its tree.

    `roots` are the records' own subjects and `apart` those of catalogues and catalogue records: neither is
    embedded elsewhere. `records` maps a root to its catalogue records, which are embedded in it under
    `foaf:isPrimaryTopicOf`. The function raises RecordRejected for a record of more than `MOST_NODES` nodes, and for
    those of a page that repeat its nodes without measure (see `MOST_REPEATED`).
    """
    names: dict[str, str] = {"a": "@type"}
    spelled: dict[str, list[str]] = {"@type": ["a "]}
    values, pairs, framed = memory.values, memory.pairs, memory.framed
    path: set[str] = set()
    get_node, get_name, get_value, get_pair = nodes.get, names.get, values.get, pairs.get
    cuts = spent = 0
    budget = 10 * MOST_NODES + MOST_REPEATED * len(nodes)

    def plain(term: str) -> Any:
        """The value of a term that is not embedded."""
        found = get_value(term)
        if found is None:
            found = value(term)
            if found is not None and len(term) < 500:
                values[term] = found
        return found

    def embed(term: str, rest: str, depth: int) -> Sized | None:
        """What a term the page describes becomes; None for nothing."""
        nonlocal cuts
        if term in roots or term in apart:
            return (stub(rest) if term[0] == "_" else plain(term)), 1, 0
        if term in path or depth > DEEPEST:
            cuts += 1
            return None if term[0] == "_" else (plain(term), 1, 0)
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

    def node(term: str, rest: str, depth: int) -> Sized:
        tree: Tree = {} if term[0] == "_" else {"@id": term[1:-1]}
        size, height = 1 + len(rest) // 1_000, 0
        late: dict[str, int] | None = None
        sizes: dict[str, int] = {}
        stated = rest.split(" ;\n\t")
        for pair in stated:
            # Most pairs (types, formats, licences, languages …) stand on hundreds of nodes.
            known = get_pair(pair)
            if known is not None:
                name, held = known
                if name not in tree:
                    tree[name] = held
                    continue
            predicate, _, terms = pair.partition(" ")
            name = get_name(predicate) or named(predicate)
            if name in tree:
                if late is None:
                    late = {}
                late[name] = sizes.get(name, 0)
                continue
            first = terms[0]
            if " , " not in terms and name != "@type":
                if first == '"':
                    if terms[-1] == '"' and "\\" not in terms:
                        tree[name] = [terms[1:-1]]
                        continue
                elif (described := get_node(terms)) is not None:
                    if _FIRST not in described:
                        embedded = embed(terms, described, depth + 1)
                        if embedded is not None:
                            item, more, taller = embedded
                            tree[name] = [item]
                            sizes[name] = more
                            size += more
                            if taller >= height:
                                height = taller + 1
                        continue
                elif terms == _NIL:
                    continue
                if first == '"' or described is None:
                    item = value(terms)
                    if item is not None:
                        tree[name] = held = [item]
                        if name not in _UNLIKE:
                            pairs[pair] = name, held
                    continue
            held, more, taller = several(name, objects(terms), depth)
            if held:
                tree[name] = held
                if name == "@type":
                    pairs[pair] = name, held
            sizes[name] = more
            size += more
            if taller > height:
                height = taller
        if late:
            for name, counted in late.items():
                starts = tuple(spelled[name])
                scattered = [
                    item
                    for pair in stated
                    if pair.startswith(starts)
                    for item in objects(pair.partition(" ")[2])
                ]
                tree[name], more, taller = several(name, scattered, depth)
                size += more - counted
                if taller > height:
                    height = taller
        if size > MOST_NODES:
            raise _too_large()
        return tree, size, height

    def named(predicate: str) -> str:
        """The name of a predicate that comes up for the first time."""
        name = names[predicate] = curie(predicate[1:-1])
        spelled.setdefault(name, []).append(predicate + " ")
        return name

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
                more += len(items)
                blank.extend(listed)
            else:
                embedded = embed(term, rest, depth + 1)
                if embedded is None:
                    continue
                item, more, taller = embedded
                taller += 1
                (blank if term[0] == "_" else held).append(item)
            size += more
            if size > MOST_NODES:
                raise _too_large()
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
        for predicate in _NAMES:
            name = "@type" if predicate == "a" else curie(predicate[1:-1])
            terms = [term for term in terms_of(rest, predicate) if term not in nodes]
            held = several(name, terms, 0)[0]
            if held:
                tree[name] = held
        return tree

    def frame(root: str) -> Tree:
        nonlocal spent
        if spent > budget:
            raise _too_large()
        if len(pairs) + len(framed) + len(values) > _MOST_REMEMBERED:
            memory.clear()
        path.clear()
        path.add(root)
        tree: Tree
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
        spent += size
        if size > MOST_NODES:
            raise _too_large()
        return tree

    return frame


def _too_large() -> RecordRejected:
    return RecordRejected(
        f"the record has more than {MOST_NODES} nodes, or the page repeats its own too often",
        code="record-too-large",
    )


def _dumped(item: Any) -> bytes:
    return orjson.dumps(item, option=_SORTED)
