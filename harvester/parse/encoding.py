"""Bytes of a page → UTF-8 bytes without byte order mark and NUL, as the RDF parsers want them.

Turtle, N-Triples and JSON are UTF-8 by their standards whatever a server says; XML is what its declaration says
(XML 1.0, appendix F), then what the server says. Bytes that are not UTF-8 all the same are read as Windows-1252,
one by one, so that a page of mixed encodings loses nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from harvester.model import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]*?(\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._\-]*)["'])"""
)
_UTF8 = frozenset({"utf-8", "ascii"})


def to_utf8(content: bytes, charset: str, xml: bool, note: Callable[[Problem], None]) -> bytes:
    """`content` as UTF-8; an XML declaration says so too, for the parser refuses any other encoding.

    Valid UTF-8 is not verified here: that would cost a pass over every page.
    """
    encoding = _encoding(content, charset, xml)
    if content.startswith(codecs.BOM_UTF8):
        content = content[3:]
    if encoding not in _UTF8:
        content = content.decode(encoding, "replace").lstrip("\ufeff").encode()
    declared = _DECLARED.match(content[:400]) if xml else None
    if declared and declared[2].lower() != b"utf-8":
        content = content[: declared.start(1)] + content[declared.end(1) :]
    if b"\0" in content:
        note(Problem("nul-removed", "The page holds NUL characters; they were removed."))
        content = content.replace(b"\0", b"")
    return content


def repaired_utf8(content: bytes, note: Callable[[Problem], None]) -> bytes:
    """`content` with every byte that is not UTF-8 read as Windows-1252; unchanged when all of it is UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note(
            Problem(
                "charset-wrong",
                "The page is not in the encoding it announces (UTF-8); the odd bytes were read as Windows-1252.",
                path=f"line {line}",
                value=content[max(0, error.start - 40) : error.start + 40].decode(
                    "cp1252", "replace"
                ),
            )
        )
        odd = {
            0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
        }
        return content.decode("utf-8", "surrogateescape").translate(odd).encode()
    return content


def _encoding(content: bytes, charset: str, xml: bool) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    if content[:2] == b"<\0" or (content[:1] in b"{[@" and content[1:2] == b"\0"):
        return "utf-16-le"
    if content[:2] == b"\0<":
        return "utf-16-be"
    if not xml:
        return "utf-8"
    declared = _DECLARED.match(content[:400])
    for name in (declared[2].decode() if declared else "", charset):
        if name:
            try:
                known = codecs.lookup(name).name
                b"<\xff".decode(known, "replace")  # `idna` cannot
            except (LookupError, ValueError):
                continue
            # A declaration that could be read byte by byte cannot be of a two-byte encoding.
            if not known.startswith(("utf-16", "utf-32")):
                return "cp1252" if known == "iso8859-1" else known
    return "utf-8"
