"""The foundation: records, versions, clusters, views, journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "change",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.String(length=10),
            nullable=False,
            comment="created | updated | deleted | restored | merged | split | views",
        ),
        sa.Column("cluster", sa.String(length=36), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column(
            "other",
            sa.String(length=36),
            nullable=True,
            comment="the survivor of a merge, the origin of a split",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        comment="the append-only journal of what readers could see",
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index("ix_change_cluster", ["cluster"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column(
            "verdict",
            sa.String(length=8),
            nullable=False,
            comment="same | different | part | undone",
        ),
        sa.Column("source_a", sa.String(length=200), nullable=False),
        sa.Column("id_a", sa.Text(), nullable=False),
        sa.Column("source_b", sa.String(length=200), nullable=False),
        sa.Column("id_b", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        comment="a human's word on a pair; append-only, the last word counts",
    )
    op.create_table(
        "entry",
        sa.Column("cluster", sa.String(length=36), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False, comment="all | public | agents"),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="of the elected record"),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=True,
            comment="merged entry, JSON; absent where the elected says it all",
        ),
        sa.Column(
            "provenance", sa.Text(), nullable=True, comment="field → record ids, JSON, where merged"
        ),
        sa.Column(
            "origins", sa.Text(), nullable=False, comment="[[source, local id, url], …], JSON"
        ),
        sa.Column(
            "level", sa.SmallInteger(), nullable=False, comment="0 commune … 4 State, 5 partner"
        ),
        sa.Column("coverage", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "search",
            sa.Text(),
            nullable=False,
            comment="folded words of title, keywords, publisher",
        ),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="hash of what is published of it"
        ),
        sa.Column("issued", sa.String(length=32), nullable=False),
        sa.Column("modified", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="the change that made it"),
        sa.PrimaryKeyConstraint("cluster", "audience", name=op.f("pk_entry")),
        comment="what the catalogue says of a cluster, by audience",
    )
    op.create_table(
        "fragment",
        sa.Column("cluster", sa.String(length=36), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("format", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", "audience", "format", name=op.f("pk_fragment")),
        comment="an entry rendered in one format, once per change",
    )
    op.create_table(
        "link",
        sa.Column("a", sa.BigInteger(), nullable=False),
        sa.Column("b", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False, comment="bits"),
        sa.Column("zone", sa.String(length=8), nullable=False, comment="link | review | refused"),
        sa.Column("reasons", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("vetoes", sa.Text(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_link")),
        comment="evidence that two records (a < b) describe the same dataset",
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_b", ["b"], unique=False)

    op.create_table(
        "membership",
        sa.Column("view", sa.String(length=100), nullable=False),
        sa.Column("cluster", sa.String(length=36), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False, comment="whole | slice"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("view", "cluster", "audience", name=op.f("pk_membership")),
        comment="which entries a view shows, and why",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_cluster", ["cluster"], unique=False)

    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        comment="single facts: what the views were computed from",
    )
    op.create_table(
        "page",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("follow", sa.Text(), nullable=False, comment="further pages it leads to, JSON"),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column(
            "records", sa.LargeBinary(), nullable=False, comment="ids of its records, 8 bytes each"
        ),
        sa.PrimaryKeyConstraint("source", "url", name=op.f("pk_page")),
        comment="pages of the last run, so that an unchanged one stops early",
    )
    op.create_table(
        "problem",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column(
            "record",
            sa.BigInteger(),
            nullable=True,
            comment="absent for problems of a page or of the run",
        ),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        comment="defects, of the run that last read the record",
    )
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.create_index("ix_problem_record", ["record"], unique=False)
        batch_op.create_index("ix_problem_source_run", ["source", "run"], unique=False)

    op.create_table(
        "record",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="published | missing | quarantined | held | withdrawn | excluded | rejected",
        ),
        sa.Column(
            "missing",
            sa.SmallInteger(),
            nullable=False,
            comment="complete runs it has been missing from",
        ),
        sa.Column("cluster", sa.String(length=36), nullable=False),
        sa.Column("first_seen", sa.String(length=32), nullable=False),
        sa.Column("changed", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        comment="one record of one source, by its own id; points at its current version",
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("ix_record_cluster", ["cluster"], unique=False)
        batch_op.create_index("ix_record_source_state", ["source", "state"], unique=False)
        batch_op.create_index("uq_record_source_local_id", ["source", "local_id"], unique=True)

    op.create_table(
        "record_key",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("strength", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "key", name=op.f("pk_record_key")),
        comment="hashed identities of a version, for finding candidates",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("record_key", schema=None) as batch_op:
        batch_op.create_index("ix_record_key_key", ["key"], unique=False)

    op.create_table(
        "redirect",
        sa.Column("old", sa.String(length=36), nullable=False),
        sa.Column("new", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("old", name=op.f("pk_redirect")),
        comment="clusters that were merged into another; for ever",
    )
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.create_index("ix_redirect_new", ["new"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("started", sa.String(length=32), nullable=False),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="running | ended | interrupted"
        ),
        sa.Column(
            "outcome",
            sa.String(length=16),
            nullable=True,
            comment="success | partial | failed | refused | interrupted",
        ),
        sa.Column(
            "owner",
            sa.Text(),
            nullable=False,
            comment="host, boot, process and its start, to tell the dead",
        ),
        sa.Column("heartbeat", sa.Float(), nullable=False, comment="seconds since the epoch"),
        sa.Column("counts", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        comment="one harvest of one source; `running` with a fresh heartbeat is its lease",
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index("ix_run_source", ["source", "id"], unique=False)

    op.create_table(
        "source",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column(
            "recipe",
            sa.LargeBinary(),
            nullable=True,
            comment="what its records were last mapped by, see version.recipe",
        ),
        sa.Column(
            "reading", sa.LargeBinary(), nullable=True, comment="options its pages were read with"
        ),
        sa.Column("last_run", sa.Integer(), nullable=True),
        sa.Column("last_success", sa.String(length=32), nullable=True),
        sa.Column(
            "flag",
            sa.Text(),
            nullable=True,
            comment="diagnosis of the disappearance guard, JSON, while something is held",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        comment="what is known of a configured source besides its file",
    )
    op.create_table(
        "version",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="published | excluded | rejected"
        ),
        sa.Column("access", sa.String(length=12), nullable=False),
        sa.Column(
            "fingerprint",
            sa.LargeBinary(),
            nullable=False,
            comment="hash of the raw record's meaning",
        ),
        sa.Column(
            "recipe",
            sa.LargeBinary(),
            nullable=False,
            comment="hash of mapping, vocabularies and settings that decide what becomes of a record",
        ),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="canonical tree, JSON, zstd"),
        sa.Column("url", sa.Text(), nullable=False, comment="page it was found on"),
        sa.Column(
            "entry",
            sa.LargeBinary(),
            nullable=True,
            comment="mapped entry, JSON; absent when excluded or rejected",
        ),
        sa.Column("coverage", sa.Text(), nullable=False, comment="[[territory, how], …], JSON"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "search",
            sa.Text(),
            nullable=False,
            comment="folded words of title, keywords, publisher",
        ),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="hash of what would be published of it",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        comment="what one run made of one record",
    )
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.create_index("ix_version_record", ["record"], unique=False)

    op.create_table(
        "view_state",
        sa.Column("view", sa.String(length=100), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False, comment="public | agents"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("view", "audience", name=op.f("pk_view_state")),
        comment="the last change each view saw: what its ETag is made of",
    )


def downgrade() -> None:

    op.drop_table("view_state")
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.drop_index("ix_version_record")

    op.drop_table("version")
    op.drop_table("source")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index("ix_run_source")

    op.drop_table("run")
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.drop_index("ix_redirect_new")

    op.drop_table("redirect")
    with op.batch_alter_table("record_key", schema=None) as batch_op:
        batch_op.drop_index("ix_record_key_key")

    op.drop_table("record_key")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index("uq_record_source_local_id")
        batch_op.drop_index("ix_record_source_state")
        batch_op.drop_index("ix_record_cluster")

    op.drop_table("record")
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.drop_index("ix_problem_source_run")
        batch_op.drop_index("ix_problem_record")

    op.drop_table("problem")
    op.drop_table("page")
    op.drop_table("meta")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_cluster")

    op.drop_table("membership")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_b")

    op.drop_table("link")
    op.drop_table("fragment")
    op.drop_table("entry")
    op.drop_table("decision")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index("ix_change_cluster")

    op.drop_table("change")
