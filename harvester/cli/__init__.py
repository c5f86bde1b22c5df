"""The commands: parse arguments, call, print."""

from harvester.cli import export, harvest, look, schemas, serve
from harvester.cli.app import main

__all__ = ["export", "harvest", "look", "main", "schemas", "serve"]
