"""The tables, the same on SQLite and PostgreSQL.

Instants are ISO 8601 text in UTC (`2026-05-01T03:10:00Z`): they sort, and they read the same in both.

A **version** is what one run made of one record: immutable, written while the run goes on, visible to nobody
until `record.version` points at it. Version ids are `run << 32 | ordinal`, so they are handed out without asking
the database and append to the end of their table; a record keeps the id of its first version.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    column,
    table,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""An alias of SQLite's rowid, a bigint in PostgreSQL."""

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="single facts: what the views were computed from",
)

source = Table(
    "source",
    metadata,
    Column("id", String(200), primary_key=True),
    Column(
        "recipe", LargeBinary, comment="what its records were last mapped by, see version.recipe"
    ),
    Column("reading", LargeBinary, comment="options its pages were read with"),
    Column("whole", String(32), comment="when the last walk that saw all of it began"),
    Column("walked", String(32), comment="when the last walk that saw all that changed began"),
    Column("last_run", Integer),
    Column("last_success", String(32)),
    Column(
        "flag", Text, comment="diagnosis of the disappearance guard, JSON, while something is held"
    ),
    comment="what is known of a configured source besides its file",
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("started", String(32), nullable=False),
    Column("ended", String(32)),
    Column("state", String(16), nullable=False, comment="running | ended | interrupted"),
    Column("outcome", String(16), comment="success | partial | failed | refused | interrupted"),
    Column(
        "owner", Text, nullable=False, comment="host, boot, process and its start, to tell the dead"
    ),
    Column("heartbeat", Float, nullable=False, comment="seconds since the epoch"),
    Column("counts", Text, comment="JSON"),
    Column("message", Text),
    Index("ix_run_source", "source", "id"),
    comment="one harvest of one source; `running` with a fresh heartbeat is its lease",
)

page = Table(
    "page",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", LargeBinary),
    Column("follow", Text, nullable=False, comment="further pages it leads to, JSON"),
    Column("total", Integer),
    Column(
        "listing", Text, nullable=False, server_default="", comment="what the total counts, by name"
    ),
    Column("records", LargeBinary, nullable=False, comment="ids of its records, 8 bytes each"),
    comment="pages of the last run, so that an unchanged one stops early",
)

version = Table(
    "version",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("record", BigInteger, nullable=False),
    Column("source", String(200), nullable=False),
    Column("local_id", Text, nullable=False),
    Column("state", String(12), nullable=False, comment="published | excluded | rejected"),
    Column("access", String(12), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False, comment="hash of the raw record's meaning"),
    Column(
        "recipe",
        LargeBinary,
        nullable=False,
        comment="hash of mapping, vocabularies and settings that decide what becomes of a record",
    ),
    Column("raw", LargeBinary, nullable=False, comment="canonical tree, JSON, zstd"),
    Column("url", Text, nullable=False, comment="page it was found on"),
    Column("entry", LargeBinary, comment="mapped entry, JSON; absent when excluded or rejected"),
    Column("coverage", Text, nullable=False, comment="[[territory, how], …], JSON"),
    Column("title", Text, nullable=False),
    Column("search", Text, nullable=False, comment="folded words of title, keywords, publisher"),
    Column("digest", LargeBinary, nullable=False, comment="hash of what would be published of it"),
    Index("ix_version_record", "record"),
    comment="what one run made of one record",
)

record = Table(
    "record",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("source", String(200), nullable=False),
    Column("local_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column(
        "state",
        String(12),
        nullable=False,
        comment="published | missing | quarantined | held | withdrawn | excluded | rejected",
    ),
    Column(
        "missing", SmallInteger, nullable=False, comment="complete runs it has been missing from"
    ),
    Column("cluster", String(36), nullable=False),
    Column("first_seen", String(32), nullable=False),
    Column("changed", String(32), nullable=False),
    Index("uq_record_source_local_id", "source", "local_id", unique=True),
    Index("ix_record_source_state", "source", "state"),
    Index("ix_record_cluster", "cluster"),
    comment="one record of one source, by its own id; points at its current version",
)

profile = Table(
    "profile",
    metadata,
    Column("version", Id, primary_key=True, autoincrement=False),
    Column("reader", LargeBinary, nullable=False, comment="hash of all that decided what is in it"),
    Column("body", LargeBinary, nullable=False, comment="the record as it is compared, JSON"),
    comment="what linking compares of a version",
)

linked = Table(
    "linked",
    metadata,
    Column("record", Id, primary_key=True, autoincrement=False),
    Column("public", SmallInteger, nullable=False),
    Column(
        "profile", LargeBinary, nullable=False, comment="hash of the profile it was compared by"
    ),
    Index("ix_linked_public", "public"),
    comment="records that are compared: those that somebody may see",
)

record_key = Table(
    "record_key",
    metadata,
    Column("record", BigInteger, primary_key=True),
    Column("key", BigInteger, primary_key=True),
    Column(
        "finer", BigInteger, nullable=False, comment="serves where too many share the key; or 0"
    ),
    Column("strength", SmallInteger, nullable=False, comment="2 pointer | 1 block"),
    Column("public", SmallInteger, nullable=False),
    Column(
        "portal", BigInteger, nullable=False, comment="hashed; 0 where a portal may show one twice"
    ),
    Index("ix_record_key_key", "key"),
    Index("ix_record_key_finer", "finer"),
    comment="hashed keys of the records that are compared, for finding candidates",
    sqlite_with_rowid=False,
)

survey = Table(
    "survey",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("records", Integer, nullable=False, comment="how many public records were counted"),
    Column("body", LargeBinary, nullable=False, comment="JSON, zstd"),
    comment="how common words, titles, texts and dates are; frozen until the catalogue has doubled",
)

problem = Table(
    "problem",
    metadata,
    Column("run", Integer, nullable=False),
    Column("source", String(200), nullable=False),
    Column("record", BigInteger, comment="absent for problems of a page or of the run"),
    Column("local_id", Text, nullable=False),
    Column("severity", String(8), nullable=False),
    Column("code", String(64), nullable=False),
    Column("fault", String(8), nullable=False),
    Column("path", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("message", Text, nullable=False),
    Index("ix_problem_source_run", "source", "run"),
    Index("ix_problem_record", "record"),
    comment="defects, of the run that last read the record",
)

link = Table(
    "link",
    metadata,
    Column("a", BigInteger, primary_key=True),
    Column("b", BigInteger, primary_key=True),
    Column("bits", Float, nullable=False),
    Column("zone", String(8), nullable=False, comment="link | review | part: a is a part of b"),
    Column("public", SmallInteger, nullable=False, comment="whether both are"),
    Index("ix_link_b", "b"),
    comment="what speaks for one dataset behind two records (a < b) that no pointer ties",
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column(
        "verdict",
        String(12),
        nullable=False,
        comment="same | different | part (a of b) | origin (a alone) | undone",
    ),
    Column("source_a", String(200), nullable=False),
    Column("id_a", Text, nullable=False),
    Column("source_b", String(200), nullable=False),
    Column("id_b", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column(
        "pointers_a",
        Text,
        nullable=False,
        server_default="[]",
        comment="what the record pointed at then, JSON",
    ),
    Column(
        "pointers_b",
        Text,
        nullable=False,
        server_default="[]",
        comment="what the record pointed at then, JSON",
    ),
    Column(
        "follows",
        Integer,
        comment="the decision that this one repeats for a record whose id changed",
    ),
    Index("ix_decision_id_a", "id_a"),
    Index("ix_decision_id_b", "id_b"),
    comment="a human's word on a pair; append-only, the last word counts",
)

decision_pointer = Table(
    "decision_pointer",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("decision", Integer, primary_key=True),
    Column("end", String(1), primary_key=True, comment="a | b"),
    Index("ix_decision_pointer_decision", "decision"),
    comment="hashes of the pointers of a decision's ends, to find who has them now",
)

redirect = Table(
    "redirect",
    metadata,
    Column("old", String(36), primary_key=True),
    Column("new", String(36), nullable=False),
    Column("at", String(32), nullable=False),
    Index("ix_redirect_new", "new"),
    comment="clusters that were merged into another; for ever",
)

entry = Table(
    "entry",
    metadata,
    Column("cluster", String(36), primary_key=True),
    Column("audience", String(8), primary_key=True, comment="all | public | agents"),
    Column("version", BigInteger, nullable=False, comment="of the elected record"),
    Column("body", LargeBinary, comment="merged entry, JSON; absent where the elected says it all"),
    Column("provenance", Text, comment="field → record ids, JSON, where merged"),
    Column("origins", Text, nullable=False, comment="[[source, local id, url], …], JSON"),
    Column("level", SmallInteger, nullable=False, comment="0 commune … 4 State, 5 partner"),
    Column("coverage", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("search", Text, nullable=False, comment="folded words of title, keywords, publisher"),
    Column("digest", LargeBinary, nullable=False, comment="hash of what is published of it"),
    Column("issued", String(32), nullable=False),
    Column("modified", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False, comment="the change that made it"),
    Column("listing", BigInteger, comment="the views that list it; absent until they are computed"),
    Index("ix_entry_listing", "listing", "audience", "cluster"),
    comment="what the catalogue says of a cluster, by audience",
)

listing = Table(
    "listing",
    metadata,
    Column("view", String(100), primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("how", String(8), nullable=False, comment="whole | slice"),
    Column(
        "level",
        String(12),
        nullable=False,
        comment="of the territory through which the view sees it: commune … etat, elsewhere",
    ),
    Column("place", Integer, nullable=False, comment="the nearest first, then the surest"),
    Column("reason", Text, nullable=False),
    Index("ix_listing_id", "id"),
    comment="the views that list entries of one coverage, and why: entries share them, see entry.listing",
    sqlite_with_rowid=False,
)

slice_ = Table(
    "slice",
    metadata,
    Column("parent", String(36), primary_key=True),
    Column(
        "territory",
        String(40),
        primary_key=True,
        comment="a commune; empty: what the parent offers",
    ),
    Column("id", String(36), comment="cluster id of the slice's own entry"),
    Column(
        "state",
        String(12),
        nullable=False,
        comment="shown | none | failing | withdrawn; of a parent surveyed | none | failing",
    ),
    Column("code", String(32), nullable=False, comment="why it is not shown, stable"),
    Column("told", Text, nullable=False, comment="the same in French"),
    Column("parts", Text, nullable=False, comment="what was proved, table by table, JSON"),
    Column("rows", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("proved", String(32), comment="when the portal last proved it"),
    Column("checked", String(32), nullable=False),
    Column("due", String(32), nullable=False),
    Column("failures", SmallInteger, nullable=False, comment="in a row, since it last answered"),
    Column("seen", LargeBinary, comment="of a parent: digest of its entry when it was looked at"),
    Column("basis", LargeBinary, comment="of a parent: hash of its addresses and of our rules"),
    Index("ix_slice_id", "id"),
    comment="a commune's rows of a larger dataset: what was proved, or why there is nothing",
)
membership = table(
    "membership",
    *(column(name) for name in ("view", "cluster", "audience", "how", "level", "place", "reason")),
)
"""Which entries a view shows, and why: a view of the database over `listing` and `entry`, for questions about one entry."""

view_state = Table(
    "view_state",
    metadata,
    Column("view", String(100), primary_key=True),
    Column("audience", String(8), primary_key=True, comment="public | agents"),
    Column("seq", BigInteger, nullable=False),
    Column("modified", String(32), nullable=False),
    Column("count", Integer, nullable=False),
    comment="the last change each view saw: what its ETag is made of",
)

fragment = Table(
    "fragment",
    metadata,
    Column("cluster", String(36), primary_key=True),
    Column("audience", String(8), primary_key=True),
    Column("format", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    comment="an entry rendered in one format, once per change",
)

change = Table(
    "change",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("run", Integer),
    Column(
        "kind",
        String(10),
        nullable=False,
        comment="created | updated | deleted | restored | merged | split | views",
    ),
    Column("cluster", String(36), nullable=False),
    Column("audience", String(8), nullable=False),
    Column("other", String(36), comment="the survivor of a merge, the origin of a split"),
    Index("ix_change_cluster", "cluster"),
    comment="the append-only journal of what readers could see",
)

token = Table(
    "token",
    metadata,
    Column("id", String(16), primary_key=True, comment="the part of the token that is no secret"),
    Column("opens", String(9), nullable=False, comment="catalogue | review"),
    Column("view", String(100), nullable=False, comment="'': the whole territory, its cities too"),
    Column("label", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the whole token"),
    Column("created", String(32), nullable=False),
    Column("expires", String(32)),
    Column("revoked", String(32)),
    Column("used", String(32), comment="when it last opened something, to the nearest minutes"),
    comment="what opens the agents' catalogue of a view, or the pages of review",
)
