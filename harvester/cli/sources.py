"""Commands about sources among each other: list, overlaps, graph."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from harvester.cli.app import HERE, ConfigPath, House, app, err, house, out, tell_returned
from harvester.link.federation import US, Federation, at_home, federation
from harvester.log import redact
from harvester.publish.drawing import Arrow, Box, svg
from harvester.store import overlaps as stored

sources = typer.Typer(
    no_args_is_help=True, help="Les sources entre elles : liste, recouvrements, qui alimente qui."
)
app.add_typer(sources, name="sources")

AsJson = Annotated[bool, typer.Option("--json", help="Du JSON, pour les programmes.")]
MOST_DRAWN = 25
"""Portals nobody configured that are drawn each for itself; the others are one box."""


@sources.command("list")
def listed(config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Les sources configurées : genre, niveau, territoire, fiches publiées."""
    with house(config, quiet=True) as opened:
        with opened.store.read() as connection:
            shown = stored.shown(connection)
        rows = [
            {
                "source": source.id,
                "name": source.name,
                "kind": source.kind,
                "level": source.level,
                "territory": source.territory,
                "enabled": source.enabled,
                "records": shown.get(source.id, 0),
                "url": redact(source.url),
            }
            for source in opened.config.sources
        ]
        if json:
            for row in rows:
                sys.stdout.write(orjson.dumps(row).decode() + "\n")
            return
        table = Table(box=None, header_style="bold")
        for title in ("source", "nom", "genre", "niveau", "territoire"):
            table.add_column(title)
        table.add_column("fiches", justify="right")
        for row in rows:
            unit = opened.recipes.gazetteer.unit(str(row["territory"]))
            table.add_row(
                str(row["source"]) + ("" if row["enabled"] else " (désactivée)"),
                str(row["name"]),
                str(row["kind"]),
                str(row["level"]),
                unit.name if unit else str(row["territory"]),
                str(row["records"]),
            )
        out.print(table, markup=False)


@sources.command("overlaps")
def overlapping(config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Ce que les sources ont en commun : les fiches de l'une qui sont les mêmes jeux de données que chez l'autre."""
    with house(config, quiet=True) as opened, opened.store.read() as connection:
        shown = stored.shown(connection)
        pairs = stored.shared(connection)
        returned = stored.with_problem(connection, "record-ours")
    if json:
        for source, other, count in pairs:
            line = {"source": source, "other": other, "shared": count, "records": shown[source]}
            sys.stdout.write(orjson.dumps(line).decode() + "\n")
        for source, count in sorted(returned.items()):
            line = {
                "source": source,
                "other": None,
                "shared": count,
                "records": shown.get(source, 0),
            }
            sys.stdout.write(orjson.dumps(line).decode() + "\n")
        return
    if not shown:
        out.print("Rien n'est moissonné encore : lancez d'abord `harvester run`.")
        return
    if not pairs:
        out.print("Aucune fiche n'est commune à deux sources.")
    heading = ""
    for source, other, count in pairs:
        if source != heading:
            heading = source
            out.print(f"[bold]{source}[/] ({shown[source]} fiches)")
        out.print(
            f"  {percent(count, shown[source])} déjà par « {other} » ({count} fiches)", markup=False
        )
    tell_returned(returned)


def percent(part: int, total: int) -> str:
    """A share as people read it: never 0 % for something, never 100 % for less than all."""
    if not total or not part:
        return "0 %"
    whole = round(100 * part / total)
    if part == total:
        return "100 %"
    return "moins de 1 %" if whole == 0 else f"{min(whole, 99)} %"


@sources.command("graph")
def graph(
    config: ConfigPath = HERE,
    json: AsJson = False,
    svg_file: Annotated[
        Path | None, typer.Option("--svg", help="Écrire aussi le dessin dans ce fichier SVG.")
    ] = None,
) -> None:
    """Qui alimente qui : d'où les fiches de chaque source disent venir, et les portails qu'on pourrait moissonner."""
    with house(config, quiet=True) as opened:
        found = _federation(opened)
        names = {source.id: source.name for source in opened.config.sources}
        title = opened.config.title
    if svg_file is not None:
        try:
            svg_file.parent.mkdir(parents=True, exist_ok=True)
            svg_file.write_bytes(_drawn(found, names, title))
        except OSError as error:
            err.print(f"{svg_file} : {error.strerror}", markup=False, soft_wrap=True)
            raise typer.Exit(1) from None
    if json:
        sys.stdout.write(orjson.dumps(_plain(found)).decode() + "\n")
        return
    if not any(portal.records for portal in found.portals):
        out.print("Rien n'est moissonné encore : lancez d'abord `harvester run`.")
        return
    _tell(found)
    if svg_file is not None:
        out.print(f"Dessin : {svg_file}", markup=False, soft_wrap=True)


def _federation(opened: House) -> Federation:
    urls = {source.id: source.url for source in opened.config.sources}

    def entries() -> Iterator[tuple[str, dict[str, Any]]]:
        with opened.store.read() as connection:
            for source, entry in stored.entries(connection):
                if source in urls:
                    yield source, orjson.loads(entry)

    with opened.store.read() as connection:
        returned = stored.with_problem(connection, "record-ours")
    kept = {source: count for source, count in returned.items() if source in urls}
    return federation(urls, entries(), at_home(urls, entries()), kept)


def _plain(found: Federation) -> dict[str, Any]:
    return {
        "portals": [
            {
                "name": portal.name,
                "configured": portal.configured,
                "records": portal.records,
                "sources": portal.sources,
            }
            for portal in found.portals
        ],
        "feeds": [
            {"from": feed.giver, "to": feed.taker, "records": feed.records} for feed in found.feeds
        ],
        "cycles": found.cycles,
        "unharvested": [portal.name for portal in found.unharvested()],
    }


def _called(name: str) -> str:
    return "notre catalogue" if name == US else name


def _tell(found: Federation) -> None:
    for portal in found.portals:
        if not portal.configured or portal.name == US:
            continue
        out.print(f"[bold]{portal.name}[/] ({portal.records} fiches)")
        givers = [feed for feed in found.feeds if feed.taker == portal.name]
        for position, feed in enumerate(givers):
            branch = "└─" if position == len(givers) - 1 else "├─"
            share = percent(feed.records, portal.records)
            out.print(
                f"  {branch} {feed.records} viennent de {_called(feed.giver)} ({share})",
                markup=False,
            )
    for cycle in found.cycles:
        *first, last = (_called(name) for name in cycle)
        ring = f"{', '.join(first)} et {last} s'alimentent les uns les autres" if first else last
        out.print(f"Boucle : {ring}.", markup=False, style="yellow")
    hints = found.unharvested()
    if hints:
        out.print(
            "\n[bold]Portails moissonnés par d'autres, que vous pourriez moissonner vous-même[/] "
            "(`harvester add ADRESSE`) :"
        )
        for portal in hints[:MOST_DRAWN]:
            through = ", ".join(f.taker for f in found.feeds if f.giver == portal.name)
            out.print(f"  {portal.name} : {portal.records} fiches, par {through}", markup=False)
        if len(hints) > MOST_DRAWN:
            out.print(f"  … et {len(hints) - MOST_DRAWN} autres (`--json` les donne tous)")


def _drawn(found: Federation, names: dict[str, str], title: str) -> bytes:
    few = {portal.name for portal in found.unharvested()[:MOST_DRAWN]}
    rest = [portal for portal in found.unharvested() if portal.name not in few]
    boxes = []
    for portal in found.portals:
        if portal in rest:
            continue
        known = portal.configured or portal.sources
        style = "own" if portal.name == US else "known" if known else "other"
        note = f"{portal.records} fiches"
        if portal.sources:
            note = f"hôte de {len(portal.sources)} sources"
        elif not portal.configured:
            note += ", non moissonné"
        label = names.get(portal.name, _called(portal.name))
        boxes.append(Box(portal.name, label if len(label) <= 44 else f"{label[:43]}…", note, style))
    others = "…"
    if rest:
        boxes.append(Box(others, f"{len(rest)} autres portails", "non moissonnés", "other"))
    hidden = {portal.name for portal in rest}
    merged: Counter[tuple[str, str]] = Counter()
    for feed in found.feeds:
        merged[others if feed.giver in hidden else feed.giver, feed.taker] += feed.records
    arrows = [
        Arrow(
            giver,
            taker,
            str(count),
            any(giver in cycle and taker in cycle for cycle in found.cycles),
        )
        for (giver, taker), count in merged.items()
    ]
    told = [
        f"{_called(f.giver)} alimente {_called(f.taker)} : {f.records} fiches." for f in found.feeds
    ]
    description = " ".join(told) or "Aucune source n'en alimente une autre."
    return svg(f"Qui alimente qui : {title}", description, boxes, arrows, "Sans échange connu")
