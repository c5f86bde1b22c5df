"""ISO 19139 and ISO 19115-3 metadata → a record's tree, under the standard's own names and without its scaffolding.

* A property keeps its local name; the object in it collapses into it: `identificationInfo.citation.title`. What kind of
  object it was stands under `@type` (`MD_DataIdentification`). A property that stands once is a value, otherwise a list.
* `gco:CharacterString` and its like are their text, code lists their `codeListValue`; measures keep their unit
  (`{"@value": "10", "uom": "m"}`); a `gmx:Anchor` is `{"@value": text, "@id": address}`.
* Words for people (titles, keywords …) carry the language of the metadata, `PT_FreeText` one value per language.
* A reference is `{"@id": xlink:href, "uuidref": …}`. GML geometries are their GML; a `nilReason` is nothing.
* 19115-3 has the same names but for `metadataIdentifier`, `metadataScope`, `parentMetadata`, `resourceLineage`, `party`.

What the standard only implies stands under `derived`: at the top `crs` (addresses of EPSG systems), `scale` (1:2000 as 0.0005)
and `identifier` (the resource's identifiers written as addresses); in each box `bbox`, its sides in one text; in each online
resource where it leads (see `online`), and `format`, the only one that the distribution names. The dates of the metadata themselves do not count in the fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from harvester.errors import RecordRejected
from harvester.model import Tree
from harvester.parse.online_resources import leads

VOLATILE = ("dateStamp", "dateInfo")
"""Dates of the metadata, not of what they are about."""

DEEPEST = 120
"""Levels of objects; whoever nests more means harm."""

_HREF = "{http://www.w3.org/1999/xlink}href"
_WORDED = frozenset(
    {
        "title", "alternateTitle", "abstract", "purpose", "keyword", "statement", "useLimitation", "otherConstraints",
        "organisationName", "name", "description", "supplementalInformation",
    }
)  # fmt: skip
"""Properties that hold words for people, in the language of the metadata."""

_GEOMETRIES = frozenset(
    {"Polygon", "MultiSurface", "MultiPolygon", "Surface", "Point", "LineString", "MultiPoint"}
)
_LANGUAGES = {
    "fre": "fr", "fra": "fr", "eng": "en", "ger": "de", "deu": "de", "dut": "nl", "nld": "nl", "ita": "it", "spa": "es",
    "por": "pt", "cat": "ca", "bre": "br", "baq": "eu", "eus": "eu", "cos": "co", "oci": "oc", "ltz": "lb", "pol": "pl",
    "swe": "sv", "dan": "da", "fin": "fi", "nor": "no", "cze": "cs", "ces": "cs", "slo": "sk", "slk": "sk", "hun": "hu",
    "gre": "el", "ell": "el", "rum": "ro", "ron": "ro", "bul": "bg", "hrv": "hr", "slv": "sl", "est": "et", "lav": "lv",
    "lit": "lt", "mlt": "mt", "gle": "ga", "rus": "ru", "ukr": "uk", "ara": "ar", "roh": "rm", "chi": "zh", "zho": "zh",
}  # fmt: skip
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_EPSG = re.compile(r"EPSG\b.{0,100}?(\d{4,6})\b", re.IGNORECASE)
_SIDES = (
    ("west", "westBoundLongitude"),
    ("south", "southBoundLatitude"),
    ("east", "eastBoundLongitude"),
    ("north", "northBoundLatitude"),
)
_INDENTED = re.compile(r"(?:(?<![ \t])[ \t]++)?\r?\n[ \t]+")
"""Line breaks with the indentation of XML laid out for people: it means nothing, and changes."""

_DIGITS = re.compile(r"\d{4,6}")
_NAMESPACES = re.compile(r' xmlns(?::(?!gml\b)\w+)?="[^"]*"| gml:id="[^"]*"')

_names: dict[str, str] = {}


def local(tag: str) -> str:
    """The name of an element without its namespace, or without its prefix where nobody declared that."""
    try:
        return _names[tag]
    except KeyError:
        if len(_names) > 10_000:
            _names.clear()
        name = _names[tag] = tag.rpartition("}")[2].rpartition(":")[2]
        return name


def tree(element: etree._Element) -> Tree:
    """The tree of an MD_Metadata. Raises RecordRejected for one that is nested without end."""
    reader = _Reader(_languages(element))
    found = reader.object(element, local(element.tag), 0)
    whole: Tree = found if isinstance(found, dict) else {"@type": local(element.tag)}
    _derive(whole)
    return whole


def identifier(tree: Tree, element: etree._Element) -> str:
    """What the catalogue calls the record: fileIdentifier, metadataIdentifier, or the uuid of the element."""
    for value in _all(tree, "fileIdentifier"):
        if text := words(value):
            return text
    for value in _all(tree, "metadataIdentifier"):
        if isinstance(value, dict) and (text := words(value.get("code"))):
            return text
    return (element.get("uuid") or "").strip()


def words(value: Any) -> str:
    """The text of a value of such a tree; of several the first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value.strip() if isinstance(value, str) else ""


class _Reader:
    """Reads the elements of one record; `languages` are its locales, "" the one it is written in."""

    __slots__ = ("languages",)

    def __init__(self, languages: dict[str, str]) -> None:
        self.languages = languages

    def object(self, element: etree._Element, name: str, depth: int) -> Any:
        """The value of what stands in a property; None where it says nothing."""
        if len(element) == 0:
            return _leaf(element, name)
        if depth > DEEPEST:
            raise RecordRejected(f"the metadata are nested more than {DEEPEST} objects deep")
        if name in _GEOMETRIES:
            return _NAMESPACES.sub("", etree.tostring(element, encoding="unicode", with_tail=False))
        node: Tree = {"@type": name}
        for child in element:
            tag = child.tag
            if tag.__class__ is not str:
                continue
            key = local(tag)
            if (
                key == "info" and "geonet" in tag
            ):  # GeoNetwork's own notes: when it looked, who may edit
                continue
            for value in self.property(child, key, depth):
                held = node.get(key)
                if held is None:
                    node[key] = value
                elif held.__class__ is list:
                    held.append(value)
                else:
                    node[key] = [held, value]
        return node if len(node) > 1 else None

    def property(self, element: etree._Element, key: str, depth: int) -> Iterator[Any]:
        """The values of a property: most often one."""
        language = self.languages.get("") if key in _WORDED else None
        several: etree._Element | None = None
        told: set[str] = set()
        empty = True
        for child in element:
            tag = child.tag
            if tag.__class__ is not str:
                continue
            empty = False
            name = local(tag)
            if name == "PT_FreeText":
                several = child
                continue
            value = self.object(child, name, depth + 1)
            if value is None:
                continue
            if language:
                if value.__class__ is str:
                    value = {"@value": value, "@language": language}
                    told.add(language)
                elif "@id" in value and "@value" in value:
                    value["@language"] = language
                    told.add(language)
            yield value
        if several is not None:
            yield from self.translations(several, told)
        elif empty:
            value = _leaf(element, key)
            if language and value.__class__ is str:
                value = {"@value": value, "@language": language}
            if value is not None:
                yield value

    def translations(self, element: etree._Element, told: set[str]) -> Iterator[Tree]:
        for child in element.iter():
            if child.tag.__class__ is not str or local(child.tag) != "LocalisedCharacterString":
                continue
            text = (child.text or "").strip()
            locale = (child.get("locale") or "").strip().lstrip("#")
            tag = self.languages.get(locale) or language_tag(locale)
            if text and tag not in told:
                told.add(tag)
                yield {"@value": text, "@language": tag} if tag else {"@value": text}


def _leaf(element: etree._Element, name: str) -> Any:
    """The value of an element without elements in it."""
    text = element.text
    text = text.strip() if text else ""
    if "\n" in text:
        text = _INDENTED.sub("\n", text)
    if not element.attrib:
        return text or None
    found = element.attrib
    if "codeListValue" in found:
        return found["codeListValue"].strip() or text or None
    href = str(found.get(_HREF) or "").strip()
    if name == "Anchor":
        if not href:
            return text or None
        return {"@value": text, "@id": href} if text else {"@value": href, "@id": href}
    if text:
        for key in ("uom", "type"):
            if key in found:
                unit = str(found[key]).rpartition("#")[2].strip()
                return {"@value": text, key: unit} if unit else text
        return text
    if "indeterminatePosition" in found:
        return {"indeterminatePosition": found["indeterminatePosition"]}
    uuid = (found.get("uuidref") or "").strip()
    reference = {"@id": href} if href else {}
    if uuid:
        reference["uuidref"] = uuid
    return reference or None


def _languages(element: etree._Element) -> dict[str, str]:
    """Locale identifiers → language tags; "" for the language that the metadata are written in."""
    found: dict[str, str] = {}
    for child in element:
        if child.tag.__class__ is not str:
            continue
        key = local(child.tag)
        if key == "language":
            text = "".join(map(str, child.itertext())).strip()
            codes = [code for each in child.iter() if (code := each.get("codeListValue"))]
            language = language_tag(codes[0] if codes else text)
            if language:
                found.setdefault("", language)
        elif key in ("locale", "defaultLocale", "otherLocale"):
            for locale in child.iter():
                if locale.tag.__class__ is not str or local(locale.tag) != "PT_Locale":
                    continue
                codes = [
                    code
                    for each in locale.iter()
                    if each.tag.__class__ is str
                    and local(each.tag) == "LanguageCode"
                    and (code := each.get("codeListValue"))
                ]
                language = language_tag(codes[0]) if codes else ""
                if language:
                    found.setdefault((locale.get("id") or "").strip() or "?", language)
                    if key == "defaultLocale":
                        found.setdefault("", language)
    return found


def language_tag(code: str) -> str:
    """`fre`, `fr_FR`, `http://…/fra` → a language tag, or an empty text."""
    code = code.strip().rpartition("/")[2].rpartition("#")[2].replace("_", "-").casefold()
    first = code.partition(";")[0].partition("-")[0].strip()
    first = _LANGUAGES.get(first, first)
    return first if _TAG.fullmatch(first) and len(first) == 2 else ""


def _derive(whole: Tree) -> None:
    derived: Tree = {}
    systems = list(dict.fromkeys(_systems(whole)))
    if systems:
        derived["crs"] = systems
    scales = list(dict.fromkeys(_scales(whole)))
    if scales:
        derived["scale"] = scales
    addresses = list(dict.fromkeys(_addresses(whole)))
    if addresses:
        derived["identifier"] = addresses
    if derived:
        whole["derived"] = derived
    for info in _all(whole, "identificationInfo"):
        for extent in _all(info, "extent"):
            for area in _all(extent, "geographicElement"):
                _box(area)
    for info in _all(whole, "distributionInfo"):
        _links(info)
    for service in _all(whole, "identificationInfo"):
        for operation in _all(service, "containsOperations"):
            for point in _all(operation, "connectPoint"):
                _link(point, "")


def _box(area: Any) -> None:
    """The four sides of a box as one text."""
    if isinstance(area, dict) and area.get("@type") == "EX_GeographicBoundingBox":
        sides = [(side, words(area.get(name))) for side, name in _SIDES]
        if all(number for _, number in sides):
            box = ", ".join(f"{side}={number}" for side, number in sides)
            area["derived"] = {"bbox": box.replace("=+", "=")}


def _systems(whole: Tree) -> Iterator[str]:
    for info in _all(whole, "referenceSystemInfo"):
        for named in _all(info, "referenceSystemIdentifier"):
            for code in _all(named, "code"):
                said = words(code)
                address = code.get("@id", "") if isinstance(code, dict) else ""
                match = _EPSG.search(said) or _EPSG.search(address)
                if match:
                    yield f"http://www.opengis.net/def/crs/EPSG/0/{match[1]}"
                elif _DIGITS.fullmatch(said) and "EPSG" in words(named.get("codeSpace")).upper():
                    yield f"http://www.opengis.net/def/crs/EPSG/0/{said}"


def _scales(whole: Tree) -> Iterator[str]:
    """Scales as GeoDCAT-AP writes them: 1:2000 is 0.0005."""
    for info in _all(whole, "identificationInfo"):
        for resolution in _all(info, "spatialResolution"):
            for fraction in _all(resolution, "equivalentScale"):
                denominator = (
                    words(fraction.get("denominator")) if isinstance(fraction, dict) else ""
                )
                if denominator.isdecimal() and int(denominator[:12]) > 0:
                    yield f"{1 / int(denominator[:12]):.12f}".rstrip("0")


def _addresses(whole: Tree) -> Iterator[str]:
    for info in _all(whole, "identificationInfo"):
        for citation in _all(info, "citation"):
            for named in _all(citation, "identifier"):
                for code in _all(named, "code") if isinstance(named, dict) else ():
                    said = words(code)
                    address = code.get("@id", "") if isinstance(code, dict) else ""
                    space = words(named.get("codeSpace"))
                    if _is_address(said):
                        yield said
                    elif _is_address(address):
                        yield address
                    elif said and _is_address(space) and " " not in said:
                        yield f"{space.rstrip('/')}/{said}"


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://")) and " " not in text


def _links(info: Any) -> None:
    """Say of each online resource of a distribution where it leads, and in which format if that is certain."""
    formats = {words(name) for name in _formats(info)}
    only = formats.pop() if len(formats) == 1 else ""
    options = list(_all(info, "transferOptions"))
    for distributor in _all(info, "distributor"):
        options += _all(distributor, "distributorTransferOptions")
    for option in options:
        for online in _all(option, "onLine"):
            _link(online, only)


def _formats(info: Any) -> Iterator[Any]:
    for form in _all(info, "distributionFormat"):
        yield from _all(form, "name")
        for citation in _all(form, "formatSpecificationCitation"):
            yield from list(_all(citation, "title"))[:1]


def _link(online: Any, only: str) -> None:
    if not isinstance(online, dict):
        return
    url = words(online.get("linkage"))
    if not url:
        return
    found = leads(
        url,
        words(online.get("protocol")),
        words(online.get("function")),
        words(online.get("name")),
    )
    if only and found["leads"] == "data":
        found.setdefault("format", only)
    if "name" in found:
        found["name"] = online["name"]
    online["derived"] = found


def _all(node: Any, key: str) -> Iterator[Any]:
    """The values of a property of a node, whether it holds one or several."""
    value = node.get(key) if isinstance(node, dict) else None
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
