"""The ports: a web server in a thread, whose application can be replaced while it answers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Asgi = Callable[
    [Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]
]


class Web:
    """One listening port and the application behind it, which a reload replaces."""

    def __init__(self, host: str, port: int, app: Asgi, died: Callable[[], None]) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.app = app
        self.socket = socket.create_server((host, port), family=family, backlog=1024)
        # Inherited by connections. asyncio sets it only on sockets it opened itself, and without it an
        # answer's body waits 40 ms for the acknowledgement of its headers.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = int(self.socket.getsockname()[1])
        config = uvicorn.Config(
            self._answer,
            log_config=None,
            access_log=False,
            interface="asgi3",
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # who asks is who is connected, not who a header says
            timeout_graceful_shutdown=8,
        )
        self._server = uvicorn.Server(config)
        self._died = died
        self._thread = threading.Thread(target=self._serve, name=f"web {self.port}", daemon=True)
        self._thread.start()

    async def _answer(self, scope: Scope, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self.socket]))
        finally:
            self.socket.close()
            self._died()

    def close(self, seconds: float) -> None:
        """Answer what was asked, then end."""
        self._server.should_exit = True
        self._thread.join(seconds)


async def plain(send: Any, status: int, text: str) -> None:
    """Answer a word."""
    body = f"{text}\n".encode()
    headers = (
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    )
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
