"""What is asked of an Opendatasoft portal, and what its pages give."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harvester.config import HttpSettings, Source
from harvester.errors import HarvesterError, SourceRefused
from harvester.fetch import connector
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request, Total

SITE = "https://data.meudon.example"
KIND = connector("opendatasoft")


def source(url: str = SITE, **http: Any) -> Source:
    return Source(
        id="meudon",
        name="Meudon",
        kind="opendatasoft",
        url=url,
        level="commune",
        territory="fr:commune:92048",
        http=HttpSettings(**http),
    )


def dataset(name: str = "arbres", **more: Any) -> dict[str, Any]:
    """A dataset as the Explore API 2.1 gives it; `more` are its own keys, `metas` those of `default`."""
    metas = {"title": f"Jeu {name}", "modified": "2025-03-01T06:00:00+00:00", "records_count": 12}
    metas |= more.pop("metas", {})
    groups = more.pop("groups", {})
    return {
        "visibility": "domain",
        "dataset_id": name,
        "dataset_uid": "da_abc123",
        "has_records": True,
        "data_visible": True,
        "features": ["analyze"],
        "attachments": [],
        "alternative_exports": [],
        "fields": [{"name": "espece", "label": "Espèce", "type": "text", "annotations": {}}],
        **more,
        "metas": {"default": metas, **groups},
    }


def first(url: str = SITE, **options: Any) -> Request:
    return next(KIND.start(source(url), KIND.Options(**options), None))


def chain(request: Request | None) -> list[str]:
    urls = []
    while request:
        urls.append(request.url)
        request = request.instead
    return urls


def page(content: Any, url: str = "", came_from: str = "") -> Page:
    request = Request(url or first().url)
    return Page(request, came_from or request.url, orjson.dumps(content), "application/json")


def read(given: Page, *, url: str = SITE, http: Any = None, **options: Any) -> list[Found]:
    return list(KIND.read(given, source(url, **(http or {})), KIND.Options(**options)))


def records(found: list[Found]) -> list[Record]:
    return [item for item in found if isinstance(item, Record)]


def only(content: Any, **how: Any) -> Record:
    (record,) = records(read(page(content), **how))
    return record


def listing(*entries: Any, total: int | None = None) -> dict[str, Any]:
    return {"total_count": len(entries) if total is None else total, "results": list(entries)}


# What is asked for


def test_the_newest_api_is_asked_first_and_the_older_ones_where_it_is_not_there() -> None:
    assert chain(first()) == [
        f"{SITE}/api/explore/v2.1/catalog/datasets?limit=100&offset=0&order_by=dataset_id",
        f"{SITE}/api/explore/v2.0/catalog/datasets?limit=100&offset=0&order_by=datasetid",
        f"{SITE}/api/v2/catalog/datasets?limit=100&offset=0&order_by=datasetid",
        f"{SITE}/api/datasets/1.0/search/?rows=100&start=0&sort=datasetid&interopmetas=true",
    ]


def test_an_api_that_is_named_is_the_only_one_asked() -> None:
    assert len(chain(first(api="2.1"))) == 1
    assert chain(first(api="1.0"))[0].startswith(f"{SITE}/api/datasets/1.0/search/")
    assert [urlsplit(url).path for url in chain(first(api="2.0"))] == [
        "/api/explore/v2.0/catalog/datasets",
        "/api/v2/catalog/datasets",
    ]


@pytest.mark.parametrize(
    "url",
    [
        SITE,
        f"{SITE}/",
        f"{SITE}/explore/?sort=modified&refine.theme=Culture",
        f"{SITE}/explore/dataset/arbres/table/",
        f"{SITE}/pages/accueil/",
        f"{SITE}/accueil",
        f"{SITE}/api/explore/v2.1/console",
        "https://agent:secret@data.meudon.example/explore/",
    ],
)
def test_any_page_of_the_portal_leads_to_its_catalogue(url: str) -> None:
    assert first(url).url.startswith(f"{SITE}/api/explore/v2.1/catalog/datasets?")


def test_what_is_no_address_on_the_web_is_refused_with_advice() -> None:
    with pytest.raises(SourceRefused, match="Check the source's url"):
        first("file:///srv/catalogue.json")


def test_a_condition_and_refinements_are_sent_in_each_apis_way() -> None:
    options = {"where": 'theme="Culture"', "refine": ["publisher:Ville de Meudon"]}
    newest, *older = chain(first(**options))
    asked = parse_qs(urlsplit(newest).query)
    assert asked["where"] == ['theme="Culture"']
    assert asked["refine"] == ['publisher:"Ville de Meudon"']
    assert not any("/1.0/" in url for url in older), "it would search for the condition's words"
    asked = parse_qs(urlsplit(first(api="1.0", **options).url).query)
    assert (asked["q"], asked["refine.publisher"]) == (['theme="Culture"'], ["Ville de Meudon"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_size": 101},
        {"api": "3"},
        {"refine": ["Culture"]},
        {"site": "data.fr"},
        {"pagesize": 5},
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KIND.Options(**wrong)


# Pages


def test_a_page_gives_its_records_the_total_and_the_next_page() -> None:
    found = read(page(listing(dataset("a"), dataset("b"), total=5)))
    assert [record.id for record in records(found)] == ["a", "b"]
    assert Total(5) in found
    (following,) = [item for item in found if isinstance(item, Request)]
    assert (
        following.url
        == f"{SITE}/api/explore/v2.1/catalog/datasets?limit=100&offset=2&order_by=dataset_id"
    )


@pytest.mark.parametrize("content", [listing(dataset()), listing(total=7), listing(total=0)])
def test_a_last_or_empty_page_leads_nowhere(content: Any) -> None:
    assert not [item for item in read(page(content)) if isinstance(item, Request)]


@pytest.mark.parametrize("size", [100, 30])
def test_pages_never_reach_beyond_the_window_of_the_api(size: int) -> None:
    url = first(page_size=size).url.replace("offset=0", "offset=9960")
    found = read(
        page(listing(*(dataset(str(n)) for n in range(20)), total=10_000), url), page_size=size
    )
    (following,) = [item for item in found if isinstance(item, Request)]
    asked = parse_qs(urlsplit(following.url).query)
    assert asked["offset"] == ["9980"]
    assert int(asked["limit"][0]) == 20


def test_a_catalogue_beyond_the_window_is_asked_for_as_one_export() -> None:
    found = read(page(listing(dataset(), total=10_001)))
    assert found == [
        Total(10_001),
        Request(
            f"{SITE}/api/explore/v2.1/catalog/exports/json?order_by=dataset_id", "application/json"
        ),
    ]
    export = read(page([dataset("a"), dataset("b")], found[1].url))  # type: ignore[union-attr]
    assert [record.id for record in records(export)] == ["a", "b"]
    assert Total(2) in export
    assert not [item for item in export if isinstance(item, Request)]


@pytest.mark.parametrize("total", [100, 101, 250, 10_000, 10_001, 25_000])
@pytest.mark.parametrize("given", [0, 99, 100])
def test_the_page_that_is_foreseen_is_the_one_that_is_named(total: int, given: int) -> None:
    full = page(listing(*(dataset(str(n)) for n in range(given)), total=total))
    foreseen = list(KIND.hint(full, source(), KIND.Options()))
    assert foreseen == [] or foreseen == [item for item in read(full) if isinstance(item, Request)]
    assert bool(foreseen) == (total > 10_000 or (given == 100 and total > 100))


@pytest.mark.parametrize("path", ["/api/explore/v2.0/catalog/datasets", "/api/v2/catalog/datasets"])
def test_the_api_2_0_wraps_each_dataset_and_leads_to_its_own_pages(path: str) -> None:
    content = {
        "total_count": 2,
        "links": [{"rel": "self", "href": SITE}],
        "datasets": [{"links": [{"rel": "self", "href": SITE}], "dataset": dataset("a")}],
    }
    found = read(page(content, f"{SITE}{path}?limit=1&offset=0"))
    (record,) = records(found)
    assert record.id == "a"
    assert "links" not in record.tree
    assert (
        record.tree["derived"]["exports"][0]["url"] == f"{SITE}{path}/a/exports/csv?use_labels=true"
    )
    (following,) = [item for item in found if isinstance(item, Request)]
    assert following.url.startswith(f"{SITE}{path}?limit=100&offset=1")


def test_the_api_1_0_has_addresses_of_its_own() -> None:
    old = {
        "datasetid": "gtfs",
        "metas": {"title": "Horaires", "visibility": "domain"},
        "has_records": True,
        "features": ["geo"],
        "attachments": [{"id": "notice_pdf", "url": "odsfile://notice.pdf", "title": "notice.pdf"}],
        "alternative_exports": [
            {"id": "gtfs_zip", "url": "odsfile://gtfs.zip", "title": "gtfs.zip"}
        ],
        "fields": [],
    }
    found = read(page({"nhits": 3, "datasets": [old]}, first(api="1.0").url))
    derived = records(found)[0].tree["derived"]
    assert derived["page"] == f"{SITE}/explore/dataset/gtfs/"
    assert [each["url"] for each in derived["exports"]] == [
        f"{SITE}/explore/dataset/gtfs/download/?format={name}"
        for name in ("csv", "json", "geojson", "shp")
    ]
    assert (
        derived["attachments"][0]["url"] == f"{SITE}/api/datasets/1.0/gtfs/attachments/notice_pdf/"
    )
    assert derived["alternative_exports"][0]["url"].endswith("/gtfs/alternative_exports/gtfs_zip/")
    assert Total(3) in found
    (following,) = [item for item in found if isinstance(item, Request)]
    assert "start=1&" in following.url


# What a record says


def test_a_record_keeps_the_portals_words_and_adds_what_follows_from_its_name() -> None:
    said = dataset("arbres", features=["geo"])
    record = only(listing(said))
    assert {name: value for name, value in record.tree.items() if name != "derived"} == said
    derived = record.tree["derived"]
    assert record.url == derived["page"] == f"{SITE}/explore/dataset/arbres/"
    api = f"{SITE}/api/explore/v2.1/catalog/datasets/arbres"
    assert [each["url"] for each in derived["exports"]] == [
        f"{api}/exports/csv?use_labels=true",
        f"{api}/exports/json",
        f"{api}/exports/geojson",
        f"{api}/exports/shp",
        f"{api}/exports/parquet",
        f"{api}/exports/xlsx?use_labels=true",
    ]
    assert derived["api"]["url"] == f"{api}/records"
    assert derived["api"]["service"]["iri"] == f"{SITE}/api/explore/v2.1/"


def test_only_data_with_a_place_have_exports_for_maps() -> None:
    formats = [each["format"] for each in only(listing(dataset())).tree["derived"]["exports"]]
    assert formats == ["csv", "json", "parquet", "xlsx"]
    assert [
        each["format"]
        for each in only(listing(dataset()), formats=["kml", "csv"]).tree["derived"]["exports"]
    ] == ["csv"]


def test_a_dataset_without_records_has_its_files_only() -> None:
    files = [
        {
            "id": "plan_pdf",
            "title": "Plan.pdf",
            "mimetype": "application/pdf",
            "url": "odsfile://p",
        },
        {"id": "ailleurs", "title": "Notice", "url": "https://www.meudon.example/notice.pdf"},
        {"title": "sans adresse"},
        "bruit",
    ]
    derived = only(listing(dataset(has_records=False, attachments=files))).tree["derived"]
    assert "exports" not in derived
    assert "api" not in derived
    assert derived["attachments"] == [
        {
            "title": "Plan.pdf",
            "mimetype": "application/pdf",
            "url": f"{SITE}/api/explore/v2.1/catalog/datasets/arbres/attachments/plan_pdf",
        },
        {"title": "Notice", "url": "https://www.meudon.example/notice.pdf"},
    ]


def test_a_federated_dataset_names_the_portal_it_comes_from() -> None:
    metas = {
        "source_domain_address": "data.issy.example",
        "source_dataset": "arbres",
        "federated": True,
    }
    derived = only(listing(dataset("arbres@issy", metas=metas))).tree["derived"]
    assert derived["page"] == f"{SITE}/explore/dataset/arbres@issy/"
    assert derived["origin"] == {
        "page": "https://data.issy.example/explore/dataset/arbres/",
        "domain": "data.issy.example",
    }


@pytest.mark.parametrize(
    "metas",
    [
        {"source_domain_address": "data.meudon.example", "source_dataset": "arbres"},
        {"source_domain_address": None, "source_dataset": "arbres"},
        {"source_domain_address": "data.issy.example", "source_dataset": ""},
        {"source_domain_address": ["x"], "source_dataset": 3},
    ],
)
def test_a_portals_own_dataset_has_no_other_origin(metas: dict[str, Any]) -> None:
    assert "origin" not in only(listing(dataset(metas=metas))).tree["derived"]


def test_addresses_are_those_of_the_public_portal() -> None:
    internal = page(
        listing(dataset()),
        "http://ods.sig.intra/api/explore/v2.1/catalog/datasets?limit=100&offset=0",
    )
    derived = records(read(internal, url="http://ods.sig.intra", site=f"{SITE}/"))[0].tree[
        "derived"
    ]
    assert derived["page"] == f"{SITE}/explore/dataset/arbres/"
    assert derived["exports"][0]["url"].startswith(f"{SITE}/api/explore/")


def test_addresses_are_those_of_the_domain_that_answers() -> None:
    moved = page(
        listing(dataset()), came_from=f"{SITE}/api/explore/v2.1/catalog/datasets?limit=100"
    )
    record = records(read(moved, url="https://meudon.opendatasoft.example"))[0]
    assert record.url == f"{SITE}/explore/dataset/arbres/"


def test_a_password_in_the_address_stays_out_of_what_is_published() -> None:
    record = only(listing(dataset()), url="https://agent:secret@data.meudon.example")
    assert b"secret" not in record.raw
    assert "secret" not in record.url


@pytest.mark.parametrize(
    ("http", "url"),
    [
        ({"token": "cle"}, SITE),
        ({"headers": {"authorization": "Apikey cle"}}, SITE),
        ({}, "https://agent:secret@data.meudon.example"),
    ],
)
def test_what_a_key_shows_is_public_only_where_the_domain_is_said_to_be_open(
    http: Any, url: str
) -> None:
    silent = dataset()
    del silent["visibility"]
    given = page(listing(silent, dataset("public")))
    seen = records(read(given, url=url, http=http))
    assert [record.tree["derived"].get("visibility") for record in seen] == ["unstated"] * 2
    seen = records(read(given, url=url, http=http, open_domain=True))
    assert [record.tree["derived"].get("visibility") for record in seen] == ["unstated", None]
    assert "visibility" not in records(read(given))[0].tree["derived"]


# Changes


def test_the_portals_own_bookkeeping_is_no_change() -> None:
    before = only(listing(dataset(groups={"explore": {"download_count": 3}})))
    metas = {
        "data_processed": "2026-01-01",
        "metadata_processed": "2026-01-01",
        "records_count": 99,
    }
    after = only(listing(dataset(metas=metas, groups={"explore": {"download_count": 4}})))
    assert after.fingerprint == before.fingerprint
    assert orjson.loads(after.raw)["metas"]["default"]["records_count"] == 99


@pytest.mark.parametrize(
    "change",
    [
        {"metas": {"modified": "2025-03-02T06:00:00+00:00"}},
        {"metas": {"title": "Arbres d'alignement"}},
        {"visibility": "restricted"},
        {"fields": []},
    ],
)
def test_what_readers_are_told_is_a_change(change: dict[str, Any]) -> None:
    assert only(listing(dataset(**change))).fingerprint != only(listing(dataset())).fingerprint


# What is wrong


def test_one_bad_record_among_good_ones_costs_nothing_but_itself() -> None:
    found = read(page(listing(dataset("a"), "bruit", None, [1], dataset("b"))))
    assert [record.id for record in records(found)] == ["a", "b"]
    assert [item.code for item in found if isinstance(item, Problem)] == ["record-malformed"] * 3


def test_a_dataset_without_identifier_is_known_by_what_lasts() -> None:
    nameless = dataset()
    del nameless["dataset_id"]
    found = read(page(listing(nameless)))
    (record,) = records(found)
    assert [item.code for item in found if isinstance(item, Problem)] == ["record-unnamed"]
    assert record.id.startswith("_:")
    changed = {**nameless, "visibility": "restricted"}
    assert records(read(page(listing(changed))))[0].id == record.id


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html><title>Connexion</title>", "not-json"),
        (b'{"error_code": "ODSQLError", "message": "no"}', "api-error"),
        (b'{"total_count": 3, "results": {"a": 1}}', "another-kind"),
        (b'{"success": true, "help": "", "result": {}}', "another-kind"),
        (b'"catalogue"', "another-kind"),
        (b'{"results": [', "json-syntax"),
        (b"", "page-empty"),
    ],
)
def test_what_is_no_catalogue_is_refused_saying_what_it_is(content: bytes, code: str) -> None:
    request = first()
    with pytest.raises(SourceRefused) as refused:
        list(KIND.read(Page(request, request.url, content), source(), KIND.Options()))
    assert refused.value.context["code"] == code


def outcome(content: bytes, url: str) -> Any:
    given = Page(Request(url), url, content, "application/json")
    try:
        list(KIND.hint(given, source(), KIND.Options()))
        return list(KIND.read(given, source(), KIND.Options()))
    except HarvesterError as error:
        return str(error)


URLS = st.sampled_from(chain(first()))


@given(st.binary(max_size=300), URLS)
def test_any_bytes_are_read_or_refused_and_always_the_same(content: bytes, url: str) -> None:
    assert outcome(content, url) == outcome(content, url)


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
NAMES = ["dataset_id", "datasetid", "dataset", "metas", "fields", "features", "attachments"]
NAMES += ["alternative_exports", "has_records", "visibility"]
DATASETS = st.lists(
    ANYTHING
    | st.dictionaries(st.sampled_from(NAMES), ANYTHING)
    | st.fixed_dictionaries(
        {
            "dataset_id": ANYTHING,
            "has_records": st.just(True),
            "metas": st.fixed_dictionaries(
                {
                    "default": st.dictionaries(
                        st.sampled_from(["title", "source_domain_address", "source_dataset"]),
                        ANYTHING,
                    )
                }
            ),
            "attachments": st.lists(
                st.dictionaries(st.sampled_from(["id", "url", "title"]), ANYTHING)
            ),
        }
    ),
    max_size=4,
)


@given(DATASETS, st.sampled_from(["results", "datasets", ""]), ANYTHING, URLS)
def test_any_listing_gives_records_and_problems_only_and_always_the_same(
    items: list[Any], name: str, total: Any, url: str
) -> None:
    content = orjson.dumps({"total_count": total, name: items} if name else items)
    found = outcome(content, url)
    assert found == outcome(content, url)
    if isinstance(found, list):
        told = [item for item in found if isinstance(item, Record | Problem)]
        assert len([item for item in told if isinstance(item, Record)]) <= len(items)
