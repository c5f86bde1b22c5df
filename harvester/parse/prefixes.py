"""The one prefix table of every tree: the names mappings and people use for properties.

The names are those of DCAT-AP 3.0.1 and GeoDCAT-AP 3 (section "Namespaces"). Namespaces that the wild spells
in several ways (`https://schema.org/`, the 2006 time ontology without its hash) share one prefix, so that a
mapping need not list the spellings.
"""

from __future__ import annotations

from functools import lru_cache

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "bibo": "http://purl.org/ontology/bibo/",
    "cnt": "http://www.w3.org/2011/content#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dctype": "http://purl.org/dc/dcmitype/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geodcatap": "http://data.europa.eu/930/",
    "gn": "http://www.geonames.org/ontology#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "oa": "http://www.w3.org/ns/oa#",
    "ods": "http://open-data-standards.github.com/2012/01/open-data-standards#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "odrs": "http://schema.theodi.org/odrs#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "w3cgeo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefix → namespace."""

_SPELLINGS = {
    "http://purl.org/dc/dcmitype#": "dctype",
    "http://data.europa.eu/eli/ontology": "eli",
    "http://www.w3.org/2006/time": "time",
    "http://www.w3.org/TR/void/": "void",
    "https://schema.org/": "schema",
    "https://www.w3.org/2003/01/geo/wgs84_pos#": "w3cgeo",
    "https://www.w3.org/ns/dcat#": "dcat",
    "https://xmlns.com/foaf/0.1/": "foaf",
    "https://purl.org/dc/terms/": "dct",
}

_NAMESPACES = {namespace: prefix for prefix, namespace in PREFIXES.items()} | _SPELLINGS


@lru_cache(maxsize=4096)
def curie(iri: str) -> str:
    """`http://purl.org/dc/terms/title` → `dct:title`; an IRI outside the table comes back unchanged."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = _NAMESPACES.get(iri[:cut])
    return iri if prefix is None or cut == len(iri) else f"{prefix}:{iri[cut:]}"


def expand(name: str) -> str:
    """`dct:title` → `http://purl.org/dc/terms/title`; what is no CURIE of the table comes back unchanged."""
    prefix, colon, local = name.partition(":")
    namespace = PREFIXES.get(prefix)
    return name if not colon or namespace is None or local.startswith("//") else namespace + local
