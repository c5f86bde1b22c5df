"""Rows out of files, by DuckDB: counted for a proof, written for who asks.

DuckDB is an extra (`pip install harvester[extracts]`) and is imported here alone, when it is needed. It is confined: it reads and
writes in the folder of the kept files only, loads no extension, reaches no network, has one thread, some memory and some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from harvester.errors import ConfigurationError, SourceRefused, TryLater
from harvester.view.slices.values import Column, Condition, Counted, Endpoint, Table, Type

SAMPLE = 50
MEMORY = "1GB"
_BUFFER = 16 * 1024 * 1024
_TYPES: dict[str, Type] = {
    "VARCHAR": "text",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "UINTEGER": "integer",
    "DOUBLE": "number",
    "FLOAT": "number",
}


def available() -> bool:
    """Whether DuckDB is installed."""
    try:
        import duckdb  # noqa: F401
    except ImportError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads kept files of one folder, for so many seconds at most."""

    folder: Path
    seconds: float

    def survey(self, path: Path, endpoint: Endpoint) -> Table:
        """Columns with samples, and the count of all rows. Raises SourceRefused for what cannot be read, TryLater where it takes too long."""
        with self._opened() as connection:
            names = self._view(connection, path, endpoint.layer)
            total = int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])
            some = connection.execute(f"SELECT * FROM rows LIMIT {SAMPLE}").fetchall()  # noqa: S608
            columns = tuple(
                Column(name, kind, samples=tuple(row[at] for row in some))
                for at, (name, kind) in enumerate(names)
            )
        return Table(endpoint, columns, total)

    def count(self, path: Path, table: Table, condition: Condition) -> Counted:
        """How many rows a condition leaves, and some of them."""
        with self._opened() as connection:
            self._view(connection, path, table.endpoint.layer)
            where, values = _where(condition)
            rows = connection.execute(f"SELECT count(*) FROM rows WHERE {where}", values)  # noqa: S608
            found = int(rows.fetchone()[0])
            column = _quoted(condition.column)
            some = connection.execute(
                f"SELECT {column} FROM rows WHERE {where} LIMIT 10",  # noqa: S608
                values,
            ).fetchall()
        return Counted(found, "", tuple({condition.column: row[0]} for row in some))

    def write(self, path: Path, form: str, condition: Condition, suffix: str, to: Path) -> None:
        """Write the rows of a condition; `to` stands in the folder and is whole, or not there."""
        temporary = self.folder / f"{uuid4().hex}.part"
        try:
            with self._opened() as connection:
                self._view(connection, path, form)
                where, values = _where(condition)
                chosen = (
                    "f" if suffix == "geojson" else "* EXCLUDE (f)" if form == "geojson" else "*"
                )
                connection.execute(
                    f"CREATE TEMP TABLE hits AS SELECT {chosen} FROM rows WHERE {where}",  # noqa: S608
                    values,
                )
                if suffix == "geojson":
                    _collection(connection, temporary)
                else:
                    how = "FORMAT csv, HEADER" if suffix == "csv" else "FORMAT parquet"
                    connection.execute(f"COPY hits TO '{temporary}' ({how})")
            temporary.replace(to)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            import duckdb
        except ImportError:
            raise ConfigurationError(
                "[slices] extracts: DuckDB is not installed: pip install 'harvester[extracts]'"
            ) from None
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "threads": "1",
                "memory_limit": MEMORY,
                "temp_directory": "",
            },
        )
        clock = threading.Timer(self.seconds, connection.interrupt)
        try:
            connection.execute(f"SET allowed_directories = ['{_literal(self.folder)}/']")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            clock.start()
            yield connection
        except duckdb.InterruptException as error:
            raise TryLater(
                f"the file takes longer than {self.seconds:g} seconds ([slices] extract_seconds)"
            ) from error
        except duckdb.Error as error:
            raise SourceRefused(f"the file cannot be read: {str(error)[:300]}") from error
        finally:
            clock.cancel()
            connection.close()

    def _view(self, connection: Any, path: Path, form: str) -> list[tuple[str, Type]]:
        """Make `rows` of a file; its columns. Text stays text: codes keep their zeros."""
        if form == "geojson":
            return _features(connection, path)
        read = (
            f"read_parquet('{_literal(path)}')"
            if form == "parquet"
            else f"read_csv('{_literal(path)}', all_varchar = true, header = true, sample_size = -1)"
        )
        connection.execute(f"CREATE TEMP VIEW rows AS SELECT * FROM {read}")  # noqa: S608
        described = connection.execute("DESCRIBE rows").fetchall()
        return [(str(row[0]), _TYPES.get(str(row[1]), "other")) for row in described]


def _features(connection: Any, path: Path) -> list[tuple[str, Type]]:
    """`rows` of a GeoJSON: its properties as text, the geometry, and the whole feature as `f`."""
    connection.execute(
        "CREATE TEMP TABLE features AS SELECT unnest(features) AS f FROM "  # noqa: S608
        f"read_json('{_literal(path)}', columns = {{'features': 'JSON[]'}}, format = 'unstructured', "
        f"records = true, maximum_object_size = {max(_BUFFER, path.stat().st_size + 1)})"
    )
    keys = connection.execute(
        "SELECT DISTINCT unnest(json_keys(f, '$.properties')) FROM features ORDER BY 1"
    ).fetchall()
    names = [
        str(key) for (key,) in keys if key and key[0] not in "$/" and key not in ("f", "geometry")
    ]
    parts = [f"f->'properties'->>'{_literal(name)}' AS {_quoted(name)}" for name in names]
    parts += ["(f->'geometry')::VARCHAR AS geometry", "f"]
    connection.execute(f"CREATE TEMP VIEW rows AS SELECT {', '.join(parts)} FROM features")  # noqa: S608
    return [*((name, "text") for name in names), ("geometry", "other"), ("f", "other")]


def _collection(connection: Any, to: Path) -> None:
    """The features that are left, as they stood in the file."""
    with to.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        found = connection.execute("SELECT f FROM hits")
        between = ""
        while some := found.fetchmany(1000):
            for (feature,) in some:
                file.write(f"{between}{feature}")
                between = ",\n"
        file.write("]}")


def _where(condition: Condition) -> tuple[str, list[Any]]:
    column = _quoted(condition.column)
    places = ", ".join("?" for _ in condition.values)
    if condition.type == "text":
        return f"trim({column}::VARCHAR) IN ({places})", [str(value) for value in condition.values]
    return f"TRY_CAST({column} AS BIGINT) IN ({places})", list(condition.values)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: object) -> str:
    return str(text).replace("'", "''")
