"""`harvester export`: a catalogue as a file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from harvester.cli.app import HERE, ConfigPath, app, err, house, misconfigured
from harvester.errors import ConfigurationError
from harvester.store.audience import Audience
from harvester.web import desk as web_desk
from harvester.web.catalogues import exported
from harvester.web.reading import Changed

Format = Literal["ttl", "xml", "jsonld", "csv"]


@app.command()
def export(
    config: ConfigPath = HERE,
    view: Annotated[str, typer.Option(help="Ville (son nom court) ; sans indication, tout.")] = "",
    agents: Annotated[
        bool,
        typer.Option("--agents", help="Ce que voient les agents : les données restreintes aussi."),
    ] = False,
    format: Annotated[Format, typer.Option(help="Format du catalogue.")] = "ttl",  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fichier ; sans indication, la sortie.")
    ] = None,
) -> None:
    """Écrire le catalogue d'une ville ou du territoire ; un fichier est remplacé d'un coup."""
    with house(config, quiet=True) as opened:
        audience: Audience = "agents" if agents else "public"
        desk = web_desk(opened.config, opened.store, opened.recipes.gazetteer, audience)
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
            except OSError as error:
                if output is None:  # a reader that went away
                    raise
                err.print(f"{output} : {error.strerror}", markup=False, soft_wrap=True)
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
