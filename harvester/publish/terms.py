"""Lexical forms: what may stand in an RDF document, whatever a source wrote.

Every function here is total: it returns something every RDF parser accepts, or None. One malformed value must
not make a catalogue of thousands unreadable.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cnt": "http://www.w3.org/2011/content#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geodcatap": "http://data.europa.eu/930/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_PLAIN_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    r"(?://[A-Za-z0-9.\-_]+(?::[0-9]*)?(?=[/?#]|\Z))?(?!//)"
    r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*)?(?:#[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*)?"
).fullmatch
_PARTS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.\-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
).fullmatch
_AUTHORITY = re.compile(r"(?:([^@]*)@)?(\[[^\]]*\]|[^:@\[\]]*)(?::([0-9]*))?").fullmatch
_UNFIT = re.compile(
    r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%"
    "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd]"
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONCEPT = re.compile(r'(?:https?://|urn:|info:|tag:)[^\x00-\x20<>"{}|\\^`]+').fullmatch
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?").fullmatch
_OFFSET = re.compile(r"T.*[+\-](\d\d):\d\d\Z").search
_DURATION = re.compile(
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
).fullmatch


def text(value: str) -> str:
    """Without the characters XML 1.0 cannot hold (§ 2.2); the same in every format."""
    return value if value.isprintable() else _ILLEGAL.sub("", value)


@lru_cache(4096)
def language(tag: str) -> str:
    """A BCP 47 tag of language, script and region, or "" where the tag is anything else."""
    return tag if _TAG(tag) else ""


def is_iri(concept: str) -> bool:
    """Tell an authority's IRI from the source's own words."""
    return _CONCEPT(concept) is not None


def iri(value: str) -> str:
    """Return an absolute IRI by RFC 3987's grammar; what does not fit is percent-encoded (UTF-8)."""
    return value if _PLAIN_IRI(value) else _repaired(value)


def _repaired(value: str) -> str:
    parts = _PARTS(value)
    if parts is None:
        return "urn:x-invalid:" + encoded(value)
    scheme, authority, path, query, fragment = parts.groups()
    result = scheme + ":"
    if authority is not None:
        result += "//" + _authority(authority)
        path = path if not path or path.startswith("/") else "/" + path
    elif path.startswith("//"):
        path = "/." + path
    result += _fitted(path).replace("?", "%3F")
    if query is not None:
        result += "?" + _fitted(query)
    if fragment is not None:
        result += "#" + _fitted(fragment)
    return result


def _authority(value: str) -> str:
    parts = _AUTHORITY(value)
    if parts is None:
        return encoded(value)
    user, host, port = parts.groups()
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            host = encoded(host)
        else:
            host = host if "%" not in host else encoded(host)
    else:
        host = _fitted(host).replace("/", "%2F").replace("?", "%3F")
    head = "" if user is None else _fitted(user).replace("/", "%2F").replace("?", "%3F") + "@"
    return (
        head.replace(":", "%3A", head.count(":") - 1) + host + ("" if port is None else ":" + port)
    )


def _fitted(value: str) -> str:
    return _UNFIT.sub(lambda m: encoded(m[0]), value)


def encoded(value: str) -> str:
    """Percent-encode everything but letters, digits and `-._~`."""
    return quote(value, safe="", errors="replace")


@lru_cache(4096)
def date(value: str) -> tuple[str, str] | None:
    """Return an ISO date as (lexical form, datatype): its length is its precision.

    What no calendar knows (31 February, a time zone of 40 hours) is cut to the longest part that is true.
    """
    if value.startswith("-"):
        return (value[:5], "xsd:gYear") if len(value) >= 5 else None
    if len(value) > 10:
        lexical = value if value[16:17] == ":" else value[:16] + ":00" + value[16:]
        offset = _OFFSET(lexical)
        if _is_date(lexical.replace("Z", "+00:00")) and (offset is None or offset[1] < "14"):
            return lexical, "xsd:dateTime"
    if len(value) >= 10 and _is_date(value[:10]):
        return value[:10], "xsd:date"
    if len(value) >= 7:
        return value[:7], "xsd:gYearMonth"
    return (value, "xsd:gYear") if len(value) == 4 else None


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


@lru_cache(1024)
def duration(value: str) -> str | None:
    """Return an xsd:duration (weeks become days), or None where no length is stated."""
    parts = _DURATION(value)
    if parts is None or not any(parts.groups()[1:]):
        return None
    sign, years, months, weeks, days, hours, minutes, seconds = parts.groups()
    if weeks:
        days = str(int(weeks) * 7 + int(days or 0))
    day = "".join(n + u for n, u in ((years, "Y"), (months, "M"), (days, "D")) if n is not None)
    time = "".join(
        n + u for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n is not None
    )
    return f"{sign}P{day}" + (f"T{time}" if time else "")


def decimal(value: float) -> str | None:
    """Return an xsd:decimal: no exponent, no NaN, no infinity."""
    if not math.isfinite(value):
        return None
    lexical = repr(float(value))
    if "e" in lexical:
        lexical = f"{value:.20f}".rstrip("0")
        lexical = lexical + "0" if lexical.endswith(".") else lexical
    return lexical
