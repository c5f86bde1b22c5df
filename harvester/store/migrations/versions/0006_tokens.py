"""Agents' tokens, kept as hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column(
            "id",
            sa.String(length=16),
            nullable=False,
            comment="the part of the token that is no secret",
        ),
        sa.Column("opens", sa.String(length=9), nullable=False, comment="catalogue | review"),
        sa.Column(
            "view",
            sa.String(length=100),
            nullable=False,
            comment="'': the whole territory, its cities too",
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the whole token"),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("expires", sa.String(length=32), nullable=True),
        sa.Column("revoked", sa.String(length=32), nullable=True),
        sa.Column(
            "used",
            sa.String(length=32),
            nullable=True,
            comment="when it last opened something, to the nearest minutes",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        comment="what opens the agents' catalogue of a view, or the pages of review",
    )
