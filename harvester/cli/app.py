"""The command `harvester` and what all its subcommands share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harvester import __version__
from harvester.config import Config, Source
from harvester.errors import ConfigurationError
from harvester.log import set_up
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes, load_config
from harvester.store import Store, open_store
from harvester.store.reach import reaching

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Moissonne les catalogues d'un territoire et en fait un seul, avec une vue par ville.",
)
out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False)

ConfigPath = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="HARVESTER_CONFIG",
        help="config.toml; sources/ et mappings/ se trouvent à côté.",
    ),
]
HERE = Path("config.toml")
MISCONFIGURED = 2


@dataclass(frozen=True, slots=True)
class House:
    """An opened configuration: what a command works with."""

    config: Config
    store: Store
    recipes: Recipes
    clusters: Clusters


@contextmanager
def house(path: Path, *, quiet: bool = False) -> Iterator[House]:
    """Read the configuration, open the database; exit 2 where they cannot be used, saying why."""
    config = configuration(path)
    set_up(config.log.format, "warning" if quiet else config.log.level)
    recipes = Recipes(config)
    clusters = Clusters.of(config, recipes.gazetteer)
    try:
        with reaching(), closing(opened(config.database)) as store:
            clusters.catch_up(store)
            yield House(config, store, recipes, clusters)
    except ConfigurationError as error:
        raise misconfigured(error) from None


def opened(database: str) -> Store:
    """The database, up to date; raises ConfigurationError where it cannot be used."""
    try:
        with reaching():
            return open_store(database)
    except OSError as error:  # of SQLite's folder
        raise ConfigurationError(
            f"database: cannot be used: {error.filename}: {error.strerror}"
        ) from error


def configuration(path: Path) -> Config:
    """The configuration; exit 2 with every error as `file:line: …` where it is wrong."""
    try:
        return load_config(path)
    except ConfigurationError as error:
        raise misconfigured(error) from None


def misconfigured(error: Exception) -> typer.Exit:
    """Say what is wrong with the files, and the exit code for it."""
    err.print(str(error), markup=False, soft_wrap=True)
    return typer.Exit(MISCONFIGURED)


def chosen(config: Config, names: list[str] | None) -> list[Source]:
    """The sources of those names, or all that are enabled; exit 2 for a name that is none."""
    if not names:
        return [source for source in config.sources if source.enabled]
    found = []
    for name in names:
        source = config.source(name)
        if source is None:
            known = ", ".join(s.id for s in config.sources)
            raise misconfigured(
                ConfigurationError(f"source inconnue : {name}. Sources connues : {known}")
            )
        found.append(source)
    return found


def tell_returned(returned: Mapping[str, int]) -> None:
    """Say of which sources records of our own catalogue come back."""
    for source, count in sorted(returned.items()):
        if count:
            out.print(
                f"{source} : {count} fiche(s) de notre propre catalogue en reviennent ; elles ne sont pas reprises.",
                markup=False,
                style="yellow",
            )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"harvester {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="La version.")
    ] = False,
) -> None:
    """Moissonne les catalogues d'un territoire et en fait un seul, avec une vue par ville."""


def main() -> None:
    """Entry point of the command."""
    try:
        app()
    except BrokenPipeError:
        sys.exit(141)
