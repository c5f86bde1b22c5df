"""`datasets/{id}/extract.{suffix}`: a city's rows out of a file, where `[slices] extracts` lets us make them.

Only what the public catalogue lists is served, and only as whole files: the rows are written before the first byte leaves.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from harvester.errors import ConfigurationError, SourceFailed, TryLater
from harvester.run.slicing import parts_of
from harvester.run.workshop import Workshop
from harvester.store.slices import StoredSlice
from harvester.view.slices import Part, slice_id
from harvester.view.slices.files import NAME, OFFERED, media_type
from harvester.web import records
from harvester.web.desk import Desk
from harvester.web.identity import Face
from harvester.web.negotiation import http_date, unchanged

_NOTHING = "Cet extrait n’existe pas."
_FAILS = "Le fichier d’origine n’est pas disponible. Réessayez plus tard."


def extract(desk: Desk, request: Request, face: Face, key: str, suffix: str) -> Response:
    """Answer with the rows; 404 for what is none of this city's extracts, 503 and 502 where the file cannot be had."""
    row, part = _found(desk, face, key)
    if suffix not in OFFERED.get(part.endpoint.layer, ()):
        raise HTTPException(404, _NOTHING)
    found = _shown(desk, face, str(row.id))
    source = next(
        (s for s in map(desk.config.source, (o[0] for o in found.row.origins)) if s is not None),
        None,
    )
    try:
        with Workshop.of(desk.config, source, guard=desk.guard) as workshop:
            made = workshop.extract(part, suffix)
    except TryLater as error:
        _log(row, error)
        raise HTTPException(503, _FAILS, {"Retry-After": "60"}) from None
    except (SourceFailed, ConfigurationError, OSError) as error:
        _log(row, error)
        raise HTTPException(502, _FAILS) from None
    etag = f'"{made.version}"'
    changed = datetime.fromtimestamp(made.changed, UTC)
    headers = {"ETag": etag, "Last-Modified": http_date(changed), "Cache-Control": "no-cache"}
    if unchanged(request.headers, etag, changed):
        return Response(status_code=304, headers=headers)
    name = f"{face.slug}-{row.id}.{suffix}"
    return FileResponse(made.path, headers=headers, media_type=media_type(suffix), filename=name)


def _shown(desk: Desk, face: Face, key: str) -> records.Found:
    """The slice's entry, for who may see it; others are not told that there is one."""
    try:
        return records.find(desk, face, key)
    except HTTPException as error:
        if error.status_code == 404:
            raise HTTPException(404, _NOTHING) from None
        raise


def _found(desk: Desk, face: Face, key: str) -> tuple[StoredSlice, Part]:
    """The slice of a city, by its own id or by its parent's."""
    view = desk.config.view(face.slug)
    if not desk.config.slices.extracts or view is None or not face.slug:
        raise HTTPException(404, _NOTHING)
    row = desk.reading.slice(key) or desk.reading.slice(slice_id(key, view.territory))
    if row is None or row.state != "shown" or row.territory != view.territory:
        raise HTTPException(404, _NOTHING)
    part = next((part for part in parts_of(row) if part.endpoint.dialect == NAME), None)
    if part is None:
        raise HTTPException(404, _NOTHING)
    return row, part


def _log(row: StoredSlice, error: Exception) -> None:
    structlog.get_logger().warning("extract_failed", slice=row.id, error=str(error))
