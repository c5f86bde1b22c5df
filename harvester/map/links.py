"""IRIs and links of the wild: mended where that is certain, refused where it is not."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from harvester.map.values import Unclean
from harvester.model import IRI_PATTERN

_IRI = re.compile(IRI_PATTERN)
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:")
_HOST = re.compile(
    r"^(?:www\.|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:fr|com|org|net|eu|io|gouv\.fr)(?:[/?#]|$))",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\x00-\x08]")
_LOCAL = re.compile(
    r"^[a-z]+://(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])(?:[:/?#]|$)",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"^[a-z]+://(?:[^/@]*@)?(?:10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|169\.254\.\d+\.\d+"
    r"|[^./:]+|[^/:]+\.(?:local|lan|intra|intranet|internal|corp|rie\.gouv\.fr))(?::\d+)?(?:[/?#]|$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r'^((?:https?|ftps?|sftp)://[^\x00-\x20<>"{}|\\^`/?#]+)(?:[/?#][^\x00-\x20<>"{}|\\^`]*)?\Z',
    re.IGNORECASE,
)


def iri(text: str) -> str:
    """An absolute IRI that RFC 3987 allows; spaces and forbidden characters are percent-encoded.

    Raises Unclean for relative references and for `file:` (another machine's paths name nothing here).
    """
    if _IRI.fullmatch(text):
        if text[:5].lower() == "file:":
            raise Unclean("link-not-public", "a path of somebody's machine")
        return text
    mended = _FORBIDDEN.sub(lambda m: quote(m[0]), _INVISIBLE.sub("", text.strip()))
    if mended.startswith("//"):
        mended = f"https:{mended}"
    elif not _SCHEME.match(mended) and _HOST.match(mended):
        mended = f"https://{mended}"
    if not _IRI.fullmatch(mended):
        raise Unclean("iri-invalid", "not an absolute IRI")
    return iri(mended)


def link(text: str) -> str:
    """An address that can be opened: http, https or ftp, not on the source's own machine. Raises Unclean."""
    match = _ADDRESS.match(text)
    found = text if match else iri(text)
    match = match or _ADDRESS.match(found)
    if match is None:
        raise Unclean("iri-invalid", "not an address that can be opened (http, https, ftp)")
    if _reach(match[1]) == "local":
        raise Unclean("link-not-public", "an address of the source's own machine")
    return found


@lru_cache(maxsize=4_096)
def _reach(origin: str) -> str:
    """Who can open what begins with this scheme and host: `local`, `private` or `public`."""
    if _LOCAL.match(origin):
        return "local"
    return "private" if _PRIVATE.match(origin) else "public"


def is_private(url: str) -> bool:
    """Whether an address seems to be of a private network: kept, but told."""
    match = _ADDRESS.match(url)
    return match is not None and _reach(match[1]) == "private"


def is_public(url: str) -> bool:
    """Whether `url` is, as it stands, an address that anybody can open."""
    match = _ADDRESS.match(url)
    return match is not None and _reach(match[1]) == "public"
