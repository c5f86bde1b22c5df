"""Everything that is known of one entry: why it is there, and why it says what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, RowMapping, select

from harvester.store import decisions
from harvester.store import tables as t


def explain(connection: Connection, name: str) -> dict[str, Any] | None:
    """Members, decisions, entries by audience, provenance, views, problems, history; None when unknown.

    `name` is a published id (also one that was merged away) or `source/local id`. Of a member, `raw` is the record as
    its source gives it, `entry` what was made of it. Provenance is that of `link.merge` with records by their names
    (`source/local id`), for every field: also of an entry that one record alone describes; at the top, that of the
    entry that shows most (agents').
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
                t.version.c.entry,
            )
            .join(t.version, t.version.c.id == t.record.c.version)
            .where(t.record.c.cluster == cluster)
            .order_by(t.record.c.id)
        ).mappings()
    ]
    decompress = zstandard.ZstdDecompressor().decompress
    ids = [member["id"] for member in members]
    names = {member["id"]: f"{member['source']}/{member['local_id']}" for member in members}
    entries = [
        _entry(row, names)
        for row in connection.execute(
            select(t.entry, t.version.c.record, t.version.c.entry)
            .join(t.version, t.version.c.id == t.entry.c.version)
            .where(t.entry.c.cluster == cluster)
            .order_by(t.entry.c.audience)
        ).mappings()
    ]
    return {
        "cluster": cluster,
        "members": [
            {
                **member,
                "coverage": orjson.loads(member["coverage"]),
                "raw": orjson.loads(decompress(member["raw"])),
                "entry": orjson.loads(member["entry"]) if member["entry"] else None,
            }
            for member in members
        ],
        "decisions": _decisions(connection, ids),
        "entries": entries,
        "provenance": entries[0]["provenance"] if entries else {},
        "views": [
            _plain(row)
            for row in connection.execute(
                select(t.membership)
                .where(t.membership.c.cluster == cluster)
                .order_by(t.membership.c.view, t.membership.c.audience)
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
                select(t.change, t.run.c.source)
                .outerjoin(t.run, t.run.c.id == t.change.c.run)
                .where(t.change.c.cluster == cluster)
                .order_by(t.change.c.seq)
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


def entries_of(
    connection: Connection, sources: Iterable[str], most: int = 200
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(source, entry) of the first records of some sources: enough to tell where a source is at home."""
    for source in sources:
        for (entry,) in connection.execute(
            select(t.version.c.entry)
            .join(t.record, t.record.c.version == t.version.c.id)
            .where(t.record.c.source == source, t.version.c.entry.is_not(None))
            .order_by(t.record.c.id)
            .limit(most)
        ):
            yield source, orjson.loads(entry)


def _entry(row: RowMapping, names: Mapping[int, str]) -> dict[str, Any]:
    """An audience's entry; the first by its audience's name shows most: agents', or everybody's, before the public's."""
    entry = orjson.loads(row["body"] or row["entry"])
    own = names.get(row["record"], str(row["record"]))
    provenance = (
        named(orjson.loads(row["provenance"]), names)
        if row["provenance"]
        else {
            field: {"rule": "elected", "records": [own]}
            for field, value in entry.items()
            if value and field != "kind"
        }
    )
    return {
        "audience": row["audience"],
        "record": own,
        "title": row["title"],
        "issued": row["issued"],
        "modified": row["modified"],
        "coverage": orjson.loads(row["coverage"]),
        "origins": orjson.loads(row["origins"]),
        "entry": entry,
        "provenance": provenance,
    }


def named(provenance: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """Provenance with names instead of the records' numbers."""

    def told(value: Any) -> Any:
        if isinstance(value, int):
            return names.get(value, str(value))
        if isinstance(value, list):
            return [told(item) for item in value]
        if isinstance(value, dict):
            return {
                key: inner
                if key == "rule"
                else _others(inner, names)
                if key == "others"
                else told(inner)
                for key, inner in value.items()
            }
        return value

    return {field: told(line) for field, line in provenance.items()}


def _others(others: list[Any], names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {"record": names.get(record, str(record)), "values": values} for record, values in others
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
