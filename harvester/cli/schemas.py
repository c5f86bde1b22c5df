"""The command that writes the schemas of the operator's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harvester.cli.app import app, out
from harvester.run.recipes import schemas as described


@app.command()
def schemas(
    folder: Annotated[Path, typer.Argument(help="Le dossier où les écrire.")] = Path("schemas"),
) -> None:
    """Écrire les schémas JSON des fichiers de configuration, pour les éditeurs qui complètent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in described().items():
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
        out.print(str(folder / name), markup=False, soft_wrap=True)
