"""Linking a catalogue in steps comes to what linking all of it at once does, and what did not change is not written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvester.store import Store, open_store
from scripts.make_link_corpus import Corpus as Made
from tests.linked import Corpus, trees
from tests.territory import gazetteer

KEPT = ("linked", "record_key", "link", "record", "redirect", "membership", "profile")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    made = Made(11)
    made.territory()
    made.datasets(160)
    made.write(folder)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/harvester.sqlite")
    yield store
    store.close()


def changed(tree: dict[str, Any]) -> dict[str, Any]:
    """The same dataset of another year, by what its record says from now on."""
    return {**tree, "title": f"{tree['title']} 2031", "description": "Autre chose."}


def kept(store: Store) -> dict[str, list[Any]]:
    with store.read() as connection:
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {name}")))
            for name in KEPT
        }


@pytest.mark.parametrize("seed", range(10))
def test_in_whatever_order_records_come_the_same_ones_are_together(
    corpus: Path, store: Store, seed: int
) -> None:
    everything = list(trees(corpus / "records.jsonl.gz"))
    begun, later = everything[: len(everything) * 2 // 3], everything[len(everything) * 2 // 3 :]
    order = random.Random(seed)
    stepwise = Corpus.of(corpus, store, gazetteer())
    stepwise.put(begun)
    edited = order.sample(begun, 20)
    steps = [*later, *map(changed, edited)]
    order.shuffle(steps)
    while steps:
        size = order.randint(1, 12)
        stepwise.put(steps[:size])
        del steps[:size]
    at_once = stepwise.partition()
    with store.write() as connection:
        everyone = sorted(stepwise.ids.values())
        stepwise.clusters.update(connection, everyone, None, "2026-02-01T00:00:00Z", afresh=True)
    assert stepwise.partition() == at_once


def test_linking_all_anew_changes_nothing_and_gives_nobody_another_id(
    corpus: Path, store: Store
) -> None:
    linked = Corpus.of(corpus, store, gazetteer())
    linked.put(list(trees(corpus / "records.jsonl.gz")))
    before = kept(store)
    with store.write() as connection:
        everyone = sorted(linked.ids.values())
        linked.clusters.update(connection, everyone, None, "2026-02-01T00:00:00Z", afresh=True)
    assert kept(store) == before


def test_a_harvest_that_brings_the_same_again_writes_nothing_of_links(
    corpus: Path, store: Store
) -> None:
    linked = Corpus.of(corpus, store, gazetteer())
    everything = list(trees(corpus / "records.jsonl.gz"))
    linked.put(everything)
    before = kept(store)
    linked.put(everything)
    after = kept(store)
    for name in ("linked", "record_key", "link", "redirect", "membership"):
        assert after[name] == before[name], name
