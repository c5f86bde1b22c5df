"""What the one entry of several records says, whose each value is, and how a changed policy reaches it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from lxml import html
from typer.testing import CliRunner

import harvester.cli  # noqa: F401 - registers the commands
from harvester.cli.app import app
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes
from harvester.run.source import run_source
from harvester.store import catalogue
from harvester.web import app as web
from tests.portal import Portal
from tests.published import Client, Counters
from tests.territory import Territory, dataset, gazetteer, turtle

ONE = "11111111-1111-4111-8111-111111111111"
LO = "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0"
ODBL = "http://publications.europa.eu/resource/authority/licence/ODC_BL"
ODS = "https://data.a.example/api/explore/v2.1/catalog/datasets/arbres/exports"
OLD = (
    "https://data.a.example/explore/dataset/arbres/download?format=csv&amp;use_labels=true".replace(
        "&amp;", "&"
    )
)


def record(name: str, more: str = "", *files: str) -> str:
    """A record of the dataset ONE at home in portal `name`, with these files."""
    home = f"https://{name}.example"
    shown = "".join(f"dcat:distribution <{home}/d/{n}> ; " for n, _ in enumerate(files))
    described = "".join(
        f"<{home}/d/{n}> a dcat:Distribution ; dcat:downloadURL <{url}> .\n"
        for n, url in enumerate(files)
    )
    return (
        f'<{home}/datasets/{name}> a dcat:Dataset ; dct:title "Arbres"@fr ; '
        f'dct:identifier "{ONE}" ; {more} {shown} .\n{described}'
    )


def show(portal: Portal, name: str, more: str = "", *files: str) -> None:
    others = [
        dataset(f"{n}", f"Autre {name} {n}", home=f"https://{name}.example") for n in range(6)
    ]
    body = turtle(record(name, more, *files), *others)
    portal.answer(f"/{name}.ttl", body, media_type="text/turtle")


@pytest.fixture
def two(territory: Territory, portal: Portal) -> Territory:
    """Portals `a`, the origin, and `b`, a copy of a higher level."""
    territory.source("a", portal, "/a.ttl")
    territory.source("b", portal, "/b.ttl", level="etat", territory="fr")
    return territory


def row(territory: Territory, audience: catalogue.Audience = "public") -> catalogue.Row:
    [found] = [r for r in territory.rows(audience=audience) if said(r)["title"]["fr"] == "Arbres"]
    return found


def said(found: catalogue.Row) -> dict[str, Any]:
    entry: dict[str, Any] = orjson.loads(found.body)
    return entry


def files(territory: Territory) -> list[str]:
    return [d["download_url"][0] for d in said(row(territory)).get("distribution", ())]


def explain(territory: Territory) -> Mapping[str, Any]:
    config = str(territory.folder / "config.toml")
    done = CliRunner().invoke(app, ["explain", row(territory).id, "--json", "--config", config])
    assert done.exit_code == 0, done.output
    told: Mapping[str, Any] = json.loads(done.stdout)
    return told


def page(territory: Territory) -> tuple[str, str]:
    """(the text of the entry's page, its ETag)."""
    made = web(territory.config, territory.store, Counters(), gazetteer())  # type: ignore[arg-type]
    answer = Client(made).get(f"/datasets/{row(territory).id}.html")
    assert answer.status_code == 200
    return " ".join(html.fromstring(answer.text).text_content().split()), answer.headers["ETag"]


def policy(territory: Territory, text: str) -> None:
    folder = territory.folder / "mappings"
    folder.mkdir(exist_ok=True)
    folder.joinpath("merge.toml").write_text(text)


def reload(territory: Territory) -> bool:
    """What a service does when its files change; whether anything had to be made anew."""
    return Clusters.of(territory.config, gazetteer()).rebuild_views(territory.store)


def test_a_resource_goes_with_its_source_unless_another_still_serves_it(
    two: Territory, portal: Portal
) -> None:
    a, b = "https://a.example/a.csv", "https://b.example/b.json"
    show(portal, "a", "", a, f"{ODS}/csv")
    show(portal, "b", "", OLD, b)
    two.run("a")
    two.run("b")
    assert files(two) == [a, f"{ODS}/csv", b], "the copy's old address is the origin's export"
    show(portal, "a", "", f"{ODS}/csv")
    two.run("a")
    assert files(two) == [f"{ODS}/csv", b], "nobody else served it"
    show(portal, "a", "", a)
    two.run("a")
    assert files(two) == [a, OLD, b], "the copy still serves it, at its own address"
    show(portal, "b", "")
    two.run("b")
    assert files(two) == [a]


def test_a_member_that_goes_takes_what_it_said_with_it(two: Territory, portal: Portal) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;')
    show(portal, "b", 'dcat:keyword "nature"@fr ; dct:description "Du second"@fr ;')
    two.run("a")
    two.run("b")
    assert said(row(two))["keyword"] == {"fr": ["arbre", "nature"]}
    assert said(row(two))["description"] == {"fr": "Du second"}
    others = [dataset(f"{n}", f"Autre b {n}", home="https://b.example") for n in range(6)]
    portal.answer("/b.ttl", turtle(*others), media_type="text/turtle")
    for _ in range(3):
        two.run("b")
    assert said(row(two))["keyword"] == {"fr": ["arbre"]}
    assert "description" not in said(row(two))


def test_every_value_of_an_entry_is_explained_by_record_and_rule(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;', f"{ODS}/csv")
    show(portal, "b", 'dcat:keyword "arbre"@fr, "nature"@fr ; dct:issued "2020" ;', OLD)
    two.run("a")
    two.run("b")
    told = explain(two)
    [entry] = told["entries"]
    a, b = (f"{name}/https://{name}.example/datasets/{name}" for name in "ab")
    assert set(told["provenance"]) == set(entry["entry"]) - {"kind"}
    assert told["provenance"]["title"] == {"rule": "elected", "records": [a]}
    assert told["provenance"]["issued"] == {"rule": "origin", "records": [b]}
    assert told["provenance"]["keyword"]["each"] == {"fr": [[a, b], [b]]}
    [shown] = told["provenance"]["distribution"]["each"]
    assert shown["records"] == [a, b]
    assert [(road["source"], road["origin"]) for road in told["roads"]] == [
        ("a", None),
        ("b", None),
    ]


def test_explain_tells_in_french_whose_each_value_is(two: Territory, portal: Portal) -> None:
    show(portal, "a", f"dct:license <{ODBL}> ;", f"{ODS}/csv")
    page_of_a = "dcat:landingPage <https://a.example/datasets/a> ;"
    show(portal, "b", f'{page_of_a} dct:license <{LO}> ; dct:description "Du second"@fr ;', OLD)
    two.run("a")
    two.run("b")
    config = str(two.folder / "config.toml")
    done = CliRunner().invoke(app, ["explain", row(two).id, "--config", config])
    assert done.exit_code == 0, done.output
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert f"license ← a (d'une seule fiche) = {ODBL}" in lines
    assert f"≠ b dit : {LO}" in lines
    assert "description ← b (première à le dire) = Du second" in lines
    assert "Champs de l'entrée pour tous (fiche élue : a)" in lines
    assert f"1. {ODS}/csv ← a, b" in lines
    assert "b : la tient de a (a.example)" in lines
    assert any(line.endswith(": apparaît (moisson de a)") for line in lines), lines


def test_sources_that_state_another_licence_are_shown_and_move_the_page_s_etag(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", f"dct:license <{ODBL}> ;")
    show(portal, "b", f"dct:license <{ODBL}> ;")
    two.run("a")
    two.run("b")
    text, etag = page(two)
    assert "disent autrement" not in text
    show(portal, "b", f"dct:license <{LO}> ;")
    two.run("b")
    assert said(row(two))["license"] == ODBL
    text, other = page(two)
    assert "Ce que d’autres sources disent autrement Licence : Licence Ouverte 2.0 selon b" in text
    assert other != etag


def test_whose_a_value_is_follows_without_news_to_readers(two: Territory, portal: Portal) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;')
    show(portal, "b", 'dcat:theme <http://x.example/t> ; dct:type "un" ;')
    two.run("a")
    two.run("b")
    before, changes = row(two), two.sql("SELECT count(*) FROM change")
    show(portal, "b", 'dcat:theme <http://x.example/t> ; dct:type "un" ; dcat:keyword "Arbre"@fr ;')
    two.run("b")
    assert (row(two).body, row(two).seq) == (before.body, before.seq)
    assert two.sql("SELECT count(*) FROM change") == changes
    [[a, b]] = explain(two)["provenance"]["keyword"]["each"]["fr"]
    assert (a[0], b[0]) == ("a", "b")


CANARY = "canari"
SECRET = f"""dct:license <https://x.example/{CANARY}> ; dcat:keyword "{CANARY}"@fr ;
    dct:description "{CANARY}"@fr ; dcat:landingPage <https://{CANARY}.example/> ;
    dct:accessRights <http://publications.europa.eu/resource/authority/access-right/RESTRICTED> ;"""


def test_nothing_of_a_restricted_record_reaches_what_the_public_is_told(
    two: Territory, portal: Portal
) -> None:
    two.source("r", portal, "/r.ttl", more='access = "restricted"')
    show(portal, "a", f"dct:license <{ODBL}> ;", "https://a.example/a.csv")
    show(portal, "b", 'dcat:keyword "nature"@fr ;')
    show(portal, "r", SECRET, f"https://{CANARY}.example/a.csv", "https://a.example/a.csv")
    for name in "abr":
        two.run(name)
    inside = row(two, "agents")
    assert CANARY in inside.body.decode()
    assert sorted(s for s, _, _ in inside.origins) == ["a", "b", "r"]
    [(provenance,)] = two.sql(
        f"SELECT provenance FROM entry WHERE cluster = '{inside.id}' AND audience = 'public'"
    )
    hidden = two.sql("SELECT id FROM record WHERE source = 'r' ORDER BY id")
    assert not {str(n) for (n,) in hidden} & set(
        provenance.replace("[", " ").replace("]", " ").replace(",", " ").split()
    )
    public = row(two)
    assert CANARY not in public.body.decode()
    assert CANARY not in page(two)[0]
    with two.store.read() as connection:
        assert catalogue.differences(connection, public.id, public.audience) == []
        told = catalogue.differences(connection, public.id, "agents")
    assert [(d.field, d.source) for d in told] == [("license", "r")]


def test_a_changed_policy_makes_merged_entries_anew_without_asking_any_portal(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;')
    show(portal, "b", 'dcat:keyword "nature"@fr ;')
    two.run("a")
    two.run("b")
    asked, before = len(portal.requests), row(two)
    single = [r for r in two.rows() if r.id != before.id]
    assert not reload(two)
    policy(two, '[entry]\nkeywords = "first"\n')
    assert reload(two)
    assert said(row(two))["keyword"] == {"fr": ["arbre"]}
    assert row(two).seq > before.seq
    assert [r for r in two.rows() if r.id != before.id] == single
    assert two.sql(f"SELECT kind, run FROM change WHERE cluster = '{before.id}' ORDER BY seq")[
        -1:
    ] == [("updated", None)]
    assert not reload(two)
    (two.folder / "mappings" / "merge.toml").unlink()
    assert reload(two)
    assert said(row(two)) == said(before)
    assert len(portal.requests) == asked


def test_a_run_that_outlives_a_change_of_the_policy_leaves_nothing_merged_by_the_former_one(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;')
    show(portal, "b", 'dcat:keyword "nature"@fr ;')
    two.run("a")
    two.run("b")
    former = two.config
    recipes, clusters = Recipes(former, gazetteer()), Clusters.of(former, gazetteer())
    policy(two, '[entry]\nkeyword = "first"\n')
    reload(two)
    show(portal, "b", 'dcat:keyword "parc"@fr ;')
    source = former.source("b")
    assert source is not None
    run_source(former, two.store, recipes.recipe(source), clusters)
    assert reload(two), "who opens the store next sees to it"
    assert said(row(two))["keyword"] == {"fr": ["arbre"]}
    assert not reload(two)


def test_a_service_mends_what_a_run_of_the_former_policy_merged(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", 'dcat:keyword "arbre"@fr ;')
    show(portal, "b", 'dcat:keyword "nature"@fr ;')
    two.run("a")
    two.run("b")
    former = two.config
    recipes, clusters = Recipes(former, gazetteer()), Clusters.of(former, gazetteer())
    policy(two, '[entry]\nkeyword = "first"\n')
    reloaded = Clusters.of(two.config, gazetteer())
    reloaded.rebuild_views(two.store)
    show(portal, "b", 'dcat:keyword "parc"@fr ;')
    source = former.source("b")
    assert source is not None
    run_source(former, two.store, recipes.recipe(source), clusters)
    run_source(two.config, two.store, recipes.recipe(source), reloaded)
    assert said(row(two))["keyword"] == {"fr": ["arbre"]}


def test_the_policy_is_no_mapping_and_changes_no_record_s_recipe(
    two: Territory, portal: Portal
) -> None:
    show(portal, "a", "")
    two.run("a")
    policy(two, '[entry]\nkeyword = "first"\n')
    counts = two.run("a").counts
    assert (counts.changed, counts.unchanged) == (0, 7)


def test_errors_of_the_policy_are_told_with_file_and_line(two: Territory) -> None:
    policy(two, '# la nôtre\n[entry]\ntitre = "first"\ntheme = "unis"\n')
    two.source("a", path="https://a.example/a.ttl", more='mapping = "merge"')
    config = str(two.folder / "config.toml")
    done = CliRunner().invoke(app, ["check", "--config", config])
    assert done.exit_code == 2
    assert (
        "mappings/merge.toml:3: champ inconnu « titre » : vouliez-vous dire « title »"
        in done.stdout
    )
    assert "mappings/merge.toml:4: règle inconnue « unis »" in done.stdout
    assert "aucun fichier de mappings/ ne s'appelle « merge.toml »" in done.stdout
