"""A secret of this installation, which no answer shows: ETags are made with it.

Without it, whoever knows what an ETag is made of could find the number of the last change in it by trying, and from that
how often something happened that was not for them.
"""

from __future__ import annotations

import secrets

import structlog

from harvester.store.engine import Store
from harvester.store.entries import note, noted

_KEY = "seal"


def seal(store: Store) -> bytes:
    """The same for every process on this database; made by the first one that asks.

    A process that may only read, before anybody wrote one, has its own.
    """
    with store.read() as connection:
        kept = noted(connection, _KEY)
    if kept is None:
        try:
            kept = _made(store)
        except Exception as error:
            structlog.get_logger().warning("seal_not_kept", error=repr(error))
            kept = secrets.token_hex(16)
    return bytes.fromhex(kept)


def _made(store: Store) -> str:
    with store.write() as connection:
        kept = noted(connection, _KEY)  # another process may have been faster
        if kept is None:
            kept = secrets.token_hex(16)
            note(connection, _KEY, kept)
        return kept
