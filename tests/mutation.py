"""Good pages made bad in ways that still parse, for the fuzzer: bytes changed at random rarely get past the first bracket.

`mutated` takes JSON for its values, XML and HTML for its tags, a zip for its members and anything else for its words, and
exchanges, repeats, drops or replaces some of them, now and then with what has hurt somebody's parser before.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import orjson

Raw = Callable[[bytes], bytes]
"""A change of single bytes."""

_TOKENS = re.compile(rb"<[^<>]*>|[^<>]+|[<>]")
_WORDS = re.compile(rb"[\w:/.#@+-]+|\s+|[^\w\s]")
_MOST_DEEP = 300

TEXTS = (
    "", " ", "\x00", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "\ufeff", "é", "𝔘", "٣", "²",
    "null", "NaN", "-0", "1e999", "9" * 30, "9" * 5000, "0x1F", "true", "2024-02-30", "0000-00-00", "-2024", "12/13/2021",
    "1er mars 2021", "2019/2021", "du 1/2/2019 au 3/4/2020", "P1D", "99999999999999999999 jours", "9" * 400 + " ans",
    "https://a]b/", "https://[::1", "https://a\u2100b.fr/", "http://a:99999999/", "//x", "file:///etc/passwd", "javascript:1",
    "mailto:@", "a@b", "https://é.fr/?a=b#c", "http://x/?start=9" + "9" * 30, "_:b", "urn:x:y", "http://a b", "%", "%zz%C3",
    "POINT(1 2)", "POLYGON((1 2,3 4,1e400 2,1 2))", "SRID=4326;POINT(2 48)", "ENVELOPE(1,2,3,4)", "POINT(1)", "POINT EMPTY",
    '{"type":"Point","coordinates":[1,2]}', '{"type":"Polygon","coordinates":[[[1,2]]]}', "<gml:pos>1 2</gml:pos>", "1,2,3,4",
    "<b>x", "<script>alert(1)", "&lt;b&gt;", "&#0;", "&#x110000;", "&amp;amp;amp;amp;lt;p&gt;", "**a**", "[a](b)", "| a |\n|-|\n",
    "fr:commune:92048", "92048", "75", "Paris (75)", "Ville de Paris", "EPSG:4326", "EPSG " + "x" * 50 + "2154", "=1+1", "'=1",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**63 - 1, -(2**63), 1e308, [], {}, [[]], [{}], [None], {"": ""}, {"@id": None}, {"@value": 1},
    {"@value": {"a": 1}}, {"@type": 1}, {"@language": 3, "@value": "x"}, {"@list": [1]}, {"fr": "x"}, {"fr": None}, {"id": {}},
    {"type": "Point", "coordinates": [1, [2]]}, {"type": "FeatureCollection", "features": [{}]}, {"coordinates": {}}, "", "x",
)  # fmt: skip


def mutated(content: bytes, rng: random.Random, raw: Raw, most: int) -> bytes:
    """One of the many pages near `content`, of at most `most` bytes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        content = _once(content, rng, raw)[:most]
    return content


def _once(content: bytes, rng: random.Random, raw: Raw) -> bytes:
    if content[:2] == b"PK":
        return _zip(content, rng, raw)
    if rng.random() < 0.25:
        return raw(content)
    if content.lstrip()[:1] in (b"{", b"["):
        try:
            value = orjson.loads(content)
        except orjson.JSONDecodeError:
            return raw(content)
        return orjson.dumps(_json(value, rng))
    return _text(content, rng, raw, _TOKENS if content.lstrip()[:1] == b"<" else _WORDS)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────


def _json(root: Any, rng: random.Random) -> Any:
    """The value with one of the places in it changed."""
    places: list[tuple[Any, Any]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        keys = node.keys() if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    if not places or rng.random() < 0.01:
        return rng.choice(VALUES)
    holder, key = rng.choice(places)
    old = holder[key]
    match rng.randrange(9):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1:
            other, at = rng.choice(places)
            holder[key] = orjson.loads(orjson.dumps(other[at]))
        case 2:
            holder[key] = [old]
        case 3:
            holder[key] = {rng.choice(("@id", "@value", "id", "name", "fr", "href")): old}
        case 4 if isinstance(holder, dict):
            other, at = rng.choice(places)
            holder[str(at)] = old
        case 5 if isinstance(old, list) and old:
            old.append(rng.choice(old))
        case 6 if isinstance(old, str):
            at = rng.randint(0, len(old))
            holder[key] = old[:at] + rng.choice(TEXTS) + old[at:]
        case 7:
            holder[key] = rng.choice(VALUES)
        case _:
            holder[key] = rng.choice(TEXTS)
    return root


# ── mark-up and words ────────────────────────────────────────────────────────────────────────────────


def _text(content: bytes, rng: random.Random, raw: Raw, pattern: re.Pattern[bytes]) -> bytes:
    tokens = pattern.findall(content)
    if not tokens:
        return raw(content)
    at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    match rng.randrange(8):
        case 0:
            del tokens[at]
        case 1:
            tokens[at] = tokens[other]
        case 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 3:
            tokens.insert(at, tokens[other])
        case 4:
            some = tokens[min(at, other) : max(at, other)][:40]
            tokens[at:at] = some
        case 5:
            tokens[at] = raw(tokens[at]) or b"x"
        case 6:
            # A text or the value of an attribute, not the tag.
            quoted = re.split(rb"([\"'])", tokens[at])
            odd = rng.choice(TEXTS).encode()
            if len(quoted) > 4:
                quoted[rng.choice(range(2, len(quoted), 4))] = odd
                tokens[at] = b"".join(quoted)
            else:
                tokens[at] = odd
        case _:
            times = rng.choice((2, 10, _MOST_DEEP))
            tokens[at] = tokens[at] * times
    return b"".join(tokens)


# ── zips ─────────────────────────────────────────────────────────────────────────────────────────────


def _zip(content: bytes, rng: random.Random, raw: Raw) -> bytes:
    """The zip with a member changed, packed again; sometimes its own bytes."""
    if rng.random() < 0.1:
        return raw(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError):
        return raw(content)
    if not parts:
        return raw(content)
    name = rng.choice(list(parts))
    if rng.random() < 0.05:
        del parts[name]
    else:
        parts[name] = _text(parts[name], rng, raw, _TOKENS)
    whole = io.BytesIO()
    with zipfile.ZipFile(
        whole, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return whole.getvalue()
