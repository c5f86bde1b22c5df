"""What every format promises, whatever the entry."""

from __future__ import annotations

import csv as csv_reader
import io

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDF, URIRef
from rdflib.compare import isomorphic

from harvester.model import (
    Agent,
    Catalog,
    Checksum,
    ContactPoint,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Location,
    PeriodOfTime,
)
from harvester.publish import Paging, Published, Site, csv, jsonld, rdfxml, turtle

# rdflib 7 reads JSON-LD through a class of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
BASE = "https://donnees.example.fr/portail"
SITE = Site(
    BASE,
    {"http://publications.europa.eu/resource/authority/data-theme/ENVI": {"fr": "Environnement"}},
)
CATALOG = Catalog(
    iri=f"{BASE}/catalog",
    title={"fr": "Données du territoire"},
    description={"fr": "Tout ce que le territoire publie."},
    publisher=Agent(name={"fr": "Territoire"}),
)
FORMATS = [
    pytest.param(turtle, "turtle", ox.RdfFormat.TURTLE, id="turtle"),
    pytest.param(rdfxml, "xml", ox.RdfFormat.RDF_XML, id="rdfxml"),
    pytest.param(jsonld, "json-ld", ox.RdfFormat.JSON_LD, id="jsonld"),
]
KEY = "6f2c1a52-3c1b-4c6e-9d53-5a8a3f1f0001"


def published(entry, key=KEY):
    return Published(
        key, entry, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", ("https://s.fr/d/1",)
    )


def document(module, entries, paging=None):
    return b"".join(
        [
            module.head(CATALOG, SITE, paging),
            *(module.fragment(e, SITE) for e in entries),
            module.foot(),
        ]
    )


def read(data, name):
    return rdflib.Graph().parse(data=data, format=name)


ENTRIES = [
    published(
        Dataset(
            title={"fr": "Arbres"},
            theme=(
                "http://publications.europa.eu/resource/authority/data-theme/ENVI",
                "Espaces verts",
            ),
            license="Licence maison",
            distribution=(
                Distribution(
                    access_url=("https://s.fr/a.csv",),
                    format="http://publications.europa.eu/resource/authority/file-type/CSV",
                    checksum=Checksum(algorithm="sha256", value="ab12"),
                ),
                Distribution(download_url=("https://s.fr/a.json",), format="JSON maison"),
            ),
            temporal=(PeriodOfTime(start="2020", end="2021-06"),),
            contact_point=(
                ContactPoint(name={"fr": "SIG"}, email="sig@s.fr", telephone="01 41 23 80 00"),
            ),
            spatial=(Location(bbox=(2.2, 48.8, 2.3, 48.9)),),
        )
    ),
    published(DatasetSeries(title={"": "Série"}), "6f2c1a52-3c1b-4c6e-9d53-5a8a3f1f0002"),
    published(
        DataService(title={"fr": "Service"}, endpoint_url=("https://s.fr/wfs",)),
        "6f2c1a52-3c1b-4c6e-9d53-5a8a3f1f0003",
    ),
]


def test_the_three_formats_say_the_same():
    paging = Paging(f"{BASE}/catalog", 2, 3, 9)
    graphs = [
        read(document(m, ENTRIES, paging), f)
        for m, f in ((turtle, "turtle"), (rdfxml, "xml"), (jsonld, "json-ld"))
    ]
    assert len(graphs[0]) > 80
    assert isomorphic(graphs[0], graphs[1])
    assert isomorphic(graphs[0], graphs[2])


@pytest.mark.parametrize(("module", "name", "fast"), FORMATS)
def test_a_catalogue_lists_every_entry_by_its_iri(module, name, fast):
    graph = read(document(module, ENTRIES), name)
    catalogue = URIRef(f"{BASE}/catalog")
    listed = [
        o for p in (DCAT.dataset, DCAT.service, DCAT.resource) for o in graph.objects(catalogue, p)
    ]
    assert sorted(map(str, listed)) == [f"{BASE}/datasets/{e.id}" for e in ENTRIES]
    assert len(list(graph.objects(catalogue, DCAT.record))) == 3


@pytest.mark.parametrize(("module", "name", "fast"), FORMATS)
def test_an_empty_catalogue_is_valid(module, name, fast):
    assert (None, RDF.type, DCAT.Catalog) in read(document(module, []), name)


@pytest.mark.parametrize(("module", "name", "fast"), FORMATS)
def test_the_same_fragment_serves_every_view(module, name, fast):
    city = CATALOG.model_copy(update={"iri": f"{BASE}/villes/issy/catalog"})
    data = module.head(city, SITE) + module.fragment(ENTRIES[0], SITE) + module.foot()
    graph = read(data, name)
    assert list(graph.subjects(DCAT.dataset, None)) == [URIRef(f"{BASE}/villes/issy/catalog")]


@pytest.mark.parametrize(("module", "name", "fast"), FORMATS)
def test_pages_are_linked_absolutely_and_following_them_ends(module, name, fast):
    seen, page = [], 1
    while page:
        paging = Paging(f"{BASE}/catalog.ttl", page, 2, 5)
        graph = read(document(module, ENTRIES[:1], paging), name)
        here = URIRef(paging.at(page))
        assert (here, RDF.type, HYDRA.PartialCollectionView) in graph
        assert (here, RDF.type, HYDRA.PagedCollection) in graph
        assert graph.value(here, HYDRA.next) == graph.value(here, HYDRA.nextPage)
        assert int(graph.value(here, HYDRA.totalItems)) == 5
        seen.append(str(here))
        following = graph.value(here, HYDRA.next)
        page = int(str(following).rsplit("=", 1)[1]) if following else 0
    assert seen == [f"{BASE}/catalog.ttl?page={n}" for n in (1, 2, 3)]


def test_a_full_catalogue_is_not_a_page():
    assert (None, RDF.type, HYDRA.PagedCollection) not in read(document(turtle, ENTRIES), "turtle")


def test_the_identifier_is_one_literal_and_ours():
    entry = published(Dataset(title={"": "x"}, identifier=("arbres", "42")))
    graph = read(turtle.document(entry, SITE), "turtle")
    assert [str(o) for o in graph.objects(URIRef(SITE.dataset(KEY)), DCT.identifier)] == [KEY]
    notations = set(graph.objects(None, rdflib.SKOS.notation))
    assert notations == {rdflib.Literal("arbres"), rdflib.Literal("42")}


def test_a_file_type_is_an_imt_and_has_a_label():
    graph = read(turtle.document(ENTRIES[0], SITE), "turtle")
    for node in graph.objects(None, DCT.format):
        assert {DCT.IMT, DCT.MediaTypeOrExtent} <= set(graph.objects(node, RDF.type))
        assert graph.value(node, rdflib.RDFS.label)


def test_the_temporal_coverage_is_a_blank_node():
    graph = read(turtle.document(ENTRIES[0], SITE), "turtle")
    (period,) = graph.objects(None, DCT.temporal)
    assert isinstance(period, rdflib.BNode)
    assert graph.value(period, DCAT.endDate) == rdflib.Literal(
        "2021-06", datatype=rdflib.XSD.gYearMonth
    )


def test_a_theme_in_words_becomes_an_iri_that_spells_it():
    graph = read(turtle.document(ENTRIES[0], SITE), "turtle")
    assert (None, DCAT.theme, URIRef(f"{BASE}/catalog#theme-Espaces%20verts")) in graph


def test_merged_identities_are_the_same_as_the_survivor():
    graph = read(turtle.document(ENTRIES[0], SITE, (f"{BASE}/datasets/old",)), "turtle")
    assert (URIRef(SITE.dataset(KEY)), rdflib.OWL.sameAs, URIRef(f"{BASE}/datasets/old")) in graph


def test_distributions_keep_their_iris_when_the_order_changes():
    items = (
        Distribution(access_url=("https://s.fr/page",), format="CSV", title={"": "a"}),
        Distribution(access_url=("https://s.fr/page",), format="CSV", title={"": "b"}),
        Distribution(access_url=("https://s.fr/page",), format="JSON", title={"": "a"}),
        Distribution(access_url=("https://s.fr/page",), format="JSON", title={"": "a"}),
        Distribution(download_url=("https://s.fr/x",)),
    )
    names = []
    for order in (items, items[::-1]):
        graph = read(
            turtle.document(published(Dataset(title={"": "x"}, distribution=order)), SITE), "turtle"
        )
        names.append(sorted(map(str, graph.objects(None, DCAT.distribution))))
    assert names[0] == names[1]
    assert len(names[0]) == 5


WILD = st.text(alphabet=st.characters(), max_size=40) | st.sampled_from(
    [
        "]]>",
        '"""',
        "\\",
        "a\r\nb",
        "\x00\x0b",
        "\ud800",
        "\ufffe",
        "é\u2028\u0085",
        "<script>&amp;",
        "'''\\u0041",
    ]
)
PATHS = st.text(
    st.characters(exclude_characters='\x00 <>"{}|\\^`', exclude_categories=["Cs", "Cc"]),
    max_size=20,
)
IRIS = PATHS.filter(lambda p: not any(ord(c) <= 32 for c in p)).map(lambda p: "http://s.fr" + p)
TAGS = st.sampled_from(["", "fr", "en", "fr-FR", "x", "zz_ZZ", "français", "en-a-a"])


@given(title=WILD, tag=TAGS, concept=WILD, address=IRIS, word=WILD)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_source_wrote_every_format_is_readable_and_says_the_same(
    title, tag, concept, address, word
):
    entry = Dataset.model_construct(
        **{
            **dict(Dataset(title={"": "x"})),
            "title": {tag: title},
            "keyword": {"": (word,)},
            "theme": (concept,),
            "license": concept,
            "landing_page": (address,),
            "distribution": (
                Distribution.model_construct(
                    **{**dict(Distribution()), "access_url": (address,), "format": concept}
                ),
            ),
            "contact_point": (
                ContactPoint.model_construct(
                    **{**dict(ContactPoint()), "email": word, "address": title}
                ),
            ),
        }
    )
    graphs = []
    for module, name, fast in (p.values for p in FORMATS):
        data = document(module, [published(entry)])
        quads = list(ox.parse(data, format=fast))
        graph = read(data, name)
        assert len(quads) >= len(graph)
        graphs.append(graph)
    if not title.strip("\t\n\r "):
        return
    assert isomorphic(graphs[0], graphs[1])
    assert isomorphic(graphs[0], graphs[2])


def test_a_very_long_description_survives():
    text = "Aé\n" * 600_000
    entry = published(Dataset(title={"": "x"}, description={"": text}))
    for module, _, fast in (p.values for p in FORMATS):
        objects = [
            q.object.value
            for q in ox.parse(module.document(entry, SITE), format=fast)
            if q.predicate.value.endswith("description")
        ]
        assert objects == [text]


def test_the_spreadsheet_has_the_columns_of_scdl_and_runs_no_formula():
    entry = published(
        Dataset(
            title={"fr": "=cmd|'/c calc'!A1"},
            description={"fr": "<p>Un\ntexte</p>"},
            keyword={"fr": ("Été", "arbre;fruit")},
            accrual_periodicity="http://publications.europa.eu/resource/authority/frequency/ANNUAL",
            license="http://publications.europa.eu/resource/authority/licence/ETALAB_2_0",
            temporal=(PeriodOfTime(start="2020", end="2024-02"),),
            distribution=(
                Distribution(
                    format="http://publications.europa.eu/resource/authority/file-type/CSV"
                ),
            ),
        )
    )
    owner = Agent(name={"fr": "Ville d'Issy"}, identifier="21920040700013")
    data = (csv.head() + csv.prefix(owner) + csv.row(entry, SITE)).decode()
    (line,) = csv_reader.DictReader(io.StringIO(data))
    assert line["TITRE"] == "'=cmd|'/c calc'!A1"
    assert line["DESCRIPTION"] == "Un texte"
    assert line["MOTS_CLES"] == "ete;arbre fruit"
    assert (line["COUV_TEMP_DEBUT"], line["COUV_TEMP_FIN"]) == ("2020-01-01", "2024-02-29")
    assert (line["FREQ_MAJ"], line["LICENCE"], line["FORMAT_RESSOURCES"]) == (
        "Annuelle",
        "Licence Ouverte-LO",
        "csv",
    )
    assert line["COLL_SIRET"] == "21920040700013"
    assert line["URL"] == SITE.dataset(KEY)
