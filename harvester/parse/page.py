"""What a connector asks for, what it is given, and what it makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from harvester.model import Problem, Record


@dataclass(frozen=True, slots=True)
class Request:
    """One page to ask for. `url` is absolute: `https:` or `file:`.

    `instead` is what to ask where the portal does not know this one (404, 400, 501 …): an older interface, say.
    `volatile` is a regular expression of what differs in every answer and means nothing (the moment it was given): pages
    that are equal without it are the same.
    `listed`: a directory names it, as one file among others; that two of these hold the same proves nothing.
    """

    url: str
    accept: str = "*/*"
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    instead: Request | None = None
    volatile: str = ""
    listed: bool = False

    @property
    def name(self) -> str:
        """What the page is remembered by: its URL, with a hash of the question where that is posted."""
        if not self.body:
            return self.url
        return f"{self.url}#{blake2b(self.body, digest_size=8).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, whole: `content` is decompressed; `url` is where it really came from (the base URI)."""

    request: Request
    url: str
    content: bytes = field(repr=False)
    media_type: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """How many records the source says it has, over all pages.

    `of` names the list that is counted where a source is walked through several (a portal's organisations). Every
    page of such a list says its total: that is how the walk knows which records the list has shown.
    """

    count: int
    of: str = ""


Found = Record | Request | Total | Problem
"""What reading a page yields: its records, further pages, the announced total, defects."""
