from __future__ import annotations

import pytest

from harvester.http.charset import charset, content_type

LATIN = "é".encode("latin-1")
UTF8 = "é".encode()


@pytest.mark.parametrize(
    ("header", "path", "content", "codec"),
    [
        ("text/turtle", "/a", UTF8, "utf-8"),
        ("text/turtle; charset=ISO-8859-1", "/a", UTF8, "utf-8"),
        ("text/turtle; charset=ISO-8859-1", "/a", LATIN, "iso8859-1"),
        ("text/plain", "/a.ttl", UTF8, "utf-8"),
        ("application/octet-stream", "/a.ttl.gz", UTF8, "utf-8"),
        ("application/json;charset=latin1", "/a", UTF8, "utf-8"),
        ("application/vnd.geo+json", "/a", UTF8, "utf-8"),
        ("text/turtle", "/a", b"\xef\xbb\xbf<a>", "utf-8-sig"),
        ("application/json", "/a", b"\xff\xfe{\0}\0", "utf-16"),
        ("application/rdf+xml", "/a", b'<?xml version="1.0" encoding="ISO-8859-1"?>', "iso8859-1"),
        ("text/xml; charset=utf-8", "/a", b"<?xml version='1.0' encoding='latin1'?>", "iso8859-1"),
        ("text/xml; charset=latin1", "/a", b"<a/>", "iso8859-1"),
        ("text/xml", "/a", b"<a/>", "utf-8"),
        ("text/xml", "/a", b'<?xml version="1.0" encoding="UTF-16"?><a/>', "utf-8"),
        ("text/xml", "/a", b'<?xml version="1.0" encoding="klingon"?><a/>', "utf-8"),
        ("text/xml", "/a", "<?xml version='1.0'?>".encode("utf-16-le"), "utf-16-le"),
        ("text/html", "/a", b'<?xml version="1.0" encoding="windows-1252"?>', "cp1252"),
        ("text/csv", "/a", LATIN, ""),
        ("text/csv; charset=windows-1252", "/a", LATIN, "cp1252"),
        ("text/csv; charset=klingon", "/a", LATIN, ""),
        ("text/csv; charset=a\0b", "/a", LATIN, ""),
        ("", "/a", b"", ""),
    ],
)
def test_the_format_decides_on_characters_before_the_header(
    header: str, path: str, content: bytes, codec: str
) -> None:
    media_type, stated = content_type(header)
    assert charset(media_type, stated, path, content) == codec


def test_a_content_type_is_read_however_it_is_written() -> None:
    assert content_type("Text/Turtle ; profile=x; CharSet='UTF-8'") == ("text/turtle", "utf-8")
    assert content_type("") == ("", "")
