"""Show what the cities of a territory would see of the recorded catalogues, and why.

    REAL_DATA=DIR python scripts/show_views.py [--territory fr:epci:200057974] [--examples 10]

For each city: how many datasets its view has by level (of the nearest territory they are about, see harvester.view), and examples of what is in
and of what is out, with the reason. The recordings are those of tests/coverage_sample.py.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harvester.config import View  # noqa: E402
from harvester.territory import load  # noqa: E402
from harvester.view import coverage, judge, prepare  # noqa: E402
from tests.coverage_sample import GPSO, REAL, STRATA, entries  # noqa: E402

LEVELS = ("commune", "epci", "departement", "region", "etat")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--territory", default=GPSO)
    parser.add_argument("--examples", type=int, default=10)
    options = parser.parse_args()
    if not REAL.is_dir():
        print(f"no recorded catalogues at {REAL} (see REAL_DATA)")
        return 1
    gazetteer = load()
    cities = gazetteer.slugs(options.territory)
    views = prepare(
        options.territory,
        [View(slug=slug, territory=code, title=slug) for slug, code in cities.items()],
        gazetteer,
    )
    counts: dict[str, Counter[str]] = {slug: Counter() for slug in cities}
    shown: dict[str, dict[str, list[str]]] = {slug: {} for slug in cities}
    out: dict[str, dict[str, list[str]]] = {slug: {} for slug in cities}
    for stratum in STRATA:
        for _, entry in entries(stratum):
            title = next(iter(entry.title.values()))[:90]
            parts = coverage(entry, stratum.source, gazetteer)
            for slug in cities:
                verdict = judge(views, slug, parts)
                line = f"{title} — {verdict.reason}"
                if verdict.listed:
                    counts[slug][verdict.level] += 1
                    shown[slug].setdefault(verdict.level, []).append(line)
                else:
                    out[slug].setdefault(verdict.reason, []).append(line)
    print("ville".ljust(24), *(level.rjust(12) for level in LEVELS), "ensemble".rjust(12))
    for slug, its in counts.items():
        print(slug.ljust(24), *(str(its[level]).rjust(12) for level in LEVELS), str(its.total()).rjust(12))  # fmt: skip
    for slug in cities:
        for heading, groups in (("dans la vue", shown[slug]), ("hors de la vue", out[slug])):
            print(f"\n{slug} : {heading}")
            turns = [iter(lines) for lines in groups.values()]
            told = 0
            while turns and told < options.examples:  # one of each kind in turn
                for lines in list(turns):
                    line = next(lines, None)
                    if line is None:
                        turns.remove(lines)
                    elif told < options.examples:
                        print(f"  {line}")
                        told += 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
