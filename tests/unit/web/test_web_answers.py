"""What harvesters, browsers and caches rely on."""

from __future__ import annotations

import gzip
import re

import pytest
import rdflib
from rdflib import RDF

from harvester.publish import RENDERER
from harvester.territory import load
from harvester.web import app, service
from harvester.web.app import ROUTES, SERVICE
from tests.published import Client, Counters, Shelf, config, key, shelf

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
GAZETTEER = load()
BASE = "https://donnees.example.fr"
SUFFIXES = [("ttl", "turtle"), ("xml", "xml"), ("jsonld", "json-ld")]
IDENTITY = {"Accept-Encoding": "identity"}


def client(reading: Shelf | None = None, base: str = BASE, **web: object) -> Client:
    settings = config(base, **{"page_size": 20, **web})
    made = app(settings, reading or shelf(), Counters(), GAZETTEER)
    return Client(made, follow_redirects=False, base_url=BASE, headers=IDENTITY)


def read(response, name: str) -> rdflib.Graph:
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.content, format=name)


@pytest.mark.parametrize(("suffix", "name"), SUFFIXES)
@pytest.mark.parametrize("root", ["/", "/villes/issy-les-moulineaux/"])
def test_following_the_pages_gives_the_whole_catalogue_once(suffix, name, root):
    http, url, seen, pages = client(), f"{root}catalog.{suffix}", [], 0
    while url:
        graph = read(http.get(url), name)
        seen += [
            str(s)
            for kind in (DCAT.Dataset, DCAT.DataService)
            for s in graph.subjects(RDF.type, kind)
        ]
        following = next(graph.objects(None, HYDRA.next), None)
        assert following is None or str(following).startswith(BASE + root)
        url = str(following).removeprefix(BASE) if following else None
        pages += 1
    expected = 45 if root == "/" else 15
    assert pages == -(-expected // 20)
    assert len(seen) == len(set(seen)) == expected


@pytest.mark.parametrize(("suffix", "name"), SUFFIXES)
def test_the_full_catalogue_is_the_sum_of_its_pages(suffix, name):
    graph = read(client().get(f"/catalog-full.{suffix}"), name)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 44
    assert len(set(graph.subjects(RDF.type, DCAT.DataService))) == 1
    assert (None, RDF.type, HYDRA.PagedCollection) not in graph


@pytest.mark.parametrize(
    "path",
    ["/catalog.ttl", "/catalog-full.xml", "/datasets.csv", f"/datasets/{key(1)}.jsonld", "/"],
)
def test_gzip_says_the_same_in_one_stream_with_an_etag_of_its_own(path):
    http = client()
    bare = http.get(path)
    with http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == bare.content
    assert raw.count(b"\x1f\x8b\x08\x00") == 1
    assert packed.headers["etag"] != bare.headers["etag"]
    assert "Accept-Encoding" in bare.headers["vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/catalog",
        "/catalog.ttl",
        "/catalog-full.jsonld",
        "/datasets.csv",
        f"/datasets/{key(1)}",
        f"/datasets/{key(1)}.xml",
        "/villes/issy-les-moulineaux/",
    ],
)
def test_who_has_it_already_gets_304_and_head_gets_no_body(path):
    http = client()
    first = http.get(path)
    assert first.status_code == 200
    assert re.fullmatch(r'"[0-9a-f]{24}"', first.headers["etag"])
    again = http.get(path, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    since = http.get(path, headers={"If-Modified-Since": first.headers["last-modified"]})
    assert since.status_code == 304
    head = http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]
    assert head.headers["content-type"] == first.headers["content-type"]


def test_the_etag_changes_with_the_state_the_address_and_the_page():
    reading = shelf()
    tags = {client(reading).get("/catalog.ttl").headers["etag"]}
    tags.add(client(reading).get("/catalog.ttl?page=2").headers["etag"])
    tags.add(client(reading).get("/catalog.xml").headers["etag"])
    tags.add(client(reading, "https://autre.example").get("/catalog.ttl").headers["etag"])
    reading.seq += 1
    tags.add(client(reading).get("/catalog.ttl").headers["etag"])
    assert len(tags) == 5
    assert RENDERER


@pytest.mark.parametrize(
    "path",
    [
        "/catalog.ttl",
        "/catalog-full.ttl",
        "/datasets.csv",
        "/nowhere",
        f"/datasets/{key(900)}",
        "/style.css",
    ],
)
def test_every_answer_is_open_to_other_origins_and_is_not_sniffed(path):
    headers = client().get(path).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "charset=utf-8" in headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/catalog.ttl/",
        "/catalog-full.xml/",
        "/villes/issy-les-moulineaux",
        "/villes/issy-les-moulineaux/catalog/",
        f"/datasets/{key(1)}/",
        "//",
    ],
)
def test_a_slash_too_many_or_too_few_never_redirects(path):
    assert client().get(path).status_code == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.5", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle;q=0, application/*", "application/rdf+xml"),
    ],
)
def test_an_entry_comes_as_the_client_prefers(accept, kind):
    answer = client().get(f"/datasets/{key(1)}", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Authorization"
    assert answer.headers["content-location"].startswith(f"{BASE}/datasets/{key(1)}.")


def test_what_nobody_can_give_is_406():
    assert client().get(f"/datasets/{key(1)}", headers={"Accept": "image/png"}).status_code == 406
    assert client().get("/catalog", headers={"Accept": "image/png"}).status_code == 406


def test_a_catalogue_is_negotiated_without_a_redirect():
    answer = client().get("/catalog?page=2", headers={"Accept": "application/rdf+xml"})
    assert answer.headers["content-type"] == "application/rdf+xml; charset=utf-8"
    assert answer.headers["content-location"] == f"{BASE}/catalog.xml?page=2"
    assert 'rel="next"' in answer.headers["link"]


@pytest.mark.parametrize("suffix", ["", ".ttl", ".xml", ".jsonld", ".html"])
def test_a_withdrawn_entry_is_gone_and_an_unknown_one_not_found(suffix):
    assert client().get(f"/datasets/{key(900)}{suffix}").status_code == 410
    assert client().get(f"/datasets/{key(999)}{suffix}").status_code == 404


def test_a_merged_id_answers_with_the_survivor():
    graph = read(client().get(f"/datasets/{key(901)}.ttl"), "turtle")
    survivor, old = (rdflib.URIRef(f"{BASE}/datasets/{key(n)}") for n in (0, 901))
    assert (survivor, rdflib.OWL.sameAs, old) in graph
    assert client().get(f"/datasets/{key(901)}.html").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/catalog.ttl?page=0", 400),
        ("/catalog.ttl?page=x", 400),
        ("/catalog.ttl?page=²", 400),
        ("/catalog.ttl?page=4", 404),
        ("/catalog.pdf", 404),
        ("/villes/atlantis/catalog.ttl", 404),
        ("/?page=99", 404),
        ("/villes//catalog.ttl", 404),
    ],
)
def test_what_does_not_exist_says_so(path, status):
    assert client().get(path).status_code == status


def test_an_empty_city_has_an_empty_valid_catalogue():
    graph = read(client().get("/villes/meudon/catalog.ttl"), "turtle")
    assert (None, RDF.type, DCAT.Catalog) in graph
    assert (None, RDF.type, DCAT.Dataset) not in graph


@pytest.mark.parametrize(
    "path", ["/catalog.ttl", "/catalog.xml?page=2", "/catalog-full.ttl", "/datasets.csv", "/"]
)
def test_a_store_that_is_down_is_503_and_never_an_empty_catalogue(path):
    reading = shelf()
    reading.fail_after = -1
    answer = client(reading).get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_a_page_whose_block_fails_is_503():
    reading = shelf(300)
    reading.fail_after = 1
    assert client(reading, page_size=250).get("/catalog.ttl").status_code == 503


def test_a_full_catalogue_that_fails_on_the_way_breaks_the_connection_off():
    reading = shelf(1000)
    reading.fail_after = 5
    with pytest.raises(RuntimeError, match="response already started"):
        client(reading, page_size=500).get("/catalog-full.ttl")


def test_who_asks_again_for_a_full_catalogue_is_told_its_length():
    http = client()
    assert "content-length" not in http.head("/catalog-full.ttl").headers
    first = http.get("/catalog-full.ttl")
    assert "content-length" not in first.headers
    for again in (http.get("/catalog-full.ttl"), http.head("/catalog-full.ttl")):
        assert int(again.headers["content-length"]) == len(first.content)


def test_a_store_that_comes_short_is_not_believed():
    reading = shelf()
    reading.short = 1
    assert client(reading).get("/catalog.ttl").status_code == 503


def test_a_fragment_is_rendered_once_for_all_views_and_pages():
    reading = shelf()
    http = client(reading)
    http.get("/catalog-full.ttl")
    rendered = reading.rendered
    http.get("/villes/issy-les-moulineaux/catalog.ttl")
    http.get("/catalog.ttl?page=2")
    assert reading.rendered == rendered == 45
    blocks = reading.blocks
    http.get("/catalog-full.ttl")
    assert reading.blocks == blocks


def test_addresses_come_from_the_configuration_not_from_the_host_header():
    answer = client().get("/catalog.ttl", headers={"Host": "evil.example"})
    assert b"evil.example" not in answer.content
    page = client().get("/", headers={"Host": "evil.example"})
    assert b"evil.example" not in page.content


@pytest.mark.parametrize("path", ["/portail/catalog.ttl", "/catalog.ttl"])
def test_a_path_prefix_works_whether_the_proxy_cuts_it_off_or_not(path):
    answer = client(base="https://ville.example/portail/").get(path)
    graph = read(answer, "turtle")
    assert (rdflib.URIRef("https://ville.example/portail/catalog"), RDF.type, DCAT.Catalog) in graph


def test_other_methods_are_refused_and_preflights_answered():
    http = client()
    assert http.post("/catalog.ttl").status_code == 405
    preflight = http.options("/catalog.ttl")
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


def test_health_readiness_and_metrics_are_apart_where_configured():
    http = client()
    assert [http.get(path).status_code for path in SERVICE] == [200, 200, 404]
    assert [client(metrics_port=9000).get(p).status_code for p in SERVICE] == [404, 404, 404]
    reading = shelf()
    reading.fail_after = -1
    apart = Client(service(reading, Counters()))
    assert [apart.get(path).status_code for path in SERVICE] == [200, 503, 200]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
        ("", {}, 404),
    ],
)
def test_metrics_answer_on_the_public_port_to_this_machine_alone(address, headers, status):
    made = app(config(BASE), shelf(), Counters(), GAZETTEER)
    answer = Client(made, client=(address, 50000)).get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("cette page" in answer.text.lower()) == (status == 404)


def test_the_spreadsheet_names_its_city():
    lines = client().get("/villes/issy-les-moulineaux/datasets.csv").text.splitlines()
    assert lines[0].startswith("COLL_NOM,COLL_SIRET,ID,TITRE")
    assert lines[1].startswith("Issy-les-Moulineaux,,")
    assert len(lines) == 16


def test_the_territory_and_its_cities_know_each_other():
    whole = read(client().get("/catalog.ttl"), "turtle")
    city = read(client().get("/villes/issy-les-moulineaux/catalog.ttl"), "turtle")
    catalogue, part = (
        rdflib.URIRef(f"{BASE}{p}") for p in ("/catalog", "/villes/issy-les-moulineaux/catalog")
    )
    assert (catalogue, rdflib.DCTERMS.hasPart, part) in whole
    assert (part, rdflib.DCTERMS.isPartOf, catalogue) in city


def test_every_route_is_documented():
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "consume.md").read_text("utf-8")
    missing = [route for route in (*ROUTES, *SERVICE) if f"`{route}`" not in text]
    assert missing == []


def test_every_route_of_the_application_is_announced():
    made = app(config(BASE), shelf(), Counters(), GAZETTEER)
    paths = {route.path.removeprefix("/villes/{slug}") for route in made.routes}
    assert paths == {*ROUTES, *SERVICE} - {"/datasets/{id}.{suffix}"}
