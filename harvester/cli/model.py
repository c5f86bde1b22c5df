"""`harvester duplicates model` and `aliases`: what another model, and other names of portals, would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harvester.cli.app import HERE, ConfigPath, err, house, out
from harvester.cli.duplicates import duplicates
from harvester.run.model import document, trial


@duplicates.command()
def model(
    config: ConfigPath = HERE,
    weights: Annotated[
        Path | None,
        typer.Option(help="Fichier de poids ; sans lui, ceux de la version installée."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Adopter ce modèle.")] = False,
    limit: Annotated[int, typer.Option(help="Groupes montrés.")] = 20,
) -> None:
    """Ce qu'un autre modèle de rapprochement changerait, groupe par groupe ; rien n'est écrit sans --apply."""
    with house(config, quiet=True) as opened:
        try:
            found = trial(
                opened.store,
                opened.clusters,
                document(weights.read_bytes() if weights else None),
                apply=apply,
            )
        except OSError as error:
            err.print(f"{error.filename} : {error.strerror}", markup=False)
            raise typer.Exit(2) from None
    out.print(
        f"Modèle {found.before} → {found.version} : {found.moved} fiche(s) changent de groupe."
    )
    for heading, groups in (("Réunies", found.merged), ("Séparées", found.parted)):
        for group in groups[:limit]:
            out.print(f"{heading} :", *(f"  {title}" for title in group), sep="\n", markup=False)
        if len(groups) > limit:
            out.print(f"… et {len(groups) - limit} autres (`--limit`).")
    out.print("Ce modèle est adopté." if apply else "Rien n'est changé ; `--apply` l'adopte.")


@duplicates.command()
def aliases(config: ConfigPath = HERE) -> None:
    """Les autres noms de portails que les fiches prouvent, en lignes à recopier dans [links.aliases]."""
    with house(config, quiet=True) as opened, opened.store.read() as connection:
        found = opened.clusters.linking.aliases(connection)
    if not found:
        out.print("Aucun autre nom n'est prouvé.")
        return
    out.print("[links.aliases]", markup=False)
    for alias in found:
        out.print(
            f'"{alias.name}" = "{alias.portal}"  # {alias.agreeing} jeux sur {alias.seen} y ont le même '
            "identifiant, le même titre, la même période et le même lieu",
            markup=False,
            soft_wrap=True,
        )
