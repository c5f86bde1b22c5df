"""When slices are proved: beside the runs, one pass at a time, in the process that leads."""

from __future__ import annotations

import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from harvester.config import Config
from harvester.schedule import trigger

PROOFS = "slices:"
"""The job's name, which no source can have."""

Prove = Callable[[Config, threading.Event], None]


class Proofs:
    """The job that proves. `running` is told while a pass is under way; `stop` asks one to end soon."""

    def __init__(
        self,
        scheduler: BackgroundScheduler,
        prove: Prove,
        config: Callable[[], Config],
        running: MutableMapping[str, float],
        stop: threading.Event,
    ) -> None:
        self._scheduler = scheduler
        self._prove = prove
        self._config = config
        self._running = running
        self._stop = stop
        self._text = ""

    def schedule(self, config: Config, *, leads: bool) -> None:
        """Make the job that of the configuration; an unchanged one keeps its next time."""
        wanted = config.slices.schedule if leads and config.slices.enabled else ""
        if wanted == self._text:
            return
        self._text = wanted
        if not wanted:
            with suppress(JobLookupError):
                self._scheduler.remove_job(PROOFS)
            return
        self._scheduler.add_job(
            self.run,
            trigger(wanted, PROOFS, jitter=60),
            id=PROOFS,
            name=PROOFS,
            executor=PROOFS,
            replace_existing=True,
        )

    def run(self) -> None:
        """One pass; whatever goes wrong with it is logged, and the next one comes."""
        self._running[PROOFS] = 0.0
        try:
            if not self._stop.is_set():
                self._prove(self._config(), self._stop)
        except Exception:
            structlog.get_logger().exception("slices_crashed")
        finally:
            del self._running[PROOFS]
