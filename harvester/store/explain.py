"""Everything that is known of one entry: why it is there, and why it says what it says."""

from __future__ import annotations

from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, RowMapping, select

from harvester.store import decisions
from harvester.store import tables as t


def explain(connection: Connection, name: str) -> dict[str, Any] | None:
    """Members (with `raw`, the record as its source gives it), decisions, provenance, views, problems, history; None when unknown.

    `name` is a published id (also one that was merged away) or `source/local id`.
    """
    cluster = _cluster(connection, name)
    if cluster is None:
        return None
    members = [
        _plain(row)
        for row in connection.execute(
            select(
                t.record.c.id,
                t.record.c.source,
                t.record.c.local_id,
                t.record.c.state,
                t.record.c.first_seen,
                t.record.c.changed,
                t.version.c.access,
                t.version.c.title,
                t.version.c.url,
                t.version.c.coverage,
                t.version.c.raw,
            )
            .join(t.version, t.version.c.id == t.record.c.version)
            .where(t.record.c.cluster == cluster)
            .order_by(t.record.c.id)
        ).mappings()
    ]
    decompress = zstandard.ZstdDecompressor().decompress
    ids = [member["id"] for member in members]
    names = {member["id"]: f"{member['source']}/{member['local_id']}" for member in members}
    entries = (
        connection.execute(select(t.entry).where(t.entry.c.cluster == cluster)).mappings().all()
    )
    provenance = {
        field: [names.get(record, str(record)) for record in origin]
        for entry in entries
        if entry["provenance"]
        for field, origin in orjson.loads(entry["provenance"]).items()
    }
    return {
        "cluster": cluster,
        "members": [
            {
                **member,
                "coverage": orjson.loads(member["coverage"]),
                "raw": orjson.loads(decompress(member["raw"])),
            }
            for member in members
        ],
        "decisions": _decisions(connection, ids),
        "entries": [
            {
                "audience": entry["audience"],
                "title": entry["title"],
                "issued": entry["issued"],
                "modified": entry["modified"],
                "coverage": orjson.loads(entry["coverage"]),
            }
            for entry in entries
        ],
        "provenance": provenance,
        "views": [
            _plain(row)
            for row in connection.execute(
                select(t.membership).where(t.membership.c.cluster == cluster)
            ).mappings()
        ],
        "problems": [
            _plain(row)
            for row in connection.execute(
                select(t.problem).where(t.problem.c.record.in_(ids))
            ).mappings()
        ],
        "changes": [
            _plain(row)
            for row in connection.execute(
                select(t.change).where(t.change.c.cluster == cluster).order_by(t.change.c.seq)
            ).mappings()
        ],
    }


def _decisions(connection: Connection, records: list[int]) -> list[dict[str, Any]]:
    """What people said of some records, in the order they said it; `follows`: repeated for a record with a new id."""
    log = decisions.connected(connection, records)
    return [
        {
            "at": decision.at,
            "by": decision.by,
            "verdict": decision.verdict,
            "a": "/".join(decision.a),
            "b": "/".join(decision.b) if decision.b != decisions.NOBODY else None,
            "note": decision.note,
            "follows": decision.follows,
        }
        for decision, a, b in decisions.iterate(log)
        if any(found is not None and found.record in records for found in (a, b))
    ]


def _plain(row: RowMapping) -> dict[str, Any]:
    """With names that are nothing but text: JSON asks for that."""
    return {str(name): value for name, value in row.items()}


def _cluster(connection: Connection, name: str) -> str | None:
    known = connection.execute(
        select(t.record.c.cluster).where(t.record.c.cluster == name).limit(1)
    ).scalar()
    if known is None:
        known = connection.execute(
            select(t.redirect.c.new).where(t.redirect.c.old == name)
        ).scalar()
    if known is None:
        source, _, local_id = name.partition("/")
        known = connection.execute(
            select(t.record.c.cluster).where(
                t.record.c.source == source, t.record.c.local_id == local_id
            )
        ).scalar()
    return str(known) if known is not None else None
