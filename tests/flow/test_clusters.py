"""What clusters promise: ids, dates and redirects that nothing hidden moves, and views that miss nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harvester.run import clusters, settle
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes
from harvester.run.source import run_source
from harvester.store import catalogue
from harvester.store.catalogue import Moved, Row
from tests.portal import Portal
from tests.territory import Territory, dataset, gazetteer, turtle

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
BELLEVUE = '[views.bellevue]\nterritory = "fr:commune:92048"\ntitle = "Bellevue"\n'


def answer(portal: Portal, path: str, *parts: str) -> None:
    portal.answer(path, turtle(*parts), media_type="text/turtle")


def five(more: str = "") -> list[str]:
    return [dataset(f"x-{n}", f"Titre {n}", more) for n in range(5)]


def known_by(name: str, title: str, *identifiers: str, more: str = "") -> str:
    """A dataset at home in the portal `name`, with these identifiers."""
    words = ", ".join(f'"{identifier}"' for identifier in identifiers)
    home = f"https://{name}.example"
    return dataset(name, title, more, home=home).replace(f'"{name}"', words)


def fillers(name: str) -> list[str]:
    """Enough other datasets for one to go without the guard stepping in."""
    return [dataset(f"{n}", f"Autre {name} {n}", home=f"https://{name}.example") for n in range(6)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the day on which runs end."""

    def set_day(day: int) -> None:
        monkeypatch.setattr(settle, "now", lambda: f"2026-01-{day:02}T00:00:00Z")

    set_day(1)
    return set_day


def test_views_computed_anew_miss_no_entry_at_the_edge_of_a_block(
    territory: Territory, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "BLOCK", 3)
    territory.source("meudon", portal)
    territory.source("interne", portal, "/interne.ttl", more='access = "restricted"')
    answer(portal, "/catalog.ttl", *five())
    answer(portal, "/interne.ttl", *five())
    territory.run("meudon")
    territory.run("interne")
    territory.configure(BELLEVUE)
    territory.run("meudon")
    for view in ("", "bellevue"):
        assert len(territory.titles(view)) == 5
        assert len(territory.titles(view, audience="agents")) == 5


def test_a_run_that_outlives_a_change_of_the_views_leaves_none_of_them_empty(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    answer(portal, "/catalog.ttl", *five())
    former = territory.config
    recipes, views = Recipes(former, gazetteer()), Clusters.of(former, gazetteer())
    views.rebuild_views(territory.store)
    territory.configure(BELLEVUE)
    reloaded = Clusters.of(territory.config, gazetteer())
    reloaded.rebuild_views(territory.store)
    source = former.source("meudon")
    assert source is not None
    run_source(former, territory.store, recipes.recipe(source), views)
    assert reloaded.rebuild_views(territory.store), "who opens the store next sees to it"
    assert len(territory.titles("bellevue")) == 5
    assert not reloaded.rebuild_views(territory.store)


def test_a_service_mends_the_views_that_a_run_of_the_former_configuration_wrote(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    answer(portal, "/catalog.ttl", *five())
    former = territory.config
    source = former.source("meudon")
    assert source is not None
    recipe = Recipes(former, gazetteer()).recipe(source)
    territory.configure(BELLEVUE)
    reloaded = Clusters.of(territory.config, gazetteer())
    reloaded.rebuild_views(territory.store)
    run_source(former, territory.store, recipe, Clusters.of(former, gazetteer()))
    run_source(territory.config, territory.store, recipe, reloaded)
    assert len(territory.titles("bellevue")) == 5


@pytest.mark.parametrize("access", ["restricted", "private"])
def test_a_record_the_public_may_not_see_does_not_make_one_of_two_public_entries(
    territory: Territory, portal: Portal, access: str
) -> None:
    territory.source("a", portal, "/a.ttl")
    territory.source("b", portal, "/b.ttl")
    territory.source("r", portal, "/r.ttl", more=f'access = "{access}"')
    answer(portal, "/a.ttl", known_by("a", "Budget A", ONE))
    answer(portal, "/b.ttl", known_by("b", "Budget B", TWO))
    answer(portal, "/r.ttl", known_by("r", "CANARI", ONE, TWO))
    territory.run("a")
    territory.run("b")
    before = territory.rows()
    territory.run("r")
    after = territory.rows()
    assert [(r.id, r.body, r.modified) for r in after] == [
        (r.id, r.body, r.modified) for r in before
    ]
    inside = territory.rows(audience="agents")
    assert [row.id for row in inside] == [row.id for row in before]
    assert sum(len(row.origins) for row in inside) == (3 if access == "restricted" else 2)


def story(portal: Portal) -> list[tuple[str, list[str]]]:
    """Public runs, one a day: (source, what it shows); entries merge, part, go and return."""
    a, b, c = fillers("a"), fillers("b"), fillers("c")
    first, other = known_by("a", "Jeu A", ONE), known_by("b", "Jeu B", TWO)
    twin = known_by("c", "Jeu C", TWO)
    merged = known_by("b", "Jeu A", "b", ONE)
    return [
        ("a", [*a, first]),
        ("b", [*b, other]),
        ("c", [*c, twin]),
        ("c", c),
        ("c", c),
        ("c", c),
        ("b", [*b, merged]),
        ("b", [*b, other]),
        ("c", [*c, twin]),
        ("a", a),
        ("a", a),
        ("a", a),
        ("a", [*a, first]),
    ]


def lived(
    territory: Territory, portal: Portal, clock: Callable[[int], None], hidden: Callable[[int], str]
) -> Any:
    """What the public can know after the story; `hidden(day)` is what the hidden portal shows then, "" nothing new."""
    for name in "abc":
        territory.source(name, portal, f"/{name}.ttl")
    territory.source("r", portal, "/r.ttl", more='access = "restricted"\n[guard]\ngrace = 1')
    territory.source("p", portal, "/p.ttl", more='access = "private"')
    for day, (name, shown) in enumerate(story(portal), start=1):
        clock(day)
        if secret := hidden(day):
            for path in "rp":
                answer(portal, f"/{path}.ttl", *fillers(path), secret.replace("//r.", f"//{path}."))
                assert territory.run(path).outcome == "success"
        answer(portal, f"/{name}.ttl", *shown)
        assert territory.run(name).counts.breach == 0
    journal = territory.sql(
        'SELECT kind, cluster, at, "other" FROM change '
        "WHERE audience IN ('all', 'public') AND cluster <> '' ORDER BY seq"
    )
    ids: dict[str | None, int | None] = {None: None}
    for _, cluster, _, other in journal:
        ids.setdefault(cluster, len(ids))
        ids.setdefault(other, len(ids))

    def read(cluster: str) -> object:
        with territory.store.read() as connection:
            same = catalogue.merged_into(connection, cluster)
        found = territory.entry(cluster)
        if isinstance(found, Moved):
            return ids[found.to]
        if isinstance(found, Row):
            told = (found.body, found.origins, found.issued, found.modified)
            return told, sorted(str(ids[old]) for old in same)
        return found

    return (
        sorted((kind, ids[cluster], at, ids[other]) for kind, cluster, at, other in journal),
        [read(cluster) for cluster in ids if cluster],
        territory.titles("meudon"),
    )


BRIDGE = known_by("r", "Jeu A", ONE, TWO)
LANDING = known_by("r", "Jeu A", ONE, more="dcat:landingPage <https://b.example/datasets/b> ;")
ALONE = known_by("r", "CANARI", "r")
HIDDEN: dict[str, Callable[[int], str]] = {
    "first": lambda day: BRIDGE if day == 1 else "",
    "last": lambda day: BRIDGE if day == 13 else "",
    "changing": lambda day: (BRIDGE, ALONE, LANDING, "# nothing")[day % 4],
    "merging-late": lambda day: ALONE if day == 1 else BRIDGE if day in (5, 9) else "",
    "while-gone": lambda day: BRIDGE if day in (2, 11) else TWO_ONLY if day == 12 else "",
}
TWO_ONLY = known_by("r", "Jeu C", TWO)


@pytest.mark.parametrize("when", HIDDEN)
def test_the_public_knows_exactly_what_it_would_know_without_hidden_records(
    territory: Territory,
    portal: Portal,
    clock: Callable[[int], None],
    when: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("alone")
    alone = Territory(folder / "territory", f"sqlite:///{folder}/harvester.sqlite")
    expected = lived(alone, portal, clock, lambda _: "")
    alone.close()
    assert {kind for kind, *_ in expected[0]} >= {"merged", "split", "restored", "deleted"}
    assert lived(territory, portal, clock, HIDDEN[when]) == expected


def test_no_id_is_both_alive_and_led_elsewhere(territory: Territory, portal: Portal) -> None:
    for name in "abc":
        territory.source(name, portal, f"/{name}.ttl")
    answer(portal, "/a.ttl", *fillers("a"), known_by("a", "Jeu A", TWO))
    answer(portal, "/b.ttl", *fillers("b"), known_by("b", "Jeu B", ONE))
    answer(portal, "/c.ttl", *fillers("c"), known_by("c", "Jeu C", ONE))
    for name in "abc":
        territory.run(name)
    a, b = territory.ids()["Jeu A"], territory.ids()["Jeu B"]
    answer(portal, "/c.ttl", *fillers("c"))
    for _ in range(3):
        territory.run("c")
    answer(portal, "/b.ttl", *fillers("b"), known_by("b", "Jeu A", "b", TWO))
    territory.run("b")
    assert territory.entry(b) == Moved(a)
    answer(portal, "/c.ttl", *fillers("c"), known_by("c", "Jeu C", ONE))
    territory.run("c")
    assert territory.ids()["Jeu C"] not in (a, b)
    assert territory.entry(b) == Moved(a)


def test_a_record_that_leaves_an_entry_is_told_as_a_split(
    territory: Territory, portal: Portal
) -> None:
    territory.source("a", portal, "/a.ttl")
    territory.source("b", portal, "/b.ttl")
    answer(portal, "/a.ttl", known_by("a", "Jeu A", ONE))
    answer(portal, "/b.ttl", known_by("b", "Jeu B", ONE))
    territory.run("a")
    territory.run("b")
    [both] = territory.rows()
    answer(portal, "/b.ttl", known_by("b", "Jeu B", TWO))
    territory.run("b")
    left = territory.ids()["Jeu B"]
    assert territory.sql(f"SELECT kind, audience, other FROM change WHERE cluster = '{left}'") == [
        ("split", "all", both.id)
    ]


def test_what_agents_knew_before_does_not_date_what_the_public_sees(
    territory: Territory, portal: Portal, clock: Callable[[int], None]
) -> None:
    territory.source("meudon", portal, more='access = "restricted"')
    answer(portal, "/catalog.ttl", *five())
    territory.run("meudon")
    clock(9)
    territory.source("meudon", portal)
    territory.run("meudon")
    assert {row.issued for row in territory.rows()} == {"2026-01-09T00:00:00Z"}
    assert territory.sql(
        "SELECT DISTINCT kind FROM change WHERE audience = 'public' AND cluster <> ''"
    ) == [("created",)]


def test_any_number_of_portals_may_show_one_dataset(territory: Territory, portal: Portal) -> None:
    for n in range(14):
        territory.source(f"s{n}", portal, f"/{n}.ttl")
        answer(portal, f"/{n}.ttl", dataset("a", "A"))
        territory.run(f"s{n}")
    assert len(territory.rows()) == 1
    answer(portal, "/0.ttl", dataset("a", "A", 'dcat:keyword "arbre" ;'))
    territory.run("s0")
    [row] = territory.rows()
    assert len(row.origins) == 14


def test_an_entry_outlives_the_version_it_was_first_made_from(
    territory: Territory, portal: Portal
) -> None:
    territory.configure("history = 1\n")
    territory.source("meudon", portal)
    for n in range(4):  # nothing that is published of it changes
        answer(portal, "/catalog.ttl", dataset("a", "A", f'<https://x.example/visits> "{n}" ;'))
        counts = territory.run("meudon").counts
        assert (counts.published, counts.merged) == (1, 0)
    assert territory.titles() == ["A"]


def test_private_records_are_counted_as_such_and_shown_to_nobody(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal, more='access = "private"')
    answer(portal, "/catalog.ttl", *five())
    outcome = territory.run("meudon")
    assert (outcome.counts.private, outcome.counts.merged, outcome.counts.breach) == (5, 0, 0)
    assert list(outcome.report())[-2:] == ["private", "ours"]
    assert territory.titles() == territory.titles(audience="agents") == []


@pytest.mark.parametrize(
    "told",
    [
        "dcat:landingPage <{ours}> ;",
        "dcat:landingPage <http://donnees.gpso.example/villes/meudon/datasets/{id}> ;",
        "dct:source <{ours}> ;",
        "<http://www.w3.org/ns/prov#wasDerivedFrom> <{ours}> ;",
        'dct:identifier "{ours}" ;',
        'dct:identifier "{id}" ; dcat:landingPage <{ours}> ;',
    ],
)
def test_our_own_catalogue_that_comes_back_through_another_portal_is_left_out(
    territory: Territory, portal: Portal, told: str
) -> None:
    territory.source("meudon", portal)
    territory.source("dg", portal, "/dg.ttl", level="etat", territory="fr")
    answer(portal, "/catalog.ttl", *five())
    territory.run("meudon")
    before = territory.rows()
    ours = f"https://donnees.gpso.example/datasets/{before[0].id}"
    copy = dataset(
        "q", "Titre 0", told.format(ours=ours, id=before[0].id), home="https://dg.example"
    )
    other = dataset(
        "w",
        "Autre",
        "dcat:landingPage <https://donnees.gpso.example/> ;",
        home="https://dg.example",
    )
    answer(portal, "/dg.ttl", copy, other)
    counts = territory.run("dg").counts
    assert (counts.excluded, counts.published, counts.breach) == (1, 1, 0)
    assert [row for row in territory.rows() if row.origins[0][0] == "meudon"] == before
