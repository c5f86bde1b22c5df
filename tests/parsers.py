"""Parsers that the reading of no kind of source reaches, or only through much else, for the tests and the fuzzer.

`PARSERS` are functions of bytes that raise nothing but this project's own errors; `GOOD` are bytes to start from.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

from harvester.config.document import parse as parse_toml
from harvester.errors import HarvesterError
from harvester.fetch.platforms import Seen
from harvester.fetch.recognise import recognise
from harvester.http import charset
from harvester.http.body import Caps, TruncatedBody, read_body
from harvester.map.cleaners import CLEANERS, Tools
from harvester.map.path import Malformed, parse
from harvester.map.places import resolver
from harvester.map.tables import vocabularies
from harvester.map.values import Unclean
from harvester.parse.arcgis import item
from harvester.parse.cells import addresses, words
from harvester.parse.html import alternates, catalogue_files, page_title
from harvester.parse.listing import listing
from harvester.parse.online_resources import leads
from harvester.parse.syntaxes import recognise as syntax_of

URL = "https://sig.meudon.example/waf/"


def page(content: bytes) -> object:
    """What a page of HTML tells, and what is in it if it is a listing."""
    files = listing(content, URL)
    return (
        [(each.url, each.suffix) for each in files or ()],
        alternates(content),
        catalogue_files(content),
        page_title(content, True),
        page_title(content, False),
    )


def portal(content: bytes) -> object:
    """Which kind of portal it is that answers the same to everything."""
    addressed, _, answer = content.partition(b"\n")
    url = "https://a.example/" + addressed.decode("utf-8", "replace")
    return recognise(url, lambda asked, _: Seen(asked, answer))


def body(content: bytes) -> object:
    """A body as it comes from the network, and what is known of its characters."""
    told, _, rest = content.partition(b"\n")
    header = told.decode("latin-1")
    media_type, stated = charset.content_type(header)
    caps = Caps(1 << 20, 1 << 22, 200)
    try:
        whole = read_body(io.BytesIO(rest).read, header.partition(",")[0], caps)
    except TruncatedBody:
        return None
    name = charset.charset(media_type, stated, "/a", whole)
    return whole.decode(name or "utf-8", "replace"), syntax_of(whole, media_type, URL)


def cleaned(content: bytes) -> object:
    """What every cleaner makes of a text."""
    text = content.decode("utf-8", "replace")
    return [(name, _called(call, text)) for name, call in _cleaners().items()]


def _called(call: Callable[[Any], Any], text: str) -> Any:
    try:
        return call(text)
    except Unclean as error:
        return error.code


_made: dict[str, Callable[[Any], Any]] = {}


def _cleaners() -> dict[str, Callable[[Any], Any]]:
    if _made:
        return _made
    tools = Tools(dict(vocabularies()), resolver("fr:commune:92048"))
    arguments: dict[str, tuple[Any, ...]] = {
        "replace": ("a", "b"),
        "extract": (r"\d+",),
        "prefix": ("a",),
        "suffix": ("b",),
        "ignore": ("-",),
        "parameter": ("id",),
        "default": ("x",),
    }
    for name, cleaner in CLEANERS.items():
        given = arguments.get(name, ())
        if cleaner.scope == "tools":
            _made[name] = cleaner.call(tools, *(("theme",) if name == "known" else ()))
        elif cleaner.scope == "list":
            _made[name] = lambda text, call=cleaner.call, given=given: call([text], *given)
        else:
            _made[name] = lambda text, call=cleaner.call, given=given: call(text, *given)
    return _made


def small(content: bytes) -> object:
    """What is read out of single values: cells, links, items of a Hub."""
    first, _, rest = content.decode("utf-8", "replace").partition("\n")
    return (
        addresses(rest),
        words(rest),
        leads(rest, first),
        leads(rest, ""),
        item({"identifier": rest}),
    )


def written(content: bytes) -> object:
    """What people write: a file of TOML, a path of a mapping."""
    toml = parse_toml(content, "x.toml")
    try:
        return toml, parse(content.decode("utf-8", "replace"))
    except Malformed:
        return toml


PARSERS: dict[str, Callable[[bytes], object]] = {
    "page": page, "portal": portal, "body": body, "cleaners": cleaned, "small": small, "written": written,
}  # fmt: skip
GOOD: dict[str, tuple[bytes, ...]] = {
    "page": (
        b'<html><head><title>Portail | Index of /waf</title><link rel="alternate" type="text/turtle" href="/c.ttl"></head><body>'
        b'<h1>Index of /waf/</h1><table><tr><th>Last modified</th></tr><tr><td><a href="?C=N;O=D">N</a><a href="a%20b.ttl">'
        b'a b</a></td></tr></table><pre><a href="voirie/">v</a></pre><a href="/catalogue.csv">C</a></body></html>',
        b'<pre><A HREF="/">[To Parent Directory]</A><br> 5/2/2024 10:11 AM  &lt;dir&gt; <A HREF="/WAF/voirie/">voirie</A><br>',
    ),
    "portal": (
        b'explore/dataset/x/\n{"total_count": 3, "results": []}',
        b'datasets/x\n{"id": "a", "title": "b", "metrics": {"datasets": 2}, "organization": {"id": "c", "name": "d"}}',
        b'dataset/x\n{"success": true, "result": {"count": 2, "ckan_version": "2.9", "title": "t"}}',
        b'collections\n{"conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0"], "collections": [{"itemType": "record"}]}',
        b'srv/fre/csw\n<csw:Capabilities xmlns:csw="http://www.opengis.net/cat/csw/2.0.2"><ows:Title>x</ows:Title></csw:Capabilities>',
        b"\nid;titre;description\n1;2;3",
        b'\n<html><title>x - y</title><meta content="ckan 2"><link rel="alternate" type="text/turtle" href="/c.ttl"></html>',
        b"spreadsheets/d/x/edit?gid=1\n@prefix dcat: <http://www.w3.org/ns/dcat#> .",
    ),
    "body": (
        b"gzip, text/csv; charset=latin-1\n" + gzip.compress(b"a;b\nc;d\n" * 20),
        b"deflate\nx",
        b'text/xml; charset="utf-16"\n<?xml version="1.0" encoding="iso-8859-1"?><a/>',
    ),
    "cleaners": tuple(
        text.encode()
        for text in (
            "1er mars 2021", "du 01/02/2019 au 03/04/2020", "P1DT2H", "15 minutes", "1 234,5 Mo", "mailto:a@b.fr",
            "<p>Un <b>texte</b> &amp; <a href='https://a.fr'>lien</a></p><ul><li>x</li></ul>", "**a** [b](https://c.fr)\n\n- d\n- e",
            "SRID=4326;POLYGON((2 48,2 49,3 49,3 48,2 48))", "<gml:Envelope><gml:lowerCorner>48 2</gml:lowerCorner>"
            "<gml:upperCorner>49 3</gml:upperCorner></gml:Envelope>", "west=2; south=48; east=3; north=49", "2,48,3,49",
            '{"type":"MultiPolygon","coordinates":[[[[2,48],[2,49],[3,49],[2,48]]]]}', "Paris (75)", "Ville de Meudon",
            "http://id.insee.fr/geo/commune/92048", "aires-de_jeuxPublics", "www.meudon.fr/a b",
        )
    ),
    "small": (
        b"OGC:WMS\nhttps://a.example/geonetwork/wms?service=WMS&request=GetCapabilities&map=x",
        b"WWW:DOWNLOAD\nhttps://a.example/rest/services/x/MapServer",
        b"\nhttps://a.example/a.csv, https://b.example/b.json | www.c.example",
        b"\nhttps://www.arcgis.com/home/item.html?id=0123456789abcdef0123456789abcdef&sublayer=3",
    ),
    "written": (
        b'name = "x"\n[options]\na = [1, 2, {b = "c"}]\n[[t]]\n"d.e" = """x\n"""\n',
        b'resources.*.url | http | default("x", 3)',
        b'extras[key="a.b"].value | split(" / ")',
    ),
}  # fmt: skip


def bear(name: str, content: bytes) -> None:
    """Reads bytes twice, and says that what was found is the same."""
    assert _outcome(name, content) == _outcome(name, content)


def _outcome(name: str, content: bytes) -> object:
    try:
        return PARSERS[name](content)
    except HarvesterError as error:
        return str(error)
