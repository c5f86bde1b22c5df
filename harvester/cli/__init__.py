"""The commands: parse arguments, call, print."""

from harvester.cli import demo, export, harvest, look, schemas, serve
from harvester.cli.app import main

__all__ = ["demo", "export", "harvest", "look", "main", "schemas", "serve"]
