"""Log events: one line of JSON for machines, colours for people, secrets for nobody.

Every event is a `snake_case` name with values; `run`, `source` and `record` are bound once through
`structlog.contextvars` and appear on all that follows in that thread. `set_up` is called by the commands, never at
import. Messages of libraries (uvicorn, apscheduler) go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import IO, Any, Literal

import structlog

HIDDEN = "***"

_SECRET_NAME = re.compile(
    r"(?:^|[_.\-])(?:password|passwd|pwd|secret|token|credential|authorization|cookie|signature|sig|auth)s?$"
    r"|(?:api|access|auth|user)token$|^(?:jeton|cle|clef|mdp|motdepasse|passe)$"
    r"|(?:api|access|private|secret|auth|subscription)[_.\-]?key$|^key$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?<=://)[^/?#\s\"'<>@]*(?:@[^/?#\s\"'<>@]*)*@")
_PARAMETER = re.compile(r"([?&;#])([^=&;#\s\"'<>]+)=([^&;#\s\"'<>]+)")
_SCHEME = re.compile(r"\b(Bearer|Basic|Token|ApiKey)(\s+)[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a setting, header or parameter of this name holds what nobody may read."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """The text without the user names, passwords, tokens and keys that its URLs and headers hold."""
    if "://" in text:
        text = _USERINFO.sub(HIDDEN + "@", text)
    if "=" in text:
        text = _PARAMETER.sub(_without_secret, text)
    return _SCHEME.sub(rf"\1\2{HIDDEN}", text)


def _without_secret(match: re.Match[str]) -> str:
    before, name, _ = match.groups()
    return f"{before}{name}={HIDDEN}" if is_secret(name) else match.group()


def _redact_value(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, BaseException):
        return redact(str(value))
    if isinstance(value, Mapping):
        return {key: _redact_item(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact_value(item) for item in value]
    return value


def _redact_item(name: str, value: Any) -> Any:
    return HIDDEN if value and is_secret(name) else _redact_value(value)


def redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: no value of the event keeps a secret."""
    for name, value in event.items():
        event[name] = value if name in ("exc_info", "_record") else _redact_item(name, value)
    return event


def set_up(
    form: Literal["auto", "console", "json"] = "auto",
    level: str = "info",
    stream: IO[str] | None = None,
) -> None:
    """Send every event of this process to `stream` (standard error).

    `auto` is `console` on a terminal, else `json`. Calling it again replaces what was set up, so a reload may change the
    level.
    """
    out = stream or sys.stderr
    console = form == "console" or (form == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor]
    if console:
        # Tracebacks are rendered by us before redaction: pretty ones would print local variables.
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty())
        last = [structlog.processors.format_exc_info, redact_event, renderer]
    else:
        last = [
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *last,
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "of_harvester", False):
            root.removeHandler(old)
    handler.of_harvester = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(number)
    # Their information is our debugging: one line per request, per job, per changed file.
    for noisy in (
        "apscheduler",
        "urllib3",
        "watchfiles",
        "uvicorn.access",
        "uvicorn.error",
        "rdflib",
    ):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))
