"""What another model of linking would change, before it does: every record is linked by it, and the result undone again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from harvester.errors import ConfigurationError
from harvester.link.weights import packaged, read
from harvester.run.clusters import Clusters
from harvester.store import Connection, Store
from harvester.store import clusters as stored
from harvester.store import entries as listed


@dataclass(frozen=True, slots=True)
class Effect:
    """What a model changes: groups of titles that it brings together, and groups whose entry it parts; `moved` records."""

    version: str
    before: str
    merged: tuple[tuple[str, ...], ...] = ()
    parted: tuple[tuple[str, ...], ...] = ()
    moved: int = 0


class _Undone(Exception):
    """Only so that the transaction is."""


def document(text: bytes | None = None) -> str:
    """The file of a model, that of the package where none is given; raises ConfigurationError where it is none."""
    found = packaged() if text is None else text
    try:
        read(found)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"ce fichier n’est pas un modèle de rapprochement : {error}"
        ) from None
    return found.decode()


def trial(store: Store, clusters: Clusters, model: str, *, apply: bool) -> Effect:
    """Link every record by `model`; keep the result only if it is to `apply`."""
    linking = clusters.linking
    former = linking.document
    effect = Effect(read(model.encode()).version, linking.weights.version)
    try:
        with store.write() as connection:
            listed.take_turn(connection)
            before = stored.placed_everywhere(connection)
            linking.adopt(model)
            clusters.relink(connection)
            effect = _effect(connection, effect, before)
            if not apply:
                raise _Undone
    except _Undone:
        linking.adopt(former)
    except BaseException:
        linking.adopt(former)
        raise
    return effect


def _effect(connection: Connection, effect: Effect, before: dict[int, str]) -> Effect:
    after = stored.placed_everywhere(connection)
    moved = [record for record, cluster in after.items() if before.get(record) != cluster]
    together: dict[str, set[str]] = {}
    apart: dict[str, set[str]] = {}
    for record, cluster in after.items():
        together.setdefault(cluster, set()).add(before.get(record, cluster))
        apart.setdefault(before.get(record, cluster), set()).add(cluster)
    merged = {cluster for cluster, its in together.items() if len(its) > 1}
    parted = {cluster for cluster, its in apart.items() if len(its) > 1}
    titles = stored.titles_of(
        connection,
        [r for r, cluster in after.items() if cluster in merged or before.get(r) in parted],
    )
    return Effect(
        effect.version,
        effect.before,
        _told(after, merged, titles),
        _told(before, parted, titles),
        len(moved),
    )


def _told(
    of: dict[int, str], wanted: set[str], titles: dict[int, str]
) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for record, cluster in sorted(of.items()):
        if cluster in wanted and record in titles:
            groups.setdefault(cluster, []).append(titles[record])
    return tuple(tuple(Counter(group)) for group in groups.values())
