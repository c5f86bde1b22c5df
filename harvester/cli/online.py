"""What `harvester check --online` asks each source, and how surveys are told."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from harvester.cli.app import opened, out
from harvester.cli.sources import percent
from harvester.config import Config, HttpSettings, Source
from harvester.errors import ConfigurationError, HarvesterError
from harvester.fetch.platforms import PLATFORMS
from harvester.fetch.recognise import Recognised, client_ask, recognise
from harvester.http import Client
from harvester.log import redact
from harvester.run.recipes import Recipes
from harvester.run.survey import Survey, examine, take
from harvester.store import Store

__all__ = ["check_online", "existing_store", "kept_by", "percent"]

_PROBING = {"retries": 1, "read_timeout": 30, "total_timeout": 120}
_HOW = {
    "stated": "dit par la fiche",
    "uri": "dit par la fiche",
    "name": "dit par la fiche",
    "list": "dit par la fiche",
    "identifier": "d'après l'identifiant",
    "title": "d'après le titre",
    "box": "d'après l'emprise",
    "description": "d'après la description",
    "link": "d'après le site cité",
    "publisher": "d'après le producteur",
    "source": "celui de la source, faute de mieux",
}


@dataclass(slots=True)
class Verdict:
    """What came of one source. `error` says why it cannot be read; `really` is the kind it is then."""

    source: Source
    survey: Survey | None = None
    error: str = ""
    really: Recognised | None = None
    seconds: float = 0.0
    hints: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether its records can be read."""
        return not self.error


@contextmanager
def existing_store(config: Config) -> Iterator[Store | None]:
    """The database where there is one already: looking at a source makes none."""
    prefix = "sqlite:///"
    if (
        config.database.startswith(prefix)
        and not Path(config.database.removeprefix(prefix)).exists()
    ):
        yield None
        return
    with closing(opened(config.database)) as store:
        yield store


def check_online(config: Config, sources: list[Source], *, limit: int, json: bool) -> int:
    """Ask each source for a sample, tell what was found, and give the exit code."""
    recipes, code = Recipes(config), 0
    for source in sources:
        recipes.mapper(source)  # a wrong mapping stops everything before anything is asked
    with existing_store(config) as store:
        for source in sources:
            verdict = _verdict(config, recipes, source, store, limit)
            code = code if verdict.ok else 1
            if json:
                sys.stdout.write(orjson.dumps(_plain(verdict)).decode() + "\n")
                sys.stdout.flush()
            else:
                _tell(verdict)
    return code


def _verdict(
    config: Config, recipes: Recipes, source: Source, store: Store | None, limit: int
) -> Verdict:
    begun = time.monotonic()
    verdict = Verdict(source)
    try:
        recipe = recipes.recipe(source)
        sample = take(config, recipe, limit)
        verdict.survey = examine(config, recipe, sample, store)
        if not sample.records:
            said = next((p.message for p in sample.problems if p.severity == "error"), "")
            verdict.error = redact(said) or "aucune fiche n'a été trouvée"
    except ConfigurationError:
        raise
    except HarvesterError as error:
        verdict.error = redact(str(error))
    if verdict.error:
        verdict.really = _really(config, source)
    elif source.kind == "dcat":
        for platform in PLATFORMS:
            if platform.root(source.url) is not None and platform.kind in (
                "opendatasoft",
                "udata",
                "ckan",
            ):
                verdict.hints.append(
                    f"l'adresse est celle d'un portail {platform.name} : kind = \"{platform.kind}\" en lirait plus"
                )
                break
    verdict.seconds = time.monotonic() - begun
    return verdict


def _really(config: Config, source: Source) -> Recognised | None:
    """The kind that the source's address is, where it is another one."""
    http = HttpSettings(**source.http.model_dump() | _PROBING)
    with Client(http, contact=config.contact, home=source.url) as client:
        found = recognise(source.url, client_ask(client.fetch)).found
    return found if found is not None and found.kind != source.kind else None


def _tell(verdict: Verdict) -> None:
    source, survey = verdict.source, verdict.survey
    mark = "[green]✓[/]" if verdict.ok else "[red]✗[/]"
    out.print(f"{mark} [bold]{source.id}[/] ({source.kind}, {verdict.seconds:.1f} s)")
    if verdict.error:
        out.print(f"  {verdict.error}", markup=False, soft_wrap=True, style="red")
        if verdict.really is not None:
            really = verdict.really
            out.print(
                f"  C'est en fait une source de genre « {really.kind} » ({' ; '.join(really.evidence)}). "
                f'Écrivez kind = "{really.kind}" et url = "{really.url}".',
                markup=False,
                soft_wrap=True,
            )
    for hint in verdict.hints:
        out.print(f"  À savoir : {hint}", markup=False, soft_wrap=True)
    if survey is None or not survey.sample.records:
        return
    taken, total = len(survey.sample.records), survey.sample.total
    announced = (
        "c'est tout"
        if survey.sample.whole
        else f"{total} annoncées"
        if total
        else "il y en a d'autres"
    )
    out.print(
        f"  {taken} fiches examinées ({announced}) : {survey.published} publiables, "
        f"{survey.excluded} exclues, {survey.rejected} rejetées"
    )
    ways: dict[str, int] = {}
    for how, count in survey.territories.items():
        ways[_HOW.get(how, how)] = ways.get(_HOW.get(how, how), 0) + count
    if ways:
        told = ", ".join(
            f"{count} {way}" for way, count in sorted(ways.items(), key=lambda w: -w[1])
        )
        out.print(f"  territoire connu pour {percent(survey.located, sum(ways.values()))} : {told}")
    for sentence in kept_by(survey):
        out.print(f"  {sentence}", markup=False, soft_wrap=True)
    if survey.problems:
        told = ", ".join(f"{code} × {count}" for (_, code), count in survey.problems.most_common())
        out.print(f"  problèmes : {told}", markup=False, soft_wrap=True)
    for line in value_lines(survey.unknown):
        out.print(f"  {line}", markup=False, soft_wrap=True)


def kept_by(survey: Survey) -> list[str]:
    """How much of a sample is there already, and through whom; and how much of it is our own."""
    taken = len(survey.sample.records)
    told = []
    if survey.known:
        through = ", ".join(
            f"« {source} » ({percent(count, taken)})"
            for source, count in survey.through.most_common(5)
        )
        told.append(
            f"{percent(survey.known, taken)} de ces fiches sont déjà les vôtres, par {through} : "
            "elles seront reconnues comme les mêmes jeux de données."
        )
    if survey.ours:
        told.append(
            f"{percent(survey.ours, taken)} de ces fiches sont de notre propre catalogue, revenues par ce portail : "
            "elles ne sont jamais reprises."
        )
    if survey.origins:
        hosts = ", ".join(f"{name} ({count})" for name, count in survey.origins.most_common(5))
        told.append(f"Des fiches disent venir d'ailleurs : {hosts}.")
    return told


def value_lines(unknown: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Values that no vocabulary knows, with how many records have them, as lines to complete in the mapping."""
    for name, counts in sorted(unknown.items()):
        yield f"[values.{name}]"
        for value, count in sorted(counts.items(), key=lambda held: (-held[1], held[0])):
            key = orjson.dumps(value).decode()  # a TOML basic string is written like a JSON one
            yield f'{key} = ""  # {count} fiche{"s" if count > 1 else ""}'


def _plain(verdict: Verdict) -> dict[str, Any]:
    survey = verdict.survey
    plain: dict[str, Any] = {
        "source": verdict.source.id,
        "kind": verdict.source.kind,
        "ok": verdict.ok,
        "error": verdict.error or None,
        "really": None,
        "seconds": round(verdict.seconds, 3),
        "hints": verdict.hints,
    }
    if verdict.really is not None:
        plain["really"] = {
            "kind": verdict.really.kind,
            "url": verdict.really.url,
            "evidence": verdict.really.evidence,
        }
    if survey is not None:
        plain |= {
            "sampled": len(survey.sample.records),
            "announced": survey.sample.total,
            "whole": survey.sample.whole,
            "published": survey.published,
            "excluded": survey.excluded,
            "rejected": survey.rejected,
            "ours": survey.ours,
            "located": survey.located,
            "territories": dict(survey.territories),
            "unknown": {name: dict(counts) for name, counts in survey.unknown.items()},
            "problems": _by_code(survey),
            "known": survey.known,
            "through": dict(survey.through),
            "origins": dict(survey.origins),
        }
    return plain


def _by_code(survey: Survey) -> dict[str, int]:
    counts: dict[str, int] = {}
    for (_, code), count in survey.problems.items():
        counts[code] = counts.get(code, 0) + count
    return counts
