from __future__ import annotations

import contextlib
import gzip
import io
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import SourceRefused
from harvester.http.body import Caps, TruncatedBody, read_body

ENCODERS = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}


def read(sent: bytes, encoding: str, size: int = 65536) -> bytes:
    caps = Caps(max_bytes=1 << 30, max_decompressed_bytes=1 << 30, max_ratio=1e9)
    file = io.BytesIO(sent)
    return read_body(lambda wanted: file.read(min(wanted, size)), encoding, caps)


@given(st.binary(max_size=3000), st.sampled_from(sorted(ENCODERS)), st.integers(1, 200))
def test_what_was_sent_arrives_however_it_is_cut(content: bytes, encoding: str, size: int) -> None:
    if content[:2] == b"\x1f\x8b" or content[:4] == b"\x28\xb5\x2f\xfd":
        content = b"." + content  # a body that looks compressed is taken for a compressed file
    assert read(ENCODERS[encoding](content), encoding, size) == content


@given(
    st.one_of(
        st.binary(),
        st.binary().map(b"\x1f\x8b\x08\0".__add__),
        st.binary().map(b"\x28\xb5\x2f\xfd".__add__),
    ),
    st.sampled_from(["", "gzip", "deflate", "zstd", "gzip, zstd", "identity"]),
    st.integers(1, 50),
)
def test_garbage_is_told_and_never_crashes(sent: bytes, encoding: str, size: int) -> None:
    with contextlib.suppress(TruncatedBody):
        assert read(sent, encoding, size) == read(sent, encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_body_cut_anywhere_is_never_whole(encoding: str) -> None:
    sent = ENCODERS[encoding](bytes(range(256)) * 4)
    for length in range(4, len(sent)):
        with pytest.raises(TruncatedBody):
            read(sent[:length], encoding)


def test_pieces_stay_small_while_a_bomb_is_defused() -> None:
    caps = Caps(max_bytes=1 << 30, max_decompressed_bytes=8 << 20, max_ratio=1e9)
    file = io.BytesIO(zstandard.compress(b"\0" * (256 << 20)))
    with pytest.raises(SourceRefused, match="max_decompressed_bytes"):
        read_body(file.read, "zstd", caps)


def test_an_encoding_nobody_asked_for_is_refused_by_name() -> None:
    with pytest.raises(SourceRefused, match="'br'"):
        read(b"x", "br")
