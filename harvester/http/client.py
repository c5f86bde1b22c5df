"""One source's way to the outside: asks, waits, follows, and comes back with a whole answer or a reason."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from types import TracebackType
from typing import Any

from protego import Protego
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError
from urllib3.response import BaseHTTPResponse

import harvester
from harvester.config import HttpSettings
from harvester.errors import (
    ConfigurationError,
    HarvesterError,
    SourceFailed,
    SourceRefused,
    TryLater,
)
from harvester.http.address import Address, Origin, address, basic, follow, same_owner
from harvester.http.answer import Exchange, Response
from harvester.http.body import Caps, TruncatedBody, read_body, too_big
from harvester.http.charset import charset, content_type
from harvester.http.guard import LIMITS, Guard, Limits
from harvester.http.pace import Hosts, stopped
from harvester.http.patience import (
    SLOW_DOWN,
    Patience,
    verdict_on_error,
    verdict_on_status,
    worth_another,
)
from harvester.http.transport import Transport
from harvester.log import HIDDEN, redact

MAX_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_FOR_ANYBODY = frozenset(("accept", "accept-language", "content-type", "soapaction"))
_COMPRESSED_TYPES = frozenset(("application/gzip", "application/x-gzip", "application/zstd"))
_EXPLAINED = frozenset((400, 409, 422))
"""Statuses whose bodies say what is wrong with the question."""
_TAGS = re.compile(r"<[^<>]*>")
_LONGEST_WORD = 300
_ROBOTS_BYTES = 512 * 1024
_SHARED = Hosts()

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Ask:
    """What stays the same over redirects and attempts."""

    method: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    conditions: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Clock:
    """The time left for one fetch. Waiting for one's turn does not count: that is our doing."""

    now: Callable[[], float]
    ends: float

    def remaining(self) -> float:
        return self.ends - self.now()


class Client:
    """Asks for one source's pages. Safe to use from several threads; close it at the end of the run.

    * `home` is the source's own URL: `token`, `headers` and the user name in a URL go to its origin only, never to another
      host, port or scheme, whether by a link or by a redirect.
    * `token_header` is where the settings' `token` goes, and in which words: portals differ.
    * `contact` (an e-mail address or URL) is told in the User-Agent.
    * `observe` is called after each attempt, from the thread that made it.
    * `stop` ends every wait with TryLater, for a service that shuts down.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        contact: str = "",
        home: str = "",
        token_header: tuple[str, str] = ("Authorization", "Bearer {}"),
        observe: Callable[[Exchange], None] | None = None,
        stop: threading.Event | None = None,
        hosts: Hosts = _SHARED,
        guard: Guard | None = None,
    ) -> None:
        self._settings = settings
        self._contact = contact
        self._observe = observe
        self._stop = stop or threading.Event()
        self._hosts = hosts
        self._guard = guard or Guard(frozenset(host.lower() for host in settings.allow_hosts))
        self._transport = Transport(self._guard, settings.concurrency)
        self._home: Origin | None = None
        self._secret: tuple[tuple[str, str], ...] = ()
        if home.lower().startswith(("http:", "https:")):
            self._live_at(address(home), *token_header)
        suffix = f" (+{contact})" if contact else ""
        self._agent = f"harvester/{harvester.__version__}{suffix}"
        _check_headers([("User-Agent", self._agent), *self._secret])
        self._base = {
            "User-Agent": self._agent,
            "Accept-Encoding": "gzip, deflate, zstd",
            "Accept-Language": "fr, en;q=0.5",
        }
        self._patience = Patience(
            total=settings.retries,
            allowed_methods=None,
            backoff_factor=settings.backoff,
            backoff_max=60,
        )
        self._robots: dict[Origin, Protego] = {}

    def _live_at(self, home: Address, name: str, wording: str) -> None:
        self._home = home.origin
        given = dict(self._settings.headers)
        names = {header.lower() for header in given}
        if self._settings.token and name.lower() not in names:
            given[name] = wording.format(self._settings.token)
        if home.userinfo and "authorization" not in {header.lower() for header in given}:
            given["Authorization"] = basic(home.userinfo)
        self._secret = tuple(given.items())

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A fetch under way in another thread may finish; it makes no new connection."""
        self._transport.close()

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: Headers = (),
        accept: str = "*/*",
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Response:
        """Ask for one page; with validators the answer may be a 304.

        `headers` go to the source's own origin only, except those that say nothing about who asks (Content-Type, …). A
        POST must be a question: it is repeated like a GET.

        Raises SourceRefused (asking again will not help), TryLater (the source is overloaded, slow or unreachable) and
        SourceFailed (everything else).
        """
        target = address(url)
        conditions = []
        if etag:
            conditions.append(("If-None-Match", etag))
        if last_modified:
            conditions.append(("If-Modified-Since", last_modified))
        ask = _Ask(method, body, (("Accept", accept), *headers), tuple(conditions))
        clock = _Clock(self._hosts.now, self._hosts.now() + self._settings.total_timeout)
        seen = {target.url}
        while True:
            answer = self._persist(target, ask, clock)
            if isinstance(answer, Response):
                return answer
            target, ask = answer
            if (target.url in seen and ask.method == "GET") or len(seen) > MAX_REDIRECTS:
                raise SourceRefused(
                    f"{redact(url)} redirects in circles or more than {MAX_REDIRECTS} times, last to {target.shown}."
                    " Write the final address into the source's url",
                    url=redact(url),
                )
            seen.add(target.url)

    def _persist(
        self, target: Address, ask: _Ask, clock: _Clock
    ) -> Response | tuple[Address, _Ask]:
        """Ask until there is an answer, or no patience left."""
        pause = self._settings.pause
        if self._settings.robots:
            pause = max(pause, self._permitted(target))
        key = target.origin[1:]
        patience: Any = self._patience
        while True:
            failure: HarvesterError
            with self._hosts.turn(
                key, concurrency=self._settings.concurrency, pause=pause, stop=self._stop
            ) as waited:
                clock.ends += waited
                outcome = self._attempt(target, ask, clock)
            if not isinstance(outcome, _Stumble):
                return outcome
            if self._stop.is_set():
                raise stopped()
            attempts = len(patience.history) + 1
            if outcome.error is not None:
                failure = verdict_on_error(target.shown, outcome.error, attempts)
                again = worth_another(outcome.error)
            else:
                failure = verdict_on_status(
                    target.shown, outcome.status, outcome.after, attempts, outcome.said
                )
                again = patience.forgives(outcome.status)
            if clock.remaining() <= 0:
                raise TryLater(
                    f"{target.shown}: not finished after {self._settings.total_timeout:g} seconds. If the source is"
                    " that slow, raise [http] total_timeout",
                    url=target.shown,
                ) from outcome.error
            if not again:
                raise failure from outcome.error
            try:
                patience = patience.increment(
                    ask.method, target.uri, response=outcome.response, error=outcome.error
                )
            except (MaxRetryError, HTTPError, OSError):
                raise failure from outcome.error
            wait = patience.get_backoff_time() if outcome.after is None else outcome.after
            if wait >= clock.remaining():
                raise failure from outcome.error
            if outcome.status in SLOW_DOWN:
                self._hosts.slow_down(key, wait)
            if self._hosts.wait(wait, self._stop):
                raise stopped()

    def _attempt(
        self, target: Address, ask: _Ask, clock: _Clock
    ) -> Response | tuple[Address, _Ask] | _Stumble:
        caps = Caps(
            self._settings.max_bytes,
            self._settings.max_decompressed_bytes,
            self._settings.max_ratio,
        )
        begun = self._hosts.now()
        token = LIMITS.set(Limits(clock.remaining, self._settings.read_timeout, self._stop))
        response: BaseHTTPResponse | None = None
        status = 0
        try:
            response = self._open(target, ask, clock)
            status = response.status
            return self._read(target, ask, response, caps)
        except (HTTPError, TruncatedBody, OSError) as error:
            status = 0
            return _Stumble(error=error)
        except (SourceFailed, TryLater) as error:
            raise type(error)(f"{target.shown}: {error}", url=target.shown) from error
        finally:
            LIMITS.reset(token)
            if response is not None and response.connection is not None:
                response.close()  # not read to its end: the connection cannot serve again
            if self._observe is not None:
                self._observe(Exchange(status, caps.received, self._hosts.now() - begun))

    def _open(self, target: Address, ask: _Ask, clock: _Clock) -> BaseHTTPResponse:
        settings = self._settings
        headers = self._base.copy()
        ours = same_owner(self._home, target.origin)
        for name, value in ask.headers:
            if ours or name.lower() in _FOR_ANYBODY:
                headers[name] = value
        if ours:
            headers.update(self._secret)
            if target.userinfo and "Authorization" not in headers:
                headers["Authorization"] = basic(target.userinfo)
        headers.update(ask.conditions)
        try:
            return self._transport.ask(
                ask.method,
                target,
                ask.body,
                headers,
                (
                    max(0.001, min(settings.connect_timeout, clock.remaining())),
                    max(0.001, min(settings.read_timeout, clock.remaining())),
                ),
            )
        except (ValueError, LocationValueError) as error:
            raise SourceRefused(f"cannot be asked for: {error}") from error

    def _read(
        self, target: Address, ask: _Ask, response: BaseHTTPResponse, caps: Caps
    ) -> Response | tuple[Address, _Ask] | _Stumble:
        status, headers = response.status, response.headers
        if status == 304 and ask.conditions:
            return self._unchanged(target, ask, response)
        if status in _REDIRECTS and (location := headers.get("Location")):
            _drain(response)
            there = follow(target, location)
            if status == 303 or (ask.method == "POST" and status in (301, 302)):
                kept = tuple(item for item in ask.headers if item[0].lower() != "content-type")
                ask = _Ask("GET", b"", kept, ask.conditions)
            return there, ask
        if status not in (200, 201, 203):
            rest = _drain(response)
            if status in (202, 204, 205, 206, 304):
                # 206 and 204 were not asked for: a partial or empty catalogue would withdraw the rest.
                raise SourceFailed(f"answered {status}, which is no whole page. Ask the portal")
            after = self._patience.get_retry_after(response)
            return _Stumble(status, response, after, said=self._said(response, rest))
        length = headers.get("Content-Length", "")
        if length.isdigit() and int(length) > self._settings.max_bytes:
            raise too_big(f"{int(length):,} bytes", "max_bytes")
        encoding = headers.get("Content-Encoding", "")
        content = read_body(partial(_read_wire, response), encoding, caps)
        media_type, stated = content_type(headers.get("Content-Type", ""))
        path = target.uri.partition("?")[0]
        return Response(
            url=target.url,
            status=200,
            content=content,
            media_type="" if media_type in _COMPRESSED_TYPES else media_type,
            charset=charset(media_type, stated, path, content),
            etag=headers.get("ETag"),
            last_modified=headers.get("Last-Modified"),
            body_hash=blake2b(content, digest_size=16).digest(),
            received=caps.received,
        )

    def _said(self, response: BaseHTTPResponse, body: bytes) -> str:
        """Why the portal refuses a question, in its own words, without tags and without secrets of ours."""
        if response.status not in _EXPLAINED or response.headers.get("Content-Encoding"):
            return ""
        text = _TAGS.sub(" ", body.decode("utf-8", "replace"))
        for _, secret in self._secret:
            for word in (secret, secret.rpartition(" ")[2]):
                text = text.replace(word, HIDDEN) if word else text
        return redact(" ".join(text.split()))[:_LONGEST_WORD]

    def _unchanged(self, target: Address, ask: _Ask, response: BaseHTTPResponse) -> Response:
        _drain(response)
        known = dict(ask.conditions)
        return Response(
            url=target.url,
            status=304,
            content=b"",
            media_type="",
            charset="",
            etag=response.headers.get("ETag") or known.get("If-None-Match"),
            last_modified=response.headers.get("Last-Modified") or known.get("If-Modified-Since"),
            body_hash=b"",
            received=0,
        )

    def _permitted(self, target: Address) -> float:
        """Ask robots.txt once per origin; returns the pause it wants. Unreachable means no (RFC 9309 §2.3.1)."""
        rules = self._robots.get(target.origin)
        if rules is None:
            rules = self._ask_robots(target)
            self._robots[target.origin] = rules
        if not rules.can_fetch(target.url, self._agent):
            raise SourceRefused(
                f"{target.shown} is closed to us by the host's robots.txt. Ask the portal, or set [http] robots = false",
                url=target.shown,
            )
        return float(rules.crawl_delay(self._agent) or 0)

    def _ask_robots(self, target: Address) -> Protego:
        scheme, host, port = target.origin
        limits = self._settings.model_copy(
            update={"robots": False, "max_bytes": _ROBOTS_BYTES, "allow_hosts": ()}
        )
        # A client of its own: the file is public, so it is asked for without credentials.
        with Client(
            limits,
            contact=self._contact,
            stop=self._stop,
            hosts=self._hosts,
            guard=self._guard,
        ) as plain:
            try:
                text = plain.fetch(f"{scheme}://{host}:{port}/robots.txt").content
            except SourceRefused as error:
                if isinstance(error.context.get("status"), int):
                    return Protego.parse("")  # 4xx: there are no rules
                raise
            return Protego.parse(text.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Stumble:
    """An attempt without an answer that can be used: an error, or a status."""

    status: int = 0
    response: BaseHTTPResponse | None = None
    after: float | None = None
    error: Exception | None = None
    said: str = ""


def _read_wire(response: BaseHTTPResponse, size: int) -> bytes:
    return response.read(size, decode_content=False)


def _drain(response: BaseHTTPResponse) -> bytes:
    """Read a small rest so that the connection can serve again; a big one is not worth it."""
    with suppress(HTTPError, OSError):
        return response.read(64 * 1024, decode_content=False)
    return b""


def _check_headers(headers: Headers) -> None:
    for name, value in headers:
        if not value.isprintable() or any(ord(character) > 255 for character in value):
            raise ConfigurationError(
                f"[http] header {name}: its value holds a line break or a character HTTP cannot carry"
            )
