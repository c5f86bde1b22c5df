"""Commands about slices, each city's rows of larger datasets: prove, list, show."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from harvester.cli.app import HERE, ConfigPath, House, app, house, misconfigured, out
from harvester.errors import ConfigurationError
from harvester.run.proving import Prover
from harvester.run.slicing import parts_of
from harvester.store import slices as stored
from harvester.store.slices import StoredSlice

slices = typer.Typer(
    no_args_is_help=True,
    help="Les extraits : les lignes de chaque ville dans les jeux plus larges, prouvées auprès des portails.",
)
app.add_typer(slices, name="slices")

AsJson = Annotated[bool, typer.Option("--json", help="Du JSON, pour les programmes.")]
Views = Annotated[
    list[str] | None, typer.Option("--view", help="Cette ville seulement ; peut être répété.")
]
STATES = {
    "shown": "publié",
    "none": "aucun",
    "failing": "sans réponse",
    "withdrawn": "retiré",
    "surveyed": "interrogeable",
}


@slices.command("prove")
def prove(
    config: ConfigPath = HERE,
    view: Views = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset", help="Ce jeu de données seulement (son identifiant) ; peut être répété."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Même ce qui n'est pas encore à prouver de nouveau.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Chercher et prouver les extraits auprès des portails, poliment ; ce qui est prouvé est publié aussitôt."""
    with house(config, quiet=True) as opened:
        _known_views(opened, view)
        prover = Prover(opened.config, opened.store, opened.clusters, opened.recipes.gazetteer)
        done = prover.run(view, dataset, force=force or bool(dataset))
    if json:
        told = {
            "datasets": done.datasets,
            "requests": done.requests,
            "left": done.left,
            "slices": dict(done.slices),
        }
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
        return
    became = ", ".join(f"{n} {STATES[state]}" for state, n in sorted(done.slices.items()))
    out.print(
        f"{done.datasets} jeux de données interrogés, {done.requests} questions ; extraits : {became or 'aucun'}.",
        markup=False,
    )
    if done.left:
        out.print(
            f"{done.left} jeux de données attendent la prochaine fois ([slices] requests, ou un portail qui demande de patienter).",
            markup=False,
            style="yellow",
        )


@slices.command("list")
def listed(
    config: ConfigPath = HERE,
    view: Views = None,
    state: Annotated[
        str | None, typer.Option(help="shown, none, failing ou withdrawn ; tous sans indication.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Les extraits connus : ville, jeu de données, lignes, date de la preuve, ou pourquoi il n'y en a pas."""
    if state is not None and state not in STATES:
        raise misconfigured(
            ConfigurationError(f"état inconnu : {state}. États : shown, none, failing, withdrawn")
        )
    with house(config, quiet=True) as opened:
        _known_views(opened, view)
        wanted = {v.territory for v in opened.config.views if not view or v.slug in view}
        with opened.store.read() as connection:
            found = [
                (row, title)
                for row, title in stored.everything(connection)
                if row.territory in wanted and state in (None, row.state)
            ]
        names = {code: _name(opened, code) for code in wanted}
    if json:
        for row, title in found:
            sys.stdout.write(orjson.dumps(_plain(row, title)).decode() + "\n")
        return
    if not found:
        out.print("Aucun extrait n'est connu : `harvester slices prove` les cherche.")
        return
    table = Table(box=None, header_style="bold")
    for column in ("ville", "jeu de données", "état"):
        table.add_column(column)
    table.add_column("lignes", justify="right")
    table.add_column("prouvé le ou raison")
    for row, title in found:
        rows = f"{row.rows} / {row.total}" if row.state == "shown" else ""
        why = (row.proved or "")[:10] if row.state == "shown" else row.told
        table.add_row(names[row.territory], title or row.parent, STATES[row.state], rows, why)
    out.print(table, markup=False)


@slices.command("show")
def show(
    dataset: Annotated[
        str, typer.Argument(help="Identifiant du jeu de données, ou de l'un de ses extraits.")
    ],
    config: ConfigPath = HERE,
    json: AsJson = False,
) -> None:
    """Pourquoi un jeu de données a des extraits ou n'en a pas : colonne choisie, question posée, lignes comptées."""
    with house(config, quiet=True) as opened:
        with opened.store.read() as connection:
            found = stored.named(connection, dataset)
            titles = {row.parent: title for row, title in stored.everything(connection)}
        names = {row.territory: _name(opened, row.territory) for row in found}
        patience = opened.config.slices.patience
    if not found:
        raise misconfigured(
            ConfigurationError(
                f"rien n'est connu de {dataset} : ce n'est pas un jeu plus large qu'une commune, ou `harvester slices prove` "
                "n'est pas encore passé"
            )
        )
    title = titles.get(found[0].parent, "")
    if json:
        for row in found:
            sys.stdout.write(orjson.dumps(_plain(row, title)).decode() + "\n")
        return
    out.print(f"{title or found[0].parent}", markup=False, style="bold")
    for row in found:
        for line in explained(row, names[row.territory], patience):
            out.print(line, markup=False, soft_wrap=True)


def explained(row: StoredSlice, name: str, patience: int) -> list[str]:
    """What is known of a dataset, or of its slice for a city, in French."""
    if not row.territory:
        lines = [f"Regardé le {row.checked[:10]}, à regarder de nouveau le {row.due[:10]}."]
        if row.state == "none":
            return [*lines, f"Pas d'extrait possible : {row.told} [{row.code}]"]
        if row.state == "failing":
            return [*lines, f"Le portail ne répond pas ({row.failures} fois) : {row.told}"]
        return [*lines, "Le portail sait donner certaines lignes seulement."]
    if row.state != "shown":
        return [f"{name} : {STATES[row.state]}. {row.told} [{row.code}]"]
    lines = [f"{name} : {row.rows} lignes sur {row.total}, prouvées le {(row.proved or '')[:10]}."]
    for part in parts_of(row):
        lines.append(f"  {part.reason}")
        lines.append(f"  question : {part.filter} ({part.endpoint.dialect}, {part.endpoint.url})")
        lines += [f"  {link.format} : {link.url}" for link in part.links]
    if row.failures:
        lines.append(
            f"  Le portail n'a pas répondu aux {row.failures} derniers essais ; retiré après {patience} : {row.told}"
        )
    return lines


def _name(opened: House, territory: str) -> str:
    unit = opened.recipes.gazetteer.unit(territory)
    return unit.name if unit else territory


def _known_views(opened: House, views: list[str] | None) -> None:
    known = [view.slug for view in opened.config.views]
    for view in views or ():
        if view not in known:
            raise misconfigured(
                ConfigurationError(f"ville inconnue : {view}. Villes connues : {', '.join(known)}")
            )


def _plain(row: StoredSlice, title: str) -> dict[str, Any]:
    return {
        "dataset": row.parent,
        "title": title,
        "territory": row.territory or None,
        "slice": row.id,
        "state": row.state,
        "code": row.code,
        "told": row.told,
        "rows": row.rows,
        "total": row.total,
        "proved": row.proved,
        "checked": row.checked,
        "due": row.due or None,
        "failures": row.failures,
        "parts": orjson.loads(row.parts),
    }
