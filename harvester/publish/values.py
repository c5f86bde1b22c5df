"""The kinds of value a property may have: each turns a field of the model into statements.

A node is `(iri or None, types, statements)`; a statement is `(property, kind, a, b)`:

| kind | a | b |
|---|---|---|
| `TEXT` | the text | its language, or "" |
| `TYPED` | the lexical form | the datatype as a CURIE |
| `REF` | an IRI | "" |
| `NODE` | a node, described where it is named | "" |
| `SHARED` | the IRI of an authority's value | what it is: a key of `CLASSES` |

Names are CURIEs of `terms.PREFIXES`. The serialisers walk this and know nothing of DCAT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harvester.publish import terms
from harvester.publish.site import Site

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


def text(name: str) -> Emit:
    """A text, once per language."""

    def emit(out: list[Statement], value: Mapping[str, str], _: Site) -> None:
        for tag, words in value.items():
            out.append((name, TEXT, words, terms.language(tag) if tag else ""))

    return emit


def keywords(out: list[Statement], value: Mapping[str, tuple[str, ...]], _: Site) -> None:
    """Words, in their languages."""
    for tag, words in value.items():
        tag = terms.language(tag) if tag else ""
        for word in words:
            out.append(("dcat:keyword", TEXT, word, tag))


def literal(name: str) -> Emit:
    """One plain literal."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, TEXT, value, ""))

    return emit


def literals(name: str) -> Emit:
    """Several plain literals."""

    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, TEXT, item, ""))

    return emit


def date(name: str) -> Emit:
    """A date, typed by its precision."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        typed = terms.date(value)
        if typed:
            out.append((name, TYPED, typed[0], typed[1]))

    return emit


def duration(name: str) -> Emit:
    """A length of time; one that says no length is left out."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        lexical = terms.duration(value)
        if lexical:
            out.append((name, TYPED, lexical, "xsd:duration"))

    return emit


def ref(name: str) -> Emit:
    """An IRI of no stated class."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, REF, terms.iri(value), ""))

    return emit


def refs(name: str) -> Emit:
    """IRIs of no stated class."""

    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, REF, terms.iri(item), ""))

    return emit


def scheme_ref(name: str, scheme: str) -> Emit:
    """An address (`mailto:`, `tel:`), whose text may be anything."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, REF, terms.iri(scheme + value.removeprefix(scheme).strip()), ""))

    return emit


def concept(name: str, kind: str) -> Emit:
    """A value of an authority, or a node that carries the source's own words."""
    types, naming, _ = CLASSES[kind]
    naming = naming or "rdfs:label"

    def emit(out: list[Statement], value: str, _: Site) -> None:
        if terms.is_iri(value):
            out.append((name, SHARED, terms.iri(value), kind))
        else:
            out.append((name, NODE, (None, types, [(naming, TEXT, value, "")]), ""))

    return emit


def concepts(name: str, kind: str) -> Emit:
    """Several values of an authority."""
    one = concept(name, kind)

    def emit(out: list[Statement], value: tuple[str, ...], site: Site) -> None:
        for item in value:
            one(out, item, site)

    return emit


def links(name: str, kind: str) -> Emit:
    """IRIs of a known class."""

    def emit(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
        for item in value:
            out.append((name, SHARED, terms.iri(item), kind))

    return emit


def link(name: str, kind: str) -> Emit:
    """An IRI of a known class."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, SHARED, terms.iri(value), kind))

    return emit


def themes(out: list[Statement], value: tuple[str, ...], site: Site) -> None:
    """dcat:theme must be an IRI, so words of the source's own get one of ours that spells them."""
    for item in value:
        if terms.is_iri(item):
            out.append(("dcat:theme", SHARED, terms.iri(item), "concept"))
        else:
            minted = f"{site.base}/catalog#theme-{terms.encoded(terms.text(item))}"
            said: list[Statement] = [("skos:prefLabel", TEXT, item, "")]
            out.append(("dcat:theme", NODE, (minted, ("skos:Concept",), said), ""))


def statement(name: str, kind: str) -> Emit:
    """A text in several languages as one node (dct:rights, dct:provenance)."""
    types = (kind,)

    def emit(out: list[Statement], value: Mapping[str, str], _: Site) -> None:
        said: list[Statement] = [
            ("rdfs:label", TEXT, words, terms.language(tag)) for tag, words in value.items()
        ]
        out.append((name, NODE, (None, types, said), ""))

    return emit


def resolutions(out: list[Statement], value: tuple[float, ...], _: Site) -> None:
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


def measurements(out: list[Statement], value: tuple[Any, ...], _: Site) -> None:
    """Quality measurements (GeoDCAT-AP, 12.1)."""
    for item in value:
        _measured(out, item.metric, item.value, item.unit)


def policies(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
    """odrl:hasPolicy is one; further ones are linked."""
    out.append(("odrl:hasPolicy", SHARED, terms.iri(value[0]), "policy"))
    for item in value[1:]:
        out.append(("rdfs:seeAlso", SHARED, terms.iri(item), "policy"))


def identifiers(out: list[Statement], value: tuple[Any, ...], _: Site) -> None:
    """Identifiers that the source itself calls other ones."""
    for item in value:
        _notation(out, item.notation, item.scheme)


def _notation(out: list[Statement], notation: str, scheme: str | None) -> None:
    said: list[Statement] = [("skos:notation", TEXT, notation, "")]
    if scheme and terms.is_iri(scheme):
        said.append(("dct:creator", REF, terms.iri(scheme), ""))
    elif scheme:
        said.append(("adms:schemaAgency", TEXT, scheme, ""))
    out.append(("adms:identifier", NODE, (None, ("adms:Identifier",), said), ""))


def source_identifiers(out: list[Statement], value: tuple[str, ...], _: Site) -> None:
    """dct:identifier is ours and unique; what sources call the entry stays readable beside it."""
    for item in value:
        _notation(out, item, None)


def checksum(out: list[Statement], value: Any, site: Site) -> None:
    """Only hexadecimal ones: SPDX knows no other."""
    digits = value.value.strip()
    if not digits or len(digits) % 2 or not all(c in "0123456789abcdefABCDEF" for c in digits):
        return
    said: list[Statement] = []
    concept("spdx:algorithm", "algorithm")(said, _algorithm(value.algorithm), site)
    said.append(("spdx:checksumValue", TYPED, digits, "xsd:hexBinary"))
    out.append(("spdx:checksum", NODE, (None, ("spdx:Checksum",), said), ""))


def _algorithm(name: str) -> str:
    return ALGORITHM + name if name.replace("-", "").replace("_", "").isalnum() else name


def size(out: list[Statement], value: int, _: Site) -> None:
    """Octets; a negative size is none."""
    if value >= 0:
        out.append(("dcat:byteSize", TYPED, str(value), "xsd:nonNegativeInteger"))


def periods(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    """Always a blank node: udata reads no other."""
    for item in value:
        said: list[Statement] = []
        if item.start:
            date("dcat:startDate")(said, item.start, site)
        if item.end:
            date("dcat:endDate")(said, item.end, site)
        if said:
            out.append(("dct:temporal", NODE, (None, ("dct:PeriodOfTime",), said), ""))


def relationships(out: list[Statement], value: tuple[Any, ...], site: Site) -> None:
    """Qualified relations; dcat:hadRole is mandatory, and “related” where nobody said."""
    for item in value:
        said: list[Statement] = [("dct:relation", REF, terms.iri(item.relation), "")]
        concept("dcat:hadRole", "role")(said, item.role or RELATED, site)
        out.append(("dcat:qualifiedRelation", NODE, (None, ("dcat:Relationship",), said), ""))


def wkt(name: str) -> Emit:
    """A geometry as the mapping wrote it: WKT, longitude first."""

    def emit(out: list[Statement], value: str, _: Site) -> None:
        out.append((name, TYPED, value, "gsp:wktLiteral"))

    return emit


def bbox(out: list[Statement], value: tuple[float, float, float, float], _: Site) -> None:
    """A box as a polygon."""
    w, s, e, n = (terms.decimal(number) for number in value)
    if w and s and e and n:
        ring = f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"
        out.append(("dcat:bbox", TYPED, ring, "gsp:wktLiteral"))


def centroid(out: list[Statement], value: tuple[float, float], _: Site) -> None:
    """A point."""
    x, y = (terms.decimal(number) for number in value)
    if x and y:
        out.append(("dcat:centroid", TYPED, f"POINT ({x} {y})", "gsp:wktLiteral"))


def address(out: list[Statement], value: str, _: Site) -> None:
    """A postal address in one line."""
    said: list[Statement] = [("vcard:street-address", TEXT, value, "")]
    out.append(("vcard:hasAddress", NODE, (None, ("vcard:Address",), said), ""))


def own(iri: str | None) -> str | None:
    """The IRI of a node that may have none."""
    return terms.iri(iri) if iri else None
