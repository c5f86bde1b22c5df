"""Commands that look and change nothing: check, preview, status, explain."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text

from harvester.cli.app import (
    HERE,
    MISCONFIGURED,
    ConfigPath,
    House,
    app,
    chosen,
    configuration,
    err,
    house,
    misconfigured,
    out,
    tell_returned,
)
from harvester.cli.explained import lines, short
from harvester.cli.harvest import COLOURS, AsJson
from harvester.cli.online import check_online, value_lines
from harvester.errors import ConfigurationError, HarvesterError
from harvester.link.federation import at_home, roads
from harvester.log import redact, set_up
from harvester.model import Problem
from harvester.run.covering import clues
from harvester.run.listing import left_out
from harvester.run.recipes import Recipes, examine_config
from harvester.run.rehearse import sample
from harvester.run.why import why
from harvester.store import Connection, catalogue, overlaps, problems, runs
from harvester.store import slices as stored_slices
from harvester.store.explain import entries_of
from harvester.store.explain import explain as explained

SHOWN_STATES = ("published", "merged", "private", "missing", "quarantined", "excluded", "rejected")


@app.command()
def check(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Avec --online : ces sources (toutes sans indication)."),
    ] = None,
    config: ConfigPath = HERE,
    online: Annotated[
        bool,
        typer.Option("--online", help="Interroger aussi chaque source, et examiner des fiches."),
    ] = False,
    sample: Annotated[
        int, typer.Option(help="Avec --online : nombre de fiches examinées.", min=1)
    ] = 100,
    json: AsJson = False,
) -> None:
    """Vérifier toute la configuration ; chaque erreur est donnée avec fichier et ligne. Sans réseau, sauf --online."""
    loaded, findings = examine_config(config)
    for finding in findings:
        (err if json else out).print(str(finding), markup=False, soft_wrap=True)
    wrong = any(finding.severity == "error" for finding in findings)
    if loaded is None or wrong:
        raise typer.Exit(MISCONFIGURED)
    if online:
        set_up(loaded.log.format, "error")
        try:
            code = check_online(loaded, chosen(loaded, sources), limit=sample, json=json)
        except ConfigurationError as error:
            raise misconfigured(error) from None
        raise typer.Exit(code)
    if sources:
        chosen(loaded, sources)
    out.print(
        f"Configuration correcte : {len(loaded.sources)} sources, {len(loaded.views)} villes."
    )


@app.command()
def preview(
    source: Annotated[str, typer.Argument(help="La source.")],
    config: ConfigPath = HERE,
    limit: Annotated[int, typer.Option(help="Nombre de fiches.", min=1)] = 20,
    json: Annotated[bool, typer.Option("--json", help="Un objet JSON par fiche.")] = False,
) -> None:
    """Montrer, champ par champ, ce que la source dit et ce qu'on en fait ; rien n'est écrit."""
    loaded = configuration(config)
    set_up(loaded.log.format, "warning")
    (wanted,) = chosen(loaded, [source])
    try:
        recipe = Recipes(loaded).recipe(wanted)
    except ConfigurationError as error:
        raise misconfigured(error) from None
    try:
        for found in sample(loaded, recipe, limit):
            if isinstance(found, Problem):
                out.print(_told(found), markup=False, style="yellow")
                continue
            mapped = recipe.mapper(found)
            trace = recipe.mapper.trace(found)
            if json:
                line: dict[str, Any] = {
                    "id": found.id,
                    "fields": [
                        {"field": t.field, "path": t.path, "raw": t.raw, "value": t.value}
                        for t in trace
                    ],
                    "problems": [_told(p) for p in mapped.problems],
                    "unknown": mapped.unknown,
                }
                sys.stdout.write(orjson.dumps(line, default=str).decode() + "\n")
                continue
            out.rule(Text(found.id), align="left", style="bold")
            table = Table(box=None, header_style="bold", pad_edge=False)
            for title in ("champ", "chemin", "brut", "obtenu"):
                table.add_column(title, overflow="fold")
            for step in trace:
                table.add_row(step.field, step.path, short(step.raw), short(step.value))
            out.print(table, markup=False)
            for problem in mapped.problems:
                out.print(f"  {_told(problem)}", markup=False, style="yellow")
            for name, value in mapped.unknown:
                out.print(
                    f"  valeur inconnue : {name} = {value!r} (à ajouter dans [values.…])",
                    markup=False,
                    style="yellow",
                )
    except HarvesterError as error:
        err.print(f"{source} : {redact(str(error))}", markup=False, style="red")
        raise typer.Exit(1) from None


@app.command()
def status(config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Où en est chaque source : dernière moisson, fiches par état, quarantaine, valeurs inconnues."""
    with house(config, quiet=True) as opened:
        with opened.store.read() as connection:
            last = {row["source"]: row for row in runs.last_runs(connection)}
            states = catalogue.states(connection)
            returned = overlaps.with_problem(connection, "record-ours")
        if json:
            for source in opened.config.sources:
                row = last.get(source.id, {})
                plain = {
                    "source": source.id,
                    "name": source.name,
                    "enabled": source.enabled,
                    "outcome": row.get("outcome"),
                    "started": row.get("started"),
                    "ended": row.get("ended"),
                    "last_success": row.get("last_success"),
                    "flag": row.get("flag"),
                    "message": row.get("message"),
                    **row.get("counts", {}),
                    "ours": returned.get(source.id, 0),
                }
                sys.stdout.write(orjson.dumps(plain).decode() + "\n")
            return
        for name in sorted(last.keys() - {source.id for source in opened.config.sources}):
            if last[name]["message"] != "forgotten":
                err.print(
                    f"{name} : absente de la configuration, mais encore publiée ; "
                    f"`harvester forget {name}` retire ce qui en vient."
                )
        table = Table(box=None, header_style="bold")
        for title in ("source", "issue", "dernière réussite", *SHOWN_STATES, "quarantaine"):
            table.add_column(title)
        for source in opened.config.sources:
            row = last.get(source.id, {})
            outcome, counts, flag = row.get("outcome"), row.get("counts", {}), row.get("flag")
            colour = COLOURS.get(outcome or "", "red" if outcome else "dim")
            table.add_row(
                source.id,
                f"[{colour}]{outcome or 'jamais'}[/]",
                row.get("last_success") or "—",
                *(str(counts.get(name, "")) for name in SHOWN_STATES),
                f"{flag['diagnosis']} depuis {flag['since']}" if flag else "",
            )
        out.print(table)
        tell_returned(returned)
        views = Table(box=None, header_style="bold")
        for title in ("vue", "jeux de données", "dernier changement"):
            views.add_column(title)
        for (view, audience), state in sorted(states.items()):
            if audience == "public":
                views.add_row(view or "(territoire)", str(state.count), state.modified)
        out.print(views)


@app.command()
def values(
    source: Annotated[str, typer.Argument(help="La source.")],
    config: ConfigPath = HERE,
    json: AsJson = False,
) -> None:
    """Les valeurs qu'aucun vocabulaire ne connaît, avec leur nombre, prêtes à compléter dans la correspondance."""
    with house(config, quiet=True) as opened:
        (wanted,) = chosen(opened.config, [source])
        with opened.store.read() as connection:
            found = problems.unknown_values(connection, wanted.id)
    if json:
        for name, value, count in found:
            line = {"field": name, "value": value, "count": count}
            sys.stdout.write(orjson.dumps(line).decode() + "\n")
        return
    if not found:
        out.print(f"{wanted.id} : toutes les valeurs sont connues.")
    unknown: dict[str, dict[str, int]] = {}
    for name, value, count in found:
        unknown.setdefault(name, {})[value] = count
    for text in value_lines(unknown):
        out.print(f"\n{text}" if text.startswith("[") else text, markup=False, soft_wrap=True)


@app.command()
def explain(
    dataset: Annotated[str, typer.Argument(help="Identifiant publié, ou SOURCE/IDENTIFIANT.")],
    config: ConfigPath = HERE,
    json: AsJson = False,
) -> None:
    """Dire d'où vient une entrée et de quel territoire elle parle : fiches, règles, chemins, liens, champs, histoire."""
    with house(config, quiet=True) as opened:
        with opened.store.read() as connection:
            told = explained(connection, dataset)
            if told is not None:
                told["links"] = why(connection, opened.clusters.linking, told["cluster"])
                told["roads"] = _roads(opened, connection, told)
                told["left_out"] = list(left_out(opened.clusters.views, told))
            slices = stored_slices.named(connection, dataset) if told is None else []
        if slices:
            err.print(
                f"{dataset} : un extrait de {slices[0].parent}. `harvester slices show {dataset}` l'explique.",
                markup=False,
                soft_wrap=True,
            )
            raise typer.Exit(1)
        if told is None:
            err.print(f"{dataset} : inconnu. `harvester status` dit ce qui est moissonné.")
            raise typer.Exit(1)
        for member in told["members"]:
            source = opened.config.source(member["source"])
            member["clues"] = (
                clues(opened.recipes.recipe(source), member["local_id"], member["raw"])
                if source is not None
                else []
            )
        if json:
            sys.stdout.write(orjson.dumps(told).decode() + "\n")
            return
        for line in lines(told):
            out.print(line, soft_wrap=True)


def _roads(opened: House, connection: Connection, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How each record came, as far as it says."""
    urls = {source.id: source.url for source in opened.config.sources}
    members = [(m["source"], m["entry"]) for m in told["members"] if m["entry"]]
    home = at_home(urls, entries_of(connection, {source for source, _ in members} & urls.keys()))
    return roads(members, home)


def _told(problem: Problem) -> str:
    where = f" {problem.path}" if problem.path else ""
    value = f" : {problem.value}" if problem.value else ""
    return f"{problem.severity} {problem.code}{where} — {problem.message}{value}"
