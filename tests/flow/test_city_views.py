"""What a city's catalogue lists, in which order, and what `explain` says of it, from harvest to page."""

from __future__ import annotations

import orjson
import pytest
from lxml import html
from typer.testing import CliRunner

import harvester.cli  # noqa: F401 - registers the commands
from harvester.cli.app import app
from harvester.run.clusters import Clusters
from harvester.store import catalogue
from harvester.web import app as web
from tests.portal import Portal
from tests.published import Client, Counters
from tests.territory import Territory, dataset, gazetteer, turtle

IRI = "http://id.insee.fr/geo"
EU = "http://publications.europa.eu/resource/authority/data-theme"
MEUDON = f"dct:spatial <{IRI}/commune/92048> ;"
PLACES = {
    "arbres": ("Arbres", MEUDON),
    "lyon": ("Lyon", f"dct:spatial <{IRI}/commune/69123> ;"),
    "canton": ("Département", f"dct:spatial <{IRI}/departement/92> ;"),
    "bois": ("Bois de la région", f"dct:spatial <{IRI}/region/11> ; dcat:theme <{EU}/ENVI> ;"),
    "base": ("Base nationale", ""),
    "climat": ("Climat national", f"dcat:theme <{EU}/ENVI> ;"),
    "presque": ("Nationale, avec Meudon", MEUDON),
}


@pytest.fixture
def country(territory: Territory, portal: Portal) -> Territory:
    """A national portal with something for everybody."""
    territory.source("pays", portal, "/pays.ttl", level="etat", territory="fr")
    show(portal)
    territory.run("pays")
    return territory


def show(portal: Portal, **changed: tuple[str, str]) -> None:
    body = turtle(
        *(dataset(name, title, more) for name, (title, more) in {**PLACES, **changed}.items())
    )
    portal.answer("/pays.ttl", body, media_type="text/turtle")


def ordered(territory: Territory, view: str) -> list[str]:
    with territory.store.read() as connection:
        return [
            orjson.loads(row.body)["title"]["fr"]
            for row in catalogue.page(connection, view, order="nearest")
        ]


def catch_up(territory: Territory) -> None:
    Clusters.of(territory.config, gazetteer()).catch_up(territory.store)


def test_a_city_lists_the_nearest_first_and_no_other_city_s_nor_what_is_only_national(
    country: Territory,
) -> None:
    assert ordered(country, "meudon") == [
        "Arbres",
        "Nationale, avec Meudon",
        "Département",
        "Bois de la région",
    ]
    assert ordered(country, "sevres") == ["Département", "Bois de la région"]
    assert set(country.titles()) == {title for title, _ in PLACES.values()}


def test_settings_of_all_views_and_of_one_take_effect_without_a_harvest(country: Territory) -> None:
    country.configure(
        '[selection]\nwhole = ["departement"]\n[selection.exclude]\ntitles = ["^Arb"]\n'
        '[views.meudon.include]\nthemes = ["ENVI"]\n[views.sevres]\nwhole = ["etat"]\n'
    )
    catch_up(country)
    assert ordered(country, "meudon") == [
        "Nationale, avec Meudon",
        "Département",
        "Bois de la région",
        "Climat national",
    ]
    assert ordered(country, "sevres") == ["Base nationale", "Climat national"]
    assert ordered(country, "chaville") == ["Département"]
    assert "Arbres" in country.titles()
    country.configure()
    catch_up(country)
    assert "Arbres" in ordered(country, "meudon")


def test_what_changes_its_place_changes_the_views_concerned_and_no_other(
    country: Territory, portal: Portal
) -> None:
    def states() -> dict[str, int]:
        with country.store.read() as connection:
            return {
                view: state.seq
                for (view, audience), state in catalogue.states(connection).items()
                if audience == "public"
            }

    before = states()
    show(portal, arbres=("Arbres", f"dct:spatial <{IRI}/commune/92072> ;"))
    country.run("pays")
    after = states()
    assert ordered(country, "sevres")[0] == "Arbres"
    assert "Arbres" not in ordered(country, "meudon")
    moved = {view for view in after if after[view] != before.get(view)}
    assert moved == {"", "meudon", "sevres"}
    with country.store.read() as connection:
        for (view, _), state in catalogue.states(connection).items():
            assert state.count == catalogue.count(connection, view)
            assert state.count == len(list(catalogue.rows(connection, view)))
            assert state.count == sum(catalogue.levels(connection, view).values())


def test_a_view_is_paged_by_ids_whichever_way_its_entries_are_found(country: Territory) -> None:
    with country.store.read() as connection:
        for view in ("", "meudon"):
            ids = sorted(row.id for row in catalogue.rows(connection, view, size=2))
            for way in (catalogue._GATHER, catalogue._WALK):
                found = catalogue.bulk.select(
                    connection, f"SELECT e.cluster {way} ORDER BY e.cluster", (view,)
                )
                assert [cluster for (cluster,) in found] == ids
            parts = [
                part
                for offset in range(0, len(ids), 2)
                for part in catalogue.fragments(
                    connection, view, "public", "test", offset, 2, lambda row: row.id.encode()
                )
            ]
            assert [part.decode() for part in parts] == ids


def test_explain_says_why_a_view_lists_an_entry_and_why_another_does_not(
    country: Territory,
) -> None:
    def told(name: str) -> dict[str, object]:
        config = str(country.folder / "config.toml")
        done = CliRunner().invoke(app, ["explain", f"pays/{name}", "--config", config, "--json"])
        assert done.exit_code == 0, done.output
        return orjson.loads(done.stdout)

    names = {row.origins[0][1]: row.id for row in country.rows()}
    arbres = next(name for name in names if name.endswith("arbres"))
    found = told(arbres)
    assert {view["view"]: view["reason"] for view in found["views"]} == {
        "": "Concerne Meudon, d’après la fiche.",
        "meudon": "Concerne Meudon, d’après la fiche.",
    }
    out = {view["view"]: view["reason"] for view in found["left_out"]}
    assert out["sevres"] == "Ne concerne que Meudon (d’après la fiche)."
    assert len(out) == 7
    national = told(next(name for name in names if name.endswith("base")))
    assert "sans nommer Meudon" in {v["view"]: v["reason"] for v in national["left_out"]}["meudon"]


def test_pages_count_by_level_and_filter_by_it(country: Territory) -> None:
    client = Client(web(country.config, country.store, Counters(), gazetteer()))

    def levels(path: str) -> list[str]:
        tree = html.fromstring(client.get(path).text)
        return [
            " ".join(link.text_content().split())
            for link in tree.xpath("//nav[@class='levels']//a")
        ]

    assert levels("/villes/meudon/") == [
        "Meudon 2 jeux de données",
        "Département 1 jeu de données",
        "Région 1 jeu de données",
    ]
    tree = html.fromstring(client.get("/villes/meudon/?level=region").text)
    assert [title.text_content() for title in tree.xpath("//h3")] == ["Bois de la région"]
    assert levels("/")[-1] == "Ailleurs 1 jeu de données"


def test_what_agents_are_shown_is_counted_view_by_view(country: Territory, portal: Portal) -> None:
    country.source("intra", portal, "/intra.ttl", more='access = "restricted"')
    shared = dataset("arbres", "Arbres", MEUDON)  # of a record that the public sees, too
    body = turtle(shared, dataset("agents", "Pour les agents", MEUDON))
    portal.answer("/intra.ttl", body, media_type="text/turtle")
    country.run("intra")
    catch_up(country)
    assert "Pour les agents" in country.titles("meudon", "agents")
    assert "Pour les agents" not in country.titles("meudon")
    assert "Pour les agents" not in country.titles("sevres", "agents")
    with country.store.read() as connection:
        for (view, audience), state in catalogue.states(connection).items():
            ids = [row.id for row in catalogue.rows(connection, view, audience)]
            assert len(ids) == len(set(ids)) == state.count, (view, audience)
            assert sum(catalogue.levels(connection, view, audience).values()) == state.count
