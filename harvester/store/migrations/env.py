"""alembic's entry point: the connection comes from `harvester.store.migrate`."""

from __future__ import annotations

from alembic import context

from harvester.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
