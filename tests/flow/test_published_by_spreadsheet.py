"""A commune without a portal publishes by a spreadsheet that others keep for it."""

from __future__ import annotations

import orjson

from harvester.demo.dialects import Asked, dialect
from harvester.demo.portal import Portal as SamplePortal
from harvester.demo.samples import producers, samples, topics
from tests.portal import Portal
from tests.tables import csv, row, table
from tests.territory import Territory, gazetteer

FORMAT = "http://publications.europa.eu/resource/authority/file-type/"


def source(territory: Territory, portal: Portal, more: str = "", kind: str = "table") -> None:
    territory.folder.joinpath("sources", "marnes.toml").write_text(
        f'name = "Marnes"\nkind = "{kind}"\nurl = "{portal.at("/catalogue.csv")}"\nlevel = "commune"\n'
        f'territory = "fr:commune:92047"\n{more}\n[http]\nretries = 0\nallow_hosts = ["{portal.host}"]\n'
    )


def entry(territory: Territory, title: str) -> dict[str, object]:
    for each in territory.rows(audience="agents"):
        body: dict[str, object] = orjson.loads(each.body)
        if title in body["title"].values():  # type: ignore[attr-defined]
            return body
    raise LookupError(title)


def test_the_row_becomes_a_dataset_of_the_commune_kept_by_the_ept(
    territory: Territory, portal: Portal
) -> None:
    base = "https://www.marnes.example/donnees/"
    rows = [
        row(FORMAT_RESSOURCES="csv;shp", URL=f"{base}arbres.csv {base}arbres.zip"),
        row(ID="bancs", TITRE="Bancs publics", FREQ_MAJ="Quotidienne ou plusieurs fois par jour"),
        row(ID="agents", TITRE="Astreintes", ACCES="restreint"),
    ]
    portal.answer("/catalogue.csv", body=csv(table(*rows)), media_type="text/csv")
    more = '[options]\ncustodian = "Grand Paris Seine Ouest"\ncustodian_siret = "200057974"\n'
    source(territory, portal, more)
    outcome = territory.run("marnes")
    assert (outcome.outcome, outcome.counts.published, outcome.counts.private) == ("success", 3, 0)
    assert territory.titles("marnes-la-coquette") == ["Arbres d'alignement", "Bancs publics"]
    assert territory.titles("sevres") == []
    trees = entry(territory, "Arbres d'alignement")
    assert trees["publisher"] == {
        "name": {"fr": "Ville de Marnes-la-Coquette"},
        "identifier": "21920047400019",
    }
    (kept,) = trees["qualified_attribution"]  # type: ignore[misc]
    assert kept["agent"] == {"name": {"fr": "Grand Paris Seine Ouest"}, "identifier": "200057974"}  # type: ignore[index]
    assert kept["role"].endswith("/custodian")  # type: ignore[index]
    assert trees["distribution"] == [
        {
            "access_url": [f"{base}arbres.{suffix}"],
            "download_url": [f"{base}arbres.{suffix}"],
            "format": FORMAT + form,
        }
        for suffix, form in (("csv", "CSV"), ("zip", "SHP"))
    ]
    assert "landing_page" not in trees
    assert trees["temporal"] == [{"start": "2023-01-01", "end": "2023-12-31"}]
    assert str(trees["license"]).endswith("/ETALAB_2_0")
    benches = entry(territory, "Bancs publics")
    assert benches["landing_page"] == [f"{base}arbres"]
    assert str(benches["accrual_periodicity"]).endswith("/DAILY")


def test_one_bad_cell_or_row_costs_no_other_and_a_whole_sheet_withdraws_what_went(
    territory: Territory, portal: Portal
) -> None:
    bad = row(ID="b", TITRE="Bancs", DATE_MAJ="31/02/2024", URL="voir mairie")
    portal.answer("/catalogue.csv", body=csv(table(row(), bad)), media_type="text/plain")
    source(territory, portal, "[guard]\nthreshold = 1\ngrace = 1\n")
    first = territory.run("marnes")
    assert (first.outcome, first.counts.published) == ("success", 2)
    assert first.problems_by_code["table-cell"] == 2
    again = territory.run("marnes")
    assert (again.counts.new, again.counts.changed) == (0, 0)
    portal.answer("/catalogue.csv", body=csv(table(bad, row(ID="", TITRE=""))))
    torn = territory.run("marnes")
    assert (torn.outcome, torn.counts.published) == ("partial", 2), "a row that is none may be any"
    portal.answer("/catalogue.csv", body=csv(table(bad)))
    assert territory.run("marnes").counts.published == 1


def test_a_page_that_asks_to_log_in_says_what_to_do(territory: Territory, portal: Portal) -> None:
    body = b"<!doctype html><title>Connexion</title>"
    portal.answer("/catalogue.csv", body=body, media_type="text/html")
    source(territory, portal)
    outcome = territory.run("marnes")
    assert outcome.outcome == "refused"
    assert "lien de téléchargement" in outcome.message


def test_the_imitated_sheet_is_read_whole(territory: Territory, portal: Portal) -> None:
    spoken = dialect("table")
    who = producers(gazetteer())["marnes-la-coquette"]
    made = samples(who, topics()["commune"], 40)
    entries = tuple(spoken.describe(sample) for sample in made)
    sheet = SamplePortal("marnes", "Marnes", "commune", who.unit.code, entries, kind="table")
    said = spoken.answer(sheet, portal.url, Asked(spoken.PATH))
    assert said is not None
    portal.answer("/catalogue.csv", body=said.content, media_type=said.media_type)
    source(territory, portal)
    outcome = territory.run("marnes")
    assert (outcome.outcome, outcome.counts.published) == ("success", len(made))
    assert set(outcome.problems_by_code) <= {"table-cell", "table-empty"}
    assert not {"value-unknown", "date-invalid"} & set(outcome.problems_by_code)
    assert set(territory.titles("marnes-la-coquette")) == {sample.title for sample in made}


def test_what_another_harvester_publishes_as_a_table_can_be_harvested(
    territory: Territory, portal: Portal
) -> None:
    """Our own datasets.csv has SCDL's columns: it comes back with publishers, dates and addresses."""
    from harvester.publish import csv as publishing

    names = list(publishing.COLUMNS)
    cells = [names, [row().get(name, "") for name in names]]
    portal.answer("/catalogue.csv", body=csv(cells, ","), media_type="text/csv; charset=utf-8")
    source(territory, portal)
    assert territory.run("marnes").counts.published == 1
