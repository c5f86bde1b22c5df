"""Answers of real catalogue services: nothing is lost of them, and what we make of them is what others made of them.

The table says, for each recorded file, its records, their distributions and the problems told of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF

from harvester.config.settings import Source
from harvester.errors import SourceRefused
from harvester.fetch import csw
from harvester.map import Mapped, Mapper
from harvester.map.mapper import compile_mapping
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request
from tests.portal import Asked, Portal
from tests.territory import Territory

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
REAL = DATA / "real"

pytestmark = pytest.mark.skipif(
    not (REAL / "csw").is_dir(), reason=f"no recorded answers at {REAL} (see REAL_DATA)"
)

TABLE: dict[str, tuple[int, int, dict[str, int]]] = {
    "csw/ecospheres-metadata/geoide_1.xml": (1, 6, {"geometry-mended": 1, "link-not-public": 8}),
    "csw/ecospheres-metadata/geoide_2.xml": (1, 6, {"geometry-mended": 1, "link-not-public": 8}),
    "csw/ecospheres-metadata/naturefrance_1.xml": (1, 0, {"record-not-dataset": 1}),
    "csw/ecospheres-metadata/sextant_1.xml": (1, 7, {}),
    "csw/geodatagouv-csw-client/capabilities-ok.xml": (0, 0, {}),
    "csw/geodatagouv-csw-client/capabilities-truncated.xml": (0, 0, {"csw-capabilities-damaged": 1}),
    "csw/geodatagouv-csw-client/harvest-records-onepage.xml": (10, 5, {"geometry-mended": 4, "series-with-distributions": 3}),
    "csw/geodatagouv-csw-client/record-empty.xml": (0, 0, {}),
    "csw/geodatagouv-csw-client/record-full.xml": (1, 2, {"geometry-mended": 1}),
    "csw/geodatagouv-csw-client/records-hits-basic.xml": (0, 0, {}),
    "csw/geodatagouv-csw-client/records-results-basic.xml": (10, 5, {"geometry-mended": 4, "series-with-distributions": 3}),
    "csw/geodatagouv-parsers/adour-garonne-dc.xml": (1, 2, {"value-unknown": 1, "xml-syntax": 1}),
    "csw/geodatagouv-parsers/csw-getcapabilities.xml": (0, 0, {}),
    "csw/geodatagouv-parsers/csw-getrecordbyidresponse.xml": (1, 3, {}),
    "csw/geodatagouv-parsers/csw-getrecordsresponse.xml": (3, 0, {"title-missing": 3, "xml-syntax": 1}),
    "csw/geodatagouv-parsers/geobretagne-bano.xml": (1, 3, {}),
    "csw/geodatagouv-parsers/geobretagne-featurecatalogue.xml": (0, 0, {"record-not-dataset": 1}),
    "csw/geodatagouv-parsers/geobretagne-service-coupled.xml": (1, 0, {}),
    "csw/geodatagouv-parsers/geopicardie-tache-urbaine.xml": (1, 1, {}),
    "csw/geodatagouv-parsers/grand-lyon-dc-brief.xml": (1, 0, {"xml-syntax": 1}),
    "csw/geodatagouv-parsers/grandlyon-dc.xml": (1, 3, {"geometry-mended": 1, "value-unknown": 1, "xml-syntax": 1}),
    "csw/geodatagouv-parsers/ifremer-multilang.xml": (1, 5, {}),
    "csw/geodatagouv-parsers/rennes-metropole-referentiel-adresse.xml": (1, 3, {"series-with-distributions": 1}),
    "csw/geodatagouv-parsers/siglr-malformed.xml": (1, 1, {}),
    "csw/geonetwork-records/geo2france.iso19139.plu.xml": (1, 1, {"modified-before-issued": 1}),
    "csw/geonetwork-records/geo2france.iso19139.reuse+ongules.xml": (1, 7, {"value-unknown": 1}),
    "csw/geonetwork-records/geo2france.iso19139.reuse+ongules_dummy.xml": (1, 7, {"value-unknown": 1}),
    "csw/geonetwork-records/geo2france.iso19139.reuse+roilaye.xml": (1, 1, {"value-unknown": 1}),
    "csw/geonetwork-records/geo2france.iso19139.scot.xml": (1, 13, {}),
    "csw/geonetwork-records/geo2france.iso19139.service+eaux-usees.xml": (1, 0, {}),
    "csw/geonetwork-records/geo2france.iso19139.service.xml": (1, 0, {}),
    "csw/geonetwork-records/geoide.iso19139.dataset.xml": (1, 5, {"geometry-mended": 1, "link-not-public": 3}),
    "csw/geonetwork-records/metawal.iso19115-3.dataset.xml": (1, 1, {"value-unknown": 1}),
    "csw/geonetwork-records/metawal.iso19115-3.service.xml": (1, 0, {}),
    "csw/geonetwork-records/sextant.dcat.bathymetry.xml": (1, 1, {"value-unknown": 11}),
    "csw/geonetwork-records/sextant.dcat.seadatanet.xml": (1, 1, {"value-unknown": 11}),
    "csw/geonetwork-records/sextant.iso19115-3.dataset.xml": (1, 7, {}),
    "csw/udata-samples/combles.xml": (1, 11, {"geometry-mended": 1, "link-not-public": 10}),
    "csw/udata-samples/geoide-iso19139-single-dataset.xml": (1, 11, {"geometry-mended": 1, "link-not-public": 10}),
    "csw/udata-samples/geonetwork-dcat-page-1.xml": (2, 8, {"value-unknown": 5}),
    "csw/udata-samples/geonetwork-dcat-page-3.xml": (2, 6, {"rdf-stray-text": 2, "value-unknown": 6}),
    "csw/udata-samples/geonetwork-dcat-page-5.xml": (2, 9, {"rdf-stray-text": 1, "value-unknown": 7}),
    "csw/udata-samples/geonetwork-geodcatap-page-1.xml": (2, 4, {"link-not-public": 1}),
    "csw/udata-samples/geonetwork-geodcatap-page-3.xml": (2, 4, {"link-not-public": 1, "value-unknown": 5}),
    "csw/udata-samples/geonetwork-geodcatap-page-5.xml": (2, 4, {"link-not-public": 2, "value-unknown": 1}),
    "csw/udata-samples/geonetwork-iso19139-page-1.xml": (2, 18, {"geometry-mended": 2, "link-not-public": 6}),
    "csw/udata-samples/geonetwork-iso19139-page-3.xml": (2, 13, {"geometry-mended": 2, "link-not-public": 6}),
    "csw/udata-samples/geonetwork-iso19139-page-5.xml": (2, 18, {"geometry-mended": 2, "link-not-public": 6}),
    "csw/udata-samples/geonetworkv4-page-1.xml": (2, 13, {"value-unknown": 9}),
    "csw/udata-samples/geonetworkv4-page-11.xml": (2, 6, {"value-unknown": 12}),
    "csw/udata-samples/geonetworkv4-page-21.xml": (2, 6, {"value-unknown": 8}),
    "csw/udata-samples/geonetworkv4-page-3.xml": (2, 6, {"value-unknown": 12}),
    "csw/udata-samples/geonetworkv4-page-5.xml": (2, 6, {"value-unknown": 8}),
    "csw/udata-samples/geoplateforme-iso19139-IGNF_RPG.xml": (1, 80, {"series-with-distributions": 1}),
    "snapshots/bodies/csw-2.xml": (4, 24, {"geometry-mended": 3, "link-not-public": 40, "modified-before-issued": 3}),
    "snapshots/bodies/csw-4.xml": (4, 24, {"geometry-mended": 3, "link-not-public": 40, "modified-before-issued": 3}),
}  # fmt: skip
"""File → (records, distributions, problems by code)."""

INSTEAD = {"csw/geodatagouv-parsers/exception-report.xml": "constraintLanguage"}
"""Files that hold a refusal → what its message must name."""


@cache
def mapper() -> Mapper:
    return compile_mapping("csw", within="fr")


def read(name: str) -> list[Found]:
    url = (REAL / name).as_uri()
    source = Source.model_construct(url=url, ignore_parameters=())
    page = Page(Request(url), url, (REAL / name).read_bytes())
    return list(csw.read(page, source, csw.Options()))


def mapped(name: str) -> dict[str, Mapped]:
    return {item.id: mapper()(item) for item in read(name) if isinstance(item, Record)}


def test_the_table_names_every_recorded_answer() -> None:
    files = {str(path.relative_to(REAL)) for path in REAL.glob("csw/*/*.xml")}
    files |= {str(path.relative_to(REAL)) for path in REAL.glob("snapshots/bodies/csw-*.xml")}
    assert files == {*TABLE, *INSTEAD}


@pytest.mark.parametrize("name", TABLE)
def test_every_record_of_a_recorded_answer_becomes_an_entry(name: str) -> None:
    found = read(name)
    again = [item.fingerprint for item in read(name) if isinstance(item, Record)]
    records = [item for item in found if isinstance(item, Record)]
    assert [record.fingerprint for record in records] == again
    results = [mapper()(record) for record in records]
    assert all(result.entry is not None for result in results), "none is rejected"
    problems = Counter(item.code for item in found if isinstance(item, Problem))
    for result in results:
        problems.update(problem.code for problem in result.problems)
        problems.update("value-unknown" for _ in set(result.unknown))
    distributions = sum(len(result.values.get("distribution", ())) for result in results)
    assert (len(records), distributions, dict(problems)) == TABLE[name]


@pytest.mark.parametrize("name", INSTEAD)
def test_a_recorded_refusal_is_told_with_its_words(name: str) -> None:
    with pytest.raises(SourceRefused, match=INSTEAD[name]):
        read(name)


def words(text: dict[str, str] | None) -> str:
    return next(iter((text or {}).values()), "")


def urls(entry: dict[str, Any]) -> list[str]:
    return sorted(d["access_url"][0] for d in entry.get("distribution", ()))


# What udata (its ISO 19139 backend: SEMIC's XSLT, then DCAT) and we make of the same recorded exchange. Explained:
# * access_rights: udata keeps the sentence in extras, we know what it means;
# * licence: udata knows no licence in « Licence Ouverte / Open Licence Version 2.0 https://… » among three other sentences;
# * formats: udata writes the record's one format on its services too, we say WMS and WFS there;
# * contacts: udata takes none from this chain, we take pointOfContact;
# * created: udata calls the publication « created_at »; where the record has a creation, both have it;
# * landing page: the page of the record in the original catalogue, for both.
def test_the_recorded_exchange_of_geo_ide_gives_what_udata_made_of_it(
    territory: Territory, portal: Portal
) -> None:
    recorded = orjson.loads((REAL / "snapshots" / "csw-geoide-ddt24.json").read_bytes())
    [post] = [
        item for item in recorded["requests_history"][:3] if item["request"]["method"] == "POST"
    ]

    def answer(asked: Asked) -> Any:
        from tests.portal import Answer

        body = post["response"]["body"] if asked.method == "POST" else CAPABILITIES
        return Answer(body=body.encode(), media_type="text/xml;charset=UTF-8")

    portal.answers("/csw/csw-ddt24", answer)
    territory.folder.joinpath("sources", "ddt24.toml").write_text(
        f'name = "DDT 24"\nkind = "csw"\nurl = "{portal.at("/csw/csw-ddt24")}"\nlevel = "etat"\nterritory = "fr"\n'
        f'[http]\nretries = 0\nallow_hosts = ["{portal.host}"]\n[options]\npost = true\n'
        'types = ["dataset", "series", "service"]\n'
    )
    done = territory.run("ddt24")
    theirs = {item["harvest"]["uri"]: item for item in recorded["datasets"]}
    assert (done.outcome, done.counts.new, done.counts.rejected) == ("success", len(theirs), 0)
    entries = [orjson.loads(body) for (body,) in territory.sql("SELECT entry FROM version")]
    assert {entry["iri"] for entry in entries} == set(theirs)
    for ours in entries:
        udata = theirs[ours["iri"]]
        assert words(ours["title"]) == udata["title"]
        assert " ".join(words(ours["description"]).split())[:500] in " ".join(
            udata["description"].split()
        )
        assert urls(ours) == sorted(resource["url"] for resource in udata["resources"])
        assert sorted(words(d["title"]) for d in ours["distribution"]) == sorted(
            resource["title"] for resource in udata["resources"]
        )
        assert ours["modified"] == udata["harvest"]["modified_at"][:10]
        assert udata["harvest"]["created_at"][:10] in (ours.get("issued"), ours.get("created"))
        assert ours["landing_page"] == [udata["harvest"]["remote_url"]]
        boxes = [tuple(place["bbox"]) for place in ours.get("spatial", ()) if "bbox" in place]
        assert boxes == ([box_of(udata["spatial"]["geom"])] if udata.get("spatial") else [])
        assert ours["access_rights"].endswith("/PUBLIC")
        assert udata["extras"]["dcat"]["accessRights"] == [
            "Pas de restriction d'accès public selon INSPIRE"
        ]
        open_licence = "Licence Ouverte / Open Licence Version 2.0" in orjson.dumps(udata).decode()
        assert ("license" in ours) is open_licence
        assert udata.get("license") is None


CAPABILITIES = (
    """<csw:Capabilities xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" version="2.0.2"/>"""
)


def box_of(geometry: dict[str, Any]) -> tuple[float, ...]:
    [[ring]] = geometry["coordinates"]
    xs, ys = zip(*ring, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


# What the ecology ministry's chain made of the same records. Explained:
# * naturefrance_1.ttl is of another record than the .xml beside it (its identifier says so): nothing to compare;
# * sextant_1.ttl has no distribution at all, where the record links a WMS, a map and five DOIs: ours are those seven.
@pytest.mark.parametrize("name", ["geoide_1", "geoide_2", "sextant_1"])
def test_the_ministrys_own_results_say_the_same(name: str) -> None:
    folder = "csw/ecospheres-metadata"
    [(identifier, result)] = mapped(f"{folder}/{name}.xml").items()
    ours = result.values
    graph = rdflib.Graph().parse(REAL / folder / f"{name}.ttl")
    [topic] = graph.subjects(FOAF.isPrimaryTopicOf)
    [about] = graph.objects(topic, FOAF.isPrimaryTopicOf)
    assert str(graph.value(about, DCTERMS.identifier)) == identifier
    titles = {str(title.language): str(title) for title in graph.objects(topic, DCTERMS.title)}  # type: ignore[attr-defined]
    assert ours["title"] == titles
    for field, term in (
        ("issued", DCTERMS.issued),
        ("modified", DCTERMS.modified),
        ("created", DCTERMS.created),
    ):
        stated = graph.value(topic, term)
        assert ours.get(field) == (str(stated) if stated else None)
    linked = sorted(
        str(url)
        for distribution in graph.objects(topic, DCAT.distribution)
        for url in graph.objects(distribution, DCAT.accessURL)
    )
    if linked:
        assert urls(ours) == linked
    else:
        assert len(urls(ours)) == 7
        assert {urlsplit(url).hostname for url in urls(ours)} == {
            "atlasbenthal.ifremer.fr", "dx.doi.org", "sextant.ifremer.fr"
        }  # fmt: skip


def test_no_record_becomes_public_that_says_it_is_not() -> None:
    """Every recorded record that names an exception of INSPIRE's article 13 is for agents at most."""
    restricted = [
        record
        for name in TABLE
        for record in read(name)
        if isinstance(record, Record)
        and re.search("Article ?13[._]1|L124-4|\\(e\\) droits de prop", str(record.tree))
    ]
    assert len(restricted) == 2
    for record in restricted:
        assert mapper()(record).values["access_rights"].endswith("/RESTRICTED"), record.id
