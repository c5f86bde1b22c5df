"""What each part of linking is worth: precision and recall over pairs with one part taken away at a time.

    python scripts/ablate_links.py CORPUS [CORPUS …]

A corpus is a folder as scripts/make_link_corpus.py writes it, with its truth. Weights are not trained anew for what is left,
so that a figure says what the part does in the model that is in use.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import orjson

from harvester.link import blocks, engine, vetoes
from harvester.link.cluster import Partition, partition
from harvester.link.places import Places
from harvester.link.profile import Profile
from harvester.link.weights import Weights, load
from harvester.run import aggregated

FEATURES = (
    "title", "when", "where", "publisher", "whole", "text", "id", "issued", "portal", "origin", "shared",
)  # fmt: skip
VETOES = ("period", "part", "place", "scope", "ordinal", "portal", "origin", "twins", "variant")
KEYS = {
    "files": "f:",
    "identifiers": "w:",
    "commune × rarest words": "c:",
    "wider territory × word × period": "t:",
    "EPCI × title × period": "e:",
    "local id × place": "i:",
    "description": "d:",
    "title × period, nowhere": "n:",
}


@dataclass(frozen=True)
class Corpus:
    """A corpus read once: profiles, places, and the dataset of each record."""

    profiles: Sequence[Profile]
    places: Places
    truth: Sequence[str]


def read(folder: Path, *, aliases: bool = True, synonyms: bool = True) -> Corpus:
    """The profiles of a folder's records, and their truth."""
    units = orjson.loads((folder / "territory.json").read_bytes())
    portals = orjson.loads((folder / "portals.json").read_bytes())
    places = aggregated.read_places(units)
    with ExitStack() as stack:
        if not aliases:
            stack.enter_context(mock.patch.object(aggregated, "learn", return_value=[]))
        if not synonyms:
            stack.enter_context(mock.patch.object(aggregated, "load_synonyms", return_value={}))
        names, profiles, _ = aggregated.read_profiles(
            folder / "records.jsonl.gz", aggregated.read_portals(portals, units), places
        )
    with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        entity = {row["rid"]: row["entity_id"] for row in csv.DictReader(stream)}
    return Corpus(profiles, places, [entity[name] for name in names])


def figures(corpus: Corpus, group: Sequence[int]) -> tuple[int, int, int]:
    """(pairs together, of them rightly, pairs that should be)."""

    def pairs(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    return (
        pairs(Counter(group)),
        pairs(Counter(zip(group, corpus.truth, strict=True))),
        pairs(Counter(corpus.truth)),
    )


def without_feature(weights: Weights, feature: str) -> Weights:
    """The model in which a feature says nothing."""
    bits = {level: b for level, b in weights.bits.items() if not level.startswith(f"{feature}:")}
    return replace(weights, bits=bits)


def without_veto(name: str) -> Callable[[Profile, Profile, Places], tuple[str, ...]]:
    """The vetoes but one."""
    return lambda a, b, places: tuple(v for v in vetoes.vetoes(a, b, places) if v != name)


def without_key(prefix: str) -> Callable[..., Iterator[tuple[str, str]]]:
    """The keys but those of one kind."""
    every = blocks.block_keys
    return lambda *given: (key for key in every(*given) if not key[0].startswith(prefix))


def components(
    count: int, together: Any, links: Any, _forbidden: Any, *more: Any, **named: Any
) -> Partition:
    """The partition that lets a cluster contradict itself."""
    return partition(count, together, links, lambda *_: (), *more, **named)


def variants(folders: Sequence[Path]) -> Iterator[tuple[str, list[tuple[int, int, int]]]]:
    """(what was taken away, figures by corpus)."""
    corpora = [read(folder) for folder in folders]
    weights = load()

    def linked(
        model: Weights = weights, which: Sequence[Corpus] = corpora
    ) -> list[tuple[int, int, int]]:
        return [figures(c, engine.link(c.profiles, c.places, model).group) for c in which]

    yield "nothing", linked()
    yield "all but pointers", linked(replace(weights, link=float("inf")))
    with mock.patch.object(engine, "by_pointer", return_value=[]):
        yield "pointers", linked()
    with mock.patch.object(engine, "partition", components):
        yield "what clusters refuse (connected components)", linked()
    with mock.patch.object(engine, "vetoes", return_value=()):
        yield "all vetoes", linked()
    for name in VETOES:
        with mock.patch.object(engine, "vetoes", without_veto(name)):
            yield f"veto `{name}`", linked()
    for feature in FEATURES:
        yield f"feature `{feature}`", linked(without_feature(weights, feature))
    for name, prefix in KEYS.items():
        with mock.patch.object(blocks, "block_keys", without_key(prefix)):
            yield f"key: {name}", linked()
    yield "aliases learnt", linked(which=[read(folder, aliases=False) for folder in folders])
    yield "synonyms", linked(which=[read(folder, synonyms=False) for folder in folders])


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("corpus", type=Path, nargs="+")
    folders = arguments.parse_args().corpus
    print("| taken away |", " | ".join(f"{folder.name}: P | R" for folder in folders), "|")
    print("|---|" + "---|---|" * len(folders))
    for name, found in variants(folders):
        cells = [
            f"{right / together if together else 1:.4f} | {right / true:.4f}"
            for together, right, true in found
        ]
        print(f"| {name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
