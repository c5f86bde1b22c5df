"""DCAT-AP 3.0.1 (with HVD and GeoDCAT-AP 3 where they add) as frozen values, and what stages pass on.

Field names are DCAT's own terms in snake case (`dcat:landingPage` → `landing_page`); a term that may
repeat is a tuple. Values are plain and JSON-ready:

* `Text`      language tag → text; the tag "" holds text whose language nobody stated
* `Keywords`  language tag → words
* `Iri`       absolute IRI without characters that RFC 3987 forbids
* `Date`      ISO 8601 whose length is its precision: `2023`, `2023-05`, `2023-05-01`, `2023-05-01T10:00:00Z`
* `Concept`   IRI of an authority table, or the source's own words where no table knows them

Source: SEMIC, DCAT-AP 3.0.1, <https://semiceu.github.io/DCAT-AP/releases/3.0.1/>.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

IRI_PATTERN = r'^[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>"{}|\\^`]*$'
DATE_PATTERN = (
    r"^-?\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$"
)
DURATION_PATTERN = (
    r"^-?P(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$"
)

Iri = Annotated[str, StringConstraints(pattern=IRI_PATTERN)]
Date = Annotated[str, StringConstraints(pattern=DATE_PATTERN)]
Duration = Annotated[str, StringConstraints(pattern=DURATION_PATTERN)]
Text = dict[str, str]
Keywords = dict[str, tuple[str, ...]]
Concept = str
Access = Literal["public", "restricted", "private"]


class Value(BaseModel):
    """A frozen value; unknown fields are a programming error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=False)


class Agent(Value):
    """foaf:Agent. `identifier` is the SIREN or SIRET where it is known."""

    iri: Iri | None = None
    name: Text = Field(default_factory=dict)
    type: Concept | None = None
    identifier: str | None = None
    homepage: Iri | None = None
    email: str | None = None


class ContactPoint(Value):
    """vcard:Kind."""

    iri: Iri | None = None
    name: Text = Field(default_factory=dict)
    organisation: Text = Field(default_factory=dict)
    email: str | None = None
    telephone: str | None = None
    url: Iri | None = None
    address: str | None = None


class Location(Value):
    """dct:Location. Geometries are WKT in WGS84, longitude first; `bbox` is (west, south, east, north)."""

    iri: Iri | None = None
    name: Text = Field(default_factory=dict)
    identifier: str | None = None
    geometry: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    centroid: tuple[float, float] | None = None


class PeriodOfTime(Value):
    """dct:PeriodOfTime: dcat:startDate and dcat:endDate (time:hasBeginning and time:hasEnd are read into them)."""

    start: Date | None = None
    end: Date | None = None


class Checksum(Value):
    """spdx:Checksum. `algorithm` is SPDX's local name: `sha256`."""

    algorithm: str
    value: str


class Identifier(Value):
    """adms:Identifier: skos:notation with its scheme (datatype or adms:schemaAgency)."""

    notation: str
    scheme: str | None = None


class Attribution(Value):
    """prov:Attribution: an agent and its dcat:hadRole."""

    agent: Agent
    role: Concept | None = None


class Relationship(Value):
    """dcat:Relationship: another resource and its dcat:hadRole."""

    relation: Iri
    role: Concept | None = None


class QualityMeasurement(Value):
    """dqv:QualityMeasurement, as GeoDCAT-AP uses it for spatial resolution."""

    metric: Iri
    value: str
    unit: Iri | None = None


class Resource(Value):
    """dcat:Resource: what a dataset, a series, a service and a catalogue share."""

    iri: Iri | None = None
    title: Text
    description: Text = Field(default_factory=dict)
    identifier: tuple[str, ...] = ()
    access_rights: Concept | None = None
    applicable_legislation: tuple[Iri, ...] = ()
    conforms_to: tuple[Concept, ...] = ()
    contact_point: tuple[ContactPoint, ...] = ()
    created: Date | None = None
    creator: tuple[Agent, ...] = ()
    issued: Date | None = None
    keyword: Keywords = Field(default_factory=dict)
    landing_page: tuple[Iri, ...] = ()
    language: tuple[Concept, ...] = ()
    license: Concept | None = None
    modified: Date | None = None
    page: tuple[Iri, ...] = ()
    publisher: Agent | None = None
    qualified_attribution: tuple[Attribution, ...] = ()
    relation: tuple[Iri, ...] = ()
    rights: Text = Field(default_factory=dict)
    rights_holder: tuple[Agent, ...] = ()
    spatial: tuple[Location, ...] = ()
    spatial_resolution_in_meters: tuple[float, ...] = ()
    status: Concept | None = None
    subject: tuple[Concept, ...] = ()
    temporal: tuple[PeriodOfTime, ...] = ()
    temporal_resolution: Duration | None = None
    theme: tuple[Concept, ...] = ()
    type: tuple[Concept, ...] = ()
    hvd_category: tuple[Concept, ...] = ()
    version: str | None = None
    version_notes: Text = Field(default_factory=dict)


class DataService(Resource):
    """dcat:DataService."""

    kind: Literal["service"] = "service"
    endpoint_url: tuple[Iri, ...] = ()
    endpoint_description: tuple[Iri, ...] = ()
    format: tuple[Concept, ...] = ()
    serves_dataset: tuple[Iri, ...] = ()
    service_category: tuple[Concept, ...] = ()


class Distribution(Value):
    """dcat:Distribution."""

    iri: Iri | None = None
    access_url: tuple[Iri, ...] = ()
    download_url: tuple[Iri, ...] = ()
    title: Text = Field(default_factory=dict)
    description: Text = Field(default_factory=dict)
    access_service: tuple[DataService, ...] = ()
    applicable_legislation: tuple[Iri, ...] = ()
    availability: Concept | None = None
    byte_size: int | None = None
    character_encoding: tuple[str, ...] = ()
    checksum: Checksum | None = None
    compress_format: Concept | None = None
    conforms_to: tuple[Concept, ...] = ()
    format: Concept | None = None
    has_policy: tuple[Iri, ...] = ()
    issued: Date | None = None
    language: tuple[Concept, ...] = ()
    license: Concept | None = None
    media_type: Concept | None = None
    modified: Date | None = None
    package_format: Concept | None = None
    page: tuple[Iri, ...] = ()
    representation_technique: Concept | None = None
    rights: Text = Field(default_factory=dict)
    spatial_resolution_in_meters: tuple[float, ...] = ()
    status: Concept | None = None
    temporal_resolution: Duration | None = None


class Dataset(Resource):
    """dcat:Dataset."""

    kind: Literal["dataset"] = "dataset"
    accrual_periodicity: Concept | None = None
    distribution: tuple[Distribution, ...] = ()
    has_part: tuple[Iri, ...] = ()
    has_quality_measurement: tuple[QualityMeasurement, ...] = ()
    has_version: tuple[Iri, ...] = ()
    in_series: tuple[Iri, ...] = ()
    is_part_of: tuple[Iri, ...] = ()
    is_referenced_by: tuple[Iri, ...] = ()
    is_version_of: tuple[Iri, ...] = ()
    other_identifier: tuple[Identifier, ...] = ()
    provenance: Text = Field(default_factory=dict)
    qualified_relation: tuple[Relationship, ...] = ()
    sample: tuple[Iri, ...] = ()
    source: tuple[Iri, ...] = ()
    was_generated_by: tuple[Iri, ...] = ()


class DatasetSeries(Resource):
    """dcat:DatasetSeries."""

    kind: Literal["series"] = "series"
    accrual_periodicity: Concept | None = None
    other_identifier: tuple[Identifier, ...] = ()
    provenance: Text = Field(default_factory=dict)


Entry = Dataset | DatasetSeries | DataService
"""What a catalogue lists: `kind` tells which."""


class CatalogRecord(Value):
    """dcat:CatalogRecord: what we say about an entry, apart from what the entry says."""

    iri: Iri
    primary_topic: Iri
    issued: Date | None = None
    modified: Date
    title: Text = Field(default_factory=dict)
    description: Text = Field(default_factory=dict)
    language: tuple[Concept, ...] = ()
    conforms_to: tuple[Concept, ...] = ()
    status: Concept | None = None
    source: tuple[Iri, ...] = ()


class Catalog(Resource):
    """dcat:Catalog. Its entries are not held: they are streamed beside it."""

    kind: Literal["catalog"] = "catalog"
    homepage: Iri | None = None
    theme_taxonomy: tuple[Iri, ...] = ()
    has_part: tuple[Iri, ...] = ()
    catalog: tuple[Iri, ...] = ()
    is_part_of: Iri | None = None


Severity = Literal["error", "warning", "info"]
Fault = Literal["source", "mapping"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A defect of one record, page or value: told, counted, never raised.

    `code` is stable and documented in docs/problems.md. `path` is where in the record (`dct:issued`) or in
    the document (`line 12, column 4`). `value` is an excerpt, at most 200 characters.
    """

    code: str
    message: str
    severity: Severity = "warning"
    path: str = ""
    value: str = ""
    fault: Fault = "source"


Tree = dict[str, Any]
"""A record as found: keys are the source's own names, values strings, numbers, lists and trees."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a source says about one dataset, as found.

    `id` is the source's own name for it (an IRI, a slug, a UUID). `tree` is canonical: the same meaning
    gives the same tree, whatever blank-node labels, order or paging it came with. `raw` is its JSON, where the
    parser has made it already.
    """

    id: str
    tree: Tree = field(repr=False)
    fingerprint: bytes = b""
    raw: bytes = field(default=b"", repr=False)
    url: str = ""


Sure = Literal["sure", "likely", "default"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A territory a dataset is about, how we know, and how sure that is.

    `territory` is a code of the COG in its long form (`fr:commune:92040`). `how` is where it was found (`stated`, `uri`,
    `name`, `list`, `identifier`, `title`, `box`, `description`, `link`, `publisher`, `source`); which of them counts, and how sure each is,
    stands in mappings/coverage.toml.
    """

    territory: str
    how: str
    sure: Sure = "sure"
