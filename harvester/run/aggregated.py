"""Linking records that an aggregator holds in a file, without any database: `link.engine` at work.

The form of the files (JSON Lines of records; JSON of portals and units; CSV of people's decisions) is in docs/link.md.
"""

from __future__ import annotations

import csv
import gc
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from harvester.errors import ConfigurationError
from harvester.link.aliases import Alias, learn
from harvester.link.engine import Linked, link
from harvester.link.places import Places, Unit, gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.link.profile import Profile, Reader
from harvester.link.titles import load_synonyms
from harvester.link.weights import Weights
from harvester.map import Mapper, compile_mapping
from harvester.model import Record

MAPPING = "aggregate"
_LEVELS = {"C": 0, "E": 1, "D": 2, "R": 3, "N": 4}
_FURTHER = 5
_NAMES = {"C": "commune", "E": "epci", "D": "departement", "R": "region", "N": "etat"}
_GATHERING = frozenset({"udata", "europa"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What linking a file gave: names of the records in its order, their profiles, the clusters, aliases learnt."""

    names: tuple[str, ...]
    profiles: tuple[Profile, ...]
    linked: Linked
    aliases: tuple[Alias, ...]


def link_file(
    records: Path,
    portals: Path,
    territory: Path,
    weights: Weights,
    decisions: Path | None = None,
    *,
    pointers_only: bool = False,
) -> Outcome:
    """Cluster the records of a file. Raises ConfigurationError where a file is not of the form."""
    units = _json(territory)
    with _no_collection():
        names, profiles, aliases = read_profiles(
            records, read_portals(_json(portals), units), read_places(units)
        )
        same, different = read_decisions(decisions, names) if decisions else ([], [])
        if pointers_only:
            weights = replace(weights, link=float("inf"))
        linked = link(profiles, read_places(units), weights, same=same, different=different)
    return Outcome(tuple(names), tuple(profiles), linked, tuple(aliases))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector: nothing here makes circles, and it would walk all profiles again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_profiles(
    path: Path, portals: Portals, places: Places
) -> tuple[list[str], list[Profile], list[Alias]]:
    """Names and profiles in the file's order. Where names of portals are learnt from them, those concerned are read
    again."""
    mapper = compile_mapping(MAPPING)
    reader = Reader(places, portals, load_synonyms())
    strangers: dict[str, Portal] = {}
    names: list[str] = []
    profiles: list[Profile] = []
    for number, line in enumerate(lines(path)):
        name, profile = _profile(line, f"{path}:{number + 1}", mapper, reader, strangers)
        names.append(name)
        profiles.append(profile)
    aliases = learn(profiles, portals)
    if aliases:
        meant = {alias.name: alias.portal for alias in aliases}
        concerned = {
            index
            for index, profile in enumerate(profiles)
            if any(
                dataset.partition("/")[0] in meant for dataset in (*profile.points, profile.guess)
            )
        }
        reader = Reader(places, portals.with_aliases(meant), load_synonyms())
        for number, line in enumerate(lines(path)):
            if number in concerned:
                where = f"{path}:{number + 1}"
                profiles[number] = _profile(line, where, mapper, reader, strangers)[1]
    return names, profiles, aliases


def _profile(
    line: bytes, where: str, mapper: Mapper, reader: Reader, strangers: dict[str, Portal]
) -> tuple[str, Profile]:
    try:
        tree = orjson.loads(line)
        name, source = tree["rid"], tree["source"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{where}: not a record: {error}") from None
    portal = reader.portals.by_key.get(source) or strangers.get(source)
    if portal is None:
        portal = strangers[source] = stranger(source)
    values = mapper.values(Record(name, tree))
    return name, reader.read(values, portal, name.removeprefix(f"{source}|"))


def stranger(source: str) -> Portal:
    """A portal that the operator did not tell of: `kind:host`."""
    kind, _, host = source.partition(":")
    return Portal(source, kind, _FURTHER, (host or kind,), gathers=kind in _GATHERING)


def read_places(units: list[dict[str, Any]]) -> Places:
    """The gazetteer of a territory's units."""
    found = []
    for unit in units:
        around = [
            f"fr:{level}:{unit[key]}"
            for level, key in (("epci", "epci"), ("departement", "dept"), ("region", "region"))
            if unit.get(key)
        ]
        code = _code(unit)
        names = tuple(dict.fromkeys(name for name in (unit["name"], unit.get("place")) if name))
        enclosing = tuple(dict.fromkeys([code, *around, "fr"]))
        found.append(Unit(code, _NAMES[unit["level"]], names, unit.get("siren"), enclosing))
    return gazetteer(found)


def _code(unit: dict[str, Any]) -> str:
    level = unit["level"]
    local = {"C": "insee", "E": "epci", "D": "dept", "R": "region"}.get(level)
    return f"fr:{_NAMES[level]}:{unit[local]}" if local else "fr"


def read_portals(rows: list[dict[str, Any]], units: list[dict[str, Any]]) -> Portals:
    """What the operator knows of portals."""
    codes = {unit["code"]: _code(unit) for unit in units}
    return Portals(
        Portal(
            row["key"],
            row["kind"],
            _LEVELS.get(row["level"], _FURTHER),
            tuple(row["domains"]),
            codes.get(row["owner"]) if row.get("owner") else None,
            row.get("ods_id"),
            row["kind"] in _GATHERING,
        )
        for row in rows
    )


def read_decisions(
    path: Path, names: list[str]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(pairs that people said are the same, pairs that are not); those on records that are not here are left out."""
    index = {name: number for number, name in enumerate(names)}
    same: list[tuple[int, int]] = []
    different: list[tuple[int, int]] = []
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            a, b = index.get(row["rid_a"]), index.get(row["rid_b"])
            if a is None or b is None:
                continue
            (same if row["verdict"] in ("confirm", "same") else different).append((a, b))
    return same, different


def write_clusters(outcome: Outcome, path: Path) -> None:
    """CSV `rid,cluster_id,canonical`: a cluster is called by its first record."""
    linked = outcome.linked
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(("rid", "cluster_id", "canonical"))
        for index, (name, group) in enumerate(zip(outcome.names, linked.group, strict=True)):
            rows.writerow((name, outcome.names[group], int(linked.original[group] == index)))


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that say something, plain or gzipped."""
    with _opened(path) as stream:
        for line in stream:
            if line.strip():
                yield line


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _json(path: Path) -> Any:
    try:
        with _opened(path) as stream:
            return orjson.loads(stream.read())
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{path}: not JSON: {error}") from None
