"""A page of RDF → the records it holds, as canonical trees with their fingerprints."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice

import orjson

from harvester.errors import RecordRejected, SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import jsonld
from harvester.parse.encoding import to_utf8
from harvester.parse.fingerprint import fingerprint
from harvester.parse.frame import framer
from harvester.parse.index import Index, index
from harvester.parse.page import Found, Page, Request, Total
from harvester.parse.paging import following, parts, properties
from harvester.parse.syntaxes import Syntax, recognise
from harvester.parse.xml import checked_prolog

PARTIAL = frozenset({"rdf-syntax", "record-truncated", "jsonld-context-unknown"})
"""Codes of problems that mean: this page held more than was read, so nothing may be withdrawn for it."""

_DCAT = "http://www.w3.org/ns/dcat#"
_DATASETS = frozenset({f"<{_DCAT}Dataset>", f"<{_DCAT}DatasetSeries>"})
_SERVICE = f"<{_DCAT}DataService>"
_CATALOG = f"<{_DCAT}Catalog>"
_RECORD = f"<{_DCAT}CatalogRecord>"
_LISTING = (f"<{_DCAT}dataset>", "<http://xmlns.com/foaf/0.1/primaryTopic>")
_TOPIC = "<http://xmlns.com/foaf/0.1/primaryTopic>"
_TOPIC_OF = "<http://xmlns.com/foaf/0.1/isPrimaryTopicOf>"
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
        told = f" (announced as {page.media_type})" if page.media_type else ""
        excerpt = content[:200].decode("utf-8", "replace")
        raise SourceRefused(
            f"the answer is {_INSTEAD[kind]}{told}: {page.url}", code="not-rdf", value=excerpt
        )
    whole = True
    if kind == "rdfxml":
        content = checked_prolog(content)
    elif kind == "jsonld":
        content, whole = jsonld.prepared(content, note)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        found = index(content, kind, page.url, note)
    finally:
        if was_enabled:
            gc.enable()
    found.whole = found.whole and whole
    return found


def _records(found: Index, page: Page, ignore: frozenset[str], follow: bool) -> Iterator[Found]:
    nodes = found.nodes
    catalogs: set[str] = set()
    about: set[str] = set()
    datasets: dict[str, None] = {}
    services: dict[str, None] = {}
    listed: dict[str, None] = {}
    for subject, rest in nodes.items():
        if "/ns/dcat#Data" in rest or "/ns/dcat#Catalog" in rest:
            types = {kind for name, kinds in properties(rest) if name == "a" for kind in kinds}
            if _CATALOG in types:
                catalogs.add(subject)
            elif _RECORD in types:
                about.add(subject)
            elif not types.isdisjoint(_DATASETS):
                datasets[subject] = None
            elif _SERVICE in types:
                services[subject] = None
        if _LISTING[0] in rest or _LISTING[1] in rest:
            for name, terms in properties(rest):
                if name in _LISTING:
                    listed.update(dict.fromkeys(terms))
    pages, total = following(nodes, page.url)
    if total is not None:
        yield Total(total)
    for url in pages:
        yield Request(url, page.request.accept)
    for url in parts(nodes, catalogs, page.url) if follow else ():
        yield Request(url, page.request.accept)
    undescribed = [term for term in listed if term not in nodes]
    for term in listed:
        if term in nodes and term not in catalogs and term not in about and term not in services:
            datasets[term] = None
    if services:
        used = _targets(nodes, f"<{_DCAT}accessService>")
        datasets.update((service, None) for service in services if service not in used)
    if undescribed and not pages and total is None and not datasets:
        yield Problem(
            "dataset-undescribed",
            f"The catalogue lists {len(undescribed)} datasets of which the page says nothing more.",
            value=undescribed[0][:200],
        )
    yield from _framed(
        found,
        datasets,
        catalogs | about,
        _catalog_records(nodes, about, datasets),
        page.url,
        ignore,
    )


def _targets(nodes: dict[str, str], predicate: str) -> set[str]:
    return {
        term
        for rest in nodes.values()
        if predicate in rest
        for name, terms in properties(rest)
        if name == predicate
        for term in terms
    }


def _catalog_records(
    nodes: dict[str, str], about: set[str], roots: Iterable[str]
) -> dict[str, set[str]]:
    """Root → its catalogue records, by foaf:primaryTopic and by foaf:isPrimaryTopicOf."""
    found: dict[str, set[str]] = {}
    if not about:
        return found
    for record in about:
        for name, terms in properties(nodes[record]):
            if name == _TOPIC:
                for topic in terms:
                    found.setdefault(topic, set()).add(record)
    for root in roots:
        if _TOPIC_OF in nodes[root]:
            for name, terms in properties(nodes[root]):
                if name == _TOPIC_OF:
                    found.setdefault(root, set()).update(term for term in terms if term in about)
    return found


def _framed(
    found: Index,
    roots: dict[str, None],
    apart: set[str],
    about: dict[str, set[str]],
    url: str,
    ignore: frozenset[str],
) -> Iterator[Record | Problem]:
    frame = framer(found.nodes, roots, apart, about)
    cut = _owners(found, roots) if found.truncated else set()
    named = [root for root in roots if root[0] != "_"]
    todo = iter(named)
    while batch := list(islice(todo, _BATCH)):
        done: list[Record | Problem] = []
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            for root in batch:
                if root in cut:
                    done.append(_truncated(root[1:-1]))
                    continue
                try:
                    tree = frame(root)
                except RecordRejected as error:
                    done.append(
                        Problem("record-too-large", str(error), "error", value=root[1:-1][:200])
                    )
                    continue
                done.append(Record(root[1:-1], tree, fingerprint(tree, ignore), url))
        finally:
            if was_enabled:
                gc.enable()
        yield from done
    if len(named) < len(roots):
        yield from _blank(
            frame, [r for r in roots if r[0] == "_"], {r[1:-1] for r in named}, cut, url, ignore
        )


def _blank(
    frame: Callable[[str], Tree],
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
        found.setdefault(name, []).append(Record(name, tree, fingerprint(tree, ignore), url))
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
    for held in tree.get("dct:identifier", ()):
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
        for _, terms in properties(rest):
            for term in terms:
                if term in found.nodes:
                    owners.setdefault(term, set()).add(subject)
    reached: set[str] = set()
    todo = [(subject, 0) for subject in found.truncated]
    while todo:
        subject, steps = todo.pop()
        if subject in reached:
            continue
        reached.add(subject)
        if subject not in roots and steps < 5:
            todo.extend((owner, steps + 1) for owner in owners.get(subject, ()))
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
