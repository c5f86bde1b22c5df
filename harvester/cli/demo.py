"""`harvester demo`: the whole of it with sample portals, and nothing to configure."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import typer

from harvester.cli.app import House, app, house, out
from harvester.cli.harvest import harvest_sources
from harvester.daemon import Daemon, Parts
from harvester.daemon import serve as serve_daemon
from harvester.demo.check import check
from harvester.demo.services import SOURCE as SERVICES
from harvester.demo.services import guard
from harvester.demo.stage import Stage, stage
from harvester.metrics import create
from harvester.run.proving import Prover
from harvester.store import catalogue, tokens
from harvester.web.app import app as public_face
from harvester.web.app import service as service_face
from harvester.web.readers import stored_curators


@app.command()
def demo(
    port: Annotated[
        int | None, typer.Option(help="Port du catalogue ; sans indication, 8000 s'il est libre.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Moissonner, vérifier ce qui est publié, et finir.")
    ] = False,
) -> None:
    """Montrer le tout avec des portails d'exemple : communes réelles, catalogues inventés."""
    with stage(port) as set_up, house(set_up.config, quiet=True) as opened:
        entries = sum(len(portal.entries) for portal in set_up.portals)
        out.print(f"[bold]{len(set_up.portals)} portails d'exemple[/], {entries} fiches")
        for portal in set_up.portals:
            out.print(f"  {set_up.roots[portal.slug]}/ {portal.name} ({portal.kind})")
        code = harvest_sources(opened, list(opened.config.sources), json=False, jobs=4)
        _prove(set_up, opened)
        with opened.store.read() as connection:
            counts = {
                view.slug: catalogue.state(connection, view.slug, "public").count
                for view in opened.config.views
            }
            counts[""] = catalogue.state(connection, "", "public").count
        keys = _tokens(opened)
        served = _parts(opened)
        if not once:
            _tell(set_up, counts, keys, _curator(opened))
            raise typer.Exit(code or serve_daemon(set_up.config, served, watch=False))
        daemon = Daemon(set_up.config, served, watch=False)
        daemon.start()
        try:
            verdicts = check(opened.config, opened.store, set_up.expected, keys)
        finally:
            daemon.drain()
        for verdict in verdicts:
            out.print("[red]✗[/]" if verdict.wrong else "[green]✓[/]", verdict.what)
            for wrong in verdict.wrong[:10]:
                out.print(f"    {wrong}", markup=False, style="red")
            if len(verdict.wrong) > 10:
                out.print(f"    … et {len(verdict.wrong) - 10} autres", style="red")
        raise typer.Exit(code or int(any(verdict.wrong for verdict in verdicts)))


def _prove(set_up: Stage, opened: House) -> None:
    """Ask the data services for each city's rows; the other portals' addresses are invented, and nobody is asked there."""
    with opened.store.read() as connection:
        asked = [
            row.id
            for row in catalogue.rows(connection, "", "agents")
            if any(source == SERVICES for source, _, _ in row.origins)
        ]
    prover = Prover(
        opened.config,
        opened.store,
        opened.clusters,
        opened.recipes.gazetteer,
        guard=guard(urlsplit(set_up.roots[SERVICES]).port or 0),
    )
    done = prover.run(datasets=asked)
    out.print(
        f"{done.slices['shown']} extraits prouvés : les lignes de chaque ville dans les jeux du territoire "
        f"({done.datasets} jeux, {done.requests} questions)"
    )


def _parts(opened: House) -> Parts:
    """What is served. The portals are harvested once: they will not say anything new."""
    metrics = create()
    return Parts(
        load=lambda _: opened.config,
        run=lambda _config, _source, _stop: None,
        app=lambda config: public_face(
            config,
            opened.store,
            metrics,
            opened.recipes.gazetteer,
            stored_curators(opened.store),
        ),
        service=lambda _: service_face(opened.store, metrics),
        metrics=metrics,
    )


def _tokens(opened: House) -> dict[str, str]:
    """Tokens for the agents of the whole territory and of one city."""
    with opened.store.write() as connection:
        return {
            view: tokens.create(connection, view, "démonstration")[1]
            for view in ("", "issy-les-moulineaux")
        }


def _curator(opened: House) -> str:
    """A token for the pages of review."""
    with opened.store.write() as connection:
        return tokens.create(connection, "", "Curateur de la démonstration", opens="review")[1]


def _tell(set_up: Stage, counts: dict[str, int], keys: dict[str, str], curator: str) -> None:
    base = f"http://127.0.0.1:{set_up.port}"
    out.print(f"\n[bold]Le catalogue du territoire[/] : {base}/ ({counts['']} jeux de données)")
    for slug, count in counts.items():
        if slug:
            out.print(f"  {base}/villes/{slug}/ ({count})")
    out.print(f"  http://issy.localhost:{set_up.port}/ : Issy sous le nom d'un serveur à elle")
    out.print(
        f"Pour les moissonneurs : {base}/catalog.ttl, .xml, .jsonld, {base}/datasets.csv\n"
        f"Pour essayer les autres commandes : --config {set_up.config}, par exemple "
        f"« harvester sources graph --config {set_up.config} »\n"
        "Pour les agents, les données restreintes en plus :",
        markup=False,
    )
    for slug, key in keys.items():
        path = f"/villes/{slug}" if slug else ""
        out.print(
            f"  curl -H 'Authorization: Bearer {key}' {base}{path}/catalog-full.ttl",
            markup=False,
            soft_wrap=True,
        )
    out.print(
        f"Pour relire les rapprochements : {base}/revue/connexion, avec {curator}\nCtrl-C pour finir.",
        markup=False,
        soft_wrap=True,
    )
