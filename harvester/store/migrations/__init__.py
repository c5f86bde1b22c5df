"""alembic migrations."""
