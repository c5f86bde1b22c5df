"""Which record of a cluster is the original, and who speaks after it. Never the newest: the copy that was touched last is seldom it."""

from __future__ import annotations

from collections.abc import Sequence

from harvester.link.profile import Profile

_KINDS = {"udata": 1, "transport": 2, "europa": 3}


def ranked(profiles: Sequence[Profile]) -> list[int]:
    """The indexes of the records, in order of authority.

    What points at another member comes last. Then the portal of whoever it is about; the portal of who hosts him; the
    copy nearest to an original that is not here; who published it on a national catalogue himself; somebody else's
    portal. Among equals portals come before national and European catalogues, then the nearest level, the portal that its
    own address is one of, the eldest.
    """
    owns = {name for profile in profiles for name in (profile.own, *profile.names)}

    def authority(index: int) -> tuple[bool, int, int, int, int, bool, str, str]:
        profile = profiles[index]
        said = _said(profile)
        if said:
            rank = 2
        elif at_home(profile):
            rank = 0
        elif profile.portal.owner is not None:
            rank = 1
        else:
            rank = 3 if profile.portal.gathers else 4
        return (
            not owns.isdisjoint(said),
            rank,
            _KINDS.get(profile.portal.kind, 0),
            len(said),
            profile.portal.level,
            not lives(profile),
            profile.issued or "9999",
            profile.key,
        )

    return sorted(range(len(profiles)), key=authority)


def at_home(profile: Profile) -> bool:
    """Whether a record stands on the portal of whom it is about, else of whom it is by."""
    owner = profile.portal.owner
    if owner is None:
        return False
    return owner in profile.where or (owner in profile.publisher.codes and len(profile.where) != 1)


def lives(profile: Profile) -> bool:
    """Whether a record's own address is one of the portal that shows it."""
    portal = profile.portal
    return any(name.startswith(f"uri:{host}/") for name in profile.names for host in portal.hosts)


def _said(profile: Profile) -> tuple[str, ...]:
    return profile.points or ((profile.guess,) if profile.guess else ())
