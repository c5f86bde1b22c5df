"""A GeoNetwork's catalogue service: CSW 2.0.2 by GET and by POST, in ISO 19139 or Dublin Core."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import quote
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from harvester.demo.dialects import Asked, Said
from harvester.demo.portal import Portal
from harvester.demo.samples import Sample
from harvester.demo.styles import FORMATS

PATH = "/geonetwork/srv/fre/csw"
MOST = 1000

_GMD = "http://www.isotc211.org/2005/gmd"
_CSW = "http://www.opengis.net/cat/csw/2.0.2"
_CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_LIMITS = "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/"
_TOPICS = {
    "AGRI": "farming",
    "ECON": "economy",
    "ENVI": "environment",
    "HEAL": "health",
    "REGI": "planningCadastre",
    "SOCI": "society",
    "TRAN": "transportation",
}
_FREQUENCIES = {
    "ANNUAL": "annually",
    "ANNUAL_2": "biannually",
    "CONT": "continual",
    "DAILY": "daily",
    "IRREG": "irregular",
    "MONTHLY": "monthly",
    "NEVER": "notPlanned",
    "QUARTERLY": "quarterly",
    "WEEKLY": "weekly",
}
_POSTED = re.compile(r'\s(\w+)="([^"]*)"')
_KINDS = re.compile(r"dc:type(?:</\w+:PropertyName><\w+:Literal>| = ')([^<']*)")
_SINCE = re.compile(r"dct:modified(?:</\w+:PropertyName><\w+:Literal>| >= ')([^<']*)")
_HOME = """<!doctype html><html lang="fr" data-ng-app="gn"><head><meta charset="utf-8">
<meta name="generator" content="GeoNetwork opensource"><title>{name}</title></head>
<body><a href="{root}/geonetwork/srv/fre/catalog.search">Catalogue</a></body></html>"""


def describe(sample: Sample) -> dict[str, Any]:
    """What a GeoNetwork keeps of a dataset; `_iso` and `_dublin_core` write it down."""
    unit = sample.place or sample.producer.unit
    producer = sample.producer
    insee = {"commune": "commune", "departement": "departement", "region": "region"}
    return {
        "id": str(UUID(bytes=blake2b(sample.iri.encode(), digest_size=16).digest(), version=4)),
        "type": "dataset",
        "title": sample.title,
        "abstract": sample.text,
        "uri": sample.iri,
        "landing": sample.landing,
        "owner": producer.name,
        "email": f"donnees@{producer.host.partition('.')[2]}",
        "keywords": list(sample.keywords),
        "theme": sample.theme,
        "place": unit.name,
        "code": f"http://id.insee.fr/geo/{insee[unit.level]}/{unit.local}" if unit.level in insee else "",
        "box": list(unit.bbox) if unit.bbox else [],
        "frequency": _FREQUENCIES.get(sample.frequency, ""),
        "issued": sample.issued,
        "modified": sample.modified,
        "year": sample.year,
        "restricted": sample.access != "PUBLIC",
        "links": [(name, f"{sample.iri}/exports/{name}") for name in sample.formats],
    }  # fmt: skip


def answer(portal: Portal, root: str, asked: Asked) -> Said | None:
    """GetCapabilities, GetRecords, GetRecordById, and the home page."""
    if asked.path in ("/", "/geonetwork", "/geonetwork/srv/fre/catalog.search"):
        page = _HOME.format(name=escape(portal.name), root=root)
        return Said(page.encode(), "text/html; charset=utf-8")
    if not re.fullmatch(r"/geonetwork/srv/(?:fre|eng)/csw", asked.path):
        return None
    said = _question(asked)
    match said.get("request", "").casefold():
        case "getcapabilities":
            return _xml(_capabilities(portal, root))
        case "getrecords":
            return _records(portal, said, asked.moment)
        case "getrecordbyid":
            found = [
                entry
                for entry in portal.entries
                if isinstance(entry, dict) and entry.get("id") == said.get("id")
            ]
            inner = "".join(_written(entry, said.get("outputschema", _CSW)) for entry in found)
            return _xml(
                f'<csw:GetRecordByIdResponse xmlns:csw="{_CSW}">{inner}</csw:GetRecordByIdResponse>'
            )
        case "":
            return _exception("MissingParameterValue", "request", "The request says nothing.")
        case _:
            return _exception("OperationNotSupported", said["request"], "Unknown operation")


def _question(asked: Asked) -> dict[str, str]:
    """The parameters of a question, whichever way it was asked, their names in lower case."""
    if not asked.body:
        return {key.casefold(): value for key, value in asked.query.items()}
    body = asked.body.decode("utf-8", "replace")
    operation = re.search(r"<csw:(Get\w+)", body)
    said = {
        key.casefold(): value for key, value in _POSTED.findall(body.partition("<csw:Query")[0])
    }
    said["request"] = operation[1] if operation else ""
    said["constraint"] = body.partition("<csw:Constraint")[2].partition("</csw:Constraint>")[0]
    if sort := re.search(r"<\w+:SortProperty><\w+:\w+>([^<]*)", body):
        said["sortby"] = sort[1]
    return said


def _records(portal: Portal, said: Mapping[str, str], moment: int) -> Said:
    schema = said.get("outputschema", _CSW)
    if schema not in (_GMD, _CSW):
        return _exception("InvalidParameterValue", "outputSchema", f"{schema} is not supported")
    try:
        start, count = int(said.get("startposition", "1")), int(said.get("maxrecords", "10"))
    except ValueError:
        return _exception("InvalidParameterValue", "startPosition", "Not a number")
    entries = _chosen(portal.entries, said.get("constraint", ""))
    if start > max(1, len(entries)):
        text = f"Start position ({start}) can't be greater than number of matching records ({len(entries)} for current search)."
        return _exception("InvalidParameterValue", "startPosition", text)
    size = min(count, portal.page or MOST)
    page = entries[start - 1 : start - 1 + size]
    following = start + len(page) if start + len(page) <= len(entries) else 0
    inner = "".join(_written(entry, schema) for entry in page)
    return _xml(
        f'<csw:GetRecordsResponse xmlns:csw="{_CSW}"><csw:SearchStatus timestamp="{moment}"/>'
        f'<csw:SearchResults numberOfRecordsMatched="{len(entries)}" numberOfRecordsReturned="{len(page)}"'
        f' elementSet="full" nextRecord="{following}">{inner}</csw:SearchResults></csw:GetRecordsResponse>'
    )


def _chosen(entries: Sequence[Any], constraint: str) -> Sequence[Any]:
    """The entries that a filter or CQL about dc:type and dct:modified asks for; the catalogue keeps them in order."""
    kinds = set(_KINDS.findall(constraint))
    since = _SINCE.search(constraint)
    if not kinds and not since:
        return entries
    return [
        entry
        for entry in entries
        if isinstance(entry, dict)
        and (not kinds or entry["type"] in kinds)
        and (since is None or entry["modified"] >= since[1][:10])
    ]


def _written(entry: Any, schema: str) -> str:
    """An entry in the schema asked for. A text stands for itself; anything else is a record that somebody broke."""
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, dict):
        return f"<gmd:MD_Metadata xmlns:gmd={quoteattr(_GMD)}><gmd:fileIdentifier>{escape(str(entry))}</gmd:MD_Metadata>"
    return _iso(entry) if schema == _GMD else _dublin_core(entry)


def _text(name: str, value: object) -> str:
    return (
        f"<gmd:{name}><gco:CharacterString>{escape(str(value))}</gco:CharacterString></gmd:{name}>"
    )


def _code(name: str, listing: str, value: str) -> str:
    return f'<gmd:{name}><gmd:{listing} codeList="{_CODES}#{listing}" codeListValue="{value}"/></gmd:{name}>'


def _date(value: str, kind: str) -> str:
    return (
        f"<gmd:date><gmd:CI_Date><gmd:date><gco:Date>{value}</gco:Date></gmd:date>"
        f"{_code('dateType', 'CI_DateTypeCode', kind)}</gmd:CI_Date></gmd:date>"
    )


def _party(name: str, entry: Mapping[str, Any], role: str) -> str:
    return (
        f"<gmd:{name}><gmd:CI_ResponsibleParty>{_text('organisationName', entry['owner'])}<gmd:contactInfo><gmd:CI_Contact>"
        f"<gmd:address><gmd:CI_Address>{_text('electronicMailAddress', entry['email'])}</gmd:CI_Address></gmd:address>"
        f"</gmd:CI_Contact></gmd:contactInfo>{_code('role', 'CI_RoleCode', role)}</gmd:CI_ResponsibleParty></gmd:{name}>"
    )


def _keywords(words: Sequence[str], kind: str, thesaurus: str = "") -> str:
    inner = "".join(f"<gmd:keyword>{word}</gmd:keyword>" for word in words)
    titled = ""
    if thesaurus:
        titled = f"<gmd:thesaurusName><gmd:CI_Citation>{_text('title', thesaurus)}</gmd:CI_Citation></gmd:thesaurusName>"
    kept = f"{inner}{_code('type', 'MD_KeywordTypeCode', kind)}{titled}"
    return f"<gmd:descriptiveKeywords><gmd:MD_Keywords>{kept}</gmd:MD_Keywords></gmd:descriptiveKeywords>"


def _anchor(words: str, address: str) -> str:
    return f"<gmx:Anchor xlink:href={quoteattr(address)}>{escape(words)}</gmx:Anchor>"


def _online(name: str, url: str, title: str) -> str:
    protocol = {"wms": "OGC:WMS", "wfs": "OGC:WFS"}.get(name, "WWW:DOWNLOAD-1.0-http--download")
    label = f"<gmd:name><gmx:MimeFileType type={quoteattr(FORMATS[name][1])}>{escape(title)}</gmx:MimeFileType></gmd:name>"
    return (
        f"<gmd:onLine><gmd:CI_OnlineResource><gmd:linkage><gmd:URL>{escape(url)}</gmd:URL></gmd:linkage>"
        f"{_text('protocol', protocol)}{label}</gmd:CI_OnlineResource></gmd:onLine>"
    )


def _extent(entry: Mapping[str, Any]) -> str:
    areas = ""
    if entry["code"]:
        areas += (
            "<gmd:geographicElement><gmd:EX_GeographicDescription><gmd:geographicIdentifier><gmd:MD_Identifier>"
            f"{_text('code', entry['code'])}</gmd:MD_Identifier></gmd:geographicIdentifier>"
            "</gmd:EX_GeographicDescription></gmd:geographicElement>"
        )
    if entry["box"]:
        west, south, east, north = entry["box"]
        sides = (("westBoundLongitude", west), ("eastBoundLongitude", east), ("southBoundLatitude", south), ("northBoundLatitude", north))  # fmt: skip
        inner = "".join(
            f"<gmd:{name}><gco:Decimal>{side}</gco:Decimal></gmd:{name}>" for name, side in sides
        )
        areas += f"<gmd:geographicElement><gmd:EX_GeographicBoundingBox>{inner}</gmd:EX_GeographicBoundingBox></gmd:geographicElement>"
    if entry["year"]:
        areas += (
            '<gmd:temporalElement><gmd:EX_TemporalExtent><gmd:extent><gml:TimePeriod gml:id="p1">'
            f"<gml:beginPosition>{entry['year']}-01-01</gml:beginPosition><gml:endPosition>{entry['year']}-12-31</gml:endPosition>"
            "</gml:TimePeriod></gmd:extent></gmd:EX_TemporalExtent></gmd:temporalElement>"
        )
    return f"<gmd:extent><gmd:EX_Extent>{areas}</gmd:EX_Extent></gmd:extent>"


def _iso(entry: Mapping[str, Any]) -> str:
    """An MD_Metadata as GeoNetwork sends them."""
    free = [
        f"<gco:CharacterString>{escape(word)}</gco:CharacterString>" for word in entry["keywords"]
    ]
    place = [f"<gco:CharacterString>{escape(entry['place'])}</gco:CharacterString>"]
    limit = "INSPIRE_Directive_Article13_1d" if entry["restricted"] else "noLimitations"
    words = (
        "Accès restreint"
        if entry["restricted"]
        else "Pas de restriction d'accès public selon INSPIRE"
    )
    topic = _TOPICS.get(entry["theme"], "")
    every = entry["frequency"]
    online = "".join(
        _online(name, url, f"{entry['title']} ({name.upper()})") for name, url in entry["links"]
    )
    return (
        f'<gmd:MD_Metadata xmlns:gmd="{_GMD}" xmlns:gco="http://www.isotc211.org/2005/gco"'
        ' xmlns:gmx="http://www.isotc211.org/2005/gmx" xmlns:gml="http://www.opengis.net/gml/3.2"'
        f' xmlns:xlink="http://www.w3.org/1999/xlink">{_text("fileIdentifier", entry["id"])}'
        f"{_code('language', 'LanguageCode', 'fre')}{_code('characterSet', 'MD_CharacterSetCode', 'utf8')}"
        f"{_code('hierarchyLevel', 'MD_ScopeCode', entry['type'])}{_party('contact', entry, 'pointOfContact')}"
        f"<gmd:dateStamp><gco:DateTime>{entry['modified']}T09:30:00</gco:DateTime></gmd:dateStamp>"
        f"{_text('metadataStandardName', 'ISO 19115:2003/19139')}{_text('dataSetURI', entry['landing'])}"
        "<gmd:referenceSystemInfo><gmd:MD_ReferenceSystem><gmd:referenceSystemIdentifier><gmd:RS_Identifier>"
        f"{_text('code', 'RGF93 / Lambert-93 (EPSG:2154)')}</gmd:RS_Identifier></gmd:referenceSystemIdentifier>"
        "</gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>"
        f"<gmd:identificationInfo><gmd:MD_DataIdentification><gmd:citation><gmd:CI_Citation>{_text('title', entry['title'])}"
        f"{_date(entry['issued'], 'publication')}{_date(entry['modified'], 'revision')}"
        f"<gmd:identifier><gmd:MD_Identifier>{_text('code', entry['uri'])}</gmd:MD_Identifier></gmd:identifier>"
        f"</gmd:CI_Citation></gmd:citation>{_text('abstract', entry['abstract'])}"
        f"{_party('pointOfContact', entry, 'owner')}{_party('pointOfContact', entry, 'pointOfContact')}"
        + (
            "<gmd:resourceMaintenance><gmd:MD_MaintenanceInformation>"
            f"{_code('maintenanceAndUpdateFrequency', 'MD_MaintenanceFrequencyCode', every)}"
            "</gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>"
            if every
            else ""
        )
        + _keywords([_anchor(entry["theme"], _THEMES + entry["theme"])], "theme", "EU data themes")
        + _keywords(free, "theme")
        + _keywords(place, "place")
        + "<gmd:resourceConstraints><gmd:MD_LegalConstraints>"
        + _code("useConstraints", "MD_RestrictionCode", "license")
        + _code("accessConstraints", "MD_RestrictionCode", "otherRestrictions")
        + f"<gmd:otherConstraints>{_anchor(words, _LIMITS + limit)}</gmd:otherConstraints>"
        + _text("otherConstraints", "Données diffusées sous Licence Ouverte version 2.0 (Etalab)")
        + "</gmd:MD_LegalConstraints></gmd:resourceConstraints>"
        + _code("language", "LanguageCode", "fre")
        + (f"<gmd:topicCategory><gmd:MD_TopicCategoryCode>{topic}</gmd:MD_TopicCategoryCode></gmd:topicCategory>" if topic else "")
        + _extent(entry)
        + "</gmd:MD_DataIdentification></gmd:identificationInfo><gmd:distributionInfo><gmd:MD_Distribution>"
        f"<gmd:transferOptions><gmd:MD_DigitalTransferOptions>{online}</gmd:MD_DigitalTransferOptions></gmd:transferOptions>"
        "</gmd:MD_Distribution></gmd:distributionInfo></gmd:MD_Metadata>"
    )  # fmt: skip


def _dublin_core(entry: Mapping[str, Any]) -> str:
    """A csw:Record of the same."""
    plain = {
        "dc:identifier": entry["id"],
        "dc:title": entry["title"],
        "dc:type": entry["type"],
        "dc:language": "fre",
        "dct:abstract": entry["abstract"],
        "dct:modified": entry["modified"],
        "dc:publisher": entry["owner"],
        "dc:rights": "Licence Ouverte version 2.0",
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in plain.items())
    inner += "".join(f"<dc:subject>{escape(word)}</dc:subject>" for word in entry["keywords"])
    inner += "".join(
        f"<dc:URI protocol={quoteattr(FORMATS[name][1])} name={quoteattr(name)}>{escape(url)}</dc:URI>"
        for name, url in entry["links"]
    )
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dct="http://purl.org/dc/terms/"'
    return f"<csw:Record {names}>{inner}</csw:Record>"


def _capabilities(portal: Portal, root: str) -> str:
    here = quoteattr(root + quote(PATH))
    return (
        f'<csw:Capabilities xmlns:csw="{_CSW}" xmlns:ows="http://www.opengis.net/ows"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink" version="2.0.2"><ows:ServiceIdentification>'
        f"<ows:Title>{escape(portal.name)}</ows:Title><ows:ServiceType>CSW</ows:ServiceType>"
        "<ows:ServiceTypeVersion>2.0.2</ows:ServiceTypeVersion></ows:ServiceIdentification><ows:OperationsMetadata>"
        f'<ows:Operation name="GetRecords"><ows:DCP><ows:HTTP><ows:Get xlink:href={here}/><ows:Post xlink:href={here}>'
        '<ows:Constraint name="PostEncoding"><ows:Value>XML</ows:Value></ows:Constraint></ows:Post></ows:HTTP></ows:DCP>'
        f'<ows:Parameter name="outputSchema"><ows:Value>{_CSW}</ows:Value><ows:Value>{_GMD}</ows:Value></ows:Parameter>'
        "</ows:Operation></ows:OperationsMetadata></csw:Capabilities>"
    )


def _exception(code: str, locator: str, text: str) -> Said:
    return _xml(
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.0.0">'
        f'<ows:Exception exceptionCode="{code}" locator={quoteattr(locator)}><ows:ExceptionText>{escape(text)}</ows:ExceptionText>'
        "</ows:Exception></ows:ExceptionReport>"
    )


def _xml(body: str) -> Said:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Said((head + body).encode(), "application/xml; charset=UTF-8")
