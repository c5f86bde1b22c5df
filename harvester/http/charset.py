"""Which characters the bytes are: by the format's own rules first, by what the header says last."""

from __future__ import annotations

import codecs
import re

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_UTF8_TYPES = frozenset(
    (
        "text/turtle",
        "application/x-turtle",
        "text/n3",
        "text/rdf+n3",
        "application/n-triples",
        "application/n-quads",
        "text/x-nquads",
        "application/trig",
        "application/x-trig",
        "application/json",
        "application/ld+json",
        "text/json",
        "application/x-ndjson",
    )
)
_UTF8_SUFFIXES = (
    ".ttl",
    ".n3",
    ".nt",
    ".nq",
    ".trig",
    ".json",
    ".jsonld",
    ".geojson",
    ".ndjson",
    ".jsonl",
)


def content_type(header: str) -> tuple[str, str]:
    """The media type in lower case without parameters, and the charset it names (or "")."""
    media_type, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip().strip("\"'").lower()
    return media_type.strip().lower(), ""


def charset(media_type: str, stated: str, path: str, content: bytes) -> str:
    """The Python codec to decode `content` with, or "" where nobody knows.

    A byte-order mark wins. Turtle, N-Triples, TriG and JSON *are* UTF-8 (RFC 8259; Turtle §6): a header that says
    otherwise is a server's default and is believed only when the bytes are not valid UTF-8. XML is what its declaration
    says (then the header, then UTF-8). Anything else is what the header says: HTTP's old default of Latin-1 is not assumed.
    """
    for mark, codec in _BOMS:
        if content.startswith(mark):
            return codec
    for start, codec in _WIDE:
        if content.startswith(start):
            return codec
    stated = _known(stated)
    suffix = path.lower().removesuffix(".gz")
    if media_type in _UTF8_TYPES or media_type.endswith("+json") or suffix.endswith(_UTF8_SUFFIXES):
        return stated if stated and stated != "utf-8" and not _is_utf8(content) else "utf-8"
    declared = _DECLARED.match(content[:512])
    if declared and (codec := _known(declared.group(1).decode("ascii"))):
        # UTF-16 is settled above: a declaration we could read as bytes is not written in it.
        return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec
    if media_type.endswith(("/xml", "+xml")) or content.lstrip()[:5] == b"<?xml":
        return stated or "utf-8"
    return stated


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):  # a NUL in the name is the latter
        return ""


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
