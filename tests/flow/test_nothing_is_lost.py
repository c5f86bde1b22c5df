"""What goes wrong around a run costs nobody a dataset, and nothing becomes visible that should not."""

from __future__ import annotations

import pytest

import harvester.run.source
from harvester.run.recipes import Recipes
from harvester.run.rehearse import rehearse
from harvester.store import runs
from tests.portal import Portal
from tests.territory import Territory, dataset, datasets, gazetteer, numbers, turtle

TURTLE = "text/turtle"
MAPPING = 'extends = "dcat"\n[dataset]\ndescription = ["dct:title"]\n'


@pytest.fixture(autouse=True)
def harvested(territory: Territory, portal: Portal) -> None:
    """Meudon's portal with ten datasets, harvested once."""
    territory.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    assert territory.run("meudon").counts.new == 10


def another_mapping(territory: Territory) -> None:
    (territory.folder / "mappings").mkdir()
    (territory.folder / "mappings" / "dcat.toml").write_text(MAPPING)


def test_a_failure_after_the_outcome_became_visible_takes_nothing_back(
    territory: Territory, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    portal.answer("/catalog.ttl", datasets(12), media_type=TURTLE)
    monkeypatch.setattr(harvester.run.source, "_outcome", fail)
    with pytest.raises(OSError, match="No space"):
        territory.run("meudon")
    monkeypatch.undo()
    assert len(territory.rows()) == 12
    assert territory.run("meudon").outcome == "success"
    assert len(territory.rows()) == 12


def test_a_breach_of_the_invariant_is_told_and_changes_nothing_else(
    territory: Territory, portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    with territory.store.write() as connection:
        connection.exec_driver_sql(
            "UPDATE record SET state = 'published', source = 'other' "
            "WHERE local_id LIKE '%%jeu-3'".replace("%%", "%" if territory.store.sqlite else "%%")
        )
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE, etag='"a"')
    outcome = territory.run("meudon")
    assert outcome.counts.breach == 1
    assert "invariant_broken" in capsys.readouterr().out
    assert len(territory.rows()) == 10


def test_a_run_whose_lease_was_taken_over_changes_nothing_and_says_so(
    territory: Territory, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = harvester.run.source._walk

    def sleep_long(*arguments: object, **more: bool) -> None:
        walk(*arguments, **more)  # type: ignore[arg-type]
        with territory.store.write() as connection:
            connection.exec_driver_sql("UPDATE run SET state = 'interrupted'")

    monkeypatch.setattr(harvester.run.source, "_walk", sleep_long)
    portal.answer("/catalog.ttl", datasets(12), media_type=TURTLE)
    outcome = territory.run("meudon")
    assert outcome.outcome == "failed"
    assert "another run" in outcome.message
    assert len(territory.rows()) == 10


def test_a_new_mapping_does_not_release_what_is_in_quarantine(
    territory: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(3), media_type=TURTLE)
    assert territory.run("meudon").counts.quarantined == 7
    another_mapping(territory)
    assert territory.run("meudon", remap_only=True).counts.quarantined == 7
    assert territory.run("meudon").counts.quarantined == 7
    territory.release("meudon")
    assert numbers(territory.titles()) == [0, 1, 2]


def test_a_new_mapping_does_not_publish_what_is_held(territory: Territory, portal: Portal) -> None:
    before = territory.ids()
    moved = datasets(10, home="https://nouveau.meudon.example")
    portal.answer("/catalog.ttl", moved, media_type=TURTLE)
    territory.run("meudon")
    another_mapping(territory)
    territory.run("meudon", remap_only=True)
    assert territory.ids() == before
    territory.run("meudon")
    assert territory.ids() == before


def test_a_new_mapping_does_not_give_a_missing_record_its_grace_again(
    territory: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(9), media_type=TURTLE)
    territory.run("meudon")
    territory.run("meudon")
    another_mapping(territory)
    assert territory.run("meudon").counts.withdrawn == 1


def test_a_record_that_returns_obeys_the_access_its_source_has_now(
    territory: Territory, portal: Portal
) -> None:
    portal.answer("/catalog.ttl", datasets(9), media_type=TURTLE)
    for _ in range(3):
        territory.run("meudon")
    territory.source("meudon", portal, more='access = "restricted"')
    territory.run("meudon")
    portal.answer("/catalog.ttl", datasets(10), media_type=TURTLE)
    assert territory.run("meudon").outcome == "success"
    assert territory.titles() == []
    assert len(territory.titles(audience="agents")) == 10


def test_tightened_access_applies_also_while_the_portal_is_down(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal, more='access = "private"')
    portal.answer("/catalog.ttl", status=500)
    assert territory.run("meudon").outcome == "failed"
    assert territory.titles() == []
    assert territory.titles(audience="agents") == []


def test_another_level_of_a_source_applies_to_what_was_kept(
    territory: Territory, portal: Portal
) -> None:
    assert {row.level for row in territory.rows()} == {0}
    territory.source("meudon", portal, level="partner")
    territory.run("meudon")
    assert {row.level for row in territory.rows()} == {5}


def test_other_options_read_an_unchanged_page_anew(territory: Territory, portal: Portal) -> None:
    territory.source("meudon", portal, more='ignore_parameters = ["jour"]')
    assert territory.run("meudon").pages_unchanged == 0
    assert territory.run("meudon").pages_unchanged == 1


def test_a_rehearsal_tells_what_a_changed_mapping_would_change(territory: Territory) -> None:
    another_mapping(territory)
    config = territory.config
    source = config.source("meudon")
    assert source is not None
    found = rehearse(config, territory.store, Recipes(config, gazetteer()).recipe(source))
    assert found.changed == 10
    assert territory.run("meudon").counts.changed == 10


def test_problems_of_an_unchanged_page_survive_a_failing_run(
    territory: Territory, portal: Portal
) -> None:
    listed = "<#c> a dcat:Catalog ; dcat:dataset <http://nowhere.example/z> ."
    spaced = "<http://a b.example/> a foaf:Agent ."
    body = turtle(listed, spaced, *(dataset(f"jeu-{n}", f"Jeu numéro {n}") for n in range(10)))
    portal.answer("/catalog.ttl", body, media_type=TURTLE, etag='"1"')
    before = territory.run("meudon").problems_by_code
    portal.answer("/catalog.ttl", status=500)
    territory.run("meudon")
    portal.answer("/catalog.ttl", body, media_type=TURTLE, etag='"1"')
    again = territory.run("meudon")
    assert (again.problems_by_code, again.outcome) == (before, "success")


def test_problems_of_withdrawn_records_are_forgotten(territory: Territory, portal: Portal) -> None:
    bad = dataset("jeu-9", "Jeu numéro 9", 'dct:issued "hier" ;')
    portal.answer("/catalog.ttl", datasets(9) + bad.encode(), media_type=TURTLE)
    assert territory.run("meudon").counts.problems == 1
    portal.answer("/catalog.ttl", datasets(9), media_type=TURTLE)
    for _ in range(3):
        counts = territory.run("meudon").counts
    assert (counts.withdrawn, counts.problems) == (1, 0)


def test_abandoning_a_run_that_has_ended_does_nothing(territory: Territory) -> None:
    [(run,)] = territory.sql("SELECT max(id) FROM run")
    runs.abandon(territory.store, run, "failed", "too late", [])
    assert territory.sql(f"SELECT outcome FROM run WHERE id = {run}") == [("success",)]
    assert len(territory.rows()) == 10


def test_one_identifier_for_two_records_on_two_pages_keeps_the_first_and_tells(
    territory: Territory, portal: Portal
) -> None:
    link = f"<{portal.at('/catalog.ttl')}> a hydra:PartialCollectionView ; hydra:next <?page=2> ."
    portal.answer("/catalog.ttl", datasets(10) + link.encode(), media_type=TURTLE)
    second = turtle(dataset("jeu-0", "Un autre"), dataset("jeu-10", "Jeu numéro 10"))
    portal.answer("/catalog.ttl?page=2", second, media_type=TURTLE)
    outcome = territory.run("meudon")
    assert outcome.problems_by_code["record-repeated"] == 1
    assert numbers(territory.titles()) == list(range(11))
