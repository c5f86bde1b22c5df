"""PostgreSQL for tests: a server for the session, and a fresh database for each test that asks for one.

`HARVESTER_TEST_POSTGRESQL_URL` names a server to use (a role that may create databases); otherwise the
session starts a cluster of its own from the system's binaries, on a socket in a temporary directory, and
throws it away. Where neither is possible the tests are skipped with the reason, unless
`HARVESTER_TEST_POSTGRESQL=require`, as in CI: then they fail.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url


class Unavailable(Exception):
    """There is no PostgreSQL to test with; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose role may create databases. URLs are SQLAlchemy's, for psycopg 3."""

    admin: URL

    def create(self, template: str = "template0") -> str:
        """Make a database copied from `template`; its URL."""
        name = f"harvester_{uuid.uuid4().hex[:16]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.admin.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database, closing the connections a test left open."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        url = self.admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


def _binaries() -> Path:
    """Where initdb and postgres are; Debian keeps them off the path, one folder per version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not versions:
        raise Unavailable("no HARVESTER_TEST_POSTGRESQL_URL, and initdb is not installed")
    return max(versions, key=lambda bin_: float(bin_.parent.name))


def _account() -> str | None:
    """The unprivileged account to run the server as where we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise Unavailable("root cannot run PostgreSQL, and there is no account `postgres` or `nobody`")


@contextlib.contextmanager
def cluster() -> Iterator[Server]:
    """A cluster of our own, durable in nothing: it lives as long as the session."""
    binaries, account = _binaries(), _account()
    # Not pytest's tmp_path: a socket's path must stay under 108 characters.
    home = Path(tempfile.mkdtemp(prefix="harvester-pg-"))
    data = home / "data"
    if account is not None:
        shutil.chown(home, account)
    home.chmod(0o755)
    # LC_ALL of the session may name a locale that is not installed.
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}

    def as_account(*command: str | Path) -> subprocess.Popen[bytes]:
        line = [str(part) for part in command]
        # The server goes with the session, also when that is killed.
        if shutil.which("setpriv"):
            line = ["setpriv", "--pdeathsig", "INT", "--", *line]
        with (home / "log").open("ab") as log:
            return subprocess.Popen(
                line,
                cwd=home,
                env=environment,
                user=account,
                group=pwd.getpwnam(account).pw_gid if account else None,
                extra_groups=[] if account else None,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    try:
        made = as_account(
            binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"
        )
        if made.wait() != 0:
            raise Unavailable(f"initdb failed: {(home / 'log').read_text()[-400:]}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(home),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "100",
        }
        server = as_account(
            binaries / "postgres",
            "-D",
            data,
            *(f"--{name}={value}" for name, value in settings.items()),
        )
        try:
            admin = URL.create(
                "postgresql+psycopg", "postgres", database="postgres", query={"host": str(home)}
            )
            _await(admin, server, home / "log")
            yield Server(admin)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _await(admin: URL, server: subprocess.Popen[bytes], log: Path) -> None:
    url = admin.set(drivername="postgresql").render_as_string(hide_password=False)
    for _ in range(300):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=5).close()
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise Unavailable(f"PostgreSQL did not start: {log.read_text()[-400:]}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The session's server; skips, or fails under `require`, where there is none."""
    given = os.environ.get("HARVESTER_TEST_POSTGRESQL_URL")
    with contextlib.ExitStack() as stack:
        try:
            if given:
                server = Server(make_url(given).set(drivername="postgresql+psycopg"))
            else:
                server = stack.enter_context(cluster())
        except Unavailable as why:
            if os.environ.get("HARVESTER_TEST_POSTGRESQL") == "require":
                pytest.fail(f"PostgreSQL is required: {why}")
            pytest.skip(f"PostgreSQL: {why}")
        yield server


@pytest.fixture
def postgresql_database(postgresql: Server) -> Iterator[Callable[[str], str]]:
    """Make databases for one test: `postgresql_database(template)` gives the URL of a fresh one."""
    made: list[str] = []

    def create(template: str = "template0") -> str:
        made.append(postgresql.create(template))
        return made[-1]

    yield create
    for url in made:
        postgresql.drop(url)


@pytest.fixture
def postgresql_url(postgresql_database: Callable[..., str]) -> str:
    """The URL of an empty PostgreSQL database that only this test sees."""
    return postgresql_database()
