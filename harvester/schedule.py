"""When a source is harvested: the words of its file as a trigger of the scheduler.

| written | meaning |
|---|---|
| `daily` | every night, at a minute between 01:00 and 06:00 that follows from the source's id |
| `daily at 03:10` | every day at that time |
| `weekly`, `weekly on monday`, `weekly on monday at 04:00` | without a day or a time: from the id, at night |
| `hourly` | every hour, at a minute that follows from the id |
| `every 6 hours` (minutes, days) | at instants that follow from the id and survive restarts |
| `10 3 * * 1-5` | five fields as cron(5) reads them: Sunday is 0 or 7; a day of month *or* of week suffices |

What follows from the id spreads the sources over the night, and stays the same from one start to the next. Times
are those of the machine's time zone (`TZ`), unless another is given.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

FORMS = (
    "« daily », « daily at 03:10 », « hourly », « every 6 hours », « weekly on monday at 04:00 » "
    "ou une ligne cron de cinq champs (« 10 3 * * * »)"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_NIGHT = (60, 300)  # minutes: from 01:00, for five hours

_AT = re.compile(r"(?P<word>daily|weekly(?: on (?P<day>[a-z]+))?)(?: at (?P<time>\S+))?")
_EVERY = re.compile(r"every (?:(?P<count>\d+) )?(?P<unit>minute|hour|day)s?")
_TIME = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)")


class Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at `offset` and each `seconds` after, counted from 1970: restarts and jitter shift nothing."""

    def __init__(self, seconds: int, offset: int, jitter: int | None = None) -> None:
        self.seconds = seconds
        self.offset = offset % seconds
        self.jitter = min(jitter, seconds // 10) if jitter else 0

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first instant not before `now` and after `previous`, plus the jitter."""
        after = max(now, previous + timedelta(microseconds=1)) if previous else now
        nth = -((self.offset - after.timestamp()) // self.seconds)
        nominal = datetime.fromtimestamp(self.offset + nth * self.seconds, UTC)
        delay = random.uniform(0, self.jitter) if self.jitter else 0.0  # noqa: S311 - spreads load
        return nominal.astimezone(now.tzinfo) + timedelta(seconds=delay)

    def __str__(self) -> str:
        return f"every {self.seconds} seconds"


def trigger(
    text: str, source_id: str = "", *, jitter: int | None = None, timezone: tzinfo | None = None
) -> BaseTrigger:
    """The trigger for a schedule; each firing comes up to `jitter` seconds later than written (for intervals, at most
    a tenth of them).

    Raises ValueError, in French, naming the forms there are.
    """
    words = " ".join(text.lower().split())
    when: dict[str, Any] = {"timezone": timezone, "jitter": jitter}
    minute = _from_id(source_id)
    if words == "hourly":
        return Every(3600, minute * 60, jitter)
    if match := _EVERY.fullmatch(words):
        seconds = int(match["count"] or 1) * _SECONDS[match["unit"]]
        if not 60 <= seconds <= 31 * 86400:
            raise ValueError(f"« {text} » : l'intervalle va d'une minute à 31 jours")
        return Every(seconds, minute * 60, jitter)
    if match := _AT.fullmatch(words):
        hour, minutes = _time(match["time"], text) if match["time"] else divmod(_night(minute), 60)
        if match["word"] == "daily":
            return CronTrigger(hour=hour, minute=minutes, **when)
        day = match["day"] or _DAYS[minute % 7]
        if day not in _DAYS:
            raise ValueError(
                f"« {text} » : {day!r} n'est pas un jour ; jours admis : {', '.join(_DAYS)}"
            )
        return CronTrigger(day_of_week=day[:3], hour=hour, minute=minutes, **when)
    if len(words.split()) == 5:
        return _cron(words, text, when)
    raise ValueError(f"« {text} » n'est pas un horaire. Formes admises : {FORMS}")


def _from_id(source_id: str) -> int:
    """A number of minutes that is the same wherever and whenever the source is scheduled."""
    return int.from_bytes(blake2b(source_id.encode(), digest_size=4).digest(), "big")


def _night(minute: int) -> int:
    start, length = _NIGHT
    return start + minute % length


def _time(written: str, text: str) -> tuple[int, int]:
    match = _TIME.fullmatch(written)
    if match is None:
        raise ValueError(
            f"« {text} » : {written!r} n'est pas une heure ; écrire par exemple « 03:10 »"
        )
    return int(match[1]), int(match[2])


def _cron(words: str, text: str, when: dict[str, Any]) -> BaseTrigger:
    minute, hour, day, month, weekday = words.split()
    try:
        fields = {"minute": minute, "hour": hour, "month": month}
        weekdays = _weekdays(weekday)
        if day == "*" or weekday == "*":
            return CronTrigger(**fields, day=day, day_of_week=weekdays, **when)
        # cron fires when either matches, the library's trigger when both do.
        either = [
            CronTrigger(**fields, day=day, timezone=when["timezone"]),
            CronTrigger(**fields, day_of_week=weekdays, timezone=when["timezone"]),
        ]
        return OrTrigger(either, jitter=when["jitter"])
    except ValueError as error:
        raise ValueError(
            f"« {text} » n'est pas une ligne cron : {error}. Formes admises : {FORMS}"
        ) from error


def _weekdays(field: str) -> str:
    """cron's numbers (Sunday 0 or 7) as names: the library counts from Monday."""
    days: list[str] = []
    for item in field.split(","):
        body, _, step = item.partition("/")
        if body == "*" and not step:
            return "*"
        first, dash, last = ("0", "-", "6") if body == "*" else body.partition("-")
        start = _weekday(first)
        end = _weekday(last) if dash else start
        if dash and end < start:
            end += 7
        if step and (not step.isdigit() or int(step) == 0):
            raise ValueError(f"pas {step!r} du jour de la semaine")
        days += [_DAYS[(number - 1) % 7][:3] for number in range(start, end + 1, int(step or 1))]
    return ",".join(dict.fromkeys(days))


def _weekday(written: str) -> int:
    names = [day[:3] for day in _DAYS]
    if written[:3] in names and (written in _DAYS or len(written) == 3):
        return names.index(written[:3]) + 1
    if written.isdigit() and int(written) <= 7:
        return int(written)
    raise ValueError(f"{written!r} n'est pas un jour de la semaine")
