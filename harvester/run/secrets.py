"""What a source's file says in confidence (a key in its address, a token, a header), kept out of all that is stored or shown.

Portals repeat what they are asked: in the links of their answers, in the addresses that relative ones are completed with, in
pages that say what went wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

import orjson

from harvester.config import Source
from harvester.log import HIDDEN, is_secret, redact
from harvester.model import Problem, Record

_SHORTEST = 6
"""Characters; whoever has a shorter secret has none, and hiding it would tear texts."""
_NO_WORD = 8
"""Characters from which a secret is hidden in texts too, not only as a parameter of addresses."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The words of a source that nobody may read; false where it has none."""

    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words)

    def sealed(self, text: str) -> str:
        """The text with a mark for each secret, for `opened` to bring back."""
        for number, word in enumerate(self.words):
            text = text.replace(word, _mark(number))
        return text

    def opened(self, text: str) -> str:
        """What `sealed` was given."""
        for number, word in enumerate(self.words):
            text = text.replace(_mark(number), word)
        return text

    def record(self, record: Record) -> Record:
        """The record without the secrets: a parameter that is one goes from its addresses, elsewhere a mark stays."""
        raw = record.raw or orjson.dumps(record.tree)
        text = raw.decode()
        if not any(word in text or word in record.url or word in record.id for word in self.words):
            return record
        text = self._without(text)
        return replace(
            record,
            id=self._without(record.id),
            tree=orjson.loads(text),
            raw=text.encode(),
            url=self._without(record.url),
        )

    def problem(self, problem: Problem) -> Problem:
        """The problem without them."""
        message, value = self.told(problem.message), self.told(problem.value)
        if message == problem.message and value == problem.value:
            return problem
        return replace(problem, message=message, value=value)

    def told(self, text: str) -> str:
        """What is told people, without these secrets and those that it shows to be some itself."""
        for word in self.words:
            text = text.replace(word, HIDDEN)
        return redact(text)

    def _without(self, text: str) -> str:
        for word in self.words:
            if word in text:
                # The separator before it stays where another parameter follows.
                text = re.sub(
                    r'([?&])[^?&=#"\s<>]+=' + re.escape(word) + r'(?:(&)|(?=[#"\s<>\\]|$))',
                    lambda match: match[1] if match[2] else "",
                    text,
                )
                text = text.replace(word, HIDDEN) if len(word) >= _NO_WORD else text
        return text


def secrets(source: Source) -> Secrets:
    """Those of a source, as they are written and as addresses write them; the longest first."""
    held = [value for name, value in parse_qsl(urlsplit(source.url).query) if is_secret(name)]
    held += [
        part.partition("=")[2]
        for part in urlsplit(source.url).query.split("&")
        if is_secret(unquote(part.partition("=")[0]))
    ]
    if source.http.token:
        held.append(source.http.token)
    for name, value in source.http.headers.items():
        if is_secret(name):
            held += [value, *(part.partition("=")[2] or part for part in value.split())]
    spelt = {form for value in held for form in (value, quote(value, safe=""), quote_plus(value))}
    return Secrets(
        tuple(
            sorted((word for word in spelt if len(word) >= _SHORTEST), key=lambda w: (-len(w), w))
        )
    )


def _mark(number: int) -> str:
    return f"\x1a{number}\x1a"
