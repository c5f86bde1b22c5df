"""What words on pairs amount to: the last one counts, contradictions are found with their chain, absence changes nothing."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.store.verdicts import Word, contradiction, implied, last_words, standing

SIGNS = {"=": "same", "≠": "different", "⊂": "part", "~": "undone", "*": "origin"}
NAMES = {verdict: sign for sign, verdict in SIGNS.items()}


def said(*texts: str) -> list[Word]:
    """`a=b`, `a≠b`, `a⊂b` (a is a part), `a~b` (undone), `a*` (the original), one a day."""
    numbers = count(1)
    return [
        Word(n, f"2026-01-{n:02}", SIGNS[text[1]], text[0], text[2:] or None)
        for text, n in zip(texts, numbers, strict=False)
    ]


def written(words: object) -> list[str]:
    return [f"{w.a}{NAMES[w.verdict]}{w.b or ''}" for w in words]  # type: ignore[attr-defined]


def test_the_last_word_on_a_pair_counts_whichever_way_round_it_is_named() -> None:
    assert written(last_words(said("a=b", "b≠a", "c=d", "d~c", "e*", "e*"))) == ["b≠a", "e*"]


def test_the_instant_orders_words_whatever_order_they_were_written_in() -> None:
    early, late = said("a=b", "a≠b")
    assert written(last_words([late, early])) == ["a≠b"]


@pytest.mark.parametrize(
    ("before", "new", "chain"),
    [
        ("a=b", "a≠b", None),  # it takes the place of the former
        ("a=b b=c", "a≠c", "a=b b=c"),
        ("a≠c b=c", "a=b", "a≠c b=c"),
        ("a=b c=d b≠c", "a=d", "a=b b≠c c=d"),
        ("a=b c=d a≠x", "a=d", None),
        ("a=b", "a⊂b", None),
        ("a=b b=c", "a⊂c", "b=c a=b"),
        ("a⊂b b⊂c", "c⊂a", "a⊂b b⊂c"),
        ("a⊂b b⊂c", "a=c", "a⊂b b⊂c"),
        ("a⊂b b=c c⊂d", "d⊂a", "a⊂b b=c c⊂d"),
        ("a⊂b b⊂c", "a⊂c", None),
        ("a⊂b", "a≠b", None),
        ("a≠b b≠c", "a≠c", None),
        ("a≠b b≠c", "a=c", None),
        ("a=b b=c b~a", "a≠c", None),
        ("a≠b", "a*", None),
    ],
)
def test_a_word_that_contradicts_others_is_told_with_the_chain(
    before: str, new: str, chain: str | None
) -> None:
    *words, last = said(*before.split(), new)
    found = contradiction(words, last)
    assert (None if found is None else " ".join(written(found))) == chain


def test_of_words_that_contradict_each_other_the_later_is_set_aside() -> None:
    followed, aside = standing(said("a=b", "b=c", "a≠c", "c=d"))
    assert written(followed) == ["a=b", "b=c", "c=d"]
    assert [written([each.word]) for each in aside] == [["a≠c"]]
    assert written(aside[0].chain) == ["a=b", "b=c"]


def pairs(words: list[Word], here: str, bridges: str = "") -> list[str]:
    return [f"{a}{NAMES[v]}{b}" for a, b, v in implied(standing(words)[0], here, bridges)]


def test_what_is_away_still_ties_what_is_here() -> None:
    words = said("a=b", "b=c", "c=d")
    assert pairs(words, "abcd") == ["a=b", "b=c", "c=d"]
    assert pairs(words, "acd", bridges="b") == ["a=c", "c=d"]
    assert pairs(words, "ad", bridges="bc") == ["a=d"]
    assert pairs(words, "ad", bridges="b") == []


def test_what_is_away_still_keeps_apart_what_is_here() -> None:
    words = said("a=b", "b≠c", "c=d", "b⊂e")
    assert pairs(words, "ade", bridges="bc") == ["a≠d", "a⊂e"]
    assert pairs(words, "ade") == []


def test_both_ends_being_one_record_leaves_nothing_to_decide() -> None:
    assert last_words([Word(1, "2026-01-01", "same", 7, 7)]) == []


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["same", "different", "part", "undone"]),
        st.sampled_from("abcdef"),
        st.sampled_from("abcdef"),
    ),
    max_size=14,
).map(lambda rows: [Word(n, f"{n:03}", v, a, b) for n, (v, a, b) in enumerate(rows) if a != b])


def can_all_be_followed(words: list[Word]) -> bool:
    """By trying: what is tied is one, what is kept apart is two, and nothing is a part of its own parts."""
    one = {name: {name} for name in "abcdef"}
    for word in words:
        if word.verdict == "same":
            both = one[word.a] | one[word.b]
            one.update(dict.fromkeys(both, both))
    parts = {(id(one[w.a]), id(one[w.b])) for w in words if w.verdict == "part"}
    while True:
        more = {(a, d) for a, b in parts for c, d in parts if b == c} - parts
        if not more:
            break
        parts |= more
    apart = [w for w in words if w.verdict in ("different", "part")]
    return all(one[w.a] is not one[w.b] for w in apart) and all(a != b for a, b in parts)


@given(WORDS)
def test_what_is_followed_can_be_and_nothing_is_set_aside_without_need(words: list[Word]) -> None:
    followed, aside = standing(words)
    assert can_all_be_followed(followed)
    for each in aside:
        before = [w for w in followed if (w.at, w.id) < (each.word.at, each.word.id)]
        assert not can_all_be_followed([*before, each.word])
        assert not can_all_be_followed([*each.chain, each.word])
        assert set(each.chain) <= set(before)


@given(WORDS, st.sampled_from(["same", "different", "part"]))
def test_a_word_is_refused_exactly_where_it_cannot_be_followed(
    words: list[Word], verdict: str
) -> None:
    new = Word(99, "999", verdict, "a", "b")  # type: ignore[arg-type]
    others = [w for w in standing(words)[0] if {w.a, w.b} != {"a", "b"}]
    found = contradiction(others, new)
    assert (found is None) == can_all_be_followed([*others, new])
