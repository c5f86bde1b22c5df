"""Our own tables for the JSON-LD contexts that catalogues name by URL.

They are written from the vocabularies' public definitions: a term's name, its property, and whether its values
are IRIs. Terms outside them keep their meaning wherever they are written with a prefix of the table.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from harvester.parse.prefixes import PREFIXES

_PREFIXES: dict[str, Any] = {
    **PREFIXES,
    "dcterms": PREFIXES["dct"],
    "geo": PREFIXES["gsp"],
    "geosparql": PREFIXES["gsp"],
    "geodcat": PREFIXES["geodcatap"],
    "sdo": PREFIXES["schema"],
}

# DCAT-US 1.1 ("Project Open Data Metadata Schema v1.1", table "RDF" of each field).
_DCAT_US = {
    "accessLevel": "pod:accessLevel",
    "accessURL": "dcat:accessURL @id",
    "accrualPeriodicity": "dct:accrualPeriodicity",
    "bureauCode": "pod:bureauCode",
    "conformsTo": "dct:conformsTo @id",
    "contactPoint": "dcat:contactPoint",
    "dataQuality": "pod:dataQuality",
    "dataset": "dcat:dataset",
    "describedBy": "pod:describedBy @id",
    "describedByType": "pod:describedByType",
    "description": "dct:description",
    "distribution": "dcat:distribution",
    "downloadURL": "dcat:downloadURL @id",
    "email": "vcard:hasEmail @id",
    "fn": "vcard:fn",
    "format": "dct:format",
    "hasEmail": "vcard:hasEmail @id",
    "identifier": "dct:identifier",
    "isPartOf": "dct:isPartOf",
    "issued": "dct:issued",
    "keyword": "dcat:keyword",
    "landingPage": "dcat:landingPage @id",
    "language": "dct:language",
    "license": "dct:license",
    "mediaType": "dcat:mediaType",
    "modified": "dct:modified",
    "name": "foaf:name",
    "primaryITInvestmentUII": "pod:primaryITInvestmentUII",
    "programCode": "pod:programCode",
    "publisher": "dct:publisher",
    "references": "dct:references @id",
    "rights": "dct:rights",
    "spatial": "dct:spatial",
    "subOrganizationOf": "org:subOrganizationOf",
    "systemOfRecords": "pod:systemOfRecords @id",
    "temporal": "dct:temporal",
    "theme": "dcat:theme",
    "title": "dct:title",
}

# DCAT-AP 3.0.1, by the local names of its classes and properties.
_DCAT_AP_CLASSES = {
    "Agent": "foaf:Agent",
    "Catalog": "dcat:Catalog",
    "Catalogue": "dcat:Catalog",
    "CatalogRecord": "dcat:CatalogRecord",
    "CatalogueRecord": "dcat:CatalogRecord",
    "Checksum": "spdx:Checksum",
    "DataService": "dcat:DataService",
    "Dataset": "dcat:Dataset",
    "DatasetSeries": "dcat:DatasetSeries",
    "Distribution": "dcat:Distribution",
    "Kind": "vcard:Kind",
    "LicenseDocument": "dct:LicenseDocument",
    "Location": "dct:Location",
    "PeriodOfTime": "dct:PeriodOfTime",
    "Relationship": "dcat:Relationship",
    "RightsStatement": "dct:RightsStatement",
    "Standard": "dct:Standard",
}
_DCAT_AP_PROPERTIES = {
    "dcat": "accessService accessURL bbox byteSize catalog centroid compressFormat contactPoint dataset distribution "
    "downloadURL endDate endpointDescription endpointURL hadRole hasVersion inSeries keyword landingPage "
    "mediaType packageFormat qualifiedRelation record resource service servesDataset spatialResolutionInMeters "
    "startDate temporalResolution theme themeTaxonomy version",
    "dct": "accessRights accrualPeriodicity conformsTo created creator description format hasPart identifier "
    "isPartOf isReferencedBy isVersionOf issued language license modified provenance publisher relation rights "
    "rightsHolder source spatial subject temporal title type",
    "foaf": "homepage isPrimaryTopicOf mbox name page primaryTopic",
    "vcard": "fn hasEmail hasTelephone hasURL",
    "adms": "representationTechnique sample schemeAgency status versionNotes",
    "dcatap": "applicableLegislation availability hvdCategory",
    "spdx": "algorithm checksum checksumValue",
    "odrl": "hasPolicy",
    "prov": "qualifiedAttribution wasGeneratedBy",
    "locn": "geometry",
    "skos": "altLabel inScheme notation prefLabel",
}
_ADDRESSES = frozenset(
    [
        "accessURL",
        "downloadURL",
        "endpointDescription",
        "endpointURL",
        "homepage",
        "landingPage",
        "page",
    ]
)
_IRI_VALUED = frozenset(
    [
        "accessRights",
        "accrualPeriodicity",
        "applicableLegislation",
        "availability",
        "conformsTo",
        "format",
        "hasEmail",
        "hvdCategory",
        "isPartOf",
        "language",
        "license",
        "mbox",
        "mediaType",
        "status",
        "theme",
    ]
)
_HYDRA = (
    "first firstPage itemsPerPage last lastPage member next nextPage previous previousPage totalItems view "
    "Collection PagedCollection PartialCollectionView"
)

_KNOWN = (
    (
        re.compile(r"https?://project-open-data\.cio\.gov/|https?://resources\.data\.gov/"),
        "dcat-us",
    ),
    (re.compile(r"https?://(www\.)?w3\.org/ns/hydra/|https?://(www\.)?hydra-cg\.com/"), "hydra"),
    (re.compile(r"https?://schema\.org/?(docs/jsonldcontext\.json(ld)?)?$"), "schema"),
    (re.compile(r"https?://.*dcat[-_]?ap", re.I), "dcat-ap"),
    (re.compile(r"https?://(www\.)?w3\.org/(ns/dcat|TR/vocab-dcat)", re.I), "dcat-ap"),
    (re.compile(r"https?://data\.europa\.eu/", re.I), "dcat-ap"),
)


def context(url: str) -> dict[str, Any] | None:
    """Our table for the context at `url`; for "" the one that is assumed where a context is unknown."""
    if not url:
        return _table("assumed")
    for pattern, name in _KNOWN:
        if pattern.match(url):
            return _table(name)
    return None


@cache
def _table(name: str) -> dict[str, Any]:
    if name == "schema":
        return {**_PREFIXES, "@vocab": PREFIXES["schema"]}
    if name == "hydra":
        return {**_PREFIXES, **{term: f"hydra:{term}" for term in _HYDRA.split()}}
    if name == "dcat-us":
        table = {**_PREFIXES, "pod": "https://project-open-data.cio.gov/v1.1/schema/#"}
        for term, told in _DCAT_US.items():
            iri, _, kind = told.partition(" ")
            table[term] = {"@id": iri, "@type": kind} if kind else iri
        return table
    # Where the context is only assumed, "fr" or "CC-BY" must not become an address on the page's host.
    links = _ADDRESSES if name == "assumed" else _ADDRESSES | _IRI_VALUED
    table = {**_PREFIXES, **_DCAT_AP_CLASSES}
    for prefix, terms in _DCAT_AP_PROPERTIES.items():
        for term in terms.split():
            iri = f"{prefix}:{term}"
            table[term] = {"@id": iri, "@type": "@id"} if term in links else iri
    return table
