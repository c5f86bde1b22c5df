"""The curators' pages: the pairs that wait, two records side by side, and a form to say what they are.

Plain HTML: every button is a form that posts and is answered with a redirect. Nothing is cached, nothing is indexed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from harvester.errors import DecisionRefused, HarvesterError
from harvester.link import wording
from harvester.run.clusters import Clusters
from harvester.run.decide import attributed, decide
from harvester.run.review import FIELDS, look, queue, written
from harvester.store import Store
from harvester.store.review import Waiting
from harvester.store.verdicts import Verdict
from harvester.web.curators import (
    Curator,
    Curators,
    curator,
    introduced,
    is_ours,
    may_send,
    sign_in,
    sign_out,
)
from harvester.web.desk import Desk
from harvester.web.pages import HTML_TYPE, render
from harvester.web.reading import Unavailable

ROUTES: tuple[str, ...] = ("/revue", "/revue/connexion", "/revue/deconnexion", "/revue/{a}/{b}")
"""At the territory's root alone."""
ON_A_PAGE = 20
_LONGEST_FORM = 20_000
_LONGEST_NOTE = 2_000
_FORM = "application/x-www-form-urlencoded"

T = TypeVar("T")
Said = dict[str, str]
Page = Callable[[Request, Curator], Response]


@dataclass(frozen=True, slots=True)
class Room:
    """What the pages work with."""

    desk: Desk
    store: Store
    clusters: Clusters
    curators: Curators

    def url(self, path: str = "") -> str:
        """The address of one of these pages."""
        return self.desk.faces[""].url(f"revue{path}")

    @property
    def path(self) -> str:
        """What the addresses of all of these pages begin with, on the server."""
        return urlsplit(self.url()).path


def routes(room: Room) -> list[Route]:
    """The pages of a room."""

    def asked(page: Page) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            who = _whole(lambda: curator(request, room.curators))
            if who is None:
                raise HTTPException(404)
            return _hidden(_whole(lambda: page(request, who)))

        return endpoint

    def sent(
        answer: Callable[[Request, Said], Response],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            said = await _said(request)
            return _hidden(await run_in_threadpool(_whole, lambda: answer(request, said)))

        return endpoint

    def first(request: Request) -> Response:
        who = _whole(lambda: curator(request, room.curators))
        if who is not None:
            return _hidden(_whole(lambda: _queue(room, request, who)))
        if not _whole(room.curators.any):
            raise HTTPException(404)
        return _hidden(RedirectResponse(room.url("/connexion"), 303))

    def door(request: Request) -> Response:  # noqa: ARG001 - the same for everybody
        if not _whole(room.curators.any):
            raise HTTPException(404)
        return _hidden(_door(room))

    queue_, sign, out, pair = ROUTES
    pair = pair.replace("{a}", "{a:int}").replace("{b}", "{b:int}")
    return [
        Route(queue_, first, methods=["GET"]),
        Route(sign, door, methods=["GET"]),
        Route(sign, sent(lambda request, said: _enter(room, request, said)), methods=["POST"]),
        Route(out, sent(lambda request, said: _leave(room, request, said)), methods=["POST"]),
        Route(pair, asked(lambda request, who: _pair(room, request, who)), methods=["GET"]),
        Route(pair, sent(lambda request, said: _decide(room, request, said)), methods=["POST"]),
    ]


def _door(room: Room, told: str = "", status: int = 200) -> Response:
    desk = room.desk
    body = render(desk, "review_door.html", desk.faces[""], told=told, here=room.url)
    return Response(body, status, {"Content-Type": HTML_TYPE})


def _enter(room: Room, request: Request, said: Said) -> Response:
    if not room.curators.any():
        raise HTTPException(404)
    token = said.get("jeton", "").strip()
    if not is_ours(request) or introduced(token, room.curators) is None:
        return _door(
            room, "Ce jeton n’ouvre pas ces pages. Demandez-en un à l’administrateur.", 403
        )
    answer = RedirectResponse(room.url(), 303)
    sign_in(answer, token, room.path, secure=room.url().startswith("https:"))
    return answer


def _leave(room: Room, request: Request, said: Said) -> Response:
    _sender(room, request, said)
    answer = RedirectResponse(room.desk.faces[""].url(), 303)
    sign_out(answer, room.path)
    return answer


def _sender(room: Room, request: Request, said: Said) -> Curator:
    who = curator(request, room.curators)
    if who is None:
        raise HTTPException(404)
    if not may_send(request, who, said.get("formulaire", "")):
        raise HTTPException(
            403, "Ce formulaire ne vient pas d’ici, ou d’une autre session. Rechargez la page."
        )
    return who


def _queue(room: Room, request: Request, who: Curator) -> Response:
    config = room.desk.config
    source, view, number = (
        request.query_params.get(name, "")[:200] for name in ("source", "vue", "page")
    )
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    with room.store.read() as connection:
        found = queue(connection, config, source, view or None)
    pages = max(1, -(-len(found) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    given = {name: value for name, value in (("source", source), ("vue", view)) if value}

    def link(number: int) -> str:
        query = {**given, **({"page": number} if number > 1 else {})}
        return room.url() + (f"?{urlencode(query)}" if query else "")

    return _page(
        room,
        "review_queue.html",
        who,
        waiting=[
            (gain, pair, _address(room, pair.a, pair.b, given))
            for gain, pair in found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        ],
        total=len(found),
        page=page,
        pages=pages,
        link=link,
        source=source,
        view=view,
        sources=[(each.id, each.name) for each in config.sources],
        views=[(each.slug, each.title) for each in config.views],
        names={each.id: each.name for each in config.sources},
        just=_just(room, request),
    )


def _pair(
    room: Room,
    request: Request,
    who: Curator,
    told: str = "",
    status: int = 200,
    note: str = "",
) -> Response:
    a, b = request.path_params["a"], request.path_params["b"]
    given = _given(request)
    config = room.desk.config
    with room.store.read() as connection:
        try:
            seen = look(connection, config, room.clusters, a, b)
        except DecisionRefused:
            raise HTTPException(404) from None
        found = queue(connection, config, given.get("source", ""), given.get("vue"))
    following = _after([pair for _, pair in found], a, b)
    letters = {"/".join(seen.a.name): "A", "/".join(seen.b.name): "B"}

    def whose(names: Iterable[str]) -> list[str]:
        return [letters.get(name, name) for name in names]

    return _page(
        room,
        "review_pair.html",
        who,
        status,
        seen=seen,
        told=told,
        note=note,
        words=[(attributed(decision), decision.note) for decision in seen.told],
        levels=[
            (wording.level(name), wording.signed(bits), bits)
            for name, bits in wording.ordered(seen.evidence.levels)
        ],
        vetoes=[wording.veto(name) for name in seen.evidence.vetoes],
        merged=[
            (label, written(name, seen.merged.get(name)), whose(seen.origin.get(name, ())))
            for name, label in FIELDS.items()
            if seen.merged.get(name)
        ],
        speaks=whose([seen.speaks])[0],
        threshold=config.links.link,
        action=_address(room, a, b, given),
        skip=_address(room, following.a, following.b, given) if following else room.url(),
        left=len(found),
        just=_just(room, request),
    )


def _decide(room: Room, request: Request, said: Said) -> Response:
    who = _sender(room, request, said)
    a, b = request.path_params["a"], request.path_params["b"]
    given = _given(request)
    config = room.desk.config
    with room.store.read() as connection:
        try:
            seen = look(connection, config, room.clusters, a, b)
        except DecisionRefused:
            raise HTTPException(404) from None
        found = [
            pair for _, pair in queue(connection, config, given.get("source", ""), given.get("vue"))
        ]
    one, two = "/".join(seen.a.name), "/".join(seen.b.name)
    words: dict[str, tuple[Verdict, str, str]] = {
        "same": ("same", one, two),
        "different": ("different", one, two),
        "a-in-b": ("part", one, two),
        "b-in-a": ("part", two, one),
        "origin-a": ("origin", one, ""),
        "origin-b": ("origin", two, ""),
        "undone": ("undone", one, two),
    }
    wanted = words.get(said.get("verdict", ""))
    if wanted is None:
        raise HTTPException(400, "Cette décision n’existe pas.")
    verdict, first, second = wanted
    note = said.get("note", "").strip()[:_LONGEST_NOTE]
    try:
        decide(room.store, room.clusters, verdict, first, second, by=who.label, note=note)
    except DecisionRefused as error:
        return _pair(room, request, who, str(error), 409, note)
    if verdict in ("origin", "undone"):
        return RedirectResponse(_address(room, a, b, given), 303)
    following = _after(found, a, b)
    query = {**given, "apres": f"{a}-{b}"}
    target = (
        _address(room, following.a, following.b, query)
        if following
        else f"{room.url()}?{urlencode(query)}"
    )
    return RedirectResponse(target, 303)


def _just(room: Room, request: Request) -> tuple[str, str] | None:
    """What was decided last, as the address says which pair it was: (in French, the pair's page)."""
    ends = request.query_params.get("apres", "").split("-")
    if len(ends) != 2 or not all(end.isascii() and end.isdigit() and len(end) < 19 for end in ends):
        return None
    a, b = map(int, ends)
    with room.store.read() as connection:
        try:
            seen = look(connection, room.desk.config, room.clusters, a, b)
        except DecisionRefused:
            return None
    if seen.standing is None:
        return None
    return attributed(seen.told[-1]), _address(room, a, b, _given(request))


def _after(found: list[Waiting], a: int, b: int) -> Waiting | None:
    """The pair that comes after this one in the queue; the first one where it is not in there."""
    others = [pair for pair in found if (pair.a, pair.b) != (a, b)]
    place = next((n for n, pair in enumerate(found) if (pair.a, pair.b) == (a, b)), 0)
    return others[place] if place < len(others) else (others[0] if others else None)


def _given(request: Request) -> dict[str, str]:
    """The filters of the queue that somebody works through."""
    names = ("source", "vue")
    return {n: request.query_params[n][:200] for n in names if request.query_params.get(n)}


def _address(room: Room, a: int, b: int, query: dict[str, str]) -> str:
    return room.url(f"/{a}/{b}") + (f"?{urlencode(query)}" if query else "")


def _page(room: Room, name: str, who: Curator, status: int = 200, **values: object) -> Response:
    desk = room.desk
    body = render(
        desk, name, desk.faces[""], who=who, here=room.url, signed=wording.signed, **values
    )
    return Response(body, status, {"Content-Type": HTML_TYPE})


def _hidden(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _whole(work: Callable[[], T]) -> T:
    """Do it, and tell what the store's failures are to a reader."""
    try:
        return work()
    except (HTTPException, HarvesterError):
        raise
    except Exception as error:
        raise Unavailable("the store does not answer", cause=repr(error)) from error


async def _said(request: Request) -> Said:
    """What a form says, the last of each field."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415, "Un formulaire est attendu.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413, "Ce formulaire est trop long.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise HTTPException(400, "Ce formulaire est illisible.") from None
    return {name: values[-1] for name, values in fields.items()}
