"""The command that links records of a file: `harvester link`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from harvester.cli.app import app, misconfigured, out
from harvester.errors import ConfigurationError
from harvester.link.weights import load
from harvester.run.aggregated import link_file, write_clusters


@app.command("link")
def link(
    records: Annotated[
        Path, typer.Option(help="Les fiches, en JSON Lines (aussi .gz).", exists=True)
    ],
    portals: Annotated[Path, typer.Option(help="Les portails, en JSON.", exists=True)],
    territory: Annotated[
        Path, typer.Option(help="Les collectivités du territoire, en JSON.", exists=True)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Le fichier CSV à écrire.")],
    decisions: Annotated[
        Path | None,
        typer.Option(help="Les décisions humaines, en CSV (verdict, rid_a, rid_b).", exists=True),
    ] = None,
    pointers: Annotated[
        bool, typer.Option("--pointers", help="Ne suivre que les liens explicites.")
    ] = False,
) -> None:
    """Rapprocher les fiches d'un fichier qui décrivent le même jeu, sans base de données. Formats : docs/link.md."""
    try:
        outcome = link_file(records, portals, territory, load(), decisions, pointers_only=pointers)
        write_clusters(outcome, output)
    except (ConfigurationError, OSError) as error:
        raise misconfigured(error) from None
    linked = outcome.linked
    several = sum(1 for size in Counter(linked.group).values() if size > 1)
    out.print(
        f"{len(outcome.names)} fiches, {len(linked.original)} jeux dont {several} de plusieurs fiches ; "
        f"{len(linked.review)} rapprochements à examiner, {linked.refused} refusés.",
        markup=False,
    )
    for alias in outcome.aliases:
        out.print(
            f"{alias.name} semble être un autre nom de {alias.portal} ({alias.agreeing} jeux sur {alias.seen}).",
            markup=False,
        )
