"""Real server software on loopback: its own virtual environment, a process, and the end of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest

REQUIREMENTS = Path(__file__).with_name("requirements")
VARIABLE = "HARVESTER_TEST_PEERS"
INSTALLING = 900
STARTING = 90


def environment(name: str) -> Path:
    """The Python of a peer's own environment, which is made when it is first asked for and kept.

    It holds exactly what `requirements/<name>.txt` names; another list makes another environment.
    """
    wanted = REQUIREMENTS / f"{name}.txt"
    identity = f"{sys.version_info[:2]}\n".encode() + wanted.read_bytes()
    folder = Path(os.environ[VARIABLE]).absolute()
    home = folder / f"{name}-{hashlib.sha256(identity).hexdigest()[:12]}"
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", wanted]
    command("installing", install, **os.environ)  # pip is told where packages are by variables too
    (home / "ready").touch()
    return python


def packages(python: Path) -> Path:
    """Where an environment keeps its packages."""
    [found] = python.parents[1].glob("lib/python*/site-packages")
    return found


def command(
    doing: str, line: Sequence[str | Path], given: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a peer's command to its end; the test fails with its last words where it does."""
    done = subprocess.run(
        [str(part) for part in line],
        input=given,
        capture_output=True,
        text=True,
        env=_environ(more),
        timeout=INSTALLING,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{doing} failed: {' '.join(map(str, line))}\n{done.stderr[-2000:]}")
    return done


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


Ready = Callable[[], bool]


def answers(url: str) -> Ready:
    """Whether a URL answers with success."""

    def ready() -> bool:
        try:
            with urlopen(url, timeout=5):
                return True
        except OSError:
            return False

    return ready


def listens(port: int) -> Ready:
    """Whether somebody listens on a port of 127.0.0.1."""

    def ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return True
        except OSError:
            return False

    return ready


@contextlib.contextmanager
def serving(line: Sequence[str | Path], ready: Ready, log: Path, **more: str) -> Iterator[None]:
    """A server process that is ready, ended when the block is left."""
    words = [str(part) for part in line]
    if shutil.which("setpriv"):  # it goes with the session, also when that is killed
        words = ["setpriv", "--pdeathsig", "KILL", "--", *words]
    with log.open("ab") as output:
        process = subprocess.Popen(
            words,
            cwd=log.parent,
            env=_environ(more),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + STARTING
        while not ready():
            if time.monotonic() > end or process.poll() is not None:
                pytest.fail(
                    f"not ready: {' '.join(words)}\n{log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environ(more: Mapping[str, str]) -> dict[str, str]:
    """The peer's own surroundings: of ours only where programs are."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
        **more,
    }
