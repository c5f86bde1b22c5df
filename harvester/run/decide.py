"""A person's word on two records: written, and followed at once, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harvester.errors import DecisionRefused
from harvester.link.blocks import pointer_hash, pointer_keys
from harvester.run.clusters import Clusters
from harvester.run.evidence import profiles
from harvester.run.linking import Linking
from harvester.store import Connection, Store, decisions, now, review
from harvester.store import clusters as stored
from harvester.store import entries as listed
from harvester.store.decisions import NOBODY, Decision, Log, Name
from harvester.store.verdicts import Verdict, Word, contradiction, last_words

_SAYS = {
    "same": "décrit le même jeu de données que",
    "different": "ne décrit pas le même jeu de données que",
    "part": "est une partie de",
    "origin": "est l’original",
    "undone": "n’est plus tranché avec",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a word. `written` is False where it had been said already; `clusters` are those of both ends now."""

    written: bool
    clusters: tuple[str, ...]


def decide(
    store: Store,
    clusters: Clusters,
    verdict: Verdict,
    a: str,
    b: str = "",
    *,
    by: str,
    note: str = "",
) -> Decided:
    """Take a word on `a` and `b` (`source/local id`, or published ids) and link anew what it concerns.

    Raises DecisionRefused where it contradicts others (the message says how), or where a record is not here.
    """
    with store.write() as connection:
        listed.take_turn(connection)
        names = [named(connection, a)] + (
            [named(connection, b)] if verdict != "origin" and b else []
        )
        ids = [_present(connection, name) for name in names]
        if len(set(ids)) < len(ids):
            raise DecisionRefused(
                f"« {a} » et « {b} » mènent à une seule et même fiche. Nommez deux fiches, "
                "SOURCE/IDENTIFIANT : `harvester explain` donne celles d’une entrée."
            )
        if len(names) == 1 and verdict not in ("origin", "undone"):
            raise DecisionRefused("Il faut deux fiches.")
        log = decisions.connected(connection, ids)
        at = max([now(), *(d.at for d in log.decisions.values())])
        if not _is_news(log, verdict, ids):
            if verdict == "undone":
                raise DecisionRefused("Il n’y a pas de décision à annuler ici.")
            return Decided(False, _clusters(connection, ids))
        one, two = (*names, NOBODY)[:2]
        word = Word(0, at, verdict, ids[0], ids[1] if len(ids) > 1 else None)
        against = contradiction(log.words(), word)
        if against:
            others = " ; ".join(attributed(log.decisions[each.id]) for each in against)
            raise DecisionRefused(
                f"Cette décision ({_told(verdict, '/'.join(one), '/'.join(two))}) en contredit d’autres : "
                f"{others}. Annulez-en une d’abord, ou laissez celle-ci."
            )
        pointers = [pointers_of(connection, clusters.linking, record) for record in ids] + [
            ((), ())
        ]
        decisions.write(
            connection,
            at,
            by,
            verdict,
            one,
            two,
            note,
            (pointers[0][0], pointers[1][0]),
            (pointers[0][1], pointers[1][1]),
        )
        clusters.update(connection, ids, None, at)
        return Decided(True, _clusters(connection, ids))


def attributed(decision: Decision) -> str:
    """A word in French, who said it and when."""
    b = "/".join(decision.b) if decision.b != NOBODY else None
    return said({**asdict(decision), "a": "/".join(decision.a), "b": b, "note": ""})


def said(decision: Mapping[str, Any]) -> str:
    """The same for a decision as `explain` tells it, with its note."""
    at, note = decision["at"], decision["note"]
    day = f"{at[8:10]}/{at[5:7]}/{at[:4]}"
    told = _told(decision["verdict"], decision["a"], decision["b"])
    return f"{told} ({decision['by']}, {day})" + (f" — {note}" if note else "")


def _told(verdict: str, a: str, b: str | None) -> str:
    if b is None and verdict == "undone":
        return f"« {a} » n’est plus désigné comme l’original"
    return f"« {a} » {_SAYS[verdict]}" + (f" « {b} »" if b else "")


def named(connection: Connection, text: str) -> Name:
    """The record that `source/local id`, or a published id (its first member), means."""
    text = text.strip()
    found = review.speaker(connection, text)
    if found is not None:
        return found
    source, slash, local_id = text.partition("/")
    if not slash or not source or not local_id:
        raise DecisionRefused(
            f"« {text} » n’est ni un identifiant publié ni SOURCE/IDENTIFIANT d’une fiche."
        )
    return source, local_id


def pointers_of(
    connection: Connection, linking: Linking, record: int
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """(what a record points at, the same hashed as in `record_key`)."""
    profile = profiles(connection, linking, [record]).get(record)
    texts = pointer_keys(profile) if profile else ()
    return texts, tuple(map(pointer_hash, texts))


def _present(connection: Connection, name: Name) -> int:
    found = decisions.resolve(connection, name)
    if found is None:
        raise DecisionRefused(
            f"« {'/'.join(name)} » : aucune fiche de ce nom. `harvester status` dit ce qui est moissonné."
        )
    if found.access == "private":
        raise DecisionRefused(f"« {'/'.join(name)} » est privée : elle n’est montrée à personne.")
    return found.record


def _is_news(log: Log, verdict: Verdict, ids: Sequence[int]) -> bool:
    """Whether a word says anything that the last one on the same pair does not."""
    ends = set(ids) if len(ids) > 1 else {ids[0], None}
    for word in last_words(log.words()):
        if {word.a, word.b} == ends:
            same_way = verdict != "part" or word.a == ids[0]
            return word.verdict != verdict or not same_way
    return verdict != "undone"


def _clusters(connection: Connection, ids: Iterable[int]) -> tuple[str, ...]:
    known = stored.clusters_of(connection, list(ids))
    return tuple(dict.fromkeys(known[record] for record in ids))
