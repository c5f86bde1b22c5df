"""Many portals, one catalogue: what is one dataset, who speaks for it, who may see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import orjson
import pytest

from harvester.store.catalogue import Moved, Row
from tests.portal import Portal
from tests.territory import HOME, Territory, dataset, datasets, turtle

TURTLE = "text/turtle"
EPT = 'level = "epci"'
RESTRICTED = (
    "dct:accessRights <http://publications.europa.eu/resource/authority/access-right/RESTRICTED> ;"
)
PAGE = f"dcat:landingPage <{HOME}/datasets/arbres> ;"
SAID = 'dct:spatial <http://id.insee.fr/geo/commune/92048> ; dct:issued "2020-03-04" ; dct:description "Essences et années de plantation, rue par rue."@fr ;'


@pytest.fixture
def city(territory: Territory, portal: Portal) -> None:
    territory.source("meudon", portal, "/meudon.ttl")
    territory.source("gpso", portal, "/gpso.ttl", level="epci", territory="fr:epci:200057974")


def answer(portal: Portal, path: str, *parts: str) -> None:
    portal.answer(path, turtle(*parts), media_type=TURTLE)


@pytest.mark.usefixtures("city")
def test_a_dataset_that_the_ept_federates_has_one_entry_and_the_city_speaks_for_it(
    territory: Territory, portal: Portal
) -> None:
    answer(portal, "/gpso.ttl", dataset("arbres", "Arbres (copie)", 'dcat:keyword "vert"@fr ;'))
    answer(portal, "/meudon.ttl", dataset("arbres", "Arbres", 'dcat:keyword "nature"@fr ;'))
    territory.run("gpso")
    [before] = territory.rows()
    assert territory.run("meudon").counts.published == 1
    [after] = territory.rows()
    assert after.id == before.id, "the address stays"
    entry = orjson.loads(after.body)
    assert entry["title"] == {"fr": "Arbres"}
    assert entry["keyword"] == {"fr": ["nature", "vert"]}
    assert [origin[0] for origin in after.origins] == ["meudon", "gpso"]
    assert territory.run("gpso").counts.merged == 1


@pytest.mark.usefixtures("city")
def test_budgets_of_two_years_and_trees_of_two_cities_stay_apart(
    territory: Territory, portal: Portal
) -> None:
    page = "dcat:landingPage <https://data.gpso.example/budget> ;"
    answer(
        portal,
        "/meudon.ttl",
        dataset("budget-2023", "Budget primitif 2023", page),
        dataset("arbres", "Arbres"),
    )
    answer(
        portal,
        "/gpso.ttl",
        dataset("b24", "Budget primitif 2024", page, home="https://data.gpso.example"),
        dataset("arbres", "Arbres", home="https://data.vanves.example"),
    )
    for name in ("meudon", "gpso"):
        assert territory.run(name).counts.merged == 0
    assert len(territory.rows()) == 4


@pytest.mark.usefixtures("city")
def test_a_copy_that_turns_out_to_be_another_dataset_leaves_and_the_id_stays_with_the_original(
    territory: Territory, portal: Portal
) -> None:
    copy = dataset("x1", "Arbres", f"{PAGE} {SAID}", home="https://data.gpso.example")
    answer(portal, "/meudon.ttl", dataset("arbres", "Arbres", SAID))
    answer(portal, "/gpso.ttl", copy)
    territory.run("meudon")
    [original] = territory.rows()
    territory.run("gpso")
    assert [row.id for row in territory.rows()] == [original.id]
    answer(portal, "/gpso.ttl", dataset("x1", "Bancs publics", home="https://data.gpso.example"))
    territory.run("gpso")
    assert territory.titles() == ["Arbres", "Bancs publics"]
    assert territory.ids()["Arbres"] == original.id


@pytest.mark.usefixtures("city")
def test_two_entries_that_turn_out_to_be_one_leave_a_redirect(
    territory: Territory, portal: Portal
) -> None:
    answer(portal, "/meudon.ttl", dataset("arbres", "Arbres", SAID))
    answer(portal, "/gpso.ttl", dataset("x1", "Arbres", home="https://data.gpso.example"))
    territory.run("meudon")
    territory.run("gpso")
    ids = {row.id for row in territory.rows()}
    assert len(ids) == 2
    copy = dataset("x1", "Arbres", f"{PAGE} {SAID}", home="https://data.gpso.example")
    answer(portal, "/gpso.ttl", copy)
    territory.run("gpso")
    [survivor] = territory.rows()
    (lost,) = ids - {survivor.id}
    assert territory.entry(lost) == Moved(survivor.id)
    assert isinstance(territory.entry(survivor.id), Row)


def test_restricted_records_are_for_agents_and_leave_no_trace_in_public(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    territory.source("interne", portal, "/interne.ttl", more='access = "restricted"')
    secret = dataset("secret", "CANARI des agents", RESTRICTED)
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres"), secret)
    answer(portal, "/interne.ttl", dataset("rh", "CANARI interne", home="https://rh.example"))
    territory.run("meudon")
    territory.run("interne")
    assert territory.titles() == ["Arbres"]
    assert territory.titles("meudon") == ["Arbres"]
    assert territory.titles(audience="agents") == ["Arbres", "CANARI des agents", "CANARI interne"]
    assert territory.sql(
        "SELECT count FROM view_state WHERE view = 'meudon' AND audience = 'public'"
    ) == [(1,)]


def test_a_public_record_and_its_restricted_twin_are_merged_from_the_public_one_for_the_public(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    territory.source("interne", portal, "/interne.ttl", more='access = "restricted"')
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres"))
    answer(portal, "/interne.ttl", dataset("arbres", "Arbres", 'dcat:keyword "CANARI" ;'))
    territory.run("meudon")
    [before] = territory.rows()
    territory.run("interne")
    [after] = territory.rows()
    assert replace(after, audience=before.audience) == before, "not even a date has moved"
    [inside] = territory.rows(audience="agents")
    assert b"CANARI" in inside.body
    assert inside.id == before.id


def test_a_record_that_becomes_restricted_disappears_from_public_at_once(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres"), dataset("bancs", "Bancs"))
    territory.run("meudon")
    answer(
        portal, "/catalog.ttl", dataset("arbres", "Arbres", RESTRICTED), dataset("bancs", "Bancs")
    )
    territory.run("meudon")
    assert territory.titles() == ["Bancs"]
    assert territory.titles(audience="agents") == ["Arbres", "Bancs"]


def test_an_unchanged_catalogue_writes_nothing_for_readers(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    portal.answer("/catalog.ttl", datasets(20), media_type=TURTLE, etag='"a"')
    territory.run("meudon")
    tables = ("version", "record", "entry", "membership", "change", "link", "view_state")
    before = {table: territory.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}
    outcome = territory.run("meudon")
    assert (outcome.pages_unchanged, outcome.counts.unchanged) == (1, 20)
    portal.answer("/catalog.ttl", datasets(20) + b"\n# new comment\n", media_type=TURTLE)
    outcome = territory.run("meudon")
    assert (outcome.pages_unchanged, outcome.counts.unchanged) == (0, 20)
    for table in tables:
        assert territory.sql(f"SELECT * FROM {table} ORDER BY 1, 2") == before[table], table


def test_a_changed_mapping_is_applied_without_asking_the_portal(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres", 'dct:alternative "Les arbres"@fr ;'))
    territory.run("meudon")
    ids = [row.id for row in territory.rows()]
    (territory.folder / "mappings").mkdir()
    (territory.folder / "mappings" / "dcat.toml").write_text(
        'extends = "dcat"\n[dataset]\ntitle = ["dct:alternative", "dct:title"]\n'
    )
    portal.forget()
    outcome = territory.run("meudon", remap_only=True)
    assert (outcome.outcome, outcome.counts.changed) == ("success", 1)
    assert portal.requests == []
    assert territory.titles() == ["Les arbres"]
    assert [row.id for row in territory.rows()] == ids


def test_excluded_publishers_and_titles_are_counted_and_not_published(
    territory: Territory, portal: Portal
) -> None:
    territory.source(
        "meudon",
        portal,
        more='[exclude]\npublishers = ["département des hauts-de-seine"]\ntitles = ["^Test"]',
    )
    theirs = 'dct:publisher [ a foaf:Agent ; foaf:name "Département des Hauts-de-Seine" ] ;'
    answer(
        portal,
        "/catalog.ttl",
        dataset("routes", "Routes départementales", theirs),
        dataset("essai", "Test de publication"),
        dataset("arbres", "Arbres"),
    )
    counts = territory.run("meudon").counts
    assert (counts.seen, counts.excluded, counts.published, counts.breach) == (3, 2, 1, 0)
    assert territory.titles() == ["Arbres"]


def test_a_city_sees_its_own_and_the_upper_levels_data_and_not_its_neighbours(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    territory.source("vanves", portal, "/vanves.ttl", territory="fr:commune:92075")
    territory.source("idf", portal, "/idf.ttl", level="region", territory="fr:region:11")
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres de Meudon"))
    answer(portal, "/vanves.ttl", dataset("v", "Arbres de Vanves", home="https://vanves.example"))
    answer(portal, "/idf.ttl", dataset("air", "Air de la région", home="https://idf.example"))
    for name in ("meudon", "vanves", "idf"):
        territory.run(name)
    assert territory.titles("meudon") == ["Air de la région", "Arbres de Meudon"]
    assert territory.titles("vanves") == ["Air de la région", "Arbres de Vanves"]
    assert territory.titles("marnes-la-coquette") == ["Air de la région"]
    assert len(territory.titles()) == 3


def test_a_new_view_gets_what_was_harvested_before(territory: Territory, portal: Portal) -> None:
    territory.source("meudon", portal)
    answer(portal, "/catalog.ttl", dataset("arbres", "Arbres"))
    territory.run("meudon")
    territory.configure('[views.bellevue]\nterritory = "fr:commune:92048"\ntitle = "Bellevue"\n')
    territory.run("meudon")
    assert territory.titles("bellevue") == ["Arbres"]


@pytest.mark.usefixtures("city")
def test_two_portals_harvested_at_the_same_time_still_share_their_entries(
    territory: Territory, portal: Portal
) -> None:
    portal.answer("/meudon.ttl", datasets(30), media_type=TURTLE)
    portal.answer("/gpso.ttl", datasets(30), media_type=TURTLE)
    assert territory.store is not None
    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(territory.run, ["meudon", "gpso"]))
    assert [outcome.outcome for outcome in outcomes] == ["success", "success"]
    assert len(territory.rows()) == 30
