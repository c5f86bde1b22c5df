"""`harvester serve` and `harvester web`: what the daemon runs and serves, put together."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from harvester import daemon
from harvester.cli.app import HERE, ConfigPath, app, misconfigured, opened
from harvester.config import Config, Source
from harvester.errors import ConfigurationError
from harvester.http import Exchange
from harvester.metrics import RunFigures, create
from harvester.run.clusters import Clusters
from harvester.run.outcome import Outcome
from harvester.run.proving import Prover
from harvester.run.recipes import Recipes, load_config
from harvester.run.remap import outdated
from harvester.run.source import run_source
from harvester.run.workers import Crew
from harvester.schedule import trigger
from harvester.store import Store, catalogue, evidence, review, runs, slices
from harvester.store.audience import Audience
from harvester.store.election import Election
from harvester.store.reach import reaching
from harvester.web.app import app as public_face
from harvester.web.app import desk as desk_of
from harvester.web.app import service as service_face
from harvester.web.catalogues import render
from harvester.web.readers import stored_curators
from harvester.web.reading import Changed, Unavailable

log = structlog.get_logger(__name__)

_STATES = ("published", "merged", "private", "missing", "quarantined", "excluded", "rejected")
_CHANGES = ("new", "changed", "unchanged", "gone")


class _Service:
    """The store, the workers and the metrics of this process, and what follows from the configuration in use."""

    def __init__(self, store: Store, crew: Crew) -> None:
        self.store = store
        self.crew = crew
        self.metrics = create(process=True, first=self._look)
        self._slugs: tuple[str, ...] = ()
        self._reviewed: tuple[object, ...] = ()
        self._recipes: dict[int, tuple[Config, Recipes, Clusters]] = {}
        self._lock = threading.Lock()

    def of(self, config: Config) -> tuple[Recipes, Clusters]:
        """Mappings compiled and views prepared, once per configuration; raises ConfigurationError."""
        with self._lock:
            known = self._recipes.get(id(config))
            if known is None:
                recipes = Recipes(config)
                for source in config.sources:
                    if source.enabled:
                        recipes.mapper(source)
                known = (config, recipes, Clusters.of(config, recipes.gazetteer))
                self._recipes = {id(config): known}
            return known[1], known[2]

    def face(self, config: Config) -> daemon.Asgi:
        """The public face; the views' memberships are brought up to the configuration."""
        recipes, clusters = self.of(config)
        clusters.catch_up(self.store)
        self._slugs = ("", *(view.slug for view in config.views))
        return public_face(
            config, self.store, self.metrics, recipes.gazetteer, stored_curators(self.store)
        )

    def service(self, _config: Config) -> daemon.Asgi:
        """The face of `web.metrics_port`."""
        return service_face(self.store, self.metrics)

    def run(self, config: Config, source: Source, stop: threading.Event) -> RunFigures | None:
        """Harvest one source and tell its figures."""
        recipes, clusters = self.of(config)

        def observe(exchange: Exchange) -> None:
            self.metrics.exchanged(source.id, exchange.status, exchange.received)

        recipe = recipes.recipe(source)
        with self.crew.at(config) as pool:
            outcome = run_source(
                config,
                self.store,
                recipe,
                clusters,
                workers=pool,
                stop=stop,
                observe=observe,
            )
        ended = time.monotonic()
        if outcome.outcome == "busy":
            return None
        self.metrics.page(source.id, "unchanged", outcome.pages_unchanged)
        self.metrics.page(source.id, "changed", outcome.pages - outcome.pages_unchanged)
        counts = outcome.counts
        if (counts.new or counts.changed or counts.withdrawn) and self._render(config, recipes):
            self.metrics.published(time.monotonic() - ended)
        return figures(outcome)

    def prove(self, config: Config, stop: threading.Event) -> None:
        """One pass over the slices that are due."""
        recipes, clusters = self.of(config)

        def observe(source: str, exchange: Exchange) -> None:
            if source:
                self.metrics.exchanged(source, exchange.status, exchange.received)

        done = Prover(
            config, self.store, clusters, recipes.gazetteer, stop=stop, observe=observe
        ).run()
        self.metrics.slices_asked(done.slices, done.requests, done.left)

    def _render(self, config: Config, recipes: Recipes) -> bool:
        """Write what changed in every format before anybody asks; whether all of it was. Else its readers wait for it."""
        audiences: tuple[Audience, ...] = ("public", "agents")
        try:
            for audience in audiences:
                desk = desk_of(config, self.store, recipes.gazetteer, audience)
                render(desk, desk.faces[""])
        except Changed:  # another run ended meanwhile: it renders the rest
            return False
        except Unavailable as error:
            log.warning("not_rendered", **error.log_context())
            return False
        return True

    def _look(self) -> None:
        """Count what each view shows and what waits for a word now: another process may have harvested."""
        with suppress(Exception), self.store.read() as connection:  # else the last figures stand
            mark = review.mark(connection)
            if mark != self._reviewed:
                self.metrics.review(*review.figures(connection))
                self.metrics.linked(
                    evidence.kinds(connection), evidence.largest(connection), self._refused()
                )
                self._reviewed = mark
            states = catalogue.states(connection)
            counts = {slug: states.get((slug, "public")) for slug in self._slugs}
            self.metrics.views(
                {slug: state.count if state else 0 for slug, state in counts.items()}
            )
            self.metrics.slice_states(slices.counts(connection))

    def _refused(self) -> Counter[str]:
        with self._lock:
            known = list(self._recipes.values())
        return sum((clusters.linking.refused for *_, clusters in known), Counter[str]())

    def overdue(self, _config: Config, source: Source) -> bool:
        """Whether a source never succeeded, or should have run again since: the service was not there."""
        with self.store.read() as connection:
            last = runs.source_row(connection, source.id).get("last_success")
        if last is None:
            return True
        success = datetime.fromisoformat(last).astimezone(UTC)
        self.metrics.restore_success(source.id, success.timestamp())
        due = trigger(source.schedule, source.id).get_next_fire_time(None, success)
        return due is not None and due <= datetime.now(UTC)

    def outdated(self, config: Config, source: Source) -> bool:
        """Whether what readers see of a source was made by other settings: access may have been tightened."""
        recipes, _ = self.of(config)
        return outdated(self.store, recipes.recipe(source))


def figures(outcome: Outcome) -> RunFigures:
    """A run's outcome as the metrics count it."""
    counts = asdict(outcome.counts)
    knows = outcome.outcome in ("success", "quarantined", "partial")
    return RunFigures(
        source=outcome.source,
        outcome=outcome.outcome,
        seconds=outcome.seconds,
        success=outcome.outcome in ("success", "quarantined"),
        seen=counts["seen"] if knows else None,
        states={state: counts[state] for state in _STATES} if knows else None,
        changes={change: counts[change] for change in _CHANGES},
        problems=outcome.problems_by_code if knows else None,
        breach=bool(counts["breach"]),
    )


@app.command()
def serve(
    config: ConfigPath = HERE,
    jobs: Annotated[int, typer.Option(help="Sources moissonnées en même temps.", min=1)] = 2,
) -> None:
    """Moissonner à l'heure dite et publier, jusqu'à l'arrêt. SIGHUP relit la configuration.

    Avec PostgreSQL, plusieurs peuvent tourner : un seul moissonne, les autres publient et prennent sa place s'il s'arrête.
    """
    raise typer.Exit(_serve(config, jobs))


@app.command()
def web(config: ConfigPath = HERE) -> None:
    """Publier sans moissonner, jusqu'à l'arrêt : les moissons sont l'affaire d'un autre processus."""
    raise typer.Exit(_serve(config, 0))


def _serve(path: Path, jobs: int) -> int:
    """Serve, and harvest so many sources at once; the exit code."""
    try:
        with reaching(), ExitStack() as stack:
            store = stack.enter_context(closing(opened(load_config(path).database)))
            election = stack.enter_context(closing(Election(store)))
            service = _Service(store, stack.enter_context(Crew()))
            parts = daemon.Parts(
                load=load_config,
                run=service.run if jobs else None,
                app=service.face,
                service=service.service,
                metrics=service.metrics,
                overdue=service.overdue,
                outdated=service.outdated,
                lead=None if store.sqlite else election.won,
                prove=service.prove if jobs else None,
            )
            return daemon.serve(path, parts, at_once=max(jobs, 1))
    except ConfigurationError as error:
        raise misconfigured(error) from None
