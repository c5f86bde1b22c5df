"""A configured territory for tests: sources on loopback portals, a database, and what readers see.

def test_…(territory, portal):
    territory.source("meudon", portal, "/catalog.ttl")
    portal.answer("/catalog.ttl", body=catalogue(dataset("arbres", "Arbres")), media_type="text/turtle")
    outcome = territory.run("meudon")
    assert territory.titles("meudon") == ["Arbres"]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from harvester.config import Config
from harvester.run.clusters import Clusters
from harvester.run.outcome import Outcome
from harvester.run.recipes import Recipes, load_config
from harvester.run.settle import release
from harvester.run.source import run_source
from harvester.store import Store, catalogue, open_store, runs
from harvester.store.audience import Audience
from harvester.territory import Gazetteer, load
from tests.portal import Portal

PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""
HOME = "https://data.meudon.example"


@cache
def gazetteer() -> Gazetteer:
    return load()


def dataset(name: str, title: str, more: str = "", home: str = HOME) -> str:
    """One dataset in Turtle; `more` are further properties, each closed by `;`."""
    return f"""<{home}/datasets/{name}> a dcat:Dataset ;
    dct:title "{title}"@fr ; dct:identifier "{name}" ; {more}
    dcat:distribution <{home}/datasets/{name}/csv> .
<{home}/datasets/{name}/csv> a dcat:Distribution ; dcat:accessURL <{home}/files/{name}.csv> .
"""


def turtle(*parts: str) -> bytes:
    """A document of Turtle."""
    return (PREFIXES + "\n".join(parts)).encode()


def datasets(count: int, first: int = 0, home: str = HOME) -> bytes:
    """A document of numbered datasets with titles of their own."""
    return turtle(
        *(dataset(f"jeu-{n}", f"Jeu numéro {n}", home=home) for n in range(first, first + count))
    )


@dataclass
class Territory:
    """A folder of configuration and a database; `reload` follows a change of files."""

    folder: Path
    database: str
    settings: str = ""
    _store: Store | None = field(default=None)

    def __post_init__(self) -> None:
        (self.folder / "sources").mkdir(parents=True)
        self.configure()

    def configure(self, settings: str = "", territory: str = "fr:epci:200057974") -> None:
        """Write config.toml anew."""
        self.folder.joinpath("config.toml").write_text(
            f'territory = "{territory}"\nbase_url = "https://donnees.gpso.example"\n'
            f'database = "{self.database}"\n{settings}'
        )

    def source(
        self,
        name: str,
        portal: Portal | None = None,
        path: str = "/catalog.ttl",
        *,
        kind: str = "dcat",
        level: str = "commune",
        territory: str = "fr:commune:92048",
        more: str = "",
        http: str = "retries = 0",
    ) -> None:
        """Write a source's file; `more` goes before its tables, or holds tables, `http` into that table."""
        url = portal.at(path) if portal else path
        host = f'allow_hosts = ["{portal.host}"]' if portal else ""
        self.folder.joinpath("sources", f"{name}.toml").write_text(
            f'name = "{name}"\nkind = "{kind}"\nurl = "{url}"\nlevel = "{level}"\n'
            f'territory = "{territory}"\n{more}\n[http]\n{http}\n{host}\n'
        )

    @property
    def config(self) -> Config:
        return load_config(self.folder / "config.toml")

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(self.database)
        return self._store

    def run(self, name: str, **arguments: Any) -> Outcome:
        """Harvest one source."""
        config = self.config
        recipes = Recipes(config, gazetteer())
        source = config.source(name)
        assert source is not None
        clusters = Clusters.of(config, recipes.gazetteer)
        clusters.catch_up(self.store)
        return run_source(config, self.store, recipes.recipe(source), clusters, **arguments)

    def release(self, name: str) -> None:
        """Say that what is in quarantine has really gone."""
        config = self.config
        source = config.source(name)
        run = runs.begin(self.store, name)
        assert source is not None
        assert run is not None
        with self.store.write() as connection:
            release(connection, source, run, Clusters.of(config, gazetteer()))
            runs.end(connection, run, "success", {}, "released")

    def rows(self, view: str = "", audience: Audience = "public") -> list[catalogue.Row]:
        """What a view shows."""
        with self.store.read() as connection:
            return list(catalogue.rows(connection, view, audience))

    def titles(self, view: str = "", audience: Audience = "public") -> list[str]:
        """The French titles a view shows, sorted."""
        return sorted(orjson.loads(row.body)["title"]["fr"] for row in self.rows(view, audience))

    def ids(self) -> dict[str, str]:
        """Title → published id, in the territory's view."""
        return {orjson.loads(row.body)["title"]["fr"]: row.id for row in self.rows()}

    def entry(self, cluster: str) -> object:
        """What the public is told of an id."""
        with self.store.read() as connection:
            return catalogue.entry(connection, cluster)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, for what no reader sees."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def numbers(titles: Iterable[str]) -> list[int]:
    """The numbers of `datasets`' titles."""
    return sorted(int(title.rpartition(" ")[2]) for title in titles)
