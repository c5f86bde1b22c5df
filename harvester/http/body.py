"""Bodies as they stream in: decompressed piece by piece, counted at every step, never trusted.

A gzip file of 16 KB can hold 16 MB, a zstd one far more: nothing is ever decompressed beyond the next piece, and the
caps are checked after each one.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import zstandard

from harvester.errors import SourceRefused

PIECE = 64 * 1024
_RATIO_FLOOR = 1024 * 1024
_MAX_WINDOW = 128 * 1024 * 1024
_ZSTD_STEP = 256
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

Pieces = Iterator[bytes]


class TruncatedBody(OSError):
    """The body ended before its end: the same request may bring all of it."""


@dataclass(slots=True)
class Caps:
    """What one answer may cost; `received` counts the bytes on the wire."""

    max_bytes: int
    max_decompressed_bytes: int
    max_ratio: float
    received: int = 0

    def wire(self, read: Callable[[int], bytes]) -> Pieces:
        """The pieces as they arrive."""
        while piece := read(PIECE):
            self.received += len(piece)
            if self.received > self.max_bytes:
                raise too_big(f"more than {self.max_bytes:,} bytes", "max_bytes")
            yield piece

    def decompressed(self, pieces: Pieces) -> Pieces:
        """The same pieces, as long as they stay within the caps. Small bodies may have any ratio (below 1 MiB)."""
        total = 0
        for piece in pieces:
            total += len(piece)
            if total > self.max_decompressed_bytes:
                cap = f"more than {self.max_decompressed_bytes:,} bytes once decompressed"
                raise too_big(cap, "max_decompressed_bytes")
            if total > _RATIO_FLOOR and total > self.max_ratio * self.received:
                raise too_big(
                    f"more than {self.max_ratio:g} times bigger once decompressed", "max_ratio"
                )
            yield piece


def too_big(what: str, setting: str) -> SourceRefused:
    """The refusal that names the setting to raise."""
    return SourceRefused(f"the answer is {what}. If it should be, raise [http] {setting}")


def read_body(read: Callable[[int], bytes], encoding: str, caps: Caps) -> bytes:
    """The whole body, decompressed; `encoding` is the Content-Encoding.

    A body that is a compressed *file* (`catalogue.ttl.gz`) is decompressed too. The first bytes decide, not the header:
    servers label as gzip what is not. Raises TruncatedBody when it ends too early, SourceRefused above a cap.
    """
    pieces = caps.wire(read)
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    for name in reversed(names):
        if name in ("identity", "aws-chunked"):
            continue
        if name not in ("gzip", "x-gzip", "deflate", "zstd"):
            raise SourceRefused(f"the answer is encoded as {name!r}, which was not asked for")
        head, pieces = _peek(pieces)
        if name == "deflate" and head:
            pieces = caps.decompressed(_inflate(pieces, raw=not _is_zlib(head)))
        else:
            pieces = _by_magic(head, pieces, caps)
    head, pieces = _peek(pieces)
    pieces = _by_magic(head, pieces, caps)
    # getvalue() hands the buffer over without copying it; joining a list would hold the body twice.
    whole = io.BytesIO()
    for piece in pieces:
        whole.write(piece)
    return whole.getvalue()


def _by_magic(head: bytes, pieces: Pieces, caps: Caps) -> Pieces:
    if head.startswith(_GZIP):
        return caps.decompressed(_inflate(pieces))
    if head.startswith(_ZSTD):
        return caps.decompressed(_unzstd(pieces))
    return pieces


def _peek(pieces: Pieces) -> tuple[bytes, Pieces]:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= 4:
            break
    return head, _again(head, pieces)


def _again(head: bytes, pieces: Pieces) -> Pieces:
    if head:
        yield head
    yield from pieces


def _is_zlib(head: bytes) -> bool:
    return len(head) >= 2 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0


def _inflate(pieces: Pieces, *, raw: bool = False) -> Pieces:
    """gzip (of any number of members, with any padding after them), zlib, or raw deflate."""
    window = -zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32
    decoder = zlib.decompressobj(window)
    for piece in pieces:
        rest = piece
        while rest:
            if decoder.eof:
                if not rest.startswith(_GZIP[: len(rest)]):
                    return  # padding: gzip ignores it as well
                decoder = zlib.decompressobj(window)
            out = _step(decoder, rest)
            while out:
                yield out
                # Everything may be consumed while more output waits inside.
                more = len(out) == PIECE and not decoder.unconsumed_tail and not decoder.eof
                out = _step(decoder, b"") if more else b""
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if not decoder.eof:
        raise TruncatedBody("the compressed body ends too early")


def _step(decoder: zlib._Decompress, data: bytes) -> bytes:
    try:
        return decoder.decompress(data, PIECE)
    except zlib.error as error:
        raise TruncatedBody(f"the compressed body is damaged: {error}") from error


def _unzstd(pieces: Pieces) -> Pieces:
    """zstd, of any number of frames. The decoder has no limit on output, so its input is: 128 KiB can hide in 4 bytes."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    decoder = decompressor.decompressobj()
    for piece in pieces:
        rest = piece
        while rest:
            if decoder.eof:
                decoder = decompressor.decompressobj()
            step, rest = rest[:_ZSTD_STEP], rest[_ZSTD_STEP:]
            try:
                out = decoder.decompress(step)
            except zstandard.ZstdError as error:
                raise TruncatedBody(f"the compressed body is damaged: {error}") from error
            if out:
                yield out
            if decoder.eof:
                rest = decoder.unused_data + rest
    if not decoder.eof:
        raise TruncatedBody("the compressed body ends too early")
