"""What can go wrong, named by its consequence.

HarvesterError
├── ConfigurationError      nothing starts: a file of the operator's is wrong (exit code 2)
├── SourceFailed            this run of this source ends here; what was published stays published
│   └── SourceRefused       … and trying again will not help until somebody changes something
├── LeaseLost               the run is another process's by now; this one changes nothing
├── TryLater                the source asks for patience; the same request may succeed later
├── DecisionRefused         nothing is written: it contradicts others, or is on what is not here
└── RecordRejected          this record is skipped and reported; the others go on

A defect that costs nobody anything is not an exception: it is a `harvester.model.Problem`.
"""

from __future__ import annotations


class HarvesterError(Exception):
    """The root of every exception this package raises on purpose."""

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context

    def log_context(self) -> dict[str, object]:
        """The values to bind to a log event."""
        return {"error": str(self), **self.context}


class ConfigurationError(HarvesterError):
    """A configuration file cannot be used; the message has one `file:line: what` per line."""


class SourceFailed(HarvesterError):
    """The run of a source cannot go on."""


class SourceRefused(SourceFailed):
    """The source will answer the same tomorrow: wrong address, forbidden, not a catalogue."""


class LeaseLost(HarvesterError):
    """This process slept too long: another one harvests the source."""


class TryLater(HarvesterError):
    """The source is overloaded or asks to slow down. `after` is in seconds, or None."""

    def __init__(self, message: str, after: float | None = None, **context: object) -> None:
        super().__init__(message, after=after, **context)
        self.after = after


class RecordRejected(HarvesterError):
    """One record cannot become a dataset at all (it has neither identity nor title, say)."""


class DecisionRefused(HarvesterError):
    """A person's word cannot be taken as it is. The message is French: it is told to whoever said it."""
