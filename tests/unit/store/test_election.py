"""One process leads; another takes over when that one is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from harvester.store import Store, open_store
from harvester.store.election import LOCK, Election


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    store = open_store(postgresql_url)
    yield store
    store.close()


@pytest.fixture
def candidate(store: Store) -> Iterator[Callable[[], Election]]:
    candidates: list[Election] = []

    def make() -> Election:
        candidates.append(Election(store))
        return candidates[-1]

    yield make
    for one in candidates:
        one.close()


def test_one_of_several_leads_and_stays_the_one(candidate: Callable[[], Election]) -> None:
    first, second, third = candidate(), candidate(), candidate()
    for _ in range(3):
        assert [one.won() for one in (first, second, third)] == [True, False, False]


def test_whoever_asks_next_leads_when_the_leader_leaves(candidate: Callable[[], Election]) -> None:
    first, second = candidate(), candidate()
    assert first.won()
    assert not second.won()
    first.close()
    assert second.won()
    assert not first.won()


def test_a_leader_whose_session_was_cut_knows_it_at_once(
    candidate: Callable[[], Election], store: Store
) -> None:
    first, second = candidate(), candidate()
    assert first.won()
    with store.write() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE objid = :lock"),
            {"lock": LOCK},
        )
    assert not first.won()
    assert second.won()
    assert not first.won(), "it stands by with a new session"


def test_nobody_leads_where_the_database_does_not_answer(
    postgresql_database: Callable[..., str], store: Store
) -> None:
    gone = Store(store.engine, store.url.replace("harvester_", "nowhere_"))
    election = Election(gone)
    assert not election.won()
    election.close()


def test_databases_have_leaders_of_their_own(
    candidate: Callable[[], Election], postgresql_database: Callable[..., str]
) -> None:
    other = open_store(postgresql_database())
    elsewhere = Election(other)
    assert candidate().won()
    assert elsewhere.won()
    elsewhere.close()
    other.close()


def test_on_sqlite_the_only_process_leads(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/harvester.sqlite")
    election = Election(store)
    assert election.won()
    election.close()
    store.close()
