"""No request may be lured into the private network: addresses are checked where the connection is made.

A name is resolved once, every address it has is checked, and the connection goes to a checked address: there is no
second look-up that could answer otherwise (DNS rebinding). Redirects come the same way. A pooled connection stays
with the address it was checked for.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from harvester.errors import SourceRefused

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[..., Sequence[tuple[Any, ...]]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What `is_global` of some supported Python lets through: the IETF's assignments, 6to4 relays, local NAT64, old site-local
# addresses, and one metadata service on a public address.
_ALSO_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


def reachable(address: str) -> bool:
    """Whether an IP address belongs to the public Internet, whatever it is wrapped in.

    IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is judged as what it leads to.
    """
    ip: Ip = ipaddress.ip_address(address.partition("%")[0])
    return all(_public(inner) for inner in _unwrapped(ip))


def _unwrapped(ip: Ip) -> Iterable[Ip]:
    if isinstance(ip, ipaddress.IPv4Address):
        return (ip,)
    if ip.ipv4_mapped is not None:
        return (ip.ipv4_mapped,)
    if ip in _NAT64:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF),)
    if ip.sixtofour is not None:
        return (ip.sixtofour,)
    if ip.teredo is not None:
        return ip.teredo
    return (ip,)


def _public(ip: Ip) -> bool:
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or not ip.is_global:
        return False
    return not any(ip in network for network in _ALSO_PRIVATE if network.version == ip.version)


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may be connected to. `allow` holds `host` or `host:port`, from the source's own file."""

    allow: frozenset[str] = frozenset()
    resolve: Resolver = socket.getaddrinfo

    def checked(self, host: str, port: int) -> list[tuple[Any, Any, Any, Any]]:
        """The addresses of `host` that may be connected to, as (family, type, protocol, socket address).

        Raises SourceRefused if one of them is not public and the host is not allowed; OSError if there is none.
        """
        found = self.resolve(host, port, 0, socket.SOCK_STREAM)
        if not self._allowed(host, port):
            for *_, target in found:
                if not reachable(target[0]):
                    raise SourceRefused(
                        f"{host} resolves to {target[0]}, which is not a public address. If this host is meant to be"
                        f' harvested, add to the source\'s file: [http] allow_hosts = ["{host}"]',
                        host=host,
                    )
        return [(family, kind, protocol, target) for family, kind, protocol, _, target in found]

    def _allowed(self, host: str, port: int) -> bool:
        name = host.strip("[]").rstrip(".").lower()
        return not self.allow.isdisjoint((name, f"{name}:{port}", f"[{name}]", f"[{name}]:{port}"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the request of the current thread may still take."""

    remaining: Callable[[], float]
    read: float
    stop: threading.Event

    def next_wait(self) -> float:
        """Seconds the next wait for bytes may last; raises TimeoutError when the whole time is over."""
        remaining = self.remaining()
        if remaining <= 0 or self.stop.is_set():
            raise TimeoutError("no time is left for this request")
        return min(self.read, remaining)


LIMITS: ContextVar[Limits | None] = ContextVar("harvester_http_limits", default=None)


class _Limited(socket.socket):
    """Receives under the current limits: bytes that trickle in do not start the clock anew."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if (limits := LIMITS.get()) is not None:
            self.settimeout(limits.next_wait())
        return super().recv_into(*args, **kwargs)


class _LimitedTls(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if (limits := LIMITS.get()) is not None:
            self.settimeout(limits.next_wait())
        return super().recv_into(*args, **kwargs)


def tls() -> ssl.SSLContext:
    """The system's certificates, checked; sockets that keep to the limits. Costs some 20 ms: once per client."""
    context = ssl.create_default_context()
    context.sslsocket_class = _LimitedTls
    return context


def _connect(connection: HTTPConnection, guard: Guard) -> socket.socket:
    host, port = connection._dns_host, connection.port
    try:
        targets = guard.checked(host.strip("[]"), port)
    except (socket.gaierror, UnicodeError) as error:
        cause = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(host, connection, cause) from error
    failure: OSError = OSError("the name has no address")
    for family, kind, protocol, target in targets:
        limits = LIMITS.get()
        sock = _Limited(family, kind, protocol)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            patience = float(connection.timeout or 10)
            sock.settimeout(min(patience, limits.next_wait()) if limits else patience)
            sock.connect(target)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"no answer from {host}:{port}") from failure
    raise NewConnectionError(connection, str(failure)) from failure


class GuardedConnection(HTTPConnection):
    """Plain HTTP to a checked address."""

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._guard)


class GuardedTlsConnection(HTTPSConnection):
    """HTTPS to a checked address; the certificate is checked for the name."""

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._guard)
