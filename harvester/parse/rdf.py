"""A page of RDF → the records it holds, as canonical trees with their fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import islice

import orjson

from harvester.errors import RecordRejected, SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import jsonld
from harvester.parse.encoding import to_utf8
from harvester.parse.fingerprint import sealed
from harvester.parse.frame import Frame, Memory, framer
from harvester.parse.index import Index, collector_off, index
from harvester.parse.page import Found, Page, Request, Total
from harvester.parse.paging import following, parts
from harvester.parse.roles import Roles, roles
from harvester.parse.syntaxes import Syntax, recognise
from harvester.parse.terms import objects
from harvester.parse.xml import checked_prolog, root_tag

_INSTEAD = {
    "html": "an HTML page",
    "xml": "XML, but not RDF/XML",
    "unknown": "neither RDF nor JSON-LD",
}
_BATCH = 100


def read(
    page: Page,
    *,
    ignore_parameters: frozenset[str] = frozenset(),
    syntax: Syntax | None = None,
    catalogs: bool = True,
) -> Iterator[Found]:
    """Yield what a page of RDF holds: records, further pages, the announced total, problems.

    `syntax` overrides what the page says it is; `catalogs` says whether sub-catalogues are followed. Raises SourceRefused when the page is no RDF at all (HTML,
    another kind of JSON), or XML that declares entities; a Problem with the same code is yielded before.
    """
    problems: list[Problem] = []
    try:
        found = _indexed(page, syntax, problems.append)
    except SourceRefused as error:
        yield from problems
        known = error.context
        yield Problem(
            str(known.get("code", "not-rdf")),
            str(error),
            "error",
            str(known.get("path", "")),
            str(known.get("value", "")),
        )
        raise
    yield from _collapsed(problems)
    if found is not None:
        yield from _records(found, page, ignore_parameters, catalogs)


def _indexed(page: Page, forced: Syntax | None, note: Callable[[Problem], None]) -> Index | None:
    raw = page.content
    looks_xml = raw[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"<"
    content = to_utf8(raw, page.charset, looks_xml, note)
    kind = forced or recognise(content, page.media_type, page.url)
    if kind == "empty":
        raise SourceRefused("the page is empty", code="page-empty")
    if kind == "html" or kind == "xml" or kind == "unknown":
        advice = ""
        told = f" (announced as {page.media_type})" if page.media_type else ""
        excerpt = content[:200].decode("utf-8", "replace")
        service = ""
        if kind == "xml":
            root = root_tag(content)
            name = root[1:80].partition(b" ")[0].decode("utf-8", "replace").strip("/>")
            told += f": its root element is {name}" if name else ""
            if b"/cat/csw" in root:
                service, told = "csw", told + ", an answer of a CSW"
                advice = '; set kind = "csw" in the source\'s file'
        raise SourceRefused(
            f"the answer is {_INSTEAD[kind]}{told}: {page.url}{advice}",
            code="not-rdf",
            value=excerpt,
            kind=service,
        )
    whole = True
    if kind == "rdfxml":
        content = checked_prolog(content)
    elif kind == "jsonld":
        content, whole = jsonld.prepared(content, note)
    with collector_off():
        found = index(content, kind, page.url, note)
    found.whole = found.whole and whole
    return found


def _records(found: Index, page: Page, ignore: frozenset[str], follow: bool) -> Iterator[Found]:
    nodes = found.nodes
    sorted_out = roles(nodes)
    pages, total = following(sorted_out.paging, page.url)
    if total is not None:
        yield Total(total)
    for url in pages:
        yield Request(url, page.request.accept)
    for url in parts(nodes, sorted_out.catalogs, page.url) if follow else ():
        yield Request(url, page.request.accept)
    if sorted_out.undescribed and not sorted_out.roots and not pages and total is None:
        yield Problem(
            "dataset-undescribed",
            f"The catalogue lists {len(sorted_out.undescribed)} datasets of which the page says nothing more.",
            value=sorted_out.undescribed[0][:200],
        )
    yield from _framed(found, sorted_out, page.url, ignore)


def _framed(
    found: Index, sorted_out: Roles, url: str, ignore: frozenset[str]
) -> Iterator[Record | Problem]:
    roots = sorted_out.roots
    memory = Memory()
    apart = sorted_out.catalogs | sorted_out.about
    frame = framer(found.nodes, roots, apart, sorted_out.records, memory)
    cut = _owners(found, roots) if found.truncated else set()
    named = [root for root in roots if root[0] != "_"]
    todo = iter(named)
    try:
        while batch := list(islice(todo, _BATCH)):
            with collector_off():
                done = [_record(frame, root, root in cut, url, ignore) for root in batch]
            yield from done
        if len(named) < len(roots):
            blank = [root for root in roots if root[0] == "_"]
            yield from _blank(frame, blank, {root[1:-1] for root in named}, cut, url, ignore)
    finally:
        memory.clear()
        found.nodes.clear()


def _record(
    frame: Frame, root: str, cut: bool, url: str, ignore: frozenset[str]
) -> Record | Problem:
    name = root[1:-1]
    if cut:
        return _truncated(name)
    try:
        tree = frame(root)
    except RecordRejected as error:
        return Problem("record-too-large", str(error), "error", value=name[:200])
    return Record(name, tree, *sealed(tree, ignore), url)


def _blank(
    frame: Frame,
    roots: list[str],
    taken: set[str],
    cut: set[str],
    url: str,
    ignore: frozenset[str],
) -> Iterator[Record | Problem]:
    """Records that are blank nodes: named by their identifier, else by what they hold."""
    found: dict[str, list[Record]] = {}
    for root in roots:
        if root in cut:
            yield _truncated("")
            continue
        try:
            tree = frame(root)
        except RecordRejected as error:
            yield Problem("record-too-large", str(error), "error")
            continue
        name = _identifier(tree)
        if not name:
            name = _invented(tree)
            yield Problem(
                "record-unnamed",
                "A dataset has neither an IRI nor dct:identifier; it is known by a hash of its title and links, and "
                "will be taken for another one when they change.",
                value=str(tree.get("dct:title", ""))[:200],
            )
        found.setdefault(name, []).append(Record(name, tree, *sealed(tree, ignore), url))
    for name, same in found.items():
        if len(same) > 1 or name in taken:
            yield Problem(
                "record-duplicate",
                f"{len(same) + (name in taken)} datasets of the page have the same identifier; one was kept.",
                value=name[:200],
            )
        if name not in taken:
            yield min(same, key=lambda record: record.fingerprint)


def _identifier(tree: Tree) -> str:
    """The first dct:identifier of the record or, failing that, of its catalogue record (ISO's fileIdentifier)."""
    for part in (tree, *tree.get("foaf:isPrimaryTopicOf", ())):
        for held in part.get("dct:identifier", ()) if isinstance(part, dict) else ():
            text = held.get("@value") or held.get("@id", "") if isinstance(held, dict) else held
            if text and text.strip():
                return str(text.strip())
    return ""


def _invented(tree: Tree) -> str:
    links = [
        distribution.get("@id")
        or distribution.get("dcat:downloadURL")
        or distribution.get("dcat:accessURL")
        for distribution in tree.get("dcat:distribution", ())
        if isinstance(distribution, dict)
    ]
    what = [tree.get("dct:title"), tree.get("dcat:landingPage"), links]
    return (
        "_:" + blake2b(orjson.dumps(what, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
    )


def _owners(found: Index, roots: dict[str, None]) -> set[str]:
    """The roots in whose midst the parser stopped: what they say is not all they have to say."""
    owners: dict[str, set[str]] = {}
    for subject, rest in found.nodes.items():
        for pair in rest.split(" ;\n\t"):
            for term in objects(pair.partition(" ")[2]):
                if term in found.nodes:
                    owners.setdefault(term, set()).add(subject)
    # Step by step: along a longer way first, what is reached would depend on the labels of blank nodes.
    reached: set[str] = set()
    nearest = set(found.truncated)
    for _ in range(6):
        reached |= nearest
        further = {owner for each in nearest - roots.keys() for owner in owners.get(each, ())}
        nearest = further - reached
    return {subject for subject in reached if subject in roots}


def _truncated(name: str) -> Problem:
    return Problem(
        "record-truncated",
        "A syntax error cut this dataset short; it was left as it is.",
        "error",
        value=name[:200],
    )


def _collapsed(problems: list[Problem]) -> Iterator[Problem]:
    """The problems, the same code at most ten times: a page of bad IRIs is one defect of the source."""
    seen: dict[str, int] = {}
    for problem in problems:
        seen[problem.code] = seen.get(problem.code, 0) + 1
        if seen[problem.code] <= 10:
            yield problem
    for code, count in seen.items():
        if count > 10:
            yield Problem(code, f"… and {count - 10} more of the same on this page.")
