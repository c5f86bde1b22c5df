"""Catalogues and tables out of stored fragments: `catalog.*`, `catalog-full.*`, `datasets.csv`.

A page is assembled before its first byte: if the store fails, the answer is 503. A whole catalogue is streamed in
blocks, because it may be larger than what one should hold: the state and the first block are read before the
first byte, and every later block is checked to belong to the same state and to be complete. If one is not, the
connection is broken off without the end of the chunked coding (RFC 9112, § 8): no client takes that for a whole
answer. Clients of HTTP/1.0, who could not tell, get it assembled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harvester.model import Catalog
from harvester.publish import Paging, csv
from harvester.store.catalogue import ViewState
from harvester.web import answers, deflate
from harvester.web.desk import Desk
from harvester.web.formats import CSV_TYPE, FORMATS, joined, renderer, stored_as
from harvester.web.identity import Face, catalog
from harvester.web.reading import Changed, Unavailable

FIRST, BLOCK = 20, 220
"""Entries that are read, joined and compressed at once: few at first, so that the first byte leaves early."""


@dataclass(frozen=True, slots=True)
class Document:
    """One representation of a view: its head, its blocks (offset, limit), its foot."""

    name: str
    face: Face
    state: ViewState
    head: bytes
    blocks: tuple[tuple[int, int], ...]
    foot: bytes


def page(desk: Desk, request: Request, face: Face, name: str) -> Response:
    """One page of a catalogue, whole or not at all."""
    number = _page_number(request)
    for _ in range(3):
        state = desk.reading.state(face.slug)
        paging = Paging(face.url(f"catalog.{name}"), number, desk.page_size, state.count)
        if number > paging.pages:
            raise HTTPException(404, "Cette page du catalogue n’existe pas.")
        head = FORMATS[name].head(_catalog(desk, face, state), desk.site, paging)
        size = desk.page_size
        document = Document(
            name,
            face,
            state,
            head,
            _blocks((number - 1) * size, size, state.count),
            FORMATS[name].foot(),
        )
        headers = {"Link": _links(paging)}
        version = answers.version(desk, request, state, face.root, name, number)
        try:
            return answers.whole(
                request,
                version,
                FORMATS[name].content_type,
                partial(_assembled, desk, document),
                headers,
            )
        except Changed:
            continue
    raise Unavailable("the view keeps changing", view=face.slug)


def full(desk: Desk, request: Request, face: Face, name: str) -> Response:
    """The whole catalogue in one document, streamed."""
    for _ in range(3):
        document = _whole(desk, face, name)
        state, kind = document.state, CSV_TYPE if name == "csv" else FORMATS[name].content_type
        version = answers.version(desk, request, state, face.root, name, "full")
        headers = (
            {"Content-Disposition": 'inline; filename="datasets.csv"'} if name == "csv" else {}
        )
        try:
            return answers.streamed(
                desk, request, version, kind, partial(_parts, desk, document), headers
            )
        except Changed:
            continue
    raise Unavailable("the view keeps changing", view=face.slug)


def exported(desk: Desk, face: Face, name: str) -> Iterator[bytes]:
    """The whole catalogue for a file. Raises Changed where a harvest ends meanwhile: begin anew."""
    return _parts(desk, _whole(desk, face, name), packed=False)


def render(desk: Desk, face: Face) -> None:
    """Render what changed in every format, so that no reader waits for it."""
    for name in FORMATS:
        document = _whole(desk, face, name)
        for offset, limit in document.blocks:
            desk.reading.fragments(
                face.slug,
                document.state.seq,
                stored_as(name, desk.site),
                offset,
                limit,
                renderer(name, desk.site),
            )


def _whole(desk: Desk, face: Face, name: str) -> Document:
    state = desk.reading.state(face.slug)
    if name == "csv":
        head, foot = csv.head(), b""
    else:
        writer = FORMATS[name]
        head, foot = writer.head(_catalog(desk, face, state), desk.site, None), writer.foot()
    size = desk.page_size
    blocks = tuple(
        block
        for start in range(0, state.count, size)
        for block in _blocks(start, size, state.count)
    )
    return Document(name, face, state, head, blocks, foot)


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 9 or int(asked) < 1:
        raise HTTPException(400, "« page » est un nombre entier à partir de 1.")
    return int(asked)


def _catalog(desk: Desk, face: Face, state: ViewState) -> Catalog:
    return catalog(face, state.modified, desk.faces.values())


def _blocks(start: int, size: int, count: int) -> tuple[tuple[int, int], ...]:
    """Cut one page into blocks; a whole catalogue has the same ones as its pages, so that they are shared."""
    end = min(start + size, count)
    cuts = [start, *range(start + FIRST, end, BLOCK), end]
    return tuple((low, high - low) for low, high in pairwise(cuts) if high > low)


def _links(paging: Paging) -> str:
    links = [("first", 1), ("last", paging.pages)]
    if paging.page > 1:
        links.append(("prev", paging.page - 1))
    if paging.page < paging.pages:
        links.append(("next", paging.page + 1))
    return ", ".join(f'<{paging.at(number)}>; rel="{name}"' for name, number in links)


def _block(desk: Desk, document: Document, offset: int, limit: int) -> bytes:
    return desk.blocks.get(
        _key(document, offset, limit), partial(_read, desk, document, offset, limit)
    )


def _key(document: Document, offset: int, limit: int) -> tuple[object, ...]:
    return document.face.slug, document.name, document.state.seq, offset, limit


def _read(desk: Desk, document: Document, offset: int, limit: int) -> bytes:
    """Read one block, or raise: nothing short ever passes."""
    name, face = document.name, document.face
    fragments = desk.reading.fragments(
        face.slug,
        document.state.seq,
        stored_as(name, desk.site),
        offset,
        limit,
        renderer(name, desk.site),
    )
    if len(fragments) != limit:
        raise Unavailable(
            "the store came short", view=face.slug, wanted=limit, found=len(fragments)
        )
    return joined(name, fragments, face)


def _parts(desk: Desk, document: Document, packed: bool) -> Iterator[bytes]:
    """Yield the document's bytes, as they are or as one gzip stream."""
    if not packed:
        ahead = document.head
        for offset, limit in document.blocks:
            yield ahead + _block(desk, document, offset, limit)
            ahead = b""
        yield ahead + document.foot
        return
    checksum, size, ahead = 0, 0, deflate.HEADER
    for number, part in enumerate(_packed(desk, document)):
        checksum = deflate.combine(checksum, part.crc, part.size)
        size += part.size
        ahead += part.data
        if number:  # the head leaves with the first block
            yield ahead
            ahead = b""
    yield ahead + deflate.trailer(checksum, size)


def _assembled(desk: Desk, document: Document, packed: bool) -> bytes:
    return b"".join(_parts(desk, document, packed))


def _packed(desk: Desk, document: Document) -> Iterator[deflate.Packed]:
    yield deflate.pack(document.head)
    for offset, limit in document.blocks:
        yield desk.packed.get(
            _key(document, offset, limit), partial(_squeezed, desk, document, offset, limit)
        )
    yield deflate.pack(document.foot)


def _squeezed(desk: Desk, document: Document, offset: int, limit: int) -> deflate.Packed:
    """Compress a block; it is not kept uncompressed for that, others may need the room."""
    raw = desk.blocks.peek(_key(document, offset, limit))
    return deflate.pack(_read(desk, document, offset, limit) if raw is None else raw)
