"""What a record points at: datasets of portals wherever addresses hide them, and addresses of files.

A dataset of a portal is written `portal/id`, whatever name of the portal and whichever of its addresses was used. Three
strengths, for the caller to keep apart: operational pointers (say which dataset it is), addresses of files (shared ones are
evidence), other identifiers (weak: they get cloned with last year's record).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from harvester.link.names import HOST

_ODS = re.compile(
    r"/(?:explore/(?:embed/)?dataset|api/(?:explore/v[\d.]+/catalog|v2/catalog|datasets/1\.0)(?:/datasets)?)"
    r"/([^/?#]+)"
)
_ARCGIS = re.compile(r"/(?:datasets|maps|items)/(?:[^/?#]+::)?([0-9a-f]{32}(?:_\d+)?)(?![0-9a-f])")
_CKAN = re.compile(r"/dataset/([^/?#]+)(?:/resource/|/?(?:[?#]|$))")
_UDATA = re.compile(r"/(?:fr/|en/)?datasets/([0-9a-f]{24})(?![0-9a-f])")
_UDATA_FILE = re.compile(r"/(?:fr/|en/)?datasets/r/([0-9a-f-]{36})")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VOLATILE = re.compile(
    r"(?:^|(?<=[?&]))(?:use_labels(?:_for_header)?|lang|timezone|delimiter|csv_separator|utm_[a-z]+|outsr|where|v|t|ts)=[^&]*&?",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"(?:[?&](?:service|request)=|/(?:wfs|wms|wmts|ows|csw|geoserver)(?:[/?]|$)|/rest/services/?$|getcapabilities)",
    re.IGNORECASE,
)
_OPENDATASOFT = ".opendatasoft.com"
_USUAL_PORT = re.compile(r":(?:80|443)?$")


@dataclass(frozen=True, slots=True)
class Portal:
    """What an operator knows of a portal. `owner` is the code of the unit whose portal it is; `gathers` tells that it
    shows others' datasets as its own records and may show one twice (a national catalogue)."""

    key: str
    kind: str
    level: int
    hosts: tuple[str, ...]
    owner: str | None = None
    alias: str | None = None
    gathers: bool = False


class Portals:
    """Portals by every name they have."""

    def __init__(self, portals: Iterable[Portal], aliases: Mapping[str, str] | None = None) -> None:
        self.all = tuple(portals)
        self.by_key = {portal.key: portal for portal in self.all}
        self._names: dict[str, str] = {}
        for portal in self.all:
            for host in portal.hosts:
                self._names[_bare(host)] = portal.key
        for portal in self.all:
            if portal.alias:
                self._names.setdefault(f"{portal.alias.lower()}{_OPENDATASOFT}", portal.key)
        self._names.update(aliases or {})
        self._seen: dict[str, str] = {}

    def key(self, name: str) -> str:
        """The portal of a host or of the short name that Opendatasoft gives one; an unknown host is itself."""
        found = self._seen.get(name)
        if found is None:
            bare = _bare(name)
            if "." not in bare:
                bare = f"{bare}{_OPENDATASOFT}"
            found = self._seen[name] = self._names.get(bare, bare)
        return found

    def names(self, scheme: str) -> bool:
        """Whether what an identifier is said to be of is a portal: a host, or the short name of one that is known."""
        return bool(HOST.match(scheme)) or (bool(scheme) and self.key(scheme) in self.by_key)

    def known(self, key: str) -> bool:
        """Whether a key is that of a portal that is told of here."""
        return key in self.by_key

    def with_aliases(self, aliases: Mapping[str, str]) -> Portals:
        """The same with more names."""
        return Portals(self.all, {**self._names, **aliases})


def _bare(host: str) -> str:
    return _USUAL_PORT.sub("", host.strip().lower().removeprefix("www."))


def host_of(url: str) -> str:
    """The host of an address, as written."""
    return url.partition("://")[2].partition("/")[0]


def dataset_at(url: str, portals: Portals) -> tuple[str, str] | None:
    """(portal, id) of the dataset whose page, export or file an address is; None where it is none's."""
    if "/explore/" in url or "/api/" in url:
        found = _ODS.search(url)
        if found:
            return portals.key(host_of(url)), clean_id(found[1])
    if "/dataset" in url or "/maps/" in url or "/items/" in url:
        path = url.lower()
        found = _ARCGIS.search(path) or _UDATA.search(path) or _CKAN.search(path)
        if found:
            return portals.key(host_of(url)), clean_id(found[1])
    return None


_LAYER = re.compile(r"(?<=[0-9a-f]{32})_0$")


def clean_id(written: str) -> str:
    """An id as it is compared."""
    if "%" in written:
        written = unquote(written)
    written = written.strip().lower()
    return written[:-2] if len(written) == 34 and _LAYER.search(written) else written


def expand(portal: str, local: str, portals: Portals) -> list[tuple[str, str]]:
    """A dataset and those it says it stands for: `piscines@sevres` is `piscines` of the portal `sevres`."""
    chain = [(portal, local)]
    while "@" in local and len(chain) < 5:
        local, _, name = local.rpartition("@")
        chain.append((portals.key(name), local))
    return chain


def address(url: str) -> str:
    """The form in which two spellings of a file's address are equal; empty for services and front pages."""
    if _SERVICE.search(url):
        return ""
    base, _, query = url.partition("#")[0].partition("?")
    start = base.find("://")
    host, slash, path = base[start + 3 :].partition("/")
    path = path.rstrip("/")
    if not path:
        return ""
    found = _UDATA_FILE.search(base.lower()) if "/datasets/r/" in base else None
    if found:
        return f"udata:{found[1]}"
    if query:
        query = _VOLATILE.sub("", query).strip("&")
        if query:
            query = "?" + "&".join(sorted(query.split("&")))
    return f"{_bare(host)}{slash}{unquote(path) if '%' in path else path}{query}"


def uuid(text: str) -> str | None:
    """The UUID that an identifier is or ends with."""
    found = _UUID.search(text.lower())
    return found[0] if found and len(text) - found.end() < 2 else None
