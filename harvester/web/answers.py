"""Answers with validators: ETag, Last-Modified, 304, HEAD, gzip, and never half of something.

Strong ETags name the exact bytes: the state, the representation, its coding, the renderer and the configuration.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import chain

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from harvester.store.catalogue import ViewState
from harvester.web.desk import Desk
from harvester.web.negotiation import http_date, moment, takes_gzip, unchanged


@dataclass(frozen=True, slots=True)
class Version:
    """What identifies one representation."""

    etag: str
    modified: datetime
    packed: bool


def version(desk: Desk, request: Request, state: ViewState, *parts: object) -> Version:
    """Name a representation of a view: what it is, in words, and the coding that the client takes."""
    packed = takes_gzip(request.headers.get("accept-encoding", ""))
    text = repr((desk.salt, state.seq, state.count, parts, packed)).encode()
    etag = blake2b(text, digest_size=12, key=desk.seal).hexdigest()
    etag = f'"{etag}{"-gzip" if packed else ""}"'
    return Version(etag, max(moment(state.modified), desk.since), packed)


def _headers(version: Version, kind: str, extra: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "Content-Type": kind,
        "ETag": version.etag,
        "Last-Modified": http_date(version.modified),
        "Cache-Control": "public, no-cache",
        "Vary": "Accept-Encoding",
    }
    headers.update(extra)
    if version.packed:
        headers["Content-Encoding"] = "gzip"
    return headers


def _known(request: Request, version: Version, headers: dict[str, str]) -> Response | None:
    if not unchanged(request.headers, version.etag, version.modified):
        return None
    kept = {k: v for k, v in headers.items() if k not in ("Content-Type", "Content-Encoding")}
    return Response(status_code=304, headers=kept)


def whole(
    request: Request,
    version: Version,
    kind: str,
    make: Callable[[bool], bytes],
    extra: Mapping[str, str] = {},
) -> Response:
    """Answer with bytes made before the first of them leaves; `make(packed)` returns them coded."""
    headers = _headers(version, kind, extra)
    return _known(request, version, headers) or Response(make(version.packed), headers=headers)


def plain(
    desk: Desk,
    request: Request,
    version: Version,
    kind: str,
    make: Callable[[], bytes],
    extra: Mapping[str, str] = {},
) -> Response:
    """Answer with a small document, made and compressed once: its ETag names its bytes."""

    def coded(packed: bool) -> bytes:
        return gzip.compress(make(), 6, mtime=0) if packed else make()

    def kept(packed: bool) -> bytes:
        return desk.small.get(version.etag, partial(coded, packed))

    return whole(request, version, kind, kept, extra)


def streamed(
    desk: Desk,
    request: Request,
    version: Version,
    kind: str,
    parts: Callable[[bool], Iterator[bytes]],
    extra: Mapping[str, str] = {},
) -> Response:
    """Answer in parts; the first one is made now, so that a failure to begin is still a 503.

    Whoever asks again for the same bytes is told their length, which the first answer found out.
    """
    headers = _headers(version, kind, extra)
    known = _known(request, version, headers)
    if known is not None:
        return known
    length = desk.lengths.peek(version.etag)
    if length is not None:
        headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        return StreamingResponse(iter(()), headers=headers)
    coming = _counted(desk, version, parts(version.packed))
    if length is None and request.scope.get("http_version") == "1.0":
        return Response(b"".join(coming), headers=headers)
    first = next(coming)
    return StreamingResponse(chain((first,), coming), headers=headers)


def _counted(desk: Desk, version: Version, parts: Iterator[bytes]) -> Iterator[bytes]:
    length = 0
    for part in parts:
        length += len(part)
        yield part
    desk.lengths.get(version.etag, lambda: length)
