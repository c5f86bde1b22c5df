"""What readers see of the slices of a dataset: entries that follow their parent's, for the same audience.

A slice is shown to those who see an address of the parent by which it was found, and says of the parent only what they see of
it: so one found through a restricted record never reaches the public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

import orjson
from pydantic import TypeAdapter

from harvester.config import Config
from harvester.store import Connection
from harvester.store import entries as listed
from harvester.store import slices as stored
from harvester.store.entries import StoredEntry
from harvester.store.slices import Parent, StoredSlice
from harvester.territory import Gazetteer, Unit
from harvester.territory.names import fold
from harvester.view.slices import Part, addresses, local_entry, slice_id

HOW: Final = "slice"
"""How the coverage of a slice is known, and how views list it."""
_NEAREST = 0
_REMEMBERED = 65_536
_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


@dataclass(frozen=True, slots=True)
class Slicing:
    """What making slices' entries needs: our address, and the communes that have a view."""

    base: str
    views: Mapping[str, tuple[str, ...]]
    gazetteer: Gazetteer = field(repr=False, compare=False)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, config: Config, gazetteer: Gazetteer) -> Slicing:
        """From the configuration."""
        views: dict[str, tuple[str, ...]] = {}
        for view in config.views:
            unit = gazetteer.unit(view.territory)
            if unit is not None and unit.level == "commune":
                views[view.territory] = (*views.get(view.territory, ()), view.slug)
        return cls(config.base_url.rstrip("/"), views, gazetteer)

    def wanted(
        self, connection: Connection, parents: Sequence[str], at: str
    ) -> dict[str, dict[str, StoredEntry]]:
        """Slice → audience → its entry, empty where nobody shall see it; of every slice that these datasets have or had."""
        rows = stored.of_parents(connection, parents)
        if not rows:
            return {}
        seen: dict[str, list[Parent]] = {}
        for parent in stored.parents(connection, list({row.parent for row in rows})):
            seen.setdefault(parent.cluster, []).append(parent)
        listing: dict[tuple[str, str], set[str]] = {}
        for view, cluster, audience in listed.views_of(connection, list(seen)):
            listing.setdefault((cluster, audience), set()).add(view)
        wanted: dict[str, dict[str, StoredEntry]] = {}
        for row in rows:
            if row.id is None:
                continue
            unit = self.gazetteer.unit(row.territory)
            entries = wanted[row.id] = {}
            if row.state != "shown" or unit is None or row.territory not in self.views:
                continue
            for parent in seen.get(row.parent, ()):
                views = listing.get((parent.cluster, parent.audience), set())
                listed_here = not views.isdisjoint(self.views[row.territory])
                if not listed_here or row.territory not in self.communes(parent.coverage):
                    continue  # the city's catalogue has not even the parent
                entry = self._entry(row, row.id, parent, unit, at)
                if entry is not None:
                    entries[parent.audience] = entry
        return wanted

    def communes(self, coverage: str) -> tuple[str, ...]:
        """The communes with a view that what has this coverage (JSON) is about, and more than about."""
        found = self._known.get(coverage)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            territories = {territory for territory, *_ in orjson.loads(coverage)}
            found = self._known[coverage] = tuple(
                commune
                for commune in self.views
                if territories != {commune}
                and not territories.isdisjoint(self.gazetteer.enclosing(commune))
            )
        return found

    def transfer(self, connection: Connection, lost: Mapping[str, str]) -> dict[str, str]:
        """Let the survivors of merges have the slices of those they absorb; slice → slice.

        Until the portal is asked for the survivor, what was proved of the lost one holds for it: it is the same dataset.
        """
        rows = stored.of_parents(connection, list(lost)) if lost else []
        if not rows:
            return {}
        heirs = {old: _last(old, lost) for old in lost}
        known = {
            (row.parent, row.territory)
            for row in stored.of_parents(connection, list(set(heirs.values())))
        }
        moved: dict[str, str] = {}
        new: dict[tuple[str, str], StoredSlice] = {}
        for row in rows:
            heir = heirs[row.parent]
            key = slice_id(heir, row.territory)
            if row.id is not None and row.state == "shown":
                moved[row.id] = key
                if (heir, row.territory) not in known:
                    new.setdefault((heir, row.territory), replace(row, parent=heir, id=key))
        stored.write(connection, new.values())
        return moved

    def _entry(
        self, row: StoredSlice, key: str, parent: Parent, unit: Unit, at: str
    ) -> StoredEntry | None:
        told = orjson.loads(parent.body)
        known = addresses(told)
        parts = [part for part in parts_of(row) if part.endpoint.key in known]
        if not parts or told.get("kind", "dataset") != "dataset":
            return None
        iri = f"{self.base}/datasets/{row.parent}"
        body = orjson.dumps(local_entry(told, unit, iri, parts, row.proved or row.checked))
        coverage = orjson.dumps([(unit.code, HOW)]).decode()
        return StoredEntry(
            cluster=key,
            audience=parent.audience,
            version=parent.version,
            body=body,
            provenance=None,
            origins=parent.origins,
            level=_NEAREST,
            coverage=coverage,
            title=f"{parent.title} : {unit.name}",
            search=f"{parent.search} {fold(unit.name)}",
            digest=blake2b(body + parent.origins.encode(), digest_size=16).digest(),
            issued=at,
            modified=at,
            seq=0,
        )

    def is_slice(self, entry: StoredEntry) -> bool:
        """Whether an entry is one of these."""
        return entry.provenance is None and entry.coverage.endswith(f'"{HOW}"]]')

    def memberships(self, entry: StoredEntry) -> Iterator[tuple[str, str, str, str, str]]:
        """The views of the slice's commune, and no other: the territory's catalogue has the parent."""
        ((territory, *_),) = orjson.loads(entry.coverage)
        yield from self._placed(entry.cluster, entry.audience, territory)

    def _placed(
        self, cluster: str, audience: str, territory: str
    ) -> Iterator[tuple[str, str, str, str, str]]:
        unit = self.gazetteer.unit(territory)
        name = unit.name if unit else territory
        for slug in self.views.get(territory, ()):
            reason = f"Les lignes qui concernent {name}, dans un jeu de données plus large."
            yield slug, cluster, audience, HOW, reason

    def placed(self, connection: Connection) -> list[tuple[str, str, str, str, str]]:
        """The memberships of all slices that have an entry, when all are written anew."""
        return [
            row
            for cluster, audience, territory in stored.places(connection)
            for row in self._placed(cluster, audience, territory)
        ]

    def parents(self, connection: Connection) -> list[str]:
        """The datasets that have or had slices."""
        return stored.shown_parents(connection)


def _last(cluster: str, lost: Mapping[str, str]) -> str:
    """Whom a lost cluster leads to in the end."""
    seen = {cluster}
    while cluster in lost and lost[cluster] not in seen:
        cluster = lost[cluster]
        seen.add(cluster)
    return cluster


def parts_of(row: StoredSlice) -> tuple[Part, ...]:
    """What was proved, table by table."""
    return _PARTS.validate_json(row.parts)


def written(parts: Sequence[Part]) -> str:
    """The same as it is stored."""
    return orjson.dumps(list(parts)).decode()
