"""Dates and durations of the wild."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.map import dates
from harvester.model import DATE_PATTERN, DURATION_PATTERN


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021", "2021"),
        ("2021-03", "2021-03"),
        ("2021-03-12", "2021-03-12"),
        ("2021-3-2", "2021-03-02"),
        ("2021/03/12", "2021-03-12"),
        ("20210312", "2021-03-12"),
        ("2021-03-12T10:00:00Z", "2021-03-12T10:00:00Z"),
        ("2021-03-12T10:00:00.250000+00:00", "2021-03-12T10:00:00.250000+00:00"),
        ("2021-03-12 10:00:00", "2021-03-12T10:00:00"),
        ("2021-03-12 10:00:00 UTC", "2021-03-12T10:00:00Z"),
        ("2021-03-12T10:00:00+0100", "2021-03-12T10:00:00+01:00"),
        ("2021-03-12+01:00", "2021-03-12"),
        ("12/03/2021", "2021-03-12"),
        ("12-03-2021", "2021-03-12"),
        ("12.03.2021 10:30", "2021-03-12T10:30:00"),
        ("03/31/2021", "2021-03-31"),
        ("03/2021", "2021-03"),
        ("mar, 10/12/2019 - 09:23", "2019-12-10T09:23:00"),
        ("Date changed  jeu, 19/12/2019 - 03:00", "2019-12-19T03:00:00"),
        ("1er mars 2021", "2021-03-01"),
        ("mars 2021", "2021-03"),
        ("12 août 2021", "2021-08-12"),
        ("March 12, 2021", "2021-03-12"),
        ("1615543200", "2021-03-12T10:00:00Z"),
        ("1615543200000", "2021-03-12T10:00:00Z"),
        ("2021-03-12T10:00:00 (mise à jour)", "2021-03-12T10:00:00"),
        ("", None),
        ("n.d.", None),
        ("2021-02-30", None),
        ("30/02/2021", None),
        ("0001-01-01", None),
        ("99/99/9999", None),
        ("25/12", None),
    ],
)
def test_dates_are_read_with_the_precision_they_were_written_with(
    written: str, read: str | None
) -> None:
    assert dates.date(written) == read


@given(st.text(max_size=60))
def test_whatever_is_written_gives_an_iso_date_or_nothing(written: str) -> None:
    found = dates.date(written)
    assert found is None or re.match(DATE_PATTERN, found)


@given(
    st.dates(min_value=datetime.date(1000, 1, 1)), st.sampled_from(["{0:%Y-%m-%d}", "{0:%d/%m/%Y}"])
)
def test_a_day_comes_back_as_itself(day: datetime.date, form: str) -> None:
    if day.year >= 1000 and "%Y" in form:
        written = form.replace("%Y", f"{day.year:04}").format(day)
        assert dates.date(written) == day.isoformat()


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_what_was_read_is_read_the_same_again(day: datetime.date) -> None:
    once = dates.date(day.isoformat())
    assert once is not None
    assert dates.date(once) == once


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019/2021", ("2019", "2021")),
        ("2019-2021", ("2019", "2021")),
        ("2019-01-01/2021-12-31", ("2019-01-01", "2021-12-31")),
        ("2019-01-01/..", ("2019-01-01", None)),
        ("du 01/02/2019 au 03/04/2020", ("2019-02-01", "2020-04-03")),
        ("2020", ("2020", "2020")),
        ("rien", (None, None)),
    ],
)
def test_periods_have_a_start_and_an_end(written: str, read: tuple[str | None, str | None]) -> None:
    assert dates.period(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("P1D", "P1D"),
        ("PT15M", "PT15M"),
        ("pt1h", "PT1H"),
        ("15 minutes", "PT15M"),
        ("1 an", "P1Y"),
        ("3 mois", "P3M"),
        ("P", None),
        ("PT", None),
        ("souvent", None),
    ],
)
def test_durations_are_iso_8601(written: str, read: str | None) -> None:
    assert dates.duration(written) == read


@given(st.text(max_size=30))
def test_whatever_is_written_gives_an_iso_duration_or_nothing(written: str) -> None:
    found = dates.duration(written)
    assert found is None or re.match(DURATION_PATTERN, found)


def test_a_text_is_no_period_and_is_left_at_once() -> None:
    # Cubic, these would take hours.
    for said in (
        " " * 20_000,
        "1" + " " * 20_000 + "x",
        "a - " * 5_000 + "\nx",
        "a - a" + " " * 20_000 + "\nx",
    ):
        assert dates.period(said) == (None, None)


def test_a_duration_of_more_digits_than_a_number_has_is_none() -> None:
    assert dates.duration("9" * 400 + " jours") is None
    assert dates.duration("9" * 20 + " jours") is None
    assert dates.duration("P" + "9" * 400 + "D") is None
