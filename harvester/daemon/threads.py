"""Where runs happen: threads that cannot keep the process from ending."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job


class Threads(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """A daemon thread per run, so many at once: a run that hangs cannot keep the process from ending."""

    def __init__(self, at_once: int) -> None:
        super().__init__()
        self._places = threading.Semaphore(at_once)

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        threading.Thread(
            target=self._work, args=(job, run_times), name=f"run {job.id}", daemon=True
        ).start()

    def _work(self, job: Any, run_times: list[datetime]) -> None:
        with self._places:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        self._run_job_success(job.id, events)
