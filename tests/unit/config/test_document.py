"""Where keys stand in a TOML file, and what is said of a file that is none."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.config.document import Document, Finding, parse


def document(text: str) -> Document:
    found = parse(text.encode(), "f.toml")
    assert isinstance(found, Document)
    return found


def error(text: str | bytes) -> Finding:
    found = parse(text if isinstance(text, bytes) else text.encode(), "f.toml")
    assert isinstance(found, Finding)
    return found


PLACES = """\
# a comment with = and [brackets]
name = "Ville # pas un commentaire"
"quoted key" = 1

[http]   # what follows
retries = 3
headers = { accept = "a=b", "x y" = "]" }
allow = [
  "one",   # [
  "two",
]
text = \"\"\"
[not.a.table]
nor = "a key"
\"\"\"
raw = '''x = 1
y = 2'''
after = 2024-01-01

[views.a.b]
title = 'été'
dotted.key.here = true

[[rule]]
a = 1
[[rule]]
b = [ { c = 1 },
      { c = 2 } ]
[rule.inner]
d = 1
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("name",), 2),
        (("quoted key",), 3),
        (("http",), 5),
        (("http", "retries"), 6),
        (("http", "headers", "accept"), 7),
        (("http", "headers", "x y"), 7),
        (("http", "allow"), 8),
        (("http", "allow", 0), 9),
        (("http", "allow", 1), 10),
        (("http", "text"), 12),
        (("http", "raw"), 16),
        (("http", "after"), 18),
        (("views", "a", "b"), 20),
        (("rule", 0, "a"), 25),
        (("rule", 1, "b"), 27),
        (("rule", 1, "b", 1, "c"), 28),
        (("rule", 1, "inner", "d"), 30),
    ],
)
def test_every_key_is_found_on_its_line(keys: tuple[str | int, ...], line: int) -> None:
    assert document(PLACES).line(*keys) == line


def test_a_missing_key_is_placed_at_what_encloses_it() -> None:
    found = document("a = 1\n[http]\nb = 2\n[http.deep]\nc = 3\n")
    assert found.line("http", "retries") == 2
    assert found.line("http", "deep", "x", "y") == 4
    assert found.line("nowhere") == 1


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    found = parse(b'\xef\xbb\xbfa = 1\r\n[t]\r\nb = "x"\r\n', "f.toml")
    assert isinstance(found, Document)
    assert found.data == {"a": 1, "t": {"b": "x"}}
    assert found.line("t", "b") == 3


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a = 1\nname = Ville d'Avray\n", 2, 'entre guillemets : "Ville d\'Avray" ?'),
        ("name : 'x'\n", 1, "« = » et non « : »"),
        ("name = “Ville”\n", 1, "guillemets typographiques"),
        ("name = «Ville»\n", 1, "guillemets typographiques"),
        ("a = 1\na = 2\n", 2, "déjà donné plus haut"),
        ("[t]\n[t]\n", 2, "déjà définie plus haut"),
        ("a = [1, 2\n", 1, "]"),
        ('a = "x\nb = 1\n', 1, "guillemets"),
        ('a = "C:\\data"\n', 1, "\\"),
        ("[t\n", 1, "]"),
        ('a = "1" 2\n', 1, "de trop"),
        ("a = 2024-02-31\n", 1, "date"),
        ("juste du texte\n", 1, "« = »"),
    ],
)
def test_a_mistake_of_writing_is_explained_in_french_with_its_line(
    text: str, line: int, part: str
) -> None:
    found = error(text)
    assert found.line == line
    assert part in found.message
    assert str(found).startswith(f"f.toml:{line}: erreur d'écriture : ")


def test_a_file_in_another_encoding_is_told_as_such() -> None:
    found = error('a = 1\nname = "Sèvres"\n'.encode("latin-1"))
    assert found.line == 2
    assert "UTF-8" in found.message


KEYS = st.one_of(
    st.from_regex(r"[a-z_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5),
)
SCALARS = st.one_of(
    st.integers(-9, 9), st.booleans(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
TABLES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def quoted(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 0x20 or ord(c) == 0x7F else c
        for c in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def inline(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {inline(v)}" for k, v in value.items()) + "}"
    return str(value)


@given(st.dictionaries(KEYS, TABLES, max_size=5))
def test_lines_are_right_whatever_the_values_hold(data: dict[str, object]) -> None:
    text = "\n".join(f"\n{quoted(key)} = {inline(value)} # [x]" for key, value in data.items())
    assert tomllib.loads(text) == data
    found = document(text)
    for position, key in enumerate(data):
        assert found.line(key) == 2 + 2 * position


@given(st.text(max_size=60))
def test_any_text_is_either_read_or_refused_with_a_line(text: str) -> None:
    found = parse(text.encode("utf-8", "surrogatepass"), "f.toml")
    assert isinstance(found, Document) or found.line >= 1
