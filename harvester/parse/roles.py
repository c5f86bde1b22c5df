"""Which subjects of a page are records, catalogues, catalogue records.

DCAT 3, sections 6.3 to 6.8: a catalogue lists datasets (dcat:dataset), services (dcat:service) and records
(dcat:record); the wild describes datasets that no catalogue lists, and lists datasets without a type.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harvester.parse.terms import objects

_DCAT = "http://www.w3.org/ns/dcat#"
_RECORDS = frozenset({f"<{_DCAT}Dataset>", f"<{_DCAT}DatasetSeries>"})
_SERVICE = f"<{_DCAT}DataService>"
_CATALOG = f"<{_DCAT}Catalog>"
_CATALOG_RECORD = f"<{_DCAT}CatalogRecord>"
_HYDRA = "<http://www.w3.org/ns/hydra/core#"
_LISTS = f"<{_DCAT}dataset>"
_USES = f"<{_DCAT}accessService>"
_TOPIC = "<http://xmlns.com/foaf/0.1/primaryTopic>"
_TOPIC_OF = "<http://xmlns.com/foaf/0.1/isPrimaryTopicOf>"


@dataclass(slots=True)
class Roles:
    """Terms by role.

    `roots` (in document order) become records; `catalogs` and `about` (catalogue records) are not embedded
    anywhere, but `records` attaches the latter to the root they are about. `undescribed` are datasets a
    catalogue lists without the page saying more. `paging` are the index entries that speak Hydra.
    """

    roots: dict[str, None] = field(default_factory=dict)
    catalogs: set[str] = field(default_factory=set)
    about: set[str] = field(default_factory=set)
    records: dict[str, set[str]] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
    paging: list[str] = field(default_factory=list)


def roles(nodes: dict[str, str]) -> Roles:
    """Sort the subjects of an index."""
    found = Roles()
    services: dict[str, None] = {}
    listing: list[str] = []
    for subject, rest in nodes.items():
        if "/ns/dcat#Data" in rest or "/ns/dcat#Catalog" in rest:
            types = terms_of(rest, "a")
            if _CATALOG in types:
                found.catalogs.add(subject)
            elif _CATALOG_RECORD in types:
                found.about.add(subject)
            elif not _RECORDS.isdisjoint(types):
                found.roots[subject] = None
            elif _SERVICE in types:
                services[subject] = None
        if _HYDRA in rest:
            found.paging.append(rest)
        if _LISTS in rest:
            listing.append(rest)
    for rest in listing:
        for term in terms_of(rest, _LISTS):
            if term not in nodes:
                found.undescribed.append(term)
            elif term not in found.catalogs and term not in services:
                found.roots.setdefault(term)
    if services:
        used = {term for rest in nodes.values() if _USES in rest for term in terms_of(rest, _USES)}
        found.roots.update((service, None) for service in services if service not in used)
    if found.about:
        _attach(nodes, found, services)
    return found


def _attach(nodes: dict[str, str], found: Roles, services: dict[str, None]) -> None:
    for record in found.about:
        for topic in terms_of(nodes[record], _TOPIC):
            if topic in nodes and topic not in found.catalogs and topic not in services:
                found.roots.setdefault(topic)
            found.records.setdefault(topic, set()).add(record)
    for subject, rest in nodes.items():
        for record in terms_of(rest, _TOPIC_OF):
            if record in found.about:
                found.records.setdefault(subject, set()).add(record)
                if subject not in found.catalogs and subject not in services:
                    found.roots.setdefault(subject)


def terms_of(rest: str, predicate: str) -> list[str]:
    """The objects of one predicate of an index entry, in Turtle notation."""
    start = predicate + " "
    if start not in rest:
        return []
    return [
        term
        for pair in rest.split(" ;\n\t")
        if pair.startswith(start)
        for term in objects(pair[len(start) :])
    ]
