"""What Prometheus may know: counted by source id, never by URL; nothing here identifies a dataset or a person.

`create()` makes the metrics in a registry of their own, so that two of them can live in one process. Names follow
<https://prometheus.io/docs/practices/naming/>; every one is described in docs/operate.md (a test compares).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

import harvester

_RUN_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 14400)
SLICE_STATES = ("shown", "none", "failing", "withdrawn")
_LATENCY_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What is told of one finished run.

    `states` are the records the source shows by what became of them (`published`, `merged`, `private`,
    `quarantined`, `excluded`, `rejected`): None when the run did not come to know them all. `outcome` is `success`, `quarantined`, `partial`, `failed`, `refused`, `busy` or `crashed`.
    `changes` counts what this run did (`new`, `changed`,
    `unchanged`, `gone`); `problems` by code. `breach` is true when seen ≠ the sum of the states.
    """

    source: str
    outcome: str
    seconds: float
    success: bool
    seen: int | None = None
    states: Mapping[str, int] | None = None
    changes: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] | None = None
    breach: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one process and the registry they are exposed from."""

    registry: CollectorRegistry
    build: Gauge
    runs: Counter
    running: Gauge
    run_seconds: Histogram
    last_run: Gauge
    last_success: Gauge
    next_run: Gauge
    records_seen: Gauge
    records: Gauge
    record_changes: Counter
    problems: Gauge
    breaches: Counter
    pages: Counter
    received: Counter
    requests: Counter
    view_datasets: Gauge
    review_pairs: Gauge
    decisions: Gauge
    links: Gauge
    largest_entry: Gauge
    merges_refused: Gauge
    slices: Gauge
    slice_proofs: Counter
    slice_requests: Counter
    slices_left: Gauge
    slices_proved_at: Gauge
    publication_latency: Histogram
    leading: Gauge
    config_loaded: Gauge
    config_loaded_at: Gauge

    def expect(self, source: str) -> None:
        """The source is configured: its counters start at 0, so that their first step is seen."""
        self.running.labels(source)
        self.breaches.labels(source)
        self.received.labels(source)

    def started(self, source: str) -> None:
        """A run begins."""
        self.running.labels(source).set(1)

    def idle(self, source: str) -> None:
        """The run ended before it began: somebody else holds the source."""
        self.running.labels(source).set(0)

    def finished(self, figures: RunFigures) -> None:
        """A run is over, whatever came of it."""
        source, now = figures.source, time.time()
        self.running.labels(source).set(0)
        self.runs.labels(source, figures.outcome).inc()
        self.run_seconds.labels(source).observe(figures.seconds)
        self.last_run.labels(source).set(now)
        if figures.success:
            self.last_success.labels(source).set(now)
        if figures.breach:
            self.breaches.labels(source).inc()
        if figures.seen is not None:
            self.records_seen.labels(source).set(figures.seen)
        for change, count in figures.changes.items():
            self.record_changes.labels(source, change).inc(count)
        _replace(self.records, source, figures.states)
        _replace(self.problems, source, figures.problems)

    def restore_success(self, source: str, timestamp: float) -> None:
        """At the start: when the store remembers the last success, so that a restart is no alert."""
        self.last_success.labels(source).set(timestamp)

    def exchanged(self, source: str, status: int, received: int) -> None:
        """One HTTP request was made; `status` is 0 when no whole answer came."""
        self.requests.labels(source, _status(status)).inc()
        self.received.labels(source).inc(received)

    def page(self, source: str, result: str, count: int = 1) -> None:
        """Pages were read (`changed`) or known already (`unchanged`)."""
        self.pages.labels(source, result).inc(count)

    def views(self, datasets: Mapping[str, int]) -> None:
        """How many datasets each view shows to the public; the whole territory's view is called `all`."""
        shown = {view or "all": count for view, count in datasets.items()}
        for view, count in shown.items():
            self.view_datasets.labels(view).set(count)
        # Not cleared first: somebody may be reading.
        for family in self.view_datasets.collect():
            for sample in family.samples:
                if sample.labels["view"] not in shown:
                    self.view_datasets.remove_by_labels(sample.labels)

    def review(self, waiting: int, decisions: Mapping[str, int]) -> None:
        """How many pairs wait for a person's word, and the words in force by verdict (`aside`: not followed)."""
        self.review_pairs.set(waiting)
        for verdict in ("same", "different", "part", "origin", "aside"):
            self.decisions.labels(verdict).set(decisions.get(verdict, 0))

    def linked(self, links: Mapping[str, int], largest: int, refused: Mapping[str, int]) -> None:
        """Links by kind, the records of the entry that has most, and merges that vetoes refused since this process began."""
        for kind in ("pointer", "link", "review", "part"):
            self.links.labels(kind).set(links.get(kind, 0))
        self.largest_entry.set(largest)
        for veto, count in refused.items():
            self.merges_refused.labels(veto).set(count)

    def slice_states(self, counts: Mapping[str, int]) -> None:
        """How many slices there are, by state; of every audience."""
        for state in SLICE_STATES:
            self.slices.labels(state).set(counts.get(state, 0))

    def slices_asked(self, outcomes: Mapping[str, int], requests: int, left: int) -> None:
        """A pass over the slices is over: what became of those it asked for, and how many datasets it left for the next."""
        for outcome, count in outcomes.items():
            self.slice_proofs.labels(outcome).inc(count)
        self.slice_requests.inc(requests)
        self.slices_left.set(left)
        self.slices_proved_at.set_to_current_time()

    def published(self, seconds: float) -> None:
        """What a run changed was rendered so long after its end."""
        self.publication_latency.observe(seconds)

    def leads(self, leads: bool) -> None:
        """Whether this process schedules."""
        self.leading.set(leads)

    def config(self, *, accepted: bool) -> None:
        """The configuration was read (again)."""
        self.config_loaded.set(accepted)
        if accepted:
            self.config_loaded_at.set_to_current_time()

    def schedule(self, next_runs: Mapping[str, float]) -> None:
        """When each source runs next (Unix time); sources that are not scheduled any more are forgotten."""
        self.next_run.clear()
        for source, timestamp in next_runs.items():
            self.next_run.labels(source).set(timestamp)

    def forget(self, source: str) -> None:
        """The source is configured no more: its gauges would stand still for ever, and alert."""
        for gauge in (self.running, self.last_run, self.last_success, self.records_seen):
            gauge.remove_by_labels({"source": source})
        for gauge in (self.records, self.problems):
            gauge.remove_by_labels({"source": source})


class _First(Collector):
    """What is done before figures are collected: to look at what other processes may have changed."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look

    def describe(self) -> Iterable[Metric]:
        """No figures of its own."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Look; still no figures of its own."""
        self._look()
        return ()


def create(
    registry: CollectorRegistry | None = None,
    *,
    process: bool = False,
    first: Callable[[], None] | None = None,
) -> Metrics:
    """The metrics, in a registry of their own; with `process`, also memory, CPU and files of this process.

    `first` is called whenever somebody asks for them, before anything is read.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = registry or CollectorRegistry()
    if first is not None:
        registry.register(_First(first))
    if process:
        ProcessCollector(registry=registry)

    def counter(name: str, text: str, *labels: str) -> Counter:
        return Counter(f"harvester_{name}", text, labels, registry=registry)

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"harvester_{name}", text, labels, registry=registry)

    def histogram(name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(
            f"harvester_{name}", text, labels, registry=registry, buckets=tuple(buckets)
        )

    metrics = Metrics(
        registry=registry,
        build=gauge("build_info", "Always 1; the version is in the label.", "version"),
        runs=counter("runs_total", "Runs that ended, by outcome.", "source", "outcome"),
        running=gauge("run_in_progress", "1 while a run of the source is under way.", "source"),
        run_seconds=histogram(
            "run_duration_seconds", "How long runs took.", _RUN_SECONDS, "source"
        ),
        last_run=gauge(
            "last_run_timestamp_seconds", "When the last run ended, whatever came of it.", "source"
        ),
        last_success=gauge(
            "last_success_timestamp_seconds", "When the last successful run ended.", "source"
        ),
        next_run=gauge("next_run_timestamp_seconds", "When the source runs next.", "source"),
        records_seen=gauge("records_seen", "Records the source shows.", "source"),
        records=gauge("records", "Records by what became of them.", "source", "state"),
        record_changes=counter(
            "record_changes_total", "Records that runs found new, changed, …", "source", "change"
        ),
        problems=gauge(
            "problems", "Problems of the records of the last run, by code.", "source", "code"
        ),
        breaches=counter(
            "invariant_breaches_total",
            "Runs after which records seen and records accounted for differed.",
            "source",
        ),
        pages=counter("pages_total", "Pages fetched, by result.", "source", "result"),
        received=counter("received_bytes_total", "Bytes received from the source.", "source"),
        requests=counter(
            "http_requests_total", "Requests to the source, by class of status.", "source", "status"
        ),
        view_datasets=gauge("view_datasets", "Datasets a view shows to the public.", "view"),
        review_pairs=gauge("review_pairs", "Pairs of entries that wait for a curator's word."),
        links=gauge("links", "What ties records together: by kind.", "kind"),
        largest_entry=gauge("largest_entry_records", "Records of the entry that has most."),
        merges_refused=gauge(
            "merges_refused", "Pairs that a veto kept apart, in this process.", "veto"
        ),
        decisions=gauge(
            "decisions", "Decisions in force; aside: those that others contradict.", "verdict"
        ),
        slices=gauge("slices", "Slices by state.", "state"),
        slice_proofs=counter(
            "slice_proofs_total", "Slices that portals were asked for, by outcome.", "outcome"
        ),
        slice_requests=counter("slice_requests_total", "Questions asked to prove slices."),
        slices_left=gauge("slices_left", "Datasets that the last pass left for the next one."),
        slices_proved_at=gauge(
            "slices_last_pass_timestamp_seconds", "When the last pass over the slices ended."
        ),
        publication_latency=histogram(
            "publication_latency_seconds",
            "From the end of a run to its changes being rendered in every format.",
            _LATENCY_SECONDS,
        ),
        leading=gauge("leader", "1 on the process that schedules, 0 on the others."),
        config_loaded=gauge(
            "config_last_reload_successful", "1 when the last reading of the files succeeded."
        ),
        config_loaded_at=gauge(
            "config_last_reload_success_timestamp_seconds", "When the files were last accepted."
        ),
    )
    metrics.build.labels(harvester.__version__).set(1)
    return metrics


def _replace(gauge: Gauge, source: str, values: Mapping[str, int] | None) -> None:
    if values is None:
        return
    gauge.remove_by_labels({"source": source})
    for value, count in values.items():
        gauge.labels(source, value).set(count)


def _status(status: int) -> str:
    if status in (304, 403, 429, 503):
        return str(status)
    return f"{status // 100}xx" if status else "none"
