"""Whose turn it is: how many requests one host sees at once, and how fast, whichever source asks.

Two sources on one portal share its patience, so turns are counted per host and port for the whole process. A host
that answers "slow down" is left alone by everybody until it said.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harvester.errors import TryLater

Key = tuple[str, int]


def wait_for(seconds: float, stop: threading.Event) -> bool:
    """Wait; True at once when `stop` is set meanwhile."""
    return stop.wait(seconds)


@dataclass(slots=True)
class _Host:
    active: int = 0
    free_at: float = 0.0
    quiet_until: float = 0.0
    changed: threading.Condition = field(default_factory=threading.Condition)


class Hosts:
    """The turns of all hosts. `now` and `wait` are the only clock of the HTTP client; tests bring their own."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float, threading.Event], bool] = wait_for,
    ) -> None:
        self.now = now
        self.wait = wait
        self._hosts: dict[Key, _Host] = {}
        self._lock = threading.Lock()

    def _host(self, key: Key) -> _Host:
        with self._lock:
            return self._hosts.setdefault(key, _Host())

    @contextmanager
    def turn(
        self, key: Key, *, concurrency: int, pause: float, stop: threading.Event
    ) -> Iterator[float]:
        """Hold one of the host's `concurrency` places, `pause` seconds after the last one started.

        Yields the seconds waited. Raises TryLater when `stop` is set while waiting.
        """
        host = self._host(key)
        asked = self.now()
        with host.changed:
            while host.active >= concurrency:
                # A short time-out, not a long wait: `stop` wakes nobody here.
                host.changed.wait(0.2)
                if stop.is_set():
                    raise stopped()
            host.active += 1
            start = max(self.now(), host.free_at)
            host.free_at = start + pause
        try:
            # The host may ask for more patience while this one is waiting.
            while (early := max(start, host.quiet_until) - self.now()) > 0:
                if self.wait(early, stop):
                    raise stopped()
            yield self.now() - asked
        finally:
            with host.changed:
                host.active -= 1
                host.changed.notify()

    def slow_down(self, key: Key, seconds: float) -> None:
        """Leave the host alone for so long: it said so to one of us."""
        host = self._host(key)
        with host.changed:
            host.quiet_until = max(host.quiet_until, self.now() + seconds)


def stopped() -> TryLater:
    """What a wait ends with when the service is stopping."""
    return TryLater("stopped while waiting for the source: the service is shutting down")
