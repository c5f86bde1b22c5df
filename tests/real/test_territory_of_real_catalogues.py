"""The gazetteer and the views on real rows: who is recognised, and who sees what."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.config import Source, View
from harvester.model import Agent, Coverage, Dataset, Location
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import coverage, prepare, select

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("REAL_DATA", ROOT / ".." / "shared" / "data"))
ROWS = DATA / "real" / "datagouv"
COG = DATA / "reference" / "cog"
GPSO = "fr:epci:200057974"

pytestmark = pytest.mark.skipif(not ROWS.is_dir(), reason=f"no recorded data at {DATA}")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def rows(name: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with gzip.open(ROWS / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def covered(name: str, territory: str, gazetteer: Gazetteer) -> list[tuple[Coverage, ...]]:
    """The coverage of every row, as if one portal of `territory` had published them."""
    source = Source(
        id="s", name="s", kind="dcat", url="https://x.example", level="epci", territory=territory
    )
    found = []
    for row in rows(name):
        place = row["spatial.zones"]
        entry = Dataset(
            title={"fr": row["title"]},
            publisher=Agent(name={"fr": row["organization"]}),
            spatial=(Location(name={"fr": place}),) if place else (),
        )
        found.append(coverage(entry, source, gazetteer))
    return found


def test_every_dataset_of_the_territory_is_given_to_its_commune_by_its_publisher(
    gazetteer: Gazetteer,
) -> None:
    found = covered("gpso-8-communes.csv.gz", GPSO, gazetteer)
    views = prepare(
        GPSO,
        [View(slug=s, territory=c, title=s) for s, c in gazetteer.slugs(GPSO).items()],
        gazetteer,
    )
    seen = Counter(member.view for each in found for member in select(views, each))
    shared = 157  # published by the EPT itself: every city sees them
    assert dict(seen) == {
        "": 774,
        "boulogne-billancourt": shared + 22,
        "chaville": shared + 15,
        "issy-les-moulineaux": shared + 485,
        "marnes-la-coquette": shared + 5,
        "meudon": shared + 45,
        "sevres": shared + 15,
        "vanves": shared + 3,
        "ville-d-avray": shared + 27,
    }


def test_data_of_cities_on_the_portal_of_their_departement_is_theirs(gazetteer: Gazetteer) -> None:
    found = covered("domain-opendata.hauts-de-seine.fr.csv.gz", "fr:departement:92", gazetteer)
    counts = Counter(part.territory for each in found for part in each)
    assert counts["fr:commune:92073"] >= 30  # Suresnes
    assert counts["fr:commune:92063"] >= 37  # Rueil-Malmaison
    assert sum(counts.values()) >= len(found)
    around = prepare(GPSO, [], gazetteer)
    mine = sum(bool(select(around, each)) for each in found)
    assert mine == sum(each[0].territory == "fr:departement:92" for each in found)


def test_a_region_s_portal_is_about_the_region(gazetteer: Gazetteer) -> None:
    found = covered("domain-data.iledefrance.fr.csv.gz", "fr:region:11", gazetteer)
    assert {part.territory for each in found for part in each} == {"fr:region:11"}


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
