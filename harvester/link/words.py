"""Text as it is compared: without mark-up, damage, case, accents and the words that say nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

_TAG = re.compile(r"<[^>]{1,200}>")
_WORD = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_DAMAGED = re.compile("[ÃÂâÅ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ€]")
_SMALL = frozenset(
    [
        "a",
        "au",
        "aux",
        "avec",
        "c",
        "ce",
        "ces",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "elle",
        "en",
        "entre",
        "est",
        "et",
        "il",
        "j",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "lors",
        "lui",
        "m",
        "n",
        "ne",
        "nos",
        "notre",
        "ou",
        "par",
        "pour",
        "qu",
        "que",
        "qui",
        "s",
        "sa",
        "se",
        "ses",
        "si",
        "son",
        "sont",
        "sous",
        "sur",
        "t",
        "un",
        "une",
        "vers",
        "y",
    ]
)


def repaired(text: str) -> str:
    """Text without HTML entities and tags, and with UTF-8 that was read as Latin-1 put right."""
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    if _DAMAGED.search(text):
        for wrong in ("cp1252", "latin-1"):
            try:
                return text.encode(wrong).decode("utf-8")
            except UnicodeError:
                continue
        # Damaged in part, or cut in the middle of a letter: what can be put right is.
        return _DAMAGED.sub(_letter, text)
    return text


def _letter(found: re.Match[str]) -> str:
    for wrong in ("cp1252", "latin-1"):
        try:
            return found[0].encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
    return found[0]


def folded(text: str) -> str:
    """Lower case without accents; punctuation stays."""
    plain = repaired(text).casefold()
    if not plain.isascii():
        plain = plain.replace("œ", "oe").replace("æ", "ae").replace("’", "'").replace("º", "o")
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return plain


def tokens(plain: str) -> list[str]:
    """The words of folded text, small ones too."""
    return _WORD.findall(plain)


def says_something(word: str) -> bool:
    """Whether a word is more than an article, a preposition, a pronoun."""
    return word not in _SMALL


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word without its plural: `budgets` → `budget`. Crude on purpose: both sides go through it."""
    if len(word) > 3 and not word[-1].isdigit():
        if word.endswith("aux") and len(word) > 5:
            return f"{word[:-3]}al"
        if word[-1] in "sx":
            return word[:-1]
    return word


def one_typo(one: str, two: str) -> bool:
    """Whether two words differ by one letter added, lost, changed or swapped with its neighbour."""
    if one == two:
        return True
    short, long = (one, two) if len(one) <= len(two) else (two, one)
    if len(long) - len(short) > 1 or len(short) < 4:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    return short[start + 1 :] == long[start + 1 :] or (
        short[start : start + 2] == long[start : start + 2][::-1]
        and short[start + 2 :] == long[start + 2 :]
    )
