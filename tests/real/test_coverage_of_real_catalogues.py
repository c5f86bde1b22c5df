"""Coverage on recorded catalogues: how right it is on 200 records labelled by reading them, and how much it finds.

`pytest -s` prints the figures. The labels are tests/real/coverage_labels.csv: what each record is about, and what would not be
wrong either. Half of them were looked at while the rules were made, half (`held`) were not.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from harvester.config import View
from harvester.model import Coverage, Entry
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import coverage, prepare, select
from tests.coverage_sample import DATA, GPSO, REAL, STRATA, Score, drawn, entries, labels

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no recorded catalogues at {DATA}")

SOURCES = {stratum.name: stratum.source for stratum in STRATA}


@cache
def recorded() -> dict[str, dict[str, Entry]]:
    return {stratum.name: dict(entries(stratum)) for stratum in STRATA}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def found(gazetteer: Gazetteer) -> dict[tuple[str, str], tuple[Coverage, ...]]:
    return {
        (name, identifier): coverage(entry, SOURCES[name], gazetteer)
        for name, its in recorded().items()
        for identifier, entry in its.items()
    }


def test_the_labelled_records_are_those_that_chance_draws() -> None:
    labelled: dict[str, list[str]] = {}
    for label in labels():
        labelled.setdefault(label.recording, []).append(label.identifier)
    assert labelled == {stratum.name: drawn(stratum) for stratum in STRATA}
    assert len(labels()) == 200
    assert len(labels("dev")) == len(labels("held")) == 100


@pytest.mark.parametrize("half", ["", "dev", "held"])
def test_coverage_is_right_on_the_labelled_sample(
    found: dict[tuple[str, str], tuple[Coverage, ...]], half: str
) -> None:
    score = Score()
    rules: dict[str, Counter[bool]] = {}
    for label in labels(half):
        parts = found[label.recording, label.identifier]
        score.add(label, {part.territory for part in parts}, str([part.how for part in parts]))
        for part in parts:
            right = part.territory in label.expected | label.accepted
            rules.setdefault(part.how, Counter())[right] += 1
    print(f"\n{half or 'all'}: precision {score.precision:.3f}, recall {score.recall:.3f}")
    for how, counts in sorted(rules.items()):
        print(f"  {how:12} {counts[True]:4} right {counts[False]:3} wrong")
    print("\n".join(f"  {mistake}" for mistake in score.mistakes))
    assert score.precision >= (0.98 if not half else 0.97)
    assert score.recall >= 0.9
    assert all(counts[True] >= 0.9 * counts.total() for counts in rules.values()), rules


def test_most_records_of_every_recording_say_what_they_are_about(
    found: dict[tuple[str, str], tuple[Coverage, ...]],
) -> None:
    by: dict[str, Counter[str]] = {}
    for (name, _), parts in found.items():
        by.setdefault(name, Counter())[parts[0].how] += 1
    whole = sum(by.values(), Counter())
    print(f"\n{whole.total()} records: {dict(whole.most_common())}")
    for name, hows in by.items():
        resolved = 1 - hows["source"] / hows.total()
        print(f"  {name:16} {hows.total():4} {resolved:6.1%} {dict(hows.most_common())}")
    assert whole.total() > 3400
    assert 1 - whole["source"] / whole.total() >= 0.75


def test_no_city_of_the_territory_sees_a_record_that_is_about_another_commune_only(
    gazetteer: Gazetteer, found: dict[tuple[str, str], tuple[Coverage, ...]]
) -> None:
    cities = gazetteer.slugs(GPSO)
    views = prepare(
        GPSO, [View(slug=s, territory=c, title=s) for s, c in cities.items()], gazetteer
    )
    seen = 0
    for label in labels():
        about = label.expected | label.accepted
        for member in select(views, found[label.recording, label.identifier]):
            if member.view:
                seen += 1
                around = gazetteer.enclosing(cities[member.view])
                assert about.intersection(around), (member.view, label)
    assert seen > 300


def test_every_city_sees_what_is_labelled_as_its_own(
    gazetteer: Gazetteer, found: dict[tuple[str, str], tuple[Coverage, ...]]
) -> None:
    cities = gazetteer.slugs(GPSO)
    views = prepare(
        GPSO, [View(slug=s, territory=c, title=s) for s, c in cities.items()], gazetteer
    )
    for label in labels():
        shown = {m.view for m in select(views, found[label.recording, label.identifier])}
        for slug, code in cities.items():
            if code in label.expected:
                assert slug in shown, label
