"""Answers of the CKAN action API → records of its packages.

A record's tree is the package as `package_search` gives it, with two changes: `extras` is one object (key → value; values
that hold JSON, as ckanext-dcat and ckanext-spatial write them, are read), whether the portal writes a list of
`{key, value}` (2.x) or an object (1.8). What is derived stands under one key, `derived`:

* `derived.page`: the package's page on the portal.

CKAN API guide, <https://docs.ckan.org/en/latest/api/>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson

from harvester.errors import SourceRefused
from harvester.model import Problem, Tree
from harvester.parse import json
from harvester.parse.page import Found, Page, Total

VOLATILE = (
    "num_resources",
    "num_tags",
    "qa",
    "relationships_as_object",
    "relationships_as_subject",
    "revision_id",
    "revision_timestamp",
    "tracking_summary",
    "resources.archiver",
    "resources.cache_filepath",
    "resources.cache_last_updated",
    "resources.cache_url",
    "resources.position",
    "resources.qa",
    "resources.revision_id",
    "resources.revision_timestamp",
    "resources.tracking_summary",
    "tags.revision_timestamp",
    "tags.state",
)
"""What CKAN and its usual extensions count and note for themselves."""


def read(
    page: Page, *, site: str, ignore_parameters: frozenset[str] = frozenset()
) -> Iterator[Found]:
    """Yield what an answer holds: the number of packages there are, and a record of each that it lists.

    `site` is the portal's public address, without a slash at its end. Raises SourceRefused for what is no answer of a
    package_search, and for an error that the portal tells in one.
    """
    problems: list[Problem] = []
    try:
        packages, count = listed(json.document(page, problems.append))
    finally:
        yield from problems
    if count is not None:
        yield Total(count)
    for position, package in enumerate(packages):
        if not isinstance(package, dict):
            yield json.malformed("An item of the list is no object.", package, f"[{position}]")
            continue
        yield from _record(package, site, page.url, ignore_parameters)


def listed(answer: Any) -> tuple[list[Any], int | None]:
    """The packages of an answer and the count it announces. Raises SourceRefused where it is another kind of answer."""
    if not isinstance(answer, dict):
        raise json.another(answer, "an answer of the CKAN API")
    if answer.get("success") is False:
        error = answer.get("error")
        raise SourceRefused(
            f"the portal refuses the search: {orjson.dumps(error).decode()[:300]}", code="api-error"
        )
    found = answer.get("result", answer)
    if isinstance(
        found, list
    ):  # DKAN's package_show, and its list of packages with resources, in one more list
        return found[0] if len(found) == 1 and isinstance(found[0], list) else found, None
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise json.another(answer, "a package_search of a CKAN")
    return found["results"], json.count(found.get("count"))


def _record(package: Tree, site: str, url: str, ignore: frozenset[str]) -> Iterator[Found]:
    tree = {**package, "extras": extras(package.get("extras"))}
    name = json.named(package.get("id")) or json.named(package.get("name"))
    if not name:
        name = json.invented({"title": package.get("title"), "url": package.get("url")})
        yield json.unnamed(package.get("title", ""))
    else:
        page = f"{site}/dataset/{quote(json.named(package.get('name')) or name)}"
        tree["derived"] = {"page": page}
        url = page
    yield json.record(name, tree, url, ignore_parameters=ignore, volatile=VOLATILE)


def extras(given: Any) -> Tree:
    """The extras as one object; of a key that stands twice the first value counts."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list):
        pairs = [(e.get("key"), e.get("value")) for e in given if isinstance(e, dict)]
    found: Tree = {}
    for key, value in pairs:
        if isinstance(key, str):
            found.setdefault(key, _unwrapped(value))
    return found


def _unwrapped(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{", '"'):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
