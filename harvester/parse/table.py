"""A catalogue kept as a table (CSV, XLSX, ODS) → its records.

A record's tree is `{column: text}`, under the names that the table's schema or, failing that, the table itself gives its
columns; empty cells are left out. What is derived stands under one key, `derived`:

* `derived.resources`: what can be fetched, as trees of the same columns. In a known layout one per address and format
  (`{"URL": …, "FORMAT_RESSOURCES": …}`): several rows with one identifier, several addresses or formats in one cell. In
  a table of any other layout: its rows.
* `derived.page`: the address, where all of the record's resources have the same one; for Opendatasoft's export the page of
  the dataset on the portal that gave it.
* `derived.origin`: `{"id": …, "domain": …}`, the record's identifier at the portal it was taken from.
* `derived.access`: all that its columns say of who may see it, whatever they are called.
* `derived.publisher`, `derived.custodian`: `{"name": …, "siret": …}` of who publishes the dataset and of who keeps the table for them.
  The publisher is who the row says (PRODUCTEUR_…, else COLL_…), else who the source's settings say. The custodian is
  who the settings say, else a COLL_NOM that is not the publisher.

Rows are records when they have an identifier or a title. Rows with the same identifier and title are one record with
several resources, as reserved as the strictest of them; with the same identifier and another title, another record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import quote, urlsplit

from harvester.errors import SourceRefused
from harvester.model import Problem, Tree
from harvester.parse import json
from harvester.parse.cells import SAID, Judge, addresses, words
from harvester.parse.columns import (
    ANY,
    DATAGOUV,
    OPENDATASOFT,
    SCDL,
    Heading,
    Layout,
    familiar,
    folded,
    heading,
)
from harvester.parse.page import Found, Page
from harvester.parse.sheets import SEPARATORS, rows_of
from harvester.parse.workbook import OLE, ZIP, Rows

_ACCESS = frozenset(
    {
        "acces", "accesauxdonnees", "access", "accesslevel", "accessrights", "confidentialite", "droitsacces", "droitsdacces",
        "niveaudacces", "visibilite", "visibility",
    }
)  # fmt: skip
_OPEN = frozenset({"", "public", "ouvert", "open"})
_LIMITED = frozenset({"restreint", "restreinte", "restricted"})
_SHIELDED = tuple("=+-@")


@dataclass(frozen=True, slots=True)
class Party:
    """A body: its name and its SIRET or SIREN."""

    name: str = ""
    siret: str = ""

    def tree(self) -> dict[str, str]:
        """As it stands in a record's tree."""
        return {key: value for key, value in (("name", self.name), ("siret", self.siret)) if value}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person says of a table, where it is to be read otherwise than it looks; empty: as it looks.

    `row` is the number of the row with the columns' names. `publisher` is who publishes what does not say it.
    """

    sheet: str = ""
    row: int = 0
    encoding: str = ""
    separator: str = ""
    identifier: str = ""
    title: str = ""
    publisher: Party = Party()
    custodian: Party = Party()
    ignored: tuple[str, ...] = ()
    ignore_parameters: frozenset[str] = frozenset()


def read(page: Page, reading: Reading) -> Iterator[Found]:
    """Yield the records of a table, their number, and what is wrong with it, by row and column, in French.

    Raises SourceRefused for what is no table (`not-table`, `page-empty`, `table-damaged`, `table-bomb`, `table-sheet`,
    `table-encoding`) or has no row that names its columns (`table-heading`).
    """
    problems: list[Problem] = []
    try:
        rows = rows_of(
            page.content,
            page.charset,
            problems.append,
            sheet=reading.sheet,
            encoding=reading.encoding,
            separator=reading.separator,
            familiar=familiar,
        )
        head = heading(rows(), row=reading.row, identifier=reading.identifier, title=reading.title)
        if head is None:
            raise SourceRefused(
                "aucune ligne du tableau ne nomme ses colonnes (ID, TITRE, DESCRIPTION…) : l'ajouter, ou donner son numéro "
                "par l'option « header ».",
                code="table-heading",
            )
    finally:
        yield from problems
    yield from _of_heading(head)
    yield from _Table(page, reading, head, rows).records()


def _of_heading(head: Heading) -> Iterator[Problem]:
    place = f"ligne {head.row}"
    for name, near in head.unknown:
        meant = f" : vouliez-vous dire « {near} » ?" if near else ""
        yield Problem(
            "table-columns",
            f"{place} : le schéma {head.layout.name} n'a pas de colonne « {name} »{meant}",
            "warning" if near else "info",
            place,
            name[:200],
        )
    for name in head.repeated:
        yield Problem(
            "table-columns",
            f"{place} : plusieurs colonnes s'appellent « {name} » ; la première est lue sous ce nom",
            path=place,
            value=name[:200],
        )
    if head.missing:
        names = ", ".join(head.missing)
        yield Problem(
            "table-columns",
            f"{place} : il manque des colonnes du schéma {head.layout.name} : {names}",
            "info",
            place,
            names[:200],
        )


class _Table:
    """One reading of a table: the rows pass twice, once to name the records, once to make them."""

    def __init__(self, page: Page, reading: Reading, head: Heading, rows: Rows) -> None:
        self._page, self._reading, self._head, self._rows = page, reading, head, rows
        self._layout: Layout = head.layout
        self._columns = [
            next((c for c in self._layout.columns if self._layout.closed and c.name == name), None)
            for name in head.names
        ]
        ignored = {folded(name) for name in reading.ignored}
        self._volatile = tuple(
            name
            for name in head.names
            if folded(name) in ignored or name.startswith(self._layout.counters)
        )
        # A CSV whose last line has no end may have been cut off there.
        self._ended = (
            page.content.startswith((ZIP, OLE)) or page.content[-4:].rstrip(b"\0")[-1:] in b"\r\n"
        )
        self._access = [name for name in head.names if folded(name) in _ACCESS]
        self._custodian = reading.custodian.tree()
        self._publisher = reading.publisher.tree()

    def records(self) -> Iterator[Found]:
        names: list[str] = []
        yield from self._named(names)
        times = Counter(names)
        judge = Judge()
        waiting: dict[str, tuple[Tree, dict[Any, dict[str, str]]]] = {}
        for name, (row, cells) in zip(names, self._data(), strict=True):
            tree: Tree = {}
            for key, column, text in zip(self._head.names, self._columns, cells, strict=False):
                if column is not None and name:
                    text, problem = judge.cell(row, column, text)
                    if problem:
                        yield problem
                if "\n" in text and _swallowed(text, len(self._head.names)):
                    yield _unclosed(row, key, text)
                if text:
                    tree[key] = text
            if not name:
                continue
            resources = _once(self._resources(tree))
            if name in waiting:
                first, others = waiting[name]
                fresh = _once(
                    {**_otherwise(tree, first), **each} if self._layout.url else each
                    for each in resources.values()
                )
                for key, each in fresh.items():
                    others.setdefault(key, each)
                guarded = {
                    key: max(first.get(key, ""), tree.get(key, ""), key=_reserved)
                    for key in self._access
                    if key in first or key in tree
                }
                tree, resources = {**tree, **first, **guarded}, others
            times[name] -= 1
            if times[name]:
                waiting[name] = (tree, resources)
                continue
            waiting.pop(name, None)
            yield json.record(
                name,
                self._completed(tree, list(resources.values())),
                self._page.url,
                ignore_parameters=self._reading.ignore_parameters,
                volatile=self._volatile,
            )
        yield from judge.rest()

    def _data(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the heading that hold something, their cells trimmed."""
        head = list(self._head.cells)
        for row, cells in self._rows():
            if row <= self._head.row:
                continue
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed) and trimmed != head:
                yield (
                    row,
                    [
                        cell[1:]
                        if cell[:1] == "'" and cell[1:2] in _SHIELDED and cell[1:2]
                        else cell
                        for cell in trimmed
                    ],
                )

    def _named(self, names: list[str]) -> Iterator[Problem]:
        """Append each row's name: its record's, or nothing for a row that can be none."""
        head, titles = self._head, dict[str, int]()
        at = head.names.index(head.identifier) if head.identifier in head.names else -1
        beside = head.names.index(head.title) if head.title in head.names else -1
        said: Counter[str] = Counter()
        width = len(head.names)

        def _say(
            code: str, row: int, what: str, value: str, severity: Any = "warning"
        ) -> Iterator[Problem]:
            said[code] += 1
            if said[code] <= SAID:
                yield Problem(code, f"ligne {row} : {what}", severity, f"ligne {row}", value[:200])

        if at < 0:
            yield Problem(
                "record-unnamed",
                f"ligne {head.row} : pas de colonne d'identifiant (« ID ») ; les fiches sont reconnues à leur titre, et passeront "
                "pour d'autres s'il change",
                path=f"ligne {head.row}",
            )
        usual, cut = 0, False
        for row, cells in self._data():
            usual, cut = max(usual, len(cells)), len(cells) < usual
            if any(cells[width:]):
                what = f"{len(cells)} cellules pour {width} colonnes ; un texte où se trouve le séparateur s'écrit entre guillemets"
                yield from _say("table-width", row, what, " ; ".join(filter(None, cells[width:])))
            identifier = cells[at] if 0 <= at < len(cells) else ""
            title = cells[beside] if 0 <= beside < len(cells) else ""
            if not identifier and not title:
                names.append("")
                filled = [cell for cell in cells if cell]
                if len(filled) > 1:
                    what = f"ni {head.identifier or 'identifiant'} ni {head.title or 'titre'} ; la ligne est laissée de côté"
                    yield from _say("record-malformed", row, what, " ; ".join(filled), "error")
                continue
            name = identifier
            if not identifier:
                name = json.invented({"title": folded.__wrapped__(title)})
                if at >= 0:
                    what = f"colonne {head.identifier} vide ; la fiche est reconnue à son titre, et passera pour une autre s'il change"
                    yield from _say("record-unnamed", row, what, title)
            elif title:
                same = hash(
                    folded.__wrapped__(title)
                )  # titles do not come back: not worth remembering
                if titles.setdefault(identifier, same) != same:
                    name = json.invented({"id": identifier, "title": folded(title)})
                    what = f"l'identifiant « {identifier[:80]} » est déjà celui d'un autre titre ; en donner un autre à cette ligne"
                    yield from _say("record-duplicate", row, what, title)
            names.append(name)
        if cut and not self._ended:
            names[-1] = ""
            what = f"ligne {row} : le fichier s'arrête au milieu de la ligne ; elle est laissée comme elle était"
            yield Problem("record-truncated", what, "error", f"ligne {row}")
        for code, count in said.items():
            if count > SAID:
                severity: Any = "error" if code == "record-malformed" else "warning"
                yield Problem(code, f"… et {count - SAID} autres lignes, de même.", severity)

    def _resources(self, tree: Tree) -> list[dict[str, str]]:
        layout = self._layout
        if layout is ANY:
            return [{key: text for key, text in tree.items() if key not in self._volatile}]
        if not layout.url:
            return []
        urls, formats = addresses(tree.get(layout.url, "")), words(tree.get(layout.format, ""))
        if not urls or (layout is DATAGOUV and not formats):
            return []  # a page alone, where the files' own addresses are not told, is none
        if len(urls) > 1 and len(formats) == 1:
            formats *= len(urls)
        if len(urls) == 1:
            urls *= max(1, len(formats))
        elif len(urls) != len(formats):
            known = {form.casefold(): form for form in reversed(formats)}
            formats = [known.get(_suffix(url), "") for url in urls]
        return [
            {layout.url: url, layout.format: form} if form else {layout.url: url}
            for url, form in zip_longest(urls, formats, fillvalue="")
        ]

    def _completed(self, tree: Tree, resources: list[dict[str, str]]) -> Tree:
        """The tree with what is derived from it."""
        layout = self._layout
        derived: Tree = {}
        if resources:
            derived["resources"] = resources
        if layout.url:
            pages = {each.get(layout.url) for each in resources}
            if len(pages) == 1:
                derived["page"] = pages.pop()
        elif layout is OPENDATASOFT:
            parts = urlsplit(self._page.url)
            if parts.scheme in ("http", "https") and tree.get("datasetid"):
                slug = quote(tree["datasetid"], safe="")
                derived["page"] = f"{parts.scheme}://{parts.netloc}/explore/dataset/{slug}/"
        if said := [tree[name] for name in self._access if name in tree]:
            derived["access"] = said
        origin, domain = (tree.get(name, "") for name in layout.origin)
        if origin:
            derived["origin"] = {"id": origin, "domain": domain} if domain else {"id": origin}
        parties = [
            Party(tree.get(name, ""), tree.get(siret, "")).tree()
            for name, siret in layout.publishers
        ]
        publisher = next(filter(None, parties), self._publisher)
        custodian = self._custodian
        if layout is SCDL and not custodian and parties[1] and not _same(parties[1], publisher):
            custodian = parties[1]
        if publisher:
            derived["publisher"] = publisher
        if custodian and not _same(custodian, publisher):
            derived["custodian"] = custodian
        return {**tree, "derived": derived} if derived else tree


def _swallowed(text: str, width: int) -> bool:
    """Whether a cell holds rows: a quotation mark before it was not closed."""
    if width < 4 or len(text) < 200:
        return False
    lines = text.split("\n")[1:]
    return any(sum(line.count(each) >= width - 1 for line in lines) > 1 for each in SEPARATORS)


def _unclosed(row: int, column: str, text: str) -> Problem:
    return Problem(
        "table-quote",
        f"ligne {row}, colonne {column} : la cellule contient {text.count(chr(10))} lignes du tableau, qui n'ont pas été lues ; "
        "un guillemet ouvert n'y est pas refermé",
        "error",
        f"ligne {row}, colonne {column}",
        text[:200],
    )


def _same(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two parties are one: by SIREN where both say it, else by name."""
    numbers = one.get("siret", "")[:9], other.get("siret", "")[:9]
    if all(numbers):
        return numbers[0] == numbers[1]
    return folded(one.get("name", "")) == folded(other.get("name", ""))


def _reserved(said: str) -> int:
    """How reserved a row says that it is: of several rows of one record the strictest counts."""
    word = folded(said)
    return 0 if word in _OPEN else 1 if word in _LIMITED else 2


def _otherwise(tree: Tree, first: Tree) -> dict[str, str]:
    """What a further row says otherwise than the first."""
    return {key: text for key, text in tree.items() if first.get(key) != text}


def _once(resources: Iterable[dict[str, str]]) -> dict[Any, dict[str, str]]:
    """The resources by what they say: each once, in their order."""
    found: dict[Any, dict[str, str]] = {}
    for each in resources:
        found.setdefault(frozenset(each.items()), each)
    return found


def _suffix(url: str) -> str:
    path = url.partition("#")[0].partition("?")[0]
    return path.rpartition(".")[2].casefold() if "." in path else ""
