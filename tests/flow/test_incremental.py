"""Sources that can tell what changed: asked for that only, and walked through as a whole now and then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.imitation import Imitation, changed, entries
from tests.territory import Territory

COUNT = 25


@pytest.fixture
def portal() -> Iterator[Imitation]:
    with Imitation("ckan", entries("ckan", COUNT), re.compile("package_search")) as portal:
        yield portal


@pytest.fixture
def followed(territory: Territory, portal: Imitation) -> Territory:
    """A territory that has walked through the portal once."""
    territory.source("meudon", portal.served, "", kind="ckan", more="[options]\npage_size = 10")
    assert territory.run("meudon").outcome == "success"
    portal.again()
    return territory


def touched(portal: Imitation, number: int, **fields: Any) -> None:
    """A package changed today, after every walk so far."""
    listed = list(portal.listed.entries)
    listed[number] = {**listed[number], "metadata_modified": "2999-01-01T00:00:00", **fields}
    portal.lists(listed)


def test_only_what_changed_is_asked_for_and_nothing_else_is_touched(
    followed: Territory, portal: Imitation
) -> None:
    touched(portal, 3, title="Équipements rénovés")
    outcome = followed.run("meudon")
    assert (outcome.outcome, outcome.counts.seen, outcome.counts.changed) == ("success", 1, 1)
    assert outcome.counts.breach == 0
    assert len(portal.pages) == 1
    assert "metadata_modified" in portal.pages[0]
    assert "Équipements rénovés" in followed.titles()
    assert len(followed.titles()) == COUNT


def test_no_change_is_a_success_that_changes_nothing(followed: Territory) -> None:
    outcome = followed.run("meudon")
    assert (outcome.outcome, outcome.counts.seen, outcome.counts.breach) == ("success", 0, 0)
    assert len(followed.titles()) == COUNT


def test_new_records_of_known_titles_are_not_taken_for_renamed_ones(
    followed: Territory, portal: Imitation
) -> None:
    [twin] = entries("ckan", 1, 7)
    twin = {**twin, "id": "00000000-0000-4000-8000-000000000001", "name": "autre"}
    portal.lists([{**twin, "metadata_modified": "2999-01-01T00:00:00"}, *portal.listed.entries])
    outcome = followed.run("meudon")
    assert (outcome.outcome, outcome.counts.new, outcome.counts.quarantined) == ("success", 1, 0)
    assert len(followed.titles()) == COUNT + 1


def test_what_vanished_is_noticed_by_a_walk_through_all_of_it(
    followed: Territory, portal: Imitation
) -> None:
    portal.lists(portal.listed.entries[1:])
    assert followed.run("meudon").counts.gone == 0
    assert followed.run("meudon", full=True).counts.gone == 1


def test_a_walk_through_everything_is_due_after_some_days(
    followed: Territory, portal: Imitation
) -> None:
    with followed.store.write() as connection:
        connection.exec_driver_sql("UPDATE source SET whole = '2020-01-01T00:00:00Z'")
    outcome = followed.run("meudon")
    assert outcome.counts.seen == COUNT
    assert followed.run("meudon").counts.seen == 0


@pytest.mark.parametrize("away", [timedelta(0), timedelta(hours=-10), timedelta(hours=11)])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT00:00:00", "%Y-%m-%dT%H:%M:%S"])
def test_a_portal_may_say_the_day_only_and_in_its_own_time(
    followed: Territory, portal: Imitation, away: timedelta, form: str
) -> None:
    there = datetime.now(UTC) + away
    touched(portal, 3, title="Équipements rénovés", metadata_modified=there.strftime(form))
    assert followed.run("meudon").counts.changed == 1
    assert "Équipements rénovés" in followed.titles()


def test_changes_that_could_not_be_read_are_asked_for_again(
    followed: Territory, portal: Imitation
) -> None:
    touched(portal, 3, title="Équipements rénovés")
    portal.wrong(1, changed(status=500))
    assert followed.run("meudon").outcome == "failed"
    portal.again()
    assert followed.run("meudon").counts.changed == 1


def test_other_options_read_everything_again(followed: Territory, portal: Imitation) -> None:
    followed.source("meudon", portal.served, "", kind="ckan", more="[options]\npage_size = 9")
    assert followed.run("meudon").counts.seen == COUNT


def test_a_portal_of_version_1_8_is_asked_in_its_own_way(
    territory: Territory, portal: Imitation
) -> None:
    def old(answer: Any, imitation: Imitation, asked: Any) -> Any:
        if asked.path.startswith("/api/3/"):
            return changed(status=404)(answer, imitation, asked)
        newer = type(asked)("/api/3/action/package_search", asked.query, "POST", {}, asked.body)
        return imitation.says(newer)

    portal.wrong(0, old)
    territory.source("meudon", portal.served, "", kind="ckan", more="[options]\npage_size = 10")
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.seen) == ("success", COUNT)
    again = territory.run("meudon", full=True)
    assert (again.counts.changed, again.pages_unchanged) == (0, 3)
