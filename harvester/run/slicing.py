"""What readers see of the slices of a dataset: entries that follow their parent's, for the same audience.

A slice is shown to those who see an address of the parent by which it was found, and says of the parent only what they see of
it: so one found through a restricted record never reaches the public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import orjson
from pydantic import TypeAdapter

from harvester.config import Config
from harvester.run.listing import covered, named
from harvester.store import Connection
from harvester.store import slices as stored
from harvester.store.entries import StoredEntry
from harvester.store.slices import Parent, StoredSlice
from harvester.territory import Gazetteer, Unit
from harvester.territory.names import fold
from harvester.view import SLICE, Selection, judge, select
from harvester.view.slices import Part, addresses, local_entry, slice_id

_NEAREST = 0
_REMEMBERED = 65_536
_PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


@dataclass(frozen=True, slots=True)
class Slicing:
    """What making slices' entries needs: our address, and the communes that have a view."""

    base: str
    views: Mapping[str, tuple[str, ...]]
    selection: Selection = field(repr=False, compare=False)
    gazetteer: Gazetteer = field(repr=False, compare=False)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, config: Config, selection: Selection, gazetteer: Gazetteer) -> Slicing:
        """From the configuration."""
        views: dict[str, tuple[str, ...]] = {}
        for view in config.views:
            unit = gazetteer.unit(view.territory)
            if unit is not None and unit.level == "commune":
                views[view.territory] = (*views.get(view.territory, ()), view.slug)
        return cls(config.base_url.rstrip("/"), views, selection, gazetteer)

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
        wanted: dict[str, dict[str, StoredEntry]] = {}
        for row in rows:
            if row.id is None:
                continue
            unit = self.gazetteer.unit(row.territory)
            entries = wanted[row.id] = {}
            if row.state != "shown" or unit is None or row.territory not in self.views:
                continue
            for parent in seen.get(row.parent, ()):
                names = named(self.selection, parent.cluster, parent.origins, parent.body)
                if row.territory not in self.communes(parent.coverage) or not self._concerns(
                    row.territory, parent.coverage, names
                ):
                    continue  # the city's catalogue would not have it
                entry = self._entry(row, row.id, parent, unit, at)
                if entry is not None:
                    entries[parent.audience] = entry
        return wanted

    def _concerns(self, commune: str, coverage: str, names: frozenset[tuple[str, str]]) -> bool:
        """Whether a catalogue of the commune lists what has this coverage, or would if it were localised."""
        verdicts = (
            judge(self.selection, slug, covered(coverage), names) for slug in self.views[commune]
        )
        return any(verdict.listed or verdict.localisable for verdict in verdicts)

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
                and self._concerns(commune, coverage, frozenset())
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
        coverage = orjson.dumps([(unit.code, SLICE)]).decode()
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
            listing=self._listing(key, coverage, parent.origins, body),
        )

    def _listing(self, cluster: str, coverage: str, origins: str, body: bytes) -> int:
        names = named(self.selection, cluster, origins, body)
        return select(self.selection, covered(coverage), names).key

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
