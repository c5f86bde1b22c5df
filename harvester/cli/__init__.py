"""The commands: parse arguments, call, print."""

from harvester.cli import (
    add,
    demo,
    duplicates,
    export,
    harvest,
    link,
    look,
    model,
    schemas,
    serve,
    slices,
    sources,
    token,
)
from harvester.cli.app import main

__all__ = [
    "add",
    "demo",
    "duplicates",
    "export",
    "harvest",
    "link",
    "look",
    "main",
    "model",
    "schemas",
    "serve",
    "slices",
    "sources",
    "token",
]
