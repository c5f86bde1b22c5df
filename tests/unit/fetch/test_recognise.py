"""Which kind of portal an address belongs to, from any of its pages."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import SourceRefused, TryLater
from harvester.fetch.csw_questions import bare
from harvester.fetch.platforms import CONTENT, PLATFORMS, Seen, header
from harvester.fetch.recognise import (
    MOST_QUESTIONS,
    Recognised,
    Recognition,
    recognise,
)
from harvester.parse.html import alternates, catalogue_files, page_title

HTML = b"<!doctype html><html><head><title>Portail</title></head><body></body></html>"
CAPABILITIES = (
    b'<?xml version="1.0"?><csw:Capabilities xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" '
    b'xmlns:ows="http://www.opengis.net/ows"><ows:Title>Catalogue du SIG</ows:Title></csw:Capabilities>'
)
RDF = b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<https://x.example/1> a dcat:Dataset .\n"


def ask(answers: dict[str, Any]) -> tuple[list[str], Any]:
    """A portal that answers these; JSON values are written as JSON, numbers are refusals."""
    asked: list[str] = []

    def answer(url: str, accept: str) -> Seen:
        asked.append(url)
        found = answers.get(url, answers.get(url.partition("?")[0], 404))
        if isinstance(found, int):
            raise SourceRefused(f"{url} answered {found}", status=found)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, bytes):
            return Seen(url, found)
        return Seen(url, orjson.dumps(found), "application/json")

    return asked, answer


def found(url: str, answers: dict[str, Any], kind: str | None = None) -> Recognised:
    recognition = recognise(url, ask(answers)[1], kind)
    assert recognition.found is not None, recognition
    assert recognition.found.evidence
    return recognition.found


ODS = {"total_count": 12, "results": []}
CKAN = {"success": True, "result": {"count": 3, "results": []}}
SITE = {"id": "x", "title": "data.gouv.fr", "metrics": {"datasets": 70_000}}
MEUDON = {
    "id": "54d89442c751df1245467389",
    "name": "Ville de Meudon",
    "business_number_id": "21920048800014",
    "metrics": {"datasets": 67},
}
GOUV = "https://www.data.gouv.fr"


@pytest.mark.parametrize(
    ("url", "answers", "kind", "address"),
    [
        (
            "https://data.issy.com/explore/dataset/arbres/information/?disjunctive=x",
            {"https://data.issy.com/api/explore/v2.1/catalog/datasets": ODS},
            "opendatasoft",
            "https://data.issy.com",
        ),
        (
            "https://data.issy.com/api/explore/v2.1/catalog/exports/dcat?lang=fr",
            {"https://data.issy.com/api/explore/v2.1/catalog/datasets": ODS},
            "opendatasoft",
            "https://data.issy.com",
        ),
        (
            "https://vieux.example/explore/",
            {"https://vieux.example/api/datasets/1.0/search/": {"nhits": 4, "datasets": []}},
            "opendatasoft",
            "https://vieux.example",
        ),
        (
            "https://www.sevres.example/ckan/dataset/bancs",
            {"https://www.sevres.example/ckan/api/3/action/package_search": CKAN},
            "ckan",
            "https://www.sevres.example/ckan",
        ),
        (
            "https://geo.sevres.example/geonetwork/srv/fre/catalog.search#/metadata/abc",
            {"https://geo.sevres.example/geonetwork/srv/fre/csw": CAPABILITIES},
            "csw",
            "https://geo.sevres.example/geonetwork/srv/fre/csw",
        ),
        (
            "https://geo.sevres.example/ows?map=a.map&SERVICE=CSW&REQUEST=GetCapabilities",
            {"https://geo.sevres.example/ows": CAPABILITIES},
            "csw",
            "https://geo.sevres.example/ows",
        ),
        (
            "https://api.sevres.example/records/collections/metadata/items?limit=5",
            {
                "https://api.sevres.example/records/conformance": {
                    "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/core"]
                }
            },
            "ogcrecords",
            "https://api.sevres.example/records",
        ),
        (
            "https://sig.sevres.example/data.json",
            {
                "https://sig.sevres.example/data.json": {
                    "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
                    "dataset": [],
                }
            },
            "datajson",
            "https://sig.sevres.example/data.json",
        ),
        (
            "https://sevres.hub.arcgis.com/datasets/abc",
            {
                "https://sevres.hub.arcgis.com/api/feed/dcat-ap/2.0.1.json": {
                    "@type": "dcat:Catalog",
                    "dcat:dataset": [],
                }
            },
            "datajson",
            "https://sevres.hub.arcgis.com/api/feed/dcat-ap/2.0.1.json",
        ),
        (
            "https://www.sevres.example/opendata/catalogue.rdf",
            {
                "https://www.sevres.example/opendata/catalogue.rdf": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dcat='http://www.w3.org/ns/dcat#'/>"
            },
            "dcat",
            "https://www.sevres.example/opendata/catalogue.rdf",
        ),
        (
            "https://www.sevres.example/opendata/catalogue.csv",
            {
                "https://www.sevres.example/opendata/catalogue.csv": b"COLL_NOM;COLL_SIRET;ID;TITRE;DESCRIPTION\n"
            },
            "table",
            "https://www.sevres.example/opendata/catalogue.csv",
        ),
        (
            "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=7",
            {
                "https://docs.google.com/spreadsheets/d/1AbC/export": b"titre,description,url\nA,B,C\n"
            },
            "table",
            "https://docs.google.com/spreadsheets/d/1AbC/export?format=csv&gid=7",
        ),
    ],
)
def test_a_portal_is_recognised_from_any_of_its_pages(
    url: str, answers: dict[str, Any], kind: str, address: str
) -> None:
    made = found(url, answers)
    assert made.kind == kind
    assert made.url.partition("?")[0] == address.partition("?")[0]


def test_an_address_that_tells_its_platform_costs_one_question() -> None:
    asked, answer = ask({"https://data.issy.com/api/explore/v2.1/catalog/datasets": ODS})
    assert recognise("https://data.issy.com/explore/dataset/arbres/", answer).found
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("mark", "kind", "path", "said"),
    [
        (
            b'<script src="//static.opendatasoft.com/x.js">',
            "opendatasoft",
            "/api/explore/v2.1/catalog/datasets",
            ODS,
        ),
        (
            b'<meta name="generator" content="ckan 2.9.5">',
            "ckan",
            "/api/3/action/package_search",
            CKAN,
        ),
        (b"<title>GeoNetwork</title>", "csw", "/geonetwork/srv/fre/csw", CAPABILITIES),
    ],
)
def test_a_home_page_is_recognised_by_its_marks_before_everything_is_tried(
    mark: bytes, kind: str, path: str, said: Any
) -> None:
    home = "https://donnees.ville.example"
    asked, answer = ask(
        {f"{home}/": HTML.replace(b"</head>", mark + b"</head>"), home + path: said}
    )
    recognition = recognise(f"{home}/", answer)
    assert recognition.found is not None
    assert recognition.found.kind == kind
    assert "porte la marque" in recognition.found.evidence[0]
    assert len(asked) <= 4


def test_a_page_without_marks_is_recognised_by_asking() -> None:
    home = "https://www.ville.example"
    answers = {f"{home}/donnees/accueil": HTML, f"{home}/catalog.ttl": RDF}
    assert found(f"{home}/donnees/accueil", answers).kind == "dcat"


def test_the_catalogue_that_a_page_names_is_taken_and_a_dataset_s_own_description_is_not() -> None:
    home = "https://www.ville.example"
    links = (
        b'<link rel="alternate" type="text/turtle" href="/dataset/1.ttl">'
        b'<link rel="alternate" type="application/rdf+xml" href="/tout.rdf">'
    )
    answers = {
        f"{home}/": HTML.replace(b"</head>", links + b"</head>"),
        f"{home}/dataset/1.ttl": RDF,
        f"{home}/tout.rdf": RDF,
    }
    assert found(f"{home}/", answers).url == f"{home}/tout.rdf"


@pytest.mark.parametrize(
    "url",
    [
        f"{GOUV}/fr/organizations/ville-de-meudon/",
        f"{GOUV}/organizations/ville-de-meudon",
        f"{GOUV}/api/1/organizations/ville-de-meudon/catalog.xml",
        f"{GOUV}/fr/datasets/arbres-de-meudon/",
    ],
)
def test_of_data_gouv_fr_the_organisation_of_the_page_is_taken(url: str) -> None:
    made = found(
        url,
        {
            f"{GOUV}/api/1/site/": SITE,
            f"{GOUV}/api/1/organizations/ville-de-meudon/": MEUDON,
            f"{GOUV}/api/1/organizations/{MEUDON['id']}/": MEUDON,
            f"{GOUV}/api/1/datasets/arbres-de-meudon/": {"organization": {"id": MEUDON["id"]}},
        },
    )
    assert (made.kind, made.url) == ("udata", GOUV)
    assert made.options == {"organizations": [MEUDON["id"]]}
    assert (made.title, made.number, made.count) == ("Ville de Meudon", "21920048800014", 67)


def test_the_whole_of_data_gouv_fr_is_not_taken_and_the_message_says_what_to_give() -> None:
    recognition = recognise(f"{GOUV}/fr/datasets/", ask({f"{GOUV}/api/1/site/": SITE})[1])
    assert recognition.found is None
    assert "organisation" in recognition.advice


def test_a_table_may_have_a_title_above_its_columns_and_be_named_by_the_city_s_page() -> None:
    home = "https://www.ville.example"
    link = b'<body><a href="/fichiers/catalogue-2026.csv">Catalogue (CSV)</a>'
    table = b"\xef\xbb\xbfCatalogue des donn\xc3\xa9es\r\n\r\nTITRE;DESCRIPTION;URL\r\nA;B;C\r\n"
    answers = {
        f"{home}/": HTML.replace(b"<body>", link),
        f"{home}/fichiers/catalogue-2026.csv": table,
    }
    assert found(f"{home}/", answers).kind == "table"


def test_of_ckan_the_organisation_of_the_page_is_taken() -> None:
    home = "https://ckan.example"
    organisation = {"success": True, "result": {"title": "Ville de Meudon", "package_count": 4}}
    made = found(
        f"{home}/organization/meudon",
        {
            f"{home}/api/3/action/package_search": CKAN,
            f"{home}/api/3/action/organization_show": organisation,
        },
    )
    assert made.options == {"organizations": ["meudon"]}


def test_only_the_kind_that_is_asked_for_is_tried() -> None:
    home = "https://x.example"
    answers = {
        f"{home}/": HTML,
        f"{home}/api/3/action/package_search": CKAN,
        f"{home}/catalog.ttl": RDF,
    }
    assert found(f"{home}/", answers, "dcat").kind == "dcat"


def test_a_host_that_does_not_answer_is_asked_once() -> None:
    asked, answer = ask({"https://x.example/": TryLater("no connection to the host")})
    recognition = recognise("https://x.example/", answer)
    assert recognition.found is None
    assert "no connection" in recognition.advice
    assert len(asked) == 1


def test_what_is_nothing_is_tried_a_bounded_number_of_times_and_all_of_it_is_told() -> None:
    asked, answer = ask({"https://x.example/a/b/c": HTML})
    recognition = recognise("https://x.example/a/b/c", answer)
    assert recognition.found is None
    assert len(asked) == len(set(asked)) == len(recognition.tried) <= MOST_QUESTIONS


def test_no_other_host_is_ever_asked() -> None:
    elsewhere = b'<link rel="alternate" type="text/turtle" href="https://ailleurs.example/c.ttl">'
    asked, answer = ask({"https://x.example/": HTML.replace(b"</head>", elsewhere + b"</head>")})
    recognise("https://x.example/", answer)
    assert all(url.startswith("https://x.example") for url in asked)


@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "application/json"]))
def test_any_answer_is_judged_without_a_crash(content: bytes, media_type: str) -> None:
    seen = Seen("https://x.example/data.json", content, media_type)
    for _, judge in CONTENT:
        judge(seen, "https://x.example")
    for platform in PLATFORMS:
        platform.marked(content)
        for question in platform.questions:
            question.judge(seen, "https://x.example")
    alternates(content)
    header(content)
    page_title(content, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "success",
                    "result",
                    "count",
                    "dataset",
                    "conformsTo",
                    "collections",
                    "id",
                    "title",
                    "metrics",
                    "results",
                    "total_count",
                    "organization",
                    "@graph",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_in_every_place_is_judged_without_a_crash(said: Any) -> None:
    made = recognise(
        f"{GOUV}/fr/datasets/x/", lambda url, _: Seen(url, orjson.dumps(said), "application/json")
    )
    assert isinstance(made, Recognition)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/csw?service=CSW&request=GetCapabilities&version=2.0.2", "https://x.example/csw"),
        ("https://x.example/ows?map=a&SERVICE=CSW", "https://x.example/ows?map=a"),
    ],
)  # fmt: skip
def test_a_csw_s_address_is_kept_without_its_questions(url: str, expected: str) -> None:
    assert bare(url) == expected


@pytest.mark.parametrize(
    ("link", "file"),
    [
        (
            "https://docs.google.com/spreadsheets/d/1AbC/view",
            "https://docs.google.com/spreadsheets/d/1AbC/export?format=csv",
        ),
        ("https://nuage.marnes.example/s/AbCdEf12345", "https://nuage.marnes.example/s/AbCdEf12345/download"),
    ],
)  # fmt: skip
def test_a_shared_spreadsheet_is_known_by_its_own_address_wherever_that_leads(
    link: str, file: str
) -> None:
    def answer(url: str, _: str) -> Seen:
        if url != file:
            raise SourceRefused(f"{url} answered 404", status=404)
        moment = "https://servi.example/un-instant?cle=1"
        return Seen(moment, b"titre,description,url\nA,B,C\n", "text/csv")

    made = recognise(link, answer).found
    assert made is not None
    assert (made.kind, made.url) == ("table", file)


def test_a_page_whose_address_only_looks_like_a_shared_file_is_looked_at() -> None:
    made = found("https://carto.example/s/plateforme", {
        "https://carto.example/s/plateforme": HTML,
        "https://carto.example/api/explore/v2.1/catalog/datasets": ODS,
    })  # fmt: skip
    assert made.kind == "opendatasoft"


@pytest.mark.parametrize(
    ("title", "home", "expected"),
    [
        ("Accueil — Données de Sèvres", True, "Données de Sèvres"),
        ("Données de Sèvres | Ville", True, "Données de Sèvres"),
        ("Arbres | Données de Sèvres", False, "Données de Sèvres"),
        ("Accueil", True, ""),
        ("Seine-et-Marne &amp; Co", True, "Seine-et-Marne & Co"),
    ],
)
def test_a_portal_s_name_is_found_in_its_page_s_title(
    title: str, home: bool, expected: str
) -> None:
    assert page_title(f"<title>{title}</title>".encode(), home) == expected


def test_a_page_that_names_no_address_is_judged_without_a_crash() -> None:
    page = b'<html><link rel="alternate" type="text/turtle" href="http://[x"><a href="https://a]b/catalogue.csv">x</a></html>'
    assert recognise("https://a.fr/", lambda url, _: Seen(url, page, "text/html")).found is None


@pytest.mark.parametrize("piece", [b"<a ", b"<link ", b"<title", b'<a href="catalog', b"<Title "])
def test_a_page_of_unclosed_tags_is_judged_in_linear_time(piece: bytes) -> None:
    page = b"<html>" + piece * 50_000
    assert not catalogue_files(page)
    assert not alternates(page)
    assert not page_title(page, True)
    assert recognise("https://a.fr/", lambda url, _: Seen(url, page, "text/html")).found is None
