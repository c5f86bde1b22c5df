"""What was assembled once, for as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The most recently used values, up to a total weight. Keys name a state, so that nothing ever goes stale."""

    def __init__(self, limit: int, weigh: Callable[[T], int]) -> None:
        self._limit = limit
        self._weigh = weigh
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it must be. Two threads may make the same; nobody waits."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = make()
        with self._lock:
            if key not in self._held:
                self._held[key] = value
                self._weight += self._weigh(value)
            while self._weight > self._limit and len(self._held) > 1:
                self._weight -= self._weigh(self._held.popitem(last=False)[1])
        return value

    def peek(self, key: Hashable) -> T | None:
        """Return the value of a key if it is held."""
        with self._lock:
            return self._held.get(key)

    @property
    def weight(self) -> int:
        """What is held now."""
        return self._weight
