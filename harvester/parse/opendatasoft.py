"""Records of an Opendatasoft (Huwise) portal, from any of its three APIs.

* Explore 2.1: `{"total_count", "results": [{"dataset_id", "fields", "metas": {"default": {…}, "dcat": {…}}, …}]}`; its
  export of the whole catalogue is the list alone;
* Explore 2.0: `{"total_count", "datasets": [{"links": […], "dataset": {… as above …}}]}`;
* Search 1.0: `{"nhits", "datasets": [{"datasetid", "fields", "metas": {…}, "interop_metas": {"dcat": {…}}, …}]}`.

A record's tree is the dataset in the portal's own words. What follows from its identifier stands under `derived`:

    page                 its page on the portal
    exports              [{"format": "csv", "url": …}]: the exports of its data that were asked for
    attachments          [{"title", "description", "mimetype", "url"}], where files say no address of their own
    alternative_exports  the same
    api                  {"url": its records, "service": {"iri", "title", "endpoint", "description"}}
    origin               {"page", "domain"}: the dataset on the portal that it is federated from
    visibility           "unstated": asked for with an API key, and so perhaps of a closed domain

The moments of the portal's own processing and its counters do not count as changes; `modified` does, also for data
that are live: it is what the portal tells readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import quote

from harvester.errors import SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import json
from harvester.parse.page import Page

VOLATILE = (
    "metas.default.data_processed",
    "metas.default.metadata_processed",
    "metas.default.records_count",
    "metas.data_processed",
    "metas.metadata_processed",
    "metas.records_count",
    "metas.explore",
    "metas.processing",
    "extra_metas",
)
"""`explore` counts downloads, reuses and popularity; in the oldest API it stands under `extra_metas`."""

GEOGRAPHIC = frozenset({"geojson", "gpx", "kml", "ov2", "shp"})
"""Exports that only data with a place have."""
_OLDEST = frozenset({"csv", "geojson", "gpx", "json", "kml", "shp", "xls"})
_LABELLED = frozenset({"csv", "xlsx"})
"""Exports that carry the columns' labels when asked to, as the portal's own DCAT writes their addresses."""


@dataclass(frozen=True, slots=True)
class Portal:
    """Where a portal is for its readers, and what of it was asked.

    `site` is its root without a slash at the end; `catalogue` the API's path (`/api/explore/v2.1/catalog`); `secret`:
    asked with a key, so that what it shows need not be public; `open`: all the same, what it shows to its whole domain is.
    """

    site: str
    catalogue: str
    formats: tuple[str, ...] = ()
    secret: bool = False
    open: bool = False

    @property
    def oldest(self) -> bool:
        """Whether it is the API 1.0, whose addresses are of another kind."""
        return self.catalogue.startswith("/api/datasets/")


def listing(page: Page, note: Callable[[Problem], None]) -> tuple[list[Any], int | None]:
    """The datasets on a page as they stand there, and the announced total.

    Raises SourceRefused for what is no catalogue (`another-kind`, `api-error`), and as `json.document`.
    """
    document = json.document(page, note)
    if isinstance(document, list):
        return document, len(document)
    if isinstance(document, dict):
        total = next((document[n] for n in ("total_count", "nhits") if n in document), None)
        for name in ("results", "datasets"):
            if isinstance(document.get(name), list):
                return document[name], json.count(total)
        if "error_code" in document:
            raise SourceRefused(
                f"the portal refuses: {str(document.get('message'))[:300]}", code="api-error"
            )
    raise json.another(document, "the catalogue of an Opendatasoft portal")


def records(
    items: list[Any], portal: Portal, url: str, ignore_parameters: frozenset[str] = frozenset()
) -> Iterator[Record | Problem]:
    """The records among the items of a listing. `url` is the page's own, for those that have no address."""
    for position, item in enumerate(items):
        if isinstance(item, dict) and isinstance(item.get("dataset"), dict):
            item = item["dataset"]
        if not isinstance(item, dict):
            yield json.malformed("An item of the list is no object.", item, f"[{position}]")
            continue
        name = json.named(item.get("dataset_id")) or json.named(item.get("datasetid"))
        tree = {**item, "derived": _derived(item, name, portal)}
        if not name:
            name = json.invented(_lasting(item))
            yield json.unnamed(_default(item).get("title", ""))
        yield json.record(
            name,
            tree,
            tree["derived"].get("page", url),
            ignore_parameters=ignore_parameters,
            volatile=VOLATILE,
        )


def _derived(item: Tree, name: str, portal: Portal) -> Tree:
    default = _default(item)
    found: Tree = {}
    stated = item.get("visibility") or default.get("visibility")
    if portal.secret and not (stated and portal.open):
        found["visibility"] = "unstated"
    if not name:
        return found
    identifier = quote(name, safe="@")
    found["page"] = page = f"{portal.site}/explore/dataset/{identifier}/"
    origin = _origin(default, portal)
    if origin is not None:
        found["origin"] = origin
    here = portal.site + portal.catalogue + ("/" if portal.oldest else "/datasets/") + identifier
    for kind in ("attachments", "alternative_exports"):
        files = item.get(kind)
        if isinstance(files, list) and files:
            found[kind] = [*_files(files, f"{here}/{kind}/", "/" if portal.oldest else "")]
    if item.get("has_records") is not True:
        return found
    features = item.get("features")
    placed = isinstance(features, list) and "geo" in features
    formats = [each for each in portal.formats if placed or each not in GEOGRAPHIC]
    if portal.oldest:
        found["exports"] = [
            {"format": each, "url": f"{page}download/?format={each}"}
            for each in formats
            if each in _OLDEST
        ]
        return found
    found["exports"] = [
        {
            "format": each,
            "url": f"{here}/exports/{each}" + ("?use_labels=true" if each in _LABELLED else ""),
        }
        for each in formats
    ]
    found["api"] = {"url": f"{here}/records", "service": _service(portal)}
    return found


def _service(portal: Portal) -> Tree:
    """The API as a service: its address is the one that the portal's own DCAT gives it."""
    root = portal.site + portal.catalogue.removesuffix("catalog")
    return {
        "iri": root,
        "title": f"Explore API v2 {portal.site}",
        "endpoint": root,
        "description": f"{root}swagger.json",
    }


def _origin(default: Tree, portal: Portal) -> Tree | None:
    """The dataset on the portal that it is federated from; None for a portal's own."""
    address, dataset = default.get("source_domain_address"), default.get("source_dataset")
    if not (isinstance(address, str) and isinstance(dataset, str) and address and dataset):
        return None
    root = (address if "://" in address else f"https://{address}").rstrip("/")
    if _host(root) == _host(portal.site):
        return None
    page = f"{root}/explore/dataset/{quote(dataset, safe='@')}/"
    return {"page": page, "domain": _host(root)}


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower().removeprefix("www.")


def _files(files: list[Any], folder: str, end: str) -> Iterator[Tree]:
    """Files beside the data. Those kept by the portal have an address by their id only."""
    for file in files:
        if not isinstance(file, dict):
            continue
        url, identifier = file.get("url"), json.named(file.get("id"))
        if not (isinstance(url, str) and url.startswith(("http://", "https://"))):
            if not identifier:
                continue
            url = f"{folder}{quote(identifier, safe='')}{end}"
        said = {name: file[name] for name in ("title", "description", "mimetype") if file.get(name)}
        yield {**said, "url": url}


def _lasting(item: Tree) -> Tree:
    """What of a dataset is least likely to change: its title and its fields."""
    fields = item.get("fields")
    names = [each["name"] for each in fields if "name" in each] if _trees(fields) else []
    return {"title": _default(item).get("title"), "fields": names}


def _trees(value: object) -> TypeGuard[list[Tree]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _default(item: Tree) -> Tree:
    """The usual metadata; in the oldest API they stand in no group."""
    metas = item.get("metas")
    if not isinstance(metas, dict):
        return {}
    default = metas.get("default")
    return default if isinstance(default, dict) else metas
