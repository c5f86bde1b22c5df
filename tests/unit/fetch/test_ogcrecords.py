"""What users of OGC API Records rely on: what is asked, what is read, what becomes of a record."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.config import Source
from harvester.demo.dialects import Asked
from harvester.demo.dialects import ogcrecords as dialect
from harvester.demo.portal import Portal
from harvester.demo.samples import producers, samples, topics
from harvester.errors import HarvesterError, SourceRefused
from harvester.fetch import ogcrecords
from harvester.map import compile_mapping
from harvester.model import Dataset, Problem, Record
from harvester.parse.page import Page, Request, Total
from harvester.territory import load

ROOT = "https://catalogue.meudon.example/api"
ITEMS = f"{ROOT}/collections/fiches/items"
MAPPER = compile_mapping("ogcrecords")
SAMPLES = samples(producers(load())["meudon"], topics()["commune"], 9)


def source(url: str = ROOT) -> Source:
    return Source(
        id="essai",
        name="Essai",
        kind="ogcrecords",
        url=url,
        level="commune",
        territory="fr:commune:92048",
    )


def options(**given: Any) -> ogcrecords.Options:
    return ogcrecords.Options(**given)


def first(url: str, **given: Any) -> str:
    [request] = ogcrecords.start(source(url), options(**given), None)
    return request.url


def read(content: Any, url: str = ITEMS, at: str = ROOT, **given: Any) -> list[Any]:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    page = Page(Request(url), url, body, "application/json")
    return list(ogcrecords.read(page, source(at), options(**given)))


def followed(content: Any, url: str, **given: Any) -> list[str]:
    return [each.url for each in read(content, url, **given) if isinstance(each, Request)]


def items(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def feature(name: str = "arbres", **properties: Any) -> dict[str, Any]:
    told = {"type": "dataset", "title": f"Jeu {name}", **properties}
    return {"id": name, "type": "Feature", "geometry": None, "properties": told, "links": []}


def mapped(entry: dict[str, Any]) -> Dataset:
    [record] = [each for each in read(items(entry)) if isinstance(each, Record)]
    result = MAPPER(record).entry
    assert isinstance(result, Dataset)
    return result


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (ROOT, f"{ROOT}/collections?f=json"),
        (f"{ROOT}/", f"{ROOT}/collections?f=json"),
        (f"{ROOT}?f=html", f"{ROOT}/collections?f=json"),
        (f"{ROOT}/collections", f"{ROOT}/collections?f=json"),
        (f"{ROOT}/collections/fiches", f"{ROOT}/collections/fiches?f=json"),
        (ITEMS, f"{ITEMS}?f=json&limit=100"),
        (f"{ITEMS}?limit=20&type=dataset", f"{ITEMS}?limit=20&type=dataset&f=json"),
        (f"{ROOT}?cle=a1", f"{ROOT}/collections?cle=a1&f=json"),
    ],
)
def test_the_walk_begins_as_far_as_the_url_goes(url: str, asked: str) -> None:
    assert first(url) == asked


def test_a_collection_of_the_options_is_asked_for_by_its_name() -> None:
    assert first(ROOT, collection="metadata:main") == f"{ROOT}/collections/metadata:main?f=json"
    assert first(ROOT, collection="à lire").endswith("/collections/%C3%A0%20lire?f=json")


def test_words_and_filters_are_asked_for() -> None:
    asked = dict(
        parse_qsl(urlsplit(first(ITEMS, q="eau", filter="type = 'dataset'", page_size=7)).query)
    )
    assert asked == {
        "f": "json",
        "limit": "7",
        "q": "eau",
        "filter": "type = 'dataset'",
        "filter-lang": "cql2-text",
    }


def test_an_api_without_collections_at_the_usual_place_is_asked_where_it_says() -> None:
    [request] = ogcrecords.start(source(), options(), None)
    assert request.instead is not None
    landing = {"links": [{"rel": "data", "href": f"{ROOT}/v2/collections"}]}
    assert followed(landing, request.instead.url) == [f"{ROOT}/v2/collections?f=json"]


def test_collections_of_records_are_read_and_others_are_not() -> None:
    sortables = {"rel": "http://www.opengis.net/def/rel/ogc/1.0/sortables", "href": "x"}
    listed = {
        "collections": [
            {"id": "metadata:main", "itemType": "record"},
            {"id": "fiches", "itemType": "record", "links": [sortables]},
            {"id": "routes", "itemType": "feature"},
        ]
    }
    url = f"{ROOT}/collections?f=json"
    requests = [each for each in read(listed, url) if isinstance(each, Request)]
    assert [each.url for each in requests] == [
        f"{ROOT}/collections/metadata:main/items?f=json&limit=100",
        f"{ROOT}/collections/fiches/sortables?f=json",
    ]
    assert requests[1].instead is not None
    assert requests[1].instead.url == f"{ITEMS}?f=json&limit=100"


def test_an_api_of_features_only_says_which_collections_it_has() -> None:
    with pytest.raises(SourceRefused, match="routes, haies"):
        read({"collections": [{"id": "routes"}, {"id": "haies"}]}, f"{ROOT}/collections")


@pytest.mark.parametrize(("names", "sorted_by"), [(["id", "title"], "&sortby=id"), (["title"], "")])
def test_records_are_sorted_by_id_where_that_can_be_asked_for(
    names: list[str], sorted_by: str
) -> None:
    document = {"type": "object", "properties": {name: {} for name in names}}
    url = f"{ROOT}/collections/fiches/sortables?f=json"
    assert followed(document, url) == [f"{ITEMS}?f=json&limit=100{sorted_by}"]


@pytest.mark.parametrize(
    ("href", "asked"),
    [
        (f"{ITEMS}?offset=100&limit=100", f"{ITEMS}?offset=100&limit=100"),
        ("?offset=100", f"{ITEMS}?offset=100"),
        ("/api/collections/fiches/items?offset=100", f"{ITEMS}?offset=100"),
        ("http://localhost:5000/collections/fiches/items?offset=100", f"{ITEMS}?offset=100"),
        (
            "http://catalogue.meudon.example/api/collections/fiches/items?offset=100",
            f"{ITEMS}?offset=100",
        ),
    ],
)
def test_the_next_page_is_asked_for_where_this_one_came_from(href: str, asked: str) -> None:
    page = items(feature(), links=[{"rel": "next", "type": "application/geo+json", "href": href}])
    assert followed(page, f"{ITEMS}?f=json&limit=100") == [asked]


def test_of_several_next_pages_the_one_in_json_is_read_and_guessed() -> None:
    links = [
        {"rel": "next", "type": "text/html", "href": f"{ITEMS}?f=html&offset=1"},
        {"rel": "next", "type": "application/geo+json", "href": f"{ITEMS}?f=json&offset=1"},
        {"rel": "next", "type": "application/atom+xml", "href": f"{ITEMS}?f=atom&offset=1"},
    ]
    content = orjson.dumps(items(feature(), links=links))
    assert followed(content, ITEMS) == [f"{ITEMS}?f=json&offset=1"]
    page = Page(Request(ITEMS), ITEMS, content)
    guessed = list(ogcrecords.hint(page, source(), options()))
    assert [each.url for each in guessed] == [f"{ITEMS}?f=json&offset=1"]
    last = Page(Request(ITEMS), ITEMS, orjson.dumps(items(feature(title="the next one"))))
    assert list(ogcrecords.hint(last, source(), options())) == []


def test_the_total_is_that_of_the_collection_and_may_be_missing() -> None:
    assert Total(3, "fiches") in read(items(numberMatched=3))
    assert Total(3) in read(items(numberMatched=3), at=ITEMS)
    assert Total(3) in read(items(numberMatched=3), collection="fiches")
    assert read(items(numberMatched="unknown")) == []


def test_a_bad_record_costs_nothing_but_itself() -> None:
    found = read(items(feature("a"), 3, None, feature("b")))
    assert [each.id for each in found if isinstance(each, Record)] == ["a", "b"]
    assert [each.code for each in found if isinstance(each, Problem)] == ["record-malformed"] * 2
    [problem] = read({"type": "FeatureCollection", "features": {}})
    assert problem.code == "record-malformed"


def test_links_may_be_written_from_where_they_stand() -> None:
    relative = feature() | {
        "links": [{"rel": "enclosure", "href": "/files/arbres.csv", "type": "text/csv"}]
    }
    [distribution] = mapped(relative).distribution
    assert distribution.access_url == ("https://catalogue.meudon.example/files/arbres.csv",)


def test_a_record_without_id_is_known_by_its_external_id_or_by_a_hash() -> None:
    nameless = {**feature(externalId="urn:x:1"), "id": None}
    assert [each.id for each in read(items(nameless)) if isinstance(each, Record)] == ["urn:x:1"]
    found = read(items({**feature(), "id": None}))
    assert [each.code for each in found if isinstance(each, Problem)] == ["record-unnamed"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"dataset": []}, "data.json"),
        ({"success": True, "help": "", "result": []}, "CKAN"),
        ({"titre": "Meudon"}, "JSON of another kind"),
        ([], "JSON of another kind"),
    ],
)
def test_what_is_something_else_is_refused_by_its_name(content: Any, said: str) -> None:
    with pytest.raises(SourceRefused, match=said):
        read(content, f"{ROOT}/?f=json")


def test_a_record_of_the_standard_is_mapped_whole() -> None:
    sample = next(sample for sample in SAMPLES if sample.year)
    entry = mapped(dialect.describe(sample))
    assert entry.title == {"fr": sample.title}
    assert entry.publisher
    assert entry.publisher.name == {"fr": "Ville de Meudon"}
    assert entry.contact_point[0].email
    assert entry.license
    assert entry.license.endswith("/ETALAB_2_0")
    assert entry.theme
    assert entry.language
    assert entry.landing_page == (sample.landing,)
    assert entry.spatial[0].bbox == sample.producer.unit.bbox
    assert entry.temporal[0].start == f"{sample.year}-01-01T00:00:00Z"
    assert [file.download_url[0] for file in entry.distribution] == [
        f"{sample.iri}/exports/{name}" for name in sample.formats
    ]


def test_links_that_describe_the_record_are_no_files_and_others_are() -> None:
    entry = feature("arbres")
    wms = "https://carte.meudon.example/wms?service=WMS&request=GetCapabilities"
    entry["links"] = [
        {"rel": "self", "type": "application/geo+json", "href": f"{ITEMS}/arbres"},
        {"rel": "alternate", "type": "text/html", "href": f"{ITEMS}/arbres?f=html"},
        {"rel": "collection", "href": f"{ROOT}/collections/fiches"},
        {"rel": "license", "href": "https://www.etalab.gouv.fr/licence-ouverte-open-licence"},
        {"rel": "describedby", "href": "https://donnees.meudon.example/arbres.pdf"},
        {
            "rel": "preview",
            "type": "image/png",
            "href": "https://donnees.meudon.example/arbres.png",
        },
        {
            "rel": "enclosure",
            "type": "text/csv",
            "href": "https://donnees.meudon.example/arbres.csv",
            "length": 42,
        },
        {"href": wms, "protocol": "OGC:WMS", "name": "arbres", "description": "Carte"},
        {"rel": "item"},
    ]
    entry["linkTemplates"] = [
        {
            "rel": "describes",
            "title": "Carte",
            "uriTemplate": "https://carte.meudon.example/wms?service=WMS&request=GetMap&bbox={bbox}&crs={crs}",
            "variables": {"bbox": {"type": "array"}},
        },
        {"rel": "describes", "uriTemplate": "https://carte.meudon.example/{z}/{x}/{y}.png"},
    ]
    dataset = mapped(entry)
    assert [file.access_url[0] for file in dataset.distribution] == [
        "https://donnees.meudon.example/arbres.csv",
        wms,
        "https://carte.meudon.example/wms?service=WMS&request=GetMap",
    ]
    assert dataset.distribution[0].byte_size == 42
    assert (dataset.distribution[1].format or "").endswith("/WMS_SRVC")
    assert dataset.landing_page == (f"{ITEMS}/arbres?f=html",)
    assert dataset.page == ("https://donnees.meudon.example/arbres.pdf",)
    assert (dataset.license or "").endswith("/ETALAB_2_0")


def test_assets_are_files_but_for_thumbnails() -> None:
    entry = feature("ortho")
    entry["assets"] = {
        "image": {
            "href": "https://donnees.meudon.example/ortho.tif",
            "type": "image/tiff",
            "roles": ["data"],
        },
        "vignette": {"href": "https://donnees.meudon.example/ortho.png", "roles": ["thumbnail"]},
    }
    assert [file.download_url[0] for file in mapped(entry).distribution] == [
        "https://donnees.meudon.example/ortho.tif"
    ]


@pytest.mark.parametrize(
    ("time", "start", "end"),
    [
        (None, None, None),
        ({"date": "2024-03-01"}, "2024-03-01", "2024-03-01"),
        ({"timestamp": "2024-03-01T10:00:00Z"}, "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z"),
        ({"interval": ["2020-01-01", "2021-12-31"]}, "2020-01-01", "2021-12-31"),
        ({"interval": ["2020-01-01", ".."], "resolution": "P1D"}, "2020-01-01", None),
        ({"interval": ["..", "2021-12-31"]}, None, "2021-12-31"),
        ({"interval": ["..", ".."]}, None, None),
    ],
)
def test_times_of_every_form_are_read(time: Any, start: str | None, end: str | None) -> None:
    dataset = mapped({**feature(), "time": time})
    told = dataset.temporal[0] if dataset.temporal else None
    assert (told and told.start, told and told.end) == (start, end)


def test_views_counted_by_a_geonetwork_do_not_change_a_record() -> None:
    def counted(views: int) -> bytes:
        entry = feature(
            **{"gn-elastic-index-record": {"popularity": views}, "gn-record-xml": "<x/>"}
        )
        [record] = [each for each in read(items(entry)) if isinstance(each, Record)]
        assert record.tree["properties"]["title"] == "Jeu arbres"
        return record.fingerprint

    assert counted(1) == counted(2)


def test_who_restricts_access_is_not_public() -> None:
    entry = mapped(feature(accessRights="restricted"))
    assert (entry.access_rights or "").endswith("/RESTRICTED")


def test_keywords_may_be_objects_and_themes_have_concepts() -> None:
    themes = [
        {"scheme": "https://x.example/t", "concepts": [{"id": "transport", "title": "Transports"}]}
    ]
    entry = mapped(feature(keywords=[{"name": "vélo"}, "bus"], themes=themes))
    assert entry.keyword == {"fr": ("vélo", "bus")}
    assert [theme.rpartition("/")[2] for theme in entry.theme] == ["TRAN"]


def test_the_imitation_refuses_what_real_ones_refuse() -> None:
    entries = tuple(dialect.describe(sample) for sample in SAMPLES)
    portal = Portal("ogc", "Meudon", "commune", "fr:commune:92048", entries, "ogcrecords", page=4)
    path = "/collections/catalogue/items"
    for query in ({"sortby": "couleur"}, {"limit": "-1"}, {"offset": "x"}):
        said = dialect.answer(portal, ROOT, Asked(path, query))
        assert said is not None
        assert said.status == 400
    said = dialect.answer(portal, ROOT, Asked("/", headers={"accept": "text/html"}))
    assert said is not None
    assert b"pycsw" in said.content


KEYS = [
    "features",
    "collections",
    "links",
    "rel",
    "href",
    "type",
    "id",
    "properties",
    "linkTemplates",
    "uriTemplate",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["next", "data", "html"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)


def outcome(content: bytes, url: str) -> list[object]:
    try:
        return [each.id if isinstance(each, Record) else each for each in read(content, url)]
    except HarvesterError as error:
        return [str(error)]


@given(
    JSON,
    st.sampled_from(
        ["", "/collections", "/collections/x", "/collections/x/sortables", "/collections/x/items"]
    ),
)
def test_any_json_is_read_or_refused_the_same_way_twice(value: Any, path: str) -> None:
    for document in (value, {"features": [value]}, {"collections": [value]}, {"links": [value]}):
        content = json.dumps(document).encode()
        assert outcome(content, ROOT + path) == outcome(content, ROOT + path)
        list(ogcrecords.hint(Page(Request(ROOT), ROOT, content), source(), options()))


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert outcome(content, ITEMS) == outcome(content, ITEMS)
    list(ogcrecords.hint(Page(Request(ROOT), ROOT, content), source(), options()))
