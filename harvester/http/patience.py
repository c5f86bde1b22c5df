"""How often a failure is tried again, after how long, and what it means in the end."""

from __future__ import annotations

import random
import socket
from itertools import takewhile
from typing import Any

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from harvester.errors import HarvesterError, SourceFailed, SourceRefused, TryLater

SLOW_DOWN = frozenset((403, 429, 503))
"""Portals that want fewer requests say any of these; 403 is also a plain refusal, so it is tried less often."""
_LATER = frozenset((408, 425, 429, 502, 503, 504))
_AGAIN = _LATER | {403, 500}
_FORBIDDEN_RETRIES = 2
_ADVICE = {
    400: "Check the source's url and options",
    401: "Check the source's token or headers",
    403: "Ask the portal to let this User-Agent in, or set a token; a longer [http] pause may do",
    404: "Check the source's url",
    405: "Check the source's kind and url",
    406: "The source does not offer this format: check its kind",
    410: "Ask the portal where the catalogue went, or disable the source",
}


class Patience(Retry):
    """urllib3's bookkeeping of attempts, with our reasons to try again.

    Every method is retried: what we POST are questions. Backoff doubles, with full jitter over its upper half, so that
    sources which failed together do not come back together.
    """

    def forgives(self, status: int) -> bool:
        """Whether an answer with this status is worth asking again."""
        if status == 403:
            return sum(entry.status == 403 for entry in self.history) < _FORBIDDEN_RETRIES
        return status in _AGAIN

    def get_backoff_time(self) -> float:
        """Seconds before the next attempt. A connection that broke is retried at once: it was often just stale."""
        errors = list(takewhile(lambda entry: entry.redirect_location is None, self.history[::-1]))
        if not errors or (len(errors) == 1 and isinstance(errors[0].error, ProtocolError)):
            return 0.0
        longest = min(self.backoff_max, self.backoff_factor * 2 ** (len(errors) - 1))
        return float(longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, protects nothing

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Seconds the source asked for, if it did so readably."""
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):
            return None


def worth_another(error: Exception) -> bool:
    """Whether a request that brought no (whole) answer may do so next time."""
    return not isinstance(error, (SSLError, NameResolutionError)) or _temporary_dns(error)


def _temporary_dns(error: Exception) -> bool:
    # EAI_AGAIN is "try again"; the others say that the name does not exist.
    cause = error.__cause__
    return isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN


def verdict_on_error(shown: str, error: Exception, attempts: int) -> HarvesterError:
    """What a request that got no answer means for the run."""
    tried = f" ({attempts} attempts)" if attempts > 1 else ""
    reason: dict[str, Any] = {"url": shown, "attempts": attempts}
    match error:
        case SSLError():
            return SourceRefused(
                f"{shown}: no secure connection: {error}. The portal must renew or complete its certificate",
                **reason,
            )
        case NameResolutionError() if not _temporary_dns(error):
            return SourceFailed(
                f"{shown}: the host's name does not resolve. Check the url, and the DNS here",
                **reason,
            )
        case NameResolutionError():
            return TryLater(f"{shown}: the host's name cannot be resolved now{tried}", **reason)
        case ConnectTimeoutError() | NewConnectionError():
            return TryLater(f"{shown}: no connection to the host{tried}: {_why(error)}", **reason)
        case ReadTimeoutError():
            return TryLater(f"{shown}: the source stopped answering{tried}", **reason)
        case _:
            return TryLater(f"{shown}: the answer broke off{tried}: {_why(error)}", **reason)


def _why(error: Exception) -> str:
    if isinstance(error, HTTPError) and error.__cause__ is not None:
        return str(error.__cause__)
    return str(error)


def verdict_on_status(
    shown: str, status: int, after: float | None, attempts: int, told: str = ""
) -> HarvesterError:
    """What a status that is no success means for the run, once patience is used up."""
    tried = f" ({attempts} attempts)" if attempts > 1 else ""
    context: dict[str, Any] = {"url": shown, "status": status, "attempts": attempts}
    said = f"{shown} answered {status}{tried}" + (f": {told}" if told else "")
    if status in _LATER:
        return TryLater(f"{said}: the source asks for patience", after, **context)
    if 400 <= status < 500:
        return SourceRefused(f"{said}. {_ADVICE.get(status, 'Check the source')}", **context)
    return SourceFailed(f"{said}. The portal has a problem of its own", **context)
