"""Write the next migration from the difference between the migrations and the tables.

    python scripts/make_migration.py 0002 "What changes, for whom."

Read what it wrote before you commit it, and set `HEAD` in harvester/store/engine.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from harvester.store import open_store
from harvester.store.migrate import upgrade


def main(revision: str, message: str) -> None:
    config = Config()
    folder = Path(__file__).parents[1] / "harvester" / "store" / "migrations"
    config.set_main_option("script_location", str(folder))
    with tempfile.TemporaryDirectory() as temporary:
        store = open_store(f"sqlite:///{temporary}/schema.sqlite", migrate=False)
        if any(folder.joinpath("versions").glob("0*.py")):
            upgrade(store)
        with store.write() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=message, autogenerate=True, rev_id=revision)
        store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
