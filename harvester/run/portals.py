"""What linking knows of the world, from the configuration: the portals that sources stand on, and the places around.

A portal that is asked through its API is its host, however many sources ask it. A document (`dcat`, `datajson`, `table`) is a
portal of its own: hosts of files hold those of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from harvester.config import Config, Source
from harvester.link.places import Places, Unit, gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.territory import Gazetteer

LEVELS = {"commune": 0, "epci": 1, "departement": 2, "region": 3, "etat": 4, "partner": 5}
TOWN = 20_000
"""Inhabitants from which a commune anywhere in France is known by its name."""

_DOCUMENTS = frozenset({"dcat", "datajson", "table"})
_GATHERING = frozenset({"udata"})


def portals(config: Config) -> tuple[Portals, dict[str, Portal]]:
    """The portals by all their names, and the portal of each source."""
    sharing: dict[str, list[Source]] = {}
    hosts: dict[str, set[str]] = {}
    for source in config.sources:
        host = urlsplit(source.url).netloc.rpartition("@")[2].lower().removeprefix("www.")
        document = source.kind in _DOCUMENTS or not host
        sharing.setdefault(source.id if document else host, []).append(source)
        if host:
            hosts.setdefault(host, set()).add(source.id if document else host)
    found: list[Portal] = []
    of: dict[str, Portal] = {}
    for key, sources in sharing.items():
        names = [host for host, keys in hosts.items() if keys == {key} or key == host]
        portal = _portal(key, tuple(names), sources)
        found.append(portal)
        of.update((source.id, portal) for source in sources)
    meant = {
        name.lower().removeprefix("www."): of[known].key if known in of else known
        for name, known in config.links.aliases.items()
    }
    return Portals(found, meant), of


def _portal(key: str, hosts: tuple[str, ...], sources: Sequence[Source]) -> Portal:
    first = sources[0]
    said = {source.gathers for source in sources} - {None}
    gathers = any(said) if said else first.kind in _GATHERING
    territories = {source.territory for source in sources}
    return Portal(
        key,
        first.kind,
        min(LEVELS[source.level] for source in sources),
        hosts,
        owner=first.territory if len(territories) == 1 and not gathers else None,
        gathers=gathers,
    )


@lru_cache(maxsize=4)
def places(territories: tuple[str, ...], known: Gazetteer) -> Places:
    """The units whose names are looked for in titles: those of the régions around some territories, and what is known
    everywhere."""
    concerned = set(territories) - {"fr"}
    regions = {
        code
        for territory in concerned
        for member in (territory, *known.members(territory)[:1])
        for code in known.enclosing(member)
        if code.startswith("fr:region:")
    }
    near = {code for region in regions for code in known.members(region)}
    around = {code for commune in near for code in known.enclosing(commune)}
    units = [known.unit(code) for code in sorted(near | around | concerned | _everywhere(known))]
    return gazetteer(
        Unit(
            unit.code,
            unit.level,
            (unit.name,),
            unit.siren,
            known.enclosing(unit.code),
        )
        for unit in units
        if unit is not None
    )


def _everywhere(known: Gazetteer) -> set[str]:
    """The State, its régions and départements, and towns that everybody knows."""
    return {
        "fr",
        *known.members("fr", "region"),
        *known.members("fr", "departement"),
        *known.towns(TOWN),
    }
