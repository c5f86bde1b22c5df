"""From a portal to the published catalogue, over the store and a real server."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import rdflib
import uvicorn
from rdflib import RDF

from harvester.web import app
from harvester.web.reading import stored
from tests.portal import Portal
from tests.published import Client, Counters, config, shelf
from tests.territory import Territory, datasets, gazetteer

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
TURTLE = "text/turtle"
GUARD = "[guard]\nthreshold = 1.0\ngrace = 0\n"


def client(territory: Territory) -> Client:
    made = app(territory.config, territory.store, Counters(), gazetteer())
    return Client(made, headers={"Accept-Encoding": "identity"}, follow_redirects=False)


def listed(answer) -> set[str]:
    graph = rdflib.Graph().parse(data=answer.content, format="turtle")
    return {str(subject) for subject in graph.subjects(RDF.type, DCAT.Dataset)}


@pytest.fixture
def harvested(territory: Territory, portal: Portal) -> Territory:
    territory.source("meudon", portal, more=GUARD)
    portal.answer("/catalog.ttl", datasets(30), media_type=TURTLE)
    assert territory.run("meudon").counts.new == 30
    return territory


def test_what_was_harvested_is_published_whole_for_the_territory_and_its_city(harvested):
    web = client(harvested)
    expected = {f"https://donnees.gpso.example/datasets/{row.id}" for row in harvested.rows()}
    assert listed(web.get("/catalog.ttl")) == expected
    assert listed(web.get("/villes/meudon/catalog-full.ttl")) == expected
    assert listed(web.get("/villes/issy-les-moulineaux/catalog.ttl")) == set()
    assert len(web.get("/datasets.csv").text.splitlines()) == 31


def test_an_etag_lives_as_long_as_the_state_and_fragments_are_kept(harvested, portal):
    web = client(harvested)
    first = web.get("/catalog.ttl")
    kept = harvested.sql("SELECT count(*) FROM fragment")
    assert kept == [(30,)]
    assert harvested.run("meudon").counts.unchanged == 30
    tag = {"If-None-Match": first.headers["etag"]}
    assert web.get("/catalog.ttl", headers=tag).status_code == 304
    portal.answer("/catalog.ttl", datasets(31), media_type=TURTLE)
    assert harvested.run("meudon").counts.new == 1
    changed = web.get("/catalog.ttl", headers=tag)
    assert changed.status_code == 200
    assert len(listed(changed)) == 31


def test_what_was_withdrawn_is_gone_and_comes_back_under_its_id(harvested, portal):
    web = client(harvested)
    before = {row.id for row in harvested.rows()}
    portal.answer("/catalog.ttl", datasets(29), media_type=TURTLE)
    harvested.run("meudon")
    (gone,) = before - {row.id for row in harvested.rows()}
    assert web.get(f"/datasets/{gone}.ttl").status_code == 410
    assert gone not in web.get("/catalog-full.ttl").text
    portal.answer("/catalog.ttl", datasets(30), media_type=TURTLE)
    harvested.run("meudon")
    assert web.get(f"/datasets/{gone}.ttl").status_code == 200


def test_the_page_of_a_dataset_names_its_source(harvested):
    row = harvested.rows()[0]
    text = client(harvested).get(f"/datasets/{row.id}.html").text
    assert "Jeu numéro" in text
    assert ">meudon</a>" in text or ">meudon\n" in text or "<li>meudon" in text


def test_people_find_a_dataset_by_a_word(harvested):
    text = client(harvested).get("/villes/meudon/?q=NUMERO 7").text
    assert "Jeu numéro 7" in text
    assert "Jeu numéro 8<" not in text


@contextmanager
def serving(made) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(made, port=0, log_level="critical", lifespan="off"))
    listening = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def test_a_client_notices_that_a_whole_catalogue_broke_off():
    reading = shelf(1000)
    reading.fail_after = 3
    made = app(config(page_size=500), reading, Counters(), gazetteer())
    with serving(made) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/catalog-full.ttl")
        answer = connection.getresponse()
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
        connection.close()


def test_a_closed_store_is_503(harvested):
    class Broken:
        def read(self):
            raise OSError("disk gone")

    reading = stored(harvested.store)
    reading._store = Broken()  # what the store does when its database is away
    web = Client(app(harvested.config, reading, Counters(), gazetteer()))
    for path in ("/catalog.ttl", "/catalog-full.xml", "/", "/readyz"):
        assert web.get(path).status_code == 503
    assert web.get("/healthz").status_code == 200
