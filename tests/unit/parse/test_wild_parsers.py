"""The parsers that no kind of source reaches bear any bytes, and read them twice the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mutation import mutated
from tests.parsers import GOOD, PARSERS, bear


@pytest.mark.parametrize("name", sorted(PARSERS))
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_borne(name: str, content: bytes) -> None:
    bear(name, content)


@pytest.mark.parametrize("name", sorted(PARSERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_good_bytes_made_bad_are_borne(name: str, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(GOOD[name]))
    odd = data.draw(st.binary(min_size=1, max_size=8))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    bear(name, mutated(content, rng, lambda some: some[: len(some) // 2] + odd, 20_000))
