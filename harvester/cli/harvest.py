"""Commands that harvest: run, remap, diff, release, forget."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import structlog
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from harvester.cli.app import HERE, ConfigPath, House, app, chosen, err, house, out, tell_returned
from harvester.config import Source
from harvester.errors import ConfigurationError, HarvesterError
from harvester.run.outcome import Outcome
from harvester.run.rehearse import Rehearsal, rehearse
from harvester.run.settle import Counts
from harvester.run.settle import forget as settle_forget
from harvester.run.settle import release as settle_release
from harvester.run.source import run_source
from harvester.run.workers import Crew
from harvester.store import runs

log = structlog.get_logger(__name__)

Names = Annotated[list[str] | None, typer.Argument(help="Sources (toutes sans indication).")]
AsJson = Annotated[bool, typer.Option("--json", help="Un objet JSON par source et par ligne.")]

COLUMNS = {
    "seen": "vues",
    "new": "nouvelles",
    "changed": "modifiées",
    "unchanged": "inchangées",
    "gone": "disparues",
    "quarantined": "en quarantaine",
    "rejected": "rejetées",
    "problems": "problèmes",
    "seconds": "secondes",
}
LONGEST_MESSAGE = 500
COLOURS = {"success": "green", "quarantined": "yellow", "busy": "yellow", "partial": "yellow"}


@app.command()
def run(
    sources: Names = None,
    config: ConfigPath = HERE,
    json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Dire ce qui changerait, sans rien écrire.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Sources moissonnées en même temps.", min=1)] = 4,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Tout relire, aussi là où l'on ne demanderait que ce qui a changé."
        ),
    ] = False,
) -> None:
    """Moissonner. Code de sortie : 0, 1 si une source a échoué, 2 si la configuration est fausse."""
    with house(config, quiet=True) as opened:
        wanted = chosen(opened.config, sources)
        if dry_run:
            raise typer.Exit(_rehearse(opened, wanted, json=json, details=False))
        raise typer.Exit(harvest_sources(opened, wanted, json=json, jobs=jobs, full=full))


@app.command()
def remap(sources: Names = None, config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Réappliquer les correspondances (mappings/) aux fiches gardées, sans interroger les portails."""
    with house(config, quiet=True) as opened:
        wanted = chosen(opened.config, sources)
        raise typer.Exit(harvest_sources(opened, wanted, json=json, jobs=1, remap_only=True))


@app.command()
def diff(
    source: Annotated[str, typer.Argument(help="La source.")],
    config: ConfigPath = HERE,
    json: AsJson = False,
) -> None:
    """Comparer, champ par champ, ce que dit la source et ce qui est gardé ; rien n'est écrit."""
    with house(config, quiet=True) as opened:
        raise typer.Exit(
            _rehearse(opened, chosen(opened.config, [source]), json=json, details=True)
        )


@app.command()
def release(
    source: Annotated[str, typer.Argument(help="La source.")], config: ConfigPath = HERE
) -> None:
    """Confirmer que les fiches en quarantaine ont vraiment disparu : elles sont retirées."""
    with house(config, quiet=True) as opened:
        (wanted,) = chosen(opened.config, [source])
        run_id = runs.begin(opened.store, wanted.id)
        if run_id is None:
            err.print(
                f"{wanted.id} : une moisson est en cours ; recommencez quand elle sera finie."
            )
            raise typer.Exit(1)
        with opened.store.write() as connection:
            counts = settle_release(connection, wanted, run_id, opened.clusters)
            runs.end(connection, run_id, "success", {"released": counts.gone}, "released by hand")
        out.print(f"{wanted.id} : {counts.gone} retirées, {counts.new} nouvelles publiées.")


@app.command()
def forget(
    source: Annotated[str, typer.Argument(help="Nom d'une source retirée ou désactivée.")],
    config: ConfigPath = HERE,
) -> None:
    """Retirer tout ce qui vient d'une source que la configuration ne moissonne plus."""
    with house(config, quiet=True) as opened:
        known = opened.config.source(source)
        if known is not None and known.enabled:
            err.print(
                f"{source} : cette source est active. Retirez sources/{source}.toml ou écrivez-y "
                "« enabled = false », puis recommencez."
            )
            raise typer.Exit(1)
        run_id = runs.begin(opened.store, source)
        if run_id is None:
            err.print(f"{source} : une moisson est en cours ; recommencez quand elle sera finie.")
            raise typer.Exit(1)
        with opened.store.write() as connection:
            count = settle_forget(connection, source, run_id, opened.clusters)
            runs.end(
                connection, run_id, "success", {"withdrawn": count}, "forgotten", harvested=False
            )
        out.print(f"{source} : {count} fiches retirées.")


def harvest_sources(
    opened: House,
    wanted: list[Source],
    *,
    json: bool,
    jobs: int,
    remap_only: bool = False,
    full: bool = False,
) -> int:
    """Harvest these sources, show how it went, and give the exit code."""
    outcomes: list[Outcome] = []
    with Crew() as crew, _bars(wanted, shown=not json) as bar:

        def harvest(source: Source) -> Outcome:
            begun = time.monotonic()
            try:
                with crew.at(opened.config) as pool:
                    return run_source(
                        opened.config,
                        opened.store,
                        opened.recipes.recipe(source),
                        opened.clusters,
                        workers=pool,
                        progress=bar(source.id),
                        remap_only=remap_only,
                        full=full,
                    )
            except Exception as error:  # a mistake of ours in one source is not the others' affair
                log.exception("run_crashed", source=source.id)
                told = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_MESSAGE]
                return Outcome(source.id, "failed", Counts(), time.monotonic() - begun, told)

        for source in wanted:
            opened.recipes.mapper(source)  # a wrong mapping stops everything before anything starts
        with ThreadPoolExecutor(min(jobs, max(1, len(wanted)))) as threads:
            for outcome in threads.map(harvest, wanted):
                outcomes.append(outcome)
                if json:
                    sys.stdout.write(orjson.dumps(outcome.report()).decode() + "\n")
                    sys.stdout.flush()
    if not json:
        out.print(summary(outcomes))
        tell_returned({o.source: o.problems_by_code.get("record-ours", 0) for o in outcomes})
        for outcome in outcomes:
            if outcome.message:
                out.print(f"{outcome.source} : {outcome.message}", markup=False, style="yellow")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def summary(outcomes: list[Outcome]) -> Table:
    """The table at the end of a run, one line a source."""
    table = Table(box=None, header_style="bold")
    table.add_column("source")
    table.add_column("issue")
    for title in COLUMNS.values():
        table.add_column(title, justify="right")
    for outcome in outcomes:
        report: dict[str, Any] = outcome.report()
        colour = COLOURS.get(outcome.outcome, "red")
        cells = [f"{report[c]:.1f}" if c == "seconds" else str(report[c]) for c in COLUMNS]
        table.add_row(outcome.source, f"[{colour}]{outcome.outcome}[/]", *cells)
    return table


@contextmanager
def _bars(
    wanted: list[Source], *, shown: bool
) -> Iterator[Callable[[str], Callable[[int, int | None], None] | None]]:
    if not shown or not err.is_terminal:
        yield lambda _: None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=err,
        transient=True,
    ) as progress:
        tasks = {source.id: progress.add_task(source.id, total=None) for source in wanted}

        def bar(name: str) -> Callable[[int, int | None], None]:
            return lambda seen, total: progress.update(tasks[name], completed=seen, total=total)

        yield bar


def _rehearse(opened: House, wanted: list[Source], *, json: bool, details: bool) -> int:
    code = 0
    for source in wanted:
        try:
            found = rehearse(opened.config, opened.store, opened.recipes.recipe(source))
        except ConfigurationError:
            raise
        except HarvesterError as error:
            err.print(f"{source.id} : {error}", markup=False, style="red")
            code = 1
            continue
        if json:
            sys.stdout.write(
                orjson.dumps(_plain(source.id, found, details=details)).decode() + "\n"
            )
        else:
            _tell(source.id, found, details=details)
    return code


def _plain(source: str, found: Rehearsal, *, details: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "source": source,
        "seen": found.seen,
        "new": found.new,
        "changed": found.changed,
        "unchanged": found.seen - found.new - found.changed,
        "gone": len(found.gone),
        "complete": found.complete,
        "diagnosis": found.diagnosis,
        "problems": len(found.problems),
    }
    if details:
        plain["records"] = [
            {"id": d.local_id, "title": d.title, "new": d.new, "fields": d.fields}
            for d in found.differences
        ]
        plain["missing"] = [{"id": local_id, "title": title} for local_id, title in found.gone]
    return plain


def _tell(source: str, found: Rehearsal, *, details: bool) -> None:
    unchanged = found.seen - found.new - found.changed
    out.print(
        f"[bold]{source}[/] : {found.seen} vues, {found.new} nouvelles, {found.changed} modifiées, "
        f"{unchanged} inchangées, {len(found.gone)} disparues, {len(found.problems)} problèmes"
    )
    if found.diagnosis:
        out.print(f"  quarantaine : {found.diagnosis}", style="yellow")
    if not found.complete:
        out.print("  catalogue lu en partie : rien ne serait retiré", style="yellow")
    if not details:
        return
    for local_id, title in found.gone:
        out.print(f"  - {title} ({local_id})", markup=False, style="red")
    for difference in found.differences:
        mark, colour = ("+", "green") if difference.new else ("~", "yellow")
        out.print(
            f"  {mark} {difference.title} ({difference.local_id})", markup=False, style=colour
        )
        if not difference.new:
            for name, (before, after) in sorted(difference.fields.items()):
                out.print(f"      {name}: {_short(before)} → {_short(after)}", markup=False)


def _short(value: object) -> str:
    text = "∅" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= 120 else f"{text[:117]}…"
