"""Reads the published catalogues back, as a stranger would, and holds them against what must be true."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rdflib import Graph, URIRef
from rdflib.namespace import DCAT

from harvester.config import Config, HttpSettings
from harvester.demo.defects import SCRIPT
from harvester.demo.portals import Expected
from harvester.demo.samples import CANARY
from harvester.errors import SourceRefused
from harvester.http import Client
from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read
from harvester.store import Store
from harvester.store.catalogue import rows, state

SYNTAXES = ("ttl", "xml", "jsonld")
WHOLE = "tout le territoire"
LOOKED_AT = 25
"""HTML pages of datasets that are read per view."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked: what (in French, for the terminal), and what is wrong with it."""

    what: str
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What reading the public face brought together."""

    canaries: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    documents: int = 0
    origins: dict[str, set[str]] = field(default_factory=dict)
    slices: dict[str, dict[str, str]] = field(default_factory=dict)


def check(
    config: Config, store: Store, expected: Expected, tokens: Mapping[str, str]
) -> list[Verdict]:
    """Ask the running service of `config` for everything that is public, and judge it; then as the agents do.

    `tokens` open the agents' catalogues of some views.
    """
    seen = _Seen()
    host = config.base_url.removeprefix("http://")
    settings = HttpSettings(allow_hosts=(host,), retries=0)
    with Client(settings, contact=config.contact, home=config.base_url) as client:

        def get(url: str, accept: str = "*/*") -> Page:
            answer = client.fetch(url, accept=accept)
            seen.documents += 1
            text = answer.content.lower()
            if CANARY.encode() in text:
                seen.canaries.append(url)
            if answer.media_type == "text/html" and (
                SCRIPT.lower().encode() in text or b"onerror=" in text or b'"javascript:' in text
            ):
                seen.scripts.append(url)
            return Page(Request(url), answer.url, answer.content, answer.media_type, answer.charset)

        for view in ("", *(view.slug for view in config.views)):
            _look(config, store, view, get, seen)
        get(f"{config.base_url}/metrics")
        inside = tuple(_as_agents(config, store, client, tokens))
        apart_host = tuple(_own_server(config, client))
    merged, apart = _links(seen.origins, expected)
    wrong, lines = _slices(config, seen.slices, expected)
    return [
        Verdict(f"{seen.documents} documents publics lus : catalogues, fiches, tableaux, pages"),
        Verdict(
            "autant de jeux de données que dans la base, dans chaque format", tuple(seen.counts)
        ),
        Verdict("aucune ville sans catalogue", tuple(seen.empty)),
        Verdict("aucune donnée restreinte dans ce qui est public", tuple(seen.canaries)),
        Verdict(
            "chaque agent voit les données restreintes de son catalogue, et de lui seul", inside
        ),
        Verdict("une ville répond aussi sous le nom d’un serveur à elle", apart_host),
        Verdict("aucun script venu des descriptions", tuple(seen.scripts)),
        Verdict(f"{len(expected.same)} copies réunies avec leur original", merged),
        Verdict(f"{len(expected.apart)} sosies restés distincts", apart),
        Verdict(
            f"{sum(map(len, seen.slices.values()))} extraits pour {len(seen.slices)} villes ({lines} lignes), "
            "avec les lignes que leurs portails ont vraiment, et aucun de trop",
            wrong,
        ),
        Verdict(
            "les extraits d'un jeu restreint ne sont que pour les agents", _inside(config, store)
        ),
    ]


def _as_agents(
    config: Config, store: Store, client: Client, tokens: Mapping[str, str]
) -> Iterator[str]:
    """What is wrong with what agents are shown."""
    for view, token in tokens.items():
        for asked in ("", *(other.slug for other in config.views)):
            root = f"{config.base_url}/villes/{asked}" if asked else config.base_url
            headers = [("Authorization", f"Bearer {token}")]
            opens = view in ("", asked)
            try:
                text = client.fetch(f"{root}/catalog-full.ttl", headers=headers).content
            except SourceRefused as error:
                if opens or error.context.get("status") != 403:
                    yield f"le jeton de {view or WHOLE} devant {asked or WHOLE} : {error}"
                continue
            if not opens:
                yield f"le jeton de {view or WHOLE} ouvre {asked or WHOLE}"
                continue
            with store.read() as connection:
                wanted = state(connection, asked, "agents").count
            found = sum(isinstance(r, Record) for r in read(_page(f"{root}/", text)))
            if found != wanted or CANARY.encode() not in text.lower():
                yield f"{asked or WHOLE} : {found} fiches pour les agents au lieu de {wanted}"
        try:
            client.fetch(f"{config.base_url}/", headers=[("Authorization", f"Bearer {token}x")])
            yield "un faux jeton est accepté"
        except SourceRefused as error:
            if error.context.get("status") != 401:
                yield str(error)


def _own_server(config: Config, client: Client) -> Iterator[str]:
    """What is wrong with cities that are asked for by a name of their own."""
    for view in config.views:
        for host in view.hosts:
            answer = client.fetch(f"{config.base_url}/catalog.ttl", headers=[("Host", host)])
            if f"http://{host}/catalog.ttl?page=1".encode() not in answer.content:
                yield f"{host} ne montre pas le catalogue de {view.slug}"


def _page(url: str, content: bytes) -> Page:
    return Page(Request(url), url, content, "text/turtle", "utf-8")


def _look(config: Config, store: Store, view: str, get: Callable[..., Page], seen: _Seen) -> None:
    root = f"{config.base_url}/villes/{view}" if view else config.base_url
    with store.read() as connection:
        count = state(connection, view, "public").count
    if not count:
        seen.empty.append(view or "le territoire")
    found: dict[str, int] = {}
    pages: list[str] = []
    for syntax in SYNTAXES:
        records = list(_records(f"{root}/catalog.{syntax}", get))
        found[syntax] = len({record.id for record in records})
        if not view:
            for record in records:
                for origin in record.tree.get("prov:wasDerivedFrom", ()):
                    seen.origins.setdefault(origin["@id"], set()).add(record.id)
        pages = [record.id for record in records]
        if view:
            seen.slices[view] = {
                _text(record, "dct:title"): _text(record, "dct:description")
                for record in records
                if f"{config.base_url}/datasets/" in repr(record.tree.get("dct:isPartOf", ""))
            }
    found["ttl, par rdflib"] = _counted_by_another_reader(get(f"{root}/catalog-full.ttl"))
    table = get(f"{root}/datasets.csv").content.decode("utf-8-sig")
    found["csv"] = sum(1 for _ in csv.DictReader(io.StringIO(table, newline="")))
    seen.counts += [
        f"{view or 'territoire'}, {syntax} : {number} au lieu de {count}"
        for syntax, number in found.items()
        if number != count
    ]
    get(f"{root}/", "text/html")
    for url in pages[:LOOKED_AT]:
        get(url, "text/html")


def _records(url: str, get: Callable[..., Page]) -> Iterator[Record]:
    """The records of all pages of a catalogue."""
    waiting, asked = [url], {url}
    while waiting:
        for item in read(get(waiting.pop())):
            if isinstance(item, Record):
                yield item
            elif isinstance(item, Request) and item.url not in asked:
                asked.add(item.url)
                waiting.append(item.url)


def _counted_by_another_reader(page: Page) -> int:
    """What rdflib, which shares nothing with our own reader, counts as listed in the catalogue."""
    graph = Graph().parse(data=page.content, format="turtle")
    lists = [URIRef(f"{DCAT}{name}") for name in ("dataset", "resource", "service")]
    return len({listed for name in lists for listed in graph.objects(None, name)})


def _text(record: Record, name: str) -> str:
    """The first literal of a property."""
    for value in record.tree.get(name, ()):
        return str(value.get("@value", "")) if isinstance(value, dict) else str(value)
    return ""


def _slices(
    config: Config, found: dict[str, dict[str, str]], expected: Expected
) -> tuple[tuple[str, ...], int]:
    """What cities' catalogues say of slices, and should not; and how many rows they lead to."""
    wrong: list[str] = []
    count = 0
    for view in config.views:
        listed = dict(found.get(view.slug, {}))
        for title, (mine, total) in expected.slices.get(view.territory, {}).items():
            said = [key for key in listed if key.startswith(f"{title} : ")]
            if not 0 < mine < total:
                wrong += [f"{view.slug} : {key} en trop" for key in said]
                continue
            number = f"{mine} ligne{'s' if mine > 1 else ''} sur {total}"
            if len(said) != 1 or number not in listed.pop(said[0]):
                wrong.append(f"{view.slug} : {title} : {number} attendues")
            count += mine
        wrong += [f"{view.slug} : {title} en trop" for title in listed]
    return tuple(wrong), count


def _inside(config: Config, store: Store) -> tuple[str, ...]:
    """Cities whose agents do not have the slice of the restricted dataset."""
    missing = []
    for view in config.views:
        with store.read() as connection:
            listed = rows(connection, view.slug, "agents")
            slices = [row for row in listed if row.coverage[0][1] == "slice"]
        if not any(CANARY.encode() in row.body for row in slices):
            missing.append(view.slug)
    return tuple(missing)


def _links(
    origins: dict[str, set[str]], expected: Expected
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Copies that were not merged with their original, and look-alikes that were merged."""
    split = tuple(
        " ≠ ".join(addresses)
        for addresses in expected.same
        if len(set[str]().union(*(origins.get(address, set()) for address in addresses))) != 1
        or not all(address in origins for address in addresses)
    )
    confused = tuple(
        f"{one} = {other}"
        for one, other in expected.apart
        if origins.get(one, set()) & origins.get(other, set())
    )
    return split, confused
