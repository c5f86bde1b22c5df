from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.errors import SourceRefused
from harvester.http.address import address, basic, follow, same_owner


@given(
    st.one_of(st.text(), st.text().map("http://a.fr/".__add__), st.text().map("http://".__add__))
)
@example("http://[::1")
@example("http://a:99999/")
@example("http://a:b@c:d@e/")
@example("http://a.fr/\n\r\0")
@example("http://\u2100.fr/")
@example("http://" + "a" * 300 + ".fr/")
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = address(text)
    except SourceRefused:
        return
    assert found.origin[0] in ("http", "https")
    assert "#" not in found.url
    assert found.uri.startswith("/")
    assert found.uri.isascii()
    assert not set(found.uri) & set(" \r\n\t\0")


@given(st.text())
@example("http://[")
@example("//[::1")
@example("\xc3\xa9t\xc3\xa9")
def test_any_redirect_leads_somewhere_or_is_refused(location: str) -> None:
    with contextlib.suppress(SourceRefused):
        found = follow(address("https://a.fr/b/c?d"), location)
        assert found.url.startswith(("http://", "https://"))
        assert found.url.isascii()


def test_a_redirect_in_bytes_of_utf8_is_understood() -> None:
    base = address("https://a.fr/b/c")
    raw = "/été".encode().decode("latin-1")  # what a header looks like once read
    assert follow(base, raw).url == "https://a.fr/%C3%A9t%C3%A9"
    assert follow(base, "d#x").url == "https://a.fr/b/d"


@pytest.mark.parametrize(
    ("home", "other", "same"),
    [
        ("https://a.fr/x", "https://a.fr/y", True),
        ("https://a.fr/x", "https://A.FR:443/y", True),
        ("http://a.fr/x", "https://a.fr/y", True),
        ("https://a.fr/x", "http://a.fr/y", False),
        ("http://a.fr:8080/x", "https://a.fr/y", False),
        ("https://a.fr/x", "https://www.a.fr/y", False),
        ("https://a.fr/x", "https://a.fr:8443/y", False),
        ("https://a.fr/x", "https://a.fr.evil.example/", False),
        ("https://a.fr/x", "https://a.fr@evil.example/", False),
        ("https://a.fr/x", "https://evil.example\\@a.fr/", False),
    ],
)
def test_secrets_belong_to_one_origin_and_its_own_https(home: str, other: str, same: bool) -> None:
    try:
        assert same_owner(address(home).origin, address(other).origin) is same
    except SourceRefused:
        assert not same


def test_nobody_owns_secrets_without_a_home() -> None:
    assert not same_owner(None, address("https://a.fr/").origin)


def test_a_password_with_a_colon_and_accents_is_sent_whole() -> None:
    assert basic("j%C3%A9:a%3Ab:c") == "Basic asOpOmE6Yjpj"
