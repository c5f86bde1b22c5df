"""A directory as a web server lists it → its files and sub-directories.

Apache, nginx, lighttpd, IIS, Python's `http.server` and Caddy each write HTML of their own; a web-accessible folder (WAF) of
metadata is most often one of these. What is a listing is told by the servers' own marks, never by links alone: an ordinary
page has those as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from lxml import html
from lxml.etree import LxmlError

from harvester.model import Problem
from harvester.parse.encoding import repaired_utf8, to_utf8
from harvester.parse.syntaxes import looks_html

MOST_BYTES = 20_000_000
"""Of a listing: some 100,000 files."""

_TITLE = re.compile(
    r"^\s*(?:index of|directory listing (?:for|of)|index de|répertoire)\s*:?\s*/?", re.I
)
_HEADER = re.compile(
    r"last[\s-]?modified|dernière modification|^\s*modified\s*$|^\s*date\s*$", re.I
)
_IIS_PARENT = re.compile(r"\[\s*(?:to parent directory|vers le répertoire parent|au répertoire parent)\s*\]", re.I)  # fmt: skip
_IIS_LINE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s+\d{1,2}:\d{2}(?:\s*[AP]M)?\s+(?:<dir>|[\d,.\s]+)", re.I)  # fmt: skip
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>\s*")
_PLAIN = "/:@!$&'()*+,;=~"
_SLASH = re.compile("%2F", re.I)
_SORTED = re.compile(r"^\?(?:C=[NMSD](?:[;&]|&amp;)O=[AD]|sort=\w+(?:&|;)order=(?:asc|desc))")


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands in a listing: an absolute URL directly below it; that of a directory ends with `/`."""

    url: str

    @property
    def is_directory(self) -> bool:
        """Whether it may be listed itself."""
        return self.url.endswith("/")

    @property
    def suffix(self) -> str:
        """`.ttl` of `…/catalogue.ttl.gz`."""
        name = unquote(urlsplit(self.url).path).rpartition("/")[2].lower().removesuffix(".gz")
        return "." + name.rpartition(".")[2] if "." in name.lstrip(".") else ""


def listing(content: bytes, url: str, charset: str = "") -> tuple[Listed, ...] | None:
    """What a listing at `url` holds, in its order, each once; None for a page that is none.

    Only what stands directly below counts: no parent, no other host, no query, no hidden file.
    """
    if content[:1] in b"@{[" or len(content) > MOST_BYTES:
        return None
    declared = _DECLARATION.match(content[:200])  # lighttpd's was XHTML once
    if not looks_html(content[declared.end() : 8192] if declared else content):
        return None
    plain = repaired_utf8(to_utf8(content, charset, False, _quiet), _quiet)
    try:
        tree = html.fromstring(plain, parser=html.HTMLParser(encoding="utf-8"))
    except (LxmlError, ValueError, AssertionError):
        return None
    if not _is_listing(tree):
        return None
    return tuple(dict.fromkeys(_below(tree, url)))


def _quiet(_: Problem) -> None:
    """A listing's encoding is nobody's concern."""


def _is_listing(tree: html.HtmlElement) -> bool:
    links = [str(each) for each in tree.xpath("//a/@href")]
    if any(_SORTED.match(link) for link in links):
        return True
    titled = any(_TITLE.match(text) for text in _texts(tree, "//title|//h1"))
    text = ""
    if not titled:
        text = tree.text_content()[:20_000]
        return bool(_IIS_PARENT.search(text)) or len(_IIS_LINE.findall(text)) > 1
    # A title alone may be a page about an index: the server's layout must be there too.
    laid_out = tree.xpath("//pre//a|//ul/li/a") or any(
        _HEADER.search(each) for each in _texts(tree, "//th|//td|//pre")
    )
    return bool(laid_out)


def _texts(tree: html.HtmlElement, path: str) -> Iterator[str]:
    for element in tree.xpath(path)[:200]:
        yield element.text_content()[:500]


def _below(tree: html.HtmlElement, url: str) -> Iterator[Listed]:
    at = urlsplit(url)
    folder = _written(at.path[: at.path.rfind("/") + 1] or "/")
    for link in tree.xpath("//a/@href"):
        written = str(link).strip()
        if not written or written.startswith(("?", "#")) or len(written) > 2000:
            continue
        try:
            parts = urlsplit(urljoin(url, written))
        except ValueError:
            continue
        path = _written(parts.path)
        # IIS does not tell letters' case apart.
        below = path[: len(folder)].casefold() == folder.casefold()
        if (parts.scheme, parts.netloc.lower()) != (at.scheme, at.netloc.lower()) or not below:
            continue
        name, slash, deeper = path[len(folder) :].partition("/")
        plain = unquote(name)
        if not name or parts.query or deeper or plain[0] == "." or "/" in plain or "\\" in plain:
            continue
        yield Listed(urlunsplit((at.scheme, at.netloc, folder + name + slash, "", "")))


def _written(path: str) -> str:
    """A path with the same characters escaped however it was written; a slash inside a name stays escaped."""
    return "%2F".join(
        quote(unquote(part, errors="surrogateescape"), _PLAIN, errors="surrogateescape")
        for part in _SLASH.split(path)
    )
