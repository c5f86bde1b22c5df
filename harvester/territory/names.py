"""How names of places are compared: without case, accents, punctuation or abbreviations.

Pure string work, shared by the script that writes the table and the lookups that read it; a test holds
the two together.
"""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")  # the usual ones, all of them combining
_WORD = re.compile(r"[a-z0-9]+")
_WRITTEN_OUT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_BRACKETED = frozenset({"l'", "l’", "le", "la", "les"})
_ARTICLES = ("le ", "la ", "les ", "l ", "los ", "las ")


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal: `"St-Denis"` → `"saint denis"`.

    An article in brackets at the end, as older tables write it, goes back to the front:
    `"Haÿ-les-Roses (L')"` → `"l hay les roses"`.
    """
    if name.endswith(")"):
        before, _, bracketed = name[:-1].rpartition("(")
        if bracketed.casefold() in _BRACKETED and "(" not in before and ")" not in before:
            name = f"{bracketed} {before}"
    plain = name.casefold()
    if not plain.isascii():
        plain = plain.replace("œ", "oe").replace("æ", "ae").replace("’", " ").replace("ʼ", " ")
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
        if not plain.isascii():
            plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = _WORD.findall(plain)
    return " ".join(map(_WRITTEN_OUT.get, words, words))


def without_article(folded: str) -> str:
    """A folded name without its leading article: `"le havre"` → `"havre"`."""
    for article in _ARTICLES:
        if folded.startswith(article):
            return folded[len(article) :]
    return folded


def slug(name: str) -> str:
    """The name as a part of a URL: `"Sèvres"` → `"sevres"`."""
    return fold(name).replace(" ", "-")


_FORMS = (
    ("communaute de communes", "cc"),
    ("communaute d agglomeration", "ca"),
    ("communaute urbaine", "cu"),
    ("etablissement public territorial", ""),
    ("ept", ""),
    ("metropole", "metropole"),
)
_SMALL = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "et"})


def group_key(name: str) -> str:
    """The form in which two spellings of an EPCI's name are equal.

    The legal form is abbreviated, articles do not count: `"Communauté de communes du Pays de Nay"` and
    `"CC Pays de Nay"` are both `"cc pays nay"`.
    """
    folded = fold(name)
    for written, short in _FORMS:
        if folded.startswith(f"{written} "):
            folded = f"{short} {folded[len(written) :]}"
            break
    return " ".join(word for word in folded.split() if word not in _SMALL)
