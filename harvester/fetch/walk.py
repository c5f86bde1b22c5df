"""The one walk over a source's pages: what to ask next, what is unchanged, and whether all of it was seen.

    walk = Walk(connector.start(…), client, remembered, hint=…)
    while fetched := walk.next():
        … read fetched.page …
        walk.learn(fetched, follow, total, ids)
    walk.complete, walk.problems

In the order in which things happen:

1. `start` gives the *beginnings* of the source. They are walked through one after the other: what a beginning leads to is
   asked for before the next one is. A directory on the disk is a beginning per file.
2. A request is asked with the validators of the page's last visit (`PageState`). Where the portal does not know it
   (`ELSEWHERE`), its `instead` is asked; where it refuses one file of a directory, that one is told and left out; else the walk ends
   with that error, once every page given before is learnt.
3. The answer is judged. A 304, or the same bytes again (but for what is `volatile` in them), is an unchanged page, given as
   `Fetched` without a `page`. A body that a page on the way here had as well is a repetition: told, and not given.
4. While the caller reads a page the next one is fetched in the background: the first of the queue, else what the page led to last
   time, else what the connector's `hint` guesses, else the next beginning. A guessed page may be given before a page named
   it, so that several pages can be read at once.
5. The caller tells what the page held (`learn`): pages it leads to, records, the announced total of its list. A page that
   leads back is a loop; pages without new records are followed for a while (`MOST_BARREN`), and no further.
6. At the end a guessed page that none named, and lists shorter than announced, are told.

`complete` is a proof, not a hope: nothing was cut off, refused or left unread, every guess was confirmed, and then either each list
that announces a total gave as many records, or no loop and no repetition raised a doubt. Only a complete walk lets records disappear.
Files of a directory, here or on a server, are named by the directory and not by each other: the same one twice proves
nothing against them.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Protocol

from harvester.errors import HarvesterError, SourceRefused
from harvester.fetch import files
from harvester.http import Response
from harvester.model import Problem, Severity
from harvester.parse.page import Page, Request, Total

MAX_PAGES = 20_000
ELSEWHERE = frozenset((400, 404, 405, 406, 410, 501))
"""Statuses that say that a portal has no such page: then a request's `instead` is asked for."""
MOST_BARREN = 10
"""Pages in a row that may bring nothing new before the walk stops following them."""


class Asker(Protocol):
    """What the walk needs of `harvester.http.Client`. `fetch` may be called from another thread."""

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
        accept: str = "*/*",
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Response:
        """Ask once, patiently; raises SourceRefused, SourceFailed or TryLater."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What is remembered of a page between runs, by its request's name. Without hash and validators it will be read again."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes = b""
    follow: tuple[Request, ...] = ()
    total: Total | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page asked for; `page` is None when it is unchanged. `received` counts the bytes on the wire."""

    request: Request
    page: Page | None
    state: PageState
    received: int = 0


Key = tuple[str, str, bytes]


class Walk:
    """See the module. Not for use from several threads; the background fetch is its own affair."""

    def __init__(
        self,
        start: Iterable[Request],
        client: Asker,
        remembered: Callable[[str], PageState | None],
        *,
        hint: Callable[[Page], Iterable[Request]] | None = None,
        max_pages: int = MAX_PAGES,
    ) -> None:
        self.problems: list[Problem] = []
        self._client = client
        self._remembered = remembered
        self._hint = hint
        self._max_pages = max_pages
        # What is still to be asked: beginnings, and what the present one has led to so far.
        self._later: deque[Request] = deque()
        self._queue: deque[Request] = deque()
        self._ahead: _Ahead | None = None
        self._roots: list[Path] = []
        for request in start:
            if request.url.startswith("file:"):
                self._roots.append(files.path_of(request.url).resolve())
                self._later.extend(files.expand(request))
            else:
                self._later.append(request)
        # How every page known so far was come by, and which were guessed and not yet named.
        self._parents: dict[Key, Key | None] = {_key(request): None for request in self._later}
        self._unconfirmed: set[Key] = set()
        # What was seen: bodies, records, records and totals of each list, pages in a row without anything new.
        self._bodies: dict[bytes, list[Request]] = {}
        self._ids: set[object] = set()
        self._listed: dict[str, set[object]] = {}
        self._totals: dict[str, int] = {}
        self._barren: dict[Key, int] = {}
        # How it stands: pages given, those of them not learnt yet, what was lost or is doubtful, why it stopped.
        self._given = 0
        self._open = 0
        self._failed = False
        self._doubt = False
        self._error: HarvesterError | None = None
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether every record of the source was provably seen."""
        if self._failed or not self._ended or self._unconfirmed:
            return False
        if self._totals:
            return not self._short()
        return not self._doubt

    @property
    def total(self) -> int | None:
        """How many records the source announces: of each of its lists, the highest total a page said."""
        return sum(self._totals.values()) if self._totals else None

    def _short(self) -> list[str]:
        """The lists that gave fewer records than they announced."""
        return [name for name, count in self._totals.items() if self._seen_of(name) < count]

    def _seen_of(self, name: str) -> int:
        # Pages of an only list need not repeat its total.
        return len(self._listed[name] if name else self._ids)

    def next(self) -> Fetched | None:
        """The next page; None when there is nothing to ask now (or, with all pages learnt, nothing at all).

        Raises SourceFailed, SourceRefused or TryLater, once every page given before was learnt.
        """
        if self._error is not None:
            if self._open:
                return None
            raise self._error
        while True:
            request, answer = self._take()
            if request is None:
                if self._open == 0:
                    self._end()
                return None
            if self._given >= self._max_pages:
                self._stop_here(request)
                continue
            if answer is None:
                try:
                    answer = self._ask(request)
                except HarvesterError as error:
                    if self._goes_on(request, error):
                        continue
                    if not self._open:
                        raise
                    self._error = error
                    return None
            fetched = self._judged(request, answer)
            if fetched is not None:
                self._given += 1
                self._open += 1
                self._look_ahead(fetched)
                return fetched

    def learn(
        self,
        fetched: Fetched,
        follow: Iterable[Request],
        total: Total | None,
        ids: Collection[object],
        *,
        whole: bool = True,
    ) -> PageState:
        """Take in what a page led to (further pages, the announced total, its records); return what to remember.

        `ids` may be any hashable names of records, the same ones for the same records throughout the walk.
        `whole` is False when the page held more than could be read: the walk is then not complete, and the
        page is remembered without validators, so that the next run does not take it for an unchanged whole one.
        """
        self._open -= 1
        follow = tuple(follow)
        named, here = follow, _key(fetched.request)
        on_disk = here[0].startswith("file:")
        if on_disk:
            follow, total = self._on_disk(follow, here[0]), None
        if not ids:
            # An answer without records (a refusal, say) may come again, word for word, to another question.
            self._bodies.pop(fetched.state.body_hash, None)
        barren = self._barren_pages(fetched.request, total, ids)
        if barren >= MOST_BARREN and follow:
            self._say(
                "page-barren",
                f"{barren} pages in a row brought no new record; those after them were not asked for.",
                fetched.request.url,
            )
            self._doubt = True
            follow = ()
        for request in follow:
            self._follow(request, here)
        if not whole:
            self._failed = True
            return PageState(fetched.state.url, follow=named, total=total)
        return replace(fetched.state, follow=named, total=total)

    def _barren_pages(self, request: Request, total: Total | None, ids: Collection[object]) -> int:
        """Note the records of a page and the total of its list; how many pages in a row, up to this one, had nothing new."""
        known = self._ids
        if total is not None:
            self._totals[total.of] = max(self._totals.get(total.of, 0), total.count)
            if total.of:  # what another list has shown is news to this one
                known = self._listed.setdefault(total.of, set())
        before = len(known)
        known.update(ids)
        fresh = len(known) - before
        self._ids.update(ids)
        apart = _stands_apart(request)
        if ids and not fresh and before:
            self._doubt = self._doubt or not apart
            self._say(
                "page-repeated",
                "The page holds only records that other pages hold.",
                request.url,
                "info" if apart else "warning",
            )
        here = _key(request)
        parent = self._parents.get(here)
        barren = 0 if fresh or apart else 1 + (self._barren.get(parent, 0) if parent else 0)
        self._barren[here] = barren
        return barren

    def close(self) -> None:
        """Forget the page under way in the background; closing the client ends its fetch."""
        self._ahead = None

    def _stop_here(self, request: Request) -> None:
        said = f"The walk stopped after {self._given} pages."
        self._say("page-limit", said, request.url, "error")
        self._failed = True
        self._queue.clear()
        self._later.clear()

    def _goes_on(self, request: Request, error: HarvesterError) -> bool:
        """Whether there is a way on after a refusal: what is asked instead, or the other files of a directory."""
        if request.instead and error.context.get("status") in ELSEWHERE:
            self._parents[_key(request.instead)] = self._parents.get(_key(request))
            self._queue.appendleft(request.instead)
            return True
        self._failed = True
        if request.listed and isinstance(error, SourceRefused):
            self._say("page-refused", str(error), request.url, "error")
            return True
        return False

    def _on_disk(self, follow: tuple[Request, ...], url: str) -> tuple[Request, ...]:
        """What a file leads to on the disk: a saved page of an online catalogue is a source of its own."""
        local = tuple(request for request in follow if request.url.startswith("file:"))
        if len(local) < len(follow):
            self._say(
                "page-elsewhere",
                "The file is one page of an online catalogue; its other pages were not asked for.",
                url,
                "info",
            )
        return local

    def _follow(self, request: Request, here: Key) -> None:
        key = _key(request)
        if key in self._unconfirmed:
            self._unconfirmed.discard(key)
        elif key in self._parents:
            if key in self._line(here):
                self._doubt = True
                self._say(
                    "page-loop",
                    "The page names itself or an earlier page as the next one.",
                    request.url,
                )
        elif request.url.startswith("file:") and not self._inside(request.url):
            self._doubt = True
            self._say(
                "page-refused",
                "A page names a file outside the source's own; it was not read.",
                request.url,
            )
        else:
            self._parents[key] = here
            self._queue.append(request)

    def _inside(self, url: str) -> bool:
        try:
            path = files.path_of(url).resolve()
        except SourceRefused:
            return False
        return any(
            path.is_relative_to(root if root.is_dir() else root.parent) for root in self._roots
        )

    def _line(self, key: Key | None) -> Iterator[Key]:
        """The page and those that led to it."""
        while key is not None:
            yield key
            key = self._parents[key]

    def _take(self) -> tuple[Request | None, Response | None]:
        """The next request and, where it was fetched ahead, its answer."""
        ahead = self._ahead
        if not self._queue and self._later:
            begun = _key(self._later[0])
            if ahead is not None and not self._open and _key(ahead.request) != begun:
                ahead = self._ahead = None  # a guess that no page confirmed
            if ahead is None or _key(ahead.request) == begun:
                self._queue.append(self._later.popleft())
        if self._queue:
            request = self._queue.popleft()
            if ahead is None or _key(ahead.request) != _key(request):
                return request, None
            self._ahead = None
            return request, ahead.answer()
        if ahead is None or self._given >= self._max_pages:
            return None, None
        self._ahead = None
        answer = ahead.answer()
        # With every page learnt, nobody is left who could name this one.
        if answer is not None and self._open:
            key = _key(ahead.request)
            self._parents[key] = ahead.parent
            self._unconfirmed.add(key)
            return ahead.request, answer
        return None, None

    def _ask(self, request: Request) -> Response:
        if request.url.startswith("file:"):
            return files.read(request.url)
        state = self._remembered(request.name)
        return self._client.fetch(
            request.url,
            method=request.method,
            body=request.body,
            headers=request.headers,
            accept=request.accept,
            etag=state.etag if state else None,
            last_modified=state.last_modified if state else None,
        )

    def _judged(self, request: Request, answer: Response) -> Fetched | None:
        """The answer as a page, an unchanged page, or None when a page that led here, or another file, had the same body."""
        state = self._remembered(request.name)
        if answer.status == 304:
            if state is None:
                raise SourceRefused(f"304 without a question: {request.url}", code="page-refused")
            body_hash = state.body_hash
        else:
            body_hash = _meaning(request, answer)
        twin = self._twin(request, body_hash) if body_hash else None
        if twin is not None:
            apart = _stands_apart(request)
            self._doubt = self._doubt or not apart
            self._unconfirmed.discard(_key(request))
            self._say(
                "page-repeated",
                f"The page has the same content as {twin.name}.",
                request.url,
                "info" if apart else "warning",
            )
            return None
        if state is not None and (
            answer.status == 304 or (body_hash and body_hash == state.body_hash)
        ):
            kept = replace(
                state,
                etag=answer.etag or state.etag,
                last_modified=answer.last_modified or state.last_modified,
            )
            return Fetched(request, None, kept, answer.received)
        page = Page(request, answer.url, answer.content, answer.media_type, answer.charset)
        fresh = PageState(request.name, answer.etag, answer.last_modified, body_hash)
        return Fetched(request, page, fresh, answer.received)

    def _twin(self, request: Request, body_hash: bytes) -> Request | None:
        """The page before this one that had the same body. That two lists are both empty means nothing."""
        others = self._bodies.setdefault(body_hash, [])
        line = set(self._line(_key(request))) if others else set()
        for other in others:
            on_disk = request.url.startswith("file:") and other.url.startswith("file:")
            if other.name != request.name and (on_disk or _key(other) in line):
                return other
        others.append(request)
        return None

    def _look_ahead(self, fetched: Fetched) -> None:
        """Start fetching the page that comes next, if there is a good guess."""
        if self._ahead is not None or self._given >= self._max_pages:
            return
        guess: list[Request] = []
        if self._queue:
            guess.append(self._queue[0])
        elif fetched.page is None:
            guess += fetched.state.follow
        elif self._hint is not None:
            guess += self._hint(fetched.page)
        guess = [each for each in guess if self._queue or _key(each) not in self._parents]
        for request in guess or list(islice(self._later, 1)):
            if request.url.startswith("file:"):
                continue
            self._ahead = _Ahead(request, _key(fetched.request), self._ask)
            return

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        for url, _, _ in sorted(self._unconfirmed):
            self._say(
                "page-unannounced", "A page was read that no page names as its next one.", url
            )
        for name in [] if self._failed else self._short():
            of = f" of {name}" if name else ""
            self._say(
                "page-short",
                f"The source announces {self._totals[name]} records{of} and gave {self._seen_of(name)}; "
                "nothing will be withdrawn.",
                "",
            )

    def _say(self, code: str, message: str, url: str, severity: Severity = "warning") -> None:
        self.problems.append(Problem(code, message, severity, value=url[:200]))


@dataclass(slots=True)
class _Ahead:
    """One request under way in a thread of its own."""

    request: Request
    parent: Key
    ask: Callable[[Request], Response]
    _answer: Response | None = field(default=None, init=False)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # A guess may be wrong. A page that is really needed is asked for again, and then fails aloud.
        with suppress(Exception):
            self._answer = self.ask(self.request)

    def answer(self) -> Response | None:
        """The answer, waited for; None when asking failed."""
        self._thread.join()
        return self._answer


def _meaning(request: Request, answer: Response) -> bytes:
    """The hash of an answer, without what differs in every one."""
    if not request.volatile:
        return answer.body_hash
    stable = re.sub(request.volatile.encode(), b"", answer.content, count=1)
    return blake2b(stable, digest_size=16).digest()


def _stands_apart(request: Request) -> bool:
    """Whether a directory names the page, here or on a server: it is no page of a sequence."""
    return request.listed or request.url.startswith("file:")


def _key(request: Request) -> Key:
    return (request.url, request.method, request.body)
