"""What speaks for and against two records being one dataset, for people who ask: by the same comparison that links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import orjson

from harvester.link import wording
from harvester.link.blocks import pointer_keys
from harvester.link.compare import levels
from harvester.link.profile import Profile
from harvester.link.survey import Survey, survey
from harvester.link.vetoes import vetoes
from harvester.run.linking import Linking
from harvester.store import Connection
from harvester.store import evidence as stored


@dataclass(frozen=True, slots=True)
class Evidence:
    """`levels` are what the comparison says, each with its bits; `pointers` the datasets that both say they are."""

    bits: float
    levels: tuple[tuple[str, float], ...]
    vetoes: tuple[str, ...]
    pointers: tuple[str, ...]


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
    shared = set(pointer_keys(two))
    return Evidence(
        weights.total(said),
        (("prior", weights.prior), *((level, weights.bits.get(level, 0.0)) for level in said)),
        vetoes(one, two, linking.places),
        tuple(key for key in pointer_keys(one) if key in shared),
    )


def zone(linking: Linking, evidence: Evidence) -> str:
    """What is done with a pair of this evidence, as `link.wording` calls it."""
    settings = linking.settings
    return wording.zone(
        evidence.bits,
        evidence.vetoes,
        settings.link if linking.by_weights else inf,
        settings.review,
        pointed=bool(evidence.pointers),
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
