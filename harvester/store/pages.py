"""What is remembered of a source's pages, so that an unchanged one stops early."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from harvester.store import bulk
from harvester.store import tables as t


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Validators of a page, what it led to (plain values, the caller's own form), and its records."""

    url: str
    etag: str | None
    last_modified: str | None
    body_hash: bytes
    follow: list[dict[str, Any]]
    total: int | None
    listing: str
    records: array[int]


def load(connection: Connection, source: str) -> dict[str, StoredPage]:
    """All pages of the source's last run, by URL."""
    return {
        row.url: StoredPage(
            row.url,
            row.etag,
            row.last_modified,
            row.body_hash or b"",
            orjson.loads(row.follow),
            row.total,
            row.listing,
            array("q", row.records),
        )
        for row in connection.execute(select(t.page).where(t.page.c.source == source))
    }


def replace(
    connection: Connection, source: str, pages: Iterable[StoredPage], *, keep: bool
) -> None:
    """Remember these pages; forget the others unless `keep`."""
    pages = list(pages)
    doomed = delete(t.page).where(t.page.c.source == source)
    if keep:
        doomed = doomed.where(t.page.c.url.in_([page.url for page in pages]))
    connection.execute(doomed)
    bulk.insert(
        connection,
        t.page,
        (
            "source",
            "url",
            "etag",
            "last_modified",
            "body_hash",
            "follow",
            "total",
            "listing",
            "records",
        ),
        [
            (
                source,
                p.url,
                p.etag,
                p.last_modified,
                p.body_hash,
                orjson.dumps(p.follow).decode(),
                p.total,
                p.listing,
                p.records.tobytes(),
            )
            for p in pages
        ],
    )
