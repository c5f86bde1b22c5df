"""What the views of a thousand communes cost: from scratch, when a few entries changed, and to be read.

Entries are invented: most about one commune, some about several, about their intercommunality, their département, their
région or the State. The views are those of as many communes of the Île-de-France.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from bench.measure import Task
from harvester.config import Config, View
from harvester.run.clusters import Clusters
from harvester.run.placing import Moves
from harvester.store import Store, bulk, open_store
from harvester.store import tables as t
from harvester.territory import Gazetteer, load
from harvester.web import app as public_face

AT = "2026-01-01T00:00:00Z"
REGION = "fr:region:11"
TIMES = 40
CHANGED = (1, 10, 100, 1000)
SHARES = (("commune", 70), ("communes", 10), ("epci", 10), ("departement", 6), ("region", 2), ("etat", 2))  # fmt: skip


class _Counters:
    registry = CollectorRegistry()


def key(number: int) -> str:
    """The id of an entry; not in the order of numbers, as harvests of many sources make them."""
    return f"{number * 2_654_435_761 % 2**32:08x}-0000-7000-8000-{number:012d}"


def prepare(entries: int, views: int, database: str) -> Task:
    """Make a store of so many entries; the task computes, changes and reads its views."""
    gazetteer = load()
    cities = list(gazetteer.slugs(REGION).items())[:views]
    config = Config(
        territory=REGION,
        title="Île-de-France",
        database=database,
        views=tuple(View(slug=slug, territory=code, title=slug) for slug, code in cities),
    )
    store = open_store(database)
    _fill(store, entries, [code for _, code in cities], gazetteer)
    clusters = Clusters.of(config, gazetteer)

    def task() -> dict[str, Any]:
        start = time.process_time()
        clusters.rebuild_views(store)
        found: dict[str, Any] = {"scratch": time.process_time() - start}
        with store.read() as connection:
            found["listings"] = bulk.select(connection, "SELECT count(*) FROM listing")[0][0]
            found["memberships"] = int(
                bulk.select(connection, "SELECT sum(count) FROM view_state WHERE audience = 'public'")[0][0]
            )  # fmt: skip
        for count in CHANGED:
            found[f"changed {count}"] = _change(store, clusters, entries, count)
        found |= _read(config, store, gazetteer, cities[len(cities) // 2][0])
        return found

    return task


def _change(store: Store, clusters: Clusters, entries: int, count: int) -> float:
    """CPU seconds for so many entries that say something else, of all kinds."""
    some = range(0, entries, max(1, entries // count))[:count]
    with store.write() as connection:
        bulk.execute(
            connection,
            "UPDATE version SET title = title || '*', digest = ? WHERE id = ?",
            [(f"{count}-{number}".encode(), number + 1) for number in some],
        )
        moves = Moves(concerned=dict.fromkeys(key(number) for number in some))
        start = time.process_time()
        clusters._show(connection, moves, 1, AT)
        return time.process_time() - start


def _fill(store: Store, entries: int, communes: list[str], gazetteer: Gazetteer) -> None:
    chance = random.Random(7)
    kinds = [name for name, share in SHARES for _ in range(share)]
    rows = [_entry(number, chance.choice(kinds), chance, communes, gazetteer) for number in range(entries)]  # fmt: skip
    with store.write() as connection:
        bulk.insert(
            connection,
            t.version,
            ("id", "record", "source", "local_id", "state", "access", "fingerprint", "recipe", "raw", "url", "entry", "coverage", "title", "search", "digest"),
            [(n + 1, n + 1, "banc", str(n), "published", "public", b"", b"", b"", "", body, coverage, title, title.lower(), str(n).encode()) for n, (body, coverage, title) in enumerate(rows)],
        )  # fmt: skip
        bulk.insert(
            connection,
            t.record,
            ("id", "source", "local_id", "version", "fingerprint", "state", "missing", "cluster", "first_seen", "changed"),
            [(n + 1, "banc", str(n), n + 1, b"", "published", 0, key(n), AT, AT) for n in range(entries)],
        )  # fmt: skip
        bulk.insert(
            connection,
            t.entry,
            ("cluster", "audience", "version", "origins", "level", "coverage", "title", "search", "digest", "issued", "modified", "seq"),
            [(key(n), "all", n + 1, f'[["banc","{n}",""]]', 0, coverage, title, title.lower(), str(n).encode(), AT, AT, 1) for n, (_, coverage, title) in enumerate(rows)],
        )  # fmt: skip


def _entry(
    number: int, kind: str, chance: random.Random, communes: list[str], gazetteer: Gazetteer
) -> tuple[bytes, str, str]:
    commune = chance.choice(communes)
    around = {unit.level: unit.code for code in gazetteer.enclosing(commune)[1:] if (unit := gazetteer.unit(code))}  # fmt: skip
    codes = [around.get(kind, commune)]
    if kind == "communes":
        codes = chance.sample(communes, min(len(communes), chance.randint(2, 4)))
    how = chance.choice(("stated", "publisher", "source"))
    title = f"Jeu {number}"
    body = {
        "kind": "dataset",
        "title": {"fr": title},
        "description": {"fr": f"Les données du jeu {number}, " + "décrites en quelques mots. " * 8},
        "keyword": {"fr": ["territoire", "données"]},
        "theme": ["http://publications.europa.eu/resource/authority/data-theme/ENVI"],
        "publisher": {"name": {"fr": f"Producteur {number % 50}"}},
        "distribution": [{"access_url": [f"https://banc.example/{number}.csv"], "format": "CSV"}],
    }
    coverage = [(code, how) for code in codes]
    return orjson.dumps(body), orjson.dumps(coverage).decode(), title


def _read(config: Config, store: Store, gazetteer: Gazetteer, slug: str) -> dict[str, float]:
    """Milliseconds of the server's CPU for a page of a city, the first time and when nothing changed."""
    served = public_face(config, store, _Counters(), gazetteer)
    paths = {
        "page": f"/villes/{slug}/",
        "second page": f"/villes/{slug}/?page=2",
        "catalog.ttl": f"/villes/{slug}/catalog.ttl",
    }
    found: dict[str, float] = {}
    for name, path in paths.items():
        cold, *warm = asyncio.run(_asked(served, path))
        found[f"{name}, first"] = cold * 1000
        found[name] = sorted(warm)[len(warm) // 2] * 1000
    return found


async def _asked(served: Callable[..., Any], path: str) -> list[float]:
    route, _, query = path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": route, "raw_path": route.encode(),
        "root_path": "", "scheme": "http", "query_string": query.encode(), "headers": [(b"accept", b"text/html")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    spent = []
    for _ in range(TIMES):
        start = time.process_time()
        await served(dict(scope), receive, send)
        spent.append(time.process_time() - start)
    if set(statuses) != {200}:
        raise SystemExit(f"{path} answered {set(statuses)}")
    return spent
