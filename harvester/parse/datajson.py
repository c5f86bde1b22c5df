"""`data.json` and its kin → records: DCAT-US 1.1 and 3.0, and the DCAT feeds of ArcGIS Hub, as plain JSON.

The feeds of Hubs are JSON-LD; they are read as what they are written like all the same: their names (`dct:title`) are those of
our prefix table, so one mapping reads them all, an item at a time (see `harvester.parse.outline`), and a feed
whose template went wrong in one place loses only that place.

A record's tree is the item itself. Datasets that a series, a service or a catalogue record embeds are records of their own, and are left
in there as references. What is derived stands under one key, `derived`:

* `derived.arcgis.item`, `.layer`, `.page`: the ArcGIS item, wherever its id hides, and its page;
* `derived.series`: the names of the series that embed the dataset;
* `derived.type`: what the list is for that the item stands in, where it has no `@type` (`DataService`, `DatasetSeries`).

A Hub calls its datasets by item (`…/datasets/<item>_<layer>`, `…/item.html?id=<item>&sublayer=<layer>`) or by
slug (`…/datasets/<organisation>::<title>`), and changes its mind. Their records are called `<item>_<layer>`.

Standards: resources.data.gov, "DCAT-US Schema v1.1 (Project Open Data Metadata Schema)"; "DCAT-US 3.0".
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from harvester.errors import SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import arcgis, json
from harvester.parse.encoding import repaired_utf8
from harvester.parse.outline import Part, items, outline
from harvester.parse.page import Found, Page, Request

WANTED = "a data.json or a DCAT feed"

DEEPEST = 20
"""Catalogues within catalogues."""

VOLATILE_PARAMETERS = frozenset({"cacheid", "outsr", "spatialrefid", "where=1"})
"""Parameters of a Hub's downloads that come and go: "all of it" (`where=1=1`), the projection it is stored in."""

_LISTS = {
    "dataset": "Dataset",
    "datasets": "Dataset",
    "dcat:dataset": "Dataset",
    "datasetSeries": "DatasetSeries",
    "dcat:datasetSeries": "DatasetSeries",
    "service": "DataService",
    "dataservice": "DataService",
    "dataService": "DataService",
    "dcat:service": "DataService",
    "catalog": "Catalog",
    "dcat:catalog": "Catalog",
    "record": "CatalogRecord",
    "dcat:record": "CatalogRecord",
}
"""Key of a catalogue → what the things are that it lists."""

_EMBEDDING = {
    "DatasetSeries": ("seriesMember", "dcat:seriesMember", "first", "last", "dcat:first", "dcat:last"),
    "DataService": ("servesDataset", "dcat:servesDataset"),
    "CatalogRecord": ("primaryTopic", "foaf:primaryTopic"),
}  # fmt: skip
"""Where things that are no dataset may hold one."""

_TITLES = ("title", "dct:title", "dcterms:title")
_ARCGIS = re.compile(rb"arcgis", re.IGNORECASE)
_REFERENCE = frozenset({"@id", "@type", "id", "identifier", "title"})


@dataclass(slots=True)
class _Catalogue:
    """What a document lists, and what has been said of it.

    `listed` are beginnings and ends in `content`, `series` the series of a dataset by its name, `names` what datasets are
    called by their records' names, where another may be called the same.
    """

    page: Page
    ignore: frozenset[str]
    content: bytes = b""
    listed: dict[str, array[int]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    series: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    embedded: bool = False

    def note_one(self, what: str, part: Part) -> None:
        """Note one thing that is listed."""
        self.listed.setdefault(what, array("q")).extend((part.start, part.end))

    def spans(self, what: str) -> Iterator[tuple[int, int]]:
        """Where the things of a sort begin and end."""
        edges = self.listed.get(what, ())
        return zip(edges[::2], edges[1::2], strict=True)

    def say(self, problem: Problem) -> None:
        """Note a defect of the page's text, once for all its items."""
        if problem.code not in self.noted:
            self.noted.add(problem.code)
            self.problems.append(problem)

    def told(self) -> Iterator[Problem]:
        """What was noted since."""
        yield from self.problems
        self.problems.clear()


def read(page: Page, *, ignore_parameters: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Yield the records and problems of a catalogue, and the sub-catalogues of the same host that it names by address.

    Raises SourceRefused for what is no catalogue of this sort.
    """
    found = _Catalogue(page, ignore_parameters | VOLATILE_PARAMETERS)
    root = _root(found)
    if isinstance(root, list):
        _list_of_datasets(found, root)
    else:
        _listed(found, root, 0)
    yield from found.told()
    yield from _sub_catalogues(found)
    others = [entry for what in _EMBEDDING for entry in _parts(found, what)]
    held = _unpacked(found, others)
    found.embedded = bool(held)
    yield from _datasets(found)
    for what, tree in others:
        if what != "CatalogRecord":
            if "@type" not in tree:
                tree["derived"] = {"type": what}
            yield _record(found, tree)
    known = set(found.names.values())
    for tree in held:
        if _name(tree) not in known:
            yield _dataset(found, tree, True)
    yield from found.told()


def _root(found: _Catalogue) -> Any:
    """The document's outline; its text is repaired only where it has to be."""
    found.content = json.written(found.page, found.say)
    try:
        return outline(found.content)
    except ValueError:
        content = repaired_utf8(found.content, found.say)
        value = json.loaded(content, found.say)
    if not isinstance(value, dict | list):
        raise json.another(value, WANTED)
    try:
        found.content = orjson.dumps(value)
    except TypeError as error:
        raise SourceRefused(f"the JSON cannot be read: {error}", code="json-syntax") from None
    return outline(found.content)


def _list_of_datasets(found: _Catalogue, root: list[Any]) -> None:
    """DCAT-US 1.0: the document is the list of datasets."""
    others: list[Problem] = []
    datasets: list[Part] = []
    for number, part in enumerate(root):
        if isinstance(part, Part) and found.content[part.start] == 0x7B:
            datasets.append(part)
            found.note_one("Dataset", part)
        else:
            others.append(json.malformed("An item of the list is no object.", part, f"[{number}]"))
    if root and not any(_looks_like_one(found, part) for part in datasets):
        graph = any(b'"@id"' in found.content[part.start : part.end] for part in datasets)
        raise json.another({"@context": "", "@graph": []} if graph else [], WANTED)
    found.problems += others


def _looks_like_one(found: _Catalogue, part: Part) -> bool:
    content = found.content[part.start : part.end]
    return content[:1] == b"{" and any(b'"%s"' % name.encode() in content for name in _TITLES)


def _listed(found: _Catalogue, catalogue: dict[str, Any], depth: int) -> None:
    """Note the things that a catalogue lists, those of its sub-catalogues as well."""
    if depth == 0 and not any(
        name in catalogue and isinstance(catalogue[name], Part | None) for name in _LISTS
    ):
        raise json.another({key: _plain(value) for key, value in catalogue.items()}, WANTED)
    for name, what in _LISTS.items():
        part = catalogue.get(name)
        if not isinstance(part, Part):
            if isinstance(part, str) and what == "Catalog":
                found.elsewhere.append(part)
            elif part is not None:
                found.problems.append(json.malformed("What should be a list is none.", part, name))
            continue
        try:
            _inside(found, items(found.content, part), name, what, depth)
        except ValueError as error:
            raise SourceRefused(
                f"the list {name!r} is not well-formed: {error}", code="json-syntax", path=name
            ) from None


def _inside(found: _Catalogue, listed: Iterator[Any], name: str, what: str, depth: int) -> None:
    for number, item in enumerate(listed):
        if not isinstance(item, Part) or found.content[item.start] != 0x7B:
            if isinstance(item, str) and what != "Dataset":
                found.elsewhere += [item] if what == "Catalog" else []
            else:
                problem = json.malformed(
                    "An item of the list is no object.", item, f"{name}[{number}]"
                )
                found.problems.append(problem)
        elif what == "Catalog":
            _nested(found, item, f"{name}[{number}]", depth + 1)
        else:
            found.note_one(what, item)


def _plain(value: Any) -> Any:
    return [] if isinstance(value, Part) else value


def _nested(found: _Catalogue, part: Part, path: str, depth: int) -> None:
    if depth > DEEPEST:
        found.problems.append(
            json.malformed(f"The catalogue lies more than {DEEPEST} levels deep.", "", path)
        )
        return
    try:
        catalogue = outline(found.content, part.start, part.end)
    except ValueError as error:
        found.problems.append(json.malformed(f"The catalogue cannot be read: {error}", "", path))
        return
    _listed(found, catalogue, depth)
    address = arcgis.text(catalogue.get("@id"))
    if address and not any(name in catalogue for name in _LISTS):
        found.elsewhere.append(address)


def _sub_catalogues(found: _Catalogue) -> Iterator[Found]:
    here = urlsplit(found.page.url)
    for address in dict.fromkeys(found.elsewhere):
        try:
            url = urljoin(found.page.url, address)
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts[:2] == here[:2] and parts.path.endswith((".json", ".jsonld")):
            yield Request(url, found.page.request.accept)
        else:
            yield Problem(
                "catalog-elsewhere",
                "The catalogue names another one, which is not followed; it can be a source of its own.",
                "info",
                value=address[:200],
            )


def _parts(found: _Catalogue, what: str) -> Iterator[tuple[str, Tree]]:
    for start, end in found.spans(what):
        tree = _tree(found, start, end)
        if tree is not None:
            yield what, tree


def _tree(found: _Catalogue, start: int, end: int) -> Tree | None:
    """One item, read; None, and a problem, where it is not well-formed."""
    content = found.content[start:end]
    try:
        tree: Tree = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            tree = json.loaded(repaired_utf8(content, found.say), found.say)
        except SourceRefused as error:
            found.problems.append(
                json.malformed(str(error), content[:200].decode("utf-8", "replace"))
            )
            return None
    return tree


def _unpacked(found: _Catalogue, others: list[tuple[str, Tree]]) -> list[Tree]:
    """Take the datasets out of what embeds them, and remember who is in which series."""
    held: dict[str, Tree] = {}
    for what, tree in others:
        for key in _EMBEDDING[what]:
            values = tree.get(key)
            several = values if isinstance(values, list) else [values]
            for value in several:
                name = arcgis.text(value) if isinstance(value, str) else _name(value)
                if what == "DatasetSeries" and name:
                    own = _name(tree)
                    if own and own not in (known := found.series.setdefault(name, [])):
                        known.append(own)
                if isinstance(value, dict) and _title(value):
                    held.setdefault(name or _title(value), value)
            if values is not None:
                kept = [_reference(value) for value in several]
                tree[key] = kept if isinstance(values, list) else kept[0]
    return list(held.values())


def _reference(value: Any) -> Any:
    if not isinstance(value, dict) or not _name(value):
        return value
    return {key: held for key, held in value.items() if key in _REFERENCE or key in arcgis.NAMES}


def _datasets(found: _Catalogue) -> Iterator[Record | Problem]:
    for start, end in found.spans("Dataset"):
        tree = _tree(found, start, end)
        if tree is not None:
            # What takes a moment is not done for those who cannot be of a Hub.
            yield _dataset(found, tree, _ARCGIS.search(found.content, start, end) is not None)
        yield from found.told()


def _dataset(found: _Catalogue, tree: Tree, likely: bool) -> Record | Problem:
    derived: Tree = {}
    name = _name(tree)
    if series := found.series.get(name):
        derived["series"] = series
    item = arcgis.item(tree) if likely else None
    if item is not None:
        derived["arcgis"] = item
    if derived:
        tree["derived"] = derived
    return _record(found, tree, item)


def _record(found: _Catalogue, tree: Tree, item: Tree | None = None) -> Record | Problem:
    named = _name(tree)
    name = named
    if item is not None:
        name = item["item"] + (f"_{item['layer']}" if "layer" in item else "")
        if found.names.get(name, named) != named:
            name = named  # two datasets of one item: better another name than one of them lost
    if not name:
        likely = {key: tree.get(key) for key in (*_TITLES, *arcgis.PAGES, *arcgis.DISTRIBUTIONS)}
        try:
            name = json.invented(likely)
        except TypeError as error:  # nested deeper than orjson writes
            return json.malformed(f"The record cannot be named: {error}", _title(tree))
        found.problems.append(json.unnamed(_title(tree)))
    if item is not None or found.embedded:
        found.names[name] = named
    address = next(
        (page for page in (*arcgis.texts(tree, arcgis.PAGES), named) if page[:4] == "http"), ""
    )
    return json.record(name, tree, address or found.page.url, ignore_parameters=found.ignore)


def _name(tree: Any) -> str:
    """What a thing is called: its identifier, else its IRI."""
    return next(iter(arcgis.texts(tree, arcgis.NAMES)), "") if isinstance(tree, dict) else ""


def _title(tree: Tree) -> str:
    return next(iter(arcgis.texts(tree, _TITLES)), "")
