"""Opendatasoft portals of every age, harvested by whole runs over real sockets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from harvester.demo import dialects
from harvester.demo.dialects import opendatasoft as dialect
from harvester.demo.portal import Portal as Listed
from harvester.demo.samples import CANARY, producers, samples, topics
from harvester.run.outcome import Outcome
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory, gazetteer, turtle

SITE = "https://donnees.meudon.example"
NEW = "/api/explore/v2.1/catalog"
APIS = {
    "2.1": f"{NEW}/datasets",
    "2.0": "/api/explore/v2.0/catalog/datasets",
    "2.0, older": "/api/v2/catalog/datasets",
    "1.0": "/api/datasets/1.0/search/",
}


def entries(count: int) -> list[dict[str, Any]]:
    """What the portal lists, in the order of ids."""
    made = samples(producers(gazetteer())["meudon"], topics()["commune"], count)
    return sorted(map(dialect.describe, made), key=lambda entry: str(entry["dataset_id"]))


def serve(portal: Portal, listed: Iterable[Any], *paths: str, **how: Any) -> None:
    """Let the portal answer these paths as an Opendatasoft portal does; it knows no others."""
    portal_ = Listed(
        "meudon", "Meudon", "commune", "fr:commune:92048", tuple(listed), "opendatasoft", **how
    )

    def answer(asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        question = dialects.Asked(url.path, dict(parse_qsl(url.query)), headers=asked.headers)
        said = dialect.answer(portal_, portal.url, question)
        assert said is not None
        return Answer(said.status, said.content, said.media_type)

    for path in paths:
        portal.answers(path, answer)


def source(territory: Territory, portal: Portal, options: str = "", http: str = "") -> None:
    """A source that names any page of the portal."""
    territory.folder.joinpath("sources", "meudon.toml").write_text(
        f'name = "Meudon"\nkind = "opendatasoft"\nurl = "{portal.at("/explore/?sort=title")}"\n'
        f'level = "commune"\nterritory = "fr:commune:92048"\n'
        f'[options]\nsite = "{SITE}"\n{options}\n'
        f'[http]\nretries = 0\nallow_hosts = ["{portal.host}"]\n{http}\n'
    )


def published(territory: Territory) -> list[dict[str, Any]]:
    rows = territory.sql("SELECT v.entry FROM entry e JOIN version v ON v.id = e.version")
    return [orjson.loads(body) for (body,) in rows]


def unharmed(outcome: Outcome, seen: int) -> None:
    assert (outcome.outcome, outcome.counts.seen) == ("success", seen), outcome
    assert outcome.counts.rejected == outcome.counts.breach == 0


@pytest.mark.parametrize("api", APIS)
def test_a_portal_is_harvested_by_the_newest_api_that_it_has(
    territory: Territory, portal: Portal, api: str
) -> None:
    serve(portal, entries(25), APIS[api])
    source(territory, portal, "page_size = 10")
    first = territory.run("meudon")
    unharmed(first, 25)
    found = published(territory)
    assert all(entry["iri"].startswith(f"{SITE}/explore/dataset/") for entry in found)
    assert {entry["spatial"][0]["identifier"] for entry in found} == {"fr:commune:92048"}
    again = territory.run("meudon")
    unharmed(again, 25)
    assert (again.counts.new, again.counts.changed) == (0, 0)


def test_the_api_makes_no_difference_to_what_a_dataset_is(
    territory: Territory, portal: Portal
) -> None:
    told = []
    for path in APIS.values():
        for known in APIS.values():
            portal.answer(known, status=404)
        serve(portal, entries(12), path)
        source(territory, portal)
        unharmed(territory.run("meudon"), 12)
        told.append(
            {
                entry["iri"]: [
                    entry.get(name)
                    for name in (
                        "title",
                        "theme",
                        "license",
                        "issued",
                        "modified",
                        "spatial",
                        "access_rights",
                    )
                ]
                for entry in published(territory)
            }
        )
    assert told[0] == told[1] == told[2] == told[3]


def test_a_catalogue_beyond_the_window_is_harvested_whole(
    territory: Territory, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.fetch.opendatasoft.WINDOW", 20)
    monkeypatch.setattr("harvester.demo.dialects.opendatasoft.WINDOW", 20)
    serve(portal, entries(25), f"{NEW}/datasets", f"{NEW}/exports/json")
    source(territory, portal, "page_size = 10")
    unharmed(territory.run("meudon"), 25)
    assert [urlsplit(asked.path).path for asked in portal.requests] == [
        f"{NEW}/datasets",
        f"{NEW}/exports/json",
    ]
    again = territory.run("meudon")
    unharmed(again, 25)
    assert (again.counts.new, again.counts.changed, again.pages_unchanged) == (0, 0, 2)


def test_the_last_pages_of_a_full_window_stay_inside_it(
    territory: Territory, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.fetch.opendatasoft.WINDOW", 20)
    monkeypatch.setattr("harvester.demo.dialects.opendatasoft.WINDOW", 20)
    serve(portal, entries(20), f"{NEW}/datasets")
    source(territory, portal, "page_size = 7")
    unharmed(territory.run("meudon"), 20)


def test_a_portal_that_gives_less_than_is_asked_for_is_read_to_its_end(
    territory: Territory, portal: Portal
) -> None:
    serve(portal, entries(25), f"{NEW}/datasets", page=4)
    source(territory, portal, "page_size = 10")
    unharmed(territory.run("meudon"), 25)


def test_a_mistaken_condition_is_told_and_nothing_else_is_taken(
    territory: Territory, portal: Portal
) -> None:
    serve(portal, entries(5), *APIS.values())
    source(territory, portal, 'where = "publisher likes Meudon"')
    outcome = territory.run("meudon")
    assert outcome.outcome == "refused"
    assert "400" in outcome.message
    assert not [asked for asked in portal.requests if "/1.0/" in asked.path]
    assert published(territory) == []


def test_only_what_is_refined_is_taken(territory: Territory, portal: Portal) -> None:
    listed = entries(25)
    serve(portal, listed, *APIS.values())
    wanted = [e for e in listed if "Environnement" in e["metas"]["default"]["theme"]]
    source(territory, portal, 'refine = ["theme:Environnement"]')
    unharmed(territory.run("meudon"), len(wanted))
    assert 0 < len(wanted) < 25


def test_the_api_key_is_sent_in_the_portals_way_and_what_it_shows_stays_with_agents(
    territory: Territory, portal: Portal
) -> None:
    listed = entries(3)
    listed[1]["visibility"] = "restricted"
    listed[1]["metas"]["default"]["title"] = f"Réservé {CANARY}"
    del listed[2]["visibility"]
    serve(portal, listed, f"{NEW}/datasets", token="cle-7q")
    source(territory, portal, http='token = "cle-7q"')
    unharmed(territory.run("meudon"), 3)
    assert {asked.headers["authorization"] for asked in portal.requests} == {"Apikey cle-7q"}
    public = "SELECT count(*) FROM entry WHERE audience IN ('all', 'public')"
    assert territory.sql(public) == [(0,)], "the domain may be closed"
    source(territory, portal, "open_domain = true", http='token = "cle-7q"')
    unharmed(territory.run("meudon"), 3)
    assert territory.sql(public) == [(1,)]


def test_a_portal_read_by_dcat_and_by_its_api_gives_each_dataset_once(
    territory: Territory, portal: Portal, tmp_path: Path
) -> None:
    listed = entries(4)
    serve(portal, listed, f"{NEW}/datasets")
    source(territory, portal)
    described = "".join(
        f"<{SITE}/explore/dataset/{entry['dataset_id']}/> a dcat:Dataset ;"
        f' dct:identifier "{SITE}/explore/dataset/{entry["dataset_id"]}/" ;'
        f" dct:title {orjson.dumps(entry['metas']['default']['title']).decode()}@fr .\n"
        for entry in listed
    )
    tmp_path.joinpath("export.ttl").write_bytes(turtle(described))
    territory.source("export", path=tmp_path.joinpath("export.ttl").as_uri())
    unharmed(territory.run("meudon"), 4)
    unharmed(territory.run("export"), 4)
    assert len(published(territory)) == 4


def test_what_is_federated_joins_the_dataset_it_comes_from(
    territory: Territory, portal: Portal, other_portal: Portal
) -> None:
    (sample,) = samples(producers(gazetteer())["meudon"], topics()["commune"], 1)
    serve(portal, [dialect.describe(sample)], f"{NEW}/datasets")
    source(territory, portal)
    unharmed(territory.run("meudon"), 1)
    serve(other_portal, [dialect.federated(sample)], f"{NEW}/datasets")
    territory.folder.joinpath("sources", "gpso.toml").write_text(
        f'name = "GPSO"\nkind = "opendatasoft"\nurl = "{other_portal.url}"\nlevel = "epci"\n'
        f'territory = "fr:epci:200057974"\n[options]\nsite = "https://donnees.gpso-ods.example"\n'
        f'[http]\nretries = 0\nallow_hosts = ["{other_portal.host}"]\n'
    )
    unharmed(territory.run("gpso"), 1)
    assert len(published(territory)) == 1
