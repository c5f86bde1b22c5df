"""Documents cut into their items say what they said whole."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.parse.outline import Part, items, outline

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=40,
)
BRACKETS = '{}[]",:\\'


def whole(content: bytes, value: Any) -> Any:
    return orjson.loads(content[value.start : value.end]) if isinstance(value, Part) else value


def listed(content: bytes, value: Any) -> list[Any]:
    return [whole(content, item) for item in items(content, value)]


@pytest.mark.parametrize("indent", [None, 1])
@given(value=st.dictionaries(st.text() | st.text(BRACKETS), JSON | st.text(BRACKETS), max_size=6))
def test_the_parts_of_a_tree_are_its_values(value: dict[str, Any], indent: int | None) -> None:
    content = json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    expected = orjson.loads(content)
    found = outline(content)
    assert {key: whole(content, part) for key, part in found.items()} == expected
    for key, part in found.items():
        if isinstance(part, Part):
            several = expected[key] if isinstance(expected[key], list) else [expected[key]]
            assert listed(content, part) == several


@given(st.lists(JSON, max_size=6))
def test_the_parts_of_a_list_are_its_items(value: list[Any]) -> None:
    content = b"  " + orjson.dumps(value) + b"\n"
    assert [whole(content, part) for part in outline(content)] == value


@given(st.binary() | st.text(BRACKETS + "a1 ").map(str.encode))
def test_what_is_cut_is_well_formed_or_refused(content: bytes) -> None:
    try:
        found = outline(content)
    except ValueError:
        return
    assert isinstance(found, dict | list)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"42",
        b"{",
        b'{"a": [}',
        b'{"a": [1, 2}',
        b'{"a": [1]] }',
        b'{"a": "b}',
        b'{"a": 1} {"b": 2}',
        b'{"a" [1]}',
        b'{"a": [1],, "b": [2]}',
    ],
)
def test_brackets_and_what_stands_between_them_have_to_be_right(content: bytes) -> None:
    with pytest.raises(ValueError, match=re.compile("")):
        outline(content)


@pytest.mark.parametrize(
    "content", [b'{"a": [{} {}]}', b'{"a": [{},,{}]}', b'{"a": [{},]}', b'{"a": [,{}]}']
)
def test_a_list_that_is_not_well_formed_gives_nothing(content: bytes) -> None:
    with pytest.raises(ValueError, match=re.compile("")):
        list(items(content, outline(content)["a"]))
