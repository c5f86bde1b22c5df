"""The gazetteer and the views on real rows: who is recognised, and who sees what."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from harvester.config import View
from harvester.model import Coverage
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.territory.boxes import placed
from harvester.view import coverage, prepare, select
from tests.coverage_sample import GPSO, STRATA, entries

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("REAL_DATA", ROOT / ".." / "shared" / "data"))
ROWS = DATA / "real" / "datagouv"
COG = DATA / "reference" / "cog"

pytestmark = pytest.mark.skipif(not ROWS.is_dir(), reason=f"no recorded data at {DATA}")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def covered(name: str, gazetteer: Gazetteer) -> list[tuple[Coverage, ...]]:
    """The coverage of every record of a recording, as the source it came from would have it."""
    (stratum,) = (one for one in STRATA if one.name == name)
    return [coverage(entry, stratum.source, gazetteer) for _, entry in entries(stratum)]


def test_every_dataset_of_the_territory_is_given_to_the_cities_it_concerns(
    gazetteer: Gazetteer,
) -> None:
    found = covered("gpso", gazetteer)
    views = prepare(
        GPSO,
        [View(slug=s, territory=c, title=s) for s, c in gazetteer.slugs(GPSO).items()],
        gazetteer,
    )
    seen = Counter(member.view for each in found for member in select(views, each))
    # Of the EPT, the département or the région: every city sees them. Twenty-one are published by Issy.
    shared = 157 + 21
    assert dict(seen) == {
        "": 774,
        "boulogne-billancourt": shared + 22,
        "chaville": shared + 15,
        "issy-les-moulineaux": shared + 464,
        "marnes-la-coquette": shared + 5,
        "meudon": shared + 45,
        "sevres": shared + 15,
        "vanves": shared + 3,
        "ville-d-avray": shared + 27,
    }


def test_data_of_cities_on_the_portal_of_their_departement_is_theirs(gazetteer: Gazetteer) -> None:
    found = covered("hauts-de-seine", gazetteer)
    counts = Counter(part.territory for each in found for part in each)
    assert counts["fr:commune:92073"] >= 40  # Suresnes
    assert counts["fr:commune:92063"] >= 40  # Rueil-Malmaison
    assert counts["fr:commune:92071"] >= 16  # Sceaux, in the name of the département
    around = prepare(GPSO, [], gazetteer)
    assert {
        each[0].territory for each in found if select(around, each).memberships[0].level != "elsewhere"
    } <= {"fr:departement:92", "fr:region:11"}  # fmt: skip


def test_a_region_s_portal_is_about_the_region_and_what_lies_in_it(gazetteer: Gazetteer) -> None:
    found = covered("ile-de-france", gazetteer)
    counts = Counter(part.territory for each in found for part in each)
    assert counts["fr:region:11"] >= 0.85 * len(found)
    assert all(gazetteer.encloses("fr:region:11", code) for code in counts)


def test_the_committed_table_is_what_the_script_makes_of_the_facts() -> None:
    if not COG.is_dir():
        pytest.skip(f"no tables of the COG at {COG}")
    script = [sys.executable, str(ROOT / "scripts" / "make_gazetteer.py"), "--check"]
    options = ["--cog", str(COG), "--vocab", str(DATA / "reference" / "vocab")]
    done = subprocess.run([*script, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_box_of_a_commune_holds_its_centre(gazetteer: Gazetteer) -> None:
    with (COG / "commune_bbox.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = gazetteer.insee(row["insee"])
            unit = gazetteer.unit(code) if code else None
            if unit is None or unit.local != row["insee"]:
                continue
            assert unit.bbox is not None
            west, south, east, north = unit.bbox
            assert west <= float(row["cx"]) <= east
            assert south <= float(row["cy"]) <= north


def test_the_box_of_a_commune_is_that_commune_s_and_a_part_of_it_never_another_s(
    gazetteer: Gazetteer,
) -> None:
    with (COG / "commune_bbox.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if f"fr:commune:{row['insee']}" in gazetteer]
    known = 0
    for row in rows[::150]:
        unit = gazetteer.unit(f"fr:commune:{row['insee']}")
        assert unit is not None
        if unit.local != row["insee"]:
            continue  # merged into another since
        west, south, east, north, x, y = (
            float(row[key]) for key in ("minx", "miny", "maxx", "maxy", "cx", "cy")
        )
        assert placed((west, south, east, north), "fr", gazetteer) == unit.code
        wide, high = (east - west) / 4, (north - south) / 4
        found = placed((x - wide, y - high, x + wide, y + high), "fr", gazetteer)
        assert found in (unit.code, None)
        known += found is not None
    assert known >= 150
