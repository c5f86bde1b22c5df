from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.schedule import Every, trigger

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=PARIS)  # a Wednesday


def fires(text: str, count: int = 3, source: str = "issy", now: datetime = NOW) -> list[datetime]:
    what: Any = trigger(text, source, timezone=PARIS)
    times: list[datetime] = []
    previous = None
    for _ in range(count):
        previous = what.get_next_fire_time(previous, now)
        now = max(now, previous)
        times.append(previous.astimezone(PARIS))
    return times


def shown(text: str, count: int = 3) -> list[str]:
    return [time.strftime("%a %d %H:%M") for time in fires(text, count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daily at 03:10", ["Thu 05 03:10", "Fri 06 03:10", "Sat 07 03:10"]),
        ("  Daily  AT 3:10 ", ["Thu 05 03:10", "Fri 06 03:10", "Sat 07 03:10"]),
        ("daily at 13h30", ["Wed 04 13:30", "Thu 05 13:30", "Fri 06 13:30"]),
        ("weekly on monday at 04:00", ["Mon 09 04:00", "Mon 16 04:00", "Mon 23 04:00"]),
        ("10 3 * * *", ["Thu 05 03:10", "Fri 06 03:10", "Sat 07 03:10"]),
        ("0 */6 * * *", ["Wed 04 12:00", "Wed 04 18:00", "Thu 05 00:00"]),
        ("0 4 * * 0", ["Sun 08 04:00", "Sun 15 04:00", "Sun 22 04:00"]),
        ("0 4 * * 7", ["Sun 08 04:00", "Sun 15 04:00", "Sun 22 04:00"]),
        ("0 4 * * 1-5", ["Thu 05 04:00", "Fri 06 04:00", "Mon 09 04:00"]),
        ("0 4 * * sat,sun", ["Sat 07 04:00", "Sun 08 04:00", "Sat 14 04:00"]),
        ("0 4 * * 6-1", ["Sat 07 04:00", "Sun 08 04:00", "Mon 09 04:00"]),
        ("0 4 * * */2", ["Thu 05 04:00", "Sat 07 04:00", "Sun 08 04:00"]),
        ("0 4 10 * 1", ["Mon 09 04:00", "Tue 10 04:00", "Mon 16 04:00"]),
    ],
)
def test_a_schedule_means_what_it_says(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_daily_is_at_night_and_the_same_after_a_restart() -> None:
    first, second, _ = fires("daily")
    assert timedelta(hours=1) <= timedelta(hours=first.hour, minutes=first.minute)
    assert first.hour < 6
    assert second - first == timedelta(days=1)
    assert fires("daily") == fires("daily")


def test_sources_are_spread_over_the_night() -> None:
    starts = {fires("daily", 1, source=f"source-{n}")[0] for n in range(60)}
    assert len(starts) > 45
    assert len({start.hour for start in starts}) == 5


def test_weekly_without_a_day_is_one_night_a_week() -> None:
    first, second, _ = fires("weekly")
    assert second - first == timedelta(weeks=1)
    assert 1 <= first.hour < 6


@pytest.mark.parametrize(
    ("text", "hours"), [("hourly", 1), ("every 6 hours", 6), ("every day", 24)]
)
def test_an_interval_survives_a_restart(text: str, hours: int) -> None:
    first, second, third = fires(text)
    assert second - first == third - second == timedelta(hours=hours)
    restarted = fires(text, 1, now=first + timedelta(minutes=1))
    assert restarted == [second]


@given(
    st.integers(60, 10**6),
    st.integers(0, 10**7),
    st.integers(0, 50),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_jitter_never_skips_or_repeats_an_interval(
    seconds: int, offset: int, jitter: int, now: datetime
) -> None:
    every = Every(seconds, offset, jitter)
    first = every.get_next_fire_time(None, now)
    second = every.get_next_fire_time(first, first)
    assert first >= now
    assert abs((second - first).total_seconds() - seconds) <= jitter + 0.001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sometimes",
        "daily at noon",
        "daily at 25:00",
        "weekly on lundi",
        "every 0 hours",
        "every 90 days",
        "61 3 * * *",
        "10 3 * * 8",
        "10 3 * * */0",
        "* * * *",
        "10 3 * * mondays",
    ],
)
def test_a_wrong_schedule_says_which_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"horaire|heure|jour|cron|intervalle"):
        trigger(text, "issy")
