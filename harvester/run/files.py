"""Files of portals, kept on disk by their validators: asked for again only where they may have changed, within a room.

What is kept is what a file was made into (see `harvester.run.extracts`), not the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from harvester.errors import SourceFailed, TryLater
from harvester.http import Client, Response

Keep = Callable[[Response, str, Path], None]
FRESH = 600.0
"""Seconds during which a portal is not asked whether its file changed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file here. `version` changes with its content; `changed` is when this content came (Unix time)."""

    path: Path
    version: str
    changed: float


@dataclass(frozen=True, slots=True)
class Files:
    """A folder of files, the least used ones removed beyond `room` bytes. `keep` writes what is kept of an answer of a form."""

    folder: Path
    room: int
    keep: Keep
    now: Callable[[], float] = time.time

    def get(self, url: str, form: str, client: Client, *, stale: bool = False) -> Kept:
        """What is kept of the file of an address; with `stale` that of an older one serves while the portal fails.

        Raises what `Client.fetch` and `keep` raise.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = blake2b(f"{form} {url}".encode(), digest_size=16).hexdigest()
        path, about = self.folder / f"{name}.data", self.folder / f"{name}.json"
        known = _known(path, about)
        if known and self.now() - known["asked"] < FRESH:
            return _kept(path, known)
        try:
            answer = client.fetch(
                url,
                etag=known["etag"] if known else None,
                last_modified=known["last_modified"] if known else None,
            )
        except (SourceFailed, TryLater):
            if known and stale:
                return _kept(path, known)
            raise
        if answer.status == 304 and known:
            known["asked"] = self.now()
        else:
            version = answer.body_hash.hex()
            if not known or known["version"] != version:
                self.keep(answer, form, path)
            changed = known["changed"] if known and known["version"] == version else self.now()
            known = {
                "etag": answer.etag,
                "last_modified": answer.last_modified,
                "version": version,
                "asked": self.now(),
                "changed": changed,
            }
        self._write(about, orjson.dumps(known))
        self.sweep()
        return _kept(path, known)

    def _write(self, path: Path, content: bytes) -> None:
        """At once: who reads meanwhile has the old file."""
        temporary = path.with_name(f"{uuid4().hex}.part")
        temporary.write_bytes(content)
        temporary.replace(path)

    def sweep(self) -> None:
        """Remove what was used least, until the rest has room."""
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                told = path.stat()
                if path.suffix == ".part" and self.now() - told.st_mtime < 3600:
                    continue  # being written
                found.append((max(told.st_atime, told.st_mtime), told.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= self.room:
                return
            with suppress(OSError):
                path.unlink()
                left -= size


def _known(path: Path, about: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads(about.read_bytes())
        os.utime(path)
    except (OSError, orjson.JSONDecodeError):
        return None
    return found


def _kept(path: Path, known: dict[str, Any]) -> Kept:
    return Kept(path, str(known["version"]), float(known["changed"]))
