"""The one entry of a cluster, for each audience: of all its members in order of authority, with what it is a part of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from harvester.config import Source
from harvester.link.elect import ranked
from harvester.link.merge import Provenance, Voice, merge
from harvester.link.policy import Policy
from harvester.link.profile import Profile
from harvester.run.audiences import Wanted
from harvester.run.listing import covered, named
from harvester.run.parts import Parts
from harvester.run.portals import LEVELS
from harvester.store.audience import is_inside
from harvester.store.clusters import Member
from harvester.store.entries import StoredEntry
from harvester.view import Selection, select


@dataclass(frozen=True, slots=True)
class Merging:
    """What making entries needs: sources by id, the cities' views, who speaks for which field, our address."""

    sources: Mapping[str, Source]
    views: Selection
    policy: Policy
    base: str

    def entry(
        self,
        cluster: str,
        row: Wanted,
        at: str,
        profiles: Mapping[int, Profile],
        originals: Sequence[int],
        kin: Parts | None,
    ) -> StoredEntry:
        """What the readers of a row are shown of a cluster; `originals` as in `merged`, `kin` what it is a part of."""
        members = row.members
        body: bytes | None = None
        provenance: str | None = None
        differing: dict[str, list[object]] = {}
        elected, coverage = members[0], members[0].coverage
        digest, search = elected.digest, elected.search
        if len(members) > 1:
            members, merged, origin = self.merged(members, profiles, originals)
            body = orjson.dumps(merged)
            provenance = orjson.dumps(origin).decode()
            differing = {name: told["others"] for name, told in origin.items() if "others" in told}
            elected = members[0]
            coverage = _united(members)
            search = " ".join(dict.fromkeys(w for m in members for w in m.search.split()))
        if kin is not None:
            entry = orjson.loads(body or elected.entry)
            with_kin = kin.told(entry, self.base, public=not is_inside(row.audience))
            body = orjson.dumps(with_kin) if with_kin is not None else body
        origins = orjson.dumps([(m.source, m.local_id, m.url) for m in members]).decode()
        if body is not None:
            # Who says it is published, too: a copy that adds nothing else is still an origin more. So is who says otherwise.
            told = body + coverage.encode() + origins.encode()
            told += orjson.dumps(differing) if differing else b""
            digest = blake2b(told, digest_size=16).digest()
        names = named(self.views, cluster, origins, body or elected.entry)
        listing = select(self.views, covered(coverage), names)
        if row.views is not None:
            usual = {membership.view for membership in listing}
            listing = self.views.remember(row.views.values())
            if row.views.keys() != usual:
                told = digest + " ".join(sorted(row.views)).encode()
                digest = blake2b(told, digest_size=16).digest()
        source = self.sources.get(elected.source)
        return StoredEntry(
            cluster=cluster,
            audience=row.audience,
            version=elected.version,
            body=body,
            provenance=provenance,
            origins=origins,
            level=LEVELS[source.level] if source else LEVELS["partner"],
            coverage=coverage,
            title=elected.title,
            search=search,
            digest=digest,
            issued=at,
            modified=at,
            seq=0,
            listing=listing.key,
        )

    def merged(
        self,
        members: Sequence[Member],
        profiles: Mapping[int, Profile],
        originals: Sequence[int] = (),
    ) -> tuple[list[Member], dict[str, Any], Provenance]:
        """(members in order of authority, the entry of them together, provenance as `link.merge` gives it).

        `originals` are those that people called so, the last word first: they speak before who is elected.
        """
        said = {record: order for order, record in enumerate(originals)}
        order = ranked([profiles[m.record] for m in members])
        ordered = sorted((members[at] for at in order), key=lambda m: said.get(m.record, len(said)))
        return ordered, *merge(
            [Voice(m.record, orjson.loads(m.entry)) for m in ordered], self.policy
        )


def _united(members: Sequence[Member]) -> str:
    """What the members are about together; a source's own territory counts only where nobody says more."""
    covered = {
        part[0]: part
        for member in reversed(members)
        for part in orjson.loads(member.coverage)
        if part[1] != "source"
    }
    if not covered:
        return members[0].coverage
    return orjson.dumps(list(covered.values())).decode()
