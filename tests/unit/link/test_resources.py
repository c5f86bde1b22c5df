"""Two addresses of one export are one resource of an entry; files and layers that differ are not."""

from __future__ import annotations

from typing import Any

import pytest

from harvester.link.merge import Voice, merge
from harvester.link.policy import compiled
from harvester.map import builtin_merge

POLICY = compiled(builtin_merge(), {}, {})
ODS = "https://data.issy.com"
V2 = f"{ODS}/api/explore/v2.1/catalog/datasets/arbres/exports"
WFS = "https://geo.example/ows?service=WFS&version=2.0.0&request=GetCapabilities"
TYPES = "http://publications.europa.eu/resource/authority/file-type/"
PAGE = "https://data.issy.com/pages/arbres"


def said(url: str, form: str = "", title: str = "", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"access_url": [url], **more}
    if form:
        made["format"] = TYPES + form
    if title:
        made["title"] = {"fr": title}
    return made


def united(*shown: list[dict[str, Any]]) -> list[str]:
    voices = [
        Voice(n, {"kind": "dataset", "title": {"fr": "A"}, "distribution": distributions})
        for n, distributions in enumerate(shown, 1)
    ]
    merged, _ = merge(voices, POLICY)
    return [d["access_url"][0] for d in merged["distribution"]]


SAME = [
    (f"{V2}/csv", f"{V2}/csv?use_labels=true"),
    (f"{V2}/csv", f"{V2}/csv?lang=fr&timezone=Europe%2FParis&use_labels=true&delimiter=%3B"),
    (f"{V2}/csv", f"{ODS}/explore/dataset/arbres/download?format=csv&timezone=Europe/Paris"),
    (f"{V2}/csv", f"{ODS}/explore/dataset/arbres/download/?format=csv&use_labels_for_header=true"),
    (f"{V2}/csv", f"{ODS}/api/records/1.0/download/?dataset=arbres&format=csv&rows=-1"),
    (f"{V2}/csv", f"{ODS}/api/v2/catalog/datasets/arbres/exports/csv".replace("https", "http")),
    (f"{V2}/csv", "https://data.ept.fr/api/explore/v2.1/catalog/datasets/arbres@issy/exports/csv"),
    (f"{V2}/csv", "https://issy.opendatasoft.com/explore/dataset/arbres/download?format=csv"),
    (
        f"{V2}/csv?refine=annee%3A2023",
        f"{ODS}/explore/dataset/arbres/download/?format=csv&refine.annee=2023",
    ),
    ("https://www.ville.fr/a.csv", "http://ville.fr/a.csv"),
    ("https://ville.fr/a%20b.csv", "https://ville.fr/a b.csv"),
    ("https://ville.fr/f?id=1&kind=2", "https://ville.fr/f?kind=2&id=1"),
    (
        "https://www.data.gouv.fr/fr/datasets/r/9b91b4a1-45d9-4d2f-8f8b-3d2f2c2b1a00",
        "https://data.gouv.fr/datasets/r/9b91b4a1-45d9-4d2f-8f8b-3d2f2c2b1a00",
    ),
    (WFS, "https://geo.example/ows?SERVICE=WFS&REQUEST=GetCapabilities"),
    (
        "https://geo.example/wms?layers=arbres&service=WMS",
        "https://geo.example/wms?SERVICE=WMS&VERSION=1.3.0&LAYERS=arbres",
    ),
    (
        "https://sig.example/arcgis/rest/services/a/FeatureServer/0",
        "http://sig.example/arcgis/rest/services/a/FeatureServer/0/",
    ),
]  # fmt: skip
APART = [
    (f"{V2}/csv", f"{V2}/json"),
    (f"{V2}/csv", f"{V2.replace('arbres', 'arbres-2023')}/csv"),
    (f"{V2}/csv", f"{V2}/csv?refine=annee%3A2023"),
    (f"{V2}/csv?where=annee%3D2022", f"{V2}/csv?where=annee%3D2023"),
    (f"{V2}/csv?limit=100", f"{V2}/csv"),
    (f"{V2}/csv", "https://data.ept.fr/api/explore/v2.1/catalog/datasets/arbres-issy/exports/csv"),
    (f"{V2}/csv", "https://data.ept.fr/api/explore/v2.1/catalog/datasets/bancs@issy/exports/csv"),
    ("https://ville.fr/2023/a.csv", "https://ville.fr/2024/a.csv"),
    ("https://ville.fr/budget-2023.csv", "https://ville.fr/budget-2024.csv"),
    ("https://ville.fr/a.csv", "https://ville.fr/a.geojson"),
    ("https://ville.fr/f?annee=2023", "https://ville.fr/f?annee=2024"),
    ("https://ville.fr/a.csv?v=2023", "https://ville.fr/a.csv?v=2024"),
    ("https://ville.fr/?page=1", "https://ville.fr/?page=2"),
    (
        "https://geo.example/wms?layers=arbres&service=WMS",
        "https://geo.example/wms?service=WMS&layers=bancs",
    ),
    (WFS, WFS.replace("WFS", "WMS")),
    ("https://geo.example/wms", "https://autre.example/wms"),
    (
        "https://geo.example/wfs?service=WFS&request=GetFeature&typename=a&outputFormat=csv",
        "https://geo.example/wfs?service=WFS&request=GetFeature&typename=a&outputFormat=json",
    ),
    (
        "https://sig.example/arcgis/rest/services/a/FeatureServer/0",
        "https://sig.example/arcgis/rest/services/a/FeatureServer/1",
    ),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_two_addresses_of_one_resource_are_listed_once_as_the_origin_writes_it(
    one: str, two: str
) -> None:
    assert united([said(one)], [said(two)]) == [one]
    assert united([said(two)], [said(one)]) == [two]


@pytest.mark.parametrize(("one", "two"), APART)
def test_resources_that_differ_all_stay(one: str, two: str) -> None:
    assert united([said(one)], [said(two)]) == [one, two]
    assert united([said(one)], [said(two), said(one)]) == [one, two]


def test_the_exports_of_a_record_that_names_its_original_are_the_original_s() -> None:
    ept = "https://data.ept.fr/explore/dataset/arbres-issy"
    original = {"kind": "dataset", "title": {"fr": "A"}, "distribution": [said(f"{V2}/csv")]}
    copied = {
        "kind": "dataset",
        "title": {"fr": "A"},
        "iri": f"{ept}/",
        "source": [f"{ODS}/explore/dataset/arbres/"],
        "distribution": [
            said(f"{ept}/download?format=csv"),
            said("https://data.ept.fr/explore/dataset/autre/download?format=csv"),
        ],
    }
    merged, _ = merge([Voice(1, original), Voice(2, copied)], POLICY)
    assert [d["access_url"][0] for d in merged["distribution"]] == [
        f"{V2}/csv",
        "https://data.ept.fr/explore/dataset/autre/download?format=csv",
    ]
    stranger = {**copied, "source": []}
    merged, _ = merge([Voice(1, original), Voice(2, stranger)], POLICY)
    assert len(merged["distribution"]) == 3


def test_what_one_page_leads_to_is_told_apart_by_format_and_title() -> None:
    both = [said(PAGE, "CSV"), said(PAGE, "JSON")]
    assert united(both, [said(PAGE, "JSON"), said(PAGE, "CSV")]) == [PAGE, PAGE]
    assert united([said(PAGE, "CSV")], [said(PAGE, "SHP")]) == [PAGE, PAGE]
    assert united([said(PAGE, "CSV")], [said(PAGE)]) == [PAGE]
    years = [said(PAGE, "CSV", "2023"), said(PAGE, "CSV", "2024")]
    assert united(years, list(reversed(years))) == [PAGE, PAGE]
    assert united(years[:1], [said(PAGE, "CSV", "2023"), said(PAGE, "CSV", "2024")]) == [PAGE] * 2


def test_two_resources_of_one_record_are_never_made_one() -> None:
    twice = [said(PAGE), said(PAGE)]
    assert united(twice, [said("https://ville.fr/a.csv")]) == [PAGE, PAGE, "https://ville.fr/a.csv"]


def test_a_copy_s_two_addresses_of_the_origin_s_export_add_nothing() -> None:
    old = f"{ODS}/explore/dataset/arbres/download?format=csv"
    assert united([said(f"{V2}/csv")], [said(old), said(f"{V2}/csv?use_labels=true")]) == [
        f"{V2}/csv"
    ]


def test_a_label_does_not_make_another_file_of_an_address_that_says_its_format() -> None:
    csv = "https://ville.fr/a.csv"
    assert united([said(csv, "CSV")], [said(csv, "TXT")]) == [csv]


def test_layers_of_one_endpoint_are_told_apart_by_their_names() -> None:
    wms = "https://geo.example/wms"
    assert united([said(wms, title="ville:arbres")], [said(wms, title="ville:bancs")]) == [wms, wms]
    assert united([said(wms, title="Service WMS")], [said(wms, title="Accès au flux WMS")]) == [wms]
    assert united([said(wms, title="Arbres")], [said(wms, title="WMS : Bancs")]) == [wms, wms]


def test_a_resource_with_the_origin_s_name_is_the_origin_s_though_its_address_is_old() -> None:
    iri = "https://data.issy.com/resources/1"
    now, then = "https://data.issy.com/f/2.csv", "https://data.issy.com/f/1.csv"
    assert united([said(now, iri=iri)], [said(then, iri=iri)]) == [now]
    assert united([said(now, iri=iri)], [said("https://data.issy.com/1.json", iri=iri)]) != [now]


def test_a_distribution_without_any_address_is_kept() -> None:
    shown = [{"title": {"fr": "Sur place"}}]
    voice = Voice(1, {"kind": "dataset", "title": {"fr": "A"}, "distribution": shown})
    other = Voice(2, {"kind": "dataset", "title": {"fr": "A"}, "distribution": shown})
    merged, _ = merge([voice, other], POLICY)
    assert len(merged["distribution"]) == 2
