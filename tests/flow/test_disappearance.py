"""Source portals fail, come back empty, change their ids. Nothing is lost for that."""

from __future__ import annotations

import pytest

from harvester.store.catalogue import Gone, Row
from tests.portal import Portal
from tests.territory import HOME, Territory, dataset, datasets, numbers, turtle

TURTLE = "text/turtle"


@pytest.fixture(autouse=True)
def harvested(territory: Territory, portal: Portal) -> None:
    """Meudon's portal with ten datasets, harvested once."""
    territory.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.new) == ("success", 10)


def recovers(territory: Territory, portal: Portal, ids: dict[str, str]) -> None:
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.quarantined) == ("success", 0)
    assert territory.ids() == ids
    assert territory.sql("SELECT flag FROM source WHERE id = 'meudon'") == [(None,)]


def test_a_portal_that_answers_500_keeps_all_its_datasets(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    portal.answer("/catalog.ttl", status=500)
    outcome = territory.run("meudon")
    assert outcome.outcome == "failed"
    assert "500" in outcome.message
    assert territory.ids() == before
    recovers(territory, portal, before)


def test_a_portal_that_answers_a_web_page_keeps_all_its_datasets(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    portal.answer("/catalog.ttl", "<html><h1>Maintenance</h1></html>", media_type="text/html")
    outcome = territory.run("meudon")
    assert outcome.outcome == "refused"
    assert territory.ids() == before
    recovers(territory, portal, before)


def test_an_empty_but_valid_catalogue_empties_nothing(territory: Territory, portal: Portal) -> None:
    before = territory.ids()
    portal.answer("/catalog.ttl", turtle("<#c> a dcat:Catalog ."), media_type=TURTLE)
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.quarantined) == ("quarantined", 10)
    assert territory.ids() == before
    [(flag,)] = territory.sql("SELECT flag FROM source WHERE id = 'meudon'")
    assert '"empty"' in flag
    recovers(territory, portal, before)


def test_half_a_catalogue_keeps_the_other_half_until_somebody_confirms(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    portal.answer("/catalog.ttl", datasets(5), media_type=TURTLE)
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.quarantined, outcome.counts.gone) == (
        "quarantined",
        5,
        5,
    )
    assert territory.run("meudon").counts.quarantined == 5, "the verdict does not fade"
    assert territory.ids() == before
    territory.release("meudon")
    assert numbers(territory.ids()) == [0, 1, 2, 3, 4]
    assert isinstance(territory.entry(before["Jeu numéro 9"]), Gone)
    recovers(territory, portal, before)


def test_new_ids_for_everything_neither_double_nor_lose_the_catalogue(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    moved = datasets(10, home="https://nouveau.meudon.example")
    portal.answer("/catalog.ttl", moved, media_type=TURTLE)
    outcome = territory.run("meudon")
    assert outcome.outcome == "quarantined"
    assert territory.ids() == before
    assert territory.run("meudon").outcome == "quarantined"
    territory.release("meudon")
    assert territory.ids() == before, "the addresses stay, under the new ids of the portal"
    after = territory.run("meudon")
    assert (after.outcome, after.counts.published, after.counts.quarantined) == ("success", 10, 0)


def test_new_ids_that_go_away_again_leave_no_trace(territory: Territory, portal: Portal) -> None:
    before = territory.ids()
    moved = datasets(10, home="https://nouveau.meudon.example")
    portal.answer("/catalog.ttl", moved, media_type=TURTLE)
    territory.run("meudon")
    recovers(territory, portal, before)


def test_one_dataset_gone_is_withdrawn_after_its_grace_with_a_tombstone_and_may_come_back(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    portal.answer("/catalog.ttl", datasets(9), media_type=TURTLE)
    for _ in range(2):
        outcome = territory.run("meudon")
        assert (outcome.outcome, outcome.counts.missing) == ("success", 1)
        assert territory.ids() == before
    outcome = territory.run("meudon")
    assert (outcome.counts.missing, outcome.counts.withdrawn) == (0, 1)
    gone = before["Jeu numéro 9"]
    assert gone not in territory.ids().values()
    assert isinstance(territory.entry(gone), Gone)
    recovers(territory, portal, before)
    assert isinstance(territory.entry(gone), Row)
    kinds = territory.sql(f"SELECT kind FROM change WHERE cluster = '{gone}' ORDER BY seq")
    assert kinds == [("created",), ("deleted",), ("restored",)]


def test_a_paged_catalogue_that_fails_in_the_middle_removes_nothing(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    link = f"<{portal.at('/catalog.ttl')}> a hydra:PartialCollectionView ; hydra:next <?page=2> ."
    portal.answer(
        "/catalog.ttl", turtle(link, dataset("jeu-0", "Jeu numéro 0 revu")), media_type=TURTLE
    )
    portal.answer("/catalog.ttl?page=2", status=500)
    outcome = territory.run("meudon")
    assert (outcome.outcome, outcome.counts.changed) == ("partial", 1)
    assert len(territory.ids()) == 10
    assert "Jeu numéro 0 revu" in territory.ids(), "what was read is taken"
    recovers(territory, portal, before)


def test_a_page_cut_off_by_a_syntax_error_removes_nothing(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    broken = datasets(4) + f"<{HOME}/datasets/x> a dcat:Dataset ; dct:title oops".encode()
    portal.answer("/catalog.ttl", broken, media_type=TURTLE)
    for _ in range(4):
        outcome = territory.run("meudon")
        assert outcome.outcome == "partial"
        assert territory.ids() == before


def test_records_seen_are_accounted_for_after_every_run(
    territory: Territory, portal: Portal
) -> None:
    for body in (datasets(10), datasets(5), datasets(12), turtle(""), datasets(9), datasets(40)):
        portal.answer("/catalog.ttl", body, media_type=TURTLE)
        counts = territory.run("meudon").counts
        assert counts.breach == 0


def test_a_record_that_returns_does_not_hide_another_that_goes(
    territory: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(9), media_type=TURTLE)
    for _ in range(3):
        territory.run("meudon")
    assert numbers(territory.ids()) == list(range(9))
    portal.answer("/catalog.ttl", datasets(9, first=1), media_type=TURTLE)
    counts = territory.run("meudon").counts
    assert (counts.gone, counts.missing, counts.breach) == (1, 1, 0)
    assert numbers(territory.ids()) == list(range(10))


def test_a_held_record_that_changes_stays_held(territory: Territory, portal: Portal) -> None:
    before = territory.ids()
    home = "https://nouveau.meudon.example"
    portal.answer("/catalog.ttl", datasets(10, home=home), media_type=TURTLE)
    territory.run("meudon")
    body = datasets(10, home=home).replace(b"files/jeu-3.csv", b"files/jeu-trois.csv")
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    assert territory.run("meudon").counts.quarantined == 20
    assert territory.ids() == before


def test_new_ids_in_a_catalogue_cut_off_in_the_middle_double_nothing(
    territory: Territory, portal: Portal
) -> None:
    before = territory.ids()
    home = "https://nouveau.meudon.example"
    link = f"<{portal.at('/catalog.ttl')}> a hydra:PartialCollectionView ; hydra:next <?page=2> ."
    body = datasets(10, home=home) + link.encode()
    portal.answer("/catalog.ttl", body, media_type=TURTLE)
    portal.answer("/catalog.ttl?page=2", status=500)
    assert territory.run("meudon").outcome == "partial"
    assert territory.ids() == before
    assert territory.run("meudon").outcome == "partial"
    assert territory.ids() == before


def test_mapping_kept_records_anew_says_how_many_and_is_no_sign_of_life_of_the_portal(
    territory: Territory, portal: Portal
) -> None:
    query = "SELECT last_success FROM source WHERE id = 'meudon'"
    [(success,)] = territory.sql(query)
    portal.answer("/catalog.ttl", status=500)
    counts = territory.run("meudon", remap_only=True).counts
    assert (counts.seen, counts.changed, counts.unchanged, counts.breach) == (10, 0, 10, 0)
    assert territory.sql(query) == [(success,)]
