"""The shipped mapping for DCAT, on trees as parse/ makes them: every property, every variant of the wild."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.map import Mapped, builtin_mappings, compile_mapping
from harvester.map.fields import kinds
from harvester.model import (
    Agent,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Record,
)

EU = "http://publications.europa.eu/resource/authority/"
MAPPER = compile_mapping("dcat")
SHIPPED = {name: compile_mapping(name) for name in sorted(builtin_mappings())}


def mapped(**properties: Any) -> Mapped:
    tree = {"@type": ["dcat:Dataset"], "dct:title": ["T"]}
    tree |= {name.replace("__", ":"): value for name, value in properties.items()}
    return MAPPER(Record("https://a.fr/d/1", tree))


def dataset(**properties: Any) -> Dataset:
    entry = mapped(**properties).entry
    assert isinstance(entry, Dataset)
    return entry


def distribution(**properties: Any) -> Distribution:
    node = {name.replace("__", ":"): value for name, value in properties.items()}
    return dataset(dcat__distribution=[node]).distribution[0]


def iri(value: str) -> list[Any]:
    return [{"@id": value}]


def fr(value: str) -> list[Any]:
    return [{"@value": value, "@language": "fr"}]


WHOLE = {
    "@id": "https://a.fr/d/1",
    "@type": ["dcat:Dataset"],
    "dct:title": [{"@value": "Titre", "@language": "fr"}, {"@value": "Title", "@language": "en"}],
    "dct:description": fr("<p>Un <b>texte</b></p>"),
    "dct:identifier": ["d1"],
    "dct:accessRights": iri(EU + "access-right/PUBLIC"),
    "dcatap:applicableLegislation": iri("http://data.europa.eu/eli/reg_impl/2023/138/oj"),
    "dct:conformsTo": iri("http://www.opengis.net/def/crs/EPSG/0/2154"),
    "dcat:contactPoint": [{
        "vcard:fn": ["Service SIG"], "vcard:organization-name": ["Ville"], "vcard:hasEmail": iri("mailto:sig@a.fr"),
        "vcard:hasTelephone": iri("tel:+33123456789"), "vcard:hasURL": iri("https://a.fr/sig"),
        "vcard:hasAddress": [{"vcard:street-address": ["1 place"], "vcard:postal-code": ["92130"], "vcard:locality": ["Issy"]}],
    }],
    "dct:created": [{"@value": "2020", "@type": "xsd:gYear"}],
    "dct:creator": [{"foaf:name": ["Bureau"]}],
    "dct:issued": [{"@value": "2021-01-01", "@type": "xsd:date"}],
    "dct:modified": [{"@value": "2022-01-01T10:00:00Z", "@type": "xsd:dateTime"}],
    "dcat:keyword": [{"@value": "eau", "@language": "fr"}, {"@value": "water", "@language": "en"}],
    "dcat:landingPage": iri("https://a.fr/page/1"),
    "dct:language": iri(EU + "language/FRA"),
    "dct:license": iri(EU + "licence/ETALAB_2_0"),
    "foaf:page": iri("https://a.fr/doc"),
    "dct:publisher": [{
        "@id": "https://a.fr/org", "foaf:name": fr("Ville d'Issy"), "dct:type": iri("http://purl.org/adms/publishertype/LocalAuthority"),
        "dct:identifier": ["21920040900017"], "foaf:homepage": iri("https://a.fr"), "foaf:mbox": iri("mailto:a@a.fr"),
    }],
    "prov:qualifiedAttribution": [{"prov:agent": [{"foaf:name": ["A"]}], "dcat:hadRole": iri("http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/owner")}],
    "geodcatap:custodian": [{"foaf:name": ["Gardien"]}],
    "dct:relation": iri("https://a.fr/d/2"),
    "dct:rights": [{"rdfs:label": fr("Mentionner la source")}],
    "dct:rightsHolder": [{"foaf:name": ["Ayant droit"]}],
    "dct:spatial": [{"@id": "http://id.insee.fr/geo/commune/92040"}, {
        "skos:prefLabel": fr("Issy"), "locn:geometry": [{"@value": "POINT(2.27 48.82)", "@type": "gsp:wktLiteral"}],
        "dcat:bbox": ["2.25,48.81,2.29,48.83"], "dcat:centroid": ["POINT(2.27 48.82)"],
    }],
    "dcat:spatialResolutionInMeters": [{"@value": "10.5", "@type": "xsd:decimal"}],
    "adms:status": iri(EU + "dataset-status/COMPLETED"),
    "dct:subject": iri("https://a.fr/sujet"),
    "dct:temporal": [{"dcat:startDate": ["2020-01-01"], "dcat:endDate": ["2020-12-31"]}],
    "dcat:temporalResolution": ["P1D"],
    "dcat:theme": iri(EU + "data-theme/ENVI"),
    "dct:type": iri(EU + "dataset-type/GEOSPATIAL"),
    "dcatap:hvdCategory": iri("http://data.europa.eu/bna/c_ac64a52d"),
    "dcat:version": ["1.2"],
    "adms:versionNotes": fr("Corrections"),
    "dct:accrualPeriodicity": iri(EU + "frequency/ANNUAL"),
    "dqv:hasQualityMeasurement": [{"dqv:isMeasurementOf": iri("http://data.europa.eu/930/spatialResolutionAsScale"), "dqv:value": ["0.001"], "sdmx-attribute:unitMeasure": iri("http://a.fr/unit")}],
    "dcat:hasVersion": iri("https://a.fr/d/1/v2"),
    "dcat:inSeries": iri("https://a.fr/s/1"),
    "dct:isPartOf": iri("https://a.fr/d/0"),
    "dct:hasPart": iri("https://a.fr/d/2"),
    "dct:isReferencedBy": iri("https://a.fr/article"),
    "dct:isVersionOf": iri("https://a.fr/d/1/v0"),
    "adms:identifier": [{"skos:notation": [{"@value": "10.1/x", "@type": "http://a.fr/doi"}], "adms:schemaAgency": ["DOI"]}],
    "dct:provenance": [{"rdfs:label": fr("Levé")}],
    "dcat:qualifiedRelation": [{"dct:relation": iri("https://a.fr/d/3"), "dcat:hadRole": iri("http://a.fr/role")}],
    "adms:sample": iri("https://a.fr/d/1/extrait"),
    "dct:source": iri("https://a.fr/brut"),
    "prov:wasGeneratedBy": iri("https://a.fr/releve"),
    "dcat:distribution": [{
        "@id": "https://a.fr/d/1/csv",
        "dcat:accessURL": iri("https://a.fr/d/1/csv"), "dcat:downloadURL": iri("https://a.fr/d/1.csv"),
        "dct:title": fr("CSV"), "dct:description": fr("Le fichier"), "dcatap:applicableLegislation": iri("http://data.europa.eu/eli/reg_impl/2023/138/oj"),
        "dcatap:availability": iri(EU + "planned-availability/STABLE"), "dcat:byteSize": [{"@value": "8946.0", "@type": "xsd:decimal"}],
        "cnt:characterEncoding": ["UTF-8"], "spdx:checksum": [{"spdx:algorithm": iri("http://spdx.org/rdf/terms#checksumAlgorithm_sha1"), "spdx:checksumValue": ["abc"]}],
        "dcat:compressFormat": iri("https://www.iana.org/assignments/media-types/application/gzip"), "dct:conformsTo": iri("https://schema.data.gouv.fr/x"),
        "dct:format": iri(EU + "file-type/CSV"), "odrl:hasPolicy": iri("https://a.fr/policy"), "dct:issued": ["2021"], "dct:language": ["fr"],
        "dct:license": ["Licence Ouverte 2.0"], "dcat:mediaType": ["text/csv"], "dct:modified": ["2022"],
        "dcat:packageFormat": ["application/zip"], "foaf:page": iri("https://a.fr/doc"),
        "adms:representationTechnique": iri("http://inspire.ec.europa.eu/metadata-codelist/SpatialRepresentationType/vector"),
        "dct:rights": ["Libres"], "dcat:spatialResolutionInMeters": ["10"], "adms:status": iri(EU + "distribution-status/COMPLETED"),
        "dcat:temporalResolution": ["PT1H"],
        "dcat:accessService": [{
            "@type": ["dcat:DataService"], "dct:title": fr("WFS"), "dcat:endpointURL": iri("https://a.fr/wfs"), "dcat:endpointDescription": iri("https://a.fr/wfs?GetCapabilities"),
            "dct:format": ["gml"], "dcat:servesDataset": iri("https://a.fr/d/1"), "geodcatap:serviceCategory": iri("http://a.fr/cat"), "dct:publisher": ["Ville"],
        }],
    }],
}  # fmt: skip


def test_every_property_of_dcat_ap_finds_its_field() -> None:
    result = MAPPER(Record("https://a.fr/d/1", WHOLE))
    entry = result.entry
    assert isinstance(entry, Dataset)
    assert result.problems == ()
    assert result.unknown == ()
    assert set(kinds(Dataset)) - entry.model_fields_set == set()
    part = entry.distribution[0]
    assert set(kinds(Distribution)) - part.model_fields_set == set()
    own = set(kinds(DataService)) - set(kinds(Dataset))
    assert own - part.access_service[0].model_fields_set == set()
    assert entry.publisher is not None
    assert set(kinds(Agent)) - entry.publisher.model_fields_set == set()


def test_the_values_are_those_of_the_authorities() -> None:
    entry = MAPPER(Record("https://a.fr/d/1", WHOLE)).entry
    assert isinstance(entry, Dataset)
    assert entry.title == {"fr": "Titre", "en": "Title"}
    assert entry.description == {"fr": "<p>Un <b>texte</b></p>"}
    assert entry.created == "2020"
    assert entry.contact_point[0].address == "1 place, 92130, Issy"
    assert entry.contact_point[0].email == "sig@a.fr"
    assert entry.spatial[0].identifier == "fr:commune:92040"
    assert entry.spatial[1].geometry == "POINT (2.27 48.82)"
    assert entry.spatial[1].centroid == (2.27, 48.82)
    assert [a.agent.name for a in entry.qualified_attribution] == [{"": "A"}, {"": "Gardien"}]
    assert str(entry.qualified_attribution[1].role).endswith("/custodian")
    part = entry.distribution[0]
    assert part.byte_size == 8946
    assert part.license == EU + "licence/ETALAB_2_0"
    assert part.checksum is not None
    assert part.checksum.algorithm == "sha1"
    assert part.media_type == "https://www.iana.org/assignments/media-types/text/csv"


def test_a_series_and_a_service_are_entries_too() -> None:
    series = MAPPER(Record("s", {"@type": ["dcat:DatasetSeries"], "dct:title": ["S"]})).entry
    service = MAPPER(
        Record(
            "w",
            {
                "@type": ["dcat:DataService"],
                "dct:title": ["W"],
                "dcat:endpointURL": iri("https://a.fr/w"),
            },
        )
    ).entry
    assert isinstance(series, DatasetSeries)
    assert isinstance(service, DataService)
    assert service.endpoint_url == ("https://a.fr/w",)


def test_a_series_with_files_keeps_its_files() -> None:
    tree = {"@type": ["dcat:Dataset", "dcat:DatasetSeries"], "dct:title": ["S"], "dcat:distribution": [{"dcat:accessURL": iri("https://a.fr/x")}]}  # fmt: skip
    result = MAPPER(Record("s", tree))
    assert isinstance(result.entry, Dataset)
    assert len(result.entry.distribution) == 1
    assert result.entry.type[0].endswith("ResourceType/series")
    assert [p.code for p in result.problems] == ["series-with-distributions"]


@pytest.mark.parametrize(
    "publisher",
    [
        "Ville d'Issy",
        {"@value": "Ville d'Issy", "@language": "fr"},
        {"foaf:name": ["Ville d'Issy"]},
        {"rdfs:label": ["Ville d'Issy"]},
        {"vcard:fn": ["Ville d'Issy"]},
        {"org:memberOf": [{"foaf:name": ["Ville d'Issy"]}]},
        {"@id": "https://a.fr/?refine.publisher=Ville+d%27Issy"},
    ],
)
def test_a_publisher_has_a_name_however_it_is_given(publisher: Any) -> None:
    agent = dataset(dct__publisher=[publisher]).publisher
    assert agent is not None
    assert list(agent.name.values()) == ["Ville d'Issy"]


@pytest.mark.parametrize(
    "contact",
    [
        {"vcard:hasEmail": iri("mailto:a@b.fr")},
        {"vcard:hasEmail": ["a@b.fr"]},
        {"vcard:hasEmail": [{"vcard:value": iri("mailto:a@b.fr")}]},
        {"vcard:hasEmail": iri("https://portail.fr/dcat/a@b.fr")},
        {"foaf:mbox": ["mailto:a@b.fr"]},
        "a@b.fr",
        {"@id": "mailto:a@b.fr"},
    ],
)
def test_a_contact_has_its_email_however_it_is_given(contact: Any) -> None:
    assert dataset(dcat__contactPoint=[contact]).contact_point[0].email == "a@b.fr"


@pytest.mark.parametrize(
    "place",
    [
        "2.25,48.81,2.29,48.83",
        {"dcat:bbox": ["POLYGON((2.25 48.81,2.29 48.81,2.29 48.83,2.25 48.83,2.25 48.81))"]},
        {"locn:geometry": ['{"type":"Polygon","coordinates":[[[2.25,48.81],[2.29,48.81],[2.29,48.83],[2.25,48.83],[2.25,48.81]]]}']},
        {"schema:geo": [{"schema:box": ["48.81 2.25 48.83 2.29"]}]},
        {"locn:geometry": [{"@value": "<gml:x", "@type": "gsp:gmlLiteral"}, {"@value": "2.25,48.81,2.29,48.83"}]},
    ],
)  # fmt: skip
def test_a_place_has_its_box_however_it_is_given(place: Any) -> None:
    assert dataset(dct__spatial=[place]).spatial[0].bbox == (2.25, 48.81, 2.29, 48.83)


def test_a_place_may_be_just_a_name_or_just_an_iri() -> None:
    spatial = dataset(dct__spatial=["Les Lilas", *iri("https://sws.geonames.org/3337387/")]).spatial
    assert spatial[0].name == {"": "Les Lilas"}
    assert spatial[1].iri == "https://sws.geonames.org/3337387/"


def test_the_same_place_said_twice_is_one() -> None:
    box = {"dcat:bbox": ["2.25,48.81,2.29,48.83"]}
    assert len(dataset(dct__spatial=[box, {**box, "@type": ["dct:Location"]}]).spatial) == 1


@pytest.mark.parametrize(
    "period",
    [
        {"dcat:startDate": ["2020-01-01"], "dcat:endDate": ["2020-12-31"]},
        {"schema:startDate": ["2020-01-01"], "schema:endDate": ["2020-12-31"]},
        {"time:hasBeginning": [{"time:inXSDDate": ["2020-01-01"]}], "time:hasEnd": [{"time:inXSDDate": ["2020-12-31"]}]},
        "2020-01-01/2020-12-31",
    ],
)  # fmt: skip
def test_a_period_has_its_ends_however_they_are_given(period: Any) -> None:
    found = dataset(dct__temporal=[period]).temporal[0]
    assert (found.start, found.end) == ("2020-01-01", "2020-12-31")


@pytest.mark.parametrize(
    "given_format",
    [
        iri(EU + "file-type/CSV"),
        iri("https://www.iana.org/assignments/media-types/text/csv"),
        [{"rdfs:label": ["CSV"]}],
        ["csv"],
        [".csv"],
        ["text/csv"],
        ["wuwu", "csv"],
    ],
)
def test_a_format_is_the_authoritys_however_it_is_given(given_format: list[Any]) -> None:
    assert distribution(dct__format=given_format).format == EU + "file-type/CSV"
    assert distribution(dcat__mediaType=given_format).format == EU + "file-type/CSV"


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_access_rights_the_strictest_counts(order: int) -> None:
    rights = [*iri(EU + "access-right/PUBLIC"), {"rdfs:label": ["restreint"]}, "Voir le service"]
    found = dataset(dct__accessRights=rights[::order]).access_rights
    assert found == EU + "access-right/RESTRICTED"


def test_a_defect_in_each_of_a_thousand_files_is_not_told_a_thousand_times() -> None:
    files = [{"dct:title": ["x"], "dcat:byteSize": ["gros"]} for _ in range(1_000)]
    result = mapped(dcat__distribution=files)
    assert isinstance(result.entry, Dataset)
    assert len(result.entry.distribution) == 1_000
    assert len(result.problems) == 201
    assert result.problems[-1].code == "problems-too-many"


def test_what_records_share_is_the_same_in_each_and_its_defects_are_told_of_each() -> None:
    good = {"@id": "https://a.fr/o/1", "foaf:name": ["Ville"], "foaf:homepage": iri("https://a.fr")}
    bad = {"@id": "https://a.fr/o/2", "foaf:name": ["Lac"], "foaf:homepage": iri("file:///a")}
    for agent, told in ((good, []), (bad, ["link-not-public"])):
        results = [mapped(dct__publisher=[agent], dct__creator=[agent]) for _ in range(3)]
        alone = compile_mapping("dcat")(
            Record("https://a.fr/d/1", {"dct:title": ["T"], "dct:publisher": [agent]})
        )
        for result in results:
            assert isinstance(result.entry, Dataset)
            assert alone.entry is not None
            assert result.entry.publisher == result.entry.creator[0] == alone.entry.publisher
            assert [problem.code for problem in result.problems] == told * 2


def test_a_sentence_is_one_keyword() -> None:
    words = "Zones de gestion, de restriction ou de réglementation et unités de déclaration"
    assert dataset(dcat__keyword=[words]).keyword == {"": (words,)}


def test_keywords_in_one_string_are_several() -> None:
    assert dataset(dcat__keyword=["eau, air ;  terre"]).keyword == {"": ("eau", "air", "terre")}
    assert dataset(dcat__keyword=["eau, air", "terre"]).keyword == {"": ("eau, air", "terre")}


def test_a_theme_is_taken_from_the_subject_where_it_is_one() -> None:
    assert dataset(dct__subject=iri(EU + "data-theme/ENVI")).theme == (EU + "data-theme/ENVI",)
    assert dataset(dct__subject=iri("https://a.fr/sujet")).theme == ()


def test_a_licence_may_stand_in_the_rights() -> None:
    found = distribution(dct__rights=iri("http://opendatacommons.org/licenses/odbl/"))
    assert found.license == EU + "licence/ODC_BL"
    assert distribution(dct__rights=["Libre"]).license is None


def test_what_no_vocabulary_knows_is_kept_and_told() -> None:
    result = mapped(dcat__theme=["Chevaux", {"@id": "https://a.fr/t", "skos:prefLabel": ["Ânes"]}])
    assert result.entry is not None
    assert result.entry.theme == ("Chevaux", "Ânes")
    assert result.unknown == (("theme", "Chevaux"), ("theme", "Ânes"))


@pytest.mark.parametrize(
    ("properties", "code", "path"),
    [
        ({"dct__issued": ["bientôt"]}, "date-invalid", "dct:issued"),
        ({"dcat__landingPage": ["hello"]}, "iri-invalid", "dcat:landingPage"),
        ({"dcat__landingPage": iri("file:///C:/x")}, "link-not-public", "dcat:landingPage"),
        ({"dcat__landingPage": iri("http://intranet/x")}, "link-not-public", "dcat:landingPage"),
        ({"dct__issued": ["2022"], "dct__modified": ["2021"]}, "modified-before-issued", ""),
        ({"dcat__distribution": [{"dcat:byteSize": ["gros"]}]}, "number-invalid", "dcat:distribution[0].dcat:byteSize"),
        ({"dct__spatial": [{"locn:geometry": ["NaN,1,2,3"]}]}, "geometry-invalid", "dct:spatial[0].locn:geometry"),
        ({"dct__spatial": [{"locn:geometry": ["2,48,2,48"]}]}, "geometry-mended", "dct:spatial[0].locn:geometry"),
        ({"dct__spatial": [{"locn:geometry": ["POLYGON((48 2,48 3,49 3,48 2))"]}]}, "geometry-mended", "dct:spatial[0].locn:geometry"),
        ({"dct__temporal": [{"dcat:startDate": ["2022"], "dcat:endDate": ["2020"]}]}, "period-reversed", "dct:temporal[0]"),
        ({"dct__description": ["x" * 1_750_000]}, "text-too-long", "dct:description"),
        ({"dcat__keyword": [f"mot {i}" for i in range(34_866)]}, "keywords-too-many", "dcat:keyword | split_lone"),
        ({"adms__identifier": [{"adms:schemaAgency": ["x"]}]}, "value-incomplete", "adms:identifier[0]"),
        ({"dct__title": []}, "title-missing", "title"),
    ],
)  # fmt: skip
def test_a_defect_is_told_where_it_is_and_costs_nothing_else(
    properties: dict[str, Any], code: str, path: str
) -> None:
    result = mapped(**properties)
    assert isinstance(result.entry, Dataset)
    assert [(p.code, p.path) for p in result.problems] == [(code, path)]
    assert len(result.problems[0].value) <= 200


def test_an_entry_without_title_is_called_by_its_identifier() -> None:
    entry = MAPPER(Record("https://a.fr/d/aires-de-jeux", {"@id": "https://a.fr/d/aires-de-jeux"})).entry  # fmt: skip
    assert entry is not None
    assert entry.title == {"": "Aires de jeux"}


def test_a_title_is_cleaned_of_what_nobody_sees() -> None:
    assert dataset(dct__title=["\ufeffAires\u200b de\xa0jeux  (e\u0301te\u0301)\n"]).title == {
        "": "Aires de jeux (été)"
    }


def test_spaces_in_iris_are_encoded() -> None:
    entry = MAPPER(Record("r", {"@id": "https://a.fr/jeu un", "dct:title": ["T"]})).entry
    assert entry is not None
    assert entry.iri == "https://a.fr/jeu%20un"


def test_a_value_the_model_refuses_is_left_out_not_the_record() -> None:
    document = {"m": {"dataset": {"title": "t", "issued": "d"}}}
    mapper = compile_mapping("m", document)
    rule = mapper.compiled.entries["dataset"]
    from harvester.map.mapper import _validated
    from harvester.map.values import Outcome

    outcome = Outcome()
    values = rule.build({"t": "T"}, outcome) or {}
    values |= {"issued": "hier", "distribution": [{"byte_size": "x", "title": {"": "D"}}], "other_identifier": [{}]}  # fmt: skip
    entry = _validated("dataset", values, outcome)
    assert isinstance(entry, Dataset)
    assert entry.title == {"": "T"}
    assert entry.distribution[0].title == {"": "D"}
    assert {p.code for p in outcome.problems} == {"value-invalid"}
    assert {p.fault for p in outcome.problems} == {"mapping"}


def test_leaving_out_a_value_takes_it_from_no_other_record() -> None:
    from harvester.map.mapper import _validated
    from harvester.map.values import Outcome

    shared = {"name": {"fr": "Ville"}, "homepage": "hier"}
    values = {"title": {"": "T"}, "publisher": shared, "creator": [shared]}
    entry = _validated("dataset", values, Outcome())
    assert isinstance(entry, Dataset)
    assert entry.publisher == entry.creator[0] == Agent(name={"fr": "Ville"})
    assert shared == {"name": {"fr": "Ville"}, "homepage": "hier"}


MONSTERS = {
    "markup": {"dct:title": ["<" * 1_000_000], "dct:description": ["<a " * 600_000]},
    "entities": {"dct:description": ["&amp;" * 300_000]},
    "spaces": {"dct:title": [" " * 1_000_000 + "x"], "dct:description": ["\n " * 700_000]},
    "keywords": {"dcat:keyword": [",".join(f"mot {i}" for i in range(34_866))]},
    "date": {"dct:issued": ["1/" * 500_000]},
    "wkt": {"dct:spatial": [{"locn:geometry": ["POLYGON" + "(" * 500_000]}]},
    "geojson": {"dct:spatial": [{"locn:geometry": ['{"a":' + "[" * 5_000 + "]" * 5_000 + "}"]}]},
    "box": {"dct:spatial": ["1," * 300_000]},
    "licence": {"dct:license": ["licence ouverte " * 50_000]},
    "email": {"dcat:contactPoint": [{"vcard:hasEmail": ["a." * 300_000]}, "a" * 1_000_000]},
}


@pytest.mark.parametrize("monster", MONSTERS)
def test_an_enormous_value_takes_no_enormous_time(monster: str) -> None:
    assert MAPPER(Record("r", MONSTERS[monster])).entry is not None


_NAMES = sorted(WHOLE) + sorted(WHOLE["dcat:distribution"][0]) + ["@value", "@language", "foaf:name", "locn:geometry"]  # type: ignore[index, type-var, operator]  # fmt: skip
_WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["http://a.fr/x", "2021-02-30", "POINT(1 2)", "12/03/2021"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), _WILD, max_size=8), st.sampled_from(sorted(SHIPPED)))  # fmt: skip
def test_no_tree_whatever_it_holds_makes_mapping_fail(tree: dict[str, Any], name: str) -> None:
    result = SHIPPED[name](Record("r", tree))
    assert result.entry is not None
    assert result.entry.title
    assert not [p for p in result.problems if p.fault == "mapping"]


_FILE_NAMES = sorted(
    {key for f in MAPPER.compiled.entries["dataset"].fields if f.name == "distribution"
     for a in f.alternatives if a.inner for rule in a.inner.fields for b in rule.alternatives for key in b.first or ()}
)  # fmt: skip
_HARD = st.sampled_from(
    ["http://a.fr/x\n", "http://a.fr/é ü", "urn:x:\n", "mailto:", "2021-01-01\n", "٢٠٢١", "P1D\n", "9" * 30, "1e400", "SHA-1", " "]
)  # fmt: skip
_HELD = st.recursive(
    _HARD | st.text(max_size=12),
    lambda inner: st.dictionaries(st.sampled_from(["@id", "@value", *_FILE_NAMES, "spdx:algorithm", "spdx:checksumValue", "dcat:endpointURL", "dct:title"]), st.lists(inner, max_size=2), max_size=4)
    | st.builds(lambda iri: {"@id": iri}, _HARD),
    max_leaves=8,
)  # fmt: skip
_FILE = st.dictionaries(st.sampled_from(_FILE_NAMES), st.lists(_HELD, max_size=2), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(_FILE, min_size=1, max_size=2))
def test_the_model_refuses_no_file_that_was_mapped(files: list[dict[str, Any]]) -> None:
    result = mapped(dcat__distribution=files)
    assert isinstance(result.entry, Dataset)
    assert not [p for p in result.problems if p.code == "value-invalid"]
    assert Dataset.model_validate(orjson.loads(orjson.dumps(result.values))) == result.entry


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dcat:contactPoint", {"@type": ["vcard:Kind"]}),
        ("dct:publisher", {"@type": ["foaf:Agent"]}),
    ],
)
def test_thousands_of_different_values_are_kept_once_each_in_linear_time(
    field: str, value: dict[str, Any]
) -> None:
    # Quadratic, 20,000 contacts took half a minute.
    several = [
        {**value, "vcard:fn": [f"Service {number % 10_000}"], "foaf:name": [f"Ville {number}"]}
        for number in range(20_000)
    ]
    found = mapped(**{"dct:title": ["Arbres"], field: several}).entry
    assert isinstance(found, Dataset)
    assert len(found.contact_point) in (0, 10_000)


def test_the_first_of_equal_values_keeps_its_place() -> None:
    pages = [iri(f"https://a.fr/{name}")[0] for name in ("a", "b", "a", "c", "b")]
    found = mapped(**{"dct:title": ["Arbres"], "foaf:page": pages}).entry
    assert isinstance(found, Dataset)
    assert found.page == ("https://a.fr/a", "https://a.fr/b", "https://a.fr/c")
