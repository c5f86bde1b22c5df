"""Agents' and curators' tokens: shown once, kept as hashes, asked for at every request so that a revoked one opens nothing.

A token is `hvt_<id>_<secret>`. The id finds the row and is no secret; the secret has 256 random bits, so that a plain
SHA-256 of the token is as safe at rest as a slow one would be: there is nothing to guess.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from harvester.store import tables as t
from harvester.store.engine import now

Opens = Literal["catalogue", "review"]
PREFIX = "hvt"
FRESH = timedelta(minutes=5)
"""How exactly the last use is known: a row is not written anew for every request."""
_FORM = re.compile(r"hvt_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODY = b"\0" * 32
"""What an unknown token is compared with, so that it takes as long as a wrong one."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token, which is not the token.

    It opens the agents' catalogue of a view ("": the whole territory), or the pages of review. Instants are ISO.
    """

    id: str
    opens: Opens
    view: str
    label: str
    created: str
    expires: str | None
    revoked: str | None
    used: str | None

    def state(self, at: str) -> str:
        """`valid`, `expired` or `revoked` at an instant."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= at else "valid"


_KNOWN = [t.token.c[name] for name in Token.__dataclass_fields__]


def create(
    connection: Connection,
    view: str,
    label: str,
    expires: str | None = None,
    *,
    opens: Opens = "catalogue",
) -> tuple[Token, str]:
    """Make a token; the second value is the token itself, which nobody can find again."""
    key = secrets.token_hex(6)
    written = f"{PREFIX}_{key}_{secrets.token_urlsafe(32)}"
    made = Token(key, opens, view, label, now(), expires, None, None)
    connection.execute(
        insert(t.token).values(
            id=made.id,
            opens=opens,
            view=view,
            label=label,
            hash=_hash(written),
            created=made.created,
            expires=expires,
        )
    )
    return made, written


def known(connection: Connection, written: str) -> Token | None:
    """The token of these characters, in whatever state it is; None where there is none."""
    match = _FORM.fullmatch(written)
    row = None
    if match:
        row = connection.execute(
            select(t.token.c.hash, *_KNOWN).where(t.token.c.id == match["id"])
        ).one_or_none()
    kept = bytes(row.hash) if row is not None else _NOBODY
    same = hmac.compare_digest(kept, _hash(written))
    return Token(*row[1:]) if row is not None and same else None


def listed(connection: Connection, view: str | None = None) -> list[Token]:
    """All tokens, or those of one view, eldest first."""
    chosen = select(*_KNOWN).order_by(t.token.c.created, t.token.c.id)
    if view is not None:
        chosen = chosen.where(t.token.c.view == view)
    return [Token(*row) for row in connection.execute(chosen)]


def revoke(connection: Connection, key: str) -> Token | None:
    """Let a token open nothing from now on; None where there is none of this id."""
    connection.execute(
        update(t.token)
        .where(t.token.c.id == key, t.token.c.revoked.is_(None))
        .values(revoked=now())
    )
    row = connection.execute(select(*_KNOWN).where(t.token.c.id == key)).one_or_none()
    return Token(*row) if row is not None else None


def any_reviews(connection: Connection) -> bool:
    """Whether a token opens the pages of review now."""
    c = t.token.c
    return any(
        token.state(now()) == "valid"
        for token in (
            Token(*r) for r in connection.execute(select(*_KNOWN).where(c.opens == "review"))
        )
    )


def is_stale(token: Token) -> bool:
    """Whether its last use is worth writing down again."""
    if token.used is None:
        return True
    return datetime.fromisoformat(token.used) < datetime.now(UTC) - FRESH


def touch(connection: Connection, key: str) -> None:
    """Note that a token was used now."""
    connection.execute(update(t.token).where(t.token.c.id == key).values(used=now()))


def _hash(written: str) -> bytes:
    return sha256(written.encode("utf-8", "replace")).digest()
