"""One gzip stream out of parts that were compressed once (RFC 1951, RFC 1952).

Each part is deflated on its own and ends on a byte boundary (Z_FULL_FLUSH), so that parts can be concatenated;
their checksums are combined by arithmetic. One member, not many: browsers ignore what follows the first.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import NamedTuple

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_POLYNOMIAL = 0xEDB88320


class Packed(NamedTuple):
    """A part: deflated bytes, and CRC-32 and size of what they hold."""

    data: bytes
    crc: int
    size: int


def pack(raw: bytes, level: int = 6) -> Packed:
    """Deflate a part."""
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    data = squeeze.compress(raw) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return Packed(data, zlib.crc32(raw), len(raw))


def trailer(crc: int, size: int) -> bytes:
    """The last, empty block, then checksum and size."""
    return b"\x03\x00" + struct.pack("<II", crc, size & 0xFFFFFFFF)


def combine(crc: int, other: int, size: int) -> int:
    """Return the CRC-32 of A + B from those of A and B, where B has `size` bytes."""
    return _times(_shift(size), crc) ^ other


def _times(a: int, b: int) -> int:
    """Multiply two polynomials modulo CRC-32's (bits reflected)."""
    product = 0
    mask = 1 << 31
    while a:
        if a & mask:
            product ^= b
            a &= mask - 1
        mask >>= 1
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


@lru_cache(1024)
def _shift(size: int) -> int:
    """Return x^(8·size): what appending that many bytes multiplies a CRC by."""
    power, result = 1 << 23, 1 << 31  # x^8, x^0
    while size:
        if size & 1:
            result = _times(power, result)
        power = _times(power, power)
        size >>= 1
    return result
