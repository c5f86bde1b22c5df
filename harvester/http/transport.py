"""requests, with our own connections below it: one attempt, no redirect, no cookie, no proxy, nothing read ahead.

A `requests.Session` does more than a harvester may: it follows redirects and reads their bodies whole, keeps cookies,
takes proxies and passwords from the environment. All of that is off here; what is left is the session and its adapter,
through which every request goes, and whose pools make only guarded connections.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

from requests import PreparedRequest, RequestException, Session
from requests import Response as Answer
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from harvester.errors import TryLater
from harvester.http.address import Address
from harvester.http.guard import Guard, GuardedConnection, GuardedTlsConnection, tls


class _Question(PreparedRequest):
    """A request as it goes out. Its address is ready: requests would spell some URLs anew, and portals count letters."""

    def __init__(
        self, method: str, target: Address, body: bytes, headers: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.target = target
        self.method = method
        self.url = target.url
        self.headers = CaseInsensitiveDict(headers)
        self.prepare_body(body or None, None)


class GuardedAdapter(HTTPAdapter):
    """The adapter for http: and https:, of guarded connections: `concurrency` are kept per host.

    It makes one attempt and raises what went wrong: attempts are counted over the whole answer, so by `Client`, with
    `Patience`. After `close` it opens nothing more.
    """

    def __init__(self, guard: Guard, concurrency: int) -> None:
        self._guard = guard
        self._tls: dict[str, Any] = {}
        self._closed = False
        self._lock = threading.Lock()
        super().__init__(pool_maxsize=concurrency, max_retries=Retry(False))

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Pools as requests makes them, of our connections."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        guard = self._guard

        class Pool(HTTPConnectionPool):
            ConnectionCls = cast("Any", partial(GuardedConnection, guard=guard))

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = cast("Any", partial(GuardedTlsConnection, guard=guard))

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_: Any, **__: Any
    ) -> HTTPConnectionPool:
        """The pool of the request's own origin: there is no proxy."""
        scheme, host, port = cast("_Question", request).target.origin
        with self._lock:
            if self._closed:
                raise TryLater("the run was over before this answer came")
            if scheme == "https" and not self._tls:
                self._tls = {"ssl_context": tls()}
            pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
                host.strip("[]"), port, scheme, self._tls if scheme == "https" else None
            )
            return pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Nothing to do: our context checks certificates. requests would add a list of its own to the system's."""

    def request_url(self, request: PreparedRequest, *_: Any, **__: Any) -> str:
        """Path and query as they were written, down to a lonely `?`."""
        return cast("_Question", request).target.uri

    def close(self) -> None:
        """Close the pools. A connection in use is closed when it comes back."""
        with self._lock:
            self._closed = True
            _empty(self.poolmanager)


def _empty(manager: PoolManager) -> None:
    for key in manager.pools.keys():  # noqa: SIM118 - it cannot be iterated
        if (pool := manager.pools.get(key)) is not None:
            pool.close()
    manager.clear()


class Transport(Session):
    """A session that asks exactly once for exactly what it is told to."""

    def __init__(self, guard: Guard, concurrency: int) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._below = GuardedAdapter(guard, concurrency)
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._below)

    def get_redirect_target(self, _resp: Answer) -> None:
        """None: redirects are the client's. Even when told not to follow, requests would read their bodies whole."""

    def ask(
        self,
        method: str,
        target: Address,
        body: bytes,
        headers: Mapping[str, str],
        timeout: tuple[float, float],
    ) -> BaseHTTPResponse:
        """Status and headers of the answer, its body unread; `timeout` in seconds, to connect and to read.

        Raises urllib3's exceptions (requests wraps some of them, and hides what the name server said), and ValueError
        for what cannot be asked.
        """
        question = _Question(method, target, body, headers)
        try:
            answer = self.send(
                question, stream=True, allow_redirects=False, timeout=timeout, proxies={}
            )
            return cast("BaseHTTPResponse", answer.raw)
        except RequestException as error:
            wrapped = error.args[0] if error.args else None
            failure = wrapped if isinstance(wrapped, Exception) else error
        raise failure
