"""What we publish, made of real records, against the SHACL shapes of DCAT-AP 3.0.1."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from pathlib import Path

import pytest
import rdflib
from rdflib import SH

from harvester.config import Source
from harvester.demo.stage import stage
from harvester.fetch import dcat
from harvester.map import builtin_mappings, compile_mapping
from harvester.model import Agent, Catalog, Record
from harvester.parse.page import Page, Request
from harvester.publish import Paging, Published, turtle
from harvester.run.clusters import Clusters
from harvester.run.recipes import Recipes, load_config
from harvester.run.source import run_source
from harvester.store import open_store
from harvester.web import desk, site
from harvester.web.catalogues import exported
from tests.published import config, entry, key

pyshacl = pytest.importorskip("pyshacl")

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2] / "../shared/data"))
SHAPES = DATA / "reference/shacl/dcat-ap-3.0.1"
BASE = "https://donnees.example.fr"
REAL = [
    "rennesmetropole-ods-export.rdf",
    "ckan-dcat/ckan.ttl",
    "ecospheres-geoide.jsonld",
    "brussels-fr.ttl.gz",
    "odwb-opendatasoft.ttl.gz",
]
MOST = int(os.environ.get("REAL_RECORDS", "60"))
"""Records of each file (validating costs a second for twenty); REAL_RECORDS=100000 takes all."""
ELSEWHERE = {
    rdflib.DCTERMS.source,
    rdflib.URIRef("http://www.w3.org/ns/dcat#hasVersion"),
    rdflib.URIRef("http://www.w3.org/ns/dcat#inSeries"),
    rdflib.DCAT.servesDataset,
    rdflib.URIRef("http://www.w3.org/ns/adms#sample"),
    rdflib.DCTERMS.hasPart,
    rdflib.URIRef("http://www.w3.org/ns/locn#geometry"),
}
"""Properties whose value is described by others: typing it here would make half a dataset of it. And locn:geometry, which the
base shapes want as a literal and the strict ones as a node; every reader we know of wants the literal."""

pytestmark = [
    pytest.mark.skipif(not SHAPES.exists(), reason=f"no SHACL shapes at {SHAPES}"),
    pytest.mark.timeout(300),
]


def catalogue(entries) -> rdflib.Graph:
    where = site(config(BASE))
    about = Catalog(
        iri=f"{BASE}/catalog",
        title={"fr": "Données"},
        description={"fr": "Tout."},
        publisher=Agent(name={"fr": "Territoire"}),
        homepage=f"{BASE}/",
        language=("http://publications.europa.eu/resource/authority/language/FRA",),
        theme_taxonomy=("http://publications.europa.eu/resource/authority/data-theme",),
    )
    paging = Paging(f"{BASE}/catalog.ttl", 1, 1000, len(entries))
    parts = [turtle.head(about, where, paging)]
    for number, value in enumerate(entries):
        published = Published(
            key(number), value, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", ("https://s.fr/1",)
        )
        parts.append(turtle.fragment(published, where))
    return rdflib.Graph().parse(data=b"".join(parts), format="turtle")


def violations(graph: rdflib.Graph, shapes: str) -> Counter:
    judged = rdflib.Graph().parse(SHAPES / shapes)
    _, report, _ = pyshacl.validate(graph, shacl_graph=judged, do_owl_imports=False)
    found: Counter = Counter()
    for result in report.subjects(SH.resultSeverity, SH.Violation):
        found[report.value(result, SH.resultPath), str(report.value(result, SH.resultMessage))] += 1
    return found


def records(name: str):
    path = DATA / "real/dcat" / name
    if not path.exists():
        pytest.skip(f"no {path}")
    content = path.read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    url = f"https://portail.example/{name.removesuffix('.gz')}"
    source = Source(
        id="reel", name="x", kind="dcat", url=url, level="commune", territory="fr:commune:92040"
    )
    mapper = compile_mapping("dcat", builtin_mappings())
    for item in dcat.read(Page(Request(url), url, content), source, dcat.Options()):
        if isinstance(item, Record) and (mapped := mapper(item).entry) is not None:
            yield mapped


def some(name: str):
    every = list(records(name))
    assert every
    return every[:: max(1, len(every) // MOST)][:MOST]


@pytest.mark.parametrize("name", REAL)
def test_real_records_are_published_without_a_violation(name):
    assert violations(catalogue(some(name)), "html/shacl/shapes.ttl") == {}


@pytest.mark.parametrize("name", REAL[:2])
def test_real_records_hold_the_strict_shapes_but_for_what_others_describe(name):
    """Files without services: the strict shapes of services name a property shape that the file does not define."""
    found = violations(catalogue(some(name)), "shacl/dcat-ap-SHACL.ttl")
    assert {path: count for path, count in found.items() if path[0] not in ELSEWHERE} == {}


@pytest.mark.parametrize(
    "shapes", ["html/shacl/shapes.ttl", "shacl/dcat-ap-SHACL.ttl", "html/shacl/range.ttl"]
)
def test_invented_entries_hold_every_shape(shapes):
    assert violations(catalogue([entry(number) for number in range(8)]), shapes) == {}


def test_the_demo_s_whole_catalogue_is_published_without_a_violation():
    with stage(None) as set_up:
        config = load_config(set_up.config)
        recipes = Recipes(config)
        clusters = Clusters.of(config, recipes.gazetteer)
        store = open_store(config.database)
        for source in config.sources:
            assert run_source(config, store, recipes.recipe(source), clusters).ok
        made = desk(config, store, recipes.gazetteer)
        content = b"".join(exported(made, made.faces[""], "ttl"))
        store.close()
    graph = rdflib.Graph().parse(data=content, format="turtle")
    assert len(set(graph.subjects(rdflib.RDF.type, rdflib.DCAT.Dataset))) > 300
    assert violations(graph, "html/shacl/shapes.ttl") == {}
