"""A portal of one's own, on loopback: real sockets, answers programmed by path, requests recorded.

    def test_…(portal):
        portal.answer("/catalog.ttl", body=TURTLE, media_type="text/turtle")
        portal.answer("/catalog.ttl?page=2", status=503, headers={"Retry-After": "1"})
        …
        assert portal.asked("/catalog.ttl")[0].headers["user-agent"].startswith("harvester/")

* `portal.url` is `http://127.0.0.1:<port>` (so is `portal.at("/path")`); `portal.host` is `127.0.0.1:<port>`, for
  `allow_hosts`. `portal.at("/path", host="localhost")` is the same place under another name.
* `portal.answer(path, …)` replaces what `path` answers. A path with a query is matched exactly; without one it
  answers every query that has no answer of its own; `*` answers every path that has none. What nobody programmed is a
  404.
* `portal.answers(path, Answer(…), Answer(…))` gives them one after the other; the last one repeats.
* An answer can also be a function `(Asked) -> Answer`, for paging by parameters, POST bodies and so on.
* With `etag=` or `last_modified=` a request whose validator matches gets a 304 by itself.

What can go wrong on purpose (see `Answer`): `hold` waits for an event before the first byte, `truncate` sends
fewer bytes than announced, `chunked` (with `bad_chunk`), `drip` sends a piece every so many seconds for as
long as the client listens, `hang_up` closes without an answer. Nothing outlives the test: closing the portal ends
every wait.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came: `path` has the query; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What to answer, and what to do wrong."""

    status: int = 200
    body: bytes = b""
    media_type: str = ""  # the Content-Type, whole; none is sent when empty
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""
    gzip: bool = False  # compress the body and say so
    chunked: bool = False  # Transfer-Encoding: chunked instead of Content-Length
    bad_chunk: bool = False  # the chunked body ends in garbage
    truncate: int | None = None  # announce the whole body, send this many bytes, close
    drip: tuple[int, float] | None = None  # (bytes, seconds between pieces)
    hold: threading.Event | None = None  # set by the test when the answer may start
    hang_up: bool = False  # close without a byte


Answering = Answer | Callable[[Asked], Answer]


class Portal:
    """A server on a free port of 127.0.0.1, with TLS where a context is given; a context manager."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.requests: list[Asked] = []
        self.connections = 0
        self._answers: dict[str, list[Answering]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="portal"
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.at("")

    def at(self, path: str, *, host: str = "127.0.0.1", userinfo: str = "") -> str:
        """The absolute URL of a path here."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{userinfo + '@' if userinfo else ''}{host}:{self.port}{path}"

    def answer(self, path: str, body: bytes | str = b"", **answer: Any) -> None:
        """From now on `path` answers this (see `Answer` for the names)."""
        content = body.encode() if isinstance(body, str) else body
        self.answers(path, Answer(body=content, **answer))

    def answers(self, path: str, *answers: Answering) -> None:
        """From now on `path` gives these one after the other; the last one repeats."""
        with self._lock:
            self._answers[path] = list(answers)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """From now on `path` redirects."""
        self.answer(path, status=status, headers={"Location": to})

    def asked(self, path: str) -> list[Asked]:
        """The requests for a path so far; without a query in `path`, whatever their query was."""
        with self._lock:
            return [
                request for request in self.requests if path in (request.path, _bare(request.path))
            ]

    def forget(self) -> None:
        """Start recording afresh; the answers stay."""
        with self._lock:
            self.requests.clear()

    def close(self) -> None:
        """End every wait and connection, then the server."""
        self._closing.set()
        self._server.shutdown()
        with self._lock:
            for connection in self._sockets:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Portal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, asked: Asked) -> Answer:
        with self._lock:
            self.requests.append(asked)
            queue = (
                self._answers.get(asked.path)
                or self._answers.get(_bare(asked.path))
                or self._answers.get("*")
            )
            if not queue:
                return Answer(404, b"nothing here\n", "text/plain")
            answering = queue.pop(0) if len(queue) > 1 else queue[0]
        answer = answering if isinstance(answering, Answer) else answering(asked)
        matched = answer.etag and asked.headers.get("if-none-match") == answer.etag
        since = asked.headers.get("if-modified-since")
        unchanged = not answer.etag and answer.last_modified and since == answer.last_modified
        if answer.status == 200 and (matched or unchanged):
            return Answer(
                304, etag=answer.etag, last_modified=answer.last_modified, hold=answer.hold
            )
        return answer

    def _wait(self, event: threading.Event) -> None:
        while not event.wait(0.01) and not self._closing.is_set():
            pass


def _bare(path: str) -> str:
    return path.partition("?")[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.portal._lock:
            self.portal._sockets.add(request)
            self.portal.connections += 1
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.portal.tls is None:
            super().finish_request(request, client_address)
            return
        # In the connection's own thread: a client that refuses the certificate holds up nobody.
        with self.portal.tls.wrap_socket(
            request.dup(), server_side=True, suppress_ragged_eofs=True
        ) as secure:
            super().finish_request(secure, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.portal._lock:
            self.portal._sockets.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what tests provoke; nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.portal._next(Asked(self.command, self.path, headers, body))
        if answer.hold is not None:
            self.server.portal._wait(answer.hold)
        if answer.hang_up:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        content = gzip.compress(answer.body, mtime=0) if answer.gzip else answer.body
        headers = dict(answer.headers)
        given = {name.lower() for name in headers}
        if answer.media_type:
            headers["Content-Type"] = answer.media_type
        if answer.gzip:
            headers["Content-Encoding"] = "gzip"
        if answer.etag:
            headers["ETag"] = answer.etag
        if answer.last_modified:
            headers["Last-Modified"] = answer.last_modified
        chunked = answer.chunked or answer.bad_chunk
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.status not in (204, 304) and "content-length" not in given:
            headers["Content-Length"] = str(len(content))
        lines = [f"HTTP/1.1 {answer.status} Said", *(f"{k}: {v}" for k, v in headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if self.command == "HEAD" or answer.status in (204, 304):
            self.wfile.write(head)
            return
        if answer.truncate is not None:
            content = content[: answer.truncate]
            self.close_connection = True
        if chunked:
            content = _chunks(content) + (b"zz\r\n" if answer.bad_chunk else b"0\r\n\r\n")
            self.close_connection = self.close_connection or answer.bad_chunk
        if answer.drip is None:
            self.wfile.write(head + content)
            return
        size, seconds = answer.drip
        self.wfile.write(head)
        for start in range(0, len(content), size):
            self.wfile.write(content[start : start + size])
            if self.server.portal._closing.wait(seconds):
                break

    do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815 - the names http.server looks for


def _chunks(content: bytes, size: int = 4096) -> bytes:
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
