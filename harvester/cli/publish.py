"""Commands that publish: export, serve."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from harvester.cli.app import HERE, ConfigPath, app, configuration, err, house, misconfigured
from harvester.config import Config, Source
from harvester.daemon import Asgi, Parts
from harvester.daemon import serve as serve_daemon
from harvester.errors import ConfigurationError
from harvester.metrics import Metrics, RunFigures, create
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes, load_config
from harvester.run.source import Outcome, run_source
from harvester.run.workers import Workers, workers
from harvester.store import Store, catalogue, open_store, runs
from harvester.web import app as web_app
from harvester.web import desk as web_desk
from harvester.web import service as web_service
from harvester.web.catalogues import exported, render
from harvester.web.reading import Changed

Format = Literal["ttl", "xml", "jsonld", "csv"]


@app.command()
def export(
    config: ConfigPath = HERE,
    view: Annotated[str, typer.Option(help="Ville (son nom court) ; sans indication, tout.")] = "",
    format: Annotated[Format, typer.Option(help="Format du catalogue.")] = "ttl",  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fichier ; sans indication, la sortie.")
    ] = None,
) -> None:
    """Écrire le catalogue d'une ville ou du territoire ; un fichier est remplacé d'un coup."""
    with house(config, quiet=True) as opened:
        desk = web_desk(opened.config, opened.store, opened.recipes.gazetteer)
        face = desk.faces.get(view)
        if face is None:
            known = ", ".join(slug for slug in desk.faces if slug)
            raise misconfigured(ConfigurationError(f"vue inconnue : {view}. Vues : {known}"))
        for attempt in range(5):
            try:
                _write(exported(desk, face, format), output)
            except Changed:  # a harvest ended meanwhile: this is no longer the catalogue
                if output is None or attempt == 4:
                    err.print("Le catalogue a changé pendant l'écriture ; recommencez.")
                    raise typer.Exit(1) from None
            else:
                return


def _write(parts: Iterator[bytes], output: Path | None) -> None:
    if output is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@app.command()
def serve(
    config: ConfigPath = HERE,
    jobs: Annotated[int, typer.Option(help="Sources moissonnées en même temps.", min=1)] = 2,
) -> None:
    """Moissonner selon l'horaire et publier, jusqu'à l'arrêt (SIGTERM) ; SIGHUP relit la configuration."""
    loaded = configuration(config)
    try:
        with ExitStack() as stack:
            store = open_store(loaded.database)
            stack.callback(store.close)
            pool = stack.enter_context(workers(loaded))
            code = serve_daemon(config, parts(store, pool, create(process=True)), at_once=jobs)
    except ConfigurationError as error:
        raise misconfigured(error) from None
    raise typer.Exit(code)


def parts(store: Store, pool: Workers | None, metrics: Metrics) -> Parts:
    """What the daemon runs and serves, on this store."""
    made: list[tuple[Config, Recipes]] = []

    def recipes(config: Config) -> Recipes:
        if not made or made[-1][0] is not config:
            made[:] = [(config, Recipes(config))]
        return made[-1][1]

    def run(config: Config, source: Source, stop: threading.Event) -> RunFigures | None:
        cooked = recipes(config)
        outcome = run_source(
            config,
            store,
            cooked.recipe(source),
            Clusters.of(config, cooked.gazetteer),
            workers=pool,
            stop=stop,
            observe=lambda exchange: metrics.exchanged(
                source.id, exchange.status, exchange.received
            ),
        )
        if outcome.outcome == "busy":
            return None
        metrics.page(source.id, "changed", outcome.pages - outcome.pages_unchanged)
        metrics.page(source.id, "unchanged", outcome.pages_unchanged)
        if outcome.counts.new or outcome.counts.changed or outcome.counts.withdrawn:
            ended = time.monotonic()
            desk = web_desk(config, store, cooked.gazetteer)
            try:
                render(desk, desk.faces[""])
            except Changed:
                pass  # another run ended: it renders what is left
            else:
                metrics.published(time.monotonic() - ended)
        tell_views()
        return figures(outcome)

    def tell_views() -> None:
        with store.read() as connection:
            states = catalogue.states(connection)
        metrics.views({view: s.count for (view, reader), s in states.items() if reader == "public"})

    def public(config: Config) -> Asgi:
        cooked = recipes(config)
        Clusters.of(config, cooked.gazetteer).rebuild_views(store)
        tell_views()
        return web_app(config, store, metrics, cooked.gazetteer)

    def overdue(_config: Config, source: Source) -> bool:
        with store.read() as connection:
            return not runs.source_row(connection, source.id).get("last_run")

    return Parts(
        load=load_config,
        run=run,
        app=public,
        service=lambda _config: web_service(store, metrics),
        metrics=metrics,
        overdue=overdue,
    )


def figures(outcome: Outcome) -> RunFigures:
    """What Prometheus is told of a run."""
    counts = outcome.counts
    whole = outcome.outcome in ("success", "quarantined")
    states = ("published", "merged", "missing", "quarantined", "excluded", "rejected")
    changes = ("new", "changed", "unchanged", "gone")
    return RunFigures(
        source=outcome.source,
        outcome=outcome.outcome,
        seconds=outcome.seconds,
        success=outcome.outcome == "success",
        seen=counts.seen if whole else None,
        states={name: getattr(counts, name) for name in states},
        changes={name: getattr(counts, name) for name in changes},
        problems=outcome.problems_by_code,
        breach=counts.breach > 0,
    )
