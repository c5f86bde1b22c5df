"""URLs: whose they are, and which secrets may go there."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from harvester.errors import SourceRefused
from harvester.log import redact

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port: what two URLs must share to be given the same secrets."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) URL, ready to be asked for: `url` has no user name, password or fragment."""

    url: str
    origin: Origin
    uri: str
    userinfo: str | None = None

    @property
    def shown(self) -> str:
        """The URL as people and logs may see it."""
        return redact(self.url)


def address(url: str) -> Address:
    """Read an absolute URL; characters that a URL cannot hold (spaces, accents) are percent-encoded.

    Raises SourceRefused for anything that is not http(s) with a host.
    """
    try:
        parsed = parse_url(url.strip())
    except LocationParseError as error:
        raise SourceRefused(
            f"{redact(url)} is not a URL: {error}. Check the source's url."
        ) from error
    scheme = parsed.scheme or ""
    if scheme not in _PORTS or not parsed.host:
        raise SourceRefused(
            f"{redact(url)} cannot be asked for: only http: and https: with a host can. Check the source's url."
        )
    bare = Url(
        scheme=scheme, host=parsed.host, port=parsed.port, path=parsed.path, query=parsed.query
    )
    origin = (scheme, parsed.host.lower(), parsed.port or _PORTS[scheme])
    return Address(bare.url, origin, bare.request_uri, parsed.auth)


def follow(base: Address, location: str) -> Address:
    """Where a redirect leads; servers send bytes of UTF-8 there although headers are Latin-1."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return address(urljoin(base.url, location))
    except ValueError as error:
        raise SourceRefused(
            f"{base.shown} redirects to {redact(location)[:200]!r}, which is no address: {error}. Tell the portal"
        ) from error


def same_owner(home: Origin | None, other: Origin) -> bool:
    """Whether a secret meant for `home` may be sent to `other`: the same origin, or its own https."""
    if home is None:
        return False
    if home == other:
        return True
    return home == ("http", other[1], 80) and other == ("https", home[1], 443)


def basic(userinfo: str) -> str:
    """The Authorization header for `user:password` as it stands in a URL (RFC 7617, in UTF-8)."""
    user, _, password = userinfo.partition(":")
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
