"""A published territory in memory, behind the same door as the store (`harvester.web.reading.Reading`)."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator

import orjson
from prometheus_client import CollectorRegistry

from harvester.config import Config, Source, View
from harvester.model import (
    Agent,
    ContactPoint,
    DataService,
    Dataset,
    Distribution,
    Entry,
    Location,
    PeriodOfTime,
)
from harvester.store.catalogue import Difference, Gone, Moved, Row, ViewState
from harvester.web.reading import Changed, Unavailable

with warnings.catch_warnings():  # Starlette would rather have the successor of httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient as Client

__all__ = ["Client", "Counters", "Shelf", "config", "entry", "key", "row", "shelf"]

EU = "http://publications.europa.eu/resource/authority/"
FORMATS = ("CSV", "GEOJSON", "XLSX", "SHP")
SUBJECTS = (
    (
        "Arbres remarquables",
        "ENVI",
        "Chaque arbre remarquable, sa hauteur, son essence et son âge.",
    ),
    ("Budget primitif", "GOVE", "Le budget voté, par nature et par fonction."),
    ("Menus de la restauration scolaire", "EDUC", "Les menus de la semaine dans les écoles."),
    ("Stationnement des vélos", "TRAN", "Arceaux et abris, avec leur nombre de places."),
)


def entry(number: int, city: str = "Issy-les-Moulineaux") -> Dataset:
    """An invented dataset; the same number gives the same one."""
    title, theme, text = SUBJECTS[number % len(SUBJECTS)]
    return Dataset(
        title={"fr": f"{title} – {city} ({number})"},
        description={
            "fr": f"<p>{text}</p><script>alert(1)</script><p>Mis à jour par le service <em>SIG</em>.</p>"
        },
        identifier=(f"jeu-{number}",),
        keyword={"fr": ("territoire", "données ouvertes", title.split()[0].lower())},
        theme=(f"{EU}data-theme/{theme}",),
        publisher=Agent(name={"fr": f"Ville d’{city}"}, identifier="21920040700013"),
        contact_point=(
            ContactPoint(name={"fr": "Service des données"}, email="donnees@ville.example"),
        ),
        license=f"{EU}licence/ETALAB_2_0",
        accrual_periodicity=f"{EU}frequency/ANNUAL",
        issued="2021-03-01",
        modified=f"2025-{1 + number % 12:02}-01",
        language=(f"{EU}language/FRA",),
        spatial=(Location(name={"fr": city}, identifier="92040", bbox=(2.23, 48.81, 2.29, 48.84)),),
        temporal=(PeriodOfTime(start="2020", end="2024-12-31"),),
        landing_page=(f"https://data.ville.example/jeux/{number}",),
        distribution=tuple(
            Distribution(
                title={"fr": f"Export {name}"},
                download_url=(f"https://data.ville.example/jeux/{number}/export.{name.lower()}",),
                format=f"{EU}file-type/{name}",
                byte_size=1234 * (number + 1),
                license=f"{EU}licence/ETALAB_2_0",
            )
            for name in FORMATS[: 1 + number % 4]
        ),
    )


def key(number: int) -> str:
    """The id of the dataset of a number."""
    return f"00000000-0000-4000-8000-{number:012}"


def row(number: int, value: Entry | None = None) -> Row:
    """A stored row."""
    return Row(
        id=key(number),
        seq=number + 1,
        issued="2026-01-01T00:00:00Z",
        modified="2026-02-01T00:00:00Z",
        body=orjson.dumps((value or entry(number)).model_dump(mode="json")),
        origins=(("issy", f"jeu-{number}", f"https://data.ville.example/jeux/{number}"),),
        level=0,
        coverage=(("fr:commune:92040", "stated"),),
        audience="all",
    )


class Shelf:
    """Rows by view; `fail_after` makes the store break off after so many blocks."""

    def __init__(self, views: dict[str, list[Row]], seq: int = 7) -> None:
        self.views = views
        self.seq = seq
        self.differing: dict[str, list[Difference]] = {}
        self.gone: dict[str, Gone | Moved] = {}
        self.fail_after: int | None = None
        self.short = 0
        self.blocks = 0
        self.rendered = 0
        self.kept: dict[tuple[str, str], bytes] = {}

    def state(self, view: str) -> ViewState:
        """See Reading."""
        if self.fail_after == -1:
            raise Unavailable("down")
        return ViewState(self.seq, "2026-02-01T00:00:00Z", len(self.views.get(view, [])))

    def fragments(
        self,
        view: str,
        seq: int,
        format: str,  # noqa: A002
        offset: int,
        limit: int,
        render: Callable[[Row], bytes],
    ) -> list[bytes]:
        """See Reading."""
        if seq != self.seq:
            raise Changed("another state")
        if self.fail_after is not None and self.blocks >= self.fail_after:
            raise Unavailable("broken off")
        self.blocks += 1
        found = []
        for held in self.views[view][offset : offset + limit - self.short]:
            if (held.id, format) not in self.kept:
                self.rendered += 1
                self.kept[held.id, format] = render(held)
            found.append(self.kept[held.id, format])
        return found

    def rows(self, view: str) -> Iterator[Row]:
        """See Reading."""
        yield from self.views.get(view, [])

    def page(
        self, view: str, words: tuple[str, ...], level: str, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """See Reading."""
        held = [held for held in self.views.get(view, []) if level in ("", held.near)]
        return len(held), held[offset : offset + limit]

    def levels(self, view: str) -> dict[str, int]:
        """See Reading."""
        return Counter(held.near for held in self.views.get(view, []))

    def entry(self, view: str, key: str) -> Row | Gone | Moved | None:
        """See Reading."""
        if key in self.gone:
            return self.gone[key]
        return next((r for rows in self.views.values() for r in rows if r.id == key), None)

    def merged(self, row: Row) -> list[str]:
        """See Reading."""
        return sorted(k for k, v in self.gone.items() if isinstance(v, Moved) and v.to == row.id)

    def differences(self, row: Row) -> list[Difference]:
        """See Reading."""
        return self.differing.get(row.id, [])


class Counters:
    """Metrics with nothing in them."""

    registry = CollectorRegistry()


def config(base_url: str = "https://donnees.example.fr", **web: object) -> Config:
    """Grand Paris Seine Ouest with two cities."""
    return Config.model_validate(
        {
            "territory": "fr:epci:200057974",
            "title": "Données ouvertes de Grand Paris Seine Ouest",
            "base_url": base_url,
            "web": web,
            "views": [
                View(
                    slug="issy-les-moulineaux",
                    territory="fr:commune:92040",
                    title="Issy Open Data",
                    intro="Les données d’**Issy-les-Moulineaux**.",
                    homepage="https://www.issy.com/",
                    colour="#e2001a",
                    contact="opendata@ville.example",
                ),
                View(
                    slug="meudon",
                    territory="fr:commune:92048",
                    title="Meudon en données",
                    colour="#ffd400",
                ),
            ],
            "sources": [
                Source(
                    id="issy",
                    name="Portail d’Issy-les-Moulineaux",
                    kind="dcat",
                    url="https://data.ville.example/catalog.ttl",
                    level="commune",
                    territory="fr:commune:92040",
                )
            ],
        }
    )


def shelf(count: int = 45) -> Shelf:
    """A territory of `count` datasets, a third of them Issy's, one service, one tombstone, one merger."""
    rows = [row(number) for number in range(count)]
    service = DataService(
        title={"fr": "Service WFS"}, endpoint_url=("https://data.ville.example/wfs",)
    )
    if count:
        rows[-1] = row(count - 1, service)
    made = Shelf({"": rows, "issy-les-moulineaux": rows[::3], "meudon": []})
    made.gone = {key(900): Gone("2026-01-15T00:00:00Z"), key(901): Moved(key(0))}
    return made
