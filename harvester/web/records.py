"""`datasets/{id}`: one entry, in RDF or as a page, by suffix or by what the client prefers.

An id that was merged answers with the survivor, who says owl:sameAs; one that was withdrawn answers 410.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harvester.publish import Published
from harvester.store.audience import is_inside
from harvester.store.catalogue import Gone, Moved, Row, ViewState
from harvester.web import answers
from harvester.web.desk import Desk
from harvester.web.formats import FORMATS, HTML, published
from harvester.web.identity import Face
from harvester.web.negotiation import preferred

OFFERED = (HTML, *((name, writer.accepts) for name, writer in FORMATS.items()))


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, and the ids that were merged into it."""

    row: Row
    entry: Published
    merged: tuple[str, ...]


def find(desk: Desk, face: Face, key: str) -> Found:
    """Look an entry up; raises 404 and 410."""
    row = desk.reading.entry(face.slug, key)
    if isinstance(row, Moved):
        row = desk.reading.entry(face.slug, row.to)
    if isinstance(row, Gone):
        raise HTTPException(410, "Ce jeu de données a été retiré par son producteur.")
    if not isinstance(row, Row):
        raise HTTPException(404, "Ce jeu de données n’existe pas.")
    return Found(row, published(row), tuple(desk.reading.merged(row)))


def negotiate(request: Request) -> str:
    """Return the suffix of what the client prefers; raises 406."""
    chosen = preferred(request.headers.get("accept", ""), OFFERED)
    if chosen is None:
        kinds = ", ".join(kind for _, kinds in OFFERED for kind in kinds[:1])
        raise HTTPException(406, f"Formats proposés : {kinds}.")
    return chosen


def rdf(desk: Desk, request: Request, face: Face, key: str, name: str, vary: bool) -> Response:
    """Answer with one entry in an RDF format."""
    found = find(desk, face, key)
    headers = located(desk, face, found, name, vary)
    version = answers.version(
        desk, request, state_of(found), "entry", face.root, name, told(found), found.merged
    )
    aliases = tuple(desk.site.dataset(old) for old in found.merged)
    return answers.plain(
        desk,
        request,
        version,
        FORMATS[name].content_type,
        lambda: FORMATS[name].document(found.entry, desk.site, aliases),
        headers,
    )


def located(desk: Desk, face: Face, found: Found, name: str, vary: bool) -> dict[str, str]:
    """The headers that say which entry this is, and where this representation of it can be had again."""
    headers = {
        "Link": f'<{desk.site.dataset(found.row.id)}>; rel="canonical"',
        "Content-Location": face.url(f"datasets/{found.row.id}.{name}"),
    }
    return {**headers, "Vary": "Accept, Accept-Encoding"} if vary else headers


def told(found: Found) -> tuple[str, str]:
    """Which entry, and in which words of agents. Whether there are such words is nothing the public may notice."""
    return found.row.id, found.row.audience if is_inside(found.row.audience) else ""


def state_of(found: Found) -> ViewState:
    """What the validators of an entry are made of."""
    return ViewState(found.row.seq, found.row.modified, 1)
