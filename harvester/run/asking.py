"""Who asks portals the questions that prove slices: politely, within bounds, as anybody where anybody shall profit.

What the public shall see is asked for without the source's token: it proves what everybody can get. A source's token goes along only
for what agents alone see, and to its own host.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import structlog

from harvester import fetch
from harvester.config import Config, HttpSettings, Source
from harvester.errors import HarvesterError, SourceFailed, SourceRefused, TryLater
from harvester.http import Client, Exchange
from harvester.http.guard import Guard
from harvester.log import redact
from harvester.run.secrets import secrets
from harvester.store.slices import Parent
from harvester.view.slices import Conversation, Question, Reply

log = structlog.get_logger(__name__)
T = TypeVar("T")

Observe = Callable[[str, Exchange], None]
"""Told of every request, with the id of the source in whose name it is made ("" where there is none)."""
_MOST_BYTES = 20 * 1024 * 1024
"""Of one answer: samples and counts are small."""
_LOST_HOST = 3
"""Failures in a row after which a host is left alone until the next pass."""


class Enough(Exception):
    """The pass has asked as much as it may, or is to stop."""


class Waiting(Exception):
    """The host is left alone for now."""


@dataclass(slots=True)
class Asker:
    """Asks for one pass; close its `stack` at the end. `requests` counts the questions."""

    config: Config
    stop: threading.Event
    observe: Observe | None = None
    guard: Guard | None = None
    requests: int = 0
    stack: ExitStack = field(default_factory=ExitStack)
    _clients: dict[tuple[str, bool], Client] = field(default_factory=dict)
    _failed: Counter[str] = field(default_factory=Counter)

    def lead(self, conversation: Conversation[T], parent: Parent) -> T | str:
        """What a conversation about a dataset comes to; a text where it failed, which proves nothing.

        Raises Enough and Waiting.
        """
        try:
            return self._led(conversation, parent)
        except HarvesterError as error:
            return self.told(error, parent)

    def told(self, error: HarvesterError, parent: Parent) -> str:
        """What failed, without any secret; it is logged, but for what only agents may read of."""
        context = error.log_context() if parent.audience != "agents" else {}
        log.info("slice_not_proved", dataset=parent.cluster, **context)
        told = str(error)
        for source in self.sources(parent):
            told = secrets(source).told(told)
        return redact(told)

    def sources(self, parent: Parent) -> list[Source]:
        """The configured sources that a dataset comes from, who speaks for it first."""
        names = [source for source, _, _ in orjson.loads(parent.origins)]
        return [source for source in map(self.config.source, names) if source is not None]

    def _led(self, conversation: Conversation[T], parent: Parent) -> T:
        try:
            question = next(conversation)
            while True:
                try:
                    reply = self._ask(question, parent)
                except (SourceFailed, TryLater) as error:
                    question = conversation.throw(error)
                else:
                    question = conversation.send(reply)
        except StopIteration as done:
            value: T = done.value
            return value

    def _ask(self, question: Question, parent: Parent) -> Reply:
        host = urlsplit(question.url).netloc
        if self.stop.is_set() or self.requests >= self.config.slices.requests:
            raise Enough
        if self._failed[host] >= _LOST_HOST:
            raise Waiting
        sources = self.sources(parent)
        source = next((s for s in sources if urlsplit(s.url).netloc == host), None)
        client = self._client(
            source or (sources[0] if sources else None), inside=parent.audience == "agents"
        )
        self.requests += 1
        try:
            answer = client.fetch(question.url, accept=question.accept)
        except TryLater as error:
            slow_down = error.context.get("status") in (429, 503)
            self._failed[host] += _LOST_HOST if slow_down else 1
            if self.stop.is_set():
                raise Enough from None
            raise
        except SourceRefused:
            raise
        except SourceFailed:
            self._failed[host] += 1
            raise
        self._failed[host] = 0
        return Reply(answer.content, redact(answer.url))

    def _client(self, source: Source | None, *, inside: bool) -> Client:
        name = source.id if source else ""
        if (name, inside) not in self._clients:
            http = self._settings(source)
            more: dict[str, Any] = {"stop": self.stop, "guard": self.guard}
            if self.observe is not None:
                observe = self.observe
                more["observe"] = lambda exchange: observe(name, exchange)
            if source is not None and inside:
                known = source.model_copy(update={"http": http})
                made = fetch.client(known, self.config.contact, **more)
            else:
                open_ = http.model_copy(update={"token": None, "headers": {}})
                made = Client(open_, contact=self.config.contact, **more)
            self._clients[name, inside] = self.stack.enter_context(made)
        return self._clients[name, inside]

    def _settings(self, source: Source | None) -> HttpSettings:
        """The source's own, with less patience: what is not answered now is asked again another day."""
        given = source.http if source else HttpSettings(**self.config.http.model_dump())
        settings = self.config.slices
        return given.model_copy(
            update={
                "pause": max(given.pause, settings.pause),
                "concurrency": 1,
                "retries": min(given.retries, 1),
                "total_timeout": min(given.total_timeout, settings.timeout),
                "max_bytes": min(given.max_bytes, _MOST_BYTES),
                "max_decompressed_bytes": min(given.max_decompressed_bytes, 5 * _MOST_BYTES),
            }
        )
