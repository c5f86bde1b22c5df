"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.portal import Portal


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A portal of one's own on loopback: see tests/portal.py."""
    with Portal() as portal:
        yield portal


@pytest.fixture
def other_portal() -> Iterator[Portal]:
    """A second one, for redirects and credentials."""
    with Portal() as portal:
        yield portal
