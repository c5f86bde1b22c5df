"""The shipped mapping for udata: what becomes of a dataset or dataservice of its API."""

from __future__ import annotations

from typing import Any

import pytest

from harvester.map import Mapped, compile_mapping
from harvester.model import DataService, Dataset, Record
from harvester.parse import udata
from harvester.parse.page import Page, Request
from harvester.view.access import access
from tests.linked import pointers

EU = "http://publications.europa.eu/resource/authority/"
MAPPER = compile_mapping("udata")
URL = "https://www.data.gouv.fr/api/1/datasets/?page=1"
PERMALINK = "https://www.data.gouv.fr/datasets/61892c9d076a4d62434a1318/"
ITEM: dict[str, Any] = {
    "id": "61892c9d076a4d62434a1318",
    "title": "Bureaux de vote",
    "slug": "bureaux-de-vote",
    "description": "Les **23** bureaux.",
    "page": "https://www.data.gouv.fr/fr/datasets/bureaux-de-vote/",
    "created_at": "2019-04-19T12:21:56+00:00",
    "last_modified": "2024-05-06T15:15:18+00:00",
    "organization": {
        "class": "Organization",
        "id": "54884a24c751df7226a3fc16",
        "name": "Ville de Vanves",
        "badges": [{"kind": "certified"}, {"kind": "local-authority"}],
    },
}
RESOURCE: dict[str, Any] = {
    "id": "5dd4e0b2-4d96-4f36-b73e-b78ec993703c",
    "title": "bureaux.csv",
    "type": "main",
    "format": "csv",
    "mime": "text/csv",
    "url": "https://data.vanves.example/bureaux.csv",
    "latest": "https://www.data.gouv.fr/api/1/datasets/r/5dd4e0b2-4d96-4f36-b73e-b78ec993703c",
}


def mapped(kind: udata.Kind = "dataset", number: str = "", **changes: Any) -> Mapped:
    page = Page(Request(URL), URL, b"")
    [made] = udata.entry(
        {**ITEM, **changes}, kind, page, number=number, ignore_parameters=frozenset()
    )
    assert isinstance(made, Record)
    return MAPPER(made)


def dataset(**changes: Any) -> Dataset:
    entry = mapped(**changes).entry
    assert isinstance(entry, Dataset)
    return entry


def codes(**changes: Any) -> list[str]:
    result = mapped(**changes)
    return [problem.code for problem in result.problems] + [value for _, value in result.unknown]


def test_a_dataset_has_its_name_its_dates_and_who_publishes_it() -> None:
    entry = dataset(number="21920075900016", tags=["elections"], frequency="annual", license="lov2")
    assert entry.iri == PERMALINK
    assert entry.identifier == (ITEM["id"],)
    assert entry.landing_page == (ITEM["page"],)
    assert entry.description == {"fr": "<p>Les <strong>23</strong> bureaux.</p>"}
    assert (entry.issued, entry.modified) == (ITEM["created_at"], ITEM["last_modified"])
    assert entry.publisher is not None
    assert entry.publisher.name == {"fr": "Ville de Vanves"}
    assert entry.publisher.iri == "https://www.data.gouv.fr/organizations/54884a24c751df7226a3fc16/"
    assert entry.publisher.identifier == "21920075900016"
    assert entry.publisher.type == "http://purl.org/adms/publishertype/LocalAuthority"
    assert entry.keyword == {"fr": ("elections",)}
    assert entry.accrual_periodicity == f"{EU}frequency/ANNUAL"
    assert entry.license == f"{EU}licence/ETALAB_2_0"
    assert codes(tags=["elections"], frequency="annual", license="lov2") == []


def test_a_person_is_known_by_name_only() -> None:
    owner = {
        "first_name": "Camille",
        "last_name": "Durand",
        "id": "x",
        "email": "camille@a.example",
    }
    publisher = dataset(organization=None, owner=owner).publisher
    assert publisher is not None
    assert publisher.name == {"fr": "Camille Durand"}
    assert (publisher.iri, publisher.email, publisher.identifier) == (None, None, None)


def test_a_resource_keeps_its_permanent_address_and_the_file_s_own() -> None:
    more = {
        **RESOURCE,
        "filesize": 4096,
        "checksum": {"type": "sha1", "value": "2d7091ca3a083f6db59d004324b51a6d12140089"},
        "created_at": "2019-04-19T12:21:56+00:00",
        "last_modified": "2024-05-06T15:15:18+00:00",
        "preview_url": "https://explore.data.gouv.fr/fr/resources/5dd4e0b2",
        "schema": {"name": "etalab/schema-irve-statique", "version": "2.3.1", "url": None},
    }
    [file] = dataset(resources=[more]).distribution
    assert file.access_url == (RESOURCE["latest"],)
    assert file.download_url == (RESOURCE["url"],)
    assert file.format == f"{EU}file-type/CSV"
    assert file.media_type == "https://www.iana.org/assignments/media-types/text/csv"
    assert file.byte_size == 4096
    assert file.checksum is not None
    assert file.checksum.algorithm == "sha1"
    assert (file.issued, file.modified) == (more["created_at"], more["last_modified"])
    assert file.page == (more["preview_url"],)
    assert file.conforms_to == ("https://schema.data.gouv.fr/etalab/schema-irve-statique/",)


@pytest.mark.parametrize(
    ("schema", "conforms_to"),
    [
        (None, ()),
        ({}, ()),
        ({"name": None, "url": None, "version": None}, ()),
        ("etalab/schema-bal", ("https://schema.data.gouv.fr/etalab/schema-bal/",)),
        (
            {"name": "local", "url": "https://a.example/schema.json"},
            ("https://a.example/schema.json",),
        ),
    ],
)
def test_schemas_of_every_age_are_understood(schema: object, conforms_to: tuple[str, ...]) -> None:
    [file] = dataset(resources=[{**RESOURCE, "schema": schema}]).distribution
    assert file.conforms_to == conforms_to
    assert codes(resources=[{**RESOURCE, "schema": schema}]) == []


def test_what_the_portal_found_out_about_a_remote_file_fills_gaps() -> None:
    extras = {
        "analysis:checksum": "2d7091ca3a083f6db59d004324b51a6d12140089",
        "analysis:content-length": 118922,
        "analysis:mime-type": "text/csv",
    }
    [file] = dataset(resources=[{**RESOURCE, "mime": None, "extras": extras}]).distribution
    assert file.byte_size == 118922
    assert file.checksum is not None
    assert file.checksum.value == extras["analysis:checksum"]
    assert file.media_type == "https://www.iana.org/assignments/media-types/text/csv"
    [bare] = dataset(resources=[RESOURCE]).distribution
    assert bare.checksum is None
    assert codes(resources=[RESOURCE]) == []


def test_documentation_is_no_distribution_and_an_api_is_a_service() -> None:
    notice = {**RESOURCE, "type": "documentation", "url": "https://data.vanves.example/notice.pdf"}
    wfs = "https://geo.vanves.example/wfs?service=WFS&request=GetCapabilities"
    entry = dataset(
        resources=[RESOURCE, notice, {**RESOURCE, "type": "api", "format": "wfs", "url": wfs}]
    )
    assert entry.page == (notice["url"],)
    file, api = entry.distribution
    assert file.access_service == ()
    assert (api.access_url, api.download_url) == ((wfs,), ())
    [service] = api.access_service
    assert service.endpoint_url == ("https://geo.vanves.example/wfs",)
    assert service.endpoint_description == (wfs,)


def test_zones_are_places_of_the_official_code_and_others_stay_as_they_are() -> None:
    zones = [
        "fr:commune:92040",
        "fr:region:11@1970-01-09",
        "country:fr",
        "country-subset:fr:dromcom",
    ]
    entry = dataset(spatial={"zones": zones, "geom": None, "granularity": "fr:commune"})
    assert [place.identifier for place in entry.spatial] == [
        "fr:commune:92040",
        "fr:region:11",
        "fr",
        "country-subset:fr:dromcom",
    ]
    whole = {
        "id": "fr:commune:92040",
        "name": "Issy-les-Moulineaux",
        "code": "92040",
        "level": "fr:commune",
    }
    [place] = dataset(spatial={"zones": [whole]}).spatial
    assert (place.identifier, place.name) == ("fr:commune:92040", {"fr": "Issy-les-Moulineaux"})


def test_a_geometry_is_a_place() -> None:
    ring = [[2.2, 48.8], [2.3, 48.8], [2.3, 48.9], [2.2, 48.8]]
    [place] = dataset(
        spatial={"zones": [], "geom": {"type": "MultiPolygon", "coordinates": [[ring]]}}
    ).spatial
    assert place.geometry is not None
    assert place.geometry.startswith("MULTIPOLYGON")
    assert place.bbox == (2.2, 48.8, 2.3, 48.9)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2019-01-01", "2019-12-31"),
        ("2019-01-01T00:00:00+00:00", "2019-12-31T00:00:00+00:00"),
        ("2019-01-01", None),
    ],
)
def test_the_period_covered_is_understood_in_every_form(start: str, end: str | None) -> None:
    [period] = dataset(temporal_coverage={"start": start, "end": end}).temporal
    assert (period.start, period.end) == (start, end)


def test_badges_say_what_law_asks_for_and_of_what_category() -> None:
    entry = dataset(
        badges=[{"kind": "hvd"}, {"kind": "inspire"}, {"kind": "spd"}], tags=["mobilite", "vélo"]
    )
    assert entry.applicable_legislation == (
        "http://data.europa.eu/eli/reg_impl/2023/138/oj",
        "http://data.europa.eu/eli/dir/2007/2/oj",
    )
    assert entry.hvd_category == ("http://data.europa.eu/bna/c_b79e35eb",)
    assert set(entry.type) == {f"{EU}dataset-type/HVD", f"{EU}dataset-type/GEOSPATIAL"}
    assert dataset(tags=["mobilite"]).hvd_category == ()
    assert codes(badges=[{"kind": "hvd"}], tags=["mobilite", "vélo"]) == []


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, "public"),
        ({"access_type": None}, "public"),
        ({"access_type": "open"}, "public"),
        ({"access_type": "open_with_account"}, "public"),
        ({"access_type": "restricted"}, "restricted"),
        ({"access_type": "restricted", "access_audiences": [{"role": "local_authority_and_administration", "condition": "yes"}]}, "restricted"),
        ({"access_type": "restricted", "access_audiences": [{"role": "local_authority_and_administration", "condition": "under_condition"}]}, "restricted"),
        ({"access_type": "restricted", "access_audiences": [{"role": "local_authority_and_administration", "condition": "no"}]}, "private"),
        ({"access_type": "restricted", "access_audiences": [{"role": "private", "condition": "no"}]}, "restricted"),
        ({"access_type": "of a kind to come"}, "restricted"),
        ({"private": True}, "private"),
        ({"private": True, "access_type": "open"}, "private"),
        ({"archived": "2024-05-02T10:00:00"}, "private"),
        ({"deleted": "2024-05-02T10:00:00", "access_type": "open"}, "private"),
    ],
)  # fmt: skip
def test_nobody_sees_more_than_the_portal_shows(changes: dict[str, Any], seen: str) -> None:
    assert access("public", dataset(**changes).access_rights) == seen


def test_a_licence_without_a_text_is_told_in_words() -> None:
    entry = dataset(license="other-at")
    assert entry.license is None
    assert entry.rights == {"fr": "Autre licence, avec attribution"}
    assert dataset(license="notspecified").license is None
    assert codes(license="other-at") == codes(license="notspecified") == []


def test_what_came_from_elsewhere_has_its_origin_s_name_as_in_the_portal_s_dcat() -> None:
    uri = "https://vanves.example/explore/dataset/bureaux/"
    harvest = {
        "backend": "DCAT",
        "domain": "vanves.example",
        "remote_id": uri,
        "dct_identifier": uri,
        "uri": uri,
        "remote_url": uri,
        "created_at": "2018-01-01T00:00:00+00:00",
        "modified_at": "2024-01-01T00:00:00+00:00",
    }
    entry = dataset(harvest=harvest)
    assert (entry.iri, entry.identifier, entry.source) == (uri, (uri,), (uri,))
    assert (entry.created, entry.modified) == (harvest["created_at"], harvest["modified_at"])
    notations = [(other.notation, other.scheme) for other in entry.other_identifier]
    assert notations[:2] == [(uri, "vanves.example"), (PERMALINK, None)]


def strong(**changes: Any) -> set[str]:
    """The keys that alone say that two records describe one dataset."""
    return pointers(dataset(**changes), ITEM["id"], "www.data.gouv.fr")


def test_a_record_points_at_its_origin_where_the_address_is_only_its_own() -> None:
    ods = "https://data.issy.example/explore/dataset/lieux-de-vote/"
    assert "data.issy.example/lieux-de-vote" in strong(
        harvest={"remote_url": ods, "remote_id": "lieux-de-vote"}
    )
    package = "0c5ad935-272e-4d9e-b0db-cdcb1a5309b8"
    assert f"uuid:{package}" in strong(
        harvest={"remote_id": package, "domain": "trouver.datasud.example"}
    )
    file = "62e01b7c-4b3c-4a5c-9d5e-0a1b2c3d4e5f"
    geonetwork = f"https://www.pigma.example/geonetwork/srv/fre/catalog.search#/metadata/{file}"
    alone = strong()
    assert strong(harvest={"remote_url": geonetwork}) - alone == {
        f"uuid:{file}",
    }
    page = strong(harvest={"remote_url": "https://www.ville.example/donnees-ouvertes"})
    assert page == alone


def test_contact_points_have_their_roles() -> None:
    contacts = [
        {"name": "Service élections", "email": "elections@vanves.example", "contact_form": "https://vanves.example/contact", "role": "contact"},
        {"name": "Vanves Données", "role": "publisher"},
        {"name": "Mission SIG", "role": "creator"},
        {"name": "GPSO", "role": "custodian"},
    ]  # fmt: skip
    entry = dataset(contact_points=contacts, number="21920075900016")
    [contact] = entry.contact_point
    assert (contact.name, contact.email, contact.url) == (
        {"fr": "Service élections"},
        "elections@vanves.example",
        "https://vanves.example/contact",
    )
    assert entry.publisher is not None
    assert entry.publisher.name == {"fr": "Vanves Données"}
    assert [agent.name for agent in entry.creator] == [{"fr": "Mission SIG"}]
    roles = {(a.role or "").rpartition("/")[2]: a.agent for a in entry.qualified_attribution}
    assert roles["custodian"].name == {"fr": "GPSO"}
    assert roles["distributor"].name == {"fr": "Ville de Vanves"}
    assert roles["distributor"].identifier == "21920075900016"
    assert codes(contact_points=contacts) == []


def test_a_dataservice_is_a_service() -> None:
    result = mapped(
        "service",
        page=None,
        self_web_url="https://www.data.gouv.fr/dataservices/api-adresse/",
        base_api_url="https://api.example/v1",
        machine_documentation_url="https://api.example/openapi.json",
        technical_documentation_url="https://api.example/doc",
        metadata_modified_at="2024-06-06T16:38:39+00:00",
        rate_limiting="50 requêtes par seconde",
        datasets=[{"id": "1" * 24}],
        format="REST",
        access_type="open_with_account",
    )
    entry = result.entry
    assert isinstance(entry, DataService)
    assert entry.iri == "https://www.data.gouv.fr/dataservices/61892c9d076a4d62434a1318/"
    assert entry.endpoint_url == ("https://api.example/v1",)
    assert entry.endpoint_description == ("https://api.example/openapi.json",)
    assert entry.page == ("https://api.example/doc",)
    assert entry.serves_dataset == (f"https://www.data.gouv.fr/datasets/{'1' * 24}/",)
    assert entry.modified == "2024-06-06T16:38:39+00:00"
    assert entry.rights == {"fr": "50 requêtes par seconde"}
    assert entry.access_rights == f"{EU}access-right/PUBLIC"


def test_every_frequency_of_udata_is_known() -> None:
    names = (
        "continuous oneMinute fiveMinutes tenMinutes fifteenMinutes thirtyMinutes hourly bihourly trihourly twelveHours "
        "severalTimesADay threeTimesADay semidaily daily fiveTimesAWeek threeTimesAWeek semiweekly weekly biweekly threeTimesAMonth "
        "semimonthly monthly bimonthly quarterly threeTimesAYear semiannual annual biennial triennial quadrennial quinquennial "
        "decennial bidecennial tridecennial punctual irregular never notPlanned other realtime fourTimesADay fourTimesAWeek "
        "fortnighly biannual"
    )
    for name in names.split():
        entry = dataset(frequency=name)
        assert (entry.accrual_periodicity or "").startswith(f"{EU}frequency/"), name
    assert dataset(frequency="continuous").accrual_periodicity == f"{EU}frequency/UPDATE_CONT"
    assert dataset(frequency="unknown").accrual_periodicity is None
