"""Directories that a web server lists, as pages: their files, and what lies below them. Any kind of files may be in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from harvester.errors import SourceRefused
from harvester.model import Problem
from harvester.parse.listing import Listed, listing
from harvester.parse.page import Page, Request

DEEPEST = 8
"""Levels of directories below the source's own; who has more has a link that leads up again."""


def pages(
    page: Page, root: str, suffixes: Collection[str], accept: str = "*/*"
) -> Iterator[Request | Problem] | None:
    """What a listing leads to: the files with one of `suffixes` (`.gz` after it or not), and its directories.

    None for a page that is no listing. `root` is the source's URL, from which depth is counted. Raises SourceRefused
    (`file-missing`) where the source's own directory holds nothing to read. The dates that a listing shows are not used: each
    file is asked for with its own validators.
    """
    held = listing(page.content, page.url, page.charset)
    return None if held is None else _named(page, root, held, suffixes, accept)


def _named(
    page: Page, root: str, held: tuple[Listed, ...], suffixes: Collection[str], accept: str
) -> Iterator[Request | Problem]:
    chosen = [item for item in held if item.is_directory or item.suffix in suffixes]
    if not chosen and not page.request.listed:
        others = Counter(item.suffix or "without suffix" for item in held)
        there = ", ".join(f"{count} {suffix}" for suffix, count in others.most_common(5))
        raise SourceRefused(
            f"the directory holds no file of a known kind: {page.url} ({there or 'it is empty'})",
            code="file-missing",
        )
    deep = _depth(page.url) - _depth(root)
    for item in chosen:
        if item.is_directory and deep >= DEEPEST:
            yield Problem(
                "page-refused",
                f"The directory lies more than {DEEPEST} levels below the source's; it was not read.",
                value=item.url[:200],
            )
            continue
        yield Request(item.url, accept, listed=True)


def _depth(url: str) -> int:
    return urlsplit(url).path.count("/")
