"""One run of one source: lease, walk, digest, stage, settle."""

from __future__ import annotations

import gc
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from harvester import fetch
from harvester.config import Config, Source
from harvester.errors import LeaseLost, SourceFailed, SourceRefused, TryLater
from harvester.fetch.walk import Fetched, PageState, Walk
from harvester.http import Client, Exchange
from harvester.model import Problem
from harvester.parse.page import Request, Total
from harvester.run.clusters import Clusters
from harvester.run.digest import Digest, Recipe, digest
from harvester.run.harvest import BATCH, Harvest
from harvester.run.outcome import Outcome
from harvester.run.remap import outdated, remap
from harvester.run.secrets import Secrets
from harvester.run.settle import Counts, Walked, settle
from harvester.run.workers import Workers
from harvester.store import Store, now, pages, problems, records, runs
from harvester.store import clusters as stored
from harvester.store.pages import StoredPage

log = structlog.get_logger(__name__)

HEARTBEAT = 10.0
OVERLAP = timedelta(days=2)
"""Asked for again before the last walk's beginning: clocks differ, portals write local time for UTC (French ones are up to
ten hours behind), and those that say days only mean midnight."""
_USUAL = gc.get_threshold()
WORKER_DIED = "a worker process died, most often for want of memory: ask for fewer `workers`, or give the machine more"

Progress = Callable[[int, int | None], None]
"""Told now and then: records seen, and the announced total where there is one."""


def run_source(
    config: Config,
    store: Store,
    recipe: Recipe,
    clusters: Clusters,
    *,
    client: Client | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
    remap_only: bool = False,
    full: bool = False,
    stop: threading.Event | None = None,
    observe: Callable[[Exchange], None] | None = None,
) -> Outcome:
    """Harvest one source. Never raises for what the source does: the outcome tells.

    `workers` digest pages in other processes (see `harvester.run.workers`); without, it happens here.
    `remap_only` applies the recipe to the kept records and asks the source nothing. `full` asks a source for
    everything that could say what changed. Once `stop` is set the run
    ends soon and changes nothing. `observe` is told of every request to the source.
    """
    started, source = time.monotonic(), recipe.source
    run = runs.begin(store, source.id)
    if run is None:
        return Outcome(source.id, "busy", Counts(), 0.0, "another run of this source is under way")
    structlog.contextvars.bind_contextvars(run=run, source=source.id)
    walked = Walked(run, recipe.version, recipe.reading, again=remap_only)
    harvest = Harvest(store, source, recipe, run, walked)
    message, failure = "", ""
    try:
        with _heartbeat(store, run), _few_collections():
            try:
                if not remap_only:
                    with client or _client(config, source, stop, observe) as asker:
                        _walk(harvest, asker, workers, progress, full=full)
            except (SourceFailed, TryLater) as error:
                message = recipe.secrets.told(str(error))
                failure = "refused" if isinstance(error, SourceRefused) else "failed"
                code = str(error.context.get("code") or f"source-{failure}")
                harvest.problems.append(("", Problem(code, message, "error")))
                log.warning("source_failed", **error.log_context())
            except BrokenProcessPool:
                # Not the source's fault, and pages of it were lost: nothing is concluded from the others.
                log.error("worker_died")
                return _failed(harvest, "failed", WORKER_DIED, started)
            if stop is not None and stop.is_set():
                return _failed(harvest, "interrupted", "stopped on request", started)
            changed = remap_only or outdated(store, recipe)
            if failure and not harvest.walked.seen and not changed:
                return _failed(harvest, failure, message, started)
            if failure and harvest.walked.seen:
                failure = "partial"
            if changed:  # also while the portal is down: access may have been tightened
                remap(harvest)
            harvest.flush()
            return _settle(config, harvest, clusters, failure, message, started)
    except LeaseLost as error:
        return Outcome(source.id, "failed", Counts(), time.monotonic() - started, str(error))
    except BaseException as error:
        runs.abandon(store, run, "failed", f"{type(error).__name__}: {error}", [])
        raise
    finally:
        structlog.contextvars.unbind_contextvars("run", "source")


def _client(
    config: Config,
    source: Source,
    stop: threading.Event | None,
    observe: Callable[[Exchange], None] | None,
) -> Client:
    return fetch.client(source, config.contact, stop=stop, observe=observe)


def _walk(
    harvest: Harvest,
    client: Client,
    workers: Workers | None,
    progress: Progress | None,
    *,
    full: bool,
) -> None:
    source, recipe, walked = harvest.source, harvest.recipe, harvest.walked
    walked.begun = now()
    with harvest.store.read() as connection:
        known = runs.source_row(connection, source.id)
        read_by = known.get("reading")
        same = read_by is not None and bytes(read_by) == recipe.reading
        since = _since(recipe, known) if same and not full else None
        # What was read with other options is read again, and what asks for changes has pages of its own.
        remembered = pages.load(connection, source.id) if same and not since else {}
    walked.since = since.isoformat() if since else ""
    walk = Walk(
        recipe.connector.start(source, recipe.options, since),
        client,
        lambda url: _state(remembered.get(recipe.secrets.sealed(url)), recipe.secrets),
        hint=lambda page: recipe.connector.hint(page, source, recipe.options),
    )
    waiting: deque[tuple[Fetched, Iterator[Digest] | Future[list[Digest]]]] = deque()
    ahead = workers.count if workers else 0
    try:
        while True:
            fetched = walk.next() if len(waiting) <= ahead else None
            if fetched is not None:
                harvest.received += fetched.received
                if fetched.page is None:
                    name = recipe.secrets.sealed(fetched.request.name)
                    _repeat(harvest, walk, fetched, remembered[name])
                elif workers is None:
                    waiting.append(
                        (fetched, digest(fetched.page, recipe, harvest.lookup, harvest.mine))
                    )
                else:
                    waiting.append((fetched, workers.submit(source.id, fetched.page)))
                if workers is not None:
                    continue
            if not waiting:
                if fetched is None:
                    break
                continue
            fetched, work = waiting.popleft()
            _learn(harvest, walk, fetched, work.result() if isinstance(work, Future) else work)
            if progress is not None:
                progress(len(harvest.walked.seen), walk.total)
    finally:
        for _, work in waiting:
            if isinstance(work, Future):
                work.cancel()
        walk.close()
        harvest.problems.extend(("", recipe.secrets.problem(problem)) for problem in walk.problems)
    if since:
        walked.pages.clear()
    walked.through = walk.complete and not any(
        problem.severity == "error" for _, problem in harvest.problems
    )


def _since(recipe: Recipe, known: dict[str, Any]) -> datetime | None:
    """The moment since when changes are asked for; None where all of the source is walked through."""
    if not recipe.connector.INCREMENTAL or known["flag"] or not known["whole"]:
        return None
    age = datetime.now(UTC) - datetime.fromisoformat(known["whole"])
    if age >= timedelta(days=recipe.options.full_every):
        return None
    return datetime.fromisoformat(known["walked"]) - OVERLAP


def _learn(harvest: Harvest, walk: Walk, fetched: Fetched, digests: Iterable[Digest]) -> None:
    ids: list[int] = []
    follow: tuple[Request, ...] = ()
    total: Total | None = None
    secrets = harvest.recipe.secrets
    url = secrets.sealed(fetched.request.name)
    broken = False
    for part in digests:
        ids.extend(harvest.take(part))
        harvest.problems.extend((url, problem) for problem in part.problems)
        broken = broken or any(problem.severity == "error" for problem in part.problems)
        follow, total = part.follow or follow, part.total if part.total is not None else total
    state = walk.learn(fetched, follow, total, ids, whole=not broken)
    harvest.walked.pages.append(
        StoredPage(
            url,
            state.etag,
            state.last_modified,
            state.body_hash,
            [_plain(request, secrets) for request in state.follow],
            state.total.count if state.total else None,
            state.total.of if state.total else "",
            array("q", ids),
        )
    )


def _repeat(harvest: Harvest, walk: Walk, fetched: Fetched, page: StoredPage) -> None:
    """An unchanged page: its records are where they were."""
    harvest.unchanged_urls.append(page.url)
    harvest.walked.seen.update(page.records)
    state = walk.learn(fetched, fetched.state.follow, fetched.state.total, page.records)
    harvest.walked.pages.append(replace(page, etag=state.etag, last_modified=state.last_modified))


def _settle(
    config: Config,
    harvest: Harvest,
    clusters: Clusters,
    failure: str,
    message: str,
    started: float,
) -> Outcome:
    source, walked = harvest.source, harvest.walked
    if harvest.ordinal > BATCH // 10:
        with harvest.store.write() as connection:
            records.tell_planner(connection)
    with harvest.store.write() as connection:
        if not runs.still_ours(connection, harvest.run):
            raise LeaseLost("another run took the source over meanwhile; this one changed nothing")
        counts = settle(connection, config, source, walked, clusters)
        if not walked.again and not walked.since:
            problems.forget_pages(connection, source.id, harvest.run, harvest.unchanged_urls)
        problems.note(
            connection, harvest.run, source.id, ((None, url, p) for url, p in harvest.problems)
        )
        flag = runs.source_row(connection, source.id)["flag"]
        by_code = problems.by_code(connection, source.id)
        outcome = failure or ("quarantined" if flag else "success")
        if outcome == "success" and not walked.through and not walked.again:
            outcome = "partial"
            message = message or "; ".join(sorted({p.message for _, p in harvest.problems}))[:500]
        counts = replace(counts, problems=problems.count(connection, source.id))
        runs.end(
            connection, harvest.run, outcome, asdict(counts), message, harvested=not walked.again
        )
    if counts.breach:
        log.error("invariant_broken", **asdict(counts))
    return _outcome(harvest, outcome, counts, message, started, by_code)


def _failed(harvest: Harvest, failure: str, message: str, started: float) -> Outcome:
    runs.abandon(harvest.store, harvest.run, failure, message, harvest.problems)
    with harvest.store.read() as connection:
        became = stored.outcome(connection, harvest.source.id)
        by_code = problems.by_code(connection, harvest.source.id)
        count = problems.count(connection, harvest.source.id)
    counts = Counts(
        published=became["published"],
        merged=became["merged"],
        missing=became["missing"],
        quarantined=became["quarantined"] + became["held"],
        excluded=became["excluded"],
        rejected=became["rejected"],
        withdrawn=became["withdrawn"],
        private=became["private"],
        problems=count,
    )
    return _outcome(harvest, failure, counts, message, started, by_code)


def _outcome(
    harvest: Harvest,
    outcome: str,
    counts: Counts,
    message: str,
    started: float,
    by_code: dict[str, int],
) -> Outcome:
    seconds = time.monotonic() - started
    log.info("run_ended", outcome=outcome, seconds=round(seconds, 2), **asdict(counts))
    return Outcome(
        harvest.source.id,
        outcome,
        counts,
        seconds,
        message,
        pages=len(harvest.walked.pages),
        pages_unchanged=len(harvest.unchanged_urls),
        bytes=harvest.received,
        problems_by_code=by_code,
    )


def _state(page: StoredPage | None, secrets: Secrets) -> PageState | None:
    if page is None:
        return None
    follow = tuple(_request(plain, secrets) for plain in page.follow)
    total = Total(page.total, page.listing) if page.total is not None else None
    return PageState(page.url, page.etag, page.last_modified, page.body_hash, follow, total)


def _plain(request: Request, secrets: Secrets) -> dict[str, object]:
    instead = _plain(request.instead, secrets) if request.instead else None
    body = secrets.sealed(request.body.decode("latin-1"))
    return {**asdict(request), "url": secrets.sealed(request.url), "body": body, "instead": instead}


def _request(plain: dict[str, Any], secrets: Secrets) -> Request:
    url = secrets.opened(plain["url"])
    headers = tuple((name, value) for name, value in plain["headers"])
    instead = _request(plain["instead"], secrets) if plain.get("instead") else None
    body = secrets.opened(plain["body"]).encode("latin-1")
    return Request(**{**plain, "url": url, "body": body, "headers": headers, "instead": instead})


@contextmanager
def _few_collections() -> Iterator[None]:
    """A page makes some hundred thousand objects without cycles: looking for cycles among them costs a third of a run."""
    gc.set_threshold(200_000, 20, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)


@contextmanager
def _heartbeat(store: Store, run: int) -> Iterator[None]:
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            runs.beat(store, run)

    thread = threading.Thread(target=beat, name=f"heartbeat-{run}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
