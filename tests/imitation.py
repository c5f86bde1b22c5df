"""A portal of some kind on loopback, imitated by its dialect, whose pages can be made to go wrong.

    with Imitation("ckan", entries(samples)) as portal:
        portal.wrong(3, status=500)
        …

`pages` are the different requests that ask for records, in order, counted from 1 (the same one asked for again is the same
page); what else a kind asks first (capabilities, a landing page) is answered and not counted.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harvester.demo import dialects
from harvester.demo.portal import Portal
from harvester.demo.samples import Producer, numbered, producers
from tests import portal as loopback
from tests.portal import Answer, Asked
from tests.territory import gazetteer

Wrong = Callable[[Answer, "Imitation", dialects.Asked], Answer]
"""What becomes of the answer that the portal would have given."""


def producer(slug: str = "meudon") -> Producer:
    """One of the sample territory's."""
    return producers(gazetteer())[slug]


def entries(kind: str, count: int, first: int = 0) -> tuple[Any, ...]:
    """Numbered datasets in the words of a kind."""
    describe = dialects.dialect(kind).describe
    return tuple(describe(sample) for sample in numbered(producer(), count, first))


class Imitation:
    """See the module. `page` is the most entries that it gives at once."""

    def __init__(
        self,
        kind: str,
        listed: Iterable[Any],
        asks: re.Pattern[str],
        *,
        page: int = 10,
        token: str = "",
    ) -> None:
        self.kind, self.asks = kind, asks
        self.dialect = dialects.dialect(kind)
        self.listed = Portal(
            "meudon",
            "Données ouvertes de Meudon",
            "commune",
            "fr:commune:92048",
            tuple(listed),
            kind=kind,
            page=page,
            token=token,
        )
        self.served = loopback.Portal()
        self.served.answers("*", self._answer)
        self.pages: list[str] = []
        self._wrong: dict[int, list[Wrong]] = {}
        self._moments = itertools.count(1)
        self._counting = threading.Lock()

    def __enter__(self) -> Imitation:
        return self

    def __exit__(self, *_: object) -> None:
        self.served.close()

    def lists(self, listed: Iterable[Any]) -> None:
        """From now on the portal lists these entries."""
        self.listed = replace(self.listed, entries=tuple(listed))

    def wrong(self, page: int, how: Wrong, *, once: bool = False) -> None:
        """What happens to the answer of the n-th page; 0: of every page."""
        self._wrong.setdefault(page, []).append(_once(how) if once else how)

    def again(self) -> None:
        """Everything is right again, and pages are counted from 1."""
        self._wrong.clear()
        self.pages.clear()

    def says(self, asked: dialects.Asked, listed: Portal | None = None) -> Answer:
        """What the portal would answer, were its entries those of `listed`."""
        said = self.dialect.answer(listed or self.listed, self.served.url, asked)
        if said is None:
            return Answer(404, b"nothing here", "text/plain")
        headers = {name: value for name, value in said.headers.items() if name.lower() != "etag"}
        tag = said.headers.get("ETag", "")
        return Answer(said.status, said.content, said.media_type, headers, etag=tag)

    def _answer(self, asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        question = dialects.Asked(
            unquote(url.path), query, asked.method, asked.headers, asked.body, next(self._moments)
        )
        answer = self.says(question)
        whole = f"{unquote(asked.path)} {asked.body.decode(errors='replace')}"
        if not self.asks.search(whole):
            return answer
        with self._counting:
            if whole not in self.pages:
                self.pages.append(whole)
            number = self.pages.index(whole) + 1
        for how in (*self._wrong.get(number, ()), *self._wrong.get(0, ())):
            answer = replace(how(answer, self, question), etag="")  # it is not what it was
        return answer


def _once(how: Wrong) -> Wrong:
    done: list[bool] = []

    def only(answer: Answer, portal: Imitation, asked: dialects.Asked) -> Answer:
        if done:
            return answer
        done.append(True)
        return how(answer, portal, asked)

    return only


def changed(**fields: Any) -> Wrong:
    """The answer with these fields of its own."""
    return lambda answer, _portal, _asked: replace(answer, **fields)


def cut(answer: Answer, _portal: Imitation, _asked: dialects.Asked) -> Answer:
    """Half of the body, properly sent."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def broken_off(answer: Answer, _portal: Imitation, _asked: dialects.Asked) -> Answer:
    """Half of the body, and then the connection ends."""
    return replace(answer, truncate=len(answer.body) // 2)


def latin(answer: Answer, _portal: Imitation, _asked: dialects.Asked) -> Answer:
    """The body in Latin-1, announced as what it was."""
    return replace(answer, body=answer.body.decode().encode("latin-1", "replace"))
