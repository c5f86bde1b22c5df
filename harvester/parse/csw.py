"""Answers of a CSW (OGC 07-006r1 and 12-176r7): what they are, what they announce, the records in them.

Records are read one by one from the bytes and given back to the memory, so that a page may be as large as it likes. A page
that is not well-formed is cut into its records, and each is read by itself: one bad record costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from lxml import etree

from harvester.errors import RecordRejected, SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import dublincore, iso
from harvester.parse.encoding import repaired_utf8, to_utf8
from harvester.parse.json import invented, malformed, record
from harvester.parse.page import Page
from harvester.parse.syntaxes import recognise
from harvester.parse.xml import checked_prolog, root_tag

Kind = Literal["capabilities", "exception", "records"]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DCAT = "http://www.w3.org/ns/dcat#"
_CSW = ("http://www.opengis.net/cat/csw/2.0.2", "http://www.opengis.net/cat/csw/3.0")
_ISO = frozenset({"MD_Metadata", "MI_Metadata"})
_DUBLIN_CORE = frozenset({"Record", "SummaryRecord", "BriefRecord"})
_RDF_TAGS = frozenset(
    {f"{{{_RDF}}}RDF", f"{{{_RDF}}}Description"}
    | {
        f"{{{_DCAT}}}{name}"
        for name in ("CatalogRecord", "Dataset", "DataService", "DatasetSeries")
    }
)
_TAGS = (
    *(f"{{*}}{name}" for name in sorted(_ISO)),
    *(f"{{{namespace}}}{name}" for namespace in _CSW for name in sorted(_DUBLIN_CORE)),
    *sorted(_RDF_TAGS),
)
_AROUND = frozenset({"SearchResults", "GetRecordByIdResponse", "GetRecordsResponse"})
_ROOT = re.compile(rb"<(?:[\w.\-]+:)?([\w.\-]+)")
_RESULTS = re.compile(rb"<(?:[\w.\-]+:)?SearchResults\b[^<>]*>")
_ATTRIBUTE = re.compile(rb"""\b([A-Za-z]+)\s*=\s*["']([^"']*)["']""")
_SLICE = re.compile(
    rb"<((?:[\w.\-]+:)?(?:MD_Metadata|MI_Metadata|Record|SummaryRecord|BriefRecord|RDF))(?=[\s>/])"
)
_LONE = re.compile(rb"&(?!(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#x[0-9A-Fa-f]+);)")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_DECLARED = re.compile(rb"\sxmlns(?::([\w.\-]+))?\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_USUAL = {
    b"csw": b"http://www.opengis.net/cat/csw/2.0.2",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dct": b"http://purl.org/dc/terms/",
    b"gco": b"http://www.isotc211.org/2005/gco",
    b"geonet": b"http://www.fao.org/geonetwork",
    b"gmd": b"http://www.isotc211.org/2005/gmd",
    b"gml": b"http://www.opengis.net/gml/3.2",
    b"gmx": b"http://www.isotc211.org/2005/gmx",
    b"ows": b"http://www.opengis.net/ows",
    b"srv": b"http://www.isotc211.org/2005/srv",
    b"xlink": b"http://www.w3.org/1999/xlink",
    b"xsi": b"http://www.w3.org/2001/XMLSchema-instance",
}
"""Prefixes that somebody uses without declaring them."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service offers. Addresses are those of GetRecords; `page` is MaxRecordDefault, 0 where it says nothing."""

    versions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    get: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An ows:ExceptionReport."""

    code: str
    locator: str
    text: str

    def __str__(self) -> str:
        place = f" ({self.locator})" if self.locator else ""
        return f"{self.code or 'an exception'}{place}: {self.text or 'no explanation'}"


@dataclass(frozen=True, slots=True)
class Results:
    """What csw:SearchResults announces; None where it says nothing that can be understood."""

    matched: int | None = None
    returned: int | None = None
    next: int | None = None


def content(page: Page, note: Callable[[Problem], None]) -> bytes:
    """The XML of a page, as UTF-8. Raises SourceRefused for what is none (`not-csw`, `page-empty`, `xml-entities`)."""
    raw = to_utf8(page.content, page.charset, True, note)
    head = raw[:4096].lstrip()
    if not head:
        raise SourceRefused(f"the page is empty: {page.url}", code="page-empty")
    kind_of = recognise(raw, page.media_type, page.url)
    if head[:1] != b"<" or kind_of == "html":
        what = "an HTML page" if kind_of == "html" else "no XML"
        raise SourceRefused(
            f"the answer is {what}, where a CSW answers in XML: {page.url}",
            code="not-csw",
            value=raw[:200].decode("utf-8", "replace"),
        )
    return repaired_utf8(checked_prolog(raw), note)


def kind(xml: bytes, url: str) -> Kind:
    """What sort of answer this is. Raises SourceRefused (`not-csw`) for XML of another sort."""
    root = _ROOT.match(root_tag(xml))
    name = root[1].decode("utf-8", "replace") if root else ""
    if name == "Capabilities":
        return "capabilities"
    if name in ("ExceptionReport", "ServiceExceptionReport"):
        return "exception"
    if name in _AROUND or name in _ISO or name in _DUBLIN_CORE or name in _OTHERS:
        return "records"
    raise SourceRefused(
        f"the answer is XML, but no answer of a CSW: its root element is {name or 'missing'}: {url}",
        code="not-csw",
        value=xml[:200].decode("utf-8", "replace"),
    )


_OTHERS = frozenset({"RDF", "CatalogRecord", "FC_FeatureCatalogue", "SearchResults"})
"""Roots of files that hold one record (or none) by itself."""


def capabilities(xml: bytes, note: Callable[[Problem], None]) -> Capabilities:
    """What a csw:Capabilities offers; a damaged one gives what can be read of it."""
    parser = _parser(recover=True)
    root = etree.fromstring(xml, parser)
    if root is None or parser.error_log:
        note(
            Problem(
                "csw-capabilities-damaged",
                "The capabilities are not well-formed; what they do not say was assumed.",
            )
        )
    if root is None:
        return Capabilities()
    versions = [root.get("version", "")]
    schemas: list[str] = []
    get: list[str] = []
    post: list[str] = []
    page = 0
    for element in root.iter():
        if element.tag.__class__ is not str:
            continue
        name = iso.local(element.tag)
        if name == "ServiceTypeVersion":
            versions.append((element.text or "").strip())
        elif name == "Operation" and element.get("name") == "GetRecords":
            for part in element.iter():
                what = iso.local(part.tag) if part.tag.__class__ is str else ""
                if what in ("Get", "Post"):
                    address = (part.get("{http://www.w3.org/1999/xlink}href") or "").strip()
                    encodings = {text.casefold() for text in _values(part)}
                    if address and not (what == "Post" and encodings == {"soap"}):
                        (get if what == "Get" else post).append(address)
                elif what == "Parameter" and (part.get("name") or "").casefold() == "outputschema":
                    schemas += _values(part)
        elif name == "Constraint" and (element.get("name") or "").casefold() == "maxrecorddefault":
            page = max((int(text[:9]) for text in _values(element) if text.isdecimal()), default=0)
    return Capabilities(
        tuple(dict.fromkeys(filter(None, versions))),
        tuple(dict.fromkeys(schemas)),
        tuple(dict.fromkeys(get)),
        tuple(dict.fromkeys(post)),
        min(page, 1_000_000),
    )


def _values(element: etree._Element) -> list[str]:
    return [
        text
        for part in element.iter()
        if part.tag.__class__ is str
        and iso.local(part.tag) in ("Value", "DefaultValue")
        and (text := (part.text or "").strip())
    ]


def refusal(xml: bytes) -> Refusal:
    """What an ExceptionReport says, first exception."""
    root = etree.fromstring(xml, _parser(recover=True))
    code = locator = ""
    texts: list[str] = []
    for element in root.iter() if root is not None else ():
        if element.tag.__class__ is not str:
            continue
        name = iso.local(element.tag)
        if name in ("Exception", "ServiceException"):
            code = code or element.get("exceptionCode") or element.get("code") or ""
            locator = locator or element.get("locator") or ""
        if name in ("ExceptionText", "ServiceException"):
            texts.append(" ".join("".join(map(str, element.itertext())).split()))
    return Refusal(code, locator, " ".join(filter(None, texts))[:500])


def results(xml: bytes) -> Results:
    """What the page announces of itself, found without parsing it."""
    found = _RESULTS.search(xml)
    if found is None:
        return Results()
    said = {name.lower(): value.strip() for name, value in _ATTRIBUTE.findall(found[0])}

    def number(name: bytes) -> int | None:
        value = said.get(name, b"")
        return int(value) if value.isdigit() and len(value) < 12 else None

    return Results(
        number(b"numberofrecordsmatched"), number(b"numberofrecordsreturned"), number(b"nextrecord")
    )


@dataclass(slots=True)
class Count:
    """What a page held, counted while it is read: elements among the records, and those that are none."""

    all: int = 0
    others: int = 0

    def other(self, element: etree._Element) -> None:
        """Count an element that is no record, unless it is GeoNetwork's note about one."""
        if "geonet" not in str(element.tag):
            self.others += 1
            self.all += 1


Found = Record | Problem | bytes
"""A record, a defect, or a piece of RDF/XML, to be read as such."""


Landing = Callable[[str], str]
"""From a record's identifier to its page."""


def records(
    xml: bytes, page: Page, ignore: frozenset[str], count: Count, landing: Landing | None = None
) -> Iterator[Found]:
    """The records of a page. `ignore` are the source's volatile query parameters, `count` is kept up to date, `landing`
    tells the page of a record, which becomes its `derived.page`."""
    try:
        for element in _elements(xml, count):
            yield from _made(element, page, ignore, landing)
    except etree.XMLSyntaxError as error:
        done, line, why = count.all - count.others, error.position[0], str(error)[:200]
    else:
        if count.others:
            yield Problem(
                "record-not-dataset",
                f"{count.others} of the records are of another sort (feature catalogues …) and were left out.",
                "info",
            )
        return
    # What was given already was complete; the rest is cut out of the bytes.
    lost = 0
    for position, piece in enumerate(_cut(xml)):
        if position < done:
            continue
        mended = _mended(piece)
        if mended is None:
            lost += 1
            excerpt = piece[piece.find(b">") + 1 :][:200].decode("utf-8", "replace")
            yield malformed("A record is not well-formed XML; it was left as it is.", excerpt)
            continue
        count.all += 1
        yield from _made(mended, page, ignore, landing)
    yield Problem(
        "xml-syntax",
        "The page is not well-formed; its records were read one by one, "
        + (f"but for {lost} of them." if lost else "and nothing was lost."),
        "error" if lost or not count.all else "warning",
        f"line {line}",
        why,
    )


def _elements(xml: bytes, count: Count) -> Iterator[etree._Element]:
    """The elements that are records, each gone from the memory when the next one is asked for."""
    walk = etree.iterparse(
        BytesIO(xml),
        events=("end",),
        tag=_TAGS,
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in walk:
        parent = element.getparent()
        if parent is not None and iso.local(str(parent.tag)) not in _AROUND:
            continue
        count.all += 1
        yield element
        element.clear()
        if parent is not None:  # what follows was parsed already, and is still to come
            while (before := element.getprevious()) is not None:
                count.other(before)
                parent.remove(before)
            parent.remove(element)
    root = walk.root
    if root is None:
        return
    for around in [root, *root]:
        if around.tag.__class__ is str and iso.local(around.tag) in (
            "SearchResults",
            "GetRecordByIdResponse",
        ):
            for left in around:
                count.other(left)
    if iso.local(str(root.tag)) == "FC_FeatureCatalogue":
        count.other(root)


def _made(
    element: etree._Element, page: Page, ignore: frozenset[str], landing: Landing | None
) -> Iterator[Found]:
    tag = str(element.tag)
    if tag in _RDF_TAGS:
        yield _rdf(element, tag)
        return
    try:
        if iso.local(tag) in _ISO:
            tree = iso.tree(element)
            name = iso.identifier(tree, element)
        else:
            tree = dublincore.tree(element)
            name = dublincore.identifier(tree)
    except RecordRejected as error:
        yield malformed(str(error), tag)
        return
    if len(tree) < 2:
        yield Problem("record-empty", "A record says nothing; it was left out.", value=tag[:200])
        return
    if not name:
        title = _title(tree)
        name = invented(title or tree)
        yield Problem(
            "record-unnamed",
            "A record has no identifier; it is known by a hash of its title and will be taken for another one when "
            "that changes.",
            value=str(title)[:200],
        )
    elif landing is not None:
        tree.setdefault("derived", {})["page"] = landing(name)
    yield record(name, tree, page.url, ignore_parameters=ignore, volatile=iso.VOLATILE)


def _title(tree: Tree) -> Tree:
    info = tree.get("identificationInfo")
    citation = info.get("citation") if isinstance(info, dict) else None
    title = citation.get("title") if isinstance(citation, dict) else tree.get("dc:title")
    return {"title": title} if title else {}


def _rdf(element: etree._Element, tag: str) -> bytes:
    written: bytes = etree.tostring(element, encoding="utf-8", with_tail=False)
    if tag == f"{{{_RDF}}}RDF":
        return written
    return b'<rdf:RDF xmlns:rdf="' + _RDF.encode() + b'">' + written + b"</rdf:RDF>"


def _cut(xml: bytes) -> Iterator[bytes]:
    """The records of a page that is not well-formed: from each start tag to its end tag, with the page's namespaces."""
    head = root_tag(xml)
    around = dict.fromkeys(match[0] for match in _DECLARED.finditer(head))
    at = 0
    while start := _SLICE.search(xml, at):
        end = xml.find(b"</" + start[1] + b">", start.end())
        following = _SLICE.search(xml, start.end())
        while following and following[1] != start[1]:
            following = _SLICE.search(xml, following.end())
        if end < 0 or (following and following.start() < end):
            stop = following.start() if following else len(xml)
        else:
            stop = end + len(start[1]) + 3
        piece = xml[start.start() : stop]
        at = stop
        yield b"<around" + b"".join(around) + b">" + piece + b"</around>"


def _mended(piece: bytes) -> etree._Element | None:
    """The record in a piece of a page; nothing is guessed but what cannot mean anything else."""
    for attempt in (_as_it_is, _without_slips):
        try:
            return etree.fromstring(attempt(piece), _parser())[0]
        except (etree.XMLSyntaxError, IndexError):
            continue
    return None


def _as_it_is(piece: bytes) -> bytes:
    return piece


def _without_slips(piece: bytes) -> bytes:
    """Lone ampersands, control characters and prefixes that nobody declared."""
    piece = _CONTROL.sub(b"", _LONE.sub(b"&amp;", piece))
    head = piece[: piece.find(b">")]
    declared = {match[1] for match in _DECLARED.finditer(head)}
    missing = b"".join(
        b" xmlns:" + prefix + b'="' + address + b'"'
        for prefix, address in _USUAL.items()
        if prefix not in declared
    )
    return piece[: len(b"<around")] + missing + piece[len(b"<around") :]


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
