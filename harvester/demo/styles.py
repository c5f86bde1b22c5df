"""How each portal writes the same things down: every one has its habits, as in the wild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from harvester.demo.rdf import Iri, Literal, Node, Value
from harvester.demo.samples import Producer, Sample

AUTHORITY = "http://publications.europa.eu/resource/authority"
LICENCE_OUVERTE = Iri("https://www.etalab.gouv.fr/licence-ouverte-open-licence")

FORMATS = {
    "csv": ("CSV", "text/csv"),
    "dxf": ("DXF", "image/vnd.dxf"),
    "geojson": ("GEOJSON", "application/geo+json"),
    "geotiff": ("GEOTIFF", "image/tiff"),
    "gpkg": ("GPKG", "application/geopackage+sqlite3"),
    "json": ("JSON", "application/json"),
    "ods": ("ODS", "application/vnd.oasis.opendocument.spreadsheet"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "pdf": ("PDF", "application/pdf"),
    "shp": ("SHP", "application/zip"),
    "wfs": ("WFS_SRVC", "application/xml"),
    "wms": ("WMS_SRVC", "image/png"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """A portal's habits.

    `volatile` is put behind download addresses; it changes at every export and means nothing.
    """

    language: str = "fr"
    licence: Value = LICENCE_OUVERTE
    licence_on_dataset: bool = False
    publisher: OneOf["node", "literal", "blank"] = "node"
    keywords: OneOf["each", "joined"] = "each"
    spatial: OneOf["insee", "name", "box", "none"] = "insee"
    format: OneOf["authority", "text"] = "authority"
    moment: OneOf["date", "dateTime", "plain"] = "date"
    volatile: str = ""


def agent(producer: Producer, blank: bool = False) -> Node:
    """A publisher, with its SIREN where it has one."""
    properties: list[tuple[str, Value]] = [("foaf:name", Literal(producer.name))]
    if producer.unit.siren:
        properties.append(("dct:identifier", Literal(producer.unit.siren)))
    iri = None if blank else f"https://{producer.host}/organisations/{producer.slug}"
    return Node(iri, "foaf:Agent", tuple(properties))


def describe(sample: Sample, style: Style, *more: tuple[str, Value]) -> Node:
    """The dataset as a portal of this style describes it, with `more` statements of its own."""

    def text(words: str) -> Literal:
        return Literal(words, style.language)

    def day(date: str) -> Literal:
        if style.moment == "plain":
            return Literal(date)
        if style.moment == "dateTime":
            return Literal(f"{date}T08:15:00+01:00", type="xsd:dateTime")
        return Literal(date, type="xsd:date")

    properties: list[tuple[str, Value]] = [
        ("dct:identifier", Literal(sample.identifier)),
        ("dct:title", text(sample.title)),
        ("dct:description", text(sample.text)),
        ("dct:issued", day(sample.issued)),
        ("dct:modified", day(sample.modified)),
        ("dct:publisher", _publisher(sample.producer, style)),
        ("dcat:landingPage", Iri(sample.landing)),
        ("dct:accrualPeriodicity", Iri(f"{AUTHORITY}/frequency/{sample.frequency}")),
        ("dct:accessRights", Iri(f"{AUTHORITY}/access-right/{sample.access}")),
        ("dct:language", Iri(f"{AUTHORITY}/language/FRA")),
        ("dcat:theme", Iri(f"{AUTHORITY}/data-theme/{sample.theme}")),
        ("dcat:contactPoint", Node(None, "vcard:Organization", (
            ("vcard:fn", Literal(f"Service des données — {sample.producer.name}")),
            ("vcard:hasEmail", Iri(f"mailto:donnees@{sample.producer.host.partition('.')[2]}")),
        ))),
    ]  # fmt: skip
    if style.licence_on_dataset:
        properties.append(("dct:license", style.licence))
    if style.keywords == "joined":
        properties.append(("dcat:keyword", text(", ".join(sample.keywords))))
    else:
        properties += [("dcat:keyword", text(word)) for word in sample.keywords]
    properties += _spatial(sample, style)
    if sample.year:
        properties.append(("dct:temporal", Node(None, "dct:PeriodOfTime", (
            ("dcat:startDate", Literal(f"{sample.year}-01-01", type="xsd:date")),
            ("dcat:endDate", Literal(f"{sample.year}-12-31", type="xsd:date")),
        ))))  # fmt: skip
    properties += [
        ("dcat:distribution", _distribution(sample, name, style, day(sample.modified)))
        for name in sample.formats
    ]
    return Node(sample.iri, "dcat:Dataset", (*properties, *more))


def _publisher(producer: Producer, style: Style) -> Value:
    if style.publisher == "literal":
        return Literal(producer.name)
    return agent(producer, blank=style.publisher == "blank")


def _spatial(sample: Sample, style: Style) -> list[tuple[str, Value]]:
    unit = sample.place or sample.producer.unit
    match style.spatial:
        case "insee" if unit.level == "commune":
            return [("dct:spatial", Iri(f"http://id.insee.fr/geo/commune/{unit.local}"))]
        case "insee" if unit.level in ("departement", "region"):
            return [("dct:spatial", Iri(f"http://id.insee.fr/geo/{unit.level}/{unit.local}"))]
        case "name":
            return [("dct:spatial", Literal(unit.name))]
        case "box" if unit.bbox:
            w, s, e, n = unit.bbox
            wkt = f"POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))"
            properties = (
                ("skos:prefLabel", Literal(unit.name, "fr")),
                ("dcat:bbox", Literal(wkt, type="geosparql:wktLiteral")),
            )
            return [("dct:spatial", Node(None, "dct:Location", properties))]
        case _:
            return []


def _distribution(sample: Sample, name: str, style: Style, modified: Literal) -> Node:
    code, media = FORMATS[name]
    iri = f"{sample.iri}/exports/{name}"
    url = f"{iri}?{style.volatile}" if style.volatile else iri
    properties: list[tuple[str, Value]] = [
        ("dct:title", Literal(f"{sample.title} ({name.upper()})", style.language)),
        ("dcat:accessURL", Iri(sample.landing)),
        ("dcat:downloadURL", Iri(url)),
        ("dct:modified", modified),
    ]
    if style.format == "authority":
        properties += [
            ("dct:format", Iri(f"{AUTHORITY}/file-type/{code}")),
            ("dcat:mediaType", Iri(f"https://www.iana.org/assignments/media-types/{media}")),
        ]
    else:
        properties.append(("dct:format", Literal(name.upper() if name != "shp" else "Shapefile")))
    if not style.licence_on_dataset:
        properties.append(("dct:license", style.licence))
    return Node(iri, "dcat:Distribution", tuple(properties))
