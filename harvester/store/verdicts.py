"""What people's words on pairs amount to: the last word on a pair counts, and words that contradict each other cannot all stand.

Pure: nodes are anything hashable (a record, or the name of one that is not here). `same` ties, `different` and `part`
keep apart, also through others: a = b, b = c and a ≠ c cannot be followed by any partition.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["same", "different", "part", "origin", "undone"]
VERDICTS: tuple[Verdict, ...] = ("same", "different", "part", "origin", "undone")


@dataclass(frozen=True, slots=True)
class Word:
    """One decision. Of `part`, `a` is the part and `b` the whole; of `origin`, `b` is None. `at` orders, then `id`."""

    id: int
    at: str
    verdict: Verdict
    a: Hashable
    b: Hashable


@dataclass(frozen=True, slots=True)
class Aside:
    """A word that cannot be followed, and those before it that contradict it, as a way from one end to the other."""

    word: Word
    chain: tuple[Word, ...]


def last_words(words: Iterable[Word]) -> list[Word]:
    """The word that counts on each pair (and on each record that is called the original), in the order they were said."""
    last: dict[tuple[bool, frozenset[Hashable]], Word] = {}
    for word in sorted(words, key=lambda w: (w.at, w.id)):
        if word.a == word.b:
            continue  # both ends turned out to be one record: nothing is left to decide
        alone = word.b is None
        key = (alone, frozenset([word.a] if alone else [word.a, word.b]))
        last.pop(key, None)
        last[key] = word
    return [word for word in last.values() if word.verdict != "undone"]


def standing(words: Iterable[Word]) -> tuple[list[Word], list[Aside]]:
    """(words to follow, words set aside): the earlier of two that contradict each other is followed."""
    known = Known()
    aside: list[Aside] = []
    for word in last_words(words):
        chain = known.against(word)
        if chain is None:
            known.add(word)
        else:
            aside.append(Aside(word, chain))
    return known.words, aside


def contradiction(words: Iterable[Word], new: Word) -> tuple[Word, ...] | None:
    """What a new word would contradict, as a way from one of its ends to the other; None where it can stand.

    It takes the place of an earlier word on the same pair, which therefore never contradicts it.
    """
    pair = {new.a, new.b}
    kept, _ = standing(word for word in words if {word.a, word.b} != pair)
    known = Known()
    for word in kept:
        known.add(word)
    return known.against(new)


@dataclass(slots=True)
class Known:
    """Words that can all be followed."""

    words: list[Word] = field(default_factory=list)
    _tied: dict[Hashable, list[Word]] = field(default_factory=dict)
    _apart: dict[Hashable, list[Word]] = field(default_factory=dict)
    _wholes: dict[Hashable, list[Word]] = field(default_factory=dict)

    def add(self, word: Word) -> None:
        """Follow a word that contradicts nothing."""
        self.words.append(word)
        if word.verdict == "same":
            self._tied.setdefault(word.a, []).append(word)
            self._tied.setdefault(word.b, []).append(word)
        elif word.verdict in ("different", "part"):
            self._apart.setdefault(word.a, []).append(word)
            self._apart.setdefault(word.b, []).append(word)
            if word.verdict == "part":
                self._wholes.setdefault(word.a, []).append(word)

    def against(self, word: Word) -> tuple[Word, ...] | None:
        """The way of words that contradicts this one."""
        if word.verdict in ("origin", "undone"):
            return None
        if word.verdict == "different":
            return self._way(word.a, word.b, through_parts=False)
        if word.verdict == "part":  # nothing is a part of itself, nor of its own parts
            return self._way(word.b, word.a, through_parts=True)
        return (
            self._kept_apart(word.a, word.b)
            or self._way(word.a, word.b, through_parts=True, parted=True)
            or self._way(word.b, word.a, through_parts=True, parted=True)
        )

    def together(self, node: Hashable) -> dict[Hashable, tuple[Word, ...]]:
        """Everything that `same` ties to a node, itself too, each with the way there."""
        ways: dict[Hashable, tuple[Word, ...]] = {node: ()}
        ahead = deque([node])
        while ahead:
            here = ahead.popleft()
            for word in self._tied.get(here, ()):
                there = word.b if word.a == here else word.a
                if there not in ways:
                    ways[there] = (*ways[here], word)
                    ahead.append(there)
        return ways

    def reach(
        self, node: Hashable, present: Collection[Hashable], passable: Collection[Hashable]
    ) -> list[Hashable]:
        """The first ones present that a node which is not here is tied to, over nodes that may be passed."""
        found: list[Hashable] = []
        seen = {node}
        ahead = deque([node] if node in passable else [])
        while ahead:
            for word in self._tied.get(here := ahead.popleft(), ()):
                there = word.b if word.a == here else word.a
                if there in seen:
                    continue
                seen.add(there)
                if there in present:
                    found.append(there)
                elif there in passable:
                    ahead.append(there)
        return found

    def _kept_apart(self, a: Hashable, b: Hashable) -> tuple[Word, ...] | None:
        if not self._apart:
            return None
        mine = self.together(a)
        if b in mine:
            return None
        theirs = self.together(b)
        for node, way in mine.items():
            for word in self._apart.get(node, ()):
                other = word.b if word.a == node else word.a
                if other in theirs:
                    return (*way, word, *reversed(theirs[other]))
        return None

    def _way(
        self, start: Hashable, end: Hashable, *, through_parts: bool, parted: bool = False
    ) -> tuple[Word, ...] | None:
        """The shortest way from one node to another over `same` and, upwards, `part`; `parted`: over one part at least."""
        ways: dict[tuple[Hashable, bool], tuple[Word, ...]] = {(start, False): ()}
        ahead = deque([(start, False)])
        while ahead:
            here, over = ahead.popleft()
            if here == end and (over or not parted):
                return ways[here, over]
            steps = [(w.b if w.a == here else w.a, over, w) for w in self._tied.get(here, ())]
            if through_parts:
                steps += [(w.b, True, w) for w in self._wholes.get(here, ())]
            for there, by_part, word in steps:
                if (there, by_part) not in ways:
                    ways[there, by_part] = (*ways[here, over], word)
                    ahead.append((there, by_part))
        return None


def implied(
    words: Iterable[Word], here: Collection[Hashable], bridges: Collection[Hashable]
) -> Iterator[tuple[Hashable, Hashable, Verdict]]:
    """What the words say of pairs that are both `here`: (a, b, verdict).

    Said directly, or through records that are not here: a = b and b = c hold a and c together while b is away. Only
    `bridges` (of what is not here) may tie so.
    """
    known = Known()
    for word in words:
        known.add(word)
    present, passable = set(here), set(bridges)
    told: set[frozenset[Hashable]] = set()

    def tell(
        a: Hashable, b: Hashable, verdict: Verdict
    ) -> Iterator[tuple[Hashable, Hashable, Verdict]]:
        pair = frozenset([a, b])
        if a != b and pair not in told:
            told.add(pair)
            yield a, b, verdict

    for word in known.words:
        if word.verdict == "origin":
            continue
        if word.a in present and word.b in present:
            yield from tell(word.a, word.b, word.verdict)
            continue
        ends = []
        for node in (word.a, word.b):
            ends.append([node] if node in present else known.reach(node, present, passable))
        if word.verdict == "same":
            found = list(dict.fromkeys([*ends[0], *ends[1]]))
            for other in found[1:]:
                yield from tell(found[0], other, "same")
        elif ends[0] and ends[1]:
            yield from tell(ends[0][0], ends[1][0], word.verdict)
