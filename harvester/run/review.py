"""A pair as a person judges it: both sides, what speaks for and against, and the entry they would be together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from harvester.config import Config
from harvester.errors import DecisionRefused
from harvester.link import wording
from harvester.link.differences import Piece, differences
from harvester.link.judging import Figures, Judged, figures, gain
from harvester.run.clusters import Clusters
from harvester.run.evidence import Evidence, between, profiles
from harvester.run.linking import Linking
from harvester.store import Connection, decisions, review
from harvester.store import clusters as stored
from harvester.store.clusters import Member
from harvester.store.decisions import Decision
from harvester.store.review import Waiting
from harvester.store.verdicts import last_words, standing

FIELDS: dict[str, str] = {
    "title": "Titre",
    "description": "Description",
    "publisher": "Producteur",
    "identifier": "Identifiants",
    "other_identifier": "Autres identifiants",
    "landing_page": "Page",
    "issued": "Publication",
    "modified": "Mise à jour",
    "spatial": "Lieu",
    "temporal": "Période",
    "keyword": "Mots-clés",
    "theme": "Thème",
    "license": "Licence",
    "accrual_periodicity": "Fréquence",
    "distribution": "Fichiers",
}
"""What is shown of each side, in this order."""

_GONE = "Cette paire n’existe pas, ou n’existe plus."


@dataclass(frozen=True, slots=True)
class Side:
    """A record as it is, and the entry it belongs to: `others` are the names of its other members."""

    record: int
    name: tuple[str, str]
    source: str
    title: str
    url: str
    access: str
    cluster: str
    entry: dict[str, Any]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of both sides, in pieces; `same` where they say the same."""

    name: str
    label: str
    one: tuple[Piece, ...]
    two: tuple[Piece, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Look:
    """All that a person needs to judge a pair. `merged` is the entry as it would be, `speaks` who would speak in it, and
    `told` which words there are on the pair already; `standing` is the one that counts."""

    a: Side
    b: Side
    evidence: Evidence
    line: str
    fields: tuple[Compared, ...]
    merged: dict[str, Any]
    origin: dict[str, tuple[str, ...]]
    speaks: str
    told: tuple[Decision, ...]
    standing: str | None

    @property
    def together(self) -> bool:
        """Whether both are one entry now."""
        return self.a.cluster == self.b.cluster


def queue(
    connection: Connection, config: Config, source: str = "", view: str | None = None
) -> list[tuple[float, Waiting]]:
    """(gain, pair) of all that wait, what gains most first."""
    found = review.waiting(connection, source, view)
    threshold = config.links.link
    worth = [
        (gain(w.bits, threshold, sum(w.sizes), len(w.views), public=w.public), w) for w in found
    ]
    return sorted(worth, key=lambda each: (-each[0], each[1].a, each[1].b))


def look(connection: Connection, config: Config, clusters: Clusters, a: int, b: int) -> Look:
    """Two records side by side. Raises DecisionRefused where one of them is not to be shown."""
    if a == b or not review.is_reviewable(connection, (a, b)):
        raise DecisionRefused(_GONE)
    ids = stored.clusters_of(connection, [a, b])
    members = [
        m for m in stored.members(connection, sorted(set(ids.values()))) if m.access != "private"
    ]
    one, two = _side(config, members, a), _side(config, members, b)
    evidence = between(connection, clusters.linking, a, b)
    if evidence is None:
        raise DecisionRefused(_GONE)
    originals = decisions.originals(connection, [m.record for m in members])
    read = profiles(connection, clusters.linking, [m.record for m in members])
    ordered, merged, provenance = clusters.merging.merged(members, read, originals)
    names = {m.record: f"{m.source}/{m.local_id}" for m in members}
    log = decisions.connected(connection, [a, b])
    said = [d for d in log.decisions.values() if {log.node(d.a), log.node(d.b)} == {a, b}]
    last = next((w for w in last_words(log.words()) if {w.a, w.b} == {a, b}), None)
    return Look(
        one,
        two,
        evidence,
        wording.line(
            evidence.levels, evidence.bits, evidence.zone, evidence.vetoes, evidence.pointers
        ),
        tuple(_compared(one.entry, two.entry)),
        merged,
        {
            field: tuple(names[r] for r in its["records"] if r in names)
            for field, its in provenance.items()
        },
        names[ordered[0].record],
        tuple(sorted(said, key=lambda d: (d.at, d.id))),
        last.verdict if last else None,
    )


def judged(connection: Connection, linking: Linking) -> list[tuple[Decision, Judged]]:
    """Every pair that people judged and of which both records are here, with what speaks for it."""
    log = decisions.everything(connection)
    words, _ = standing(log.words())
    found = []
    for word in words:
        if word.verdict == "origin" or not isinstance(word.a, int) or not isinstance(word.b, int):
            continue
        evidence = between(connection, linking, word.a, word.b)
        if evidence is None:
            continue
        pair = Judged(
            word.verdict == "same", evidence.bits, bool(evidence.vetoes), bool(evidence.pointers)
        )
        found.append((log.decisions[word.id], pair))
    return found


def statistics(connection: Connection, linking: Linking) -> list[Figures]:
    """What each setting would give on the judged pairs."""
    return figures([pair for _, pair in judged(connection, linking)])


def _side(config: Config, members: Sequence[Member], record: int) -> Side:
    its = next(m for m in members if m.record == record)
    source = config.source(its.source)
    return Side(
        record,
        (its.source, its.local_id),
        source.name if source else its.source,
        its.title,
        its.url,
        its.access,
        its.cluster,
        orjson.loads(its.entry),
        tuple(
            f"{m.source}/{m.local_id}"
            for m in members
            if m.cluster == its.cluster and m.record != record
        ),
    )


def _compared(one: dict[str, Any], two: dict[str, Any]) -> Iterator[Compared]:
    for name, label in FIELDS.items():
        left, right = written(name, one.get(name)), written(name, two.get(name))
        if left or right:
            a, b = differences(left, right)
            yield Compared(name, label, tuple(a), tuple(b), not any(alone for _, alone in (*a, *b)))


def written(name: str, value: Any) -> str:
    """A value of an entry as text to read and compare."""
    if not value:
        return ""
    if isinstance(value, str):
        return value
    if name in ("title", "description"):
        return str(value.get("fr") or next(iter(value.values())))
    if name == "keyword":
        return ", ".join(sorted({word for words in value.values() for word in words}))
    if name == "publisher":
        return _agent(value)
    if name == "distribution":
        return "\n".join(sorted(filter(None, map(_file, value))))
    if name == "spatial":
        return ", ".join(filter(None, map(_place, value)))
    if name == "temporal":
        return ", ".join(f"{v.get('start') or '…'} – {v.get('end') or '…'}" for v in value)
    if name == "other_identifier":
        return ", ".join(str(v.get("notation")) for v in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _agent(value: dict[str, Any]) -> str:
    names = value.get("name") or {}
    told = names.get("fr") or next(iter(names.values()), "")
    number = value.get("identifier")
    return f"{told} ({number})" if number else str(told)


def _file(value: dict[str, Any]) -> str:
    return next(iter((*(value.get("download_url") or ()), *(value.get("access_url") or ()))), "")


def _place(value: dict[str, Any]) -> str:
    names = value.get("name") or {}
    told = names.get("fr") or next(iter(names.values()), "")
    return str(told or value.get("identifier") or "")
