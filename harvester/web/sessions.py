"""Who has signed in, kept in a signed cookie: which groups the provider named, and until when.

Which catalogues a group opens is looked up at every request, so that a change of the configuration counts at once. The key
follows from the client's secret: every process has it, the database does not, and a new secret ends all sessions.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response

from harvester.config import Oidc
from harvester.config.faces import WHOLE

SESSION, LOGIN = "harvester_session", "harvester_login"
LOGIN_SECONDS = 600
"""How long somebody may take to sign in at the provider's."""
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Cookies of one installation. `secure` where it is reached by https."""

    oidc: Oidc
    secure: bool

    def views(self, request: Request) -> frozenset[str]:
        """The views that a request's session opens; none without one, or with one that is over or not ours."""
        kept = self.read(request, SESSION)
        groups = kept.get("groups", ()) if kept else ()
        return frozenset(
            "" if slug == WHOLE else slug
            for group, slug in self.oidc.views.items()
            if group in groups
        )

    def sign_in(self, response: Response, path: str, groups: list[str]) -> None:
        """Begin a session."""
        seconds = int(self.oidc.hours * 3600)
        self.write(response, SESSION, path, {"groups": groups}, seconds)

    def sign_out(self, response: Response, path: str) -> None:
        """End it."""
        self._delete(response, SESSION, path)

    def write(
        self, response: Response, name: str, path: str, values: Mapping[str, Any], seconds: int
    ) -> None:
        """Keep values in a cookie that scripts cannot read and other sites' requests do not carry."""
        claims = {**values, "exp": int(time.time()) + seconds}
        response.set_cookie(
            name,
            jwt.encode({"alg": _ALGORITHM}, claims, self._key(name)),
            max_age=seconds,
            path=path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def read(self, request: Request, name: str) -> dict[str, Any] | None:
        """What a cookie keeps; None where it is missing, over, or not ours."""
        written = request.cookies.get(name, "")
        if not written:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(written, self._key(name), [_ALGORITHM]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except (JoseError, ValueError):
            return None
        return claims

    def drop_login(self, response: Response, path: str) -> None:
        """Nobody is signing in any more."""
        self._delete(response, LOGIN, path)

    def _delete(self, response: Response, name: str, path: str) -> None:
        response.delete_cookie(name, path, secure=self.secure, httponly=True, samesite="lax")

    def _key(self, name: str) -> OctKey:
        """One for each purpose: a cookie is nothing in another's place."""
        derived = hmac.digest(
            self.oidc.client_secret.encode(), f"harvester {name}".encode(), "sha256"
        )
        return OctKey.import_key(derived)
