"""What becomes of an Opendatasoft dataset."""

from __future__ import annotations

from typing import Any

import pytest

from harvester.map import Mapped, compile_mapping
from harvester.model import Dataset, Record
from harvester.parse import opendatasoft
from harvester.view.access import access
from tests.linked import pointers

MAPPER = compile_mapping("opendatasoft")
SITE = "https://data.meudon.example"
PORTAL = opendatasoft.Portal(SITE, "/api/explore/v2.1/catalog", ("csv", "geojson", "xlsx"))
AUTHORITY = "http://publications.europa.eu/resource/authority/"


def mapped(
    default: dict[str, Any] | None = None, portal: opendatasoft.Portal = PORTAL, **more: Any
) -> Mapped:
    groups = more.pop("groups", {})
    metas = {"default": {"title": "Arbres", **(default or {})}, **groups}
    item = {"dataset_id": "arbres", "visibility": "domain", "has_records": True, **more}
    (record,) = opendatasoft.records([{**item, "metas": metas}], portal, SITE)
    assert isinstance(record, Record)
    return MAPPER(record)


def entry(default: dict[str, Any] | None = None, **more: Any) -> Dataset:
    done = mapped(default, **more)
    assert done.problems == ()
    assert isinstance(done.entry, Dataset)
    return done.entry


def test_a_dataset_says_what_the_portal_says() -> None:
    default = {
        "description": "<p>Arbres <b>d'alignement</b></p><script>x()</script>",
        "keyword": ["arbre", "nature"],
        "theme": ["Environnement", "Transports, Déplacements"],
        "license": "Licence Ouverte v2.0 (Etalab)",
        "language": "fr",
        "modified": "2025-03-01T06:00:00+00:00",
        "publisher": "Ville de Meudon",
        "attributions": ["© IGN", "Ville de Meudon"],
        "references": "voir https://www.meudon.example/arbres ; www.ign.example",
        "records_count": 12,
    }
    dcat = {
        "created": "2019-01-01",
        "issued": "2020-02-03T00:00:00+00:00",
        "creator": "Service des espaces verts",
        "contact_name": "Espaces verts",
        "contact_email": "arbres@meudon.example",
        "accrualperiodicity": "Annuelle",
        "temporal_coverage_start": "2015",
        "temporal_coverage_end": "2024",
    }
    made = entry(default, groups={"dcat": dcat})
    assert made.iri == f"{SITE}/explore/dataset/arbres/"
    assert made.identifier == made.landing_page == (made.iri,)
    assert made.title == {"fr": "Arbres"}
    assert made.description == {"fr": "<p>Arbres <b>d'alignement</b></p>"}
    assert made.keyword == {"fr": ("arbre", "nature")}
    assert [theme.rpartition("/")[2] for theme in made.theme] == ["ENVI", "TRAN"]
    assert made.license == f"{AUTHORITY}licence/ETALAB_2_0"
    assert made.language == (f"{AUTHORITY}language/FRA",)
    assert (made.created, made.issued) == ("2019-01-01", "2020-02-03T00:00:00+00:00")
    assert made.modified == "2025-03-01T06:00:00+00:00"
    assert made.publisher is not None
    assert made.publisher.name == {"fr": "Ville de Meudon"}
    assert made.creator[0].name == {"fr": "Service des espaces verts"}
    assert made.contact_point[0].email == "arbres@meudon.example"
    assert made.accrual_periodicity == f"{AUTHORITY}frequency/ANNUAL"
    assert (made.temporal[0].start, made.temporal[0].end) == ("2015", "2024")
    assert made.rights == {"fr": "© IGN\n\nVille de Meudon"}
    assert made.page == ("https://www.meudon.example/arbres", "https://www.ign.example")


def test_the_oldest_api_says_the_same() -> None:
    old = {
        "datasetid": "arbres",
        "has_records": True,
        "features": ["geo"],
        "metas": {
            "title": "Arbres",
            "description": "<p>Arbres</p>",
            "theme": "Environnement",
            "keyword": "arbre, nature",
            "license": "Licence Ouverte v2.0 (Etalab)",
            "language": "fr",
            "modified": "2015-04-09T10:29:11+00:00",
            "publisher": "Ville de Meudon",
            "visibility": "domain",
            "references": "http://www.meudon.example",
        },
        "interop_metas": {
            "dcat": {"issued": "2014-01-01", "spatial": "Meudon", "accrualperiodicity": "annuelle"},
            "inspire": {
                "file_identifier": "0f6d6c4e-6d6c-4f2a-9d5e-1a2b3c4d5e6f",
                "extend_bounding_box_westbound_longitude": "2.1568",
                "extend_bounding_box_southbound_latitude": "48.4944",
                "extend_bounding_box_eastbound_longitude": "2.5084",
                "extend_bounding_box_northbound_latitude": "48.6848",
                "contact_email": "sig@meudon.example",
            },
        },
    }
    portal = opendatasoft.Portal(SITE, "/api/datasets/1.0", ("csv", "geojson", "parquet"))
    (record,) = opendatasoft.records([old], portal, SITE)
    assert isinstance(record, Record)
    done = MAPPER(record)
    made = done.entry
    assert isinstance(made, Dataset)
    assert done.problems == ()
    assert made.title == {"fr": "Arbres"}
    assert made.keyword == {"fr": ("arbre", "nature")}
    assert made.theme == (f"{AUTHORITY}data-theme/ENVI",)
    assert made.license == f"{AUTHORITY}licence/ETALAB_2_0"
    assert made.accrual_periodicity == f"{AUTHORITY}frequency/ANNUAL"
    assert made.access_rights == f"{AUTHORITY}access-right/PUBLIC"
    assert made.issued == "2014-01-01"
    assert made.contact_point[0].email == "sig@meudon.example"
    assert [place.name for place in made.spatial if place.name] == [{"fr": "Meudon"}]
    assert [place.bbox for place in made.spatial if place.bbox] == [
        (2.1568, 48.4944, 2.5084, 48.6848)
    ]
    assert [each.download_url[0] for each in made.distribution] == [
        f"{SITE}/explore/dataset/arbres/download/?format=csv",
        f"{SITE}/explore/dataset/arbres/download/?format=geojson",
    ]
    assert "uuid:0f6d6c4e-6d6c-4f2a-9d5e-1a2b3c4d5e6f" in pointers(made, record.id)


def test_each_export_file_and_api_is_a_distribution() -> None:
    files = {
        "attachments": [{"id": "notice_pdf", "title": "Notice.pdf", "mimetype": "application/pdf", "url": "odsfile://n"}],
        "alternative_exports": [{"id": "gtfs_zip", "title": "gtfs.zip", "description": "GTFS", "mimetype": "application/zip", "url": "odsfile://g"}],
    }  # fmt: skip
    made = entry(features=["geo"], **files)
    found = [
        (each.title["fr"], (each.format or "").rpartition("/")[2]) for each in made.distribution
    ]
    assert found == [
        ("Export CSV", "CSV"),
        ("Export GEOJSON", "GEOJSON"),
        ("Export XLSX", "XLSX"),
        ("gtfs.zip", "ZIP"),
        ("Notice.pdf", "PDF"),
        ("API Explore", "JSON"),
    ]
    assert all(each.iri and each.access_url == (each.iri,) for each in made.distribution)
    (service,) = made.distribution[-1].access_service
    assert service.iri == f"{SITE}/api/explore/v2.1/"
    assert service.endpoint_url == (service.iri,)
    assert service.endpoint_description == (f"{SITE}/api/explore/v2.1/swagger.json",)


@pytest.mark.parametrize(
    ("said", "identifier"),
    [
        ("fr_80_92048", "fr:commune:92048"),
        ("fr_80_2A004", "fr:commune:2A004"),
        ("fr_60_92", "fr:departement:92"),
        ("fr_60_2B", "fr:departement:2B"),
        ("fr_60_974", "fr:departement:974"),
        ("fr_40_11", "fr:region:11"),
        ("world_fr", "fr"),
    ],
)
def test_the_platforms_geographic_references_are_territories(said: str, identifier: str) -> None:
    made = entry({"geographic_reference": [said], "territory": []})
    assert [place.identifier for place in made.spatial] == [identifier]


def test_names_count_where_no_reference_does() -> None:
    made = entry(
        {"geographic_reference": ["fr_61_200057974"], "territory": ["Grand Paris Seine Ouest"]}
    )
    assert [place.name for place in made.spatial] == [{"fr": "Grand Paris Seine Ouest"}]
    made = entry({"geographic_reference": ["world_fr"]}, groups={"dcat": {"spatial": "Meudon"}})
    assert [place.name for place in made.spatial] == [{"fr": "Meudon"}]
    made = entry({"geographic_reference": ["fr_40_11"]}, groups={"custom": {"code_insee": "92048"}})
    assert [place.identifier for place in made.spatial] == ["fr:commune:92048"]


def test_the_box_of_the_data_is_a_place() -> None:
    ring = [[2.2, 48.7], [2.3, 48.7], [2.3, 48.8], [2.2, 48.8], [2.2, 48.7]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {},
    }
    made = entry({"bbox": feature, "geographic_reference": ["fr_80_92048"]})
    assert [place.identifier for place in made.spatial] == ["fr:commune:92048", None]
    assert made.spatial[1].bbox == (2.2, 48.7, 2.3, 48.8)


def test_a_federated_dataset_points_at_its_origin() -> None:
    default = {"source_domain_address": "data.issy.example", "source_dataset": "haies"}
    made = entry(default, dataset_uid="da_abc123")
    assert made.source == ("https://data.issy.example/explore/dataset/haies/",)
    assert [(each.notation, each.scheme) for each in made.other_identifier] == [
        ("https://data.issy.example/explore/dataset/haies/", "data.issy.example"),
        ("da_abc123", "opendatasoft:dataset_uid"),
    ]
    assert pointers(made, "arbres", "data.meudon.example") >= {
        "data.issy.example/haies",
        "data.meudon.example/arbres",
    }


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({}, "public"),
        ({"visibility": "restricted"}, "restricted"),
        ({"visibility": "brouillon"}, "restricted"),
        ({"is_restricted": False}, "public"),
        ({"is_restricted": True}, "restricted"),
        ({"data_visible": True}, "public"),
        ({"data_visible": False}, "restricted"),
        ({"groups": {"dcat": {"accessRights": f"{AUTHORITY}access-right/NON_PUBLIC"}}}, "private"),
        (
            {"groups": {"dcat": {"accessRights": f"{AUTHORITY}access-right/RESTRICTED"}}},
            "restricted",
        ),
        ({"groups": {"dcat": {"accessRights": "NON_PUBLIC"}}, "is_restricted": True}, "private"),
    ],
)
def test_the_strictest_word_about_access_counts(more: dict[str, Any], allowed: str) -> None:
    assert access("public", mapped(**more).entry.access_rights) == allowed  # type: ignore[union-attr]


def test_what_only_a_key_shows_is_for_agents() -> None:
    secret = opendatasoft.Portal(SITE, PORTAL.catalogue, (), secret=True)
    made = mapped(portal=secret, visibility=None).entry
    assert made is not None
    assert access("public", made.access_rights) == "restricted"


@pytest.mark.parametrize(
    ("theme", "code"),
    [
        ("Aménagement du territoire, Urbanisme, Bâtiments, Equipements, Logement", "REGI"),
        ("Administration, Gouvernement, Finances publiques, Citoyenneté", "GOVE"),
        ("Economie, Business, PME, Développement économique, Emploi", "ECON"),
        ("Justice, Sécurité, Police, Criminalité", "JUST"),
        ("Spatial planning, Town planning, Buildings, Equipment, Housing", "REGI"),
        ("Administration, Government, Public finances, Citizenship", "GOVE"),
        ("Education, Training, Research, Teaching", "EDUC"),
        ("Transports, Movements", "TRAN"),
    ],
)
def test_the_platforms_own_themes_are_known(theme: str, code: str) -> None:
    done = mapped({"theme": [theme]})
    assert done.entry is not None
    assert (done.entry.theme, done.unknown) == ((f"{AUTHORITY}data-theme/{code}",), ())


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        ("Open Database License (ODbL)", "ODC_BL"),
        ("Licence Ouverte (Etalab)", "Licence_Ouverte.pdf"),
        ("Licence Ouverte v2.0 (Etalab)", "ETALAB_2_0"),
        ("Licence Ouverte v1.0 (Etalab)", "Licence_Ouverte.pdf"),
        ("Open License v2.0", "ETALAB_2_0"),
        ("CC BY-SA", "CC_BYSA"),
        ("Public Domain", "CC_PDM_1_0"),
        ("Public Domain Dedication and License (PDDL)", "ODC_PDDL"),
    ],
)
def test_the_usual_licences_are_known(licence: str, code: str) -> None:
    done = mapped({"license": licence})
    assert done.entry is not None
    assert done.entry.license is not None
    assert (done.entry.license.rpartition("/")[2], done.unknown) == (code, ())


def test_a_licence_is_found_by_its_address_or_by_its_name() -> None:
    both = {
        "license": "Licence Ouverte v2.0 (Etalab)",
        "license_url": "https://www.meudon.example/licence",
    }
    assert entry(both).license == f"{AUTHORITY}licence/ETALAB_2_0"


def test_a_dataset_without_title_is_called_by_its_identifier() -> None:
    assert entry({"title": None}).title == {"fr": "Arbres"}
