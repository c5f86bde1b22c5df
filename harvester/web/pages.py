"""Pages for people: a view's list with its search, and one entry. Without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

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
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})").fullmatch
_DEFAULT = "#1d4f91"


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
        spoken=french.spoken,
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


def catalogue(desk: Desk, request: Request, face: Face) -> Response:
    """The list of a view: searched, filtered, paged."""
    asked = {name: request.query_params.get(name, "")[:200] for name in ("q", *FILTERS)}
    number = request.query_params.get("page", "1")
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 10):
        raise HTTPException(400, "« page » est un nombre entier à partir de 1.")
    state = desk.reading.state(face.slug)
    version = answers.version(
        desk, request, state, "list", face.slug, sorted(asked.items()), number
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
        return Results(total, tuple(map(card, rows)), facets)
    held: Index = desk.indexes.get(
        (face.slug, state.seq), lambda: index(desk.reading.rows(face.slug))
    )
    return search(held, query, offset, ON_A_PAGE)


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
    found = records.find(desk, key)
    iri = desk.site.dataset(found.row.id)
    headers = {"Link": f'<{iri}>; rel="canonical"', "Content-Location": f"{iri}.html"}
    if vary:
        headers["Vary"] = "Accept, Accept-Encoding"
    local = _local(desk, face, found)
    version = answers.version(
        desk, request, records.state_of(found), "entry", face.slug, "html", found.row.id, local
    )
    return answers.plain(
        desk, request, version, HTML_TYPE, lambda: _entry(desk, face, found, local), headers
    )


def _local(desk: Desk, face: Face, found: records.Found) -> str:
    """The id of the city's slice of a larger dataset, "" where the public sees none."""
    view = desk.config.view(face.slug)
    if not face.slug or view is None:
        return ""
    row = desk.reading.entry(slice_id(found.row.id, view.territory))
    return row.id if isinstance(row, Row) else ""


def _entry(desk: Desk, face: Face, found: records.Found, local: str) -> bytes:
    value = found.entry.entry
    names = {source.id: source for source in desk.config.sources}
    origins = [
        (names[source].name if source in names else source, url if url.startswith("http") else "")
        for source, _, url in found.row.origins
    ]
    differing: dict[str, list[tuple[str, str, tuple[Any, ...]]]] = {}
    for told in desk.reading.differences(found.row.id):
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
        face=face, whole=desk.faces[""], label=label, style=desk.salt, **values
    )
    return text.encode("utf-8", "replace")


def stylesheet(desk: Desk, request: Request, face: Face, sheet: str) -> Response:
    """The package's style in the city's colour; readable whatever that colour is."""
    state = ViewState(0, "1970-01-01T00:00:00Z", 0)
    version = answers.version(desk, request, state, "style", face.slug)
    return answers.plain(
        desk, request, version, CSS_TYPE, lambda: (_colours(face.colour) + sheet).encode()
    )


def _colours(colour: str) -> str:
    accent = _rgb(colour if _COLOUR(colour) else _DEFAULT)
    text = accent
    while _contrast(text, (255, 255, 255)) < 5.5:  # links on white and on pale grey
        text = tuple(int(part * 0.92) for part in text)
    on_accent = "#fff" if _contrast(accent, (255, 255, 255)) >= 4.5 else "#161616"
    return f":root{{--accent:{_hex(accent)};--on-accent:{on_accent};--link:{_hex(text)}}}\n"


def _rgb(colour: str) -> tuple[int, ...]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))


def _hex(colour: Sequence[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """WCAG 2.2's contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Sequence[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
