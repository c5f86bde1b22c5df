"""Boxes and arrows as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from harvester.publish.drawing import Arrow, Box, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(boxes: list[Box], arrows: list[Arrow]) -> ET.Element:
    return ET.fromstring(svg("Titre", "A alimente B.", boxes, arrows, "Sans échange"))


def places(root: ET.Element) -> list[tuple[float, float, float, float]]:
    rects = [rect for group in root.findall(f"{SVG}g") for rect in group.findall(f"{SVG}rect")]
    return [tuple(float(rect.get(n) or 0) for n in ("x", "y", "width", "height")) for rect in rects]  # type: ignore[misc]


def test_a_drawing_says_in_words_what_it_shows() -> None:
    root = drawn([Box("a", "Ville & Cie"), Box("b", "B")], [Arrow("a", "b", "12")])
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert [root.findtext(f"{SVG}{name}") for name in ("title", "desc")] == [
        "Titre",
        "A alimente B.",
    ]
    assert "Ville & Cie" in [text.text for text in root.iter(f"{SVG}text")]


def test_givers_stand_left_of_takers_and_the_unconnected_below() -> None:
    boxes = [Box(name, name) for name in ("c", "a", "b", "seul")]
    root = drawn(boxes, [Arrow("a", "b", "1"), Arrow("b", "c", "1"), Arrow("a", "c", "1")])
    c, a, b, alone = places(root)
    assert a[0] + a[2] < b[0]
    assert b[0] + b[2] < c[0]
    assert alone[1] > max(a[1], b[1], c[1])


NAMES = [f"n{number}" for number in range(9)]


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20, unique=True)
)
def test_whatever_feeds_whatever_no_box_lies_on_another_and_all_lie_inside(
    pairs: list[tuple[str, str]],
) -> None:
    root = drawn([Box(n, n, "3 fiches") for n in NAMES], [Arrow(a, b, "1", True) for a, b in pairs])
    width, height = (float(n) for n in (root.get("viewBox") or "").split()[2:])
    boxes = places(root)
    assert len(boxes) == len(NAMES)
    for number, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
        for other_x, other_y, other_w, other_h in boxes[number + 1 :]:
            assert (
                x + w <= other_x
                or other_x + other_w <= x
                or y + h <= other_y
                or other_y + other_h <= y
            )
    paths = [path.get("d") or "" for path in root.findall(f"{SVG}g/{SVG}path")]
    assert len(paths) == sum(a != b for a, b in pairs)
    assert all(re.fullmatch(r"[MCH\d\s.-]+", path) for path in paths)
