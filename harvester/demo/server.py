"""Serves the sample portals on loopback, each at a port of its own and with its own manners."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harvester.demo.dialects import Asked, Said, dialect
from harvester.demo.portal import Portal
from harvester.demo.rows import interfaces

NOTHING = Said(b"", "text/plain", 404)


class Host(ThreadingHTTPServer):
    """The server of one portal; `moments` counts requests, `slowed` says whether somebody was asked to wait."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, portal: Portal) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.portal = portal
        self.dialect = dialect(portal.kind)
        self.moments = itertools.count(time.time_ns() % 1_000_000_000)
        self.slowed = False

    @property
    def root(self) -> str:
        """Where the portal is."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, asked: Asked) -> Said:
        """What the portal's manners and its dialect say."""
        portal = self.portal
        if portal.access != "public" and portal.token not in " ".join(asked.headers.values()):
            return Said(b"", "text/plain", 401, {"WWW-Authenticate": "Bearer"})
        if (
            portal.patience
            and not self.slowed
            and asked.query.get("page", "1") == str(portal.patience[0])
        ):
            self.slowed = True
            return Said(b"", "text/plain", portal.patience[1], {"Retry-After": "1"})
        said = interfaces.answer(portal.tables, self.root, asked) if portal.tables else None
        return said or self.dialect.answer(portal, self.root, asked) or NOTHING


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Host

    def do_GET(self) -> None:
        """Answer, with 304 where the client has it already."""
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        moment = next(self.server.moments)
        said = self.server.answer(
            Asked(unquote(url.path), query, self.command, headers, body, moment)
        )
        tag = said.headers.get("ETag")
        unchanged = tag is not None and headers.get("if-none-match") == tag
        self.send_response(304 if unchanged else said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        if not unchanged:
            self.send_header("Content-Type", said.media_type)
            self.send_header("Content-Length", str(len(said.content)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(said.content)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def log_message(self, *_: Any) -> None:
        """Say nothing: the harvest's own words are what is shown."""


@contextmanager
def serving(portals: Sequence[Portal]) -> Iterator[dict[str, str]]:
    """Serve the portals from threads; the root of each by its slug."""
    with ExitStack() as stack:
        roots = {}
        for portal in portals:
            host = stack.enter_context(Host(portal))
            thread = threading.Thread(
                target=host.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            stack.callback(thread.join)
            stack.callback(host.shutdown)
            roots[portal.slug] = host.root
        yield roots
