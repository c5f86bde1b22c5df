"""What users of data.json files and ArcGIS Hub feeds rely on."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.demo.dialects import Asked
from harvester.demo.dialects import datajson as dialect
from harvester.demo.portal import Portal
from harvester.demo.samples import producers, samples, topics
from harvester.errors import HarvesterError, SourceRefused
from harvester.map import compile_mapping
from harvester.model import Dataset, Problem, Record
from harvester.parse import datajson
from harvester.parse.page import Page, Request
from harvester.territory import load

URL = "https://donnees.meudon.example/data.json"
HUB = "https://geo-meudon.hub.arcgis.example"
ITEM = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
MAPPER = compile_mapping("datajson")
PRODUCER = producers(load())["meudon"]
SAMPLES = samples(PRODUCER, topics()["commune"], 12)


def read(content: bytes | Any, charset: str = "utf-8") -> list[Any]:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return list(datajson.read(Page(Request(URL), URL, body, "application/json", charset)))


def records(content: bytes | Any) -> list[Record]:
    return [found for found in read(content) if isinstance(found, Record)]


def codes(content: bytes | Any) -> list[str]:
    return [found.code for found in read(content) if isinstance(found, Problem)]


def catalogue(*datasets: Any, **more: Any) -> dict[str, Any]:
    return {
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": datasets,
        **more,
    }


def tree(name: str = "arbres", **more: Any) -> dict[str, Any]:
    return {"@type": "dcat:Dataset", "identifier": name, "title": f"Jeu {name}", **more}


def mapped(entry: dict[str, Any]) -> Dataset:
    result = MAPPER(records(catalogue(entry))[0]).entry
    assert isinstance(result, Dataset)
    return result


def test_every_dataset_is_a_record_called_by_its_identifier() -> None:
    found = records(catalogue(tree("arbres"), tree("bancs"), tree("fontaines")))
    assert [record.id for record in found] == ["arbres", "bancs", "fontaines"]


def test_a_single_dataset_a_bare_list_and_an_empty_catalogue_are_read() -> None:
    assert [record.id for record in records({"dataset": tree("arbres")})] == ["arbres"]
    assert [record.id for record in records([tree("arbres"), tree("bancs")])] == ["arbres", "bancs"]
    assert read(catalogue()) == []


def test_a_dataset_without_identifier_keeps_its_name_while_its_title_and_links_stay() -> None:
    one = {"title": "Arbres", "description": "avant"}
    other = {"title": "Arbres", "description": "après"}
    assert codes(catalogue(one)) == ["record-unnamed"]
    assert records(catalogue(one))[0].id == records(catalogue(other))[0].id


def test_what_is_no_object_among_the_datasets_costs_nothing_but_itself() -> None:
    content = catalogue(tree("arbres"), 42, "bancs", None, [1], tree("fontaines"))
    assert [record.id for record in records(content)] == ["arbres", "fontaines"]
    assert codes(content) == ["record-malformed"] * 4


def test_a_dataset_that_is_not_well_formed_costs_nothing_but_itself() -> None:
    broken = b'{"dataset": [{"identifier": "a", "title": "A"}, {"identifier": tru}, {"identifier": "c", "title": "C"}]}'
    assert [record.id for record in records(broken)] == ["a", "c"]
    assert codes(broken) == ["record-malformed"]


def test_numbers_that_json_does_not_know_and_halves_of_characters_are_survived() -> None:
    odd = rb'{"dataset": [{"identifier": "a", "title": "A \ud83d", "n": NaN}], "v": Infinity}'
    assert [record.id for record in records(odd)] == ["a"]
    assert codes(odd) == ["json-surrogate"]


def test_bytes_of_another_encoding_are_told_once_and_read() -> None:
    content = json.dumps(catalogue(tree(title="Été"), tree("b", title="Forêt")), ensure_ascii=False)
    found = read(content.encode("cp1252"))
    assert [each.tree["title"] for each in found if isinstance(each, Record)] == ["Été", "Forêt"]
    assert [each.code for each in found if isinstance(each, Problem)] == ["charset-wrong"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_unicode_encoding_is_read(encoding: str) -> None:
    content = json.dumps(catalogue(tree(title="Été")), ensure_ascii=False).encode(encoding)
    if encoding != "utf-32":
        assert records(content)[0].tree["title"] == "Été"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!doctype html><html>", "an HTML page"),
        (b"<rdf:RDF/>", "XML"),
        (b'{"dataset": [{"identifier": "a"', "line 1"),
        (b'{"success": true, "result": []}', 'CKAN API.*kind = "ckan"'),
        (b'{"results": [], "total_count": 0}', "Opendatasoft"),
        (b'{"data": [], "page_size": 20}', "udata"),
        (b'{"type": "FeatureCollection", "features": []}', "OGC API"),
        (b'{"@context": {}, "@graph": []}', "JSON-LD"),
        (
            b'[{"@id": "http://x.example/1", "@type": ["http://www.w3.org/ns/dcat#Dataset"]}]',
            "JSON-LD",
        ),
        (b'{"titre": "Arbres"}', "JSON of another kind"),
        (b"[1, 2]", "JSON of another kind"),
        (b"42", "JSON of another kind"),
    ],
)
def test_what_is_something_else_is_refused_by_its_name(content: bytes, said: str) -> None:
    with pytest.raises(SourceRefused, match=said):
        read(content)


def test_a_cut_document_is_refused_in_no_time() -> None:
    cut = orjson.dumps(catalogue(tree(description="a" * 3_000_000)))[:-60]
    with pytest.raises(SourceRefused, match="well-formed"):
        read(cut)


def test_nested_catalogues_give_their_datasets_and_those_at_an_address_are_followed_at_home() -> (
    None
):
    inner = {"@type": "Catalog", "title": "Voirie", "dataset": [tree("bancs")]}
    content = catalogue(
        tree("arbres"), catalog=[inner, "/voirie/data.json", "https://ailleurs.example/data.json"]
    )
    found = read(content)
    assert [each.id for each in found if isinstance(each, Record)] == ["arbres", "bancs"]
    assert [each.url for each in found if isinstance(each, Request)] == [
        "https://donnees.meudon.example/voirie/data.json"
    ]
    assert [each.code for each in found if isinstance(each, Problem)] == ["catalog-elsewhere"]


def test_members_of_a_series_are_datasets_once_and_know_their_series() -> None:
    series = {
        "@type": "DatasetSeries",
        "@id": "https://donnees.meudon.example/series/budget",
        "title": "Budget",
        "seriesMember": [tree("budget-2023"), tree("budget-2024")],
        "last": tree("budget-2024"),
    }
    found = {
        record.id: MAPPER(record).entry
        for record in records(catalogue(tree("budget-2024"), datasetSeries=[series]))
    }
    assert sorted(found) == ["budget-2023", "budget-2024", series["@id"]]
    for name in ("budget-2023", "budget-2024"):
        entry = found[name]
        assert isinstance(entry, Dataset)
        assert entry.in_series == (series["@id"],)
    told = found[series["@id"]]
    assert told is not None
    assert told.kind == "series"


def test_a_series_does_not_change_with_what_is_said_of_its_members() -> None:
    def series(text: str) -> bytes:
        member = tree("budget-2024", description=text)
        told = {"@id": "https://x.example/s", "title": "Budget", "seriesMember": [member]}
        found = records({"datasetSeries": [told], "dataset": []})
        return next(record.fingerprint for record in found if record.id.endswith("/s"))

    assert series("avant") == series("après")


def test_services_are_services_and_what_they_serve_is_kept() -> None:
    service = {
        "title": "API des arbres",
        "identifier": "https://api.meudon.example/arbres",
        "endpointURL": ["https://api.meudon.example/arbres/v1"],
        "servesDataset": [tree("https://donnees.meudon.example/arbres")],
    }
    found = {record.id: MAPPER(record).entry for record in records({"service": [service]})}
    told = found["https://api.meudon.example/arbres"]
    assert told is not None
    assert told.kind == "service"
    assert told.serves_dataset == ("https://donnees.meudon.example/arbres",)
    assert "https://donnees.meudon.example/arbres" in found


FORMS = [
    {"identifier": f"https://www.arcgis.com/home/item.html?id={ITEM}&sublayer=3"},
    {"identifier": f"{HUB}/datasets/{ITEM}_3"},
    {"identifier": f"{HUB}/maps/{ITEM.upper()}_3"},
    {"@id": f"{ITEM}_3"},
    {
        "dct:identifier": f"{HUB}/datasets/geo-meudon::arbres",
        "dcat:landingPage": f"{HUB}/maps/{ITEM}_3",
    },
    {
        "identifier": f"{HUB}/datasets/geo-meudon::arbres",
        "landingPage": f"{HUB}/datasets/geo-meudon::arbres",
        "distribution": [{"accessURL": f"{HUB}/api/download/v1/items/{ITEM}/csv?layers=3"}],
    },
    {
        "@id": f"{HUB}/datasets/geo-meudon::arbres/about",
        "dcat:distribution": {
            "dcat:accessUrl": {"@id": f"{HUB}/datasets/{ITEM}_3.geojson?outSR=4326"}
        },
    },
    {
        "identifier": f"https://www.arcgis.com/home/item.html?id={ITEM}",
        "landingPage": f"{HUB}/maps/{ITEM}_3",
    },
]


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_a_hub_that_changes_its_ways_of_naming_keeps_its_records(form: dict[str, Any]) -> None:
    [record] = records(catalogue({"title": "Arbres", "x": "arcgis", **form}))
    assert record.id == f"{ITEM}_3"
    entry = MAPPER(record).entry
    assert isinstance(entry, Dataset)
    assert entry.other_identifier[0].notation == (
        f"https://www.arcgis.com/home/item.html?id={ITEM}&sublayer=3"
    )


def test_who_only_offers_a_hubs_downloads_keeps_its_own_name() -> None:
    file = {"downloadURL": f"https://opendata.arcgis.com/datasets/{ITEM}_3.geojson"}
    [record] = records(catalogue(tree("arbres-de-meudon", distribution=[file])))
    assert record.id == "arbres-de-meudon"


def test_two_datasets_of_one_item_are_both_kept() -> None:
    page = f"https://www.arcgis.com/home/item.html?id={ITEM}"
    found = records(catalogue(tree(page), tree(f"{HUB}/documents/{ITEM}")))
    assert [record.id for record in found] == [ITEM, f"{HUB}/documents/{ITEM}"]


def test_parameters_of_a_hubs_exports_do_not_change_a_record() -> None:
    def with_file(query: str) -> bytes:
        file = {"accessURL": f"{HUB}/datasets/{ITEM}_3.csv{query}"}
        return records(catalogue(tree(distribution=[file])))[0].fingerprint

    plain = with_file("")
    assert with_file("?where=1=1&outSR=%7B%22wkid%22%3A2154%7D&cacheId=a1") == plain
    assert with_file("?where=commune=92048") != plain


def hub(slugs: bool) -> Portal:
    entries = tuple(dialect.describe_hub(sample, slugs) for sample in SAMPLES)
    return Portal("hub", "Géo Meudon", "commune", "fr:commune:92048", entries, "datajson")


@pytest.mark.parametrize("path", ["/api/feed/dcat-ap/2.0.1.json", "/data.json"])
@pytest.mark.parametrize("slugs", [False, True])
def test_both_feeds_of_a_hub_say_the_same(path: str, slugs: bool) -> None:
    said = dialect.answer(hub(slugs), HUB, Asked(path))
    assert said is not None
    entries = {record.id: MAPPER(record) for record in records(said.content)}
    first = dialect.answer(hub(False), HUB, Asked("/data.json"))
    assert first is not None
    assert sorted(entries) == sorted(record.id for record in records(first.content))
    for result in entries.values():
        entry = result.entry
        assert isinstance(entry, Dataset)
        assert not result.problems
        assert entry.publisher
        assert entry.publisher.name == {"fr": "Ville de Meudon"}
        assert entry.license
        assert entry.license.endswith("/ETALAB_2_0")
        assert entry.access_rights
        assert entry.access_rights.endswith("/PUBLIC")
        assert entry.spatial
        assert entry.issued
        assert len(entry.distribution) >= 2
        assert all(file.access_url and file.format for file in entry.distribution)


def test_a_dataset_of_dcat_us_is_mapped_whole() -> None:
    sample = next(sample for sample in SAMPLES if sample.year)
    entry = mapped(dialect.describe(sample))
    assert entry.title == {"fr": sample.title}
    assert entry.identifier == (sample.identifier,)
    assert (entry.issued, entry.modified) == (sample.issued, sample.modified)
    assert entry.accrual_periodicity
    assert entry.accrual_periodicity.endswith("/ANNUAL")
    assert entry.theme
    assert entry.language
    assert entry.contact_point[0].email == f"donnees@{sample.producer.host.partition('.')[2]}"
    assert entry.landing_page == (sample.landing,)
    assert entry.spatial[0].bbox == sample.producer.unit.bbox
    assert entry.temporal[0].start == f"{sample.year}-01-01"
    assert entry.temporal[0].end == f"{sample.year}-12-31"
    assert [file.download_url[0] for file in entry.distribution] == [
        f"{sample.iri}/exports/{name}" for name in sample.formats
    ]


@pytest.mark.parametrize(
    ("level", "right"),
    [("public", "PUBLIC"), ("restricted public", "RESTRICTED"), ("non-public", "NON_PUBLIC")],
)
def test_what_is_not_public_is_not_made_public(level: str, right: str) -> None:
    rights = mapped(tree(accessLevel=level)).access_rights
    assert rights
    assert rights.endswith(f"/{right}")


def test_a_modification_that_is_a_rhythm_is_one() -> None:
    entry = mapped(tree(modified="R/P1W"))
    assert entry.modified is None
    assert entry.accrual_periodicity
    assert entry.accrual_periodicity.endswith("/WEEKLY")


def test_a_parent_is_linked_where_it_has_an_address() -> None:
    assert mapped(tree(isPartOf="https://donnees.meudon.example/a")).is_part_of
    assert not mapped(tree(isPartOf="arbres")).is_part_of


def test_an_address_that_is_an_object_costs_only_itself() -> None:
    files = [
        {"downloadURL": f"{HUB}/a.csv", "dct:format": {"@id": {"x": 1}}},
        {"downloadURL": f"{HUB}/b.csv"},
    ]
    [record] = records(catalogue(tree(distribution=files)))
    result = MAPPER(record)
    assert not result.problems
    assert isinstance(result.entry, Dataset)
    assert len(result.entry.distribution) == 2


def test_places_are_read_as_boxes_geometries_and_names() -> None:
    shape = {
        "type": "Polygon",
        "coordinates": [[[2.2, 48.8], [2.3, 48.8], [2.3, 48.9], [2.2, 48.8]]],
    }
    assert mapped(tree(spatial="2.2,48.8,2.3,48.9")).spatial[0].bbox == (2.2, 48.8, 2.3, 48.9)
    assert (mapped(tree(spatial=shape)).spatial[0].geometry or "").startswith("POLYGON")
    assert mapped(tree(spatial="Meudon")).spatial[0].name == {"fr": "Meudon"}


KEYS = [
    "dataset",
    "dcat:dataset",
    "datasetSeries",
    "seriesMember",
    "service",
    "catalog",
    "record",
    "identifier",
    "@id",
    "@type",
    "title",
    "landingPage",
    "distribution",
    "accessURL",
    "servesDataset",
    "primaryTopic",
    "x",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


def outcome(content: bytes) -> list[object]:
    try:
        return [each.id if isinstance(each, Record) else each for each in read(content)]
    except HarvesterError as error:
        return [str(error)]


@given(JSON)
def test_any_json_is_read_or_refused_the_same_way_twice(value: Any) -> None:
    content = json.dumps(value).encode()
    assert outcome(content) == outcome(content)
    wrapped = json.dumps({"dataset": [value, tree("bancs")]}).encode()
    assert "bancs" in outcome(wrapped)


@given(st.binary() | st.binary().map(lambda some: b'{"dataset": [' + some + b"]}"))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert outcome(content) == outcome(content)


def test_ten_thousand_datasets_cost_their_bytes_and_not_their_trees() -> None:
    entry = dialect.describe(SAMPLES[0])
    page = orjson.dumps(catalogue(*({**entry, "identifier": f"jeu-{n}"} for n in range(10_000))))
    gc.collect()
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_one_by_one(page))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert peak < 10_000_000


def read_one_by_one(page: bytes) -> Any:
    return datajson.read(Page(Request(URL), URL, page, "application/json", "utf-8"))
