"""Whatever a portal sends, a page costs at most itself: no connector raises what it should not."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.fetch.kinds import KINDS
from tests.mutation import mutated
from tests.wild import CHARSETS, bear, seeds

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_bytes_are_borne(kind: str, data: st.DataObject) -> None:
    request, _ = data.draw(st.sampled_from(seeds(kind)))
    bear(kind, request, data.draw(st.binary(max_size=400)), data.draw(st.sampled_from(CHARSETS)))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_pages_are_borne(kind: str, data: st.DataObject) -> None:
    request, content = data.draw(st.sampled_from(seeds(kind)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        length = data.draw(st.integers(0, 60))
        content = content[:at] + data.draw(st.binary(max_size=20)) + content[at + length :]
    bear(kind, request, content, data.draw(st.sampled_from(CHARSETS)))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_tags_words_and_members_in_the_place_of_others_are_borne(
    kind: str, data: st.DataObject
) -> None:
    request, content = data.draw(st.sampled_from(seeds(kind)))
    odd = data.draw(st.binary(min_size=1, max_size=8))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    bear(kind, request, mutated(content, rng, lambda some: some[: len(some) // 2] + odd, 60_000))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_values_of_any_shape_in_the_place_of_others_are_borne(
    kind: str, data: st.DataObject
) -> None:
    request, content = data.draw(st.sampled_from(seeds(kind)))
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return
    for _ in range(data.draw(st.integers(1, 3))):
        value = _replaced(value, data)
    try:
        content = orjson.dumps(value)
    except TypeError:
        return
    bear(kind, request, content)


def _replaced(value: object, data: st.DataObject) -> object:
    """The value with something else somewhere in it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 9)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _replaced(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 9)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _replaced(value[at], data), *value[at + 1 :]]
    return data.draw(JSON)
