"""The EPT's data services: datasets of the whole territory whose rows can be asked for, and some that only look like it.

Every interface that slices know is there, with fields of every type, and the traps that must not become slices.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from harvester.demo.rdf import Iri, Literal, Node
from harvester.demo.rows import Field, Rows
from harvester.demo.samples import CANARY, TERRITORY, Producer, Sample
from harvester.demo.styles import AUTHORITY, LICENCE_OUVERTE, Style, describe
from harvester.http.guard import Guard
from harvester.territory import Gazetteer, Unit

SOURCE = "gpso-services"
HOST = "services.gpso.example"
HERE = f"http://{HOST}"
"""Where the catalogue says that the data are; `guard` leads there."""
CODE = Field("code_insee", "text", "Code INSEE")
POINT = Field("geo_point_2d", "point", "Position")
NAME = Field("nom", "text", "Nom")


@dataclass(frozen=True, slots=True)
class Service:
    """One dataset: by what interface it is asked, its fields, and how many rows it may have of each commune.

    `local` is whether slices are to be found. `place` writes the commune into a row, in the fields' own way.
    """

    slug: str
    title: str
    interface: str
    theme: str
    fields: tuple[Field, ...]
    place: Callable[[Unit], dict[str, Any]]
    local: bool = True
    access: str = "PUBLIC"
    habits: frozenset[str] = field(default_factory=frozenset)


def _code(unit: Unit) -> dict[str, Any]:
    return {"code_insee": unit.local}


SERVICES: tuple[Service, ...] = (
    Service("defibrillateurs", "Défibrillateurs du territoire", "opendatasoft", "HEAL", (CODE, NAME, POINT), _code),
    Service("bornes-recharge", "Bornes de recharge pour véhicules électriques", "opendatasoft", "TRAN",
            (Field("insee_com", "integer", "Commune (INSEE)", ("facet",)), NAME), lambda u: {"insee_com": int(u.local)}),
    Service("points-apport", "Points d’apport volontaire", "opendatasoft", "ENVI",
            (NAME, POINT), lambda _: {}),
    Service("marches-publics-territoire", "Marchés publics par lieu d’exécution", "tabular", "ECON",
            (Field("commune_lieu", notes=("commune",)), NAME,
             Field("code_postal_siege", notes=("code_postal",))),
            lambda u: {"commune_lieu": u.name, "code_postal_siege": "75001"}),
    Service("valeurs-foncieres", "Ventes immobilières du territoire", "tabular", "REGI",
            (Field("code_commune", "integer", notes=("code_commune_insee",)), Field("prix", "integer"), NAME),
            lambda u: {"code_commune": int(u.local), "prix": 400_000}),
    Service("lieux-tournage", "Lieux de tournage du territoire", "datastore", "EDUC",
            (Field("codgeo", "text", "Code géographique"), NAME), lambda u: {"codgeo": u.local}),
    Service("pistes-cyclables", "Aménagements cyclables du territoire", "wfs", "TRAN",
            (CODE, NAME, POINT), _code, habits=frozenset({"ignores-cql"})),
    Service("eclairage-public", "Points lumineux de l’éclairage public", "wfs", "ENER",
            (Field("commune", "text"), NAME, POINT), lambda u: {"commune": u.name.upper()}),
    Service("bancs-publics", "Bancs publics du territoire", "features", "ENVI", (CODE, NAME, POINT), _code),
    Service("espaces-verts", "Espaces verts du territoire", "arcgis", "ENVI",
            (Field("CODE_INSEE"), NAME, POINT), lambda u: {"CODE_INSEE": u.local}),
    Service("aides-entreprises", "Entreprises aidées par le territoire", "opendatasoft", "ECON",
            (CODE, Field("insee_commune"), NAME),
            lambda u: {"code_insee": u.local, "insee_commune": "75056"}, local=False),
    Service("abris-velos", "Abris à vélos du territoire", "features", "TRAN", (CODE, NAME), _code,
            local=False, habits=frozenset({"ignores"})),
    Service(f"sinistres-{CANARY}", f"Sinistres déclarés {CANARY}", "opendatasoft", "GOVE", (CODE, NAME), _code,
            access="RESTRICTED"),
)  # fmt: skip


def guard(port: int) -> Guard:
    """Leads who asks the invented host to the sample portal at a port of this machine, and everybody else nowhere."""

    def resolve(host: str, _port: int, _family: int = 0, kind: int = 0) -> list[Any]:
        if host != HOST:
            raise socket.gaierror(f"{host} does not exist")
        return [(socket.AF_INET, kind, 0, "", ("127.0.0.1", port))]

    return Guard(frozenset({HOST}), resolve)


def tables(gazetteer: Gazetteer) -> dict[str, Rows]:
    """The rows of every service, by its name; always the same."""
    return {service.slug: _rows(service, gazetteer) for service in SERVICES}


def _rows(service: Service, gazetteer: Gazetteer) -> Rows:
    rng = random.Random(service.slug)  # noqa: S311 - variety, not secrecy
    rows = []
    for code in gazetteer.members(TERRITORY):
        unit = gazetteer.unit(code)
        if unit is None:
            continue
        for number in range(2 + rng.randrange(12)):
            row = {NAME.name: f"{service.slug} {unit.name} {number + 1}", **service.place(unit)}
            if POINT in service.fields and unit.bbox:
                west, south, east, north = unit.bbox
                # near the middle, where no neighbour's box reaches far
                row[POINT.name] = (
                    round((west + east) / 2 + rng.uniform(-0.001, 0.001), 6),
                    round((south + north) / 2 + rng.uniform(-0.001, 0.001), 6),
                )
            rows.append({f.name: row[f.name] for f in service.fields})
    rng.shuffle(rows)
    return Rows(service.slug, service.fields, tuple(rows), service.habits)


def addresses(service: Service, table: Rows) -> str:
    """Where the interface of a service stands."""
    match service.interface:
        case "opendatasoft":
            return (
                f"{HERE}/api/explore/v2.1/catalog/datasets/{table.name}/exports/csv?use_labels=true"
            )
        case "tabular":
            return f"{HERE}/api/resources/{table.uuid}/data/csv/"
        case "datastore":
            return f"{HERE}/dataset/{table.name}/resource/{table.uuid}/download/{table.name}.csv"
        case "wfs":
            return f"{HERE}/geoserver/wfs?service=WFS&version=2.0.0&request=GetFeature&typeNames=gpso:{table.name}"
        case "features":
            return f"{HERE}/collections/{table.name}/items"
        case _:
            return f"{HERE}/arcgis/rest/services/{table.name}/FeatureServer/0"


def described(producer: Producer, gazetteer: Gazetteer) -> Iterator[Node]:
    """The datasets, as a DCAT catalogue says them."""
    for service in SERVICES:
        table = _rows(service, gazetteer)
        sample = Sample(
            iri=f"https://{producer.host}/services/{service.slug}",
            identifier=f"{service.slug}@services",
            slug=service.slug,
            producer=producer,
            title=service.title,
            text="Relevé des huit communes, tenu par les services du territoire et mis à jour chaque semaine.",
            theme=service.theme,
            keywords=("territoire", service.interface),
            frequency="WEEKLY",
            formats=(),
            issued="2023-02-01",
            modified="2024-11-04",
            landing=f"https://{producer.host}/services/{service.slug}/information",
            access=service.access,
        )
        data = Node(
            f"{sample.iri}/donnees",
            "dcat:Distribution",
            (
                ("dct:title", Literal(f"gpso:{service.slug}", "fr")),
                ("dcat:accessURL", Iri(addresses(service, table))),
                ("dct:format", Iri(f"{AUTHORITY}/file-type/CSV")),
                ("dct:license", LICENCE_OUVERTE),
            ),
        )
        yield describe(replace(sample), Style(), ("dcat:distribution", data))


def expected(gazetteer: Gazetteer) -> dict[str, dict[str, tuple[int, int]]]:
    """Commune → title of a public dataset → (its rows, all rows): what its catalogue must say."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for service in SERVICES:
        if not service.local or service.access != "PUBLIC":
            continue
        table = _rows(service, gazetteer)
        for code in gazetteer.members(TERRITORY):
            unit = gazetteer.unit(code)
            if unit is None:
                continue
            mine = service.place(unit)
            if mine:
                count = sum(1 for row in table.rows if mine.items() <= row.items())
            else:
                count = len(table.within(*(unit.bbox or (0, 0, 0, 0))))
            found.setdefault(code, {})[service.title] = (count, len(table.rows))
    return found
