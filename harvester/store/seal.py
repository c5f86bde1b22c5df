"""What validators are made of besides the data: a secret of this installation, and since when answers look as they do.

ETags are made with the secret, which no answer shows. Without it, whoever knows what an ETag is made of could find the number of the last change in it by trying, and from that
how often something happened that was not for them.
"""

from __future__ import annotations

import secrets

import structlog

from harvester.store.engine import Store, now
from harvester.store.entries import note, noted

_KEY = "seal"
_SHOWN = "shown-{}"


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


def shown_since(store: Store, audience: str, look: str) -> str:
    """Since when answers look as they do to an audience (`look`: a hash of it), whichever process makes them.

    Restarts, and changes of the configuration that an audience cannot see, are no news to it. What a configuration
    that comes back makes is news again: dates never go backwards.
    """
    key = _SHOWN.format(audience)
    with store.read() as connection:
        kept = noted(connection, key)
    if kept is None or kept.partition(" ")[0] != look:
        kept = f"{look} {now()}"
        try:
            with store.write() as connection:
                note(connection, key, kept)
        except Exception as error:
            structlog.get_logger().warning("look_not_kept", error=repr(error))
    return kept.partition(" ")[2]
