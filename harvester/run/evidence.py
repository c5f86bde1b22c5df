"""What speaks for and against two records being one dataset, for people who ask: by the same comparison that links."""

from __future__ import annotations

from dataclasses import dataclass

from harvester.link.blocks import pointer_keys
from harvester.link.compare import levels
from harvester.link.survey import Survey, survey
from harvester.link.vetoes import vetoes
from harvester.run.linking import Known, Linking
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
    known = Known(connection, linking)
    known.read((a, b))
    one, two = known.profiles.get(a), known.profiles.get(b)
    if one is None or two is None:
        return None
    if one.key > two.key:
        one, two = two, one
    weights = linking.weights
    said = levels(one, two, linking.places, counts(connection, linking))
    shared = set(pointer_keys(two))
    return Evidence(
        weights.total(said),
        (("prior", weights.prior), *((level, weights.bits.get(level, 0.0)) for level in said)),
        vetoes(one, two, linking.places),
        tuple(key for key in pointer_keys(one) if key in shared),
    )


def counts(connection: Connection, linking: Linking) -> Survey:
    """The survey in use; before the first, of nothing."""
    kept = stored.survey(connection)
    return survey([]) if kept is None else linking.survey(connection, kept)
