"""How found values become texts and keywords by language."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from harvester.map import text
from harvester.map.finishers import Finisher
from harvester.map.values import Outcome, labels, said, tag

MOST_KEYWORDS = 500
"""Keywords kept of a record; one has been seen with 34,866."""

LONGEST_KEYWORD = 200
"""A longer keyword is a text in the wrong place, and left out."""


def texts(path: str, default: str, *, rich: bool, joined: bool) -> Finisher:
    """Language → text. `rich` text keeps its mark-up, sanitised; `joined` puts several of one language together,
    otherwise the first counts. `default` is the language of text that states none."""
    clean = text.sanitise if rich else text.line
    longest = text.LONGEST_TEXT if rich else text.LONGEST_LINE

    def capped(words: str, outcome: Outcome) -> str:
        if len(words) <= longest:
            return clean(words)
        outcome.problem("text-too-long", f"{longest} characters kept of {len(words)}", path, words)
        return clean(words[:longest])

    def add(item: Any, language: str, found: dict[str, str], outcome: Outcome) -> None:
        words: Any = item
        if item.__class__ is dict:
            words = item.get("@value")
            if words is None:
                for each in labels(item) or _by_language(item):
                    add(each, language, found, outcome)
                if found or "@id" not in item:
                    return
                words = item["@id"]
            elif "@language" in item:
                language = tag(item["@language"])
        if words.__class__ is not str:
            words = said(item) or ""
        words = capped(words, outcome)
        if words:
            before = found.setdefault(language, words)
            if joined and words not in before:
                found[language] = f"{before}\n\n{words}"

    def finish(items: list[Any], outcome: Outcome) -> dict[str, str] | None:
        found: dict[str, str] = {}
        if len(items) == 1:
            item = items[0]
            if item.__class__ is dict:
                words, stated = item.get("@value"), item.get("@language")
                language = tag(stated) if stated else default
            else:
                words, language = item, default
            if words.__class__ is str and len(words) <= longest:
                words = clean(words)
                return {language: words} if words else None
        for item in items:
            add(item, default, found, outcome)
        return found or None

    return finish


def _by_language(node: dict[str, Any]) -> list[Any]:
    """`{"fr": "Titre", "en": "Title"}` as literals with a language."""
    names = [name for name in node if name[:1] != "@"]
    if not names or not all(len(name) <= 7 and tag(name) for name in names):
        return []
    return [{"@value": node[n], "@language": n} for n in names if isinstance(node[n], str)]


_tidied = lru_cache(maxsize=16_384)(text.line)  # keywords come back from record to record


def keywords(path: str, default: str) -> Finisher:
    """Language → words, each once."""

    def finish(items: list[Any], outcome: Outcome) -> dict[str, list[str]] | None:
        if len(items) > MOST_KEYWORDS:
            message = f"{MOST_KEYWORDS} kept of {len(items)}"
            outcome.problem("keywords-too-many", message, path, said(items[0]) or "")
            items = items[:MOST_KEYWORDS]
        found: dict[str, dict[str, None]] = {}
        for item in items:
            if item.__class__ is dict and "@value" in item and "@language" in item:
                words, language = str(item["@value"]), tag(item["@language"])
            else:
                words, language = _word(item, default)
            words = _tidied(words) if len(words) <= LONGEST_KEYWORD else text.line(words)
            if len(words) > LONGEST_KEYWORD:
                outcome.problem("text-too-long", "a text instead of a keyword", path, words)
            elif words:
                of_language = found.get(language)
                if of_language is None:
                    of_language = found[language] = {}
                of_language[words] = None
        return {language: list(words) for language, words in found.items()} or None

    return finish


def _word(item: Any, default: str) -> tuple[str, str]:
    if item.__class__ is dict:
        literal = item
        if "@value" not in item:
            known = labels(item)
            literal = known[0] if known else item
        if literal.__class__ is dict and "@language" in literal:
            return said(literal) or "", tag(literal["@language"])
        return said(literal) or "", default
    return (item if item.__class__ is str else said(item) or ""), default
