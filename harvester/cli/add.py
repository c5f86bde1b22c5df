"""`harvester add`: from an address somebody copied to a commented file of a source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from harvester.cli.app import HERE, ConfigPath, app, configuration, err, misconfigured, out
from harvester.cli.online import existing_store, kept_by, percent
from harvester.config import Config, HttpSettings, Level, Source
from harvester.config.writing import written
from harvester.errors import ConfigurationError, HarvesterError
from harvester.fetch.kinds import KINDS
from harvester.fetch.platforms import PLATFORMS
from harvester.fetch.recognise import Recognised, Recognition, client_ask, recognise
from harvester.http import Client
from harvester.link.origin import host
from harvester.log import redact, set_up
from harvester.run.newcomer import LOOP, Wish, draft, identifier, provisional, twin
from harvester.run.recipes import Recipes, examine_config
from harvester.run.survey import Sample, Survey, examine, take
from harvester.run.whose import Sampled, Whose, whose

SAMPLE = 100
_PROBING = {"retries": 1, "connect_timeout": 10, "read_timeout": 30, "total_timeout": 120}


@app.command()
def add(
    url: Annotated[
        str,
        typer.Argument(
            help="Une adresse du portail : n'importe laquelle de ses pages, ou un fichier."
        ),
    ],
    config: ConfigPath = HERE,
    name: Annotated[str | None, typer.Option(help="Nom de la source, et de son fichier.")] = None,
    kind: Annotated[str | None, typer.Option(help="Genre, s'il n'est pas à deviner.")] = None,
    level: Annotated[
        str | None, typer.Option(help=f"Niveau : {', '.join(get_args(Level))}.")
    ] = None,
    territory: Annotated[str | None, typer.Option(help="Territoire : fr:commune:92040…")] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Serveur autorisé à une adresse privée ou locale."),
    ] = None,
    sample: Annotated[int, typer.Option(help="Nombre de fiches examinées.", min=1)] = SAMPLE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Montrer le fichier sans l'écrire.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Écrire malgré tout : portail déjà configuré (son fichier est remplacé), boucle, fiches illisibles.",
        ),
    ] = False,
) -> None:
    """Reconnaître un portail, examiner quelques fiches, et écrire sources/<nom>.toml. Sort par 1 si rien n'est écrit."""
    loaded = configuration(config)
    set_up(loaded.log.format, "error")
    recipes = Recipes(loaded)
    wish = _wished(recipes, name, kind, level, territory, tuple(allow_host or ()))
    address = _address(url)
    if not force and address.startswith(loaded.base_url + "/"):
        raise _refused(
            f"{address} est une adresse de notre propre catalogue ({loaded.base_url}) : le moissonner ferait une boucle."
        )
    found = _found(loaded, address, kind, wish)
    for sentence in found.evidence:
        err.print(f"Reconnu : {sentence}.", markup=False, soft_wrap=True)
    if found.kind not in KINDS:
        raise _refused(f"Les sources de genre « {found.kind} » ne sont pas encore moissonnées.")
    known = twin(found, loaded.sources)
    if known is not None and not force:
        raise _refused(
            f"Ce portail est déjà configuré : {_file(config, known.id)} ({known.name}). "
            "Modifiez ce fichier, ou employez --force pour le remplacer."
        )
    source = provisional(loaded, found, wish)
    taken = _taken(loaded, recipes, source, sample, force=force)
    guess = _guessed(loaded, recipes, found, source, taken)
    source = source.model_copy(
        update={"level": wish.level or guess.level, "territory": wish.territory or guess.territory}
    )
    survey = _surveyed(loaded, recipes, source, taken, known) if taken else None
    if survey is not None:
        _tell(survey, wish.territory or guess.territory, recipes)
        _stop_loop(survey, force=force)
    others = [s.id for s in loaded.sources if s is not known]
    slug = known.id if known else identifier(found, wish, guess, recipes.gazetteer, others)
    text = written(draft(loaded, found, wish, guess, survey, recipes.gazetteer))
    _deliver(config, slug, text, dry_run=dry_run, replace=known is not None)


def _wished(
    recipes: Recipes,
    name: str | None,
    kind: str | None,
    level: str | None,
    territory: str | None,
    hosts: tuple[str, ...],
) -> Wish:
    kinds = [platform.kind for platform in PLATFORMS]
    if kind is not None and kind not in kinds:
        raise _refused(f"genre inconnu « {kind} ». Genres : {', '.join(kinds)}.", 2)
    if level is not None and level not in get_args(Level):
        raise _refused(f"niveau inconnu « {level} ». Niveaux : {', '.join(get_args(Level))}.", 2)
    unit = recipes.gazetteer.unit(territory) if territory else None
    if territory and unit is None:
        raise _refused(f"aucun territoire n'a le code « {territory} » ; voir docs/sources.md.", 2)
    return Wish(name, level, unit.code if unit else None, hosts)  # type: ignore[arg-type]


def _refused(message: str, code: int = 1) -> typer.Exit:
    err.print(message, markup=False, soft_wrap=True, style="red")
    return typer.Exit(code)


def _address(written: str) -> str:
    """What was typed, as an address: a path of a file or folder here, or a domain without `https://`."""
    written = written.strip()
    if written.startswith("file:") or "://" in written:
        return written
    if Path(written).exists():
        return Path(written).resolve().as_uri()
    return f"https://{written}"


def _found(config: Config, url: str, kind: str | None, wish: Wish) -> Recognised:
    settings = {name: getattr(config.http, name) for name in type(config.http).model_fields}
    http = HttpSettings(**settings | _PROBING | {"allow_hosts": wish.allow_hosts})
    with Client(http, contact=config.contact) as client:
        recognition = recognise(url, client_ask(client.fetch), kind)
    if recognition.found is not None:
        return recognition.found
    _tell_tried(recognition)
    if kind is not None and recognition.tried and not recognition.advice:
        err.print(f"Rien ne prouve le genre « {kind} » ; il est pris tel que demandé.")
        return Recognised(kind, url, ("genre donné par --kind, sans preuve",))
    raise _refused(_advised(url, recognition))


def _tell_tried(recognition: Recognition) -> None:
    outcomes: dict[str, list[str]] = {}
    for url, outcome in recognition.tried:
        outcomes.setdefault(redact(outcome), []).append(redact(url))
    for outcome, urls in outcomes.items():
        shown = ", ".join(urls[:2]) + (
            f" et {len(urls) - 2} autres adresses" if len(urls) > 2 else ""
        )
        err.print(f"  essayé : {shown} → {outcome}", markup=False, soft_wrap=True, style="dim")


def _advised(url: str, recognition: Recognition) -> str:
    if "not a public address" in recognition.advice:
        return (
            f"{host(url)} est une adresse privée ou locale : elle n'est pas interrogée sans permission. "
            f"Si c'est voulu, ajoutez --allow-host {host(url)}"
        )
    if recognition.advice:
        return recognition.advice
    refused = any(outcome in ("refus 401", "refus 403") for _, outcome in recognition.tried)
    secret = (
        " Il refuse des demandes (401 ou 403) : s'il faut un jeton, écrivez le fichier à la main avec [http] token."
        if refused
        else ""
    )
    return (
        f"Aucun genre de portail connu n'a été reconnu à {url}.{secret} Donnez l'adresse de son API, de son catalogue "
        "DCAT (.rdf, .ttl), ou d'une page d'un de ses jeux de données ; ou imposez le genre avec --kind."
    )


def _taken(
    config: Config, recipes: Recipes, source: Source, limit: int, *, force: bool
) -> Sample | None:
    try:
        taken = take(config, recipes.recipe(source), limit)
    except ConfigurationError as error:
        raise misconfigured(error) from None
    except HarvesterError as error:
        told = redact(str(error))
        err.print(f"Les fiches ne peuvent pas être lues : {told}", markup=False, soft_wrap=True)
        taken = None
    if taken is not None and taken.records:
        return taken
    for problem in taken.problems[:5] if taken else ():
        err.print(f"  {problem.code} : {problem.message}", markup=False, soft_wrap=True)
    if not force:
        raise _refused(
            "Aucune fiche n'a pu être lue : rien n'est écrit. Vérifiez l'adresse, ou employez --force pour écrire "
            "le fichier quand même."
        )
    return None


def _guessed(
    config: Config, recipes: Recipes, found: Recognised, source: Source, taken: Sample | None
) -> Whose:
    records: tuple[Sampled, ...] = ()
    if taken is not None:
        records = tuple(examine(config, recipes.recipe(source), taken).sampled)
    return whose(
        recipes.gazetteer,
        config.territory,
        host=host(found.url) or "" if "organizations" not in found.options else "",
        title=found.title,
        number=found.number,
        records=records,
    )


def _surveyed(
    config: Config, recipes: Recipes, source: Source, taken: Sample, known: Source | None
) -> Survey:
    if known is not None:  # what it has in common with its own former self says nothing
        source = source.model_copy(update={"id": known.id})
    with existing_store(config) as store:
        return examine(config, recipes.recipe(source), taken, store)


def _tell(survey: Survey, territory: str, recipes: Recipes) -> None:
    taken = len(survey.sample.records)
    total = survey.sample.total
    announced = f" sur {total} annoncées" if total is not None else ""
    unit = recipes.gazetteer.unit(territory)
    err.print(
        f"{taken} fiches examinées{announced} ; territoire : {unit.name if unit else territory} ; "
        f"{percent(survey.located, taken)} disent le leur.",
        markup=False,
        soft_wrap=True,
    )
    for sentence in kept_by(survey):
        err.print(sentence, markup=False, soft_wrap=True, style="yellow")


def _stop_loop(survey: Survey, *, force: bool) -> None:
    if survey.ours >= LOOP * len(survey.sample.records) and not force:
        raise _refused(
            "C'est une boucle : la plupart de ces fiches viennent de notre propre catalogue. Rien n'est écrit ; "
            "--force l'écrit quand même (les fiches qui nous reviennent ne sont jamais reprises)."
        )


def _file(config: Path, slug: str) -> Path:
    folder = config if config.is_dir() else config.parent
    return folder / "sources" / f"{slug}.toml"


def _deliver(config: Path, slug: str, text: str, *, dry_run: bool, replace: bool) -> None:
    file = _file(config, slug)
    if dry_run:
        out.print(text, markup=False, soft_wrap=True, end="")
        err.print(
            f"Rien n'est écrit (--dry-run). Le fichier serait {file}", markup=False, soft_wrap=True
        )
        return
    before = file.read_bytes() if replace and file.exists() else None
    try:
        file.parent.mkdir(exist_ok=True)
        if before is not None:
            file.write_text(text, "utf-8")
        else:
            with file.open("x", encoding="utf-8") as new:
                new.write(text)
    except OSError as error:
        raise _refused(f"{file} : {error.strerror}") from None
    _, findings = examine_config(config)
    wrong = [finding for finding in findings if finding.severity == "error"]
    if wrong:  # a mistake of ours: what was there was correct
        if before is not None:
            file.write_bytes(before)
        else:
            file.unlink()
        raise _refused("\n".join(map(str, wrong)))
    out.print(f"Écrit : {file}", markup=False, soft_wrap=True)
    out.print(
        "Et maintenant :\n"
        "  relire le fichier : niveau et territoire surtout\n"
        "  harvester check\n"
        f"  harvester preview {slug}\n"
        f"  harvester run {slug}",
        markup=False,
    )
