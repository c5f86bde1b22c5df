"""Portals whose rows can be asked for, harvested and proved: what the tests of slices stand on.

house = Sliced(territory, portal)
house.offers(Rows("bornes", (CODE, NAME), rows_of(…)), "opendatasoft")
house.harvest()
house.prove()
assert house.slices("meudon") == {"Bornes": (3, 12)}
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from harvester.demo import dialects
from harvester.demo.rows import Field, Rows, interfaces
from harvester.demo.services import HERE, Service, addresses, guard
from harvester.run.clusters import Clusters
from harvester.run.proving import Pass, Prover
from harvester.store import slices as stored
from harvester.store.catalogue import Audience
from harvester.store.slices import StoredSlice
from tests.portal import Answer, Asked, Portal
from tests.territory import Territory, gazetteer, turtle

CODE = Field("code_insee", "text", "Code INSEE")
NAME = Field("nom")
MEUDON, SEVRES, VANVES = "92048", "92072", "92075"
_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"


def rows_of(column: str, counts: dict[Any, int], **more: Any) -> tuple[dict[str, Any], ...]:
    """So many rows of each value of a column."""
    values = [value for value, count in counts.items() for _ in range(count)]
    return tuple({column: v, "nom": f"n° {n}", **more} for n, v in enumerate(values, 1))


def usual(name: str = "bornes", **counts: int) -> Rows:
    """Rows by INSEE code, as text: three of Meudon, five of Sèvres, four of Vanves."""
    wanted = {MEUDON: counts.get("meudon", 3), SEVRES: counts.get("sevres", 5), VANVES: 4}
    return Rows(name, (CODE, NAME), rows_of("code_insee", wanted))


class Sliced:
    """See the module. `goes_wrong` may change what is answered to questions about rows."""

    def __init__(self, territory: Territory, portal: Portal, settings: str = "") -> None:
        self.territory, self.portal = territory, portal
        self.tables: dict[str, Rows] = {}
        self.entries: dict[str, str] = {}
        self.listed: dict[str, str] = {}
        self.questions: list[str] = []
        self.goes_wrong: Callable[[Asked], Answer | None] = lambda _: None
        self.port = portal.port  # of whoever answers questions about rows
        self.moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
        territory.configure(f"[slices]\npause = 0\n{settings}")
        territory.source(
            "gpso", portal, level="epci", territory="fr:epci:200057974", http="retries = 0"
        )
        portal.answers("*", self._answer)

    def offers(
        self,
        table: Rows,
        interface: str,
        title: str = "",
        *,
        access: str = "",
        more: str = "",
        also: Iterable[str] = (),
    ) -> None:
        """List a dataset whose rows are asked for so; `also` are further addresses of data."""
        self.tables[table.name] = table
        self.entries[table.name] = self.entry(
            table, interface, title, access=access, more=more, also=also
        )

    def entry(
        self,
        table: Rows,
        interface: str,
        title: str = "",
        *,
        access: str = "",
        more: str = "",
        also: Iterable[str] = (),
    ) -> str:
        """The same, in Turtle."""
        url = addresses(
            Service(table.name, "", interface, "ENVI", table.fields, lambda _: {}), table
        )
        rights = f"dct:accessRights <{_RIGHTS}{access}> ;" if access else ""
        urls = [url, *also]
        files = " , ".join(
            f'[ a dcat:Distribution ; dct:title "{table.name}" ; dcat:accessURL <{u}> ]'
            for u in urls
        )
        name = title or table.name.capitalize()
        return (
            f"<https://donnees.gpso.example/jeux/{table.name}> a dcat:Dataset ; "
            f'dct:title "{name}"@fr ; dct:identifier "{table.name}" ; {rights} {more} dcat:distribution {files} .'
        )

    def harvest(self) -> None:
        """What the catalogue lists now."""
        assert self.territory.run("gpso").outcome == "success"

    def prove(self, *, days: float = 0, **how: Any) -> Pass:
        """One pass, so many days later than the last."""
        self.moment += timedelta(days=days)
        self.questions.clear()
        config = self.territory.config
        prover = Prover(
            config,
            self.territory.store,
            Clusters.of(config, gazetteer()),
            gazetteer(),
            threading.Event(),
            guard=guard(self.port),
            at=lambda: self.moment,
        )
        return prover.run(**how)

    def slices(self, view: str, audience: Audience = "public") -> dict[str, tuple[str, ...]]:
        """Title → the addresses of its data, of the slices that a view lists."""
        found = {}
        for row in self.territory.rows(view, audience):
            entry = orjson.loads(row.body)
            if row.coverage and row.coverage[0][1] == "slice":
                title = entry["title"]["fr"]
                found[title] = tuple(d["access_url"][0] for d in entry["distribution"])
        return found

    def counts(self, view: str, audience: Audience = "public") -> dict[str, tuple[int, int]]:
        """Title → (rows, total) as the database has them, of the slices that a view lists."""
        found = {}
        with self.territory.store.read() as connection:
            known = {row.id: row for row, _ in stored.everything(connection)}
        for row in self.territory.rows(view, audience):
            if row.id in known:
                title = orjson.loads(row.body)["title"]["fr"]
                found[title] = (known[row.id].rows, known[row.id].total)
        return found

    def known(self, commune: str = "") -> StoredSlice:
        """What is known of the only dataset, or of its slice for a commune."""
        territory = f"fr:commune:{commune}" if commune else ""
        with self.territory.store.read() as connection:
            found = [r for r, _ in stored.everything(connection) if r.territory == territory]
        assert len(found) == 1, found
        return found[0]

    def _answer(self, asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        if url.path == "/catalog.ttl":
            return Answer(body=turtle(*self.entries.values()), media_type="text/turtle")
        if url.path in self.listed:
            return Answer(body=turtle(self.listed[url.path]), media_type="text/turtle")
        self.questions.append(unquote(asked.path))
        wrong = self.goes_wrong(asked)
        if wrong is not None:
            return wrong
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        said = interfaces.answer(
            self.tables,
            HERE,
            dialects.Asked(unquote(url.path), query, asked.method, asked.headers),
        )
        return Answer(said.status, said.content, said.media_type) if said else Answer(404)
