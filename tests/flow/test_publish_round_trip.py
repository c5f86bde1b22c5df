"""What we publish, read back by ourselves: nothing is lost, in any format."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest
from pydantic import BaseModel

from harvester.map import builtin_mappings, compile_mapping
from harvester.model import (
    Agent,
    Attribution,
    Catalog,
    Checksum,
    ContactPoint,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Identifier,
    Location,
    PeriodOfTime,
    QualityMeasurement,
    Record,
    Relationship,
)
from harvester.parse import rdf
from harvester.parse.page import Page, Request
from harvester.publish import Paging, Published, Site, jsonld, rdfxml, turtle

EU = "http://publications.europa.eu/resource/authority/"
BASE = "https://donnees.example.fr"
SITE = Site(BASE, {EU + "data-theme/ENVI": {"fr": "Environnement"}})
CATALOG = Catalog(
    iri=f"{BASE}/catalog",
    title={"fr": "Données"},
    description={"fr": "Tout."},
    publisher=Agent(name={"fr": "Territoire"}),
)
KEYS = {
    kind: f"6f2c1a52-0000-4000-8000-00000000000{n}"
    for n, kind in enumerate(("dataset", "series", "service"))
}
FORMATS = [
    pytest.param(turtle, "ttl", id="turtle"),
    pytest.param(rdfxml, "xml", id="rdfxml"),
    pytest.param(jsonld, "jsonld", id="jsonld"),
]

VILLE = Agent(
    iri="https://s.fr/ville",
    name={"fr": "Ville d’Issy", "en": "City of Issy"},
    type="http://purl.org/adms/publishertype/LocalAuthority",
    identifier="21920040700013",
    homepage="https://www.issy.com/",
    email="mairie@s.fr",
)
SERVICE_SIG = Agent(name={"fr": "Service SIG"})
RESOURCE = {
    "title": {"fr": "Arbres “remarquables” & co", "en": "Trees"},
    "description": {"fr": "<p>Inventaire\nau 1er janvier.</p>", "en": "Inventory"},
    "access_rights": EU + "access-right/PUBLIC",
    "applicable_legislation": ("http://data.europa.eu/eli/reg_impl/2023/138/oj",),
    "conforms_to": ("https://schema.data.gouv.fr/schemas/arbres", "Norme maison"),
    "contact_point": (
        ContactPoint(
            iri="https://s.fr/contact",
            name={"fr": "SIG"},
            organisation={"fr": "Ville d’Issy"},
            email="sig@s.fr",
            telephone="+33141238000",
            url="https://s.fr/ecrire",
            address="62 rue du Général Leclerc",
        ),
    ),
    "created": "2019",
    "creator": (SERVICE_SIG,),
    "issued": "2020-05",
    "keyword": {"fr": ("arbre", "nature"), "en": ("tree",)},
    "landing_page": ("https://s.fr/arbres",),
    "language": (EU + "language/FRA",),
    "license": EU + "licence/ETALAB_2_0",
    "modified": "2024-05-01T10:00:00Z",
    "page": ("https://s.fr/arbres/notice.pdf",),
    "publisher": VILLE,
    "qualified_attribution": (
        Attribution(
            agent=Agent(iri="https://s.fr/ign", name={"fr": "IGN"}),
            role="http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/custodian",
        ),
    ),
    "relation": ("https://s.fr/parcs",),
    "rights": {"fr": "Mention obligatoire de la source"},
    "rights_holder": (Agent(iri="https://s.fr/epci", name={"fr": "GPSO"}),),
    "spatial": (
        Location(
            iri="https://s.fr/zone",
            name={"fr": "Issy-les-Moulineaux"},
            identifier="fr:commune:92040",
            geometry="POLYGON ((2.2 48.8, 2.3 48.8, 2.3 48.9, 2.2 48.8))",
            bbox=(2.2, 48.8, 2.3, 48.9),
            centroid=(2.25, 48.85),
        ),
    ),
    "spatial_resolution_in_meters": (0.5,),
    "status": "http://publications.europa.eu/resource/authority/dataset-status/COMPLETED",
    "subject": ("http://eurovoc.europa.eu/2825",),
    "temporal": (PeriodOfTime(start="2020", end="2023-12-31"),),
    "temporal_resolution": "P1D",
    "theme": (EU + "data-theme/ENVI",),
    "type": (EU + "dataset-type/GEOSPATIAL",),
    "hvd_category": ("http://data.europa.eu/bna/c_ac64a52d",),
    "version": "2.1",
    "version_notes": {"fr": "Corrections"},
}
SERVICE = DataService(
    **RESOURCE,
    endpoint_url=("https://s.fr/wfs",),
    endpoint_description=("https://s.fr/wfs?request=GetCapabilities",),
    format=(EU + "file-type/GML",),
    serves_dataset=("https://s.fr/arbres#it",),
    service_category=(
        "https://inspire.ec.europa.eu/metadata-codelist/SpatialDataServiceType/download",
    ),
)
DISTRIBUTION = Distribution(
    access_url=("https://s.fr/arbres/export",),
    download_url=("https://s.fr/arbres/export.csv",),
    title={"fr": "Export CSV"},
    description={"fr": "Séparateur point-virgule"},
    access_service=(
        DataService(
            iri="https://s.fr/api",
            title={"fr": "API"},
            endpoint_url=("https://s.fr/api/v2",),
        ),
    ),
    applicable_legislation=("http://data.europa.eu/eli/reg_impl/2023/138/oj",),
    availability=EU + "planned-availability/STABLE",
    byte_size=12345,
    character_encoding=("UTF-8",),
    checksum=Checksum(algorithm="sha256", value="ab12"),
    compress_format="https://www.iana.org/assignments/media-types/application/gzip",
    conforms_to=("https://schema.data.gouv.fr/schemas/arbres",),
    format=EU + "file-type/CSV",
    has_policy=("https://s.fr/politique",),
    issued="2021",
    language=(EU + "language/FRA",),
    license=EU + "licence/ETALAB_2_0",
    media_type="https://www.iana.org/assignments/media-types/text/csv",
    modified="2022-01-01",
    package_format="https://www.iana.org/assignments/media-types/application/zip",
    page=("https://s.fr/arbres/champs.html",),
    representation_technique="http://inspire.ec.europa.eu/metadata-codelist/SpatialRepresentationType/vector",
    rights={"fr": "Usage libre"},
    spatial_resolution_in_meters=(1.0,),
    status=EU + "distribution-status/COMPLETED",
    temporal_resolution="PT1H",
)
DATASET = Dataset(
    **RESOURCE,
    accrual_periodicity=EU + "frequency/ANNUAL",
    distribution=(DISTRIBUTION,),
    has_quality_measurement=(
        QualityMeasurement(metric="https://s.fr/precision", value="0.5", unit="https://s.fr/metre"),
    ),
    has_part=("https://s.fr/partie",),
    has_version=("https://s.fr/arbres/v2",),
    in_series=("https://s.fr/serie",),
    is_part_of=("https://s.fr/tout",),
    is_referenced_by=("https://s.fr/these",),
    is_version_of=("https://s.fr/arbres/v0",),
    other_identifier=(Identifier(notation="10.1234/x", scheme="DataCite"),),
    provenance={"fr": "Relevé de terrain"},
    qualified_relation=(
        Relationship(
            relation="https://s.fr/sols", role="http://www.iana.org/assignments/relation/related"
        ),
    ),
    sample=("https://s.fr/arbres/extrait.csv",),
    source=("https://s.fr/releve",),
    was_generated_by=("https://s.fr/campagne",),
)
SERIES = DatasetSeries(
    **RESOURCE,
    accrual_periodicity=EU + "frequency/ANNUAL",
    other_identifier=(Identifier(notation="S-1", scheme="Ville"),),
    provenance={"fr": "Relevés annuels"},
)
OURS = {"iri", "identifier", "kind"}
"""What is ours on publishing: the IRI and the identifier. The source's are in prov:wasDerivedFrom and adms:identifier."""


def read_back(module, suffix, *entries):
    published = [
        Published(KEYS[e.kind], e, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z") for e in entries
    ]
    url = f"{BASE}/catalog.{suffix}"
    paging = Paging(url, 1, 10, len(entries))
    content = (
        module.head(CATALOG, SITE, paging)
        + b"".join(module.fragment(p, SITE) for p in published)
        + module.foot()
    )
    page = Page(Request(url), f"{url}?page=1", content, module.MEDIA_TYPE, "utf-8")
    mapper = compile_mapping("dcat", builtin_mappings())
    found = list(rdf.read(page))
    problems = [item for item in found if not isinstance(item, Record)]
    mapped = {r.id: mapper(r) for r in found if isinstance(r, Record)}
    return mapped, problems


@pytest.mark.parametrize(("module", "suffix"), FORMATS)
@pytest.mark.parametrize("entry", [DATASET, SERIES, SERVICE], ids=lambda e: e.kind)
def test_every_property_comes_back(module, suffix, entry):
    mapped, _ = read_back(module, suffix, entry)
    iri = f"{BASE}/datasets/{KEYS[entry.kind]}"
    back = mapped[iri].entry
    assert back is not None
    assert type(back) is type(entry)
    assert (back.iri, back.identifier) == (iri, (KEYS[entry.kind],))
    expected = dump(entry)
    found = dump(back)
    for item in found.get("distribution", ()):
        assert item.pop("iri").startswith(iri + "#")
    lost = {
        name: (found.get(name), expected[name])
        for name in expected.keys() - OURS
        if found.get(name) != expected[name]
    }
    assert lost == {}


def dump(value):
    """The fields that are said, tuples in a canonical order."""
    if isinstance(value, BaseModel):
        return {name: dump(item) for name, item in value if item not in (None, (), {})}
    if isinstance(value, tuple):
        items = [dump(item) for item in value]
        return sorted(items, key=repr) if items and not isinstance(items[0], float) else items
    if isinstance(value, dict):
        return {name: dump(item) for name, item in value.items()}
    return value


@pytest.mark.parametrize(
    "entry", [DATASET, SERIES, SERVICE, DISTRIBUTION], ids=lambda e: type(e).__name__
)
def test_the_example_says_every_property_of_the_model(entry):
    unsaid = {name for name, item in entry if item in (None, (), {})}
    assert unsaid <= {"iri", "identifier"}


@pytest.mark.parametrize(("module", "suffix"), FORMATS)
def test_the_source_s_own_identifiers_come_back_beside_ours(module, suffix):
    entry = Dataset(
        title={"": "x"},
        identifier=("a", "b"),
        other_identifier=(Identifier(notation="c", scheme="S"),),
    )
    mapped, _ = read_back(module, suffix, entry)
    (found,) = mapped.values()
    assert {(i.notation, i.scheme) for i in found.entry.other_identifier} == {
        ("a", None),
        ("b", None),
        ("c", "S"),
    }


@pytest.mark.parametrize(("module", "suffix"), FORMATS)
def test_words_that_no_table_knows_come_back_as_they_were(module, suffix):
    entry = Dataset(
        title={"": "x"},
        license="Licence de la maison Untel",
        conforms_to=("Norme maison",),
        distribution=(Distribution(access_url=("https://s.fr/x",), format="Format Untel"),),
    )
    mapped, _ = read_back(module, suffix, entry)
    (found,) = mapped.values()
    assert found.entry.license == "Licence de la maison Untel"
    assert found.entry.conforms_to == ("Norme maison",)
    assert found.entry.distribution[0].format == "Format Untel"


def test_our_own_pages_are_walked_to_their_end_without_a_problem():
    for module, suffix in (p.values for p in FORMATS):
        mapped, others = read_back(module, suffix, DATASET, SERIES, SERVICE)
        assert len(mapped) == 3
        assert [item for item in others if type(item).__name__ == "Problem"] == []
        assert [
            m.problems for m in mapped.values() if any(p.severity == "error" for p in m.problems)
        ] == []


WILD = (
    *(
        "",
        "]]>",
        '"',
        "\\",
        "a\r\nb",
        "\x00",
        "\ud800x",
        "\ufffe",
        "é\u2028\u0085",
        "<b>&amp;",
        "\u200b",
    ),
    *(
        "http://[x",
        "http://a b",
        "http://x/%zz",
        "https://é.fr/ü?[a]=1#x#y",
        "urn:x:\U0001f600",
        "http:",
    ),
    *(
        "http://x:port/",
        "http://user@h:80:90/",
        "http://x/\ue000?\ue000",
        "file:///c:/x",
        "javascript:x",
        "://",
    ),
    *("9999-99-99", "2023-13", "P1W", "PT", "NaN", "fr"),
)
READ = (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD)


def wild(value, chance):
    """The same value with anything in any of its texts, past the model's own checks."""
    if isinstance(value, BaseModel):
        fields = {k: v if k == "kind" else wild(v, chance) for k, v in value}
        return type(value).model_construct(**fields)
    if isinstance(value, tuple):
        return tuple(wild(item, chance) for item in value)
    if isinstance(value, dict):
        return {
            chance.choice(WILD) if chance.random() < 0.2 else k: wild(v, chance)
            for k, v in value.items()
        }
    if isinstance(value, str):
        return chance.choice(WILD) if chance.random() < 0.35 else value
    if isinstance(value, float):
        return chance.choice((float("nan"), float("inf"), 1e-9, 1e22, value))
    return value


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("entry", [DATASET, SERIES, SERVICE], ids=lambda e: e.kind)
def test_anything_in_any_field_is_readable_and_the_same_in_every_format(entry, seed):
    chance = random.Random(seed)
    published = Published(
        KEYS[entry.kind],
        wild(entry, chance),
        "2026-01-01T00:00:00Z",
        "2026-02-01T00:00:00Z",
        (chance.choice(WILD),),
    )
    graphs = []
    for (module, _), kind in zip((p.values for p in FORMATS), READ, strict=True):
        content = module.head(CATALOG, SITE) + module.fragment(published, SITE) + module.foot()
        graph = ox.Dataset(ox.parse(content, format=kind))
        graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        graphs.append(set(map(str, graph)))
    assert graphs[0] == graphs[1] == graphs[2]
