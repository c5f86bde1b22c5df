"""Two texts side by side, word by word: what both say and what only one does."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

LONGEST = 600
"""Words that are compared; what follows is left out, and said to be."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Piece = tuple[str, bool]
"""(text, whether only this side says it)."""


def differences(one: str, two: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces. Case and spaces do not count; joined again, the pieces are the text (up to `LONGEST`)."""
    mine, theirs = _words(one), _words(two)
    matcher = SequenceMatcher(
        None, [w.casefold().strip() for w in mine], [w.casefold().strip() for w in theirs], False
    )
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        _add(left, "".join(mine[a:b]), kind != "equal")
        _add(right, "".join(theirs[c:d]), kind != "equal")
    return left, right


def _words(text: str) -> list[str]:
    found = _WORD.findall(text)
    return found if len(found) <= LONGEST else [*found[:LONGEST], "…"]


def _add(pieces: list[Piece], text: str, alone: bool) -> None:
    if not text:
        return
    if alone and text != text.strip():  # a space is no difference
        bare = text.strip()
        start = text.find(bare) if bare else len(text)
        for part, marked in (
            (text[:start], False),
            (bare, True),
            (text[start + len(bare) :], False),
        ):
            _add(pieces, part, marked)
        return
    if pieces and pieces[-1][1] == alone:
        pieces[-1] = (pieces[-1][0] + text, alone)
    else:
        pieces.append((text, alone))
