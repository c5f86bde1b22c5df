"""A small provider of identities on loopback: discovery, keys, consent, code, token, who the person is.

It does what OpenID Connect says, checks what a client must send (PKCE, redirect address, secret, a code once), and can be made to
lie: `provider.claims` goes into ID tokens, `provider.lies` replaces what it would say there.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.portal import Answer, Asked, Portal

CLIENT, SECRET = "catalogue", "un secret: du catalogue, assez long pour signer"


class Provider:
    """See the module; a context manager."""

    def __init__(self) -> None:
        self.portal = Portal()
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.claims: dict[str, Any] = {"groups": []}
        self.userinfo: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.signing: Any = None  # another key than the one that is published
        self.signed_userinfo = False
        self.issuer = self.portal.at("/realms/agents")
        self._codes: dict[str, dict[str, str]] = {}
        base = "/realms/agents"
        self.portal.answers(f"{base}/.well-known/openid-configuration", self._discovery)
        self.portal.answers(f"{base}/keys", self._keys)
        self.portal.answers(f"{base}/authorize", self._authorize)
        self.portal.answers(f"{base}/token", self._token)
        self.portal.answers(f"{base}/userinfo", self._who)

    def __enter__(self) -> Provider:
        return self

    def __exit__(self, *_: object) -> None:
        self.portal.close()

    def settings(self, views: str, claim: str = "groups") -> str:
        """What config.toml says of it."""
        return (
            f'[access.oidc]\nissuer = "{self.issuer}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'claim = "{claim}"\nviews = {views}\n'
        )

    def consent(self, url: str) -> str:
        """What a person's browser does there: it is sent back with a code, to this address."""
        asked = Asked("GET", url.removeprefix(self.portal.url), {})
        return str(self._authorize(asked).headers["Location"])

    def _discovery(self, _: Asked) -> Answer:
        return _json(
            {
                "issuer": self.issuer,
                **{
                    name: f"{self.issuer}/{path}"
                    for name, path in (
                        ("authorization_endpoint", "authorize"),
                        ("token_endpoint", "token"),
                        ("jwks_uri", "keys"),
                        ("userinfo_endpoint", "userinfo"),
                    )
                },
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    def _keys(self, _: Asked) -> Answer:
        unusable = {"kty": "OKP", "crv": "X25519", "x": "AAAA", "kid": "9"}
        return _json({"keys": [unusable, self.key.as_dict(private=False)]})

    def _authorize(self, asked: Asked) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self._codes[code] = query
        told = {"code": code, "state": query["state"], "iss": self.issuer}
        return Answer(
            status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(told)}"}
        )

    def _token(self, asked: Asked) -> Answer:
        form = dict(parse_qsl(asked.body.decode()))
        given = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        query = self._codes.pop(form["code"], None)
        if given != f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}" or query is None:
            return _json({"error": "invalid_grant"}, 400)
        challenge = sha256(form["code_verifier"].encode()).digest()
        if (
            base64.urlsafe_b64encode(challenge).decode().rstrip("=") != query["code_challenge"]
            or form["redirect_uri"] != query["redirect_uri"]
        ):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "agent-7",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **self.claims,
            **self.lies,
        }
        return _json(
            {
                "access_token": "acces",
                "token_type": "Bearer",
                "id_token": self._signed({k: v for k, v in claims.items() if v is not None}),
            }
        )

    def _who(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer acces":
            return Answer(status=401)
        said = {"sub": "agent-7", **self.userinfo}
        if self.signed_userinfo:
            return Answer(body=self._signed(said).encode(), media_type="application/jwt")
        return _json(said)

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signing or self.key)


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(body=json.dumps(value).encode(), media_type="application/json", status=status)
