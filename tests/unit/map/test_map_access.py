"""Who may see a record: whatever a source says and wherever it says it, the strictest word counts, in every shipped mapping."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from harvester.map import Mapper, compile_mapping
from harvester.model import Record
from harvester.view.access import access
from tests.tables import read

EU = "http://publications.europa.eu/resource/authority/access-right/"
PUBLIC, RESTRICTED = {"@id": f"{EU}PUBLIC"}, {"@id": f"{EU}RESTRICTED"}


@cache
def mapper(name: str) -> Mapper:
    return compile_mapping(name)


def seen_by(mapping: str, tree: dict[str, Any]) -> str:
    """For whom a record of a public source is."""
    entry = mapper(mapping)(Record("x", tree, b"", b"", "https://portail.example/x")).entry
    assert entry is not None
    return access("public", entry.access_rights)


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ([PUBLIC], "public"),
        ([PUBLIC, RESTRICTED], "restricted"),
        ([PUBLIC, "réservé aux agents de la ville"], "restricted"),
        (["réservé aux agents de la ville", "public"], "restricted"),
        (["réservé aux agents de la ville", "non public"], "private"),
        ("réservé aux agents de la ville", "restricted"),
    ],
)
def test_words_that_nobody_knows_are_no_permission_beside_one_either(said: Any, whom: str) -> None:
    assert seen_by("dcat", {"dct:title": "Jeu", "dct:accessRights": said}) == whom


def test_another_path_takes_nothing_back() -> None:
    either = compile_mapping(
        "essai",
        {"essai": {"dataset": {"title": "title", "access_rights": ["first", "second", "third"]}}},
    )
    record = Record(
        "x", {"title": "Jeu", "first": "public", "second": "privé"}, b"", b"", "https://x.example/"
    )
    entry = either(record).entry
    assert entry is not None
    assert entry.access_rights == f"{EU}NON_PUBLIC"
    [told] = [trace for trace in either.trace(record) if trace.field == "access_rights"]
    assert (told.path, told.value) == ("second", f"{EU}NON_PUBLIC")


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ({"accessLevel": "public"}, "public"),
        ({}, "public"),
        ({"accessLevel": "RESTRICTED PUBLIC"}, "restricted"),
        ({"accessLevel": " Non-Public "}, "private"),
        ({"accessLevel": "public", "accessRights": "restricted"}, "restricted"),
        ({"accessLevel": "public", "accessRights": "Internal use only"}, "restricted"),
        ({"accessLevel": "public", "dct:accessRights": RESTRICTED}, "restricted"),
        (
            {"accessRestriction": [{"restrictionStatus": "Restricted - Fully"}]},
            "restricted",
        ),
        ({"accessRestriction": [{"restrictionStatus": "Unrestricted"}]}, "public"),
    ],
)
def test_data_json(said: dict[str, Any], whom: str) -> None:
    assert seen_by("datajson", {"identifier": "a", "title": "Jeu", **said}) == whom


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ({"accessRights": "open"}, "public"),
        ({"accessRights": "open", "accessConstraints": "restricted"}, "restricted"),
        ({"rights": "no limitations to public access", "accessConstraints": "restricted"}, "restricted"),
        ({"rights": "Accès restreint aux agents"}, "restricted"),
        ({"rights": ["Licence ouverte", "L124-5-II-1 du code de l'environnement"]}, "restricted"),
        ({"accessConstraints": ["license", "otherRestrictions"]}, "public"),
    ],
)  # fmt: skip
def test_ogc_api_records(said: dict[str, Any], whom: str) -> None:
    tree = {"id": "a", "properties": {"title": "Jeu", **said}}
    assert seen_by("ogcrecords", tree) == whom


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ({}, "public"),
        ({"private": True}, "restricted"),
        ({"private": "True"}, "restricted"),
        ({"state": "draft"}, "private"),
        ({"access_rights": "réservé aux agents", "extras": {"access_rights": "public"}}, "restricted"),
        ({"extras": {"access_rights": {"uri": f"{EU}RESTRICTED"}}}, "restricted"),
        ({"extras": {"access-rights": "restricted"}}, "restricted"),
    ],
)  # fmt: skip
def test_ckan(said: dict[str, Any], whom: str) -> None:
    tree = {"id": "a", "title": "Jeu", "private": False, "state": "active", **said}
    assert seen_by("ckan", tree) == whom


@pytest.mark.parametrize(
    ("said", "dcat", "whom"),
    [
        ({"visibility": "domain"}, {}, "public"),
        ({"visibility": "restricted"}, {}, "restricted"),
        ({"visibility": "domain", "is_restricted": "True"}, {}, "restricted"),
        ({"visibility": "domain"}, {"accessrights": "réservé aux agents"}, "restricted"),
        ({"visibility": "private", "data_visible": False}, {}, "private"),
    ],
)
def test_opendatasoft(said: dict[str, Any], dcat: dict[str, Any], whom: str) -> None:
    tree = {"dataset_id": "a", "metas": {"default": {"title": "Jeu"}, "dcat": dcat}, **said}
    assert seen_by("opendatasoft", tree) == whom


def constrained(*constraints: dict[str, Any]) -> dict[str, Any]:
    return {
        "fileIdentifier": "a",
        "identificationInfo": {
            "citation": {"title": "Jeu"},
            "resourceConstraints": list(constraints),
        },
    }


@pytest.mark.parametrize(
    ("constraints", "whom"),
    [
        ([{"accessConstraints": "restricted"}], "restricted"),
        ([{"accessConstraints": "Restricted"}], "restricted"),
        ([{"accessConstraints": "MD_RestrictionCode_restricted"}], "restricted"),
        ([{"accessConstraints": "private"}, {"otherConstraints": "no limitations"}], "private"),
        ([{"accessConstraints": "restricted"}, {"useLimitation": "confidentiel"}], "private"),
        ([{"classification": "unclassified"}], "public"),
        ([{"classification": "topSecret"}], "private"),
        ([{"accessConstraints": "otherRestrictions", "otherConstraints": "no limitations"}], "public"),
        ([{"accessConstraints": ["license", "otherRestrictions"]}], "public"),
    ],
)  # fmt: skip
def test_iso(constraints: list[dict[str, Any]], whom: str) -> None:
    assert seen_by("csw", constrained(*constraints)) == whom


@pytest.mark.parametrize(
    "words",
    [
        "Accès réservé aux agents de la collectivité",
        "L'accès est réservé aux ayants droit",
        "Diffusion interdite",
        "Diffusion restreinte aux partenaires",
        "Ne pas diffuser",
        "Données non communicables",
        "Données à usage interne",
        "Usage strictement interne",
        "Donnée confidentielle",
        "Consultation réservée aux services de la ville",
        "Communication restreinte",
        "Réservé à un usage interne",
        "Article L. 124-5 du code de l'environnement",
        "L.311-6 du CRPA",
    ],
)
def test_french_words_that_restrict(words: str) -> None:
    assert seen_by("csw", constrained({"otherConstraints": words})) != "public", words
    assert seen_by("csw", constrained({"useLimitation": ["Licence Ouverte", words]})) != "public"


@pytest.mark.parametrize(
    "words",
    [
        "Pas de restriction d'accès public",
        "Aucune restriction d'accès public",
        "Licence Ouverte version 2.0",
        "Accès non restreint",
        "L'accès n'est pas restreint",
        "Utilisation libre sous réserve de mentionner la source",
        "Diffusion libre",
        "Données communicables à tous",
        "Tous droits réservés",
        "Usage libre, y compris commercial",
    ],
)
def test_french_words_that_do_not(words: str) -> None:
    assert seen_by("csw", constrained({"otherConstraints": words})) == "public"


@pytest.mark.parametrize(
    ("head", "row", "whom"),
    [
        ("ID;TITRE;DESCRIPTION;Droits d'accès", "a;Jeu;…;restreint", "restricted"),
        ("titre;description;mots_cles;Accès aux données", "Jeu;…;…;privé", "private"),
        ("titre;description;mots_cles;accessRights", "Jeu;…;…;NON_PUBLIC", "private"),
        ("Référence;Intitulé;Niveau d'accès", "a;Jeu;agents de la ville", "restricted"),
        ("Référence;Intitulé;Confidentialité", "a;Jeu;confidentiel", "private"),
        ("Référence;Intitulé;Accès;Accès", "a;Jeu;public;privé", "private"),
        ("Référence;Intitulé;Visibilité", "a;Jeu;publique", "public"),
        ("Référence;Intitulé;Accès", "a;Jeu;", "public"),
    ],
)
def test_tables_whatever_the_column_is_called(head: str, row: str, whom: str) -> None:
    [record], _ = read(f"{head}\n{row}\n".encode())
    for mapping in ("table", "table-datagouv", "table-opendatasoft"):
        assert seen_by(mapping, {"title": "Jeu", **record.tree}) == whom, mapping
