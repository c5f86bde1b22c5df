"""Around everything: the path as we know it, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harvester.config import Config
from harvester.config.faces import authority
from harvester.web.readers import has_credentials

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_FOR_ALL = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Link, Content-Location"),
)
"""Scripts of other sites may read what is public; not what somebody is shown for who they are."""
_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", _POLICY.encode()),
)
_ASKED_WITH = "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match, Range"
"""What scripts of other sites may send: no token, so that none of theirs is answered as an agent."""
_METHODS = "GET, HEAD, OPTIONS"


class Outer:
    """A middleware. `cookies` are the names of those that say who somebody is."""

    def __init__(self, app: ASGIApp, config: Config, cookies: tuple[bytes, ...]) -> None:
        self._app = app
        self._prefixes = _prefixes(config)
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        path = self._path(scope["path"], headers)
        scope = {**scope, "path": path, "root_path": "", "raw_path": path.encode()}
        known = has_credentials(headers, self._cookies)
        more = _EVERYWHERE if known else (*_FOR_ALL, *_EVERYWHERE)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if scope["method"] == "OPTIONS":
            allowed = {
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _ASKED_WITH,
                "Access-Control-Max-Age": "86400",
                "Allow": _METHODS,
            }
            await Response(status_code=204, headers=allowed)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _path(self, path: str, headers: Mapping[bytes, bytes]) -> str:
        """Without the prefix of the catalogue's address and without a slash too many."""
        host = authority(headers.get(b"host", b"").decode("latin-1"))
        prefix = self._prefixes.get(host, self._prefixes[""])
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            path = path[len(prefix) :]
        path = path.rstrip("/") or "/"
        return path + "/" if path.startswith("/villes/") and path.count("/") == 2 else path


def _prefixes(config: Config) -> dict[str, str]:
    """Server → the path under which its catalogue stands; "" is any other server."""
    found = {"": urlsplit(config.base_url).path.rstrip("/")}
    for view in config.views:
        found.update({authority(name): "" for name in view.hosts})
        if view.base_url:
            found[authority(view.base_url)] = urlsplit(view.base_url).path.rstrip("/")
    return found
