"""What speaks for and against two records being one dataset, for people who ask: by the same comparison that links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from harvester.link.blocks import pointer_keys
from harvester.link.compare import levels
from harvester.link.profile import Profile
from harvester.link.survey import Survey, survey
from harvester.link.vetoes import vetoes
from harvester.run.comparing import weigh
from harvester.run.linking import Linking
from harvester.store import Connection
from harvester.store import evidence as stored


@dataclass(frozen=True, slots=True)
class Evidence:
    """`levels` are what the comparison says, each with its bits; `pointers` the datasets that both say they are; `zone` is
    what linking makes of it (see `wording.ZONES`)."""

    bits: float
    levels: tuple[tuple[str, float], ...]
    vetoes: tuple[str, ...]
    pointers: tuple[str, ...]
    zone: str


def between(connection: Connection, linking: Linking, a: int, b: int) -> Evidence | None:
    """The evidence on two records; None where nobody may see one of them."""
    found = profiles(connection, linking, (a, b))
    one, two = found.get(a), found.get(b)
    if one is None or two is None:
        return None
    return weighed(linking, counts(connection, linking), one, two)


def weighed(linking: Linking, survey: Survey, one: Profile, two: Profile) -> Evidence:
    """The evidence on two profiles."""
    if one.key > two.key:
        one, two = two, one
    weights = linking.weights
    said = levels(one, two, linking.places, survey)
    against = vetoes(one, two, linking.places)
    shared = set(pointer_keys(two))
    pointers = tuple(key for key in pointer_keys(one) if key in shared)
    found = weigh(linking, survey, one, two, Counter())
    zone = "refused" if against else "nothing"
    if pointers:
        zone = "link"
    elif found is not None:
        zone = found[1]
    return Evidence(
        weights.total(said),
        (("prior", weights.prior), *((level, weights.bits.get(level, 0.0)) for level in said)),
        against,
        pointers,
        zone,
    )


def profiles(
    connection: Connection, linking: Linking, records: Iterable[int]
) -> dict[int, Profile]:
    """The profiles of records that somebody may see. Nothing is written: what is out of date is made for this time."""
    rows = stored.compared(connection, sorted(set(records)))
    stale = [row.version for row in rows if row.reader != linking.reader]
    bodies = stored.entries(connection, stale) if stale else {}
    return {
        row.record: linking.profile(orjson.loads(bodies[row.version]), row.source, row.local_id)
        if row.version in bodies
        else linking.unpacked(row)
        for row in rows
    }


def counts(connection: Connection, linking: Linking) -> Survey:
    """The survey in use; before the first, of nothing."""
    kept = stored.survey(connection)
    return survey([]) if kept is None else linking.survey(connection, kept)
