"""What asking brings: the answer, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """One whole answer. 304 has no content; `url` is where it came from in the end (the base URI).

    `content` is decompressed, `media_type` in lower case without parameters ("" where it only says "compressed"), `charset` a
    Python codec or "". `body_hash` is blake2b-16 of the content; `received` the bytes on the wire.
    """

    url: str
    status: int
    content: bytes = field(repr=False)
    media_type: str
    charset: str
    etag: str | None
    last_modified: str | None
    body_hash: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt, for metrics: `status` is 0 when no whole answer came. Seconds exclude waiting for one's turn."""

    status: int
    received: int
    seconds: float
