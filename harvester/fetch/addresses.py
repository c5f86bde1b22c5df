"""Addresses as people write them in a source's file: where to begin, and where the portal stands.

No request of a connector bears the name and password of `https://name:password@host/`: the client has them from the source,
and sends them to that host only. What is made of an address is published.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from pydantic import StringConstraints

from harvester.errors import SourceRefused

Site = Annotated[str, StringConstraints(pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$")]
"""The option for a portal's public address, where it is not the one that is asked."""

_LANGUAGE = r"/(?:fr|en|es|de|it)"


def beginning(url: str) -> str:
    """What to ask for first: the address without name and password; of a path, that of the file or directory."""
    parts = urlsplit(url)
    if not parts.scheme:
        return Path(url).resolve().as_uri()
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def places(*names: str) -> re.Pattern[str]:
    """Where in the path of an address a portal's own pages begin; `names` are expressions for the first word of their paths."""
    return re.compile(rf"(?:{_LANGUAGE})?/(?:{'|'.join(names)})(?:/|$)|{_LANGUAGE}/?$")


def home(url: str, pages: re.Pattern[str], *, at_root: bool = False) -> str:
    """Where a portal stands, from the address of any of its `pages`; no slash at the end.

    `at_root`: this kind of portal has a host of its own, so that any other page of that host is the portal's too.
    Raises SourceRefused for what is not on the web.
    """
    parts = urlsplit(beginning(url))
    if parts.scheme not in ("http", "https"):
        raise SourceRefused(
            f"{url} is no portal's address: this kind of portal is asked over https. Check the source's url"
        )
    page = pages.search(parts.path)
    path = parts.path[: page.start()] if page else "" if at_root else parts.path
    return f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")
