"""A commune's rows of larger datasets: what was proved, or why there is nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slice",
        sa.Column("parent", sa.String(length=36), nullable=False),
        sa.Column(
            "territory",
            sa.String(length=40),
            nullable=False,
            comment="a commune; empty: what the parent offers",
        ),
        sa.Column(
            "id",
            sa.String(length=36),
            nullable=True,
            comment="cluster id of the slice's own entry",
        ),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="shown | none | failing | withdrawn; of a parent surveyed | none | failing",
        ),
        sa.Column(
            "code", sa.String(length=32), nullable=False, comment="why it is not shown, stable"
        ),
        sa.Column("told", sa.Text(), nullable=False, comment="the same in French"),
        sa.Column(
            "parts", sa.Text(), nullable=False, comment="what was proved, table by table, JSON"
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column(
            "proved", sa.String(length=32), nullable=True, comment="when the portal last proved it"
        ),
        sa.Column("checked", sa.String(length=32), nullable=False),
        sa.Column("due", sa.String(length=32), nullable=False),
        sa.Column(
            "failures",
            sa.SmallInteger(),
            nullable=False,
            comment="in a row, since it last answered",
        ),
        sa.Column(
            "seen",
            sa.LargeBinary(),
            nullable=True,
            comment="of a parent: digest of its entry when it was looked at",
        ),
        sa.Column(
            "basis",
            sa.LargeBinary(),
            nullable=True,
            comment="of a parent: hash of its addresses and of our rules",
        ),
        sa.PrimaryKeyConstraint("parent", "territory", name=op.f("pk_slice")),
        comment="a commune's rows of a larger dataset: what was proved, or why there is nothing",
    )
    op.create_index("ix_slice_id", "slice", ["id"], unique=False)
