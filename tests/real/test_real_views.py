"""What the eight communes of Grand Paris Seine Ouest would see of recorded catalogues, through whole runs. `-s` prints it:
how many datasets each view has by level, and examples of what is in and out of each, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from harvester.run.clusters import Clusters
from harvester.run.listing import covered, named
from harvester.store import bulk, catalogue
from harvester.view import LEVELS, judge
from tests.territory import Territory, gazetteer

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
REAL = DATA / "real" / "datagouv"

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"no recorded catalogues at {REAL} (see REAL_DATA)"
)

FILES = {
    "gpso-8-communes": ("etat", "fr"),
    "domain-opendata.hauts-de-seine.fr": ("departement", "fr:departement:92"),
    "domain-data.iledefrance.fr": ("region", "fr:region:11"),
    "domain-data.grandparissud.fr": ("epci", "fr:epci:200059228"),
    "domain-data.mulhouse-alsace.fr": ("epci", "fr:epci:200066009"),
    "domain-data.rennesmetropole.fr": ("epci", "fr:epci:243500139"),
}
"""File → level and territory of its portal."""
EXAMPLES = 10


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Territory]:
    folder = tmp_path_factory.mktemp("views")
    territory = Territory(folder / "here", f"sqlite:///{folder / 'views.sqlite'}")
    for file, (level, code) in FILES.items():
        name = file.replace(".", "-")
        url = (REAL / f"{file}.csv.gz").as_uri()
        territory.source(
            name, None, url, kind="table", level=level, territory=code, more='mapping = "table-datagouv"'
        )  # fmt: skip
        territory.run(name)
    yield territory
    territory.store.close()


def test_each_view_has_what_is_near_and_nothing_of_another_commune(country: Territory) -> None:
    views = Clusters.of(country.config, gazetteer()).views
    cities = [slug for slug in views.order if slug]
    with country.store.read() as connection:
        counts = {slug: catalogue.levels(connection, slug) for slug in views.order}
        entries = bulk.select(
            connection,
            "SELECT e.cluster, e.origins, coalesce(e.body, v.entry), e.coverage, e.title FROM entry e "
            "JOIN version v ON v.id = e.version ORDER BY e.cluster",
        )
        listed = {
            slug: {row.id for row in catalogue.rows(connection, slug)} for slug in views.order
        }
    print("\n" + "view".ljust(24), *(level.rjust(12) for level in (*LEVELS, "all")))
    for slug, its in counts.items():
        figures = [its.get(level, 0) for level in LEVELS]
        print((slug or "(territory)").ljust(24), *(str(n).rjust(12) for n in (*figures, sum(figures))))  # fmt: skip
    assert listed[""] == {cluster for cluster, *_ in entries}
    for slug in cities:
        chain = gazetteer().enclosing(views.rules[slug].territory)
        groups: dict[tuple[bool, str], list[str]] = {}
        for cluster, origins, body, coverage, title in entries:
            names = named(views, cluster, origins, body)
            verdict = judge(views, slug, covered(coverage), names)
            assert verdict.listed == (cluster in listed[slug])
            codes = {code for code, *_ in orjson.loads(coverage)}
            assert not verdict.listed or codes & set(chain)
            kind = verdict.level if verdict.listed else verdict.reason.split("«")[0]
            groups.setdefault((verdict.listed, kind), []).append(f"{title[:80]} — {verdict.reason}")
        for is_in in (True, False):
            print(f"\n{slug}: {'in' if is_in else 'out'}")
            kinds = [lines for (there, _), lines in sorted(groups.items()) if there == is_in]
            for line in _in_turn(kinds, EXAMPLES):
                print("  ", line)
        assert counts[slug].get("commune", 0) or slug == "marnes-la-coquette"
        assert "etat" not in counts[slug]


def _in_turn(groups: list[list[str]], most: int) -> list[str]:
    """Some of each group."""
    longest = max((len(group) for group in groups), default=0)
    return [g[at] for at in range(longest) for g in groups if at < len(g)][:most]
