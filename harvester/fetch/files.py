"""Files and directories as pages: a `file:` URL is asked for like any other, and never from afar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harvester.config import HttpSettings
from harvester.errors import SourceFailed, SourceRefused
from harvester.http import Response
from harvester.http.body import Caps, TruncatedBody, read_body
from harvester.parse.page import Request

SUFFIXES = frozenset(
    {".csv", ".json", ".jsonld", ".n3", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl", ".xml"}
)
"""Files of a directory that are read, `.gz` after them or not; others are passed over."""


RDF = SUFFIXES - {".csv"}
"""Those that may hold RDF."""


def path_of(url: str) -> Path:
    """The path of a `file:` URL; raises SourceRefused for one that names a host."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise SourceRefused(f"not a local file: {url}", code="file-refused")
    return Path(unquote(parts.path))


def expand(request: Request) -> Iterator[Request]:
    """The request itself, or one request per readable file of the directory, sorted by name.

    Raises SourceRefused when there is nothing there: an empty directory is more likely a wrong path or a
    disk that is not mounted than a catalogue without datasets.
    """
    path = path_of(request.url)
    if not path.is_dir():
        yield request
        return
    files = [
        item
        for item in sorted(path.iterdir())
        if item.is_file() and not item.name.startswith(".") and _suffix(item) in SUFFIXES
    ]
    if not files:
        raise SourceRefused(
            f"the directory holds no file of a known kind: {path}", code="file-missing"
        )
    for item in files:
        yield replace(request, url=item.absolute().as_uri())


def read(url: str) -> Response:
    """Read one file, decompressed, within the default caps of answers; raises SourceRefused or SourceFailed."""
    path = path_of(url)
    limits = HttpSettings()
    caps = Caps(limits.max_bytes, limits.max_decompressed_bytes, limits.max_ratio)
    try:
        with path.open("rb") as file:
            content = read_body(file.read, "", caps)
    except TruncatedBody as error:
        raise SourceFailed(f"{path}: {error}", code="file-damaged") from None
    except OSError as error:
        raise SourceRefused(f"cannot read {path}: {error.strerror}", code="file-missing") from None
    return Response(
        url=url.removesuffix(".gz"),
        status=200,
        content=content,
        media_type="",
        charset="",
        etag=None,
        last_modified=None,
        body_hash=blake2b(content, digest_size=16).digest(),
        received=caps.received,
    )


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix
