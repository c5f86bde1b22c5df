"""Published → a plain tree of nodes: the one place that says which field becomes which property.

Where a cardinality of DCAT-AP 3.0.1 is narrower than the model, one value goes under the property and the others
where readers still find them (see `values.resolutions`, `values.policies`); where a value is mandatory and the
source gave none, the nearest true statement stands in (a title for a description, the landing page for an access URL).
"""

from __future__ import annotations

from typing import Any

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
from harvester.publish import values as v
from harvester.publish.keys import distribution_keys
from harvester.publish.site import Published, Site
from harvester.publish.values import NODE, REF, TEXT, Emit, Node, Statement


def _attributions(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = [("prov:agent", NODE, agent(item.agent, site), "")]
        if item.role:
            v.concept("dcat:hadRole", "role")(said, item.role, site)
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
    return v.own(value.iri), ("foaf:Agent",), said


def _contacts(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, CONTACT, site)
        out.append(("dcat:contactPoint", NODE, (v.own(item.iri), ("vcard:Kind",), said), ""))


def _locations(out: list[Statement], value: tuple[Location, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, LOCATION, site)
        out.append(("dct:spatial", NODE, (v.own(item.iri), ("dct:Location",), said), ""))


def _services(out: list[Statement], value: tuple[DataService, ...], site: Site) -> None:
    for item in value:
        said: list[Statement] = []
        _emit(said, item, SERVICE, site)
        out.append(("dcat:accessService", NODE, (v.own(item.iri), ("dcat:DataService",), said), ""))


# --- the table ------------------------------------------------------------------------------------------------

Table = tuple[tuple[str, Emit], ...]

AGENT: Table = (
    ("name", v.text("foaf:name")),
    ("type", v.concept("dct:type", "concept")),
    ("identifier", v.literal("dct:identifier")),
    ("homepage", v.link("foaf:homepage", "document")),
    ("email", v.scheme_ref("foaf:mbox", "mailto:")),
)

CONTACT: Table = (
    ("name", v.text("vcard:fn")),
    ("organisation", v.text("vcard:organization-name")),
    ("email", v.scheme_ref("vcard:hasEmail", "mailto:")),
    ("telephone", v.scheme_ref("vcard:hasTelephone", "tel:")),
    ("url", v.ref("vcard:hasURL")),
    ("address", v.address),
)

LOCATION: Table = (
    ("name", v.text("skos:prefLabel")),
    ("identifier", v.literal("dct:identifier")),
    ("geometry", v.wkt("locn:geometry")),
    ("bbox", v.bbox),
    ("centroid", v.centroid),
)

RESOURCE: Table = (
    ("title", v.text("dct:title")),
    ("description", v.text("dct:description")),
    ("identifier", v.source_identifiers),
    ("access_rights", v.concept("dct:accessRights", "rights")),
    ("applicable_legislation", v.links("dcatap:applicableLegislation", "law")),
    ("conforms_to", v.concepts("dct:conformsTo", "standard")),
    ("contact_point", _contacts),
    ("created", v.date("dct:created")),
    ("creator", _agents("dct:creator")),
    ("issued", v.date("dct:issued")),
    ("keyword", v.keywords),
    ("landing_page", v.links("dcat:landingPage", "document")),
    ("language", v.concepts("dct:language", "language")),
    ("license", v.concept("dct:license", "licence")),
    ("modified", v.date("dct:modified")),
    ("page", v.links("foaf:page", "document")),
    ("publisher", _publisher),
    ("qualified_attribution", _attributions),
    ("relation", v.refs("dct:relation")),
    ("rights", v.statement("dct:rights", "dct:RightsStatement")),
    ("rights_holder", _agents("dct:rightsHolder")),
    ("spatial", _locations),
    ("spatial_resolution_in_meters", v.resolutions),
    ("status", v.concept("adms:status", "concept")),
    ("subject", v.concepts("dct:subject", "concept")),
    ("temporal", v.periods),
    ("temporal_resolution", v.duration("dcat:temporalResolution")),
    ("theme", v.themes),
    ("type", v.concepts("dct:type", "concept")),
    ("hvd_category", v.concepts("dcatap:hvdCategory", "concept")),
    ("version", v.literal("dcat:version")),
    ("version_notes", v.text("adms:versionNotes")),
)

SERVICE: Table = (
    *RESOURCE,
    ("endpoint_url", v.refs("dcat:endpointURL")),
    ("endpoint_description", v.refs("dcat:endpointDescription")),
    ("format", v.concepts("dct:format", "format")),
    ("serves_dataset", v.refs("dcat:servesDataset")),
    ("service_category", v.concepts("geodcatap:serviceCategory", "concept")),
)

DISTRIBUTION: Table = (
    ("access_url", v.refs("dcat:accessURL")),
    ("download_url", v.refs("dcat:downloadURL")),
    ("title", v.text("dct:title")),
    ("description", v.text("dct:description")),
    ("access_service", _services),
    ("applicable_legislation", v.links("dcatap:applicableLegislation", "law")),
    ("availability", v.concept("dcatap:availability", "concept")),
    ("byte_size", v.size),
    ("character_encoding", v.literals("cnt:characterEncoding")),
    ("checksum", v.checksum),
    ("compress_format", v.concept("dcat:compressFormat", "media")),
    ("conforms_to", v.concepts("dct:conformsTo", "standard")),
    ("format", v.concept("dct:format", "format")),
    ("has_policy", v.policies),
    ("issued", v.date("dct:issued")),
    ("language", v.concepts("dct:language", "language")),
    ("license", v.concept("dct:license", "licence")),
    ("media_type", v.concept("dcat:mediaType", "media")),
    ("modified", v.date("dct:modified")),
    ("package_format", v.concept("dcat:packageFormat", "media")),
    ("page", v.links("foaf:page", "document")),
    ("representation_technique", v.concept("adms:representationTechnique", "concept")),
    ("rights", v.statement("dct:rights", "dct:RightsStatement")),
    ("spatial_resolution_in_meters", v.resolutions),
    ("status", v.concept("adms:status", "concept")),
    ("temporal_resolution", v.duration("dcat:temporalResolution")),
)

DATASET: Table = (
    *RESOURCE,
    ("accrual_periodicity", v.concept("dct:accrualPeriodicity", "frequency")),
    ("has_part", v.refs("dct:hasPart")),
    ("has_quality_measurement", v.measurements),
    ("has_version", v.refs("dcat:hasVersion")),
    ("in_series", v.refs("dcat:inSeries")),
    ("is_part_of", v.refs("dct:isPartOf")),
    ("is_referenced_by", v.refs("dct:isReferencedBy")),
    ("is_version_of", v.refs("dcat:isVersionOf")),
    ("other_identifier", v.identifiers),
    ("provenance", v.statement("dct:provenance", "dct:ProvenanceStatement")),
    ("qualified_relation", v.relationships),
    ("sample", v.refs("adms:sample")),
    ("source", v.refs("dct:source")),
    ("was_generated_by", v.links("prov:wasGeneratedBy", "activity")),
)

SERIES: Table = (
    *RESOURCE,
    ("accrual_periodicity", v.concept("dct:accrualPeriodicity", "frequency")),
    ("other_identifier", v.identifiers),
    ("provenance", v.statement("dct:provenance", "dct:ProvenanceStatement")),
)

CATALOG: Table = (
    *(line for line in RESOURCE if line[0] != "identifier"),
    ("homepage", v.link("foaf:homepage", "document")),
    ("theme_taxonomy", v.links("dcat:themeTaxonomy", "scheme")),
    ("has_part", v.refs("dct:hasPart")),
    ("catalog", v.refs("dcat:catalog")),
    ("is_part_of", v.ref("dct:isPartOf")),
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
    v.date("dct:issued")(record, published.issued, site)
    v.date("dct:modified")(record, published.modified, site)
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
    access = value.access_url or value.download_url or owner.landing_page[:1] or (dataset,)
    if not value.access_url:
        v.refs("dcat:accessURL")(said, access, site)
    if value.access_service:
        for name, _, node, _ in said:
            if name == "dcat:accessService":
                _complete_service(node[2], value.title or owner.title, access, site)
    if value.iri:
        said.append(("prov:wasDerivedFrom", REF, terms.iri(value.iri), ""))
    return f"{dataset}#{key}", ("dcat:Distribution",), said


def _complete_service(
    said: list[Statement], title: dict[str, str], access: tuple[str, ...], site: Site
) -> None:
    """A service named by a distribution needs a title and an address, too."""
    names = {name for name, *_ in said}
    if "dct:title" not in names:
        v.text("dct:title")(said, title, site)
    if "dcat:endpointURL" not in names:
        v.refs("dcat:endpointURL")(said, access, site)


def catalogue(catalog: Catalog, site: Site) -> Node:
    """Describe a catalogue, without its entries. Its IRI is required."""
    said: list[Statement] = []
    _emit(said, catalog, CATALOG, site)
    return v.own(catalog.iri), ("dcat:Catalog",), said
