"""A source that a person wants to add: whether it is there already, what to call it, and its file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from harvester.config import Config, HttpSettings, Level, Source
from harvester.config.writing import Draft
from harvester.fetch.recognise import Recognised
from harvester.link.names import canonical
from harvester.link.origin import host
from harvester.run.survey import Survey
from harvester.run.whose import Whose
from harvester.territory import Gazetteer
from harvester.territory.names import fold, slug
from harvester.view.bodies import governed

LOOP = 0.5
"""Share of a sample that may be ours before the source is a mirror of our own catalogue."""

_ORGANISATION = re.compile(r"/organizations/([^/?#]+)")
_SLOW = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person said about the source besides its address; None: to be guessed."""

    name: str | None = None
    level: Level | None = None
    territory: str | None = None
    allow_hosts: tuple[str, ...] = ()


def twin(found: Recognised, sources: Iterable[Source]) -> Source | None:
    """The configured source that is the same portal, file or organisation."""
    for source in sources:
        if _same(found, source):
            return source
    return None


def _same(found: Recognised, source: Source) -> bool:
    if _place(found.url) == _place(source.url):
        mine, theirs = (
            _organisations(found.url, found.options),
            _organisations(source.url, source.options),
        )
        return not mine or not theirs or bool(mine & theirs)
    if host(found.url) is None or host(found.url) != host(source.url):
        return False
    mine, theirs = (
        _organisations(found.url, found.options),
        _organisations(source.url, source.options),
    )
    if mine or theirs:
        return bool(mine & theirs)
    if "table" in (found.kind, source.kind):
        return False
    here, there = _place(found.url) + "/", _place(source.url) + "/"
    return here.startswith(there) or there.startswith(here)


def _place(url: str) -> str:
    return re.split(r"[?#]", canonical(url))[0].rstrip("/") if url.startswith("http") else url


def _organisations(url: str, options: Mapping[str, Any]) -> set[str]:
    """The udata organisations that a source is about, by its options or its address."""
    listed = options.get("organizations")
    found = {str(each) for each in listed} if isinstance(listed, list | tuple) else set()
    if match := _ORGANISATION.search(url):
        found.add(unquote(match[1]))
    return found


def provisional(config: Config, found: Recognised, wish: Wish) -> Source:
    """The source as far as it is known before anybody looked at its records."""
    settings = {name: getattr(config.http, name) for name in type(config.http).model_fields}
    return Source(
        id="nouvelle-source",
        name=wish.name or found.title or host(found.url) or found.url,
        kind=found.kind,
        url=found.url,
        level=wish.level or "partner",
        territory=wish.territory or "fr",
        schedule=config.schedule,
        http=HttpSettings(**settings | {"allow_hosts": wish.allow_hosts}),
        options=found.options,
    )


def identifier(
    found: Recognised, wish: Wish, guess: Whose, gazetteer: Gazetteer, taken: Collection[str]
) -> str:
    """A name for the file: the person's, else the territory's, else the host's; never one that is taken."""
    return next(name for name in _identifiers(found, wish, guess, gazetteer) if name not in taken)


def _identifiers(
    found: Recognised, wish: Wish, guess: Whose, gazetteer: Gazetteer
) -> Iterator[str]:
    unit = gazetteer.unit(guess.territory)
    words = ""
    if wish.name:
        words = slug(wish.name)
    elif unit is not None and guess.level == unit.level and guess.sureness != "à vérifier":
        words = unit.slug
    if not words:
        address = host(found.url) or unquote(urlsplit(found.url).path).rpartition("/")[2]
        words = slug(re.sub(r"^(?:www|data|opendata|geo|sig)\.|\.(?:\w{2,4})$|:\d+$", "", address))
    words = words or "source"
    if found.kind == "udata" and not wish.name:
        words = f"data-gouv-{words}" if "data.gouv.fr" in found.url else f"udata-{words}"
    yield words
    yield f"{words}-{found.kind}"
    for number in range(2, 10_000):
        yield f"{words}-{number}"


def named(found: Recognised, wish: Wish, guess: Whose, gazetteer: Gazetteer) -> str:
    """How the source is called in front of people."""
    if wish.name or found.title:
        return wish.name or " ".join(found.title.split())[:200]
    unit = gazetteer.unit(guess.territory)
    if unit is not None and guess.level == unit.level:
        return unit.name
    return host(found.url) or unquote(urlsplit(found.url).path).rpartition("/")[2] or found.url


def foreign_publishers(
    survey: Survey, territory: str, sources: Iterable[Source], gazetteer: Gazetteer
) -> dict[str, str]:
    """Publishers of the sample whose own portal is another configured source: name → that source."""
    homes = {
        source.territory: source.id
        for source in sources
        if source.level != "partner" and source.territory != territory and source.enabled
    }
    found: dict[str, str] = {}
    for name in survey.publishers:
        body = governed(None, None, (name,), gazetteer, territory)
        if body in homes:
            found[name] = homes[body]
    return dict(sorted(found.items(), key=lambda item: fold(item[0])))


def draft(
    config: Config,
    found: Recognised,
    wish: Wish,
    guess: Whose,
    survey: Survey | None,
    gazetteer: Gazetteer,
) -> Draft:
    """The new source's file."""
    territory, level = wish.territory or guess.territory, wish.level or guess.level
    unit = gazetteer.unit(territory)
    called = f"{unit.name}" if unit else territory
    made = Draft(
        name=named(found, wish, guess, gazetteer),
        kind=found.kind,
        url=_relative(found.url, config),
        level=level,
        territory=territory,
        schedule=config.schedule,
        head=(
            "Écrit par `harvester add` ; à relire.",
            f"Genre « {found.kind} » : {' ; '.join(found.evidence)}.",
        ),
        about_territory=_about(guess, wish, called),
        options=found.options,
        about_options=_about_options(found),
        http={"allow_hosts": list(wish.allow_hosts)} if wish.allow_hosts else {},
        about_http=(
            "Un serveur d'une adresse privée ou locale n'est interrogé que s'il est nommé ici.",
        )
        if wish.allow_hosts
        else (),
    )
    if survey is None:
        return replace(
            made, head=(*made.head, "Aucune fiche n'a pu être lue au moment de l'ajout.")
        )
    made = replace(made, head=(*made.head, _counted(survey)))
    if survey.sample.seconds > _SLOW:
        made = replace(
            made,
            http={**made.http, "read_timeout": 180, "total_timeout": 1200},
            about_http=(
                *made.about_http,
                f"Le portail est lent : {survey.sample.seconds:.0f} secondes pour l'échantillon.",
            ),
        )
    foreign = foreign_publishers(survey, territory, config.sources, gazetteer)
    if foreign:
        told = ", ".join(f"« {name} » ({source})" for name, source in foreign.items())
        made = replace(
            made,
            excluded=tuple(foreign),
            about_excluded=(
                f"Des producteurs ont leur propre portail, déjà moissonné : {told}. Leurs fiches sont reconnues "
                "comme les mêmes jeux de données ; pour ne pas les reprendre du tout, ôtez les « # » :",
            ),
        )
    return made


def _about(guess: Whose, wish: Wish, called: str) -> tuple[str, ...]:
    if wish.territory and wish.level:
        return (f"Niveau et territoire ({called}) tels que donnés à `harvester add`.",)
    lines = [f"Niveau et territoire devinés ({guess.sureness}) : {' ; '.join(guess.why)}."]
    if wish.territory:
        lines = [
            f"Territoire ({called}) donné à `harvester add` ; niveau deviné ({guess.sureness})."
        ]
    elif wish.level:
        lines = [
            f"Niveau donné à `harvester add` ; territoire deviné ({guess.sureness}) : {' ; '.join(guess.why)}."
        ]
    if guess.others:
        lines.append(f"Autres possibilités : {', '.join(guess.others)}.")
    if guess.sureness == "à vérifier":
        lines.append("À VÉRIFIER : les codes de territoires sont expliqués dans docs/sources.md.")
    return tuple(lines)


def _about_options(found: Recognised) -> tuple[str, ...]:
    if "organizations" in found.options and found.title:
        return (f"Seulement ce que publie « {found.title} ».",)
    return ()


def _counted(survey: Survey) -> str:
    taken = len(survey.sample.records)
    if survey.sample.whole:
        return f"{taken} fiche(s) au moment de l'ajout."
    if survey.sample.total is not None:
        return f"{survey.sample.total} fiches annoncées au moment de l'ajout, {taken} examinées."
    return f"{taken} fiches examinées au moment de l'ajout ; il y en a d'autres."


def _relative(url: str, config: Config) -> str:
    """A file inside the configuration's folder is named from there, so that the folder can be moved."""
    if not url.startswith("file:"):
        return url
    inside = config.directory.as_uri() + "/"
    return unquote(url.removeprefix(inside)) if url.startswith(inside) else url
