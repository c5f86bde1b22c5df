"""What is HTML in a description, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.map import text


@pytest.mark.parametrize(
    "said",
    [
        "A<B et C>D",
        "si x<y et y>z",
        "<nom de la commune>",
        "voir <https://ville.example/p>",
        "de 3 < 5 à 7 > 6",
        "<- flèche ->",
        "p<a ou q>b",
    ],
)
def test_a_comparison_or_a_placeholder_is_no_html(said: str) -> None:
    assert text.sanitise(said) == said
    assert text.plain(said) == said
    assert text.line(said) == said


@pytest.mark.parametrize(
    ("said", "html", "plain"),
    [
        ("<p>A<B et C>D</p>", "<p>A&lt;B et C&gt;D</p>", "A<B et C>D"),
        ("a < b et <b>gras</b>", "a &lt; b et <b>gras</b>", "a < b et gras"),
        ("<P CLASS=x>Un</P><nom>", "<p>Un</p>&lt;nom&gt;", "Un\n<nom>"),
        ("&lt;p&gt;A&lt;B et C&gt;D&lt;/p&gt;", "<p>A&lt;B et C&gt;D</p>", "A<B et C>D"),
        ("<p>x</p><o:p></o:p><!-- y -->", "<p>x</p>", "x"),
        ("<p><a title='z' href='https://v.example'>l</a></p>", None, "l"),
    ],
)
def test_nothing_is_lost_beside_real_tags(said: str, html: str | None, plain: str) -> None:
    assert html is None or text.sanitise(said) == html
    assert text.plain(said) == plain


@pytest.mark.parametrize(
    "nasty",
    [
        "<svg/onload=alert(1)>x",
        "<img src=x onerror=alert(1)>x",
        "<a\nhref=javascript:alert(1)>x</a>",
        "<a x='1'onclick=alert(1)>x</a>",
        "<b/onclick=alert(1)>x</b>",
        "<script>if (a<b && c>d) alert(1)</script>x",
        "<iframe src=//e.example>x</iframe>",
        "<p>x <a onclick=alert(1) href='java",
        "<<b>b onclick=alert(1)>x",
        "&lt;&lt;b&gt;img src=x onerror=alert(1)&gt;x",
    ],
)
def test_what_runs_is_never_taken_for_text(nasty: str) -> None:
    clean = text.sanitise(nasty)
    assert not text.has_markup(clean) or text.sanitise(clean) == clean
    for tag in text._TAG.finditer(clean):
        assert "=" not in tag[0], clean


_PIECES = st.sampled_from(
    [
        *[
            "<",
            ">",
            "</",
            "b",
            "a",
            "p",
            "img",
            "/",
            "=",
            '"',
            "'",
            "href",
            "onclick",
            "x",
            "&lt;",
            "&gt;",
            "&amp;",
            "<!--",
            "-->",
            "<p>",
            "</p>",
            "javascript:",
            "é",
            "script",
        ],
        " ",
        "\n",
        "<B et C>",
    ]
)


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_a_result_with_tags_is_what_the_cleaner_made(said: str) -> None:
    clean = text.sanitise(said)
    if text.has_markup(clean):
        assert text._cleaner().clean(clean) == clean
    assert not text.has_markup(text.plain(said))


def test_unclosed_comments_and_tags_are_read_in_linear_time() -> None:
    # Quadratic, each of them takes most of a minute.
    for said in ("<!--" * 25_000, "<a id=" * 15_000, "<a " + "id=" * 30_000, "<" * 100_000):
        assert not text.has_markup(text.sanitise(said))
        assert not text.has_markup(text.plain(said))


def test_runs_of_spaces_are_read_in_linear_time() -> None:
    for space in (" ", "\n ", "\u00a0"):
        said = f"<p>Un{space * 100_000}deux</p>"
        assert text.plain(said).split() == ["Un", "deux"]
        assert text.sanitise(said)


def test_tags_that_other_tags_hide_are_gone_after_a_few_passes() -> None:
    # Taken out one by one, each pass would only make the next.
    for said in (
        "<b>x" + "<" * 30_000 + "b>" * 30_000,
        "<b" * 30_000 + "<b>" + ">" * 30_000,
        "<script" * 30_000,
    ):
        assert not text.has_markup(text.plain(said))


def test_an_address_that_is_named_again_and_again_does_not_make_a_text_grow() -> None:
    said = f"[a]: https://ville.example/{'u' * 50_000}\n\n" + "[a] " * 10_000
    assert len(text.markdown(said)) < 1_000_000
    usual = "[a]: https://ville.example/u 'T'\n\n[a], encore [a]"
    assert text.markdown(usual).count('href="https://ville.example/u"') == 2
