"""Serves the generated pages over loopback, in a process of its own: its CPU is not what is measured.

`/<syntax>-<size>/catalogue?page=N` answers the page of the variant in force, with an ETag, and 304 where
the client has it. `PUT /<syntax>-<size>` with a variant's name puts another one in force.
"""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from bench.catalogue import MEDIA_TYPE, NOWHERE, SUFFIX


class Pages(BaseHTTPRequestHandler):
    """One request; `folder` and `variants` are the server's."""

    protocol_version = "HTTP/1.1"
    folder: ClassVar = Path()
    variants: ClassVar[dict[str, str]] = {}
    # Headers and body leave in one piece, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        name = url.path.split("/")[1]
        syntax = name.partition("-")[0]
        number = parse_qs(url.query).get("page", ["1"])[0]
        page = self.folder / f"{name}-{self.variants.get(name, 'base')}" / f"page-{number}"
        try:
            etag = page.with_suffix(".etag").read_text()
            content = page.with_suffix(f".{SUFFIX[syntax]}").read_bytes()
        except (OSError, KeyError):
            self.send_error(404)
            return
        host, port = self.server.server_address[:2]
        content = content.replace(NOWHERE.encode(), f"http://{host!s}:{port}".encode())
        unchanged = self.headers.get("If-None-Match") == etag
        self.send_response(304 if unchanged else 200)
        self.send_header("ETag", etag)
        if not unchanged:
            self.send_header("Content-Type", MEDIA_TYPE[syntax])
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(content)

    def do_PUT(self) -> None:
        length = int(self.headers["Content-Length"])
        self.variants[self.path.strip("/")] = self.rfile.read(length).decode()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder` from another process; the base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.server", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def put_in_force(base: str, name: str, variant: str) -> None:
    """Let the server at `base` answer with this variant from now on."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    connection.request("PUT", f"/{name}", variant)
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    Pages.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
