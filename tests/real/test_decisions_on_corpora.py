"""People's words on the corpora: what they confirm is together, what they reject is apart, whatever happens then."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.run.decision_files import Line, bring
from harvester.store import open_store, records
from harvester.territory import load
from tests.linked import Corpus, trees

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
LINKS = DATA / "links"

pytestmark = pytest.mark.skipif(not LINKS.is_dir(), reason=f"no corpora at {LINKS} (see REAL_DATA)")
Pairs = list[tuple[str, str, str]]


def said(folder: Path) -> Pairs:
    with (folder / "decisions.csv").open(newline="") as stream:
        return [(row["verdict"], row["rid_a"], row["rid_b"]) for row in csv.DictReader(stream)]


@pytest.fixture(params=["2k", "2k-hard"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Corpus, Pairs]]:
    """A corpus in a store, with what people said of it."""
    folder = LINKS / request.param
    store = open_store(f"sqlite:///{tmp_path}/h.sqlite")
    made = Corpus.of(folder, store, load())
    made.put(list(trees(folder / "records.jsonl.gz")))
    pairs = said(folder)
    lines = [
        Line(n, "", "", verdict, _name(a), _name(b), "", ((), ()))
        for n, (word, a, b) in enumerate(pairs, start=2)
        for verdict in ("same" if word == "confirm" else "different",)
    ]
    brought = bring(store, made.clusters, lines, "corpus")  # type: ignore[arg-type]
    assert (brought.written, brought.waiting, brought.aside) == (len(pairs), 0, ())
    yield made, pairs
    store.close()


def _name(rid: str) -> tuple[str, str]:
    source, local = rid.split("|", 1)
    return source, local


def wrong(corpus: Corpus, pairs: Pairs) -> Pairs:
    """The words that the partition does not follow."""
    group = {rid: at for at, members in enumerate(corpus.partition()) for rid in members}
    return [(word, a, b) for word, a, b in pairs if (group[a] == group[b]) != (word == "confirm")]


def test_all_words_are_followed_also_when_records_go_and_come_back_and_when_the_model_changes(
    corpus: tuple[Corpus, Pairs],
) -> None:
    made, pairs = corpus
    assert wrong(made, pairs) == []
    named = sorted({rid for _, a, b in pairs for rid in (a, b)})
    away = [made.ids[rid] for rid in named[::2]]
    for states in ("withdrawn", "published"):
        with made.store.write() as connection:
            records.set_state(connection, away, states, "2026-02-01T00:00:00Z")
            made.clusters.update(connection, away, 2, "2026-02-01T00:00:00Z")
    assert wrong(made, pairs) == []
    everyone = sorted(made.ids.values())
    with made.store.write() as connection:
        made.clusters.update(connection, everyone, None, "2026-03-01T00:00:00Z", afresh=True)
    assert wrong(made, pairs) == []
