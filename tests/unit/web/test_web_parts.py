"""The small parts: one gzip stream of many, bounded memory, negotiation."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.web import deflate
from harvester.web.cache import Recent
from harvester.web.negotiation import preferred, takes_gzip, unchanged


@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_parts_packed_apart_make_one_gzip_stream(parts):
    stream, crc, size = deflate.HEADER, 0, 0
    for part in map(deflate.pack, parts):
        stream += part.data
        crc = deflate.combine(crc, part.crc, part.size)
        size += part.size
    stream += deflate.trailer(crc, size)
    assert gzip.decompress(stream) == b"".join(parts)
    reader = zlib.decompressobj(31)
    reader.decompress(stream)
    assert reader.eof
    assert reader.unused_data == b""


def test_memory_is_bounded_and_the_least_recent_goes_first():
    held = Recent(10, len)
    for name in ("a", "b"):
        held.get(name, lambda: b"12345")
    held.get("a", lambda: pytest.fail("held"))
    held.get("c", lambda: b"123")
    assert held.weight == 8
    assert held.get("b", lambda: b"again") == b"again"


OFFERED = (("html", ("text/html",)), ("ttl", ("text/turtle",)))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "html"),
        ("text/*;q=0.5, text/turtle", "ttl"),
        ("text/turtle;q=x", None),
        ("*/*;q=0", None),
        (" , ;", "html"),
        ("TEXT/TURTLE", "ttl"),
    ],
)
def test_the_best_offer_wins(accept, expected):
    assert preferred(accept, OFFERED) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("*", True),
        ("gzip;q=0.5, identity", False),
        ("br, gzip;q=0.8", True),
    ],
)
def test_gzip_only_for_who_wants_it(header, expected):
    assert takes_gzip(header) is expected


def test_a_broken_date_is_no_validator():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert not unchanged({"if-modified-since": "yesterday"}, '"x"', moment)
    assert unchanged({"if-none-match": 'W/"x"'}, '"x"', moment)
    assert not unchanged(
        {"if-none-match": '"y"', "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        '"x"',
        moment,
    )
