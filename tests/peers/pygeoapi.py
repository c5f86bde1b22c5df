"""pygeoapi: OGC API - Records over a TinyDB file, filled and edited by the API's own transactions (Part 4)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.peers import forms, servers
from tests.peers.fiches import LICENCE, Fiche, fiches

PAGE = 50
SERVE = """
import sys
from werkzeug.serving import run_simple
from pygeoapi.flask_app import APP
run_simple("127.0.0.1", int(sys.argv[1]), APP)
"""
LOAD = """
import json, sys
from tinydb import TinyDB
TinyDB(sys.argv[1], ensure_ascii=False).insert_multiple(json.load(sys.stdin))
"""


@dataclass(frozen=True, slots=True)
class Pygeoapi:
    """The running server; `url` is its landing page, `collection` that of the records."""

    url: str
    fiches: list[Fiche]

    @property
    def collection(self) -> str:
        return f"{self.url}/collections/fiches"

    def put(self, fiche: Fiche) -> None:
        """Replace a record, or insert one that is not there."""
        content = json.dumps(forms.geojson_record(fiche)).encode()
        try:
            self._ask("GET", f"/items/{fiche.id}")
        except HTTPError:  # replacing what is not there says 204 and does nothing
            self._ask("POST", "/items", content)
        else:
            self._ask("PUT", f"/items/{fiche.id}", content)

    def remove(self, fiche: Fiche) -> None:
        """Delete a record."""
        self._ask("DELETE", f"/items/{fiche.id}")

    def _ask(self, method: str, path: str, content: bytes | None = None) -> None:
        headers = {"Content-Type": "application/geo+json"}
        asked = Request(self.collection + path, content, headers, method=method)
        with urlopen(asked, timeout=30) as answer:
            answer.read()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Pygeoapi]:
    """A server with every fiche."""
    python = servers.environment("pygeoapi")
    port = servers.free_port()
    peer = Pygeoapi(f"http://127.0.0.1:{port}", fiches("records.gpso.example"))
    catalogue, rows = folder / "catalogue.db", folder / "bornes.geojson"
    rows.write_text(json.dumps(_features()))
    records = json.dumps([forms.geojson_record(fiche) for fiche in peer.fiches])
    servers.command("loading", [python, "-c", LOAD, catalogue], records)
    settings, description = folder / "settings.yml", folder / "openapi.yml"
    settings.write_text(json.dumps(_settings(peer.url, port, catalogue, rows)))  # JSON is YAML
    given = {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(description)}
    generate = ["openapi", "generate", settings, "--output-file", description]
    servers.command("describing", [python.with_name("pygeoapi"), *generate], **given)
    with servers.serving(
        [python, "-c", SERVE, str(port)],
        servers.answers(f"{peer.url}/conformance"),
        folder / "log",
        **given,
    ):
        yield peer


COUNTS = {"92048": 3, "92072": 70, "92075": 4}
"""INSEE code → features of the collection `bornes`."""


def _features() -> dict[str, object]:
    codes = [code for code, count in COUNTS.items() for _ in range(count)]
    features = [
        {
            "type": "Feature",
            "id": str(number),
            "geometry": {"type": "Point", "coordinates": [2.2 + number / 1000, 48.8]},
            "properties": {"code_insee": code, "nom": f"n° {number}"},
        }
        for number, code in enumerate(codes)
    ]
    return {"type": "FeatureCollection", "features": features}


def _settings(url: str, port: int, catalogue: Path, rows: Path) -> dict[str, object]:
    title = "Catalogue de Grand Paris Seine Ouest"
    said = {"title": title, "description": title, "keywords": ["données ouvertes"]}
    site = "https://records.gpso.example"
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["fr-FR"],
            "limits": {"default_items": 10, "max_items": PAGE},
            "map": {"url": f"{site}/tuiles/{{z}}/{{x}}/{{y}}.png", "attribution": title},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                **said,
                "keywords_type": "theme",
                "terms_of_service": LICENCE,
                "url": site,
            },
            "license": {"name": "Licence Ouverte 2.0", "url": LICENCE},
            "provider": {"name": "Grand Paris Seine Ouest", "url": site},
            "contact": {"name": "SIG", "email": "sig@gpso.example"},
        },
        "resources": {
            "bornes": {
                **said,
                "type": "collection",
                "links": [],
                "extents": {"spatial": {"bbox": [2.1, 48.7, 2.4, 48.9]}},
                "providers": [
                    {"type": "feature", "name": "GeoJSON", "data": str(rows), "id_field": "id"}
                ],
            },
            "fiches": {
                **said,
                "type": "collection",
                "links": [],
                "extents": {"spatial": {"bbox": [2.1, 48.7, 2.4, 48.9]}},
                "providers": [
                    {
                        "type": "record",
                        "name": "TinyDBCatalogue",
                        "data": str(catalogue),
                        "id_field": "externalId",
                        "time_field": "updated",
                        "title_field": "title",
                        "editable": True,
                    }
                ],
            },
        },
    }
