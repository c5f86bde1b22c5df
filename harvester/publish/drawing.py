"""Boxes and arrows as SVG: a small layered layout, readable by people and by screen readers.

Boxes stand in columns, those that arrows leave before those they reach; arrows that would lead back are drawn as such.
An arrow over several columns gets a place of its own in each, so that none runs through a box. What nothing is drawn to
stands below. Colours are never alone: dashes, weights and words say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

HEIGHT, GAP, COLUMN, MARGIN, LANE = 44, 18, 120, 28, 16
_LETTER = 7.7
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Box:
    """`style` is `own`, `known` or `other`; `note` stands below the label."""

    name: str
    label: str
    note: str = ""
    style: str = "known"


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, with a label; `strong` ones are part of a circle."""

    start: str
    end: str
    label: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    width: float


def svg(
    title: str, description: str, boxes: Sequence[Box], arrows: Sequence[Arrow], apart: str
) -> bytes:
    """The drawing; `apart` is the heading above the boxes that no arrow touches."""
    touched = {name for arrow in arrows for name in (arrow.start, arrow.end)}
    linked = [box for box in boxes if box.name in touched]
    alone = [box for box in boxes if box.name not in touched]
    forward = _forward(linked, arrows)
    layers = _layers(linked, forward)
    columns, lanes = _columns(linked, forward, layers)
    widths = {box.name: _width(box) for box in boxes}
    places, size = _placed(columns, widths)
    width, height = size
    body = [_arrow(arrow, places, lanes) for arrow in arrows if arrow.start != arrow.end]
    body += [_box(box, places[box.name]) for box in linked]
    if alone:
        height += 2 * MARGIN if linked else MARGIN
        body.append(f'<text class="heading" x="{MARGIN}" y="{height}">{escape(apart)}</text>')
        height += GAP
        x, broad = float(MARGIN), max(width - MARGIN, 900.0)
        for box in alone:
            if x > MARGIN and x + widths[box.name] > broad:
                x, height = float(MARGIN), height + HEIGHT + GAP
            body.append(_box(box, _Place(x, height, widths[box.name])))
            x += widths[box.name] + GAP
            width = max(width, x + MARGIN)
        height += HEIGHT + MARGIN
    return _document(title, description, max(width, 420), height + 34, body).encode()


def _width(box: Box) -> float:
    return max(90.0, 24 + _LETTER * max(len(box.label), 0.9 * len(box.note)))


def _forward(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> list[tuple[str, str]]:
    """The arrows without those that lead back to where the way began."""
    follow: dict[str, list[str]] = {box.name: [] for box in boxes}
    for arrow in arrows:
        if arrow.end not in follow[arrow.start]:
            follow[arrow.start].append(arrow.end)
    kept: list[tuple[str, str]] = []
    state: dict[str, int] = {}
    reached = {end for ends in follow.values() for end in ends}
    for first in (*(n for n in follow if n not in reached), *follow):
        if first in state:
            continue
        state[first] = 1
        way = [(first, iter(follow[first]))]
        while way:
            here, rest = way[-1]
            there = next(rest, None)
            if there is None:
                state[here] = 2
                way.pop()
            elif state.get(there) != 1:
                kept.append((here, there))
                if there not in state:
                    state[there] = 1
                    way.append((there, iter(follow[there])))
    return kept


def _layers(boxes: Sequence[Box], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Column of each box: one past the last of those that lead to it, and as near as can be to what it leads to."""
    layer = dict.fromkeys((box.name for box in boxes), 0)
    for _ in boxes:
        moved = False
        for start, end in forward:
            if layer[end] <= layer[start]:
                layer[end], moved = layer[start] + 1, True
        if not moved:
            break
    for name in sorted(layer, key=lambda n: -layer[n]):
        ends = [layer[end] for start, end in forward if start == name]
        if ends:
            layer[name] = min(ends) - 1
    return layer


Lanes = dict[tuple[str, str], list[str]]


def _columns(
    boxes: Sequence[Box], forward: Sequence[tuple[str, str]], layers: Mapping[str, int]
) -> tuple[list[list[str]], Lanes]:
    """Names by column, in the order that crosses few arrows, and the lanes of arrows over several columns."""
    columns: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for box in boxes:
        columns[layers[box.name]].append(box.name)
    lanes: Lanes = {}
    beside: dict[str, list[str]] = {}
    for start, end in forward:
        way = [start]
        for number in range(layers[start] + 1, layers[end]):
            lane = f"\0{start}\0{end}\0{number}"
            columns[number].append(lane)
            way.append(lane)
        lanes[start, end] = way[1:]
        for one, other in zip(way, [*way[1:], end], strict=True):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    for turn in range(_PASSES):
        where = {
            name: row / max(1, len(column) - 1)
            for column in columns
            for row, name in enumerate(column)
        }
        for column in columns if turn % 2 else columns[::-1]:
            column.sort(
                key=lambda n: sum(where[b] for b in beside.get(n, [n])) / len(beside.get(n, [n]))
            )
            where.update((name, row / max(1, len(column) - 1)) for row, name in enumerate(column))
    return columns, lanes


def _placed(
    columns: Sequence[Sequence[str]], widths: Mapping[str, float]
) -> tuple[dict[str, _Place], tuple[float, float]]:
    tall = [
        sum(LANE if name.startswith("\0") else HEIGHT + GAP for name in column)
        for column in columns
    ]
    places: dict[str, _Place] = {}
    x = float(MARGIN)
    for column, height in zip(columns, tall, strict=True):
        broad = max((widths.get(name, 0) for name in column), default=0)
        y = MARGIN + 10 + (max(tall) - height) / 2
        for name in column:
            if name.startswith("\0"):
                places[name] = _Place(x, y + LANE / 2, broad)
                y += LANE
            else:
                places[name] = _Place(x, y, widths[name])
                y += HEIGHT + GAP
        x += broad + COLUMN
    return places, (x - COLUMN + MARGIN if columns else 0, max(tall, default=0) + 2 * MARGIN)


def _arrow(arrow: Arrow, places: Mapping[str, _Place], lanes: Lanes) -> str:
    start, end = places[arrow.start], places[arrow.end]
    kind = "arrow strong" if arrow.strong else "arrow"
    x, y = start.x + start.width, start.y + HEIGHT / 2
    head = (end.x - 3, end.y + HEIGHT / 2)
    if (arrow.start, arrow.end) not in lanes:  # back: below both boxes
        x, y = start.x + start.width / 2, start.y + HEIGHT
        head = (end.x + end.width / 2, end.y + HEIGHT + 3)
        low = max(y, head[1]) + 46
        path = f"M{x:.0f} {y:.0f}C{x:.0f} {low:.0f} {head[0]:.0f} {low:.0f} {head[0]:.0f} {head[1]:.0f}"
        at = ((x + head[0]) / 2, max(y, head[1]) + 32)
    else:
        path = f"M{x:.0f} {y:.0f}"
        stops = [places[lane] for lane in lanes[arrow.start, arrow.end]]
        points = [p for stop in stops for p in ((stop.x, stop.y), (stop.x + stop.width, stop.y))]
        at = (0.0, 0.0)
        for number, (to_x, to_y) in enumerate([*points, head]):
            if number % 2:
                path += f"H{to_x:.0f}"
            else:
                bend = (to_x - x) / 2
                path += (
                    f"C{x + bend:.0f} {y:.0f} {to_x - bend:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"
                )
            if number == 0:  # near its start, where arrows of one box lie apart less than boxes do
                at = (x + (to_x - x) * 0.62, y + (to_y - y) * 0.70 + 4)
            x, y = to_x, to_y
    label = f'<text class="count" x="{at[0]:.0f}" y="{at[1]:.0f}">{escape(arrow.label)}</text>'
    return f'<g><path class="{kind}" d="{path}"/>{label}</g>'


def _box(box: Box, place: _Place) -> str:
    x, y = place.x + place.width / 2, place.y + (HEIGHT / 2 + 5 if not box.note else 19)
    note = (
        f'<text class="note" x="{x:.0f}" y="{place.y + 35:.0f}">{escape(box.note)}</text>'
        if box.note
        else ""
    )
    return (
        f'<g class={quoteattr(box.style)}><rect x="{place.x:.0f}" y="{place.y:.0f}" rx="6" '
        f'width="{place.width:.0f}" height="{HEIGHT}"/>'
        f'<text class="label" x="{x:.0f}" y="{y:.0f}">{escape(box.label)}</text>{note}</g>'
    )


_STYLE = """
text{font:13px system-ui,"DejaVu Sans",sans-serif;fill:#1b1b1b;text-anchor:middle}
.note{font-size:11px;fill:#4a4a4a}.heading{font-weight:600;text-anchor:start}
.count{font-size:12px;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4px}
rect{fill:#e8f0fa;stroke:#1d4f91;stroke-width:1.5}
.other rect{fill:#fff;stroke:#6b6b6b;stroke-dasharray:5 4}
.own rect{fill:#fff3cd;stroke:#8a6100;stroke-width:2.5}
.arrow{fill:none;stroke:#5f6f82;stroke-width:1.5;marker-end:url(#head)}
.strong{stroke:#b00020;stroke-width:2.5;stroke-dasharray:8 3;marker-end:url(#alarm)}
"""


def _document(title: str, description: str, width: float, height: float, body: list[str]) -> str:
    heads = "".join(
        f'<marker id="{name}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 0 10 5 0 10z" fill="{colour}"/></marker>'
        for name, colour in (("head", "#5f6f82"), ("alarm", "#b00020"))
    ).replace('markerWidth="7" markerHeight="7"', 'markerWidth="11" markerHeight="11"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" lang="fr" role="img" aria-labelledby="title desc" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>'
        f"<style>{_STYLE}</style><defs>{heads}</defs>"
        f'<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'
        f"{''.join(body)}\n</svg>\n"
    )
