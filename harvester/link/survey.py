"""How common words, titles, descriptions and dates are: counted once, then frozen with the version of the model.

Frozen, because a weight that moved with every new record would make what is compared today differ from what was compared
yesterday: then linking record by record would not end where linking all at once does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

import orjson

from harvester.link.profile import Profile

COMMON_TITLE = 20
KNOWN_TITLE = 3
COMMON_DAY = 5
GENERIC_TEXT = 3
COMMON_FILE = 12


@dataclass(frozen=True, slots=True)
class Survey:
    """`words`: word of a core → bits of information; `titles`: core → in how many places; `texts`: description →
    with how many different cores; `days`: day of issue → how many records; `files`: addresses that too many share."""

    words: dict[str, float]
    titles: dict[tuple[str, ...], int]
    texts: dict[str, int]
    days: dict[str, int]
    files: dict[str, int]
    rarest: float

    def bits(self, word: str) -> float:
        """What a word tells; one that was not counted is as rare as can be."""
        return self.words.get(word, self.rarest)

    def rare_words(self, core: tuple[str, ...], most: int) -> tuple[str, ...]:
        """The words of a core that tell most; one that was seen once may be mistyped or cut off."""
        if len(core) <= most:
            return core
        known = tuple(word for word in core if self.bits(word) < self.rarest - 0.99)
        core = known or core
        return tuple(sorted(core, key=lambda word: (-self.bits(word), word))[:most])


def survey(profiles: Iterable[Profile]) -> Survey:
    """Count. One core counts once per place and portal, so that a catalogue of years does not make it common.

    What is rare is remembered by hash only: a survey costs some dozens of bytes a record.
    """
    words: Counter[str] = Counter()
    titles: dict[tuple[str, ...], int] = {}
    texts: dict[str, int] = {}
    days: Counter[str] = Counter()
    files: Counter[str] = Counter()
    seen: set[int] = set()
    counted: Counter[int] = Counter()
    total = 0
    for profile in profiles:
        total += 1
        core = profile.title.core
        named = hash(core)
        words.update(core)
        pair = hash((named, profile.where or profile.publisher.name))
        if pair not in seen:
            seen.add(pair)
            counted[named] += 1
            if counted[named] >= KNOWN_TITLE:
                titles[core] = counted[named]
        if profile.text:
            text = hash(profile.text)
            pair = hash((text, named))
            if pair not in seen:
                seen.add(pair)
                counted[text] += 1
                if counted[text] > 1:
                    texts[profile.text] = counted[text]
        days[profile.issued] += 1
        for file in profile.files:
            counted[hash(file)] += 1
            if counted[hash(file)] > COMMON_FILE:
                files[file] = counted[hash(file)]
    rarest = log2(total + 2)
    return Survey(
        {word: log2((total + 2) / (count + 1)) for word, count in words.items()},
        titles,
        texts,
        {day: count for day, count in days.items() if count >= COMMON_DAY},
        dict(files),
        rarest,
    )


def pack(counts: Survey) -> bytes:
    """A survey to be kept."""
    return orjson.dumps(
        [
            counts.words,
            [[*core, count] for core, count in counts.titles.items()],
            counts.texts,
            counts.days,
            counts.files,
            counts.rarest,
        ]
    )


def unpack(packed: bytes) -> Survey:
    """A survey that was kept."""
    words, titles, texts, days, files, rarest = orjson.loads(packed)
    return Survey(
        words, {tuple(core): count for *core, count in titles}, texts, days, files, rarest
    )
