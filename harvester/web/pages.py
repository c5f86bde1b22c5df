"""Pages for people: a view's list with its search, and one entry. Without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harvester.config import colours
from harvester.model import Dataset
from harvester.store.catalogue import Row, ViewState
from harvester.view.slices import slice_id
from harvester.web import answers, french, records
from harvester.web.desk import Desk
from harvester.web.identity import Face
from harvester.web.schema_org import description_of
from harvester.web.search import (
    INDEXED,
    LEVELS,
    Index,
    Query,
    Results,
    card,
    code,
    index,
    search,
    words,
)

HTML_TYPE = "text/html; charset=utf-8"
CSS_TYPE = "text/css; charset=utf-8"
ON_A_PAGE = 20
FILTERS = ("level", "theme", "publisher", "format")


def environment() -> Environment:
    """The templates of the package."""
    made = Environment(
        loader=PackageLoader("harvester.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        spoken=_spoken,
        date=french.date,
        on=french.on,
        since=french.since,
        period=french.period,
        capital=french.capital,
        place=french.place,
        markdown=french.markdown,
        excerpt=french.excerpt,
        number=french.number,
        size=french.size,
        safe_html=french.safe,
        plain=french.plain,
        code=code,
    )
    return made


@pass_context
def _spoken(context: Context, text: Mapping[str, str]) -> str:
    """A text in the language of the catalogue that shows it."""
    return french.spoken(text, context["face"].language)


def catalogue(desk: Desk, request: Request, face: Face) -> Response:
    """The list of a view: searched, filtered, paged."""
    asked = {name: request.query_params.get(name, "")[:200] for name in ("q", *FILTERS)}
    number = request.query_params.get("page", "1")
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 10):
        raise HTTPException(400, "« page » est un nombre entier à partir de 1.")
    state = desk.reading.state(face.slug)
    version = answers.version(
        desk, request, state, "list", face.root, sorted(asked.items()), number
    )
    return answers.plain(
        desk, request, version, HTML_TYPE, lambda: _list(desk, face, state, asked, int(number))
    )


def _list(desk: Desk, face: Face, state: ViewState, asked: Mapping[str, str], number: int) -> bytes:
    query = Query(
        words(asked["q"]), asked["theme"], asked["publisher"], asked["format"], asked["level"]
    )
    nearness = french.nearness(face.place if _one_commune(desk, face) else "")
    found = _found(desk, face, state, query, (number - 1) * ON_A_PAGE)
    pages = max(1, -(-found.total // ON_A_PAGE))
    if number > pages:
        raise HTTPException(404, "Cette page de résultats n’existe pas.")
    given = {name: value for name, value in asked.items() if value}

    def link(**changed: object) -> str:
        kept = {k: v for k, v in {**given, **changed}.items() if v and (k, v) != ("page", 1)}
        return face.url() + (f"?{urlencode(kept)}" if kept else "")

    return render(
        desk,
        "list.html",
        face,
        found=found,
        asked=asked,
        given=given,
        page=number,
        pages=pages,
        link=link,
        nearness=nearness,
        around=_around(number, pages),
        cities=[other for other in desk.faces.values() if other.slug] if not face.slug else [],
    )


def _found(desk: Desk, face: Face, state: ViewState, query: Query, offset: int) -> Results:
    if state.count > INDEXED:
        total, rows = desk.reading.page(face.slug, query.words, query.level, offset, ON_A_PAGE)
        levels = {} if query.words else desk.reading.levels(face.slug)
        facets = {"level": tuple((level, levels[level]) for level in LEVELS if level in levels)}
        return Results(total, tuple(card(row, face.language) for row in rows), facets)
    held: Index = desk.indexes.get(
        (face.slug, state.seq), lambda: index(desk.reading.rows(face.slug), face.language)
    )
    return search(held, query, offset, ON_A_PAGE, face.themes)


def _one_commune(desk: Desk, face: Face) -> bool:
    view = desk.config.view(face.slug)
    return view is not None and view.territory.startswith("fr:commune:")


def _around(number: int, pages: int) -> list[int]:
    """The page numbers worth a link; 0 stands for a gap."""
    shown = sorted({1, pages, *range(max(1, number - 2), min(pages, number + 2) + 1)})
    out: list[int] = []
    for value in shown:
        if out and value - out[-1] > 1:
            out.append(0)
        out.append(value)
    return out


def entry(desk: Desk, request: Request, face: Face, key: str, vary: bool) -> Response:
    """The page of one entry."""
    found = records.find(desk, face, key)
    headers = records.located(desk, face, found, "html", vary)
    local = _local(desk, face, found)
    version = answers.version(
        desk,
        request,
        records.state_of(found),
        "entry",
        face.root,
        "html",
        records.told(found),
        local,
    )
    return answers.plain(
        desk, request, version, HTML_TYPE, lambda: _entry(desk, face, found, local), headers
    )


def _local(desk: Desk, face: Face, found: records.Found) -> str:
    """The id of the city's slice of a larger dataset, "" where the public sees none."""
    view = desk.config.view(face.slug)
    if not face.slug or view is None:
        return ""
    row = desk.reading.entry(face.slug, slice_id(found.row.id, view.territory))
    return row.id if isinstance(row, Row) else ""


def _entry(desk: Desk, face: Face, found: records.Found, local: str) -> bytes:
    value = found.entry.entry
    names = {source.id: source for source in desk.config.sources}
    origins = [
        (names[source].name if source in names else source, url if url.startswith("http") else "")
        for source, _, url in found.row.origins
    ]
    differing: dict[str, list[tuple[str, str, tuple[Any, ...]]]] = {}
    for told in desk.reading.differences(found.row):
        name = names[told.source].name if told.source in names else told.source
        url = told.url if told.url.startswith("http") else ""
        differing.setdefault(told.field, []).append((name, url, told.values))
    return render(
        desk,
        "entry.html",
        face,
        differing=differing,
        entry=value,
        distributions=value.distribution if isinstance(value, Dataset) else (),
        published=found.entry,
        iri=desk.site.dataset(found.row.id),
        here=face.url(f"datasets/{found.row.id}"),
        origins=origins,
        local=local,
        wholes=value.is_part_of if isinstance(value, Dataset) else (),
        data=description_of(found.entry, desk.site, face),
    )


def message(desk: Desk, face: Face, status: int, text: str) -> bytes:
    """A page that says what went wrong."""
    return render(desk, "message.html", face, status=status, text=text)


def render(desk: Desk, name: str, face: Face, **values: Any) -> bytes:
    """A template of the package, filled."""

    def label(concept: str) -> str:
        return french.spoken(desk.site.labels.get(concept, {})) or code(concept)

    text = desk.pages.get_template(name).render(
        face=face,
        whole=desk.faces[""],
        label=label,
        style=desk.salt,
        inside=desk.audience == "agents",
        **_doors(desk, face),
        **values,
    )
    return text.encode("utf-8", "replace")


def _doors(desk: Desk, face: Face) -> dict[str, str]:
    """Where agents sign in and out, in front of all catalogues of the server; empty where they cannot."""
    if not desk.signing_in:
        return {"signing_in": "", "signing_out": ""}
    front = desk.faces[""] if face.root.startswith(desk.faces[""].root) else face
    path = face.root.removeprefix(front.root)
    back = f"?{urlencode({'vers': f'/{path}'})}" if path else ""
    return {
        "signing_in": front.url("connexion") + back,
        "signing_out": front.url("deconnexion"),
    }


def stylesheet(desk: Desk, request: Request, face: Face, sheet: str) -> Response:
    """The package's style in the city's colour; readable whatever that colour is."""
    state = ViewState(0, "1970-01-01T00:00:00Z", 0)
    version = answers.version(desk, request, state, "style", face.root)
    return answers.plain(
        desk, request, version, CSS_TYPE, lambda: (_colours(face) + sheet).encode()
    )


def _colours(face: Face) -> str:
    accent = face.colour
    text = face.text_colour or colours.on(accent)
    links = face.link_colour or colours.readable(accent)
    return f":root{{--accent:{accent};--on-accent:{text};--link:{links}}}\n"
