"""What comes back from our own catalogue is known again on both databases, and what sources share is counted."""

from __future__ import annotations

from harvester.store import overlaps
from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

ELSEWHERE = "https://ailleurs.example"


def published(territory: Territory, portal: Portal) -> dict[str, str]:
    """A city's two datasets, harvested: title → our id."""
    territory.source("meudon", portal)
    body = turtle(dataset("arbres", "Arbres"), dataset("bancs", "Bancs"))
    portal.answer("/catalog.ttl", body, media_type="text/turtle")
    territory.run("meudon")
    return territory.ids()


def test_a_copy_that_kept_only_our_id_is_not_harvested_and_is_told(
    territory: Territory, portal: Portal
) -> None:
    ours = published(territory, portal)
    other = "019377a0-5b1c-7d2e-9f00-ffffffffffff"
    body = turtle(
        dataset(ours["Arbres"], "Arbres (copie)", home=ELSEWHERE),
        dataset(other, "À eux", home=ELSEWHERE),
    )
    portal.answer("/copies.ttl", body, media_type="text/turtle")
    territory.source("copies", portal, "/copies.ttl")
    outcome = territory.run("copies")
    assert (outcome.counts.seen, outcome.counts.excluded, outcome.counts.breach) == (2, 1, 0)
    assert outcome.report()["ours"] == 1
    assert territory.titles() == ["Arbres", "Bancs", "À eux"]
    with territory.store.read() as connection:
        assert overlaps.with_problem(connection, "record-ours") == {"copies": 1}
    again = territory.run("copies", remap_only=True)
    assert (again.counts.excluded, again.report()["ours"]) == (1, 1)


def test_a_copy_harvested_before_it_was_known_as_ours_goes_when_it_is(
    territory: Territory, portal: Portal
) -> None:
    ours = published(territory, portal)
    territory.source("copies", portal, "/copies.ttl")
    copy = dataset("x", "Copie", home=ELSEWHERE)
    portal.answer("/copies.ttl", turtle(copy), media_type="text/turtle")
    assert territory.run("copies").counts.published == 1
    page = f"dcat:landingPage <https://donnees.gpso.example/datasets/{ours['Arbres']}> ;"
    copy = dataset("x", "Copie", page, home=ELSEWHERE)
    portal.answer("/copies.ttl", turtle(copy), media_type="text/turtle")
    counts = territory.run("copies").counts
    assert (counts.published, counts.excluded, counts.breach) == (0, 1, 0)


def test_what_two_sources_share_is_counted_from_each_side(
    territory: Territory, portal: Portal
) -> None:
    published(territory, portal)
    territory.source("gpso", portal, "/gpso.ttl", level="epci", territory="fr:epci:200057974")
    body = turtle(dataset("arbres", "Arbres"), dataset("x", "Autre", home=ELSEWHERE))
    portal.answer("/gpso.ttl", body, media_type="text/turtle")
    territory.run("gpso")
    with territory.store.read() as connection:
        assert overlaps.shared(connection) == [("gpso", "meudon", 1), ("meudon", "gpso", 1)]
        assert overlaps.shown(connection) == {"gpso": 2, "meudon": 2}
        assert [source for source, _ in overlaps.entries(connection, 3)].count("gpso") == 2
