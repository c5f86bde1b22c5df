"""Runs and their leases: one run per source, and none that outlives its process."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, text, update

from harvester.model import Problem
from harvester.store import problems as problem_rows
from harvester.store import tables as t
from harvester.store.engine import Store, now

LEASE = 120.0
"""Seconds without heartbeat after which a run on another machine counts as dead."""


def begin(store: Store, source: str) -> int | None:
    """Take the source's lease and return the new run's id; None while another run holds it.

    What a dead run left behind is swept away first.
    """
    with store.write() as connection:
        if not store.sqlite:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(7306, hashtext(:source))"), {"source": source}
            )
        running = connection.execute(
            select(t.run.c.id, t.run.c.owner, t.run.c.heartbeat).where(
                t.run.c.source == source, t.run.c.state == "running"
            )
        ).all()
        for run_id, owner, heartbeat in running:
            if _alive(owner, heartbeat):
                return None
            _sweep(connection, run_id)
        result = connection.execute(
            insert(t.run).values(
                source=source, started=now(), state="running", owner=_owner(), heartbeat=time.time()
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]


def beat(store: Store, run_id: int) -> None:
    """Say that the run lives."""
    with store.write() as connection:
        connection.execute(update(t.run).where(t.run.c.id == run_id).values(heartbeat=time.time()))


def still_ours(connection: Connection, run_id: int) -> bool:
    """Whether the lease was not taken over meanwhile (the process slept, the network was cut)."""
    state = connection.execute(select(t.run.c.state).where(t.run.c.id == run_id)).scalar()
    return bool(state == "running")


def end(
    connection: Connection,
    run_id: int,
    outcome: str,
    counts: dict[str, Any],
    message: str,
    *,
    harvested: bool = True,
) -> str:
    """Close the run, in the transaction that makes its outcome visible; its source's id."""
    at = now()
    source = connection.execute(
        update(t.run)
        .where(t.run.c.id == run_id)
        .values(
            ended=at,
            state="ended",
            outcome=outcome,
            counts=orjson.dumps(counts).decode(),
            message=message,
        )
        .returning(t.run.c.source)
    ).scalar_one()
    ensure_source(connection, source)
    values: dict[str, Any] = {"last_run": run_id}
    if outcome == "success" and harvested:
        values["last_success"] = at
    connection.execute(update(t.source).where(t.source.c.id == source).values(values))
    return str(source)


def abandon(
    store: Store, run_id: int, outcome: str, message: str, problems: Iterable[tuple[str, Problem]]
) -> None:
    """End a run that changes nothing; what it had written is removed, its problems are told.

    A run that has ended already has made its outcome visible: then nothing is left to abandon.
    """
    with store.write() as connection:
        if not still_ours(connection, run_id):
            return
        _sweep(connection, run_id)
        source = end(connection, run_id, outcome, {}, message)
        problem_rows.forget_pages(connection, source, run_id, None)
        problem_rows.note(connection, run_id, source, ((None, url, p) for url, p in problems))


def ensure_source(connection: Connection, source: str) -> None:
    """Make sure that the source has its row."""
    known = connection.execute(select(t.source.c.id).where(t.source.c.id == source)).scalar()
    if known is None:
        connection.execute(insert(t.source).values(id=source))


def source_row(connection: Connection, source: str) -> dict[str, Any]:
    """Recipe, flag and last success of a source; empty when it never ran."""
    row = connection.execute(select(t.source).where(t.source.c.id == source)).mappings().first()
    return dict(row) if row else {}


def set_source(connection: Connection, source: str, **values: object) -> None:
    """Note something about a source."""
    connection.execute(update(t.source).where(t.source.c.id == source).values(**values))


def last_runs(connection: Connection) -> list[dict[str, Any]]:
    """The newest ended run of every source, with the source's flag and last success."""
    newest = (
        select(func.max(t.run.c.id))
        .where(t.run.c.state != "running")
        .group_by(t.run.c.source)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(t.run, t.source.c.flag, t.source.c.last_success)
        .outerjoin(t.source, t.source.c.id == t.run.c.source)
        .where(t.run.c.id.in_(newest))
        .order_by(t.run.c.source)
    ).mappings()
    return [
        {
            **row,
            "counts": orjson.loads(row["counts"] or "{}"),
            "flag": orjson.loads(row["flag"]) if row["flag"] else None,
        }
        for row in rows
    ]


def _sweep(connection: Connection, run_id: int) -> None:
    low, high = run_id << 32, (run_id + 1) << 32
    connection.execute(delete(t.profile).where(t.profile.c.version.between(low, high - 1)))
    connection.execute(delete(t.version).where(t.version.c.id.between(low, high - 1)))
    connection.execute(delete(t.problem).where(t.problem.c.run == run_id))
    connection.execute(
        update(t.run)
        .where(t.run.c.id == run_id)
        .values(state="interrupted", outcome="interrupted", ended=now())
    )


def _alive(owner: str, heartbeat: float) -> bool:
    theirs, ours = orjson.loads(owner), orjson.loads(_owner())
    if theirs["host"] == ours["host"]:
        return bool(
            theirs["boot"] == ours["boot"] and _process_start(theirs["pid"]) == theirs["start"]
        )
    return time.time() - heartbeat < LEASE


def _owner() -> str:
    pid = os.getpid()
    return orjson.dumps(
        {"host": socket.gethostname(), "boot": _boot(), "pid": pid, "start": _process_start(pid)}
    ).decode()


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _process_start(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except OSError:
        return ""
    else:
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    try:  # no /proc on this system: the process is all there is to ask
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
