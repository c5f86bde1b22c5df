"""Make harvester/link/weights.json: the bits of each level of evidence, by logistic regression.

    pip install -e .[train]
    python scripts/train_links.py 2 FOLDER[:truth|:pointers[:SHARE]] …

The first argument is the version the model gets. A folder has the files of `harvester link` (docs/link.md). With `truth` its
truth.csv.gz labels the pairs; with `pointers` nobody has to: what pointers tie together is one dataset, what one portal
shows under two ids is two, and the levels that would give that away are left out. With a decisions.csv beside it, people's
words count ten times. SHARE of the pairs is used (default all).

Better evidence never weighs less: the orders below are imposed afterwards (isotonic), so that a habit of one corpus does not
turn a level round. And no level weighs more than MOST bits either way.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import sys
from collections import Counter
from math import log
from pathlib import Path

import orjson
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from harvester.link.blocks import pairs
from harvester.link.compare import levels
from harvester.link.engine import by_pointer
from harvester.link.survey import survey
from harvester.link.vetoes import vetoes
from harvester.run.aggregated import read_decisions, read_places, read_portals, read_profiles

TARGET = Path(__file__).parents[1] / "harvester" / "link" / "weights.json"
STRENGTH = 0.3
LEAN = 1.0  # bits added to every pair: precision hardly falls, recall gains a point (measured on corpora not trained on)
MOST = 4.5
TELLTALE = ("origin:", "shared:", "portal:")
ORDERS = (
    ("title:other", "title:some-instead", "title:half-instead", "title:near-instead"),
    ("title:other", "title:some-more", "title:half-more", "title:near-more", "title:same-common", "title:same-known", "title:same-rare"),
    ("title:near-more", "title:typo"),
    ("when:other-weak", "when:part-weak", "when:one", "when:none", "when:same-weak", "when:same"),
    ("where:inside", "where:inside-weak", "where:unknown", "where:same-weak", "where:same"),
    ("where:other-weak", "where:unknown", "where:several", "where:same"),
    ("publisher:other", "publisher:other-name", "publisher:above", "publisher:same-name", "publisher:same"),
    ("text:other", "text:begun", "text:same", "text:same-rare"),
    ("text:other", "text:none"),
    ("id:other", "id:none", "id:begun", "id:same"),
    ("id:other", "id:within", "id:begun"),
    ("issued:other", "issued:none", "issued:near", "issued:same", "issued:same-rare"),
    ("keyword:other", "keyword:none", "keyword:some", "keyword:all"),
    ("box:apart", "box:other", "box:none", "box:near", "box:same"),
    ("shared:none", "shared:identifier"),
    ("shared:none", "shared:file"),
    ("portal:twins-undated", "portal:twins", "portal:one"),
    ("origin:other-id", "origin:other", "origin:unknown", "origin:same"),
    ("whole:no", "whole:undated", "whole:timeless-wide", "whole:same-wide", "whole:same"),
    ("whole:undated", "whole:timeless", "whole:same"),
)  # fmt: skip


def labelled(folder: Path, how: str, share: float) -> list[tuple[list[str], int, float]]:
    """(levels, label, weight) of the pairs of a folder."""
    units = orjson.loads((folder / "territory.json").read_bytes())
    places = read_places(units)
    portals = read_portals(orjson.loads((folder / "portals.json").read_bytes()), units)
    names, profiles, _ = read_profiles(folder / "records.jsonl.gz", portals, places)
    counts = survey(profiles)
    entity: dict[str, str] = {}
    if how == "truth":
        with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8", newline="") as stream:
            entity = {row["rid"]: row["entity_id"] for row in csv.DictReader(stream)}
    together = list(range(len(profiles)))
    for group in by_pointer(profiles):
        for index in group:
            together[index] = group[0]
    draw = random.Random(1)
    rows: list[tuple[list[str], int, float]] = []
    for a, b in pairs(
        profiles, places, counts, list(range(len(profiles))), siblings=how == "pointers"
    ):
        if draw.random() > share:
            continue
        one, two = profiles[a], profiles[b]
        against = vetoes(one, two, places)
        found = list(levels(one, two, places, counts))
        if how == "truth":
            if not against:
                rows.append((found, int(entity[names[a]] == entity[names[b]]), 1.0))
            continue
        if set(against) - {"portal", "origin"}:
            continue
        kept = [level for level in found if not level.startswith(TELLTALE)]
        if together[a] == together[b]:
            rows.append((kept, 1, 1.0))
        elif against:
            rows.append((kept, 0, 1.0))
    decisions = folder / "decisions.csv"
    if how == "pointers" and decisions.exists():
        for label, said in zip((1, 0), read_decisions(decisions, names), strict=True):
            for a, b in said:
                rows.append((list(levels(profiles[a], profiles[b], places, counts)), label, 10.0))
    return rows


def ordered(bits: dict[str, float], seen: Counter[str]) -> dict[str, float]:
    """The bits with every order imposed: neighbours that stand the wrong way get their mean, by how often each was seen."""
    for _ in range(200):
        for order in ORDERS:
            blocks: list[list[tuple[str, float, int]]] = []
            for level in order:
                if level in bits:
                    blocks.append([(level, bits[level], seen[level] + 1)])
                while len(blocks) > 1 and mean(blocks[-2]) > mean(blocks[-1]):
                    last = blocks.pop()
                    blocks[-1] += last
            for block in blocks:
                for level, _, _ in block:
                    bits[level] = mean(block)
    return bits


def mean(block: list[tuple[str, float, int]]) -> float:
    return sum(value * count for _, value, count in block) / sum(count for _, _, count in block)


def main() -> None:
    version, *folders = sys.argv[1:]
    rows: list[tuple[list[str], int, float]] = []
    for given in folders:
        folder, _, rest = given.partition(":")
        how, _, share = rest.partition(":")
        found = labelled(Path(folder), how or "truth", float(share or 1))
        print(
            folder,
            how or "truth",
            len(found),
            "pairs,",
            sum(label for _, label, _ in found),
            "of one dataset",
        )
        rows += found
    vectors = DictVectorizer()
    table = vectors.fit_transform([dict.fromkeys(found, 1) for found, _, _ in rows])
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    model.fit(
        table, [label for _, label, _ in rows], sample_weight=[weight for _, _, weight in rows]
    )
    names = vectors.feature_names_
    bits = {
        name: float(weight) / log(2) for name, weight in zip(names, model.coef_[0], strict=True)
    }
    seen = Counter(level for found, _, _ in rows for level in found)
    bits = ordered(bits, seen)
    document = {
        "version": version,
        "zones": {"link": 4.0, "review": 0.0},
        "prior": round(float(model.intercept_[0]) / log(2) + LEAN, 2),
        "bits": {name: round(max(-MOST, min(MOST, bits[name])), 2) for name in sorted(bits)},
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
