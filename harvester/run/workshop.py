"""Where extracts are made: a file is fetched or found kept, rows of it counted or written, the result kept in turn."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from harvester.config import Config, HttpSettings, Source
from harvester.errors import TryLater
from harvester.http import Client, Response
from harvester.http.guard import Guard
from harvester.run.extracts import Reader
from harvester.run.files import Files
from harvester.run.slicing import Slicing
from harvester.view.slices import Commune, Endpoint, Part, Refusal, Table, Words, slice_id
from harvester.view.slices.files import asked_of, proved_by, read_back

Result: TypeAlias = tuple[Part, ...] | Refusal | str

_AT_ONCE = threading.BoundedSemaphore(2)
"""Files are read by so many at once, whoever asks."""
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Extract:
    """Rows written to a file. `version` names its bytes; `changed` is Unix time."""

    path: Path
    version: str
    changed: float


@dataclass(frozen=True, slots=True)
class Workshop:
    """See the module. The client has no token of a source: what it gets, anybody would get."""

    client: Client
    files: Files
    reader: Reader

    @classmethod
    def of(
        cls,
        config: Config,
        source: Source | None,
        *,
        guard: Guard | None = None,
        stop: threading.Event | None = None,
    ) -> Workshop:
        """From the configuration; `source` has the manners that its host wants."""
        settings = config.slices
        given = source.http if source else HttpSettings(**config.http.model_dump())
        http = given.model_copy(
            update={
                "token": None,
                "headers": {},
                "retries": min(given.retries, 1),
                "max_bytes": settings.extract_bytes,
                "max_decompressed_bytes": settings.extract_bytes,
            }
        )
        folder = (config.directory / settings.extract_folder).resolve()
        reader = Reader(folder, settings.extract_seconds)
        client = Client(http, contact=config.contact, guard=guard, stop=stop)

        def keep(answer: Response, form: str, to: Path) -> None:
            with _turn():
                reader.keep(answer, form, to)

        return cls(client, Files(folder, settings.extract_room, keep), reader)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def prove(
        self,
        endpoint: Endpoint,
        communes: Sequence[Commune],
        words: Words,
        slicing: Slicing,
        parent: str,
    ) -> tuple[tuple[Table, ...] | Result, dict[str, Result]]:
        """What a file proves: the table it holds, and by commune its rows."""
        kept = self.files.get(endpoint.url, endpoint.layer, self.client)
        with _turn():
            table = self.reader.survey(kept.path, endpoint)
            results: dict[str, Result] = {}
            for commune in communes:
                code = commune.unit.code
                condition = asked_of(table, commune, words)
                if isinstance(condition, Refusal):
                    results[code] = condition
                    continue
                counted = self.reader.count(kept.path, condition)
                view = slicing.views[code][0]
                address = f"{slicing.base}/villes/{view}/datasets/{slice_id(parent, code)}/extract"
                part = proved_by(table, condition, counted, commune, address)
                results[code] = part if isinstance(part, Refusal) else (part,)
        return (table,), results

    def extract(self, part: Part, suffix: str) -> Extract:
        """The rows of a part as a file; made once for each content of the source's file. Raises as `Files.get` and `Reader.write`."""
        kept = self.files.get(part.endpoint.url, part.endpoint.layer, self.client, stale=True)
        named = f"{part.endpoint.url} {kept.version} {part.filter} {suffix}"
        version = blake2b(named.encode(), digest_size=16).hexdigest()
        path = self.files.folder / f"{version}.{suffix}"
        if not path.is_file():
            with _turn():
                self.reader.write(kept.path, part.endpoint.layer, read_back(part), suffix, path)
            self.files.sweep()
        return Extract(path, version, kept.changed)


class _turn:  # noqa: N801 - used as a function
    """One of the places at which files are read; raises TryLater where all are taken for long."""

    def __enter__(self) -> None:
        if not _AT_ONCE.acquire(timeout=_PATIENCE):
            raise TryLater("too many extracts are being made", after=30)

    def __exit__(self, *_: object) -> None:
        _AT_ONCE.release()
