"""What linking compares, by record: profiles, keys, weighed links, and how common everything is.

Keys and links of before are forgotten: the next command or service that opens the catalogue compares all anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("record_key")
    op.drop_table("link")
    op.create_table(
        "profile",
        sa.Column("version", _ID, autoincrement=False, nullable=False),
        sa.Column(
            "reader",
            sa.LargeBinary(),
            nullable=False,
            comment="hash of all that decided what is in it",
        ),
        sa.Column(
            "body", sa.LargeBinary(), nullable=False, comment="the record as it is compared, JSON"
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_profile")),
        comment="what linking compares of a version",
    )
    op.create_table(
        "linked",
        sa.Column("record", _ID, autoincrement=False, nullable=False),
        sa.Column("public", sa.SmallInteger(), nullable=False),
        sa.Column(
            "profile",
            sa.LargeBinary(),
            nullable=False,
            comment="hash of the profile it was compared by",
        ),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_linked")),
        comment="records that are compared: those that somebody may see",
    )
    op.create_index("ix_linked_public", "linked", ["public"])
    op.create_table(
        "record_key",
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column(
            "finer",
            sa.BigInteger(),
            nullable=False,
            comment="serves where too many share the key; or 0",
        ),
        sa.Column("strength", sa.SmallInteger(), nullable=False, comment="2 pointer | 1 block"),
        sa.Column("public", sa.SmallInteger(), nullable=False),
        sa.Column(
            "portal",
            sa.BigInteger(),
            nullable=False,
            comment="hashed; 0 where a portal may show one twice",
        ),
        sa.PrimaryKeyConstraint("record", "key", name=op.f("pk_record_key")),
        comment="hashed keys of the records that are compared, for finding candidates",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_key_key", "record_key", ["key"])
    op.create_index("ix_record_key_finer", "record_key", ["finer"])
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column(
            "records", sa.Integer(), nullable=False, comment="how many public records were counted"
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="JSON, zstd"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        comment="how common words, titles, texts and dates are; frozen until the catalogue has doubled",
    )
    op.create_table(
        "link",
        sa.Column("a", sa.BigInteger(), nullable=False),
        sa.Column("b", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.Float(), nullable=False),
        sa.Column(
            "zone",
            sa.String(length=8),
            nullable=False,
            comment="link | review | part: a is a part of b",
        ),
        sa.Column("public", sa.SmallInteger(), nullable=False, comment="whether both are"),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_link")),
        comment="what speaks for one dataset behind two records (a < b) that no pointer ties",
    )
    op.create_index("ix_link_b", "link", ["b"])


def downgrade() -> None:
    for name in ("profile", "linked", "record_key", "survey", "link"):
        op.drop_table(name)
    op.create_table(
        "record_key",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("strength", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "key", name=op.f("pk_record_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_key_key", "record_key", ["key"])
    op.create_table(
        "link",
        sa.Column("a", sa.BigInteger(), nullable=False),
        sa.Column("b", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("zone", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("vetoes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_link")),
    )
    op.create_index("ix_link_b", "link", ["b"])
