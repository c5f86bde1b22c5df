"""ISO metadata as trees: the standard's names without its scaffolding."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from harvester.errors import RecordRejected
from harvester.parse import iso

NAMESPACES = (
    'xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco"'
    ' xmlns:gmx="http://www.isotc211.org/2005/gmx" xmlns:srv="http://www.isotc211.org/2005/srv"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:geonet="http://www.fao.org/geonetwork"'
)
FRENCH = '<gmd:language><gmd:LanguageCode codeList="x" codeListValue="fre"/></gmd:language>'


def tree(inner: str, gml: str = "http://www.opengis.net/gml/3.2") -> dict[str, Any]:
    return iso.tree(
        etree.fromstring(
            f'<gmd:MD_Metadata {NAMESPACES} xmlns:gml="{gml}">{inner}</gmd:MD_Metadata>',
            etree.XMLParser(huge_tree=True),
        )
    )


def text(words: str) -> str:
    return f"<gco:CharacterString>{words}</gco:CharacterString>"


def citation(inner: str) -> str:
    return (
        "<gmd:identificationInfo><gmd:MD_DataIdentification><gmd:citation><gmd:CI_Citation>"
        f"{inner}</gmd:CI_Citation></gmd:citation></gmd:MD_DataIdentification></gmd:identificationInfo>"
    )


def test_objects_collapse_into_their_property_and_say_what_they_were() -> None:
    found = tree(citation(f"<gmd:edition>{text('3')}</gmd:edition>"))
    assert found["identificationInfo"] == {
        "@type": "MD_DataIdentification",
        "citation": {"@type": "CI_Citation", "edition": "3"},
    }


def test_a_property_that_stands_twice_is_a_list() -> None:
    found = tree(citation("<gmd:x>1</gmd:x><gmd:x>2</gmd:x><gmd:x>3</gmd:x>"))
    assert found["identificationInfo"]["citation"]["x"] == ["1", "2", "3"]


def test_words_carry_the_language_of_the_metadata_and_translations_their_own() -> None:
    free = (
        '<gmd:PT_FreeText><gmd:textGroup><gmd:LocalisedCharacterString locale="#EN">Trees'
        "</gmd:LocalisedCharacterString></gmd:textGroup><gmd:textGroup>"
        '<gmd:LocalisedCharacterString locale="#FR">Arbres</gmd:LocalisedCharacterString></gmd:textGroup></gmd:PT_FreeText>'
    )
    locales = "".join(
        f'<gmd:locale><gmd:PT_Locale id="{name}"><gmd:languageCode><gmd:LanguageCode codeListValue="{code}"/>'
        "</gmd:languageCode></gmd:PT_Locale></gmd:locale>"
        for name, code in (("EN", "eng"), ("FR", "fre"))
    )
    found = tree(FRENCH + locales + citation(f"<gmd:title>{text('Arbres')}{free}</gmd:title>"))
    assert found["identificationInfo"]["citation"]["title"] == [
        {"@value": "Arbres", "@language": "fr"},
        {"@value": "Trees", "@language": "en"},
    ]


def test_codes_anchors_measures_and_references_keep_what_they_say() -> None:
    found = tree(
        '<gmd:hierarchyLevel><gmd:MD_ScopeCode codeListValue="dataset">jeu</gmd:MD_ScopeCode></gmd:hierarchyLevel>'
        '<gmd:code><gmx:Anchor xlink:href="https://a.fr/x">X</gmx:Anchor></gmd:code>'
        '<gmd:distance><gco:Distance uom="http://x/uom.xml#m">10</gco:Distance></gmd:distance>'
        '<gmd:operatesOn uuidref="u" xlink:href="https://a.fr/u"/>'
    )
    assert found["hierarchyLevel"] == "dataset"
    assert found["code"] == {"@value": "X", "@id": "https://a.fr/x"}
    assert found["distance"] == {"@value": "10", "uom": "m"}
    assert found["operatesOn"] == {"@id": "https://a.fr/u", "uuidref": "u"}


def test_what_says_nothing_is_not_there() -> None:
    found = tree(
        '<gmd:pass gco:nilReason="unknown"/><gmd:a><gco:CharacterString/></gmd:a><gmd:b><gmd:MD_Constraints/></gmd:b>'
        "<geonet:info><id>17</id><changeDate>2024</changeDate></geonet:info><!-- rien -->"
    )
    assert found == {"@type": "MD_Metadata"}


@pytest.mark.parametrize(
    "gml",
    [
        "http://www.opengis.net/gml",
        "http://www.opengis.net/gml/3.2",
        "http://www.opengis.net/gml/3.1",
    ],
)
def test_periods_are_read_in_every_gml(gml: str) -> None:
    found = tree(
        '<gmd:extent><gml:TimePeriod gml:id="t1"><gml:beginPosition>2019</gml:beginPosition>'
        '<gml:endPosition indeterminatePosition="now"/></gml:TimePeriod></gmd:extent>',
        gml,
    )
    assert found["extent"] == {
        "@type": "TimePeriod",
        "beginPosition": "2019",
        "endPosition": {"indeterminatePosition": "now"},
    }


def test_a_geometry_is_its_gml_without_labels_that_change() -> None:
    polygon = "<gml:Polygon gml:id='{}'><gml:posList>1 2 3 4</gml:posList></gml:Polygon>"
    first, second = (
        tree(f"<gmd:polygon>{polygon.format(name)}</gmd:polygon>") for name in ("a1", "b2")
    )
    assert first == second
    assert "posList>1 2 3 4<" in first["polygon"]


def test_the_layout_of_the_xml_means_nothing() -> None:
    flat = tree(citation(f"<gmd:edition>{text('un&#10;deux')}</gmd:edition>"))
    laid_out = tree(citation(f"<gmd:edition>{text('un&#10;        deux')}</gmd:edition>"))
    assert flat == laid_out


@pytest.mark.parametrize(
    ("code", "space"),
    [
        (text("EPSG:2154"), ""),
        (text("urn:ogc:def:crs:EPSG:6.11:2154"), ""),
        (text("RGF93 / Lambert-93 (EPSG:2154)"), ""),
        (text("2154"), f"<gmd:codeSpace>{text('EPSG')}</gmd:codeSpace>"),
        (
            '<gmx:Anchor xlink:href="http://www.opengis.net/def/crs/EPSG/0/2154">Lambert 93</gmx:Anchor>',
            "",
        ),
    ],
)
def test_coordinate_systems_become_addresses_however_they_are_written(
    code: str, space: str
) -> None:
    found = tree(
        "<gmd:referenceSystemInfo><gmd:MD_ReferenceSystem><gmd:referenceSystemIdentifier><gmd:RS_Identifier>"
        f"<gmd:code>{code}</gmd:code>{space}</gmd:RS_Identifier></gmd:referenceSystemIdentifier>"
        "</gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>"
    )
    assert found["derived"]["crs"] == ["http://www.opengis.net/def/crs/EPSG/0/2154"]


def test_identifiers_become_addresses_only_where_they_are_or_their_space_is() -> None:
    def identifier(code: str, space: str = "") -> str:
        spaced = f"<gmd:codeSpace>{text(space)}</gmd:codeSpace>" if space else ""
        return f"<gmd:identifier><gmd:MD_Identifier><gmd:code>{text(code)}</gmd:code>{spaced}</gmd:MD_Identifier></gmd:identifier>"

    found = tree(
        citation(
            identifier("https://a.fr/1")
            + identifier("2", "https://a.fr/jeux/")
            + identifier("3", "FR-2")
        )
    )
    assert found["derived"]["identifier"] == ["https://a.fr/1", "https://a.fr/jeux/2"]


def test_metadata_nested_without_end_are_no_record() -> None:
    with pytest.raises(RecordRejected):
        tree("<gmd:a><gmd:B>" * 200 + "x" + "</gmd:B></gmd:a>" * 200)


def test_19115_3_has_the_same_paths() -> None:
    found = iso.tree(
        etree.fromstring(
            '<mdb:MD_Metadata xmlns:mdb="http://standards.iso.org/iso/19115/-3/mdb/2.0" xmlns:gco="urn:g" xmlns:lan="urn:l">'
            f"<mdb:metadataIdentifier><mdb:MD_Identifier><mdb:code>{text('abc')}</mdb:code></mdb:MD_Identifier>"
            "</mdb:metadataIdentifier>"
            '<mdb:defaultLocale><lan:PT_Locale><lan:language><lan:LanguageCode codeListValue="fre"/></lan:language>'
            "</lan:PT_Locale></mdb:defaultLocale><mdb:identificationInfo><mdb:MD_DataIdentification><mdb:citation>"
            f"<mdb:CI_Citation><mdb:title>{text('Arbres')}</mdb:title></mdb:CI_Citation></mdb:citation>"
            "</mdb:MD_DataIdentification></mdb:identificationInfo></mdb:MD_Metadata>"
        )
    )
    assert found["identificationInfo"]["citation"]["title"] == {
        "@value": "Arbres",
        "@language": "fr",
    }
    assert iso.identifier(found, etree.Element("x")) == "abc"


def test_words_made_to_be_slow_are_not() -> None:
    spaces = tree(
        citation(f"<gmd:title>{text('a' + ' ' * 50_000 + 'b' + chr(10) + '  c')}</gmd:title>")
    )
    assert spaces["identificationInfo"]["citation"]["title"].endswith("b\nc")
    system = (
        "<gmd:referenceSystemInfo><gmd:MD_ReferenceSystem><gmd:referenceSystemIdentifier><gmd:RS_Identifier><gmd:code>"
        f"{text('EPSG ' * 20_000)}</gmd:code></gmd:RS_Identifier></gmd:referenceSystemIdentifier>"
        "</gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>"
    )
    assert "derived" not in tree(system)
