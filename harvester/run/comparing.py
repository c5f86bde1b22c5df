"""Which records have evidence in common, and how much it weighs: only what changed is compared, with all others.

What is compared depends on the records that are there, never on the order they came in. A key that too many share is refined or given
up (`link.blocks`); where a change makes one common, or no longer so, all who share it are compared anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from harvester.link import survey as surveys
from harvester.link.blocks import BLOCK as BLOCKING
from harvester.link.blocks import MOST, POINTED, POINTER, YEAR, YEARS, hashed, pointer_keys
from harvester.link.compare import levels
from harvester.link.parts import part_of
from harvester.link.profile import Profile
from harvester.link.survey import Survey
from harvester.link.vetoes import vetoes
from harvester.run.linking import Known, Linking
from harvester.store import Connection, evidence
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.evidence import Column, Key, StoredLink, Tally

T = TypeVar("T")

BLOCK = 1_000
GROWTH = 100
"""So many records more than twice those of the last survey ask for another."""
PUBLIC = "links-public"
"""Noted: how many public records are compared."""
LIMITS = {POINTER: POINTED, YEAR: POINTED, YEARS: POINTED}
_NONE = Tally(0, 0, False)


@dataclass(slots=True)
class Compared:
    """What comparing came to: records whose cluster has to be looked at again, records that were a part or a whole of
    another before, and how often each veto forbade a pair."""

    seeds: set[int] = field(default_factory=set)
    related: set[int] = field(default_factory=set)
    vetoed: Counter[str] = field(default_factory=Counter)
    public: int = 0


def relate(
    connection: Connection, linking: Linking, touched: Sequence[int], *, afresh: bool = False
) -> Compared:
    """Compare what changed; where the catalogue has doubled since the last survey, count and compare all anew."""
    counted = int(listed.noted(connection, PUBLIC) or 0)
    survey = evidence.survey(connection)
    most = 2 * survey.records + GROWTH if survey else 0
    if survey is None or counted + len(touched) >= most:
        public = evidence.count_shown_public(connection)
        if survey is None or public >= most:
            survey = _count(connection, linking)
            shown = [r for block in evidence.shown(connection, BLOCK) for r in block]
            touched = [*shown, *sorted(set(touched).difference(shown))]
            afresh = True
    counts = linking.survey(connection, survey)
    done = compare(connection, linking, counts, touched, afresh=afresh)
    linking.refused.update(done.vetoed)
    if done.public:
        listed.note(connection, PUBLIC, str(counted + done.public))
    return done


def _count(connection: Connection, linking: Linking) -> evidence.StoredSurvey:
    total = 0

    def profiles() -> Iterator[Profile]:
        nonlocal total
        for block in evidence.shown(connection, BLOCK):
            for row in linking.read(connection, evidence.compared(connection, block)):
                if row.public:
                    total += 1
                    yield linking.unpacked(row)

    packed = surveys.pack(surveys.survey(profiles()))
    return evidence.keep_survey(connection, total, packed)


def compare(
    connection: Connection,
    linking: Linking,
    survey: Survey,
    touched: Sequence[int],
    *,
    afresh: bool = False,
) -> Compared:
    """Keep keys and links of the touched records as they are now. `afresh`: of all records, also those that did not change."""
    known = Known(connection, linking)
    done = Compared()
    dirty: set[int] = set()
    for block in _blocks(touched):
        dirty |= _rekey(connection, linking, survey, block, done, afresh=afresh)
    ordered = sorted(dirty)
    for block in _blocks(ordered):
        for link in evidence.links_of(connection, block):
            (done.related if link.zone == "part" else done.seeds).update((link.a, link.b))
        evidence.forget_links(connection, block)
    done.seeds |= dirty
    if len(dirty) > BLOCK:
        evidence.tell_planner(connection)
    for block in _blocks(ordered):
        evidence.add_links(
            connection, _weighed(connection, linking, survey, known, block, dirty, done)
        )
    return done


def _rekey(
    connection: Connection,
    linking: Linking,
    survey: Survey,
    block: Sequence[int],
    done: Compared,
    *,
    afresh: bool,
) -> set[int]:
    """Write the keys of what changed; the records to compare."""
    rows = {
        row.record: row for row in linking.read(connection, evidence.compared(connection, block))
    }
    before = evidence.linked(connection, block)
    present: list[tuple[int, bool, bytes]] = []
    for record, row in rows.items():
        now = (row.public, blake2b(row.body, digest_size=16).digest())
        if afresh or before.get(record) != now:
            present.append((record, *now))
    gone = [record for record in before if record not in rows]
    changed = [*gone, *(record for record, _, _ in present)]
    if not changed:
        return set()
    done.seeds.update(_cluster_mates(connection, changed))
    done.public += sum(public for _, public, _ in present)
    done.public -= sum(before[record][0] for record in changed if record in before)
    places = linking.places
    old = evidence.keys(connection, changed)
    new: list[Key] = []
    for record, public, _ in present:
        profile = linking.unpacked(rows[record])
        portal = 0 if profile.portal.gathers else _hash(profile.portal.key)
        new += [
            Key(record, key, finer, strength, int(public), portal)
            for key, finer, strength in hashed(profile, places, survey)
        ]
    evidence.relink(connection, gone, present, new)
    return set(changed) if afresh else {*changed, *_crossed(connection, old, new)}


def _cluster_mates(connection: Connection, records: Sequence[int]) -> Iterator[int]:
    clusters = set(stored.clusters_of(connection, records).values())
    yield from (placed.record for placed in stored.shown_in(connection, sorted(clusters)))


def _crossed(connection: Connection, old: Sequence[Key], new: Sequence[Key]) -> set[int]:
    """Those who share a key that has become too common, or no longer is."""
    crossed: set[int] = set()
    for column, limits in (("key", LIMITS), ("finer", {})):
        added: Counter[int] = Counter()
        shown: Counter[int] = Counter()
        most: dict[int, int] = {}
        for rows, sign in ((new, 1), (old, -1)):
            for row in rows:
                token = row.key if column == "key" else row.finer
                if token:
                    added[token] += sign
                    shown[token] += sign * row.public
                    most[token] = limits.get(row.strength, MOST)
        moved = [token for token in added if added[token] or shown[token]]
        tallies = evidence.tallies(connection, _column(column), moved)
        tokens = [
            token
            for token in moved
            for tally in (tallies.get(token, _NONE),)
            if _passes(tally.all, added[token], most[token])
            or _passes(tally.public, shown[token], most[token])
        ]
        crossed.update(row[1] for row in evidence.holders(connection, _column(column), tokens))
    return crossed


def _passes(after: int, added: int, most: int) -> bool:
    return (after <= most) != (after - added <= most)


def _column(name: str) -> Column:
    return "key" if name == "key" else "finer"


def _weighed(
    connection: Connection,
    linking: Linking,
    survey: Survey,
    known: Known,
    block: Sequence[int],
    dirty: set[int],
    done: Compared,
) -> Iterator[StoredLink]:
    """The links of a block's records; a pair of two that are to be compared is weighed once."""
    pairs = {
        (record, other) if record < other else (other, record)
        for record, other in candidates(connection, evidence.keys(connection, block))
        if other not in dirty or record < other
    }
    for some in _blocks(sorted(pairs)):
        known.read({record for pair in some for record in pair})
        for a, b in some:
            one, two = known.profiles.get(a), known.profiles.get(b)
            if one is None or two is None:
                continue
            found = weigh(linking, survey, one, two, done.vetoed)
            if found is None:
                continue
            bits, zone = found
            public = known.public[a] and known.public[b]
            if zone == "whole":
                yield StoredLink(b, a, bits, "part", public)
            else:
                yield StoredLink(a, b, bits, zone, public)


def weigh(
    linking: Linking, survey: Survey, one: Profile, two: Profile, vetoed: Counter[str]
) -> tuple[float, str] | None:
    """(bits, zone) of a pair that no pointer ties already and that is worth anything: `part` where the first is a part of
    the second, `whole` where the second is one of the first."""
    turned = one.key > two.key
    if turned:
        one, two = two, one
    if not set(pointer_keys(one)).isdisjoint(pointer_keys(two)):
        return None
    against = vetoes(one, two, linking.places)
    weights = linking.weights
    if against:
        vetoed.update(against)
        for part, whole, zone in ((one, two, "part"), (two, one, "whole")):
            if part_of(part, whole, against, linking.places, survey):
                bits = weights.total(levels(one, two, linking.places, survey))
                return bits, {"part": "whole", "whole": "part"}[zone] if turned else zone
        return None
    bits = weights.total(levels(one, two, linking.places, survey))
    zone = weights.zone(bits)
    if zone == "link" and not linking.by_weights:
        zone = "review"
    return None if zone == "nothing" else (bits, zone)


def known_through(
    connection: Connection, linking: Linking, profiles: Sequence[Profile]
) -> list[set[str]]:
    """For records that are not stored: the sources through which each of them is known already."""
    stored_survey = evidence.survey(connection)
    if stored_survey is None:
        return [set() for _ in profiles]
    survey = linking.survey(connection, stored_survey)
    own = [
        Key(at, key, finer, strength, 1, 0)
        for at, profile in enumerate(profiles)
        for key, finer, strength in hashed(profile, linking.places, survey)
    ]
    pointing: dict[int, list[int]] = {}
    for row in own:
        if row.strength == POINTER:
            pointing.setdefault(row.key, []).append(row.record)
    holding = list(evidence.holders(connection, "key", list(pointing)))
    shared = Counter(row[0] for row in holding)
    tied = {
        (at, record)
        for key, record, _, _ in holding
        if shared[key] <= POINTED
        for at in pointing[key]
    }
    pairs = {(at, other) for at, other in candidates(connection, own, alone=True)} | tied
    known = Known(connection, linking)
    known.read({record for _, record in pairs})
    through: list[set[str]] = [set() for _ in profiles]
    for at, record in sorted(pairs):
        other = known.profiles.get(record)
        if other is None:
            continue
        found = weigh(linking, survey, profiles[at], other, Counter())
        if (at, record) in tied or (found is not None and found[1] == "link"):
            through[at].add(other.key.partition("/")[0])
    return through


def candidates(
    connection: Connection, own: Sequence[Key], *, alone: bool = False
) -> Iterator[tuple[int, int]]:
    """(record, other) of those that share one of the keys `own`; the same pair may come more than once.

    `alone`: the keys are of records that are not stored: one holder in the store is company enough.
    """
    holding: dict[int, list[Key]] = {}
    finer: dict[int, list[Key]] = {}
    for row in own:
        if row.strength == BLOCKING:
            holding.setdefault(row.key, []).append(row)
    least = 1 if alone else 2
    tallies = evidence.tallies(connection, "key", list(holding), least)
    for key, tally in tallies.items():
        if tally.all > MOST:
            for row in holding[key]:
                if row.finer:
                    finer.setdefault(row.finer, []).append(row)
    yield from _sharing(connection, "key", holding, tallies)
    counted = evidence.tallies(connection, "finer", list(finer), least)
    coarse = {token: tallies[rows[0].key] for token, rows in finer.items()}
    yield from _sharing(connection, "finer", finer, counted, coarse)
    yield from _series(connection, own)


def _series(connection: Connection, own: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Pairs of what is of one year and what is of several, by the keys that only these have."""
    for strength, asked in ((YEAR, YEARS), (YEARS, YEAR), (YEARS, YEARS)):
        asking: dict[int, list[int]] = {}
        for row in own:
            if row.strength == strength:
                asking.setdefault(row.key, []).append(row.record)
        found = evidence.holders(connection, "key", list(asking), strength=asked)
        for key, holding in groupby(sorted(found), key=itemgetter(0)):
            others = [row[1] for row in holding]
            if len(others) <= POINTED:
                yield from ((a, b) for a in asking[key] for b in others if a != b)


def _sharing(
    connection: Connection,
    column: Column,
    holding: dict[int, list[Key]],
    tallies: dict[int, Tally],
    coarse: dict[int, Tally] | None = None,
) -> Iterator[tuple[int, int]]:
    """Pairs of those that share a key few enough have. Public ones are counted among themselves; a finer key serves only
    those for whom the `coarse` one is too common."""
    everyone = [key for key, tally in tallies.items() if not tally.alone and tally.all <= MOST]
    public = [
        key for key, t in tallies.items() if not t.alone and t.public <= MOST < t.all and t.public
    ]
    for keys, only in ((everyone, False), (public, True)):
        for key, other, shown, portal in evidence.holders(connection, column, keys, public=only):
            for row in holding[key]:
                if row.record == other or (portal and portal == row.portal):
                    continue
                both = bool(shown and row.public)
                if only and not both:
                    continue
                if coarse is not None:
                    common = coarse[key].public if both else coarse[key].all
                    if common <= MOST:
                        continue
                yield row.record, other


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") + 1


def _blocks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]
