"""Opendatasoft portals as they were recorded: by their own exports in DCAT, and by what their API says.

No answer of the Explore API is among the recordings. What it would say is put together from a portal's export of its
catalogue as CSV (whose columns are the API's names), or from the identifiers that its DCAT mentions.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest

from harvester.map import Mapped, compile_mapping
from harvester.model import Dataset, Record
from harvester.parse import opendatasoft, rdf
from harvester.parse.page import Page, Request
from harvester.territory.names import fold
from tests import linked
from tests.territory import Territory

ROOT = Path(__file__).parents[2]
REAL = (ROOT / os.environ.get("REAL_DATA", "../shared/data") / "real").resolve()
PUBLIC = REAL / "ods" / "ods-public-2015"
CAPATLANTIQUE = REAL / "snapshots" / "dcat-capatlantique.json"
AUTHORITY = "http://publications.europa.eu/resource/authority/"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")

EXPORTS = {
    "ods/ods-public-2015/catalog.ttl": (186, 186),
    "ods/ods-public-2015/examples-dcat.rdf": (326, 326),
    "ods/ods-potsdam/potsdam.ttl": (10, 30),
    "dcat/rennesmetropole-ods-export.rdf": (27, 272),
    "dcat/odwb-opendatasoft.ttl.gz": (994, 12_886),
}
"""File → (datasets, distributions)."""


@cache
def exported(name: str) -> dict[str, Mapped]:
    """What the DCAT export of a portal becomes, by record."""
    content = (REAL / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return described(content, "http://portal.test/" + name.removesuffix(".gz"))


def described(content: bytes, url: str) -> dict[str, Mapped]:
    mapper = compile_mapping("dcat")
    found = rdf.read(Page(Request(url), url, content))
    return {item.id: mapper(item) for item in found if isinstance(item, Record)}


def told(items: list[Any], portal: opendatasoft.Portal) -> dict[str, Mapped]:
    """What the API's answer becomes, by record."""
    mapper = compile_mapping("opendatasoft")
    found = list(opendatasoft.records(items, portal, portal.site))
    records = [item for item in found if isinstance(item, Record)]
    assert len(records) == len(found) == len(items)
    return {record.id: mapper(record) for record in records}


def pointers(mapped: Mapped, record: str) -> set[str]:
    assert mapped.entry is not None
    return linked.pointers(mapped.entry, record)


@pytest.mark.parametrize("name", EXPORTS)
def test_every_dataset_of_an_export_is_published_with_its_distributions(
    territory: Territory, name: str
) -> None:
    datasets, distributions = EXPORTS[name]
    territory.source("real", path=(REAL / name).as_uri(), level="partner", territory="fr")
    outcome = territory.run("real")
    assert (outcome.outcome, outcome.counts.seen) == ("success", datasets)
    assert (outcome.counts.published, outcome.counts.rejected) == (datasets, 0)
    rows = territory.sql("SELECT v.entry FROM entry e JOIN version v ON v.id = e.version")
    held = [len(orjson.loads(body).get("distribution", ())) for (body,) in rows]
    assert sum(held) == distributions


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("dcat/rennesmetropole-ods-export.rdf", "https://data.rennesmetropole.fr"),
        ("dcat/odwb-opendatasoft.ttl.gz", "https://www.odwb.be"),
    ],
)
def test_a_portal_has_the_same_datasets_by_its_dcat_and_by_its_api(name: str, site: str) -> None:
    by_dcat = {iri: made for iri, made in exported(name).items() if "/explore/dataset/" in iri}
    assert len(by_dcat) == EXPORTS[name][0]
    ids = {iri: unquote(urlsplit(iri).path.split("/")[3]) for iri in by_dcat}
    formats = ("csv", "json", "parquet", "xlsx")
    portal = opendatasoft.Portal(site, "/api/explore/v2.1/catalog", formats)
    items = [{"dataset_id": each, "has_records": True, "metas": {}} for each in ids.values()]
    by_api = told(items, portal)
    for iri, mapped in by_dcat.items():
        same = by_api[ids[iri]]
        assert pointers(mapped, iri) & pointers(same, ids[iri])
        assert isinstance(mapped.entry, Dataset)
        assert isinstance(same.entry, Dataset)
        assert (same.entry.iri or "").rstrip("/") == iri.rstrip("/")
        # Exports that both list have one address (this portal's DCAT is of the API 2.1 as well).
        if "rennes" in name:
            theirs = {each.iri for each in mapped.entry.distribution}
            exports = [each for each in same.entry.distribution if each.download_url]
            assert {each.iri for each in exports[:2]} <= theirs
            # One dataset of the recording has only these two, without saying why.
            assert {each.iri for each in exports} <= theirs or len(theirs) == 2


def rows_of_2015() -> list[dict[str, Any]]:
    """The public portal's catalogue of 2015 as its API 1.0 would have said it."""
    items = []
    with (PUBLIC / "catalog.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups: dict[str, dict[str, str]] = {"": {}}
            for column, value in row.items():
                group, _, name = column.rpartition(".")
                if value:
                    groups.setdefault(group, {})[name] = value
            metas = groups.pop("")
            name = metas.pop("datasetid")
            items.append(
                {"datasetid": name, "metas": metas, "interop_metas": groups, "has_records": True}
            )
    return items


def test_a_portal_of_2015_says_the_same_in_its_table_and_in_its_dcat() -> None:
    """186 datasets of the same portal in both. Each difference is explained."""
    portal = opendatasoft.Portal(
        "http://public.opendatasoft.com", "/api/datasets/1.0", ("csv", "json")
    )
    by_api = told(rows_of_2015(), portal)
    by_dcat = exported("ods/ods-public-2015/catalog.ttl")
    assert len(by_api) == len(by_dcat) == 186
    of_pointer = {
        key: mapped
        for iri, mapped in by_dcat.items()
        for key in pointers(mapped, iri)
        if key.startswith("public.opendatasoft.com/")
    }
    different: Counter[str] = Counter()
    for name, mapped in by_api.items():
        pointer = f"public.opendatasoft.com/{name}"
        mine, theirs = mapped.entry, of_pointer[pointer].entry
        assert isinstance(mine, Dataset)
        assert isinstance(theirs, Dataset)
        # The Turtle does not say in which language it is.
        assert list(mine.title.values()) == list(theirs.title.values())
        assert list(mine.keyword.values()) == list(theirs.keyword.values())
        assert mine.modified == theirs.modified
        # It says neither when a dataset was published, nor where it is about, nor how often it changes.
        assert (theirs.issued, theirs.spatial, theirs.accrual_periodicity) == (None, (), None)
        # It gives the address of a publisher without its name.
        assert theirs.publisher is None or not theirs.publisher.name
        different.update(
            field
            for field in ("license", "theme", "language")
            if getattr(mine, field) != getattr(theirs, field)
        )
    # The Turtle makes one authority's theme of a text with several, and a theme and a language of nothing; it puts
    # « Finances » elsewhere.
    assert different["theme"] == 36
    assert different["language"] == 1
    # It gives the versions of "CC BY" (2), "CC BY-SA" (6) and "Licence Ouverte data.gouv.fr" (4), and the addresses of
    # terms that the table names (8).
    assert different["license"] == 20
    places = [bool(mapped.entry and mapped.entry.spatial) for mapped in by_api.values()]  # type: ignore[union-attr]
    assert places.count(True) == 40


def test_what_a_portal_of_2015_means_by_its_words_is_known() -> None:
    portal = opendatasoft.Portal("http://public.opendatasoft.com", "/api/datasets/1.0")
    by_api = told(rows_of_2015(), portal)
    problems = Counter(problem.code for mapped in by_api.values() for problem in mapped.problems)
    assert problems == {"modified-before-issued": 1, "date-invalid": 2}
    unknown = Counter(name for mapped in by_api.values() for name, _ in mapped.unknown)
    assert unknown["license"] <= 10, (
        "terms of the Insee, Netatmo, JCDecaux, the World Bank and the Commission"
    )
    assert unknown["theme"] <= 36, "several themes in one text, and a few of a portal's own"
    assert set(unknown) == {"license", "theme"}


def test_capatlantique_by_dcat_is_what_data_gouv_fr_made_of_it() -> None:
    """udata's recorded result of the same exchange. Each difference is explained."""
    recorded = orjson.loads(CAPATLANTIQUE.read_bytes())
    answer = recorded["requests_history"][-1]
    made = described(answer["response"]["body"].encode(), answer["request"]["url"])
    (theirs,) = recorded["datasets"]
    iri = theirs["harvest"]["uri"]
    ours = made[iri].entry
    assert isinstance(ours, Dataset)
    assert ours.title == {"fr": theirs["title"]}
    assert ours.identifier == (theirs["harvest"]["dct_identifier"],)
    assert ours.landing_page == (theirs["harvest"]["remote_url"],)
    # Runs of spaces are one here.
    assert " ".join(ours.description["fr"].split()) == " ".join(theirs["description"].split())
    # udata writes moments without their zone, which is UTC.
    assert (ours.modified or "")[:23] == theirs["harvest"]["modified_at"].replace(" ", "T")[:23]
    assert (ours.issued or "")[:23] == theirs["harvest"]["created_at"].replace(" ", "T")[:23]
    # udata has no spatial coverage (nor has the export), and makes a tag of the theme.
    assert (theirs.get("spatial"), ours.spatial) == (None, ())
    assert [fold(theme).replace("/", "").split() for theme in ours.theme] == [
        tag.split("-") for tag in theirs["tags"]
    ]
    # udata did not know the licence by the address of its PDF (quality.license is false); it is the Licence Ouverte 2.0.
    assert theirs["quality_cached"]["license"] is False
    assert ours.license == f"{AUTHORITY}licence/ETALAB_2_0"
    resources = [(each["url"], each["title"], each["mime"]) for each in theirs["resources"]]
    assert [
        (each.access_url[0], each.title["fr"], (each.media_type or "").partition("media-types/")[2])
        for each in ours.distribution
    ] == resources
    # The service is a record of its own in both.
    (service,) = recorded["dataservices"]
    entry = made[service["harvest"]["uri"]].entry
    assert entry is not None
    assert entry.kind == "service"
    assert entry.endpoint_url == (service["base_api_url"],)
    assert entry.endpoint_description == (service["machine_documentation_url"],)
    assert set(made) == {iri, service["harvest"]["uri"]}


def test_capatlantique_by_its_api_is_the_dataset_that_data_gouv_fr_has() -> None:
    recorded = orjson.loads(CAPATLANTIQUE.read_bytes())
    (theirs,) = recorded["datasets"]
    name = urlsplit(theirs["harvest"]["uri"]).path.split("/")[3]
    default = {
        "title": theirs["title"],
        "description": theirs["description"],
        "theme": ["Citoyenneté / Institution"],
        "license_url": theirs["extras"]["dcat"]["license"][0],
        "modified": theirs["harvest"]["modified_at"],
    }
    item = {"dataset_id": name, "has_records": True, "features": [], "metas": {"default": default}}
    portal = opendatasoft.Portal(
        "https://data.capatlantique.fr",
        "/api/explore/v2.1/catalog",
        ("csv", "json", "shp", "geojson"),
    )
    ours = told([item], portal)[name].entry
    assert isinstance(ours, Dataset)
    assert ours.iri == theirs["harvest"]["uri"]
    assert ours.license == f"{AUTHORITY}licence/ETALAB_2_0"
    assert ours.theme == (f"{AUTHORITY}data-theme/GOVE",)
    *exports, api = ours.distribution
    assert [each.iri for each in exports] == [each["url"] for each in theirs["resources"]]
    # A resource more than udata's: the API that gives its records; the service is the one that udata has.
    (service,) = recorded["dataservices"]
    assert api.access_service[0].iri == service["harvest"]["uri"]
    assert api.access_service[0].title == {"fr": service["title"]}
