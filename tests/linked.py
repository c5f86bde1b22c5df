"""A corpus for `harvester link` as stored records, linked by what the service does at the end of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from harvester.config import Links
from harvester.link import packing
from harvester.link.blocks import pointer_keys
from harvester.link.places import Places, gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.link.policy import compiled
from harvester.link.profile import Reader
from harvester.map import Mapper, builtin_merge, compile_mapping
from harvester.model import Entry, Record
from harvester.run import aggregated
from harvester.run.clusters import Clusters
from harvester.run.linking import Linking
from harvester.run.merging import Merging
from harvester.run.slicing import Slicing
from harvester.store import Store, records
from harvester.store.records import Staged
from harvester.territory import Gazetteer
from harvester.view import prepare


@dataclass
class Corpus:
    """Records, portals and places of a folder (see docs/link.md), and the store they are put into."""

    store: Store
    portals: Portals
    places: Places
    clusters: Clusters
    mapper: Mapper
    ids: dict[str, int] = field(default_factory=dict)
    runs: int = 0

    @classmethod
    def of(
        cls, folder: Path, store: Store, known: Gazetteer, settings: Links | None = None
    ) -> Corpus:
        """The portals and places of a folder; nothing is stored yet."""
        units = orjson.loads((folder / "territory.json").read_bytes())
        places = aggregated.read_places(units)
        portals = aggregated.read_portals(
            orjson.loads((folder / "portals.json").read_bytes()), units
        )
        sources: dict[str, Portal] = _Sources(portals)
        linking = Linking(settings or Links(), portals, sources, lambda: places, b"corpus")
        views = prepare("fr:epci:200057974", [], known)
        return cls(
            store,
            portals,
            places,
            Clusters(
                views,
                "corpus",
                Merging({}, views, compiled(builtin_merge(), {}, {}), ""),
                linking,
                Slicing("", {}, views, known),
            ),
            compile_mapping(aggregated.MAPPING),
        )

    def put(self, trees: Sequence[dict[str, Any]], at: str = "2026-01-01T00:00:00Z") -> None:
        """One run that brings these records, new or changed."""
        self.runs += 1
        run = self.runs
        with self.store.write() as connection:
            staged = [self._staged(tree) for tree in trees]
            ids = records.stage(connection, run, "corpus", b"recipe", run << 32, staged)
            added, pointed = [], []
            for ordinal, (record, one) in enumerate(zip(ids, staged, strict=True)):
                version = (run << 32) + ordinal
                name = one.local_id
                if one.record is None:
                    self.ids[name] = record
                    source, local = name.split("|", 1)
                    added.append(
                        (
                            *(record, source, local, version, one.fingerprint, "published", 0),
                            *(f"{record:036x}", at, at),
                        )
                    )
                else:
                    pointed.append((version, one.fingerprint, "published", at, record))
            records.add(connection, added)
            records.point(connection, pointed)
            self.clusters.update(connection, ids, run, at)

    def _staged(self, tree: dict[str, Any]) -> Staged:
        name = tree["rid"]
        values = self.mapper.values(Record(name, tree))
        source, local = name.split("|", 1)
        linking = self.clusters.linking
        packed = (linking.reader, _packed(linking, values, source, local))
        body = orjson.dumps(values)
        return Staged(
            local_id=name,
            record=self.ids.get(name),
            state="published",
            access="public",
            fingerprint=body[:16],
            raw=b"",
            url="",
            entry=body,
            coverage="[]",
            title="",
            search="",
            digest=b"",
            profile=packed,
            problems=(),
        )

    def partition(self) -> set[frozenset[str]]:
        """Who is with whom."""
        groups: dict[str, set[str]] = {}
        with self.store.read() as connection:
            rows = connection.exec_driver_sql("SELECT cluster, source, local_id FROM record")
            for cluster, source, local in rows:
                groups.setdefault(cluster, set()).add(f"{source}|{local}")
        return {frozenset(group) for group in groups.values()}


class _Sources(dict[str, Portal]):
    """The portals by key; those that nobody told of as `harvester link` takes them."""

    def __init__(self, portals: Portals) -> None:
        super().__init__(portals.by_key)

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = aggregated.stranger(key)
        return self[key]


def _packed(linking: Linking, values: dict[str, Any], source: str, local: str) -> bytes:
    return packing.pack(linking.profile(values, source, local))


def trees(path: Path) -> Iterable[dict[str, Any]]:
    """The records of a file."""
    for line in aggregated.lines(path):
        yield orjson.loads(line)


def pointers(entry: Entry, record: str, portal: str = "portail.example") -> set[str]:
    """What says alone that an entry, which a portal shows as `record`, is one dataset with another."""
    stand = Portal(portal, "", 0, (portal,))
    reader = Reader(gazetteer([]), Portals([stand]), {})
    values = entry.model_dump(mode="json", exclude_defaults=True) | {"kind": entry.kind}
    return set(pointer_keys(reader.read(values, stand, record)))
