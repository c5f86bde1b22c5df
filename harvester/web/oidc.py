"""Signing in with a provider of identities: OpenID Connect's authorization code flow with PKCE, state and nonce.

Only this module and `sessions` need the extra `oidc`, and only a configuration that names a provider loads them. What is
asked of the provider goes through our own client (`harvester.http`): its guard, its sizes and its time-outs hold.

OpenID Connect Core 1.0, § 3.1; Discovery 1.0, § 4; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer).
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.config import Config, HttpSettings, Oidc
from harvester.errors import HarvesterError, SourceRefused
from harvester.http import Client
from harvester.http.address import basic
from harvester.web.identity import Face
from harvester.web.sessions import LOGIN, LOGIN_SECONDS, Cookies

BACK = "connexion/retour"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")  # fmt: skip
"""What only the provider can sign with; never our shared secret, never `none`."""
_FRESH = 3600.0
"""Seconds for which what the provider says of itself is believed."""
_LEEWAY = 60
_PLACE = re.compile(r"/[A-Za-z0-9._~/-]*(?:\?[A-Za-z0-9._~/%&=+-]*)?")
_FAILED = "La connexion n’a pas abouti. Recommencez ; si cela se répète, dites-le à l’administrateur du catalogue."


@dataclass(slots=True)
class _Known:
    """What the provider has told of itself, and when."""

    metadata: dict[str, Any] = field(default_factory=dict)
    keys: KeySet | None = None
    since: float = 0.0


class Provider:
    """The provider of the configuration, and how to sign in with it."""

    def __init__(self, config: Config, contact: str = "") -> None:
        self.oidc: Oidc = config.access.oidc
        self.cookies = Cookies(self.oidc, config.base_url.startswith("https:"))
        self._contact = contact or config.contact
        self._known = _Known()
        self._lock = threading.Lock()

    def start(self, request: Request, face: Face) -> Response:
        """Send somebody to the provider; where they came from, and what the answer must fit, goes with them."""
        login = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "verifier": secrets.token_urlsafe(48),
            "to": _place(request.query_params.get("vers", "/")),
        }
        there = prepare_grant_uri(
            self._told()["authorization_endpoint"],
            self.oidc.client_id,
            "code",
            redirect_uri=_back(face),
            scope=" ".join(self.oidc.scopes),
            state=login["state"],
            nonce=login["nonce"],
            code_challenge=create_s256_code_challenge(login["verifier"]),
            code_challenge_method="S256",
        )
        response = _redirect(there)
        self.cookies.write(response, LOGIN, _path(face), login, LOGIN_SECONDS)
        return response

    def back(self, request: Request, face: Face) -> Response:
        """Take the provider's answer: a session for those whom a group of theirs opens something."""
        login = self.cookies.read(request, LOGIN)
        asked = request.query_params
        if login is None or not hmac.compare_digest(
            asked.get("state", "").encode(), str(login.get("state", "")).encode()
        ):
            raise _failed("state", 400)
        if "error" in asked or "code" not in asked:
            raise _failed(asked.get("error", "no code")[:200], 403)
        if asked.get("iss", self.oidc.issuer) != self.oidc.issuer:
            raise _failed("issuer", 400)
        groups = self._groups(face, asked["code"], login)
        opened = [group for group in self.oidc.views if group in groups]
        structlog.get_logger().info("signed_in", groups=len(groups), opening=len(opened))
        if not opened:
            raise HTTPException(
                403,
                "Vous êtes reconnu, mais aucun catalogue ne vous est ouvert. Voyez l’administrateur.",
            )
        response = _redirect(face.url(str(login["to"]).lstrip("/")))
        self.cookies.sign_in(response, _path(face), opened)
        self.cookies.drop_login(response, _path(face))
        return response

    def leave(self, _request: Request, face: Face) -> Response:
        """End the session here; the provider's own stays."""
        response = _redirect(face.url())
        self.cookies.sign_out(response, _path(face))
        return response

    # --- what the provider is asked

    def _groups(self, face: Face, code: str, login: Mapping[str, Any]) -> list[str]:
        told = self._told()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _back(face),
            "code_verifier": login["verifier"],
        }
        headers = [("Content-Type", "application/x-www-form-urlencoded")]
        if "client_secret_basic" in told.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            user, password = (
                quote(self.oidc.client_id, safe=""),
                quote(self.oidc.client_secret, safe=""),
            )
            # RFC 6749, § 2.3.1: form-encoded first; `basic` undoes one encoding
            headers.append(("Authorization", basic(f"{quote(user)}:{quote(password)}")))
        else:
            form |= {"client_id": self.oidc.client_id, "client_secret": self.oidc.client_secret}
        granted = _json(self._ask(told["token_endpoint"], urlencode(form).encode(), headers))
        token, access = granted.get("id_token"), granted.get("access_token")
        if not isinstance(token, str):
            raise _failed("no id_token", 403)
        claims = self._claims(token, nonce=login["nonce"], access=access)
        found = _at(claims, self.oidc.claim)
        if not found and isinstance(access, str) and "userinfo_endpoint" in told:
            found = _at(self._userinfo(access, claims["sub"]), self.oidc.claim)
        return found

    def _claims(self, token: str, *, nonce: str, access: object) -> dict[str, Any]:
        """The claims of an ID token, signed by the provider, for us, now, for this sign-in (Core, § 3.1.3.7)."""
        read = self._signed(token)
        exact = {
            "iss": {"essential": True, "value": self.oidc.issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
        }
        params = {"nonce": nonce, "client_id": self.oidc.client_id, "access_token": access}
        claims = CodeIDToken(read.claims, read.header, exact, params)
        try:
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise _failed(f"id_token: {error}", 403) from error
        return dict(claims)

    def _signed(self, token: str) -> jwt.Token:
        """A token that the provider signed; its keys are asked for once more where it has new ones."""
        for again in (False, True):
            try:
                return jwt.decode(token, self._keys(anew=again), _ALGORITHMS)
            except (JoseError, ValueError) as error:
                if again:
                    raise _failed(f"signature: {error}", 403) from error
        raise AssertionError

    def _userinfo(self, access: str, subject: str) -> dict[str, Any]:
        """What else the provider says of the same person; some sign it (Core, § 5.3)."""
        url = self._told()["userinfo_endpoint"]
        content = self._ask(url, b"", [("Authorization", f"Bearer {access}")])
        claims = (
            _json(content)
            if content.lstrip()[:1] == b"{"
            else dict(self._signed(content.decode("ascii", "replace").strip()).claims)
        )
        if claims.get("sub") != subject:
            raise _failed("userinfo: another subject", 403)
        return claims

    def _told(self) -> dict[str, Any]:
        """What the provider says of itself (Discovery, § 4.3: it must be the one that was asked)."""
        with self._lock:
            if self._known.metadata and time.monotonic() - self._known.since < _FRESH:
                return self._known.metadata
        url = self.oidc.issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = _json(self._ask(url))
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if told.get("issuer") != self.oidc.issuer or not all(
            isinstance(told.get(name), str) for name in needed
        ):
            raise _failed(f"discovery of another issuer: {told.get('issuer')!r}", 503)
        with self._lock:
            self._known = _Known(told, None, time.monotonic())
        return told

    def _keys(self, *, anew: bool) -> KeySet:
        told = self._told()
        with self._lock:
            if self._known.keys is not None and not anew:
                return self._known.keys
        try:
            listed = _json(self._ask(told["jwks_uri"])).get("keys", [])
            usable = [key for key in listed if key.get("kty") in ("RSA", "EC")]
            keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, AttributeError, TypeError) as error:
            raise _failed(f"keys: {error}", 503) from error
        with self._lock:
            self._known.keys = keys
        return keys

    def _ask(
        self, url: str, body: bytes = b"", headers: list[tuple[str, str]] | None = None
    ) -> bytes:
        """One question; the provider's own server may have a private address, others may not."""
        settings = HttpSettings(
            allow_hosts=(urlsplit(self.oidc.issuer).netloc,),
            retries=0,
            connect_timeout=5,
            read_timeout=10,
            total_timeout=15,
            max_bytes=1024 * 1024,
            max_decompressed_bytes=1024 * 1024,
        )
        try:
            with Client(settings, contact=self._contact, home=url) as client:
                return client.fetch(
                    url,
                    method="POST" if body else "GET",
                    body=body,
                    headers=headers or [],
                    accept="application/json",
                ).content
        except SourceRefused as error:
            raise _failed(str(error), 403) from error
        except HarvesterError as error:
            raise _failed(str(error), 503) from error


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _failed("an answer that is no JSON", 503) from error
    if not isinstance(found, dict):
        raise _failed("an answer that is no object", 503)
    return found


def _at(claims: Mapping[str, Any], path: str) -> list[str]:
    """The values of a claim, which may stand in others: `realm_access.roles`, or a name with dots in it."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []


def _failed(reason: str, status: int) -> HTTPException:
    """Told in a log, not to who signs in: they could do nothing with it."""
    structlog.get_logger().warning("sign_in_failed", reason=reason)
    return HTTPException(status, _FAILED)


def _back(face: Face) -> str:
    return face.url(BACK)


def _path(face: Face) -> str:
    return urlsplit(face.root).path


def _place(written: str) -> str:
    """Where to go afterwards: a path of ours, whatever was asked."""
    fits = _PLACE.fullmatch(written) and not written.startswith("//")
    return written if fits else "/"


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})
