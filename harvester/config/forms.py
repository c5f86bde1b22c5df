"""What every table of settings is, and the forms that several of them share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ViewSlug = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
TerritoryCode = Annotated[
    str,
    StringConstraints(
        pattern=r"^fr(:(commune:[0-9AB]{5}|epci:\d{9}|departement:[0-9AB]{2,3}|region:\d{2}))?$"
    ),
]
Siret = Annotated[str, StringConstraints(pattern=r"^(\d{9}|\d{14})$")]


class Settings(BaseModel):
    """Frozen; an unknown name is an error that names the nearest valid one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
