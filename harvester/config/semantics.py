"""What types cannot say: territories that exist, addresses, schedules, names of mappings; and the defaults.

Pure but for the sight of the configuration's own folder, against which relative addresses are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ValidationError

from harvester.config import faces
from harvester.config.document import Finding, Key
from harvester.config.faces import Fault
from harvester.config.identity import Address, Identity
from harvester.config.messages import meant, message
from harvester.config.settings import (
    Choice,
    ConfigFile,
    Guard,
    HttpSettings,
    Source,
    SourceFile,
    View,
    ViewFile,
)

Kinds = Mapping[str, type[BaseModel]]
CheckSchedule = Callable[[str], object]
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")


class Place(Protocol):
    """What is asked of a territory."""

    @property
    def code(self) -> str:
        """`fr:commune:92040`."""
        ...

    @property
    def name(self) -> str:
        """As it is written."""
        ...


class Places(Protocol):
    """What is asked of a gazetteer (`harvester.territory.Gazetteer` answers it)."""

    def unit(self, code: str) -> Place | None:
        """The territory of a code; of a former one, today's."""
        ...

    def slugs(self, code: str) -> dict[str, str]:
        """slug → commune, of the communes in a territory."""
        ...

    def insee(self, number: str) -> str | None:
        """The commune of an INSEE code."""
        ...

    def siren(self, number: str) -> str | None:
        """The territory of a SIREN."""
        ...

    def named(self, name: str) -> str | None:
        """The territory of a name."""
        ...


@dataclass(frozen=True, slots=True)
class Checks:
    """What settings are held against; see `harvester.config.load`."""

    kinds: Kinds
    places: Places | None
    schedule: CheckSchedule | None
    mappings: Collection[str]
    directory: Path
    sources: Collection[str] = ()


# ── territories ──────────────────────────────────────────────────────────────────────────────────────


def suggestion(written: str, places: Places | None) -> str:
    """` Vouliez-vous dire « fr:commune:92040 » (Issy-les-Moulineaux) ?` or nothing."""
    if places is None:
        return ""
    last = written.rpartition(":")[2].strip()
    candidates = [places.insee(last), places.siren(last), places.named(last)]
    candidates += [f"fr:{level}:{last.upper()}" for level in ("departement", "region")]
    if "reg" in written.casefold():
        candidates.reverse()
    for code in candidates:
        unit = places.unit(code) if code else None
        if unit is not None:
            return f" Vouliez-vous dire « {unit.code} » ({unit.name}) ?"
    return ""


def _territory(code: str, places: Places | None) -> str | None:
    """What is wrong with a well-formed code, or None."""
    if places is None or places.unit(code) is not None:
        return None
    return f"aucun territoire n'a le code « {code} ».{suggestion(code, places)}"


def today(code: str, places: Places | None) -> str:
    """The code under which a territory is known today."""
    unit = places.unit(code) if places else None
    return unit.code if unit else code


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


def address(url: str, directory: Path) -> str:
    """A source's address, absolute: what has no scheme is a path from the configuration's folder.

    Raises ValueError, in French, on what can be no address.
    """
    scheme = _SCHEME.match(url)
    if scheme is None:
        return (directory / url).resolve().as_uri()
    name = scheme[1].lower()
    if name == "file":
        path = unquote(url[5:])
        return (directory / (path[2:] if path.startswith("//") else path)).resolve().as_uri()
    if name not in ("http", "https"):
        raise ValueError(f"l'adresse commence par https:, http: ou file:, et non « {name}: ».")
    parts = urlsplit(url)
    if not parts.hostname or re.search(r"\s", url):
        raise ValueError(f"« {url} » n'est pas une adresse complète.")
    if parts.username or parts.password:
        raise ValueError(
            "pas de mot de passe dans une adresse : employez http.token ou http.headers."
        )
    return url


def _base(url: str) -> str | None:
    """What is wrong with `base_url`, or None."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        return f"« base_url » : « {url} » n'est pas une adresse complète, comme https://donnees.exemple.fr."
    if parts.query or parts.fragment:
        return "« base_url » : l'adresse s'arrête avant « ? » et « # »."
    return None


def database(url: str, directory: Path) -> str:
    """The database's URL with the path of an SQLite file made absolute."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith("sqlite:////") or ":memory:" in url:
        return url
    return f"{prefix}{directory / url.removeprefix(prefix)}"


# ── checks ───────────────────────────────────────────────────────────────────────────────────────────


def _schedule(text: str, schedule: CheckSchedule | None) -> str | None:
    if schedule is None:
        return None
    try:
        schedule(text)
    except ValueError as error:
        return f"« schedule » : {error}"
    return None


def main(settings: ConfigFile, checks: Checks) -> Iterable[Fault]:
    """What is wrong in config.toml beyond its form."""
    places = checks.places
    yield from _fault(_territory(settings.territory, places), "territory")
    yield from _fault(_base(settings.base_url), "base_url")
    yield from _fault(_schedule(settings.schedule, checks.schedule), "schedule")
    if "schedule" in settings.slices.model_fields_set:
        found = _schedule(settings.slices.schedule, checks.schedule)
        yield from _fault(found, "slices", "schedule")
    scheme = settings.database.partition(":")[0]
    if scheme not in _DATABASES:
        hint = meant(scheme, _DATABASES)
        yield from _fault(
            f"« database » : « {scheme} » n'est pas une base connue{hint}", "database"
        )
    slugs = places.slugs(settings.territory) if places else {}
    for slug, view in settings.views.items():
        if view.territory is not None:
            yield from _fault(_territory(view.territory, places), "views", slug, "territory")
        elif places is not None and slug not in slugs:
            said = f"aucune commune du territoire ne s'appelle « {slug} »{meant(slug, slugs)}"
            yield from _fault(said, "views", slug)
    for owner, keys in (
        (settings.selection, ("selection",)),
        *((view, ("views", slug)) for slug, view in settings.views.items()),
    ):
        for name in ("include", "exclude"):
            yield from _choice(getattr(owner, name), checks, *keys, name)
    yield from faces.faults(settings, slugs, lambda code: _territory(code, places))


def source(settings: SourceFile, checks: Checks) -> Iterable[Fault]:
    """What is wrong in one sources/*.toml beyond its form."""
    options = checks.kinds.get(settings.kind)
    if options is None:
        hint = meant(settings.kind, checks.kinds)
        yield from _fault(f"genre de source inconnu « {settings.kind} »{hint}", "kind")
    else:
        try:
            options.model_validate(settings.options)
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                keys, said = message(error, options)
                yield from _fault(said, "options", *keys)
    yield from _fault(_territory(settings.territory, checks.places), "territory")
    if settings.schedule is not None:
        yield from _fault(_schedule(settings.schedule, checks.schedule), "schedule")
    if settings.mapping is not None and checks.mappings and settings.mapping not in checks.mappings:
        hint = meant(settings.mapping, checks.mappings)
        yield from _fault(
            f"aucun fichier de mappings/ ne s'appelle « {settings.mapping}.toml »{hint}", "mapping"
        )
    try:
        url = address(settings.url, checks.directory)
    except ValueError as error:
        yield from _fault(f"« url » : {error}", "url")
    else:
        if url.startswith("file:") and not Path(unquote(urlsplit(url).path)).exists():
            yield ("url",), f"« {settings.url} » n'existe pas.", "warning"
    yield from _patterns(settings.exclude.titles, "exclude", "titles")


def _patterns(patterns: Iterable[str], *keys: Key) -> Iterable[Fault]:
    for position, pattern in enumerate(patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            said = f"« {pattern} » n'est pas une expression régulière, à partir du caractère {error.pos}."
            yield from _fault(said, *keys, position)


def _choice(choice: Choice, checks: Checks, *keys: Key) -> Iterable[Fault]:
    """What is wrong with an `include` or `exclude`."""
    yield from _patterns(choice.titles, *keys, "titles")
    for position, name in enumerate(choice.sources):
        if name not in checks.sources:
            said = f"aucun fichier de sources/ ne s'appelle « {name}.toml »{meant(name, checks.sources)}"
            yield from _fault(said, *keys, "sources", position)


def _fault(said: str | None, *keys: Key) -> list[Fault]:
    return [(keys, said, "error")] if said else []


def together(files: Mapping[str, SourceFile]) -> Iterable[Finding]:
    """What only shows when all sources are seen, by file. Sources of one portal may take different parts of it."""
    first: dict[tuple[str, str], str] = {}
    for file, settings in files.items():
        options = sorted(settings.options.items(), key=lambda option: option[0])
        other = first.setdefault((settings.url, repr(options)), file)
        if other != file:
            yield Finding(file, 0, f"même adresse que {other}.", "warning")


def aliases(
    main: ConfigFile, names: Iterable[str], sources: Iterable[SourceFile]
) -> Iterable[Fault]:
    """Other names of portals that mean no portal; `names` are those of all files of sources/."""
    hosts = {urlsplit(settings.url).netloc.rpartition("@")[2].lower() for settings in sources}
    known = {*names, *(host.removeprefix("www.") for host in hosts if host)}
    for name, portal in main.links.aliases.items():
        if portal not in known:
            said = (
                f"« {portal} » n'est ni une source ni le serveur d'une source{meant(portal, known)}"
            )
            yield from _fault(said, "links", "aliases", name)


# ── defaults ─────────────────────────────────────────────────────────────────────────────────────────


def completed(identifier: str, settings: SourceFile, main: ConfigFile, checks: Checks) -> Source:
    """A source with what it inherits from config.toml; a wrong address stays as it was written."""
    inherited = {name: getattr(main.http, name) for name in type(main.http).model_fields}
    own = {name: getattr(settings.http, name) for name in settings.http.model_fields_set}
    guard = {name: getattr(main.guard, name) for name in Guard.model_fields} | {
        name: getattr(settings.guard, name) for name in settings.guard.model_fields_set
    }
    try:
        url = address(settings.url, checks.directory)
    except ValueError:
        url = settings.url
    values = {name: getattr(settings, name) for name in SourceFile.model_fields} | {
        "id": identifier,
        "url": url,
        "territory": today(settings.territory, checks.places),
        "schedule": settings.schedule or main.schedule,
        "http": HttpSettings(**inherited | own),
        "guard": Guard(**guard),
    }
    return Source(**values)


def title(main: ConfigFile, places: Places | None) -> str:
    """The title of the whole territory's catalogue."""
    unit = places.unit(main.territory) if places else None
    return main.title or (unit.name if unit else main.territory)


def views(main: ConfigFile, places: Places | None) -> tuple[View, ...]:
    """One view per commune of the territory, refined by [views.…], then the added ones."""
    slugs = places.slugs(main.territory) if places else {}
    made: list[View] = []
    for slug, code in slugs.items():
        refined = main.views.get(slug, ViewFile())
        if refined.enabled:
            made.append(_view(slug, refined.territory or code, refined, main, places))
    for slug, refined in main.views.items():
        if slug not in slugs and refined.territory is not None and refined.enabled:
            made.append(_view(slug, refined.territory, refined, main, places))
    return tuple(made)


def _view(
    slug: str, territory: str, refined: ViewFile, main: ConfigFile, places: Places | None
) -> View:
    common = main.selection
    unit = places.unit(territory) if places else None
    return View(
        slug=slug,
        territory=unit.code if unit else territory,
        title=refined.title or (unit.name if unit else slug),
        whole=common.whole if refined.whole is None else refined.whole,
        include=_both(common.include, refined.include),
        exclude=_both(common.exclude, refined.exclude),
        **{
            name: getattr(refined, name)
            for name in (
                *("intro", "homepage", "logo", "colour", "contact"),
                *Identity.model_fields,
                *Address.model_fields,
            )
        },
    )


def _both(common: Choice, own: Choice) -> Choice:
    """What either names."""
    return Choice(
        **{
            name: tuple(dict.fromkeys((*getattr(common, name), *getattr(own, name))))
            for name in Choice.model_fields
        }
    )
