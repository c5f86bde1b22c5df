"""Serves the sample portals on loopback, each with its own manners."""

from __future__ import annotations

import gzip
import html
import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harvester.demo.portal import Portal
from harvester.demo.rdf import Iri, Literal, Node, Value, flat, jsonld, rdfxml, turtle

MEDIA_TYPES = {
    "xml": "application/rdf+xml",
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
}


def document(portal: Portal, base: str, number: int, export: int) -> bytes | None:
    """One page of a portal's catalogue, or None past its end. `export` tells one export from the next."""
    size = portal.page or max(1, len(portal.entries))
    pages = -(-len(portal.entries) // size)
    if not 1 <= number <= pages:
        return None
    members: Sequence[Node] = portal.entries[(number - 1) * size : number * size]
    nodes = [_catalogue(portal, members)]
    if portal.page:
        nodes.append(_view(portal, base, number, pages))
    if portal.relabel:
        rng = random.Random(export)  # noqa: S311 - variety, not secrecy
        labels = (f"genid{export}x{n}" for n in itertools.count(rng.randrange(9999)))
        members = [_stamped(node, export) for node in flat(members, labels)]
        rng.shuffle(members)
    nodes.extend(members)
    match portal.syntax:
        case "xml":
            content = rdfxml(nodes, portal.encoding.upper())
            return content.encode(portal.encoding, "xmlcharrefreplace")
        case "turtle":
            return turtle(nodes).encode()
        case "jsonld":
            return jsonld(nodes)


def _catalogue(portal: Portal, members: Sequence[Node]) -> Node:
    properties: list[tuple[str, Value]] = [("dct:title", Literal(portal.name, "fr"))]
    if portal.listed:
        properties += [
            ("dcat:service" if node.type == "dcat:DataService" else "dcat:dataset", Iri(node.iri))
            for node in members
            if node.iri
        ]
    return Node(f"https://{portal.slug}.example/catalogue", "dcat:Catalog", tuple(properties))


def _view(portal: Portal, base: str, number: int, pages: int) -> Node:
    url = f"{base}{portal.path}"
    total = Literal(str(len(portal.entries)), type="xsd:integer")
    properties: list[tuple[str, Value]] = [("hydra:totalItems", total)]
    following = f"{url}?page={number + 1}"
    if number < pages:
        # The older vocabulary's portals write addresses as text.
        older = portal.view == "PagedCollection"
        properties.append(
            ("hydra:nextPage", Literal(following)) if older else ("hydra:next", Iri(following))
        )
    return Node(f"{url}?page={number}", f"hydra:{portal.view}", tuple(properties))


def _stamped(node: Node, export: int) -> Node:
    """Download addresses carry the moment of the export."""
    return replace(
        node,
        properties=tuple(
            (name, Iri(value.value.replace("horodatage=NOW", f"horodatage={export}")))
            if isinstance(value, Iri)
            else (name, value)
            for name, value in node.properties
        ),
    )


class Portals(ThreadingHTTPServer):
    """The server of all of them; `exports` counts requests, `slowed` remembers who was asked to wait."""

    daemon_threads = True

    def __init__(self, portals: Sequence[Portal]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.portals = {portal.path: portal for portal in portals}
        self.exports = itertools.count(time.time_ns() % 1_000_000_000)
        self.slowed: set[str] = set()

    @property
    def base(self) -> str:
        """Where the portals are."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Portals

    def do_GET(self) -> None:
        """Answer a page, 304 where the client has it, or what the portal's manners say."""
        url = urlsplit(self.path)
        if url.path == "/":
            self._send(200, _index(self.server).encode(), "text/html; charset=utf-8")
            return
        portal = self.server.portals.get(url.path)
        if portal is None:
            self._send(404, b"", "text/plain")
            return
        if portal.token and self.headers.get("Authorization") != f"Bearer {portal.token}":
            self._send(401, b"", "text/plain", {"WWW-Authenticate": "Bearer"})
            return
        number = int(parse_qs(url.query).get("page", ["1"])[0])
        if (
            portal.patience
            and portal.patience[0] == number
            and portal.slug not in self.server.slowed
        ):
            self.server.slowed.add(portal.slug)
            self._send(portal.patience[1], b"", "text/plain", {"Retry-After": "1"})
            return
        content = document(portal, self.server.base, number, next(self.server.exports))
        if content is None:
            self._send(404, b"", "text/plain")
            return
        headers = {}
        media_type = MEDIA_TYPES[portal.syntax]
        if portal.encoding != "utf-8":
            media_type += f"; charset={portal.encoding}"
        if portal.packing:
            content = gzip.compress(content, mtime=0)
            if portal.packing == "transfer":
                headers["Content-Encoding"] = "gzip"
            else:
                media_type = "application/gzip"
        if not portal.relabel:
            headers["ETag"] = f'"{blake2b(content, digest_size=8).hexdigest()}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                self._send(304, b"", "", headers)
                return
        self._send(200, content, media_type, headers)

    def _send(
        self, status: int, content: bytes, media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status != 304:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the harvest's own words are what is shown."""


def _index(server: Portals) -> str:
    rows = "".join(
        f'<li><a href="{path}">{html.escape(portal.name)}</a>, {len(portal.entries)} fiches</li>'
        for path, portal in server.portals.items()
    )
    return f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>Portails</title><ul>{rows}</ul></html>'


@contextmanager
def serving(portals: Sequence[Portal]) -> Iterator[str]:
    """Serve the portals from a thread; the base URL."""
    with Portals(portals) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield server.base
        finally:
            server.shutdown()
            thread.join()
