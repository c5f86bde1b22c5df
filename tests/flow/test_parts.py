"""A year of a file of several years is a part of it: told, never merged, and told to nobody who may not see both."""

from __future__ import annotations

from typing import Any

import orjson

from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

BY = 'dct:publisher [ a foaf:Agent ; foaf:name "Ville de Meudon"@fr ] ;'


def show(territory: Territory, portal: Portal, *titles: str) -> None:
    territory.source("meudon", portal)
    parts = [dataset(f"jeu-{n}", title, BY) for n, title in enumerate(titles)]
    portal.answer("/catalog.ttl", turtle(*parts), media_type="text/turtle")
    territory.run("meudon")


def told(territory: Territory, audience: Any = "public") -> dict[str, dict[str, Any]]:
    return {
        (entry := orjson.loads(row.body))["title"]["fr"]: entry
        for row in territory.rows(audience=audience)
    }


def test_the_years_of_a_file_of_several_years_are_its_parts(
    territory: Territory, portal: Portal
) -> None:
    show(
        territory,
        portal,
        "Comptes de la Ville de Meudon de 2019 à 2023",
        "Comptes de la Ville de Meudon 2021",
        "Comptes de la Ville de Meudon 2024",
        "Arbres de la Ville de Meudon 2021",
    )
    entries = told(territory)
    iri = {
        title: f"https://donnees.gpso.example/datasets/{i}" for title, i in territory.ids().items()
    }
    several, year = (
        "Comptes de la Ville de Meudon de 2019 à 2023",
        "Comptes de la Ville de Meudon 2021",
    )
    assert entries[year]["is_part_of"] == [iri[several]]
    assert entries[several]["has_part"] == [iri[year]]
    for title in entries.keys() - {year}:
        assert not entries[title].get("is_part_of")


def test_a_whole_that_goes_is_told_of_no_more(territory: Territory, portal: Portal) -> None:
    titles = [
        "Comptes de la Ville de Meudon 2021",
        *(f"Autre jeu {n} de Meudon" for n in "abcdefgh"),
    ]
    show(territory, portal, *titles, "Comptes de la Ville de Meudon de 2019 à 2023")
    assert told(territory)[titles[0]]["is_part_of"]
    for _ in range(4):
        show(territory, portal, *titles)
    assert not told(territory)[titles[0]].get("is_part_of")


def test_the_public_is_not_told_of_a_whole_that_only_agents_see(
    territory: Territory, portal: Portal
) -> None:
    show(territory, portal, "Comptes de la Ville de Meudon 2021")
    territory.source("interne", portal, "/interne.ttl", more='access = "restricted"')
    whole = dataset(
        "tout", "Comptes de la Ville de Meudon de 2019 à 2023", BY, home="https://i.example"
    )
    portal.answer("/interne.ttl", turtle(whole), media_type="text/turtle")
    before = territory.rows()
    territory.run("interne")
    assert territory.rows() == before
    assert not told(territory)["Comptes de la Ville de Meudon 2021"].get("is_part_of")


def test_agents_are_told_what_a_restricted_year_is_a_part_of(
    territory: Territory, portal: Portal
) -> None:
    show(territory, portal, "Comptes de la Ville de Meudon de 2019 à 2023")
    territory.source("interne", portal, "/interne.ttl", more='access = "restricted"')
    year = dataset("x", "Comptes de la Ville de Meudon 2021", BY, home="https://i.example")
    portal.answer("/interne.ttl", turtle(year), media_type="text/turtle")
    before = territory.rows()
    territory.run("interne")
    assert territory.rows() == before
    iri = f"https://donnees.gpso.example/datasets/{before[0].id}"
    assert told(territory, "agents")["Comptes de la Ville de Meudon 2021"]["is_part_of"] == [iri]


def test_a_whole_that_only_agents_see_from_now_on_is_told_of_no_more(
    territory: Territory, portal: Portal
) -> None:
    territory.source("meudon", portal)
    restricted = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
    year = dataset("year", "Comptes de la Ville de Meudon 2021", BY)

    def publish(more: str) -> None:
        whole = dataset("whole", "Comptes de la Ville de Meudon de 2019 à 2023", f"{BY} {more}")
        portal.answer("/catalog.ttl", turtle(year, whole), media_type="text/turtle")
        territory.run("meudon")

    publish("")
    assert told(territory)["Comptes de la Ville de Meudon 2021"]["is_part_of"]
    publish(f"dct:accessRights <{restricted}> ;")
    assert not told(territory)["Comptes de la Ville de Meudon 2021"].get("is_part_of")
