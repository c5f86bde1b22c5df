"""The narrow door to what is published: everything the web asks of the store, for one audience.

`stored` opens a snapshot per question. Whatever fails behind the door is `Unavailable`: an answer of 503, or,
where an answer is already on its way, a connection that breaks off. Nothing here can show a partial catalogue
as a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from harvester.errors import HarvesterError
from harvester.store import Connection, Store, catalogue, slices
from harvester.store.audience import Audience
from harvester.store.catalogue import Difference, Gone, Moved, Row, ViewState
from harvester.store.slices import StoredSlice


class Unavailable(HarvesterError):
    """The store does not answer now (HTTP 503)."""


class Changed(HarvesterError):
    """The view changed between two questions about the same state of it."""


class Reading(Protocol):
    """What the web asks. `view` is a city's slug, "" for the whole territory."""

    def state(self, view: str) -> ViewState:
        """The last change the view saw, and how many entries it has."""
        ...

    def fragments(
        self,
        view: str,
        seq: int,
        format: str,  # noqa: A002 - the store's word for it
        offset: int,
        limit: int,
        render: Callable[[Row], bytes],
    ) -> list[bytes]:
        """Entries `offset` to `offset + limit`, rendered; raises Changed where the view is not at `seq`."""
        ...

    def rows(self, view: str) -> Iterator[Row]:
        """Every entry of the view."""
        ...

    def page(
        self, view: str, words: tuple[str, ...], level: str, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """(how many entries have all the words and are of the level, one page of them); no level: of any."""
        ...

    def levels(self, view: str) -> dict[str, int]:
        """Level of the territory through which the view sees them → how many entries."""
        ...

    def entry(self, view: str, key: str) -> Row | Gone | Moved | None:
        """One entry by its id, as it is shown in a view; the public sees every entry in every view."""
        ...

    def merged(self, row: Row) -> list[str]:
        """Ids that now answer with this entry."""
        ...

    def differences(self, row: Row) -> list[Difference]:
        """What sources of the entry say otherwise than it, of those it was made of."""
        ...

    def slice(self, key: str) -> StoredSlice | None:
        """What is known of a slice by its id, whoever may see it: ask for its entry, too."""
        ...


class stored:  # noqa: N801 - used as a function: Store → Reading
    """The store as the web reads it for one audience. Nothing else here names one."""

    def __init__(self, store: Store, audience: Audience = "public") -> None:
        self._store = store
        self._audience: Audience = audience

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        try:
            with self._store.read() as connection:
                yield connection
        except HarvesterError:
            raise
        except Exception as error:
            raise Unavailable("the store does not answer", cause=repr(error)) from error

    def state(self, view: str) -> ViewState:
        """See `Reading`."""
        with self._snapshot() as connection:
            return catalogue.state(connection, view, self._audience)

    def fragments(
        self,
        view: str,
        seq: int,
        format: str,  # noqa: A002
        offset: int,
        limit: int,
        render: Callable[[Row], bytes],
    ) -> list[bytes]:
        """See `Reading`. What had to be rendered is kept for the next reader."""
        made: list[tuple[str, str, str, int, bytes]] = []
        with self._snapshot() as connection:
            if catalogue.state(connection, view, self._audience).seq != seq:
                raise Changed(f"view {view!r} is no longer at {seq}")
            found = list(
                catalogue.fragments(
                    connection,
                    view,
                    self._audience,
                    format,
                    offset,
                    limit,
                    render,
                    made.extend,
                )
            )
        if made:
            self._keep(made)
        return found

    def _keep(self, made: list[tuple[str, str, str, int, bytes]]) -> None:
        """A replica that may not write still answers: it renders again next time."""
        try:
            with self._store.write() as connection:
                catalogue.keep_fragments(connection, made)
        except Exception as error:
            structlog.get_logger().warning("fragments_not_kept", count=len(made), error=repr(error))

    def rows(self, view: str) -> Iterator[Row]:
        """See `Reading`."""
        with self._snapshot() as connection:
            yield from catalogue.rows(connection, view, self._audience)

    def page(
        self, view: str, words: tuple[str, ...], level: str, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """See `Reading`."""
        with self._snapshot() as connection:
            found = catalogue.page(
                connection,
                view,
                self._audience,
                offset,
                limit,
                words=words,
                level=level,
                order="nearest",
            )
            return catalogue.count(connection, view, self._audience, words, level), found

    def levels(self, view: str) -> dict[str, int]:
        """See `Reading`."""
        with self._snapshot() as connection:
            return catalogue.levels(connection, view, self._audience)

    def entry(self, view: str, key: str) -> Row | Gone | Moved | None:
        """See `Reading`."""
        with self._snapshot() as connection:
            return catalogue.entry(connection, key, self._audience, view)

    def merged(self, row: Row) -> list[str]:
        """See `Reading`. Agents who are shown what the public is, are told of its ids what the public is."""
        audience: Audience = "public" if row.audience == "public" else self._audience
        with self._snapshot() as connection:
            return catalogue.merged_into(connection, row.id, audience)

    def differences(self, row: Row) -> list[Difference]:
        """See `Reading`."""
        with self._snapshot() as connection:
            return catalogue.differences(connection, row.id, row.audience)

    def slice(self, key: str) -> StoredSlice | None:
        """See `Reading`."""
        with self._snapshot() as connection:
            found = [row for row in slices.named(connection, key) if row.id == key]
            return found[0] if found else None
