"""Rows out of files, by DuckDB: kept as Parquet, counted for a proof, written for who asks.

DuckDB is an extra (`pip install harvester[extracts]`) and is imported here alone, when it is needed. It is confined: it reads and
writes in the folder of the kept files only, loads no extension, reaches no network, has one thread, some memory and some seconds.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import orjson

from harvester.errors import ConfigurationError, SourceRefused, TryLater
from harvester.http import Response
from harvester.parse.outline import Part, items, outline
from harvester.parse.workbook import workbook
from harvester.view.slices.values import Column, Condition, Counted, Endpoint, Table, Type

SAMPLE = 50
MEMORY = "1GB"
GEOMETRY, FEATURE = "geometry", "feature_"
"""Columns of a GeoJSON besides its properties."""
_MOST_PROPERTIES = 500
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads kept files of one folder, for so many seconds at most."""

    folder: Path
    seconds: float

    def keep(self, answer: Response, form: str, to: Path) -> None:
        """Write what a portal answered as a table; raises SourceRefused for what cannot be read, TryLater where it takes too long."""
        raw, made = (self.folder / f"{uuid4().hex}.part" for _ in range(2))
        try:
            with raw.open("wb") as file:
                names = plain(answer.content, form, answer.charset, file)
            with self._opened() as connection:
                connection.execute(f"COPY ({_read(raw, form, names)}) TO '{made}' (FORMAT parquet)")
            made.replace(to)
        finally:
            raw.unlink(missing_ok=True)
            made.unlink(missing_ok=True)

    def survey(self, path: Path, endpoint: Endpoint) -> Table:
        """Columns with samples, and the count of all rows."""
        with self._opened() as connection:
            names = _view(connection, path)
            total = int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])
            some = connection.execute(f"SELECT * FROM rows LIMIT {SAMPLE}").fetchall()  # noqa: S608
            columns = tuple(
                Column(name, kind, samples=tuple(row[at] for row in some))
                for at, (name, kind) in enumerate(names)
                if (name, endpoint.layer) not in ((GEOMETRY, "geojson"), (FEATURE, "geojson"))
            )
        return Table(endpoint, columns, total)

    def count(self, path: Path, condition: Condition) -> Counted:
        """How many rows a condition leaves, and some of them."""
        with self._opened() as connection:
            _view(connection, path)
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
                _view(connection, path)
                where, values = _where(condition)
                chosen = "*"
                if form == "geojson":
                    chosen = FEATURE if suffix == "geojson" else f"* EXCLUDE ({FEATURE})"
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


def _view(connection: Any, path: Path) -> list[tuple[str, Type]]:
    """Make `rows` of a kept file; its columns."""
    connection.execute(f"CREATE TEMP VIEW rows AS SELECT * FROM read_parquet('{_literal(path)}')")  # noqa: S608
    described = connection.execute("DESCRIBE rows").fetchall()
    return [(str(row[0]), _TYPES.get(str(row[1]), "other")) for row in described]


def _read(raw: Path, form: str, names: list[str]) -> str:
    """A query for a file's rows. Text stays text: codes keep their zeros."""
    path = _literal(raw)
    if form == "parquet":
        return f"SELECT * FROM read_parquet('{path}')"  # noqa: S608
    if form != "geojson":
        return (
            f"SELECT * FROM read_csv('{path}', all_varchar = true, header = true, sample_size = -1)"  # noqa: S608
        )
    parts = [f"json->'properties'->>'{_literal(name)}' AS {_quoted(name)}" for name in names]
    parts += [f"(json->'geometry')::VARCHAR AS {GEOMETRY}", f"json::VARCHAR AS {FEATURE}"]
    largest = max(_BUFFER, raw.stat().st_size // 4)
    return f"SELECT {', '.join(parts)} FROM read_ndjson_objects('{path}', maximum_object_size = {largest})"  # noqa: S608


def plain(content: bytes, form: str, charset: str, file: IO[bytes]) -> list[str]:
    """Write a file as DuckDB reads it: tables in UTF-8, the first visible sheet of a workbook as a table, a feature a line.

    Returns the properties that features have. Raises SourceRefused for what is none of its form.
    """
    if form == "csv":
        file.write(_text(content, charset).encode())
    elif form == "xlsx":
        _, rows, _ = workbook(content, "")
        text = io.TextIOWrapper(file, "utf-8", newline="")
        csv.writer(text).writerows(row for _, row in rows() if any(row))
        text.detach()  # flushes, and leaves the file open
    elif form == "geojson":
        return _lines(content, file)
    else:
        file.write(content)
    return []


def _lines(content: bytes, file: IO[bytes]) -> list[str]:
    names: dict[str, None] = {}
    try:
        content = content.removeprefix(b"\xef\xbb\xbf")
        whole = outline(content)
        listed = whole.get("features") if isinstance(whole, dict) else None
        if not isinstance(listed, Part):
            raise ValueError("no features")
        for each in items(content, listed):
            feature = orjson.loads(content[each.start : each.end])
            properties = feature.get("properties")
            names |= dict.fromkeys(properties if isinstance(properties, dict) else ())
            file.write(orjson.dumps(feature) + b"\n")
    except (ValueError, AttributeError) as error:
        raise SourceRefused(f"the file is no GeoJSON: {error}") from None
    own = {GEOMETRY, FEATURE}
    known = [name for name in names if name and name[0] not in "$/" and name.lower() not in own]
    return known[:_MOST_PROPERTIES]


def _text(content: bytes, charset: str) -> str:
    for name in ("utf-8-sig", charset or "cp1252", "cp1252"):
        with suppress(UnicodeDecodeError, LookupError):
            return content.decode(name)
    return content.decode("latin-1")


def _collection(connection: Any, to: Path) -> None:
    """The features that are left, as they stood in the file."""
    with to.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        found = connection.execute(f"SELECT {FEATURE} FROM hits")  # noqa: S608
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
