"""The operator's files as frozen settings.

`config.toml` names the territory and the service; `sources/*.toml` and `mappings/*.toml` stand beside it.
Every setting can be overridden from the environment (`HARVESTER_DATABASE`, `HARVESTER_WEB__PORT`, …; a
secret's file by `…_FILE`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from harvester.model import Access

Level = Literal["commune", "epci", "departement", "region", "etat", "partner"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
TerritoryCode = Annotated[
    str,
    StringConstraints(
        pattern=r"^fr(:(commune:[0-9AB]{5}|epci:\d{9}|departement:[0-9AB]{2,3}|region:\d{2}))?$"
    ),
]


class Settings(BaseModel):
    """Frozen; an unknown name is an error that names the nearest valid one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpSettings(Settings):
    """How politely and how patiently a host is asked. Durations in seconds, sizes in bytes."""

    connect_timeout: float = Field(10, gt=0)
    read_timeout: float = Field(60, gt=0)
    total_timeout: float = Field(600, gt=0)
    retries: int = Field(4, ge=0)
    pause: float = Field(0.0, ge=0, description="Least time between two requests to one host.")
    concurrency: int = Field(2, ge=1, description="Requests under way at once to one host.")
    max_bytes: int = Field(512 * 1024 * 1024, gt=0)
    max_decompressed_bytes: int = Field(2 * 1024 * 1024 * 1024, gt=0)
    max_ratio: float = Field(200, gt=1)
    robots: bool = False
    allow_hosts: tuple[str, ...] = Field(
        (),
        description="Hosts that may resolve to loopback or private addresses (`host` or `host:port`).",
    )
    headers: dict[str, str] = {}
    token: str | None = Field(
        None, description="Sent as a bearer token, to the source's own host only."
    )


class Exclude(Settings):
    """Records that are not taken; they are counted as excluded."""

    publishers: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    titles: tuple[str, ...] = Field((), description="Regular expressions, searched in the title.")


class Guard(Settings):
    """When disappearing records are believed."""

    threshold: float = Field(0.20, ge=0, le=1, description="Share of records that may go at once.")
    grace: int = Field(
        2, ge=0, description="Complete runs a record must be missing before it is withdrawn."
    )


class Source(Settings):
    """One configured origin. `id` is the file's name without `.toml`."""

    id: Slug
    name: str
    kind: str
    url: str
    level: Level
    territory: TerritoryCode
    schedule: str = "daily"
    mapping: str | None = None
    access: Access = "public"
    enabled: bool = True
    exclude: Exclude = Exclude()
    guard: Guard = Guard()
    http: HttpSettings = HttpSettings()
    ignore_parameters: tuple[str, ...] = Field(
        (), description="Query parameters of URLs that change without meaning."
    )
    options: dict[str, Any] = Field(
        {}, description="The kind's own options; checked against its `Options`."
    )


class View(Settings):
    """How one city's catalogue presents itself. Defaults come from the gazetteer."""

    slug: Slug
    territory: TerritoryCode
    title: str
    intro: str = ""
    homepage: str | None = None
    logo: str | None = None
    colour: str = "#1d4f91"
    contact: str | None = None


class Web(Settings):
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    metrics_port: int | None = Field(
        None, description="A port of their own for /metrics and health."
    )
    page_size: int = Field(500, ge=1, le=5000)


class Log(Settings):
    """What is said, and how."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Settings):
    """Everything the operator wrote, checked."""

    territory: TerritoryCode
    title: str = ""
    base_url: str = "http://127.0.0.1:8000"
    contact: str = Field("", description="E-mail or URL told to the portals in the User-Agent.")
    database: str = "sqlite:///var/harvester.sqlite"
    workers: int = Field(0, ge=0, description="Processes that parse and map; 0 does it in place.")
    history: int = Field(5, ge=1, description="Versions kept of a record.")
    schedule: str = "daily"
    http: HttpSettings = HttpSettings()
    guard: Guard = Guard()
    web: Web = Web()
    log: Log = Log()
    views: tuple[View, ...] = ()
    sources: tuple[Source, ...] = ()
