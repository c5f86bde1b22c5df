"""When a source was last walked through as a whole, and which list a page's total counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "source",
        sa.Column(
            "whole",
            sa.String(length=32),
            nullable=True,
            comment="when the last walk that saw all of it began",
        ),
    )
    op.add_column(
        "source",
        sa.Column(
            "walked",
            sa.String(length=32),
            nullable=True,
            comment="when the last walk that saw all that changed began",
        ),
    )
    op.add_column(
        "page",
        sa.Column(
            "listing",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="what the total counts, by name",
        ),
    )
