"""Profiles as bytes, to be kept beside the records they are of: equal profiles are equal bytes."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from harvester.link.periods import Period
from harvester.link.pointers import Portal
from harvester.link.profile import Profile, Publisher
from harvester.link.titles import Title


def pack(profile: Profile) -> bytes:
    """All of a profile but its `key`; its portal by name."""
    title, publisher = profile.title, profile.publisher
    return orjson.dumps(
        [
            profile.portal.key,
            profile.own,
            profile.names,
            profile.local,
            profile.points,
            profile.guess,
            profile.files,
            profile.weak,
            profile.pages,
            [
                title.text,
                title.core,
                _period(title.when),
                sorted(title.where),
                title.whole,
                title.cut,
                sorted(title.ordinals),
            ],
            _period(profile.when),
            profile.dated,
            sorted(profile.where),
            profile.sure,
            [publisher.name, sorted(publisher.codes), publisher.siren],
            profile.text,
            profile.issued,
            profile.modified,
            sorted(profile.keywords),
            profile.box,
            profile.native,
            profile.ids,
        ]
    )


def unpack(packed: bytes, key: str, portals: Mapping[str, Portal]) -> Profile:
    """The profile again; one whose portal is not told of any more stands on a portal of which nothing is known."""
    (
        portal,
        own,
        names,
        local,
        points,
        guess,
        files,
        weak,
        pages,
        title,
        when,
        dated,
        where,
        sure,
        publisher,
        text,
        issued,
        modified,
        keywords,
        box,
        native,
        ids,
    ) = orjson.loads(packed)
    said, core, of, at, whole, cut, ordinals = title
    name, codes, siren = publisher
    return Profile(
        key,
        portals.get(portal) or Portal(portal, "", STRANGE, ()),
        own,
        tuple(names),
        local,
        tuple(points),
        guess,
        tuple(files),
        tuple(weak),
        tuple(pages),
        Title(said, tuple(core), _read(of), frozenset(at), whole, cut, frozenset(ordinals)),
        _read(when),
        dated,
        frozenset(where),
        sure,
        Publisher(name, frozenset(codes), siren),
        text,
        issued,
        modified,
        frozenset(keywords),
        tuple(box) if box else None,
        native,
        ids,
    )


STRANGE = 5
"""The level of a portal that nobody told of."""


def _period(period: Period | None) -> list[int | str] | None:
    return None if period is None else [period.first, period.last, period.part]


def _read(period: list[int | str] | None) -> Period | None:
    return None if period is None else Period(*period)  # type: ignore[arg-type]
