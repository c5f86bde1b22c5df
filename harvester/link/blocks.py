"""Which records are compared at all: those that share a key. Six to eight pairs a record, at every size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from harvester.link.places import Places
from harvester.link.profile import Profile
from harvester.link.survey import GENERIC_TEXT, Survey

MOST = 60
"""Larger blocks are refined, and given up where that is not enough."""
POINTED = 200
"""A pointer is believed alone, so that any number of portals may show one dataset; past this it is a constant."""
POINTER, BLOCK = 2, 1
YEAR, YEARS = 3, 4
"""Keys that only find the whole of a part, also on the same portal: what is of a year asks for what is of several."""


def pointer_keys(profile: Profile) -> tuple[str, ...]:
    """The datasets that a record is: who shares one describes the same, whatever else differs."""
    guess = (profile.guess,) if profile.guess else ()
    return (profile.own, *profile.points, *guess, *profile.names)


def block_keys(profile: Profile, places: Places, survey: Survey) -> Iterator[tuple[str, str]]:
    """(key, what refines it where too many share it)."""
    core = profile.title.core
    when = _year(profile)
    rare = survey.rare_words(core, 2)
    for file in profile.files:
        if file not in survey.files:
            yield f"f:{file}", ""
    for other in (
        *profile.weak,
        *((profile.own, *profile.points) if profile.portal.gathers else (profile.own,)),
    ):
        yield f"w:{other}", ""
    for name in {*profile.names, *profile.pages}:
        yield f"w:{name}", ""
    where = profile.where if len(profile.where) <= 3 else ()
    around: set[str] = set()
    for code in where:
        if places.level(code) == "commune":
            for word in rare:
                yield f"c:{code}:{word}", when
            unit = places.units[code]
            around.update(c for c in unit.around if places.level(c) == "epci")
        else:
            for word in rare:
                yield f"t:{code}:{word}:{when}", " ".join(core)
            if places.level(code) == "epci":
                around.add(code)
    joined = " ".join(sorted(core))
    for code in around:
        yield f"e:{code}:{joined}:{when}", profile.issued
    if profile.local:
        for code in around or where:
            yield f"i:{code}:{profile.local}", when
    if len(profile.text) > 40 and survey.texts.get(profile.text, 1) <= GENERIC_TEXT:
        yield f"d:{profile.text[:120]}", f"{when}:{joined}"
    if not where:
        yield f"n:{joined}:{when}", profile.issued


def hashed(profile: Profile, places: Places, survey: Survey) -> list[tuple[int, int, int]]:
    """(key, finer key, strength) of a record, hashed to 64 bits, for keeping them in a table: a finer key serves where too
    many share the key; it is 0 where there is none. A key stands once, at its best."""
    found = {pointer_hash(key): (0, POINTER) for key in pointer_keys(profile)}
    for key, finer in block_keys(profile, places, survey):
        found.setdefault(_hash(key), (_hash(f"{key}\0{finer}") if finer else 0, BLOCK))
    if profile.when is not None and profile.when.first and profile.where:
        series = f"s:{','.join(sorted(profile.where))}:{' '.join(sorted(profile.title.core))}"
        found[_hash(series)] = (0, YEARS if of_years(profile) else YEAR)
    return [(key, finer, strength) for key, (finer, strength) in found.items()]


def of_years(profile: Profile) -> bool:
    """Whether a record is of several years, so that others may be its parts."""
    when = profile.when
    return when is not None and when.last > when.first > 0


def pointer_hash(pointer: str) -> int:
    """A pointer as a key."""
    return _hash(f"p:{pointer}")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _year(profile: Profile) -> str:
    when = profile.when
    return f"{when.first}{when.part}" if when is not None and when.first else ""


def pairs(
    profiles: Sequence[Profile],
    places: Places,
    survey: Survey,
    together: Sequence[int],
    *,
    siblings: bool = False,
) -> Iterator[tuple[int, int]]:
    """Pairs (smaller index first) that share a block, once each, without those `together` (group per index) already
    and, unless `siblings` are wanted, those of one portal that shows nothing twice."""
    blocks: dict[str, list[tuple[int, str]]] = {}
    for index, profile in enumerate(profiles):
        for key, finer in block_keys(profile, places, survey):
            blocks.setdefault(key, []).append((index, finer))
    seen: set[int] = set()
    count = len(profiles)
    for members in blocks.values():
        if len(members) < 2:
            continue
        for group in _refined(members):
            for at, one in enumerate(group):
                portal = profiles[one].portal
                for two in group[at + 1 :]:
                    if together[one] == together[two]:
                        continue
                    other = profiles[two].portal
                    if other is portal and not portal.gathers and not siblings:
                        continue
                    pair = one * count + two
                    if pair not in seen:
                        seen.add(pair)
                        yield one, two


def _refined(members: list[tuple[int, str]]) -> Iterator[list[int]]:
    if len(members) <= MOST:
        yield [index for index, _ in members]
        return
    finer: dict[str, list[int]] = {}
    for index, key in members:
        finer.setdefault(key, []).append(index)
    for group in finer.values():
        if 1 < len(group) <= MOST:
            yield group
