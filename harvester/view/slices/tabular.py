"""data.gouv.fr's tabular API: `{column}__exact=`, columns typed by what they hold.

<https://tabular-api.data.gouv.fr/api/doc>. A resource is recognised by its lasting address (`…/datasets/r/<id>`); which API serves
the resources of which portal stands in `mappings/slices/columns.toml`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harvester.errors import SourceRefused
from harvester.view.slices.answers import asked, number, rows, sampled, tree
from harvester.view.slices.values import (
    Column,
    Condition,
    Conversation,
    Counted,
    Endpoint,
    Link,
    Question,
    Table,
    Type,
)
from harvester.view.slices.words import Words

NAME = "tabular"
SAMPLE = 50
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LASTING = re.compile(rf"/datasets/r/(?P<id>{_UUID})/?$")
_API = re.compile(rf"^(?P<root>https?://[^?#]+?)/api/resources/(?P<id>{_UUID})/(?:data|profile)\b")
_TYPES: dict[str, Type] = {"string": "text", "int": "integer", "float": "number"}


def recognise(url: str, key: str, _title: str, words: Words) -> Endpoint | None:
    """The resource of a portal whose resources a tabular API serves."""
    match = _API.match(url)
    if match:
        return Endpoint(NAME, f"{match['root']}/api/resources/{match['id']}", key)
    parts = urlsplit(url)
    root = words.tabular.get(parts.netloc)
    match = _LASTING.search(parts.path) if root else None
    return Endpoint(NAME, f"{root}/api/resources/{match['id']}", key) if match else None


def survey(endpoint: Endpoint, _words: Words) -> Conversation[Table]:
    """The columns as the portal's analysis typed them, how many rows there are, and some of them."""
    profile = tree((yield Question(f"{endpoint.url}/profile/"))).get("profile")
    profile = profile if isinstance(profile, dict) else {}
    described = profile.get("columns")
    described = described if isinstance(described, dict) else {}
    columns = []
    for name, said in described.items():
        said = said if isinstance(said, dict) else {}
        kind = _TYPES.get(str(said.get("python_type")), "other")
        columns.append(Column(str(name), kind, notes=(str(said.get("format") or ""),)))
    reply = yield Question(asked(f"{endpoint.url}/data/", {"page_size": SAMPLE}))
    found = tree(reply)
    meta = found.get("meta")
    total = number(meta if isinstance(meta, dict) else {}, "total", reply)
    return Table(endpoint, sampled(columns, rows(found.get("data"))), total)


def count(table: Table, condition: Condition) -> Conversation[Counted]:
    """How many rows are the commune's."""
    operator = "exact" if len(condition.values) == 1 else "in"
    filter_ = (f"{condition.column}__{operator}", ",".join(str(v) for v in condition.values))
    if operator == "in" and any("," in str(value) for value in condition.values):
        raise SourceRefused("a value with a comma cannot be one of several", status=400)
    reply = yield Question(
        asked(f"{table.endpoint.url}/data/", {filter_[0]: filter_[1], "page_size": 10})
    )
    found = tree(reply)
    meta = found.get("meta")
    total = number(meta if isinstance(meta, dict) else {}, "total", reply)
    return Counted(total, "=".join(filter_), rows(found.get("data")))


def links(table: Table, counted: Counted) -> tuple[Link, ...]:
    """The rows as a file, and page by page."""
    name, _, value = counted.filter.partition("=")
    base = table.endpoint.url
    return (
        Link("CSV", asked(f"{base}/data/csv/", {name: value}), "text/csv"),
        Link("JSON", asked(f"{base}/data/json/", {name: value}), "application/json"),
        Link("JSON", asked(f"{base}/data/", {name: value}), "application/json", download=False),
    )
