"""The commands: parse arguments, call, print."""

from harvester.cli import harvest, look, publish, schemas, serve
from harvester.cli.app import main

__all__ = ["harvest", "look", "main", "publish", "schemas", "serve"]
