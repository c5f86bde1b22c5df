"""Who may judge: whoever shows a curator's token, by header or by the cookie that signing in sets.

The pages that ask this show restricted records. To anybody else they do not exist: no answer tells whether a pair does.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "harvester_revue"
HOURS = 12
_LONGEST = 512


class Curators(Protocol):
    """Who knows curators' tokens."""

    def known(self, written: str) -> str | None:
        """Whose token it is; None where it is no curator's, or not any more."""
        ...

    def any(self) -> bool:
        """Whether there are any: else there are no such pages."""
        ...


@dataclass(frozen=True, slots=True)
class Curator:
    """Somebody who may judge. `label` is what decisions are attributed to, `form` what their forms must send back."""

    label: str
    form: str


def curator(request: Request, curators: Curators) -> Curator | None:
    """Who asks. The cookie is the token itself: one that is revoked opens nothing from that moment on."""
    scheme, _, written = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        written = request.cookies.get(COOKIE, "")
    return introduced(written.strip(), curators)


def introduced(written: str, curators: Curators) -> Curator | None:
    """Whose token this is."""
    label = curators.known(written) if 0 < len(written) <= _LONGEST else None
    if label is None:
        return None
    return Curator(label, hmac.new(written.encode(), b"form", sha256).hexdigest()[:32])


def may_send(request: Request, curator: Curator, form: str) -> bool:
    """Whether a form was sent from a page that we showed to this person."""
    return is_ours(request) and hmac.compare_digest(curator.form, form)


def is_ours(request: Request) -> bool:
    """Whether a browser says that the request comes from another site; other programs say nothing."""
    return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def sign_in(response: Response, written: str, path: str, *, secure: bool) -> None:
    """Let the browser show the token from now on, to these pages alone, and to no script."""
    response.set_cookie(
        COOKIE,
        written,
        max_age=HOURS * 3600,
        path=path,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def sign_out(response: Response, path: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
