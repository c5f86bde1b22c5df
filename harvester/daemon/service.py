"""The service itself: see `harvester.daemon`."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import structlog
import watchfiles
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bound_contextvars

from harvester import log
from harvester.config import Config, Source
from harvester.daemon.listening import Asgi, Scope, Web, plain
from harvester.daemon.proofs import PROOFS, Proofs, Prove
from harvester.daemon.threads import Threads
from harvester.errors import ConfigurationError
from harvester.metrics import Metrics, RunFigures
from harvester.schedule import trigger

Command = Literal["reload", "stop", "ended", "died", "elected", "deposed"]

JITTER = 60
SPREAD = 5
"""Seconds between the starts of runs that are overdue together."""
RETRY = 3600
"""Seconds until a run that failed for passing reasons is repeated; twice as long each further time."""
ELECTION = 5.0
"""Seconds between questions who schedules."""
BUSY = 150
"""Seconds until a source that another process holds is tried again: more than the lease of one that died there."""
AGAIN = 30.0
"""Seconds until a reload that failed for other reasons than the files (the database is away) is tried again."""
LOOK = 2.0
"""Seconds between looks at the files, where the kernel tells nothing."""
_PASSING = frozenset(("failed", "partial"))
_RESTART = ("database", "web.host", "web.port", "web.metrics_port")
_WATCHED = (".toml", ".csv")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the daemon runs and serves.

    * `load` reads the configuration, or raises ConfigurationError.
    * `run` harvests one source, in a thread of its own, and tells its figures, or None where another process is at it; the
      event asks it to stop soon. Without a `run` this process only serves.
    * `lead` tells whether this process is the one that schedules, where there are several; it is asked again and again.
    * `app` and `service` are the public face and the one of `web.metrics_port`; they are made anew after a reload.
    * `overdue` picks the sources to run right after the start (never harvested, say).
    * `outdated` picks those to run right after a reload: other settings than today's made what readers see of them.
    * `prove` looks after slices, once: it is called by `[slices] schedule`, beside the runs.
    """

    load: Callable[[Path], Config]
    run: Callable[[Config, Source, threading.Event], RunFigures | None] | None
    app: Callable[[Config], Asgi]
    service: Callable[[Config], Asgi]
    metrics: Metrics
    overdue: Callable[[Config, Source], bool] = lambda _config, _source: False
    outdated: Callable[[Config, Source], bool] = lambda _config, _source: False
    lead: Callable[[], bool] | None = None
    prove: Prove | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for runs to finish, to stop when asked, and for the web's last answers."""

    finish: float = 5
    stop: float = 35
    web: float = 10


class Daemon:
    """A running service. `serve` drives it by signals; a test drives it by its methods."""

    def __init__(
        self, config_path: Path, parts: Parts, *, at_once: int = 2, watch: bool = True
    ) -> None:
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._path = config_path
        self._stamp = self._look()  # before reading: a change meanwhile is a change
        self.config = parts.load(config_path)
        self.ports: list[int] = []
        self._parts = parts
        self._watch = watch
        self._stop = threading.Event()
        self._draining = threading.Event()
        self._again = threading.Event()  # a reload will be tried again
        self._leads = False
        self._running: dict[str, float] = {}
        self._texts: dict[str, str] = {}
        self._failures: dict[str, int] = {}
        self._webs: list[Web] = []
        self._log = structlog.get_logger()
        self._scheduler = BackgroundScheduler(
            executors={"default": Threads(at_once), PROOFS: Threads(1)},
            # However late: a machine that slept still harvests, once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            daemon=True,
        )
        self._proofs = (
            Proofs(self._scheduler, parts.prove, lambda: self.config, self._running, self._stop)
            if parts.prove is not None
            else None
        )
        # Told by the scheduler, not by the run: only now may the source run again.
        self._scheduler.add_listener(lambda _: self.commands.put("ended"), EVENT_JOB_EXECUTED)

    @property
    def running(self) -> tuple[str, ...]:
        """The sources whose run is under way."""
        return tuple(sorted(self._running))

    def start(self) -> None:
        """Listen, schedule, watch. Raises ConfigurationError when a port is taken."""
        config, web = self.config, self.config.web
        self._listen(web.port, self._parts.app(config))
        if web.metrics_port is not None:
            self._listen(web.metrics_port, self._parts.service(config))
        _triggers(config)  # raises where a schedule is wrong, whoever leads
        if self._parts.run is not None:
            self._scheduler.start()
            self._follow_election(leads=self._parts.lead is None or self._parts.lead())
            if self._parts.lead is not None:
                threading.Thread(target=self._vote, name="election", daemon=True).start()
        self._parts.metrics.config(accepted=True)
        if self._watch:
            threading.Thread(target=self._watch_files, name="watch", daemon=True).start()
        self._log.info("serving", host=web.host, ports=self.ports, sources=len(self._texts))

    def _listen(self, port: int, app: Asgi) -> None:
        host = self.config.web.host
        try:
            web = Web(host, port, self._with_health(app), lambda: self.commands.put("died"))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._webs.append(web)
        self.ports.append(web.port)

    def _with_health(self, app: Asgi) -> Asgi:
        """What only the process knows about its health, in front of the application's own word."""

        async def answer(scope: Scope, receive: Any, send: Any) -> None:
            path = scope.get("path")
            if path == "/healthz":
                well = self._scheduler.running or self._draining.is_set() or self._parts.run is None
                await plain(send, 200 if well else 503, "ok" if well else "no scheduler")
            elif path == "/readyz" and self._draining.is_set():
                await plain(send, 503, "draining")
            else:
                await app(scope, receive, send)

        return answer

    # --- runs

    def _overdue(self, config: Config, triggers: dict[str, Any]) -> frozenset[str]:
        """The sources that should have run already, or run otherwise. It asks the database, and so may raise."""
        return frozenset(
            source.id
            for source in config.sources
            if self._leads
            and source.id in triggers
            and (
                self._parts.outdated(config, source)
                or (source.id not in self._texts and self._parts.overdue(config, source))
            )
        )

    def _schedule(
        self, config: Config, triggers: dict[str, Any], overdue: frozenset[str] = frozenset()
    ) -> None:
        """Make the jobs those of the configuration; unchanged ones keep their next time. Without the lead there are none."""
        metrics = self._parts.metrics
        if not self._leads:
            triggers = {}
        for source_id in self._texts.keys() - triggers.keys():
            self._scheduler.remove_job(source_id)
            del self._texts[source_id]
            metrics.forget(source_id)
        soon = datetime.now(UTC)
        for source in config.sources:
            if source.id not in triggers:
                continue
            if self._texts.get(source.id) == source.schedule and source.id not in overdue:
                continue
            extra = {}
            if source.id in overdue:
                extra["next_run_time"] = soon
                soon += timedelta(seconds=SPREAD)
            self._texts[source.id] = source.schedule
            metrics.expect(source.id)
            self._scheduler.add_job(
                self._run,
                triggers[source.id],
                args=(source.id,),
                id=source.id,
                name=source.id,
                replace_existing=True,
                **extra,
            )
        if self._proofs is not None:
            self._proofs.schedule(config, leads=self._leads)

    def run_now(self, source_id: str) -> None:
        """Bring the next run of a scheduled source forward."""
        self._scheduler.modify_job(source_id, next_run_time=datetime.now(UTC))

    def _vote(self) -> None:
        """Ask who leads until the end. Said again until it is followed: following may fail with the database."""
        lead = self._parts.lead
        while lead is not None and not self._draining.wait(ELECTION):
            if (leads := lead()) != self._leads:
                self.commands.put("elected" if leads else "deposed")

    def _follow_election(self, *, leads: bool) -> None:
        """Schedule from now on, or leave it to another process; runs under way go on."""
        before, self._leads = self._leads, leads
        try:
            triggers = _triggers(self.config)
            self._schedule(self.config, triggers, self._overdue(self.config, triggers))
        except Exception:  # the database went away: it is tried again
            if self._parts.lead is None:
                raise
            self._leads = False
            self._schedule(self.config, {})
            self._log.exception("election_not_followed")
        self._tell_next_runs()
        self._parts.metrics.leads(self._leads)
        if self._leads != before and self._parts.lead is not None:
            self._log.info("elected" if self._leads else "deposed", sources=len(self._texts))

    def _run(self, source_id: str) -> None:
        config, metrics, begun = self.config, self._parts.metrics, time.monotonic()
        run = self._parts.run
        source = config.source(source_id)
        self._running[source_id] = (
            begun  # before looking at the flag: draining waits for what stands here
        )
        if source is None or run is None or not self._leads or self._draining.is_set():
            del self._running[source_id]
            return
        metrics.started(source_id)
        with bound_contextvars(source=source_id):
            try:
                figures = run(config, source, self._stop)
            except Exception:
                self._log.exception("run_crashed")
                took = time.monotonic() - begun
                figures = RunFigures(source_id, "crashed", took, success=False)
        del self._running[source_id]
        if figures is not None:
            metrics.finished(figures)
            self._retry(source_id, figures.outcome)
        else:
            metrics.idle(source_id)
            self._bring_forward(source_id, BUSY)
        if source_id not in self._texts:  # taken from us meanwhile: whoever has it now tells of it
            metrics.forget(source_id)

    def _retry(self, source_id: str, outcome: str) -> None:
        """A source that failed does not wait for its next night, unless that is sooner."""
        if outcome not in _PASSING:
            self._failures.pop(source_id, None)
            return
        failures = self._failures[source_id] = self._failures.get(source_id, 0) + 1
        self._bring_forward(source_id, RETRY * 2 ** min(failures - 1, 10))

    def _bring_forward(self, source_id: str, seconds: float) -> None:
        """Run the source so soon, unless it runs sooner anyway."""
        soon = datetime.now(UTC) + timedelta(seconds=seconds)
        job = self._scheduler.get_job(source_id)
        if job is not None and job.next_run_time is not None and soon < job.next_run_time:
            with suppress(JobLookupError):  # a reload removed it this instant
                self._scheduler.modify_job(source_id, next_run_time=soon)

    def _tell_next_runs(self) -> None:
        self._parts.metrics.schedule(
            {
                job.id: job.next_run_time.timestamp()
                for job in self._scheduler.get_jobs()
                if job.next_run_time is not None and job.id != PROOFS
            }
        )

    # --- configuration

    def reload(self) -> bool:
        """Read the files again; whether they were accepted. What is wrong is logged, line by line."""
        try:
            config = self._parts.load(self._path)
            triggers = _triggers(config)
            app = self._parts.app(config)
            service = self._parts.service(config)
            overdue = self._overdue(config, triggers)
        except ConfigurationError as error:
            self._parts.metrics.config(accepted=False)
            self._log.error(
                "configuration_rejected", kept="previous", errors=str(error).splitlines()
            )
            return False
        except Exception:
            self._parts.metrics.config(accepted=False)
            self._log.exception("reload_failed", kept="previous", again_in=AGAIN)
            self._reload_later()
            return False
        old, self.config = self.config, config
        for web, face in zip(self._webs, (app, service), strict=False):
            web.app = self._with_health(face)
        self._schedule(config, triggers, overdue)
        self._tell_next_runs()
        self._parts.metrics.config(accepted=True)
        waiting = [name for name in _RESTART if _setting(old, name) != _setting(config, name)]
        if waiting:
            self._log.warning("restart_needed", settings=waiting)
        self._log.info("configuration_reloaded", sources=len(self._texts))
        return True

    def _reload_later(self) -> None:
        if self._again.is_set():
            return
        self._again.set()

        def ask() -> None:
            if not self._draining.wait(AGAIN):
                self._again.clear()
                self.commands.put("reload")

        threading.Thread(target=ask, name="reload", daemon=True).start()

    def _watch_files(self) -> None:
        """The kernel tells at once; a look now and then finds what it does not tell (some mounts, new folders)."""

        def ours(_change: watchfiles.Change, path: str) -> bool:
            return path.endswith(_WATCHED)

        while not self._draining.is_set():
            folders = self._folders()
            try:
                for _ in watchfiles.watch(
                    *folders,
                    watch_filter=ours,
                    stop_event=self._draining,
                    recursive=False,
                    debounce=400,
                    rust_timeout=int(LOOK * 1000),
                    yield_on_timeout=True,
                    raise_interrupt=False,
                ):
                    if (stamp := self._look()) != self._stamp:
                        self._stamp = stamp
                        self.commands.put("reload")
                    if self._folders() != folders:
                        break
            except OSError:  # a folder went away in between
                self._draining.wait(LOOK)

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        """Names, times and sizes of the files of the configuration."""
        found = []
        for folder in self._folders():
            for file in folder.iterdir():
                if file.name.endswith(_WATCHED):
                    with suppress(OSError):
                        told = file.stat()
                        found.append((str(file), told.st_mtime_ns, told.st_size))
        return tuple(sorted(found))

    def _folders(self) -> list[Path]:
        # Not the tree below: the database may stand in it.
        here = self._path.resolve().parent
        below = ("", "sources", "mappings", "mappings/slices", "mappings/vocabularies")
        return [here / name for name in below if (here / name).is_dir()]

    # --- the end

    def drain(self, patience: Patience | None = None) -> None:
        """Start nothing more, let runs end, then stop answering."""
        patience = patience or Patience()
        self._draining.set()
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)
        self._log.info("draining", running=self.running)
        self._wait_for_runs(patience.finish)
        self._stop.set()
        self._wait_for_runs(patience.stop)
        if self._running:
            self._log.warning("runs_left_behind", running=self.running)
        for web in self._webs:
            web.close(patience.web)
        self._log.info("stopped")

    def _wait_for_runs(self, seconds: float) -> None:
        """Until the last run has ended, the time is over, or somebody says "stop" once more."""
        until = time.monotonic() + seconds
        while self._running and (left := until - time.monotonic()) > 0:
            try:
                if self.commands.get(timeout=left) == "stop":
                    return
            except queue.Empty:
                return

    def obey(self) -> int:
        """Do what comes through the queue until the end; the exit code."""
        while True:
            match self.commands.get():
                case "reload":
                    self.reload()
                case "ended":
                    self._tell_next_runs()
                case "elected" | "deposed" as word:
                    self._follow_election(leads=word == "elected")
                case "stop":
                    self.drain()
                    return 0
                case "died":
                    self._log.error("web_died")
                    self.drain(replace(Patience(), finish=0))
                    return 1


def serve(config_path: Path, parts: Parts, *, at_once: int = 2, watch: bool = True) -> int:
    """Run the service in the main thread until SIGTERM or SIGINT; the exit code.

    Raises ConfigurationError when the configuration is wrong at the start, or a port is taken.
    """

    def load(path: Path) -> Config:
        config = parts.load(path)
        log.set_up(config.log.format, config.log.level)
        return config

    daemon = Daemon(config_path, replace(parts, load=load), at_once=at_once, watch=watch)
    meanings: dict[signal.Signals, Command] = {
        signal.SIGTERM: "stop",
        signal.SIGINT: "stop",
        signal.SIGHUP: "reload",
    }

    def receive(number: int, _frame: FrameType | None) -> None:
        daemon.commands.put(meanings[signal.Signals(number)])

    before = {number: signal.signal(number, receive) for number in meanings}
    try:
        daemon.start()
        return daemon.obey()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _triggers(config: Config) -> dict[str, Any]:
    triggers, wrong = {}, []
    for source in config.sources:
        if source.enabled:
            try:
                triggers[source.id] = trigger(source.schedule, source.id, jitter=JITTER)
            except ValueError as error:
                wrong.append(f"sources/{source.id}.toml: {error}")
    if wrong:
        raise ConfigurationError("\n".join(wrong))
    return triggers


def _setting(config: Config, name: str) -> object:
    value: Any = config
    for part in name.split("."):
        value = getattr(value, part)
    return value
