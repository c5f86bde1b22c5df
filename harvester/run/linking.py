"""What records are compared by: made of the configuration once, and of the survey that the store keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson
import structlog

from harvester.config import Config, Links, Source
from harvester.link import packing
from harvester.link import survey as surveys
from harvester.link.aliases import Alias, learn
from harvester.link.places import Places
from harvester.link.pointers import Portal, Portals
from harvester.link.profile import Profile, Reader
from harvester.link.survey import Survey
from harvester.link.titles import load_synonyms
from harvester.link.weights import Weights, packaged, read
from harvester.run.portals import places, portals
from harvester.store import Connection, evidence
from harvester.store.evidence import Compared, StoredSurvey
from harvester.territory import Gazetteer

log = structlog.get_logger(__name__)

CODE = 1
"""Raised when the code of `harvester.link` makes another profile, key or weight of the same record."""
REMEMBERED = 4_000


class Linking:
    """How records are read and judged. `sources` are the portals that sources stand on; `within` makes the places, when they
    are first asked for, and `told` is a hash of all that decides which these are."""

    def __init__(
        self,
        settings: Links,
        portals: Portals,
        sources: Mapping[str, Portal],
        within: Callable[[], Places],
        told: bytes,
    ) -> None:
        self.settings = settings
        self.sources = sources
        self._portals = portals
        self._within = within
        known = [
            [portal.key, portal.kind, portal.level, portal.hosts, portal.owner, portal.gathers]
            for portal in portals.all
        ]
        self.reader = _hash([CODE, known, sorted(settings.aliases.items()), told.hex()])
        """Decides, with the record, what its profile says."""
        self.document = packaged().decode()
        """The model in use, as its file says it."""
        self.weights = self._weights()
        self.refused: Counter[str] = Counter()
        """How many pairs each veto kept apart so far."""
        self._survey: tuple[int, Survey] | None = None

    @classmethod
    def of(cls, config: Config, gazetteer: Gazetteer) -> Linking:
        """By a configuration."""
        territories = sorted({config.territory, *(s.territory for s in config.sources)})
        return cls(
            config.links,
            *portals(config),
            lambda: places(tuple(territories), gazetteer),
            _hash([territories, gazetteer.version.hex()]),
        )

    @cached_property
    def places(self) -> Places:
        """The places that titles and publishers name."""
        return self._within()

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.places, self._portals, load_synonyms())

    def adopt(self, document: str) -> None:
        """Weigh by a model that was in use already, until somebody applies the packaged one."""
        if document != self.document:
            self.document = document
            self.weights = self._weights()

    def _weights(self) -> Weights:
        found = read(self.document.encode())
        return replace(found, link=self.settings.link, review=self.settings.review)

    @property
    def rules(self) -> str:
        """A hash of what decides, with profiles and survey, which records are linked."""
        settings = self.settings
        told = [CODE, settings.by, settings.link, settings.review, self.document]
        return _hash(told).hex()

    @property
    def by_weights(self) -> bool:
        """Whether weights link, or only propose."""
        return self.settings.by == "weights"

    def portal(self, source: str) -> Portal:
        """The portal of a source; one that is configured no more stands alone."""
        return self.sources.get(source) or Portal(source, "", packing.STRANGE, ())

    def profile(self, values: Mapping[str, Any], source: Source | str, local_id: str) -> Profile:
        """What is compared of a mapped entry."""
        name = source if isinstance(source, str) else source.id
        return self._reader.read(values, self.portal(name), local_id, f"{name}/{local_id}")

    def packed(
        self, values: Mapping[str, Any], source: Source, local_id: str
    ) -> tuple[bytes, bytes]:
        """(what decided, the profile) as the store keeps them."""
        return self.reader, packing.pack(self.profile(values, source, local_id))

    def unpacked(self, row: Compared) -> Profile:
        """The profile of a stored record."""
        return packing.unpack(row.body, f"{row.source}/{row.local_id}", self._portals.by_key)

    def aliases(self, connection: Connection, size: int = 1_000) -> list[Alias]:
        """Other names of portals that public records prove, for a person to confirm in the configuration."""
        return learn(
            (
                self.unpacked(row)
                for block in evidence.shown(connection, size)
                for row in evidence.compared(connection, block)
                if row.public and row.reader == self.reader
            ),
            self._portals,
        )

    def survey(self, connection: Connection, stored: StoredSurvey) -> Survey:
        """The survey in use."""
        if self._survey is None or self._survey[0] != stored.id:
            self._survey = stored.id, surveys.unpack(evidence.survey_body(connection, stored.id))
        return self._survey[1]

    def read(self, connection: Connection, rows: Sequence[Compared]) -> list[Compared]:
        """`rows` with the profiles that this configuration makes of them; those made by another are made anew and kept."""
        stale = [row for row in rows if row.reader != self.reader]
        if not stale:
            return list(rows)
        bodies = evidence.entries(connection, [row.version for row in stale])
        fresh = {
            row.record: packing.pack(
                self.profile(orjson.loads(bodies[row.version]), row.source, row.local_id)
            )
            for row in stale
        }
        evidence.keep_profiles(
            connection, [(row.version, self.reader, fresh[row.record]) for row in stale]
        )
        return [
            row._replace(reader=self.reader, body=fresh[row.record]) if row.record in fresh else row
            for row in rows
        ]


@dataclass(slots=True)
class Known:
    """Profiles by record, read when they are asked for; so many are remembered."""

    connection: Connection
    linking: Linking
    profiles: dict[int, Profile] = field(default_factory=dict)
    public: dict[int, bool] = field(default_factory=dict)

    def read(self, records: Iterable[int]) -> None:
        """Have these at hand."""
        wanted = list(records)
        missing = [record for record in wanted if record not in self.profiles]
        if len(self.profiles) + len(missing) > REMEMBERED:
            self.profiles.clear()
            self.public.clear()
            missing = wanted
        rows = evidence.compared(self.connection, missing) if missing else []
        for row in self.linking.read(self.connection, rows):
            self.profiles[row.record] = self.linking.unpacked(row)
            self.public[row.record] = row.public


def _hash(value: Any) -> bytes:
    return blake2b(orjson.dumps(value), digest_size=16).digest()
