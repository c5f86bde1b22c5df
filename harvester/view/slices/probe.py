"""The way from an entry to the proof that some of its rows are a commune's, whatever the portal: pure, question by question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from harvester.errors import SourceRefused
from harvester.parse.online_resources import LONGEST_ADDRESS
from harvester.view.slices.answers import is_refused
from harvester.view.slices.columns import Commune, agrees, conditions
from harvester.view.slices.values import (
    Condition,
    Conversation,
    Counted,
    Endpoint,
    Link,
    Part,
    Refusal,
    Table,
)
from harvester.view.slices.words import Words

DIALECTS = ("opendatasoft", "arcgis", "features", "wfs", "tabular", "datastore")
"""In the order in which they are tried: one portal may speak several, and a dataset must not be counted twice."""
_OF_TABLES = frozenset({"tabular", "datastore"})
_TABLES = frozenset({"", "CSV", "TSV", "XLS", "XLSX", "ODS", "PARQUET"})
"""What the portals that read files themselves can read; their other files are none of their tables."""
MOST_TABLES = 5
"""Tables of one dataset (a file per year, say) that are asked; of one with more nothing is published."""
MOST_TRIES = 3
_FINAL = frozenset({400, 404, 405, 406, 409, 410, 414, 422, 501})
"""Statuses that are an answer; the others are failures, which prove nothing."""


class Dialect(Protocol):
    """What a module of this package offers that asks a kind of portal."""

    NAME: str

    def recognise(self, url: str, key: str, title: str, words: Words) -> Endpoint | None:
        """The table behind an address; `title` is what its distribution is called."""

    def survey(self, endpoint: Endpoint, words: Words) -> Conversation[Table]:
        """Columns, samples and the count of all rows."""

    def count(self, table: Table, condition: Condition) -> Conversation[Counted]:
        """The rows that a condition leaves."""

    def links(self, table: Table, counted: Counted) -> tuple[Link, ...]:
        """The addresses of those rows."""


def dialect(name: str) -> Dialect:
    """The dialect of that name."""
    return cast(Dialect, import_module(f"harvester.view.slices.{name}"))


def addresses(entry: Mapping[str, Any]) -> set[str]:
    """Every address by which an entry may name its data: who sees one of them may see a slice found by it."""
    return {url for url, _, _ in _addresses(entry)}


def _addresses(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(address, what its distribution is called, the code of its format)."""
    for item in entry.get("distribution") or ():
        title = next(iter((item.get("title") or {}).values()), "")
        form = str(item.get("format") or "").rpartition("/")[2].upper()
        for service in item.get("access_service") or ():
            for url in service.get("endpoint_url") or ():
                yield url, title, form
        for name in ("access_url", "download_url"):
            for url in item.get(name) or ():
                yield url, title, form
    for url in entry.get("landing_page") or ():
        yield url, "", ""


def _is_web(url: str) -> bool:
    """Whether an address can be looked into at all."""
    try:
        return len(url) <= LONGEST_ADDRESS and urlsplit(url).scheme in ("http", "https")
    except ValueError:  # square brackets or odd letters in the host
        return False


def endpoints(entry: Mapping[str, Any], words: Words) -> dict[str, list[Endpoint]]:
    """Dialect → the tables of an entry, each once, in the order of `DIALECTS`."""
    found: dict[str, dict[tuple[str, str], Endpoint]] = {name: {} for name in DIALECTS}
    for url, title, form in _addresses(entry):
        if not _is_web(url):
            continue
        for name in DIALECTS:
            if name in _OF_TABLES and form not in _TABLES:
                continue
            endpoint = dialect(name).recognise(url, url, title, words)
            if endpoint is not None:
                found[name].setdefault((endpoint.url, endpoint.layer), endpoint)
                break
    return {name: list(tables.values()) for name, tables in found.items() if tables}


def survey(
    groups: Mapping[str, Sequence[Endpoint]],
    communes: Sequence[Commune],
    words: Words,
    *,
    boxes: bool = True,
) -> Conversation[tuple[Table, ...] | Refusal]:
    """The tables that can be asked for one of the communes at least; or why there are none."""
    refusal: Refusal | None = None
    for name, listed in groups.items():
        if len(listed) > MOST_TABLES:
            refusal = refusal or Refusal(
                "too-many-tables",
                f"Le jeu de données a {len(listed)} tableaux ; au-delà de {MOST_TABLES}, aucun extrait n’est proposé.",
            )
            continue
        tables = []
        for endpoint in listed:
            try:
                table = yield from dialect(name).survey(endpoint, words)
            except SourceRefused as error:
                refusal = refusal or _refused(error)
                continue
            if table.total == 0:
                refusal = refusal or Refusal("empty", "Le portail n’a aucune ligne à montrer.")
                continue
            for commune in communes:
                ways = conditions(table, commune, words, boxes=boxes)
                if not isinstance(ways, Refusal):
                    tables.append(table)
                    break
                refusal = refusal or ways
        if tables:
            return tuple(tables)
    return refusal or Refusal(
        "no-platform",
        "Aucune de ses adresses n’est celle d’un portail auquel on puisse demander certaines lignes seulement.",
    )


def prove(
    tables: Sequence[Table], commune: Commune, words: Words, *, boxes: bool = True
) -> Conversation[tuple[Part, ...] | Refusal]:
    """The tables of a dataset that have rows of the commune, and other rows; or why there are none."""
    parts: list[Part] = []
    refusal: Refusal | None = None
    for table in tables:
        found = yield from _prove(table, commune, words, boxes)
        if isinstance(found, Part):
            parts.append(found)
        else:
            refusal = refusal or found
    return tuple(parts) or refusal or Refusal("no-column", "Rien à demander.")


def _prove(
    table: Table, commune: Commune, words: Words, boxes: bool
) -> Conversation[Part | Refusal]:
    ways = conditions(table, commune, words, boxes=boxes)
    if isinstance(ways, Refusal):
        return ways
    speaker = dialect(table.endpoint.dialect)
    refusal: Refusal | None = None
    kind = ways[0].kind
    tries = 0
    for condition in ways:
        if condition.kind != kind or tries == MOST_TRIES:
            continue
        tries += 1
        try:
            counted = yield from speaker.count(table, condition)
        except SourceRefused as error:
            refusal = refusal or _refused(error)
            kind = next((c.kind for c in ways[ways.index(condition) + 1 :]), kind)
            continue
        judged = judge(table, condition, counted, commune)
        if judged is None:
            return Part(
                table.endpoint,
                condition.kind,
                condition.column,
                counted.filter,
                condition.reason,
                counted.rows,
                table.total,
                speaker.links(table, counted),
            )
        refusal = refusal or judged
    return refusal or Refusal("no-column", "Rien à demander.")


def judge(table: Table, condition: Condition, counted: Counted, commune: Commune) -> Refusal | None:
    """What speaks against publishing what was counted; None where nothing does."""
    name, rows, total = commune.unit.name, counted.rows, table.total
    stray = not condition.box and any(
        not agrees(condition, row[condition.column])
        for row in counted.samples
        if condition.column in row
    )
    if stray:
        return Refusal(
            "filter-ignored",
            f"Le portail répond par des lignes d’autres communes : il ne tient pas compte de la question sur « {condition.column} ».",
        )
    if rows == 0:
        return Refusal("zero-rows", f"Aucune ligne ne concerne {name} sur {total}.")
    if rows >= total:
        return Refusal(
            "all-rows",
            f"Le portail répond par toutes les lignes ({total}) : soit le jeu entier concerne {name}, soit la question est ignorée.",
        )
    return None


def _refused(error: SourceRefused) -> Refusal:
    """What the portal's clear no means; raises the error again where it is none."""
    status = error.context.get("status")
    if status == 501:
        return Refusal("not-counted", f"Le portail ne dit pas combien de lignes il a : {error}")
    if status is None or status in _FINAL or is_refused(error):
        return Refusal("portal-refuses", f"Le portail refuse la question : {error}")
    raise error
