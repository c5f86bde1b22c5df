"""The same meaning gives the same records, and nothing a server sends does more harm than an error of ours."""

from __future__ import annotations

import random
import re

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harvester.errors import HarvesterError
from harvester.model import Problem, Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read

DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
TYPES = {
    "turtle": (ox.RdfFormat.TURTLE, "text/turtle"),
    "n-triples": (ox.RdfFormat.N_TRIPLES, "application/n-triples"),
    "rdf/xml": (ox.RdfFormat.RDF_XML, "application/rdf+xml"),
    "json-ld": (ox.RdfFormat.JSON_LD, "application/ld+json"),
    "n-quads": (ox.RdfFormat.N_QUADS, "application/n-quads"),
    "trig": (ox.RdfFormat.TRIG, "application/trig"),
}

labels = st.sampled_from("abcdef")
iris = st.sampled_from(
    [ox.NamedNode(f"http://p.test/{name}") for name in ("d1", "d2", "r1", "r2", "cat", "org")]
)
blanks = labels.map(ox.BlankNode)
# XML 1.0 has no control characters, and RDF/XML cannot say what XML cannot.
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
)
literals = st.one_of(
    texts.map(ox.Literal),
    texts.map(lambda text: ox.Literal(text, language="fr")),
    st.sampled_from(
        ["a , b", 'a "quoted" , "b"', "a ;\n\tb .\n", "back\\slash", "<http://x>", "tab\t"]
    ).map(ox.Literal),
    st.sampled_from(["042", "1.50", "1e3", "true", "x"]).flatmap(
        lambda text: st.sampled_from(["integer", "decimal", "double", "boolean", "date"]).map(
            lambda kind: ox.Literal(
                text, datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{kind}")
            )
        )
    ),
)
predicates = st.sampled_from(
    [ox.NamedNode(iri) for iri in (DCT + "title", DCT + "publisher", DCT + "hasPart", DCAT + "distribution", DCAT + "keyword",
     DCAT + "dataset", DCAT + "landingPage", "http://xmlns.com/foaf/0.1/primaryTopic", "http://xmlns.com/foaf/0.1/isPrimaryTopicOf", "http://other.test/p")]
)  # fmt: skip
typings = st.builds(
    ox.Triple,
    st.one_of(iris, blanks),
    st.just(TYPE),
    st.sampled_from(
        [
            ox.NamedNode(DCAT + name)
            for name in ("Dataset", "Catalog", "Distribution", "CatalogRecord", "DataService")
        ]
    ),
)
statements = st.builds(
    ox.Triple, st.one_of(iris, blanks), predicates, st.one_of(iris, blanks, literals)
)
graphs = st.lists(st.one_of(typings, statements), max_size=40).map(
    lambda triples: [
        ox.Triple(ox.NamedNode("http://p.test/d1"), TYPE, ox.NamedNode(DCAT + "Dataset")),
        *triples,
    ]
)


def meaning(content: bytes, media_type: str) -> dict[str, bytes]:
    page = Page(Request("http://p.test/c"), "http://p.test/c", content, media_type)
    return {item.id: item.fingerprint for item in read(page) if isinstance(item, Record)}


def reordered(triples: list[ox.Triple], seed: int) -> list[ox.Triple]:
    """The same graph in another order, with other labels."""
    shuffled = list(dict.fromkeys(triples))
    random.Random(seed).shuffle(shuffled)

    def renamed(term: object) -> object:
        return ox.BlankNode(f"other{seed}{term.value}") if isinstance(term, ox.BlankNode) else term

    return [ox.Triple(renamed(t.subject), t.predicate, renamed(t.object)) for t in shuffled]


@given(graphs, st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_order_and_blank_node_labels_leave_no_trace(triples: list[ox.Triple], seed: int) -> None:
    first = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    second = ox.serialize(reordered(triples, seed), format=ox.RdfFormat.N_TRIPLES)
    assert meaning(first, "application/n-triples") == meaning(second, "application/n-triples")


@given(graphs)
@settings(max_examples=80, deadline=None)
def test_every_syntax_gives_the_same_records(triples: list[ox.Triple]) -> None:
    found = {
        name: meaning(ox.serialize(triples, format=syntax), media_type)
        for name, (syntax, media_type) in TYPES.items()
    }
    for name, records in found.items():
        assert records == found["turtle"], name


@given(
    st.binary(max_size=200),
    st.sampled_from([media_type for _, media_type in TYPES.values()] + ["text/plain", ""]),
)
@settings(max_examples=300, deadline=None)
@example(b"<", "application/rdf+xml")
@example(b"<!DOCTYPE", "application/rdf+xml")
@example(b"<?xml", "text/xml")
@example(b"<a:RDF xmlns:a='x'", "")
@example(b'{"@context":{"a":{"@id":{}}},"a":1}', "application/ld+json")
@example(b'[{"@id":1}]', "application/ld+json")
@example(b'{"@context": [null, 3, "http://x.test/"], "@id": "http://[" }', "")
@example(b"[" * 100_000, "application/ld+json")
@example(b'{"@id":' * 100_000, "application/ld+json")
@example(b"<http://a> <http://b> " + b"[ <http://b> " * 20_000, "text/turtle")
@example(b"<http://a> <http://b> (" + b"(" * 20_000, "text/turtle")
@example(b"\xff\xfe<", "")
@example(b"\0<\0?", "")
@example(
    b"<http://a> a <http://www.w3.org/ns/dcat#Dataset> ; <http://p> <http://[/> .", "text/turtle"
)
def test_arbitrary_bytes_raise_nothing_but_our_own_errors(content: bytes, media_type: str) -> None:
    page = Page(Request("http://p.test/c"), "http://p.test/c", content, media_type)
    try:
        for item in read(page):
            assert isinstance(item, Record | Problem | Request) or item
    except HarvesterError:
        return


@given(graphs, st.integers(0, 400), st.sampled_from(sorted(TYPES)))
@settings(max_examples=100, deadline=None)
def test_a_cut_document_never_passes_for_a_whole_one(
    triples: list[ox.Triple], at: int, name: str
) -> None:
    syntax, media_type = TYPES[name]
    whole = ox.serialize(triples, format=syntax)
    cut = whole[: at % len(whole)].rstrip()
    if not cut or cut == whole.rstrip() or re.search(rb"\.$", cut):
        return  # Turtle and its kin may end after any statement
    page = Page(Request("http://p.test/c"), "http://p.test/c", cut, media_type)
    try:
        told = [
            item for item in read(page) if isinstance(item, Problem) and item.severity == "error"
        ]
    except HarvesterError:
        return
    assert told


@pytest.mark.parametrize("depth", [50, 3000])
def test_deep_chains_and_nested_lists_are_cut_without_harm(depth: int) -> None:
    chain = "".join(f"_:b{n} <http://p> _:b{n + 1} .\n" for n in range(depth))
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    lists = "".join(
        f"_:l{n} <{rdf}first> _:l{n + 1} .\n_:l{n} <{rdf}rest> <{rdf}nil> .\n" for n in range(depth)
    )
    head = f"<http://p.test/d> <{rdf}type> <{DCAT}Dataset> .\n<http://p.test/d> <http://p> _:b0 , _:l0 , _:l0 .\n"
    assert list(meaning((head + chain + lists).encode(), "text/turtle")) == ["http://p.test/d"]


def test_nodes_shared_many_times_over_do_not_explode() -> None:
    layers = "".join(f"<http://p.test/{n}> <http://p> <http://p.test/{n + 1}a> , <http://p.test/{n + 1}b> .\n"
                     f"<http://p.test/{n}a> <http://p> <http://p.test/{n + 1}a> , <http://p.test/{n + 1}b> .\n"
                     f"<http://p.test/{n}b> <http://p> <http://p.test/{n + 1}a> , <http://p.test/{n + 1}b> .\n" for n in range(40))  # fmt: skip
    head = f"<http://p.test/d> a <{DCAT}Dataset> ; <http://p> <http://p.test/0> .\n"
    page = Page(
        Request("http://p.test/c"), "http://p.test/c", (head + layers).encode(), "text/turtle"
    )
    assert [item.code for item in read(page) if isinstance(item, Problem)] == ["record-too-large"]


def _too_large(turtle: str) -> list[str]:
    head = f"@prefix dcat: <{DCAT}> .\n@prefix dct: <{DCT}> .\n"
    url = "http://p.test/catalogue"
    found = list(read(Page(Request(url), url, (head + turtle).encode(), "text/turtle")))
    return [item.code if isinstance(item, Problem) else "record" for item in found]


def test_a_long_text_that_thousands_of_nodes_share_does_not_make_a_record_of_gigabytes() -> None:
    links = " , ".join(f"<http://p.test/x{n}>" for n in range(5_000))
    shared = "".join(
        f"<http://p.test/x{n}> dct:license <http://p.test/l> .\n" for n in range(5_000)
    )
    licence = f'<http://p.test/l> dct:title "{"t" * 500_000}" .\n'
    assert _too_large(
        f"<http://p.test/d> a dcat:Dataset ; dcat:distribution {links} .\n{shared}{licence}"
    ) == ["record-too-large"]


def test_a_list_that_thousands_of_nodes_share_is_not_written_out_for_each() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    count = 3_000
    cells = "".join(
        f'_:c{n} <{rdf}first> "{n}" ; <{rdf}rest> {f"_:c{n + 1}" if n + 1 < count else f"<{rdf}nil>"} .\n'
        for n in range(count)
    )
    links = " , ".join(f"<http://p.test/x{n}>" for n in range(count))
    shared = "".join(f"<http://p.test/x{n}> dct:subject _:c{n} .\n" for n in range(count))
    assert _too_large(
        f"<http://p.test/d> a dcat:Dataset ; dcat:distribution {links} .\n{cells}{shared}"
    ) == ["record-too-large"]


def test_a_page_whose_records_repeat_the_same_nodes_without_measure_is_read_in_part() -> None:
    def named(level: int, count: int) -> str:
        return " , ".join(f"<http://p.test/{level}-{n}>" for n in range(count))

    tree = "".join(
        f"<http://p.test/{level}-{n}> dct:relation {named(level + 1, 30)} .\n"
        for level in range(2)
        for n in range(30)
    ) + "".join(f'<http://p.test/2-{n}> dct:title "x" .\n' for n in range(30))
    roots = "".join(
        f"<http://p.test/r{n}> a dcat:Dataset ; dct:relation {named(0, 30)} .\n"
        for n in range(2_000)
    )
    codes = _too_large(tree + roots)
    assert 10 < codes.count("record") < 100
    assert codes.count("record") + codes.count("record-too-large") == 2_000


def test_a_page_whose_datasets_all_name_one_publisher_is_read_whole() -> None:
    agent = '<http://p.test/o> a <http://xmlns.com/foaf/0.1/Agent> ; <http://xmlns.com/foaf/0.1/name> "Ville" .\n'
    roots = "".join(
        f"<http://p.test/r{n}> a dcat:Dataset ; dct:publisher <http://p.test/o> .\n"
        for n in range(2_000)
    )
    assert _too_large(agent + roots) == ["record"] * 2_000
