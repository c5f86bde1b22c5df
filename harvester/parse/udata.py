"""Pages of udata's API (data.gouv.fr and other portals of that software): lists of datasets, of dataservices, organisations.

A record's tree is the portal's own object, under its own names, without what is null or empty: the API writes every field, and so
does it for resources. What its API implies and does not say stands under one more
key, `derived`:

* `iri`: the address that udata's DCAT gives the dataset or dataservice, so that the same portal read by the kinds `dcat` and `udata`
  names it the same; where the origin has an address of its own (`harvest.uri`), that is its name there, and this one `alias`;
* `kind`: `dataset` or `service`, which no object says of itself;
* `publisher`: the organisation's address (`iri`), its SIREN or SIRET (`number`) where the organisation was asked for it, since a dataset
  tells only its name; and `role`: `distributor`, with its `name`, where a contact point is the publisher, as in udata's DCAT;
* `serves`: the addresses of the datasets of a dataservice, where they are listed;
* `hvd`: the tags of what has the badge `hvd`, whose category is one of them: the same words mean nothing elsewhere;
* `status`: `deleted` or `archived`, and `access`: `private` for what is that or `private`: the portal shows it only to who has a key
  of the organisation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from harvester.errors import SourceRefused
from harvester.model import Problem, Record, Tree
from harvester.parse import json
from harvester.parse.page import Page

Kind = Literal["dataset", "service"]

VOLATILE = frozenset(
    {
        "_snapshot",
        "community_resources",
        "derived.publisher.number",
        "featured",
        "frequency_date",
        "harvest.last_update",
        "internal",
        "last_modified_internal",
        "last_update",
        "metrics",
        "organization.logo",
        "organization.logo_thumbnail",
        "owner.avatar",
        "owner.avatar_thumbnail",
        "permissions",
        "quality",
        "extras.harvest:last_update",
        "extras.recommendations*",
        "resources.extras.analysis:check*",
        "resources.extras.analysis:last-modified*",
        "resources.extras.analysis:parsing:*",
        "resources.extras.check:*",
        "resources.harvest.last_update",
        "resources.internal",
        "resources.last_modified_internal",
        "resources.metrics",
    }
)
"""What the portal counts, checks and schedules for itself. The organisation's number is known only in some lists."""

_WEB = re.compile(
    r"^(https?://[^?#]*?)/(?:[a-z]{2}(?:-[A-Za-z]{2})?/)?(?:datasets|dataservices)/[^/?#]+/?$"
)
_API = re.compile(r"^(https?://[^?#]*/api/\d+/(?:datasets|dataservices)/)[^/?#]+/?$")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its objects, how many there are on all pages, and whether others follow."""

    items: list[Any]
    total: int | None
    more: bool


@dataclass(frozen=True, slots=True)
class Organisation:
    """What is needed of an organisation; `number` is its SIREN or SIRET, or empty."""

    id: str
    name: str
    number: str


def listing(page: Page, note: Callable[[Problem], None]) -> Listing:
    """Read a page of a list. Raises SourceRefused where it is none (`another-kind`), or the portal refuses (`api-error`)."""
    value = json.document(page, note)
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise _other(value)
    items, total = value["data"], json.count(value.get("total"))
    if "next_page" in value:
        more = bool(value["next_page"])
    else:
        number, size = json.count(value.get("page")), json.count(value.get("page_size"))
        more = bool(total and number and size and number * size < total)
    return Listing(items, total, more and bool(items))


def organisation(page: Page, note: Callable[[Problem], None]) -> Organisation:
    """Read an organisation's own page. Raises SourceRefused where it is none (`another-kind`), or the portal refuses (`api-error`)."""
    value = json.document(page, note)
    found = as_organisation(value)
    if found is None:
        raise _other(value)
    return found


def as_organisation(value: Any) -> Organisation | None:
    """An organisation out of a list of them."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        return None
    number = re.sub(r"\s", "", str(value.get("business_number_id") or ""))
    return Organisation(value["id"], str(value.get("name") or ""), number)


def entry(
    item: Any, kind: Kind, page: Page, *, number: str = "", ignore_parameters: frozenset[str]
) -> list[Record | Problem]:
    """The record of a dataset or dataservice, and what is wrong with it. `number` is its organisation's SIREN or SIRET."""
    if not isinstance(item, dict):
        return [json.malformed("An item of the list is no object.", item)]
    found: list[Record | Problem] = []
    name = next(filter(None, (json.named(item.get(key)) for key in ("id", "_id", "slug"))), "")
    web = _text(item.get("page") or item.get("self_web_url"))
    api = _text(item.get("uri") or item.get("self_api_url"))
    tree = _told(item)
    if isinstance(resources := tree.get("resources"), list):
        tree["resources"] = [_told(each) if isinstance(each, dict) else each for each in resources]
    tree["derived"] = _derived(tree, kind, name, web, api, number)
    if not name:
        name = json.invented({"title": item.get("title"), "created_at": item.get("created_at")})
        found.append(json.unnamed(item.get("title", "")))
    made = json.record(
        name,
        tree,
        web or api or page.url,
        ignore_parameters=ignore_parameters,
        volatile=VOLATILE,
    )
    return [*found, made]


def _told(item: Tree) -> Tree:
    """What an object says. False and zero are something."""
    return {
        key: value
        for key, value in item.items()
        if value or value is False or value.__class__ is int
    }


def _derived(item: Tree, kind: Kind, name: str, web: str, api: str, number: str) -> Tree:
    derived: Tree = {"kind": kind}
    match = _WEB.match(web)
    portal = match[1] if match else ""
    address = ""
    if name and portal:
        address = f"{portal}/{'datasets' if kind == 'dataset' else 'dataservices'}/{name}/"
    elif name and (found := _API.match(api)):
        address = f"{found[1]}{name}/"
    if address:
        harvest = item.get("harvest")
        elsewhere = isinstance(harvest, dict) and harvest.get("uri")
        derived["alias" if elsewhere else "iri"] = address
    publisher = _publisher(item, portal, number)
    if publisher:
        derived["publisher"] = publisher
    if kind == "service" and portal:
        serves = [each["id"] for each in _trees(item.get("datasets")) if _text(each.get("id"))]
        if serves:
            derived["serves"] = [f"{portal}/datasets/{each}/" for each in serves]
    if any(badge.get("kind") == "hvd" for badge in _trees(item.get("badges"))):
        derived["hvd"] = item.get("tags") or []
    for status in ("deleted", "archived"):
        if item.get(status) or item.get(f"{status}_at"):
            derived["status"] = status
    if item.get("private") or "status" in derived:
        derived["access"] = "private"
    return derived


def _publisher(item: Tree, portal: str, number: str) -> Tree:
    organisation = item.get("organization")
    if not isinstance(organisation, dict):
        return {}
    publisher: Tree = {"number": number} if number else {}
    if portal and _text(organisation.get("id")):
        publisher["iri"] = f"{portal}/organizations/{organisation['id']}/"
    if any(contact.get("role") == "publisher" for contact in _trees(item.get("contact_points"))):
        publisher["role"] = "distributor"
        publisher["name"] = organisation.get("name")
    return publisher


def _trees(value: Any) -> list[Tree]:
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _other(value: Any) -> SourceRefused:
    if isinstance(value, dict) and (said := _text(value.get("message"))):
        return SourceRefused(f"the portal refuses the question: {said[:300]}", code="api-error")
    return json.another(value, "an answer of the udata API")
