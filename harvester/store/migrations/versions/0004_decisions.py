"""What people decided on pairs: found by either end, and by what the ends pointed at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "same | different | part (a of b) | origin (a alone) | undone"
    with op.batch_alter_table("decision") as table:
        table.alter_column(
            "verdict",
            existing_type=sa.String(length=8),
            type_=sa.String(length=12),
            existing_nullable=False,
            comment=comment,
            existing_comment="same | different | part | undone",
        )
        for end in ("a", "b"):
            table.add_column(
                sa.Column(
                    f"pointers_{end}",
                    sa.Text(),
                    server_default="[]",
                    nullable=False,
                    comment="what the record pointed at then, JSON",
                )
            )
        table.add_column(
            sa.Column(
                "follows",
                sa.Integer(),
                nullable=True,
                comment="the decision that this one repeats for a record whose id changed",
            )
        )
        table.create_index("ix_decision_id_a", ["id_a"])
        table.create_index("ix_decision_id_b", ["id_b"])
    op.create_table(
        "decision_pointer",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("end", sa.String(length=1), nullable=False, comment="a | b"),
        sa.PrimaryKeyConstraint("key", "decision", "end", name=op.f("pk_decision_pointer")),
        sa.Index("ix_decision_pointer_decision", "decision"),
        comment="hashes of the pointers of a decision's ends, to find who has them now",
    )
