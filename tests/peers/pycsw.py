"""pycsw: a CSW 2.0.2 and 3.0.0 server over a SQLite file, filled and edited by transactions of the CSW itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from tests.peers import forms, servers
from tests.peers.fiches import Fiche, fiches

PAGE = 50
DUBLIN_CORE = 32
"""How many of the fiches are kept as Dublin Core; the others are ISO 19139."""

SERVE = """
import sys
from wsgiref.simple_server import make_server
from pycsw.wsgi import application
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""
SETTINGS = """[server]
home={home}
url={url}
encoding=UTF-8
language=fr-FR
maxrecords={page}
profiles=apiso
[manager]
transactions=true
allowed_ips=127.0.0.1
[metadata:main]
{about}
[metadata:inspire]
enabled=false
[repository]
database=sqlite:///{folder}/records.db
table=records
"""
CONTACT = (
    *("name", "position", "address", "city", "stateorprovince", "postalcode", "country"),
    *("phone", "fax", "email", "url", "hours", "instructions", "role"),
)
ABOUT = {
    "identification_title": "Géocatalogue de Grand Paris Seine Ouest",
    "identification_abstract": "Les données géographiques des huit villes.",
    "identification_keywords": "urbanisme,mobilité",
    "identification_keywords_type": "theme",
    "identification_fees": "None",
    "identification_accessconstraints": "None",
    "provider_name": "Grand Paris Seine Ouest",
    "provider_url": "https://carto.gpso.example/",
    **{f"contact_{part}": "SIG" for part in CONTACT},
}


@dataclass(frozen=True, slots=True)
class Pycsw:
    """The running server; `url` is the CSW's."""

    url: str
    fiches: list[Fiche]
    dublin_core: frozenset[str]

    def put(self, fiche: Fiche) -> None:
        """Replace a record, or insert one that is not there."""
        if self._transaction("Update", self._form(fiche)) != 1:
            assert self._transaction("Insert", self._form(fiche)) == 1

    def remove(self, fiche: Fiche) -> None:
        """Delete a record."""
        constraint = (
            '<csw:Constraint version="1.1.0"><ogc:Filter xmlns:ogc="http://www.opengis.net/ogc">'
            "<ogc:PropertyIsEqualTo><ogc:PropertyName>dc:identifier</ogc:PropertyName>"
            f"<ogc:Literal>{fiche.id}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter></csw:Constraint>"
        )
        assert self._transaction("Delete", constraint) == 1

    def _form(self, fiche: Fiche) -> str:
        written = (
            forms.dublin_core(fiche) if fiche.id in self.dublin_core else forms.iso19139(fiche)
        )
        return written.partition("?>")[2]

    def _transaction(self, action: str, content: str) -> int:
        """How many records it says it has changed."""
        body = (
            '<csw:Transaction xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" service="CSW" version="2.0.2">'
            f"<csw:{action}>{content}</csw:{action}></csw:Transaction>"
        )
        asked = Request(self.url, body.encode(), {"Content-Type": "application/xml"}, method="POST")
        with urlopen(asked, timeout=30) as answer:
            told = answer.read().decode()
        done = {"Update": "Updated", "Insert": "Inserted", "Delete": "Deleted"}[action]
        count = told.partition(f"<csw:total{done}>")[2].partition("<")[0]
        assert count, told
        return int(count)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Pycsw]:
    """A server with every fiche; the last ones are Dublin Core."""
    python = servers.environment("pycsw")
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}/"
    settings = folder / "pycsw.cfg"
    settings.write_text(
        SETTINGS.format(
            home=servers.packages(python),
            url=url,
            page=PAGE,
            folder=folder,
            about="\n".join(f"{name}={value}" for name, value in ABOUT.items()),
        )
    )
    loaded = fiches("carto.gpso.example")
    dublin_core = frozenset(fiche.id for fiche in loaded[-DUBLIN_CORE:])
    records = folder / "records"
    records.mkdir()
    peer = Pycsw(url, loaded, dublin_core)
    for fiche in loaded:
        (records / f"{fiche.id}.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>' + peer._form(fiche)
        )
    admin = [python, python.with_name("pycsw-admin.py"), "-f", settings, "-c"]
    servers.command("making the repository", [*admin, "setup_db"])
    servers.command("loading", [*admin, "load_records", "-p", records])
    alive = f"{url}?service=CSW&version=2.0.2&request=GetCapabilities"
    with servers.serving(
        [python, "-c", SERVE, str(port)],
        servers.answers(alive),
        folder / "log",
        PYCSW_CONFIG=str(settings),
    ):
        yield peer
