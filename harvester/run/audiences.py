"""What each audience shall see of a cluster, and in which views: see `harvester.store.audience` for the rows this makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from harvester.run.listing import covered, named
from harvester.store.audience import MOST, inside
from harvester.store.clusters import Member
from harvester.view import Membership, Selection, select


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row of a cluster: whose, made of whom, in which views (None: in all that the members together concern)."""

    audience: str
    members: Sequence[Member]
    views: Mapping[str, Membership] | None = None


def wanted(members: Sequence[Member], views: Selection) -> Iterator[Wanted]:
    """Public readers see what public members say; agents also what restricted ones do; private is for nobody.

    What a restricted member says is for the views that it concerns itself, not for those that other members do: a view's
    agents are shown what is made of the public members and of those restricted ones, whichever these are.
    """
    open_ = [m for m in members if m.access == "public"]
    restricted = [m for m in members if m.access == "restricted"]
    if open_:
        yield Wanted("public" if restricted else "all", open_)
    if not restricted:
        return
    seen_by = {m.record: memberships(m, views) for m in restricted}
    together: dict[tuple[int, ...], dict[str, Membership]] = {}
    for view in views.order:
        shown = tuple(record for record, its in seen_by.items() if view in its)
        if shown:
            together.setdefault(shown, {})[view] = seen_by[shown[0]][view]
    together = together or {tuple(seen_by): {}}
    for number, records in enumerate(sorted(together, key=lambda some: (-len(some), some)), 1):
        if number <= MOST:
            theirs = [m for m in members if m.access == "public" or m.record in records]
            yield Wanted(inside(number), theirs, together[records])


def memberships(member: Member, views: Selection) -> dict[str, Membership]:
    """View → that and why it lists what one member says."""
    origins = orjson.dumps([(member.source, member.local_id, member.url)]).decode()
    names = named(views, member.cluster, origins, member.entry)
    return {m.view: m for m in select(views, covered(member.coverage), names)}
