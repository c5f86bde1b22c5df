"""What every peer must stand: a harvest that shows what was loaded, one that changes nothing, one that follows changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from harvester.run.outcome import Outcome
from tests.peers.comparing import FIELDS, differences, published
from tests.peers.fiches import EPT, Fiche
from tests.territory import Territory


class Peer(Protocol):
    """A portal that can be written to."""

    @property
    def fiches(self) -> list[Fiche]:
        """What it holds."""

    def put(self, fiche: Fiche) -> None:
        """Replace a record, or bring it back."""

    def remove(self, fiche: Fiche) -> None:
        """Delete one."""


def source(
    territory: Territory,
    kind: str,
    url: str,
    options: str = "",
    *,
    name: str = "peer",
    token: str = "",
) -> None:
    """Write the file of a source that harvests a peer; `options` are lines of its table."""
    http = f'retries = 0\nallow_hosts = ["{urlsplit(url).netloc}"]'
    territory.source(
        name,
        path=url,
        kind=kind,
        level="epci",
        territory=EPT,
        more=f"[options]\n{options}",
        http=http + (f'\ntoken = "{token}"' if token else ""),
    )


def harvest(territory: Territory, name: str = "peer", full: bool = True) -> Outcome:
    """Run a source, and print what it took: pytest shows it with -s, or when the test fails."""
    before = time.monotonic()
    outcome = territory.run(name, full=full)
    print(
        f"\n{name}: {outcome.outcome}, {outcome.counts.seen} records in {outcome.pages} pages, "
        f"{time.monotonic() - before:.1f} s, {outcome.problems_by_code or 'no problems'}"
    )
    assert outcome.outcome == "success", outcome.message
    return outcome


def shows_each_once(territory: Territory, fiches: Collection[Fiche]) -> None:
    """As many entries are published as were loaded, and they are those."""
    assert len(territory.rows()) == len(fiches)
    assert sorted(published(territory)) == sorted(fiche.title for fiche in fiches)


def shows_as_loaded(
    territory: Territory,
    fiches: Collection[Fiche],
    *,
    instead: Mapping[str, Callable[[Fiche], object]] | None = None,
    without: Collection[str] = (),
) -> None:
    """What is published of these fiches is what was loaded.

    `instead` is what a form holds otherwise, `without` the fields that it cannot hold.
    """
    found = published(territory)
    fields = {name: field for name, field in FIELDS.items() if name not in without}
    for name, loaded in (instead or {}).items():
        fields[name] = (loaded, FIELDS[name][1])
    wrong = {fiche.slug: differences(fiche, found[fiche.title], fields) for fiche in fiches}
    told = [
        f"{name}: {len(cases)} of {len(fiches)}; first {cases[0]}"
        for name in ("identifier", *fields)
        if (cases := [(slug, w[name]) for slug, w in wrong.items() if name in w])
    ]
    assert not told, "\n".join(["loaded is not published:", *told])


def follows(territory: Territory, peer: Peer) -> None:
    """Harvested again nothing changes; then one record is edited and one removed; the peer is as before in the end."""
    ids, count = _ids(territory), len(peer.fiches)
    again = harvest(territory).counts
    assert (again.seen, again.unchanged, again.new, again.changed, again.gone) == (
        (count, count, 0, 0, 0)
    )
    edited, removed = peer.fiches[7], peer.fiches[-7]
    try:
        peer.put(replace(edited, title=f"{edited.title} (corrigé)"))
        peer.remove(removed)
        then = harvest(territory).counts
    finally:
        peer.put(edited)
        peer.put(removed)
    assert (then.new, then.changed, then.gone, then.missing) == (0, 1, 1, 1)
    after = _ids(territory)
    assert after.pop(f"{edited.title} (corrigé)") == ids[edited.title]
    assert after == {title: kept for title, kept in ids.items() if title != edited.title}, (
        "what is gone stays for its time of grace"
    )
    back = harvest(territory).counts
    assert (back.seen, back.gone, back.missing, back.published) == (count, 0, 0, count)
    assert _ids(territory) == ids, "what came back has the id it had"


def _ids(territory: Territory) -> dict[str, str]:
    return {
        title: row.id for row, title in zip(territory.rows(), published(territory), strict=True)
    }
