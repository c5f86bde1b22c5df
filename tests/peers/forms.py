"""How a fiche is written down, in each form the peers take: ISO 19139, Dublin Core, OGC API Records, CKAN."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.peers.fiches import FREQUENCIES, LICENCE, Fiche, Online

LICENCE_TEXT = "Licence Ouverte / Open Licence version 2.0 (Etalab)"
CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
PROTOCOLS = {"wms": "OGC:WMS", "wfs": "OGC:WFS"}
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"


# ── ISO 19139 ────────────────────────────────────────────────────────────────────────────────────────


def iso19139(fiche: Fiche) -> str:
    """A record as French geoportals write it; the file identifier is the fiche's id."""
    west, south, east, north = fiche.bbox
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco"
 xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:gmx="http://www.isotc211.org/2005/gmx">
 {_text("fileIdentifier", fiche.id)}
 {_code("language", "LanguageCode", "fre")}
 {_code("characterSet", "MD_CharacterSetCode", "utf8")}
 {_code("hierarchyLevel", "MD_ScopeCode", "dataset")}
 <gmd:contact>{_party(fiche, "pointOfContact")}</gmd:contact>
 <gmd:dateStamp><gco:DateTime>{fiche.modified}T08:30:00</gco:DateTime></gmd:dateStamp>
 {_text("metadataStandardName", "ISO 19115:2003/19139")}
 {_text("metadataStandardVersion", "1.0")}
 <gmd:referenceSystemInfo><gmd:MD_ReferenceSystem><gmd:referenceSystemIdentifier><gmd:RS_Identifier>
  {_text("code", "2154")}{_text("codeSpace", "EPSG")}
 </gmd:RS_Identifier></gmd:referenceSystemIdentifier></gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>
 <gmd:identificationInfo><gmd:MD_DataIdentification>
  <gmd:citation><gmd:CI_Citation>
   {_text("title", fiche.title)}
   {_date(fiche.created, "creation")}{_date(fiche.issued, "publication")}{_date(fiche.modified, "revision")}
  </gmd:CI_Citation></gmd:citation>
  {_text("abstract", fiche.text)}
  {_code("status", "MD_ProgressCode", "completed")}
  <gmd:pointOfContact>{_party(fiche, "owner")}</gmd:pointOfContact>
  <gmd:resourceMaintenance><gmd:MD_MaintenanceInformation>
   {_code("maintenanceAndUpdateFrequency", "MD_MaintenanceFrequencyCode", fiche.topic.frequency)}
  </gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>
  {_keywords(fiche.topic.keywords)}{_inspire(fiche.topic.inspire)}
  <gmd:resourceConstraints><gmd:MD_LegalConstraints>
   {_text("useLimitation", LICENCE_TEXT)}
   {_code("accessConstraints", "MD_RestrictionCode", "otherRestrictions")}
   {_code("useConstraints", "MD_RestrictionCode", "license")}
   <gmd:otherConstraints><gmx:Anchor xlink:href={quoteattr(LICENCE)}>{escape(LICENCE_TEXT)}</gmx:Anchor></gmd:otherConstraints>
   {_text("otherConstraints", "Pas de restriction d’accès public selon INSPIRE")}
  </gmd:MD_LegalConstraints></gmd:resourceConstraints>
  {_code("language", "LanguageCode", "fre")}
  <gmd:topicCategory><gmd:MD_TopicCategoryCode>{fiche.topic.iso}</gmd:MD_TopicCategoryCode></gmd:topicCategory>
  <gmd:extent><gmd:EX_Extent>
   {_text("description", fiche.commune.name)}
   <gmd:geographicElement><gmd:EX_GeographicBoundingBox>
    {_decimal("westBoundLongitude", west)}{_decimal("eastBoundLongitude", east)}
    {_decimal("southBoundLatitude", south)}{_decimal("northBoundLatitude", north)}
   </gmd:EX_GeographicBoundingBox></gmd:geographicElement>
   <gmd:temporalElement><gmd:EX_TemporalExtent><gmd:extent><gml:TimePeriod gml:id="t1">
    <gml:beginPosition>{fiche.year}-01-01</gml:beginPosition><gml:endPosition>{fiche.year}-12-31</gml:endPosition>
   </gml:TimePeriod></gmd:extent></gmd:EX_TemporalExtent></gmd:temporalElement>
  </gmd:EX_Extent></gmd:extent>
 </gmd:MD_DataIdentification></gmd:identificationInfo>
 <gmd:distributionInfo><gmd:MD_Distribution><gmd:transferOptions><gmd:MD_DigitalTransferOptions>
  {"".join(_online(online) for online in fiche.online)}
 </gmd:MD_DigitalTransferOptions></gmd:transferOptions></gmd:MD_Distribution></gmd:distributionInfo>
 <gmd:dataQualityInfo><gmd:DQ_DataQuality>
  <gmd:scope><gmd:DQ_Scope>{_code("level", "MD_ScopeCode", "dataset")}</gmd:DQ_Scope></gmd:scope>
  <gmd:lineage><gmd:LI_Lineage>{_text("statement", "Saisie par les services de la ville.")}</gmd:LI_Lineage></gmd:lineage>
 </gmd:DQ_DataQuality></gmd:dataQualityInfo>
</gmd:MD_Metadata>
"""


def _text(name: str, value: str) -> str:
    return f"<gmd:{name}><gco:CharacterString>{escape(value)}</gco:CharacterString></gmd:{name}>"


def _code(name: str, kind: str, value: str) -> str:
    codes = (
        "http://www.loc.gov/standards/iso639-2/" if kind == "LanguageCode" else f"{CODES}#{kind}"
    )
    return f'<gmd:{name}><gmd:{kind} codeList="{codes}" codeListValue="{value}">{value}</gmd:{kind}></gmd:{name}>'


def _decimal(name: str, value: float) -> str:
    return f"<gmd:{name}><gco:Decimal>{value}</gco:Decimal></gmd:{name}>"


def _date(day: str, kind: str) -> str:
    return (
        f"<gmd:date><gmd:CI_Date><gmd:date><gco:Date>{day}</gco:Date></gmd:date>"
        f"{_code('dateType', 'CI_DateTypeCode', kind)}</gmd:CI_Date></gmd:date>"
    )


def _party(fiche: Fiche, role: str) -> str:
    return (
        f"<gmd:CI_ResponsibleParty>{_text('organisationName', fiche.organisation)}<gmd:contactInfo><gmd:CI_Contact>"
        f"<gmd:address><gmd:CI_Address>{_text('electronicMailAddress', fiche.email)}</gmd:CI_Address></gmd:address>"
        f"</gmd:CI_Contact></gmd:contactInfo>{_code('role', 'CI_RoleCode', role)}</gmd:CI_ResponsibleParty>"
    )


def _keywords(words: tuple[str, ...], thesaurus: str = "") -> str:
    return (
        "<gmd:descriptiveKeywords><gmd:MD_Keywords>"
        + "".join(_text("keyword", word) for word in words)
        + _code("type", "MD_KeywordTypeCode", "theme")
        + thesaurus
        + "</gmd:MD_Keywords></gmd:descriptiveKeywords>"
    )


def _inspire(theme: str) -> str:
    if not theme:
        return ""
    return _keywords(
        (theme,),
        "<gmd:thesaurusName><gmd:CI_Citation>"
        + _text("title", "GEMET - INSPIRE themes, version 1.0")
        + _date("2008-06-01", "publication")
        + "</gmd:CI_Citation></gmd:thesaurusName>",
    )


def _online(online: Online) -> str:
    protocol = PROTOCOLS.get(online.kind, "WWW:DOWNLOAD-1.0-http--download")
    return (
        "<gmd:onLine><gmd:CI_OnlineResource>"
        f"<gmd:linkage><gmd:URL>{escape(online.url)}</gmd:URL></gmd:linkage>"
        f"{_text('protocol', protocol)}{_text('name', online.title)}"
        f"{_code('function', 'CI_OnLineFunctionCode', 'download')}"
        "</gmd:CI_OnlineResource></gmd:onLine>"
    )


# ── Dublin Core ──────────────────────────────────────────────────────────────────────────────────────


def dublin_core(fiche: Fiche) -> str:
    """A csw:Record."""
    west, south, east, north = fiche.bbox
    subjects = "".join(f"<dc:subject>{escape(word)}</dc:subject>" for word in fiche.topic.keywords)
    references = "".join(
        f'<dct:references scheme="{PROTOCOLS.get(o.kind, "WWW:DOWNLOAD")}">{escape(o.url)}</dct:references>'
        for o in fiche.online
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<csw:Record xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dct="http://purl.org/dc/terms/" xmlns:ows="http://www.opengis.net/ows">
 <dc:identifier>{fiche.id}</dc:identifier>
 <dc:title>{escape(fiche.title)}</dc:title>
 <dc:type>dataset</dc:type>
 {subjects}
 <dct:abstract>{escape(fiche.text)}</dct:abstract>
 <dc:creator>{escape(fiche.organisation)}</dc:creator>
 <dc:publisher>{escape(fiche.organisation)}</dc:publisher>
 <dc:language>fre</dc:language>
 <dc:rights>{escape(LICENCE_TEXT)}</dc:rights>
 <dct:license>{LICENCE}</dct:license>
 <dct:created>{fiche.created}</dct:created>
 <dct:issued>{fiche.issued}</dct:issued>
 <dct:modified>{fiche.modified}</dct:modified>
 {references}
 <ows:BoundingBox crs="urn:x-ogc:def:crs:EPSG:6.11:4326">
  <ows:LowerCorner>{south} {west}</ows:LowerCorner><ows:UpperCorner>{north} {east}</ows:UpperCorner>
 </ows:BoundingBox>
</csw:Record>
"""


# ── OGC API - Records ────────────────────────────────────────────────────────────────────────────────

MEDIA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/json",
    "pdf": "application/pdf",
    "shp": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "wms": "application/vnd.ogc.wms_xml",
    "wfs": "application/vnd.ogc.wfs_xml",
}


def geojson_record(fiche: Fiche) -> dict[str, Any]:
    """A record of OGC API - Records, Part 1 (20-004r1)."""
    west, south, east, north = fiche.bbox
    return {
        "id": fiche.id,
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"],
        "type": "Feature",
        "time": {"interval": [f"{fiche.year}-01-01", f"{fiche.year}-12-31"]},
        "geometry": {
            "type": "Polygon",
            "coordinates": [
                [[west, south], [east, south], [east, north], [west, north], [west, south]]
            ],
        },
        "properties": {
            "created": f"{fiche.issued}T00:00:00Z",
            "updated": f"{fiche.modified}T08:30:00Z",
            "type": "dataset",
            "title": fiche.title,
            "description": fiche.text,
            "keywords": list(fiche.topic.keywords),
            "language": {"code": "fr"},
            "externalIds": [{"value": fiche.slug}],
            "themes": [
                {
                    "concepts": [{"id": fiche.topic.iso}],
                    "scheme": "https://standards.iso.org/iso/19139/resources/gmxCodelists.xml#MD_TopicCategoryCode",
                }
            ],
            "contacts": [
                {
                    "organization": fiche.organisation,
                    "emails": [{"value": fiche.email}],
                    "roles": ["publisher"],
                }
            ],
            "license": LICENCE,
        },
        "links": [
            {
                "rel": "service" if online.service else "enclosure",
                "type": MEDIA[online.kind],
                "title": online.title,
                "href": online.url,
            }
            for online in fiche.online
        ],
    }


# ── CKAN ─────────────────────────────────────────────────────────────────────────────────────────────


def package(fiche: Fiche) -> dict[str, Any]:
    """What `package_create` takes; the organisation is named as the commune. Extras are ckanext-dcat's and -spatial's."""
    extras = {
        "issued": fiche.issued,
        "modified": fiche.modified,
        "language": "fr",
        "frequency": FREQUENCY + FREQUENCIES[fiche.topic.frequency],
        "temporal_start": f"{fiche.year}-01-01",
        "temporal_end": f"{fiche.year}-12-31",
        "spatial": _polygon(fiche),
    }
    return {
        "id": fiche.id,
        "name": fiche.slug,
        "title": fiche.title,
        "notes": fiche.text,
        "owner_org": fiche.commune.slug,
        "author": fiche.organisation,
        "author_email": fiche.email,
        "license_id": "etalab-2.0",
        "tags": [{"name": word} for word in fiche.topic.keywords],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
        "resources": [
            {
                "name": online.title,
                "url": online.url,
                "format": online.kind.upper(),
                "mimetype": MEDIA[online.kind],
            }
            for online in fiche.online
        ],
    }


def _polygon(fiche: Fiche) -> str:
    west, south, east, north = fiche.bbox
    ring = f"[{west}, {south}], [{east}, {south}], [{east}, {north}], [{west}, {north}], [{west}, {south}]"
    return f'{{"type": "Polygon", "coordinates": [[{ring}]]}}'
