"""Published → a plain tree of nodes: the one place that says which field becomes which property.

A node is `(iri or None, types, statements)`; a statement is `(property, kind, a, b)`:

| kind | a | b |
|---|---|---|
| `TEXT` | the text | its language, or "" |
| `TYPED` | the lexical form | the datatype as a CURIE |
| `REF` | an IRI | "" |
| `NODE` | a node, described where it is named | "" |
| `SHARED` | the IRI of an authority's value | what it is: a key of `CLASSES` |

Names are CURIEs of `terms.PREFIXES`. The serialisers walk this and know nothing of DCAT.

Where a cardinality of DCAT-AP 3.0.1 is narrower than the model, one value goes under the property and the others
where readers still find them (see `_resolutions`, `_policies`); where a value is mandatory and the source gave
none, the nearest true statement stands in (a title for a description, the landing page for an access URL).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harvester.model import (
    Agent,
    Catalog,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Entry,
    Location,
)
from harvester.publish import terms
from harvester.publish.keys import distribution_keys
from harvester.publish.site import Published, Site

TEXT: Final = 0
TYPED: Final = 1
REF: Final = 2
NODE: Final = 3
SHARED: Final = 4

Statement = tuple[str, int, Any, str]
Node = tuple[str | None, tuple[str, ...], list[Statement]]
Emit = Callable[[list[Statement], Any, Site], None]

CLASSES: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "concept": (("skos:Concept",), "skos:prefLabel", True),
    "scheme": (("skos:ConceptScheme",), "dct:title", True),
    "format": (("dct:MediaTypeOrExtent", "dct:IMT"), "rdfs:label", True),
    "media": (("dct:MediaType", "dct:IMT"), "rdfs:label", True),
    "licence": (("dct:LicenseDocument",), "rdfs:label", False),
    "rights": (("dct:RightsStatement",), "rdfs:label", False),
    "language": (("dct:LinguisticSystem",), "rdfs:label", False),
    "frequency": (("dct:Frequency",), "rdfs:label", False),
    "standard": (("dct:Standard",), "rdfs:label", False),
    "role": (("dcat:Role",), "rdfs:label", False),
    "algorithm": (("spdx:ChecksumAlgorithm",), "rdfs:label", False),
    "document": (("foaf:Document",), "", False),
    "law": (("eli:LegalResource",), "", False),
    "policy": (("odrl:Policy",), "", False),
    "activity": (("prov:Activity",), "", False),
}
"""What the value of a property is: its types, how it is named, and whether it must be."""

RELATED = "http://www.iana.org/assignments/relation/related"
RESOLUTION = "http://data.europa.eu/930/spatialResolutionAsDistance"
METRE = "http://www.qudt.org/vocab/unit/M"
ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_"


def shared(site: Site, iri: str, kind: str) -> Node:
    """Describe an authority's value: its types and names, the same in every fragment that uses it."""
    types, naming, required = CLASSES[kind]
    names: Mapping[str, str] = site.labels.get(iri, {}) if naming else {}
    if not names and required:
        names = {"": iri.rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1] or iri}
    said: list[Statement] = [(naming, TEXT, n, terms.language(tag)) for tag, n in names.items()]
    return iri, types, said


# --- kinds of value -------------------------------------------------------------------------------------------


def _text(name: str) -> Emit:
    def emit(out: list[Statement], value: Mapping[str, str], _: Site) -> None:
        for tag, words in value.items():
            out.append((name, TEXT, words, terms.language(tag) if tag else ""))

    return emit


def _keywords(out: list[Statement], value: Mapping[str, tuple[str, ...]], _: Site) -> None:
    for tag, words in value.items():
        tag = terms.language(tag) if tag else ""
        for word in words:
            out.append(("dcat:keyword", TEXT, word, tag))


def _literal(name: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, TEXT, value, ""))

    return emit


def _literals(name: str) -> Emit:
    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, TEXT, item, ""))

    return emit


def _date(name: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        typed = terms.date(value)
        if typed:
            out.append((name, TYPED, typed[0], typed[1]))

    return emit


def _duration(name: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        lexical = terms.duration(value)
        if lexical:
            out.append((name, TYPED, lexical, "xsd:duration"))

    return emit


def _ref(name: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, REF, terms.iri(value), ""))

    return emit


def _refs(name: str) -> Emit:
    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, REF, terms.iri(item), ""))

    return emit


def _scheme_ref(name: str, scheme: str) -> Emit:
    """An address (`mailto:`, `tel:`), whose text may be anything."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, REF, terms.iri(scheme + value.removeprefix(scheme).strip()), ""))

    return emit


def _concept(name: str, kind: str) -> Emit:
    """A value of an authority, or a node that carries the source's own words."""
    types, naming, _ = CLASSES[kind]
    naming = naming or "rdfs:label"

    def emit(out: list[Statement], value: str, _: Site) -> None:
        if terms.is_iri(value):
            out.append((name, SHARED, terms.iri(value), kind))
        else:
            out.append((name, NODE, (None, types, [(naming, TEXT, value, "")]), ""))

    return emit


def _concepts(name: str, kind: str) -> Emit:
    one = _concept(name, kind)

    def emit(out: list[Statement], value: tuple[str, ...], site: Site) -> None:
        for item in value:
            one(out, item, site)

    return emit


def _links(name: str, kind: str) -> Emit:
    """IRIs of a known class."""

    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, SHARED, terms.iri(item), kind))

    return emit


def _link(name: str, kind: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, SHARED, terms.iri(value), kind))

    return emit


def _themes(out: list[Statement], value: tuple[str, ...], site: Site) -> None:
    """dcat:theme must be an IRI, so words of the source's own get one of ours that spells them."""
    for item in value:
        if terms.is_iri(item):
            out.append(("dcat:theme", SHARED, terms.iri(item), "concept"))
        else:
            minted = f"{site.base}/catalog#theme-{terms.encoded(terms.text(item))}"
            said: list[Statement] = [("skos:prefLabel", TEXT, item, "")]
            out.append(("dcat:theme", NODE, (minted, ("skos:Concept",), said), ""))


def _statement(name: str, kind: str) -> Emit:
    """A text in several languages as one node (dct:rights, dct:provenance)."""
    types = (kind,)

    def emit(out: list[Statement], value: Mapping[str, str], _: Site) -> None:
        said: list[Statement] = [
            ("rdfs:label", TEXT, words, terms.language(tag)) for tag, words in value.items()
        ]
        out.append((name, NODE, (None, types, said), ""))

    return emit


def _resolutions(out: list[Statement], value: tuple[float, ...], _: Site) -> None:
    """dcat:spatialResolutionInMeters is one number: the finest. The others are measurements (GeoDCAT-AP)."""
    numbers = sorted({float(item) for item in value if terms.decimal(item) is not None})
    for position, number in enumerate(numbers):
        lexical = terms.decimal(number) or ""
        if position == 0:
            out.append(("dcat:spatialResolutionInMeters", TYPED, lexical, "xsd:decimal"))
        else:
            _measured(out, RESOLUTION, lexical, METRE)


def _measured(out: list[Statement], metric: str, value: str, unit: str | None) -> None:
    said: list[Statement] = [("dqv:isMeasurementOf", REF, terms.iri(metric), "")]
    said.append(("dqv:value", TEXT, value, ""))
    if unit:
        said.append(("sdmx-attribute:unitMeasure", REF, terms.iri(unit), ""))
    node = (None, ("dqv:QualityMeasurement",), said)
    out.append(("dqv:hasQualityMeasurement", NODE, node, ""))


def _measurements(out: list[Statement], value: tuple[Any, ...], _: Site) -> None:
    for item in value:
        _measured(out, item.metric, item.value, item.unit)


def _policies(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
    """odrl:hasPolicy is one; further ones are linked."""
    out.append(("odrl:hasPolicy", SHARED, terms.iri(value[0]), "policy"))
    for item in value[1:]:
        out.append(("rdfs:seeAlso", SHARED, terms.iri(item), "policy"))


def _identifiers(out: list[Statement], value: tuple[Any, ...], _: Site) -> None:
    for item in value:
        _notation(out, item.notation, item.scheme)


def _notation(out: list[Statement], notation: str, scheme: str | None) -> None:
    said: list[Statement] = [("skos:notation", TEXT, notation, "")]
    if scheme and terms.is_iri(scheme):
        said.append(("dct:creator", REF, terms.iri(scheme), ""))
    elif scheme:
        said.append(("adms:schemaAgency", TEXT, scheme, ""))
    out.append(("adms:identifier", NODE, (None, ("adms:Identifier",), said), ""))


def _source_identifiers(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
    """dct:identifier is ours and unique; what sources call the entry stays readable beside it."""
    for item in value:
        _notation(out, item, None)


def _checksum(out: list[Statement], value: Any, site: Site) -> None:
    """Only hexadecimal ones: SPDX knows no other."""
    digits = value.value.strip()
    if not digits or len(digits) % 2 or not all(c in "0123456789abcdefABCDEF" for c in digits):
        return
    said: list[Statement] = []
    _concept("spdx:algorithm", "algorithm")(said, _algorithm(value.algorithm), site)
    said.append(("spdx:checksumValue", TYPED, digits, "xsd:hexBinary"))
    out.append(("spdx:checksum", NODE, (None, ("spdx:Checksum",), said), ""))


def _algorithm(name: str) -> str:
    return ALGORITHM + name if name.replace("-", "").replace("_", "").isalnum() else name


def _size(out: list[Statement], value: int, _: Site) -> None:
    if value >= 0:
        out.append(("dcat:byteSize", TYPED, str(value), "xsd:nonNegativeInteger"))


def _periods(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    """Always a blank node: udata reads no other."""
    for item in value:
        said: list[Statement] = []
        if item.start:
            _date("dcat:startDate")(said, item.start, site)
        if item.end:
            _date("dcat:endDate")(said, item.end, site)
        if said:
            out.append(("dct:temporal", NODE, (None, ("dct:PeriodOfTime",), said), ""))


def _relationships(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = [("dct:relation", REF, terms.iri(item.relation), "")]
        _concept("dcat:hadRole", "role")(said, item.role or RELATED, site)
        out.append(("dcat:qualifiedRelation", NODE, (None, ("dcat:Relationship",), said), ""))


def _attributions(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = [("prov:agent", NODE, agent(item.agent, site), "")]
        if item.role:
            _concept("dcat:hadRole", "role")(said, item.role, site)
        out.append(("prov:qualifiedAttribution", NODE, (None, ("prov:Attribution",), said), ""))


def _agents(name: str) -> Emit:
    def emit(out: list[Statement], value: tuple[Agent, ...], site: Site) -> None:
        for item in value:
            out.append((name, NODE, agent(item, site), ""))

    return emit


def _publisher(out: list[Statement], value: Agent, site: Site) -> None:
    out.append(("dct:publisher", NODE, agent(value, site), ""))


def agent(value: Agent, site: Site) -> Node:
    """Describe a foaf:Agent; without a name it is called by what is known of it (foaf:name is mandatory)."""
    said: list[Statement] = []
    _emit(said, value, AGENT, site)
    if not value.name:
        called = value.identifier or value.email or value.homepage or value.iri or "Anonyme"
        said.append(("foaf:name", TEXT, called, ""))
    return _own(value.iri), ("foaf:Agent",), said


def _contacts(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, CONTACT, site)
        out.append(("dcat:contactPoint", NODE, (_own(item.iri), ("vcard:Kind",), said), ""))


def _address(out: list[Statement], value: str, _: Site) -> None:
    said: list[Statement] = [("vcard:street-address", TEXT, value, "")]
    out.append(("vcard:hasAddress", NODE, (None, ("vcard:Address",), said), ""))


def _locations(out: list[Statement], value: tuple[Location, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, LOCATION, site)
        out.append(("dct:spatial", NODE, (_own(item.iri), ("dct:Location",), said), ""))


def _wkt(name: str) -> Emit:
    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, TYPED, value, "gsp:wktLiteral"))

    return emit


def _bbox(out: list[Statement], value: tuple[float, float, float, float], _: Site) -> None:
    w, s, e, n = (terms.decimal(number) for number in value)
    if w and s and e and n:
        ring = f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"
        out.append(("dcat:bbox", TYPED, ring, "gsp:wktLiteral"))


def _centroid(out: list[Statement], value: tuple[float, float], _: Site) -> None:
    x, y = (terms.decimal(number) for number in value)
    if x and y:
        out.append(("dcat:centroid", TYPED, f"POINT ({x} {y})", "gsp:wktLiteral"))


def _own(iri: str | None) -> str | None:
    return terms.iri(iri) if iri else None


def _services(out: list[Statement], value: tuple[DataService, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, SERVICE, site)
        out.append(("dcat:accessService", NODE, (_own(item.iri), ("dcat:DataService",), said), ""))


# --- the table ------------------------------------------------------------------------------------------------

Table = tuple[tuple[str, Emit], ...]

AGENT: Table = (
    ("name", _text("foaf:name")),
    ("type", _concept("dct:type", "concept")),
    ("identifier", _literal("dct:identifier")),
    ("homepage", _link("foaf:homepage", "document")),
    ("email", _scheme_ref("foaf:mbox", "mailto:")),
)

CONTACT: Table = (
    ("name", _text("vcard:fn")),
    ("organisation", _text("vcard:organization-name")),
    ("email", _scheme_ref("vcard:hasEmail", "mailto:")),
    ("telephone", _scheme_ref("vcard:hasTelephone", "tel:")),
    ("url", _ref("vcard:hasURL")),
    ("address", _address),
)

LOCATION: Table = (
    ("name", _text("skos:prefLabel")),
    ("identifier", _literal("dct:identifier")),
    ("geometry", _wkt("locn:geometry")),
    ("bbox", _bbox),
    ("centroid", _centroid),
)

RESOURCE: Table = (
    ("title", _text("dct:title")),
    ("description", _text("dct:description")),
    ("identifier", _source_identifiers),
    ("access_rights", _concept("dct:accessRights", "rights")),
    ("applicable_legislation", _links("dcatap:applicableLegislation", "law")),
    ("conforms_to", _concepts("dct:conformsTo", "standard")),
    ("contact_point", _contacts),
    ("created", _date("dct:created")),
    ("creator", _agents("dct:creator")),
    ("issued", _date("dct:issued")),
    ("keyword", _keywords),
    ("landing_page", _links("dcat:landingPage", "document")),
    ("language", _concepts("dct:language", "language")),
    ("license", _concept("dct:license", "licence")),
    ("modified", _date("dct:modified")),
    ("page", _links("foaf:page", "document")),
    ("publisher", _publisher),
    ("qualified_attribution", _attributions),
    ("relation", _refs("dct:relation")),
    ("rights", _statement("dct:rights", "dct:RightsStatement")),
    ("rights_holder", _agents("dct:rightsHolder")),
    ("spatial", _locations),
    ("spatial_resolution_in_meters", _resolutions),
    ("status", _concept("adms:status", "concept")),
    ("subject", _concepts("dct:subject", "concept")),
    ("temporal", _periods),
    ("temporal_resolution", _duration("dcat:temporalResolution")),
    ("theme", _themes),
    ("type", _concepts("dct:type", "concept")),
    ("hvd_category", _concepts("dcatap:hvdCategory", "concept")),
    ("version", _literal("dcat:version")),
    ("version_notes", _text("adms:versionNotes")),
)

SERVICE: Table = (
    *RESOURCE,
    ("endpoint_url", _refs("dcat:endpointURL")),
    ("endpoint_description", _refs("dcat:endpointDescription")),
    ("format", _concepts("dct:format", "format")),
    ("serves_dataset", _refs("dcat:servesDataset")),
    ("service_category", _concepts("geodcatap:serviceCategory", "concept")),
)

DISTRIBUTION: Table = (
    ("access_url", _refs("dcat:accessURL")),
    ("download_url", _refs("dcat:downloadURL")),
    ("title", _text("dct:title")),
    ("description", _text("dct:description")),
    ("access_service", _services),
    ("applicable_legislation", _links("dcatap:applicableLegislation", "law")),
    ("availability", _concept("dcatap:availability", "concept")),
    ("byte_size", _size),
    ("character_encoding", _literals("cnt:characterEncoding")),
    ("checksum", _checksum),
    ("compress_format", _concept("dcat:compressFormat", "media")),
    ("conforms_to", _concepts("dct:conformsTo", "standard")),
    ("format", _concept("dct:format", "format")),
    ("has_policy", _policies),
    ("issued", _date("dct:issued")),
    ("language", _concepts("dct:language", "language")),
    ("license", _concept("dct:license", "licence")),
    ("media_type", _concept("dcat:mediaType", "media")),
    ("modified", _date("dct:modified")),
    ("package_format", _concept("dcat:packageFormat", "media")),
    ("page", _links("foaf:page", "document")),
    ("representation_technique", _concept("adms:representationTechnique", "concept")),
    ("rights", _statement("dct:rights", "dct:RightsStatement")),
    ("spatial_resolution_in_meters", _resolutions),
    ("status", _concept("adms:status", "concept")),
    ("temporal_resolution", _duration("dcat:temporalResolution")),
)

DATASET: Table = (
    *RESOURCE,
    ("accrual_periodicity", _concept("dct:accrualPeriodicity", "frequency")),
    ("has_quality_measurement", _measurements),
    ("has_version", _refs("dcat:hasVersion")),
    ("in_series", _refs("dcat:inSeries")),
    ("is_part_of", _refs("dct:isPartOf")),
    ("is_referenced_by", _refs("dct:isReferencedBy")),
    ("is_version_of", _refs("dcat:isVersionOf")),
    ("other_identifier", _identifiers),
    ("provenance", _statement("dct:provenance", "dct:ProvenanceStatement")),
    ("qualified_relation", _relationships),
    ("sample", _refs("adms:sample")),
    ("source", _refs("dct:source")),
    ("was_generated_by", _links("prov:wasGeneratedBy", "activity")),
)

SERIES: Table = (
    *RESOURCE,
    ("accrual_periodicity", _concept("dct:accrualPeriodicity", "frequency")),
    ("other_identifier", _identifiers),
    ("provenance", _statement("dct:provenance", "dct:ProvenanceStatement")),
)

CATALOG: Table = (
    *(line for line in RESOURCE if line[0] != "identifier"),
    ("homepage", _link("foaf:homepage", "document")),
    ("theme_taxonomy", _links("dcat:themeTaxonomy", "scheme")),
    ("has_part", _refs("dct:hasPart")),
    ("catalog", _refs("dcat:catalog")),
    ("is_part_of", _ref("dct:isPartOf")),
)

KINDS: dict[type, tuple[str, str, Table]] = {
    Dataset: ("dcat:dataset", "dcat:Dataset", DATASET),
    DatasetSeries: ("dcat:resource", "dcat:DatasetSeries", SERIES),
    DataService: ("dcat:service", "dcat:DataService", SERVICE),
}
"""How a catalogue lists an entry, what it is, and its fields."""


def _emit(out: list[Statement], value: Any, table: Table, site: Site) -> None:
    held = value.__dict__
    for name, emit in table:
        found = held[name]
        if found or found == 0:
            emit(out, found, site)


# --- entries and catalogues -----------------------------------------------------------------------------------


def entry(
    published: Published, site: Site, aliases: tuple[str, ...] = ()
) -> tuple[str, Node, Node]:
    """Return (the property by which a catalogue lists it, the entry, its catalogue record).

    `aliases` are IRIs of ours that were merged into this one. Where an entry comes from is said by
    prov:wasDerivedFrom: dct:source belongs to the publisher, and owl:sameAs to our own merged identities.
    """
    value = published.entry
    iri = site.dataset(published.id)
    listed, kind, table = KINDS[type(value)]
    said: list[Statement] = [("dct:identifier", TEXT, published.id, "")]
    _emit(said, value, table, site)
    _stand_in(said, value, published.id, iri)
    if isinstance(value, Dataset):
        for key, item in distribution_keys(value.distribution):
            said.append(("dcat:distribution", NODE, _distribution(item, iri, key, value, site), ""))
    for origin in published.origins:
        said.append(("prov:wasDerivedFrom", REF, terms.iri(origin), ""))
    for alias in aliases:
        said.append(("owl:sameAs", REF, alias, ""))
    record: list[Statement] = [("foaf:primaryTopic", REF, iri, "")]
    _date("dct:issued")(record, published.issued, site)
    _date("dct:modified")(record, published.modified, site)
    return (
        listed,
        (iri, (kind, "dcat:Resource"), said),
        (iri + "#record", ("dcat:CatalogRecord",), record),
    )


def _stand_in(said: list[Statement], value: Entry, key: str, iri: str) -> None:
    """Say what DCAT-AP makes mandatory and the source did not say."""
    if not value.title:
        said.append(("dct:title", TEXT, key, ""))
    if not value.description:
        for tag, words in (value.title or {"": key}).items():
            said.append(("dct:description", TEXT, words, terms.language(tag)))
    if isinstance(value, DataService) and not value.endpoint_url:
        for page in value.landing_page[:1] or (iri,):
            said.append(("dcat:endpointURL", REF, terms.iri(page), ""))


def _distribution(value: Distribution, dataset: str, key: str, owner: Dataset, site: Site) -> Node:
    said: list[Statement] = []
    _emit(said, value, DISTRIBUTION, site)
    if not value.access_url:
        for url in value.download_url or owner.landing_page[:1] or (dataset,):
            said.append(("dcat:accessURL", REF, terms.iri(url), ""))
    if value.access_service:
        for item in said:
            if item[0] == "dcat:accessService":
                _complete_service(item[2], value, owner)
    if value.iri:
        said.append(("prov:wasDerivedFrom", REF, terms.iri(value.iri), ""))
    return f"{dataset}#{key}", ("dcat:Distribution",), said


def _complete_service(service: Node, distribution: Distribution, owner: Dataset) -> None:
    """A service named by a distribution needs a title and an address, too."""
    said = service[2]
    names = {name for name, *_ in said}
    if "dct:title" not in names:
        for tag, words in (distribution.title or owner.title).items():
            said.append(("dct:title", TEXT, words, terms.language(tag)))
    if "dcat:endpointURL" not in names:
        for url in distribution.access_url or distribution.download_url:
            said.append(("dcat:endpointURL", REF, terms.iri(url), ""))


def catalogue(catalog: Catalog, site: Site) -> Node:
    """Describe a catalogue, without its entries. Its IRI is required."""
    said: list[Statement] = []
    _emit(said, catalog, CATALOG, site)
    return _own(catalog.iri), ("dcat:Catalog",), said
