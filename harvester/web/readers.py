"""Who asks, and whose projection the answer is made of: the public's, or that of a catalogue's agents.

An endpoint never decides that: it is given the desk of the audience, with readings and caches of its own. A token that
is wrong, expired or withdrawn is refused (RFC 6750, § 3.1) rather than answered with what the public sees: who sent one
wants to know. Answers say that they depend on it, and those for agents that nobody may share them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import HarvesterError
from harvester.store import Store, now, tokens
from harvester.store.audience import Audience
from harvester.store.tokens import Token
from harvester.web.reading import Unavailable

REALM = "agents"
_LONGEST = 512

Sessions = Callable[[Request], frozenset[str]]
"""The views that the session of a request opens; "" is the whole territory."""


def nobody(_: Request) -> frozenset[str]:
    """Without a provider of identities, nobody has a session."""
    return frozenset()


class Keys(Protocol):
    """Who knows tokens."""

    def known(self, written: str) -> Token | None:
        """The token of these characters, in whatever state."""
        ...

    def used(self, token: Token) -> None:
        """Note that it opened something."""
        ...


@dataclass(frozen=True, slots=True)
class stored_keys:  # noqa: N801 - used as a function: Store → Keys
    """The store's tokens, asked at every request: one that was revoked a moment ago opens nothing."""

    store: Store

    def known(self, written: str) -> Token | None:
        """See `Keys`."""
        try:
            with self.store.read() as connection:
                return tokens.known(connection, written)
        except HarvesterError:
            raise
        except Exception as error:
            raise Unavailable("the store does not answer", cause=repr(error)) from error

    def used(self, token: Token) -> None:
        """See `Keys`. Nobody's answer depends on it."""
        try:
            with self.store.write() as connection:
                tokens.touch(connection, token.id)
        except Exception as error:
            structlog.get_logger().warning("token_use_not_noted", id=token.id, error=repr(error))


@dataclass(frozen=True, slots=True)
class stored_curators:  # noqa: N801 - used as a function: Store → Curators
    """The store's curators (see `harvester.web.curators`): whose token opens the pages of review."""

    store: Store

    def known(self, written: str) -> str | None:
        """Whose token it is; None where it opens something else, or nothing any more."""
        keys = stored_keys(self.store)
        token = keys.known(written)
        if token is None or token.opens != "review" or token.state(now()) != "valid":
            return None
        if tokens.is_stale(token):
            keys.used(token)
        return token.label

    def any(self) -> bool:
        """Whether there are any: else there are no such pages."""
        try:
            with self.store.read() as connection:
                return tokens.any_reviews(connection)
        except HarvesterError:
            raise
        except Exception as error:
            raise Unavailable("the store does not answer", cause=repr(error)) from error


class no_keys:  # noqa: N801 - beside `stored_keys`
    """Where there is no store, no token is known."""

    def known(self, written: str) -> Token | None:  # noqa: ARG002
        """Return None."""
        return None

    def used(self, token: Token) -> None:
        """Never called."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for one view."""

    audience: Audience = "public"
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What readers are known by."""

    keys: Keys
    sessions: Sessions = nobody

    def reader(self, request: Request, view: str) -> Reader:
        """Who asks; raises 401 for a token that opens nothing, 403 for one that opens other views."""
        written = _bearer(request)
        if written is None:
            opened = self.sessions(request)
            return Reader("agents" if view in opened or "" in opened else "public")
        token = self.keys.known(written) if len(written) <= _LONGEST else None
        if token is not None and token.opens != "catalogue":
            token = None
        state = token.state(now()) if token else "unknown"
        if token is None or state != "valid":
            _refused(view, token, state)
            raise HTTPException(401, _TOLD[state], _challenge("invalid_token"))
        if token.view not in ("", view):
            _refused(view, token, "elsewhere")
            raise HTTPException(403, _TOLD["elsewhere"], _challenge("insufficient_scope"))
        return Reader("agents", token)

    def mark(self, reader: Reader, response: Response) -> Response:
        """Let the answer say who may keep it, and on what it depends."""
        depends = "Authorization" if self.sessions is nobody else "Authorization, Cookie"
        before = response.headers.get("Vary")
        response.headers["Vary"] = f"{before}, {depends}" if before else depends
        if reader.audience == "agents":
            response.headers["Cache-Control"] = "private, no-cache"
        if reader.token is not None and tokens.is_stale(reader.token):
            response.background = BackgroundTask(self.keys.used, reader.token)
        return response


_TOLD = {
    "unknown": "Ce jeton n’est pas connu ici. Demandez-en un à l’administrateur du catalogue.",
    "expired": "Ce jeton a expiré. Demandez-en un autre à l’administrateur du catalogue.",
    "revoked": "Ce jeton a été retiré. Demandez-en un autre à l’administrateur du catalogue.",
    "elsewhere": "Ce jeton n’ouvre pas ce catalogue : il a été donné pour un autre.",
}


def has_credentials(headers: dict[bytes, bytes], cookies: tuple[bytes, ...]) -> bool:
    """Whether a request says who asks: its answer is for no other site's scripts."""
    sent = headers.get(b"cookie", b"")
    return b"authorization" in headers or any(name + b"=" in sent for name in cookies)


def _bearer(request: Request) -> str | None:
    """The token; None where none is sent. Other schemes are those of a proxy before us."""
    scheme, _, written = request.headers.get("authorization", "").strip().partition(" ")
    return written.strip() if scheme.lower() == "bearer" else None


def _challenge(error: str) -> dict[str, str]:
    return {"WWW-Authenticate": f'Bearer realm="{REALM}", error="{error}"'}


def _refused(view: str, token: Token | None, reason: str) -> None:
    structlog.get_logger().info(
        "token_refused", view=view, id=token.id if token else None, reason=reason
    )
