"""How common words, titles, descriptions and dates are: counted once, then frozen with the version of the model.

Frozen, because a weight that moved with every new record would make what is compared today differ from what was compared
yesterday: then linking record by record would not end where linking all at once does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from harvester.link.profile import Profile

COMMON_TITLE = 20
KNOWN_TITLE = 3
COMMON_DAY = 5
GENERIC_TEXT = 3


@dataclass(frozen=True, slots=True)
class Survey:
    """`words`: word of a core → bits of information; `titles`: core → in how many places; `texts`: description →
    with how many different cores; `days`: day of issue → how many records."""

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
    """Count. One core counts once per place and portal, so that a catalogue of years does not make it common."""
    words: Counter[str] = Counter()
    titles: dict[tuple[str, ...], set[object]] = {}
    texts: dict[str, set[tuple[str, ...]]] = {}
    days: Counter[str] = Counter()
    files: Counter[str] = Counter()
    total = 0
    for profile in profiles:
        total += 1
        core = profile.title.core
        words.update(core)
        titles.setdefault(core, set()).add(profile.where or profile.publisher.name)
        if profile.text:
            texts.setdefault(profile.text, set()).add(core)
        days[profile.issued] += 1
        files.update(profile.files)
    rarest = log2(total + 2)
    return Survey(
        {word: log2((total + 2) / (count + 1)) for word, count in words.items()},
        {core: len(places) for core, places in titles.items() if len(places) >= KNOWN_TITLE},
        {text: len(cores) for text, cores in texts.items() if len(cores) > 1},
        {day: count for day, count in days.items() if count >= COMMON_DAY},
        {file: count for file, count in files.items() if count > 12},
        rarest,
    )
