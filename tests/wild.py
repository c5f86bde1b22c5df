"""Pages that no portal should give, for the tests and the fuzzer: what every connector must bear.

`bear(kind, content, …)` reads a page as a run would, maps what it finds, and says what must hold whatever the bytes are:
nothing but this project's own errors is raised, and the same bytes give the same records.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harvester.config import Source
from harvester.demo import dialects
from harvester.demo.portal import Portal
from harvester.errors import HarvesterError
from harvester.fetch import Connector, connector
from harvester.map import Mapper, compile_mapping
from harvester.model import Record
from harvester.parse.page import Found, Page, Request
from tests.imitation import entries

ROOT = "https://donnees.meudon.example"


@cache
def reader(kind: str) -> tuple[Connector, Source, Any, Mapper]:
    """A connector with a source and options for it, and the kind's mapping."""
    made = connector(kind)
    source = Source(
        id="essai",
        name="Essai",
        kind=kind,
        url=ROOT + dialects.dialect(kind).PATH,
        level="commune",
        territory="fr:commune:92048",
    )
    options = OPTIONS.get(kind, {})
    return made, source, made.Options(**options), compile_mapping(kind, within=source.territory)


OPTIONS: dict[str, dict[str, Any]] = {"udata": {"everything": True}}


@cache
def seeds(kind: str, count: int = 3) -> tuple[tuple[Request, bytes], ...]:
    """The pages of a small portal of a kind, found by following what the connector asks for."""
    return tuple((page.request, page.content) for page, _ in walked(kind, reader(kind)[1], count))


def walked(kind: str, source: Source, count: int = 3) -> Iterator[tuple[Page, list[Found]]]:
    """The pages of a small portal of a kind that stands at ROOT, and what the connector reads in them."""
    made, _, options, _ = reader(kind)
    listed = Portal(
        "m", "M", "commune", "fr:commune:92048", entries(kind, count), kind=kind, page=2
    )
    waiting, pages = list(made.start(source, options, None)), 0
    while waiting and pages < 8:
        page = _answered(kind, listed, waiting.pop(0))
        if page is None:
            continue
        pages += 1
        found = list(made.read(page, source, options))
        waiting += [item for item in found if isinstance(item, Request)]
        yield page, found


def _answered(kind: str, listed: Portal, request: Request) -> Page | None:
    url = urlsplit(request.url)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    asked = dialects.Asked(unquote(url.path), query, request.method, {}, request.body)
    said = dialects.dialect(kind).answer(listed, ROOT, asked)
    if said is None or said.status != 200:
        return None
    return Page(request, request.url, said.content, said.media_type, "")


def bear(kind: str, request: Request, content: bytes, media_type: str = "") -> int:
    """See the module; how many records there were."""
    first = list(_read(kind, request, content, media_type))
    second = list(_read(kind, request, content, media_type))
    assert [(r.id, r.fingerprint) for r in first] == [(r.id, r.fingerprint) for r in second]
    mapper = reader(kind)[3]
    for record in first:
        assert isinstance(record.id, str)
        assert record.id
        assert len(record.fingerprint) == 16
        mapped = mapper(record)
        assert not any(problem.code == "mapping-failed" for problem in mapped.problems), mapped
    return len(first)


def _read(kind: str, request: Request, content: bytes, media_type: str) -> Iterator[Record]:
    made, source, options, _ = reader(kind)
    page = Page(request, request.url, content, media_type, "")
    list(made.hint(page, source, options))
    try:
        for found in made.read(page, source, options):
            if isinstance(found, Record):
                yield found
    except HarvesterError:
        return
