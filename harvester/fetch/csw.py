"""Catalogue services (CSW 2.0.2 and 3.0.0): GeoNetwork, pycsw, deegree, Géo-IDE …

Capabilities first, for what the service speaks and how large its pages are; then GetRecords, page by page, sorted by
identifier. What servers get wrong is put up with: `nextRecord` that is 0, too far or missing, pages shorter than asked
for, sorting that is refused, a page that fails because of one record in it (asked for again in halves).

`derived.page` of a record is its page in GeoNetwork, where the address of the service shows that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harvester.config import Source
from harvester.errors import SourceFailed, SourceRefused
from harvester.fetch import csw_questions as questions
from harvester.fetch.addresses import beginning
from harvester.fetch.csw_questions import SCHEMAS, SORTS, Question
from harvester.model import Problem, Record
from harvester.parse import csw, rdf
from harvester.parse.page import Found, Page, Request, Total

INCREMENTAL = True
TOKEN = ("Authorization", "Bearer {}")

VERSIONS = ("2.0.2", "3.0.0")
PAGE = 100
"""Records asked for at once: 3 to 5 MB of ISO 19139."""

_GEONETWORK = re.compile(r"^(.*?/srv/(?:[a-z]{2,3}/)?)csw(?:[-\w]*)?$")
_NOWHERE = re.compile(rb"""\srdf:resource=(?:""|'')""")
_PREFERRED = ("iso19139", "iso19115-3", "dublin-core")
"""Schemas in the order in which `auto` takes them: ISO says most, and 19139 is what most records are written in."""


class Options(BaseModel):
    """Options d'une source CSW."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal["auto", "2.0.2", "3.0.0"] = Field(
        "auto", description="Version du protocole ; « auto » : 2.0.2 si le service la parle."
    )
    output_schema: Literal[
        "auto", "iso19139", "iso19115-3", "dublin-core", "dcat", "geodcat-ap"
    ] = Field(
        "auto",
        description="Schéma demandé ; « auto » : ISO 19139, à défaut ISO 19115-3, à défaut Dublin Core.",
    )
    page_size: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Fiches demandées à la fois ; par défaut ce que le service annonce, sinon 100.",
    )
    cql: str = Field("", description="Condition en CQL : seules ces fiches sont moissonnées.")
    filter: str = Field("", description="La même chose en XML (OGC Filter), au lieu de « cql ».")
    types: tuple[str, ...] = Field(
        (), description="Types de fiches à moissonner : dataset, series, service…"
    )
    post: bool = Field(
        False,
        description="Poser les questions en POST, là où le service ne les comprend pas en GET.",
    )
    full_every: int = Field(
        0,
        ge=0,
        description="Jours entre deux lectures complètes, qui seules disent ce qui a disparu ; entre elles, les fiches dont la date "
        "a changé suffisent. 0 : toujours tout lire ; c'est plus sûr là où le catalogue en fédère d'autres.",
    )

    @model_validator(mode="after")
    def _one_condition(self) -> Options:
        if self.cql and self.filter:
            raise ValueError("« cql » ou « filter », pas les deux")
        return self


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:
    """The capabilities; a file or a directory of recorded answers is read as it is."""
    url = beginning(source.url)
    if url.startswith("file:"):
        yield Request(url, questions.ACCEPT)
        return
    version = "" if options.version == "auto" else options.version
    yield questions.capabilities(url, version, since)


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield what an answer of a CSW holds: records, the next page, the announced total, problems.

    Raises SourceRefused and SourceFailed for what is no answer of a CSW, and for exceptions that no other question avoids.
    """
    problems: list[Problem] = []
    try:
        xml = csw.content(page, problems.append)
        kind = csw.kind(xml, page.url)
    except SourceRefused as error:
        yield from problems
        yield Problem(
            str(error.context.get("code", "not-csw")),
            str(error),
            "error",
            str(error.context.get("path", "")),
            str(error.context.get("value", "")),
        )
        raise
    yield from problems
    question = questions.asked(page.request)
    if kind == "exception":
        yield from _refused(csw.refusal(xml), page, question, options)
    elif kind == "capabilities":
        yield from _offered(xml, page, source, options)
    else:
        yield from _records(xml, page, question, source)


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """The next page, where what the answer announces leaves no doubt about it."""
    question = questions.asked(page.request)
    if question is None:
        return
    said = csw.results(page.content)
    if (
        said.next
        and said.returned
        and said.matched is not None
        and said.next == question.start + said.returned <= said.matched
        and b"FC_FeatureCatalogue" not in page.content
    ):
        seen = max(question.matched, said.matched)
        yield _again(replace(question.at(said.next), matched=seen), page.request)


def _offered(xml: bytes, page: Page, source: Source, options: Options) -> Iterator[Found]:
    """The first question, as the capabilities allow."""
    problems: list[Problem] = []
    offered = csw.capabilities(xml, problems.append)
    yield from problems
    if page.request.url.startswith("file:"):
        return
    version: str = options.version
    if version == "auto":
        version = next((each for each in VERSIONS if each in offered.versions), "2.0.2")
    since = questions.since_of(page.request)
    cql, filter_ = questions.constraint(version, options.cql, options.filter, options.types, since)
    question = Question(
        count=options.page_size or (offered.page if 20 <= offered.page <= 500 else PAGE),
        version=version,
        schema=_schema(options, offered),
        cql=cql,
        filter=filter_,
    )
    url = _address(beginning(source.url), offered.post if options.post else offered.get)
    first = question.post(url) if options.post else question.get(url)
    # Where the service refuses to sort with a status of HTTP, the walk asks this instead.
    plain = replace(question, sort="")
    yield replace(first, instead=plain.post(url) if options.post else plain.get(url))


def _schema(options: Options, offered: csw.Capabilities) -> str:
    if options.output_schema != "auto":
        return SCHEMAS[options.output_schema]
    for name in _PREFERRED:
        if SCHEMAS[name] in offered.schemas:
            return SCHEMAS[name]
    return SCHEMAS["dublin-core" if offered.schemas else "iso19139"]


def _address(url: str, offered: tuple[str, ...]) -> str:
    """Where to ask: what the capabilities say if that is the same host, in the scheme that the source's file says."""
    home = urlsplit(url)
    for address in offered:
        try:
            other = urlsplit(address)
            same = other.hostname == home.hostname and other.port in (home.port, None)
        except ValueError:
            continue
        if same and other.scheme in ("http", "https"):
            kept = questions.bare(
                urlunsplit(other._replace(scheme=home.scheme, netloc=home.netloc))
            )
            if home.query and "?" not in kept:
                kept += f"?{home.query}"
            return questions.bare(kept)
    return questions.bare(url)


def _again(question: Question, request: Request) -> Request:
    """A question to where the last one went."""
    if request.method == "POST":
        return question.post(request.url)
    return question.get(questions.bare(request.url))


def _refused(
    said: csw.Refusal, page: Page, question: Question | None, options: Options
) -> Iterator[Found]:
    """Another question, where an exception can be avoided; raises where it cannot."""
    words = f"{said.code} {said.locator} {said.text}".casefold()
    internal = said.code.casefold() in ("noapplicablecode", "") and "sort" not in words
    if question is None:
        failure = SourceFailed if internal else SourceRefused
        raise failure(f"the service answers with {said}: {page.url}", code="csw-exception")
    if question.start > 1 and said.locator.casefold() == "startposition":
        # The end of a catalogue that became shorter meanwhile, or of what the service ever gives: the count will tell.
        if question.matched:
            yield Total(max(0, question.matched - question.left_out))
        return
    if question.sort and question.start == 1 and "outputschema" not in words:
        following = SORTS.index(question.sort) + 1 if question.sort in SORTS else -1
        sort = "" if internal else SORTS[following]
        if not sort:
            yield Problem(
                "csw-sort-refused",
                "The service does not sort by identifier; records that change during the harvest may be missed.",
                "info",
                value=str(said)[:200],
            )
        yield _again(replace(question, sort=sort), page.request)
    elif internal and question.count > 1:
        yield _again(question.part(), page.request)
    elif internal:
        yield Problem(
            "csw-record-unreadable",
            f"The service cannot give record number {question.start}: {said}",
            "error",
            value=str(said)[:200],
        )
        yield _again(question.at(question.start + 1), page.request)
    elif options.output_schema == "auto" and question.schema != SCHEMAS["dublin-core"]:
        yield Problem(
            "csw-schema-refused",
            "The service refuses ISO 19139; Dublin Core, which says less, was asked for instead.",
            value=str(said)[:200],
        )
        poorer = replace(question.at(1), schema=SCHEMAS["dublin-core"], sort=SORTS[0])
        yield _again(poorer, page.request)
    else:
        raise SourceRefused(f"the service answers with {said}: {page.url}", code="csw-exception")


def _records(xml: bytes, page: Page, question: Question | None, source: Source) -> Iterator[Found]:
    base = _GEONETWORK.match(
        urlunsplit(urlsplit(beginning(source.url))._replace(query="", fragment=""))
    )
    said = csw.results(xml)
    count = csw.Count()
    poorer = False
    for found in csw.records(xml, page, source.ignored, count, _page_of(base[1]) if base else None):
        if isinstance(found, bytes):
            yield from _rdf(found, page, source.ignored)
            continue
        if isinstance(found, Record):
            poorer = poorer or "dc:title" in found.tree
        yield found
    if poorer and question is not None and question.schema != SCHEMAS["dublin-core"]:
        yield Problem(
            "csw-schema-ignored",
            "The service answers in Dublin Core, which says less, although something else was asked for.",
        )
    if question is None:
        return
    left_out = question.left_out + count.others
    matched = max(question.matched, said.matched or 0)
    following = _next(said, question, count.all)
    if following:
        further = replace(question.at(following), left_out=left_out, matched=matched)
        yield _again(further, page.request)
    elif said.matched is not None or matched:
        # Said on the last page only: by then it is known how many of them are no datasets.
        yield Total(max(0, matched - left_out))


def _page_of(base: str) -> Any:
    return lambda name: f"{base}catalog.search#/metadata/{quote(name, safe='')}"


def _next(said: csw.Results, question: Question, held: int) -> int:
    """Where the next page begins; 0 at the end. Never further than what this page held or says it held."""
    step = max(said.returned or 0, held)
    if not step:
        return 0
    following = question.start + step
    if said.next and said.next > question.start:
        following = min(following, said.next)
    if said.matched is not None:
        return following if following <= said.matched else 0
    if said.next is not None:
        return following if said.next > question.start else 0
    return following if held >= question.count else 0


def _rdf(piece: bytes, page: Page, ignore: frozenset[str]) -> Iterator[Found]:
    """The records of a piece of RDF/XML; pages and catalogues that it names are the service's affair."""
    # A reference to nothing would be one to the address that was asked.
    piece = _NOWHERE.sub(b"", piece)
    inner = Page(page.request, page.url, piece, "application/rdf+xml", "utf-8")
    try:
        for found in rdf.read(inner, ignore_parameters=ignore, syntax="rdfxml", catalogs=False):
            if isinstance(found, Record | Problem):
                yield found
    except SourceRefused as error:
        yield Problem("record-malformed", f"A record is no RDF/XML: {error}", "error")
