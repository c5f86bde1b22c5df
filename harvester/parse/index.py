"""Bytes of RDF → an index of subjects, as fast as Python can be made to do it.

The parser's triples never become Python values one by one: pyoxigraph serialises them again as prefix-less
Turtle, which groups what stands together and escapes every line break inside literals, and the text is cut at
`" .\\n"`, `" ;\\n\\t"` and `" , "`. An index is then a dict of strings, which the garbage collector does not even
look at, and the predicates of a node are split only when (and if) the node is framed.

The cutting relies on IRIs without spaces and line breaks. The strict parser guarantees that; a page it refuses
is parsed again leniently, its triples checked and repaired on the way (`_repaired`).
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote, urljoin

import pyoxigraph as ox

from harvester.model import IRI_PATTERN, Problem
from harvester.parse.encoding import repaired_utf8
from harvester.parse.syntaxes import Syntax
from harvester.parse.xml import ends, place, without_stray_text

_SYNTAXES = {
    "rdfxml": ox.RdfFormat.RDF_XML,
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_QUADS = frozenset({"trig", "nquads"})
_WIDER: dict[str, Syntax] = {"ntriples": "turtle", "turtle": "trig", "nquads": "trig"}
"""What a page may be in truth when it is not quite what it was called."""
_CHUNK = 50_000
_MOST_ERRORS = 20
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_MAYBE_NUL = re.compile(rb"\\u0000")  # the search of `in` for the same takes twice as long
_VALID_IRI = re.compile(IRI_PATTERN)
_VALID_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_VALID_LABEL = re.compile(r"[\w.\-]+")
_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_XSD_STRING = ox.NamedNode("http://www.w3.org/2001/XMLSchema#string")

Note = Callable[[Problem], None]


@dataclass(slots=True)
class Index:
    """The subjects of one page.

    `nodes` maps a subject's term to its predicates and objects, all in Turtle notation. `whole` is False when
    a syntax error cost something; `truncated` then holds the subjects in whose middle the parser stopped.
    """

    nodes: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    truncated: set[str] = field(default_factory=set)


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the garbage collector from looking at what is being built: nearly all of it stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def index(content: bytes, syntax: Syntax, base: str, note: Note) -> Index:
    """Index UTF-8 `content`, whose relative IRIs are relative to `base`.

    Never raises for what the content is: syntax errors become problems (`rdf-syntax`, with line and column
    where the parser knows them), and what could be read is in the index.
    """
    cut_short = syntax == "rdfxml" and not ends(content)
    if (
        syntax != "jsonld" and not cut_short
    ):  # the strict JSON-LD parser drops what it does not like without a word
        for attempt in (syntax, _WIDER.get(syntax)):
            if attempt is None:
                continue
            strict = ox.parse(content, _SYNTAXES[attempt], base_iri=base)
            with suppress(SyntaxError, ValueError):
                return Index(_nodes(_triples(strict) if attempt in _QUADS else strict, note))
    content = repaired_utf8(content, note)
    result = Index()
    if syntax == "rdfxml":
        content = without_stray_text(content, note)
    lenient = ox.parse(content, _SYNTAXES[syntax], base_iri=base, lenient=True)
    result.nodes = _nodes(_repaired(lenient, syntax, content, base, result, note), note)
    return result


def _nodes(triples: Iterator[Any], note: Note) -> dict[str, str]:
    nodes: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    while text := ox.serialize(islice(triples, _CHUNK), format=ox.RdfFormat.TURTLE):
        if _MAYBE_NUL.search(text) and (cleaned := _NUL.sub(rb"\1", text)) != text:
            note(Problem("nul-removed", "The page holds NUL characters; they were removed."))
            text = cleaned
        for statement in text.decode().split(" .\n"):
            subject, _, rest = statement.partition(" ")
            if subject in nodes:
                if rest:
                    repeated.setdefault(subject, []).append(rest)
            else:
                nodes[subject] = rest
    nodes.pop("", None)
    for subject, rests in repeated.items():
        nodes[subject] = " ;\n\t".join((nodes[subject], *rests))
    return nodes


def _triples(quads: Iterator[Any]) -> Iterator[Any]:
    for quad in quads:
        yield quad.triple


def _repaired(
    quads: Iterator[Any],
    syntax: Syntax,
    content: bytes,
    base: str,
    result: Index,
    note: Note,
) -> Iterator[Any]:
    """The triples of a lenient parse, each made fit for Turtle; errors and repairs are noted."""
    iris: dict[str, Any] = {}
    subject = None

    def iri(node: Any) -> Any:
        text = node.value
        if text not in iris:
            iris[text] = node if _VALID_IRI.match(text) else _repaired_iri(text, base, note)
        return iris[text]

    def term(node: Any) -> Any:
        if isinstance(node, ox.NamedNode):
            return iri(node)
        if isinstance(node, ox.Literal):
            if node.language is not None:
                return _repaired_language(node, note)
            return node if _VALID_IRI.match(node.datatype.value) else ox.Literal(node.value)
        if isinstance(node, ox.BlankNode):
            return (
                node
                if _VALID_LABEL.fullmatch(node.value)
                else ox.BlankNode(node.value.encode().hex())
            )
        return None

    errors = 0
    while True:
        try:
            for quad in quads:
                subject = quad.subject
                s, p, o = term(subject), iri(quad.predicate), term(quad.object)
                if s is not None and p is not None and o is not None:
                    yield ox.Triple(s, p, o)
            if syntax == "rdfxml" and not ends(content):
                raise SyntaxError("the document ends before its root element does")
            return
        except SyntaxError as error:
            errors += 1
            result.whole = False
            note(_syntax_problem(error, syntax, content))
            if subject is not None and _is_cut(subject, error, syntax, content):
                result.truncated.add(str(term(subject)))
            # The Turtle family resumes at the next statement; XML and JSON cannot.
            if syntax in ("rdfxml", "jsonld") or errors >= _MOST_ERRORS:
                return


def _is_cut(subject: Any, error: SyntaxError, syntax: Syntax, content: bytes) -> bool:
    """Whether the error stands in the midst of what was being said about `subject`, the last one heard of.

    In N-Triples an error costs one statement; in XML whatever is open is cut. In Turtle the statement is cut
    when it had said something already: then the subject's name stands between its beginning and the error.
    """
    if syntax in ("ntriples", "nquads"):
        return False
    if syntax in ("rdfxml", "jsonld") or not error.lineno:
        return True
    lines = content.split(b"\n", error.lineno)[: error.lineno]
    before = b"\n".join(lines[:-1]) + b"\n" + lines[-1][: max(0, (error.offset or 1) - 1)]
    start = max(before.rfind(b".\n"), before.rfind(b".\r\n"))
    statement = before[start + 1 :]
    if isinstance(subject, ox.BlankNode):
        return b"[" in statement or b"_:" in statement
    name = re.split(r"[/#]", subject.value.rstrip("/#"))[-1]
    return start < 0 or name.encode() in statement


def _repaired_iri(text: str, base: str, note: Note) -> Any:
    fixed = _FORBIDDEN.sub(lambda match: quote(match[0], safe=""), text.strip())
    if not _SCHEME.match(fixed):
        try:
            fixed = urljoin(base, fixed)
        except ValueError:
            fixed = ""
    node = _named(fixed) or _named(fixed.replace("[", "%5B").replace("]", "%5D"))
    note(
        Problem(
            "iri-invalid",
            "An IRI holds characters that IRIs may not hold; they were percent-encoded."
            if node
            else "An IRI is unusable; the statement was left out.",
            value=text[:200],
        )
    )
    return node


def _named(iri: str) -> Any:
    try:
        return ox.NamedNode(iri) if _VALID_IRI.match(iri) else None
    except ValueError:  # it is stricter than we are
        return None


def _repaired_language(literal: Any, note: Note) -> Any:
    language = literal.language
    if _VALID_LANGUAGE.fullmatch(language):
        return literal
    fixed = language.strip().replace("_", "-")
    note(
        Problem(
            "language-invalid",
            "A language tag is not well formed (BCP 47).",
            "info",
            value=language[:200],
        )
    )
    if _VALID_LANGUAGE.fullmatch(fixed):
        return ox.Literal(literal.value, language=fixed)
    return ox.Literal(literal.value)


def _syntax_problem(error: SyntaxError, syntax: Syntax, content: bytes) -> Problem:
    message = str(error.msg)
    line, column = error.lineno or 0, error.offset or 0
    if not line and syntax == "rdfxml":
        line, column = place(content, message)
    excerpt = ""
    if line:
        lines = content.split(b"\n", line)
        at = max(0, column - 60)
        excerpt = lines[min(line, len(lines)) - 1].decode("utf-8", "replace")[at : at + 120]
    path = f"line {line}, column {max(column, 1)}" if line else ""
    return Problem(
        "rdf-syntax", f"The page is not well-formed: {message}"[:500], "error", path, excerpt
    )
