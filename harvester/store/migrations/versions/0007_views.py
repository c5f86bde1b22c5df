"""Views list entries by what they have in common, not one by one: a row per view and coverage instead of per view and entry.

Memberships of before are forgotten: whoever opens the catalogue next computes them anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("membership")
    op.create_table(
        "listing",
        sa.Column("view", sa.String(length=100), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False, comment="whole | slice"),
        sa.Column(
            "level",
            sa.String(length=12),
            nullable=False,
            comment="of the territory through which the view sees it: commune … etat, elsewhere",
        ),
        sa.Column(
            "place", sa.Integer(), nullable=False, comment="the nearest first, then the surest"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("view", "id", name=op.f("pk_listing")),
        comment="the views that list entries of one coverage, and why: entries share them, see entry.listing",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_listing_id", "listing", ["id"])
    op.add_column(
        "entry",
        sa.Column(
            "listing",
            sa.BigInteger(),
            nullable=True,
            comment="the views that list it; absent until they are computed",
        ),
    )
    op.create_index("ix_entry_listing", "entry", ["listing", "audience", "cluster"])
    op.execute(
        "CREATE VIEW membership AS SELECT l.view, e.cluster, e.audience, l.how, l.level, l.place, l.reason "
        "FROM listing l JOIN entry e ON e.listing = l.id"
    )
    op.execute("DELETE FROM meta WHERE key = 'views'")
