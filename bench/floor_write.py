"""The floor, second half: the same datasets written as raw rows, with nothing in between.

Two rows a dataset, as any harvester that keeps its records has to write them: the record as found (unique
IRI, 16 bytes of hash, JSON) and what was made of it (JSON). SQLite by `executemany` in WAL mode; PostgreSQL
by COPY, where the CPU of its server counts too (see `server_cpu`).
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from bench.catalogue import PER_PAGE
from bench.measure import Task

Row = tuple[int, str, bytes, bytes]


def rows(pages: str) -> Iterator[Row]:
    """Rows to write, made beforehand."""
    with (Path(pages) / "rows.jsonl").open("rb") as lines:
        for number, line in enumerate(lines):
            fingerprint = blake2b(line, digest_size=16).digest()
            # In no order of IRI, as they come in the wild.
            yield number, f"https://donnees.exemple.fr/jeux/{fingerprint.hex()}", fingerprint, line


def batches(pages: str) -> Iterator[list[Row]]:
    """A page's rows at a time."""
    every = rows(pages)
    while batch := list(itertools.islice(every, PER_PAGE)):
        yield batch


def prepare(pages: str, database: str) -> Task:
    """Write the rows of `pages` to `database`: a SQLite file, or a `postgresql:` URL."""
    return _postgresql(pages, database) if ":" in database else _sqlite(pages, database)


def _sqlite(pages: str, path: str) -> Task:
    def task() -> dict[str, float]:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE record (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, hash BLOB, raw BLOB)"
        )
        connection.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB)")
        for batch in batches(pages):
            with connection:
                connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", batch)
                connection.executemany(
                    "INSERT INTO entry VALUES (?, ?)", [(row[0], row[3]) for row in batch]
                )
        connection.close()
        return {}

    return task


def _postgresql(pages: str, url: str) -> Task:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS record, entry")
        connection.execute(
            "CREATE TABLE record (id int4 PRIMARY KEY, iri text UNIQUE, hash bytea, raw bytea)"
        )
        connection.execute("CREATE TABLE entry (id int4 PRIMARY KEY, body bytea)")
    server = postmaster(url)

    def task() -> dict[str, float]:
        before = server_cpu(server)
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            for batch in batches(pages):
                with cursor.copy("COPY record FROM STDIN WITH (FORMAT BINARY)") as copy:
                    copy.set_types(["int4", "text", "bytea", "bytea"])
                    for row in batch:
                        copy.write_row(row)
                with cursor.copy("COPY entry FROM STDIN WITH (FORMAT BINARY)") as copy:
                    copy.set_types(["int4", "bytea"])
                    for row in batch:
                        copy.write_row((row[0], row[3]))
                connection.commit()
            after = server_cpu(server)
        return {"server_cpu": after - before}

    return task


def postmaster(url: str) -> int:
    """The process id of the PostgreSQL server behind a URL, on this machine."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        shown = connection.execute("SHOW data_directory").fetchone()
    assert shown is not None
    return int((Path(shown[0]) / "postmaster.pid").read_text().splitlines()[0])


def server_cpu(postmaster: int) -> float:
    """Seconds of CPU that a PostgreSQL server and its processes, gone and present, have used."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat.parent.name == str(postmaster):
            total += sum(map(int, fields[11:15]))
        elif fields[1] == str(postmaster):
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")
