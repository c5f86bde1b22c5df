"""Write harvester/territory/gazetteer.json.zst from the tables of the Code officiel géographique.

    python scripts/make_gazetteer.py [--cog DIR] [--vocab DIR] [--check]

`--cog` holds communes.csv, epci.csv, ept.csv, departements.csv, regions.csv and commune_bbox.csv. They are
made from the package @etalab/decoupage-administratif (6.0.0, vintage 2026; code MIT, data Licence Ouverte):
its data/*.json have the same facts under longer names; the boxes are those of IGN Admin Express (Licence
Ouverte), by commune. `--vocab` holds eu_atu_fr.json and eu_place_fr.json: codes and French names of the EU
authority tables "atu" and "place". scripts/geonames.csv (see make_geonames.py) holds numbers of GeoNames.

The table is a JSON object of columns, each one string of lines, so that loading is a handful of splits;
zstandard makes it small. `--check` compares and writes nothing (exit 1 when the table is not current).
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import zstandard

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harvester.territory.names import fold  # noqa: E402

TARGET = ROOT / "harvester" / "territory" / "gazetteer.json.zst"
GEONAMES = ROOT / "scripts" / "geonames.csv"
SCALE = 10_000  # boxes in ten-thousandths of a degree (about ten metres), rounded outwards

# SIREN of départements and régions (INSEE, répertoire SIRENE), which the COG does not give. The two of Alsace
# share one collectivity and Paris is a commune: they have none of their own.
DEPARTEMENT_SIRENS = """
01:220100010 02:220200026 03:220300016 04:220400014 05:220500011 06:220600019 07:220700017 08:220800049
09:220900013 10:221000052 11:221100019 12:221200017 13:221300015 14:221401185 15:221500010 16:221600018
17:221700016 18:221800014 19:221927205 21:222100018 22:222200016 23:222309627 24:222400012 25:222500019
26:222600017 27:222702292 28:222800013 29:222900011 30:223000019 31:223100017 32:223200015 33:223300013
34:223400011 35:223500018 36:223600016 37:223700014 38:223800012 39:223900010 40:224000018 41:224100016
42:224200014 43:224300012 44:224400028 45:224500017 46:224600015 47:224700013 48:224800011 49:224900019
50:225005024 51:225100015 52:225200013 53:225300011 54:225400019 55:225500016 56:225600014 57:225700012
58:225800010 59:225900018 60:226000016 61:226100014 62:226200012 63:226300010 64:226400018 65:226500015
66:226600013 69:226900017 70:227000015 71:227100013 72:227200029 73:227300019 74:227400017 76:227605409
77:227700010 78:227806460 79:227900016 80:228000014 81:228100012 82:228200010 83:228300018 84:228400016
85:228500013 86:228600011 87:228708517 88:228800017 89:228900015 90:229000013 91:229102280 92:229200506
93:229300082 94:229400288 95:229501275 971:229710017 974:229740014 976:229850003
"""
REGION_SIRENS = """
01:239710015 02:200055507 03:200052678 04:239740012 11:237500079 24:234500023 27:200053726 28:200053403
32:200053742 44:200052264 52:234400034 53:233500016 75:200053759 76:200053791 84:200053767 93:231300021
94:200076958
"""

# NUTS 2021, level 3 (French départements) and level 1 (régions), from Regulation (EC) 1059/2003 as amended.
NUTS = {
    "11": "FR1:75 77 78 91 92 93 94 95",
    "24": "FRB0:18 28 36 37 41 45",
    "27": "FRC1:21 58 71 89 FRC2:25 39 70 90",
    "28": "FRD1:14 50 61 FRD2:27 76",
    "32": "FRE1:59 62 FRE2:02 60 80",
    "44": "FRF1:67 68 FRF2:08 10 51 52 FRF3:54 55 57 88",
    "52": "FRG0:44 49 53 72 85",
    "53": "FRH0:22 29 35 56",
    "75": "FRI1:24 33 40 47 64 FRI2:19 23 87 FRI3:16 17 79 86",
    "76": "FRJ1:11 30 34 48 66 FRJ2:09 12 31 32 46 65 81 82",
    "84": "FRK1:03 15 43 63 FRK2:01 07 26 38 42 69 73 74",
    "93": "FRL0:04 05 06 13 83 84",
    "94": "FRM0:2A 2B",
    "01": "FRY1:971",
    "02": "FRY2:972",
    "03": "FRY3:973",
    "04": "FRY4:974",
    "06": "FRY5:976",
}

# Régions in the EU authority table "atu", where its own abbreviation is not the name.
ATU_REGIONS = {
    "ARA": "84", "BFRC": "27", "BRE": "53", "CORSE": "94", "CVAL": "24", "IF": "11", "NORM": "28",
    "PACA": "93", "PL": "52", "ACAL": "44", "ALPC": "75", "LRMP": "76", "PNPC": "32",
}  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sirens(written: str) -> dict[str, str]:
    """Code → SIREN; a wrong check digit (Luhn's) ends the script."""
    found = dict(pair.split(":") for pair in written.split())
    for code, siren in found.items():
        doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(siren)]
        if len(siren) != 9 or sum(value - 9 * (value > 9) for value in doubled) % 10:
            raise SystemExit(f"{code}: {siren} is no SIREN")
    return found


def column(values: Iterable[object]) -> str:
    return "\n".join("" if value is None else str(value) for value in values)


Box = tuple[int, int, int, int]


def boxes(path: Path) -> dict[str, Box]:
    found = {}
    for row in rows(path):
        west, south = (math.floor(float(row[key]) * SCALE) for key in ("minx", "miny"))
        east, north = (math.ceil(float(row[key]) * SCALE) for key in ("maxx", "maxy"))
        found[row["insee"]] = (west, south, east, north)
    return found


def around(parts: Iterable[Box | None]) -> Box | None:
    known = [part for part in parts if part]
    if not known:
        return None
    wests, souths, easts, norths = zip(*known, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def written(box: Box | None) -> str:
    return " ".join(map(str, box)) if box else ""


def nuts() -> dict[str, str]:
    """NUTS code → unit, for the codes that are exactly one of ours."""
    found = {"FR": "fr"}
    for region, spelled in NUTS.items():
        overseas = spelled.startswith("FRY")
        groups: dict[str, list[str]] = {}
        for word in spelled.split():
            head, colon, first = word.partition(":")
            if colon:
                group = groups.setdefault(head, [])
                group.append(first)
            else:
                group.append(head)
        for head, departements in groups.items():
            stem = head + "0" if head == "FR1" or overseas else head
            if overseas:
                found[stem] = f"fr:departement:{departements[0]}"
            else:
                for position, departement in enumerate(departements, 1):
                    found[f"{stem}{position}"] = f"fr:departement:{departement}"
        top = next(iter(groups)) if overseas or region == "11" else next(iter(groups))[:3]
        found[top] = f"fr:region:{region}"
        if len(groups) == 1 and not overseas:
            found[top + "0"] = f"fr:region:{region}"
    return found


def atu(path: Path) -> dict[str, str]:
    """Codes of the EU table of administrative units → ours, where the unit still exists."""
    found = {}
    for unit in json.loads(path.read_text(encoding="utf-8")):
        code = unit["code"]
        kind, _, local = code.removeprefix("FRA").lstrip("_").partition("_")
        if not kind:
            found[code] = "fr"
        elif kind == "AR":
            found[code] = "fr:commune:75056"
        elif kind == "DPT":
            number = local.rstrip("D")
            found[code] = f"fr:departement:{number[1:] if number.startswith('0') else number}"
        elif kind == "RG" and local in ATU_REGIONS:
            found[code] = f"fr:region:{ATU_REGIONS[local]}"
    return found


def places(path: Path, communes: list[dict[str, str]]) -> dict[str, str]:
    """Codes of the EU table of places → communes, where one commune only has that name."""
    named: dict[str, list[str]] = {}
    for row in communes:
        named.setdefault(fold(row["name"]), []).append(row["insee"])
    found = {}
    for place in json.loads(path.read_text(encoding="utf-8")):
        candidates = named.get(fold(place["fr"]), [])
        if len(candidates) == 1:
            found[place["code"]] = f"fr:commune:{candidates[0]}"
    return found


def table(cog: Path, vocab: Path) -> dict[str, Any]:
    everything = rows(cog / "communes.csv")
    communes = [row for row in everything if row["type"] == "COM"]
    current = {row["insee"] for row in communes}
    box = boxes(cog / "commune_bbox.csv")
    departements = rows(cog / "departements.csv")
    regions = [row for row in rows(cog / "regions.csv") if row["zone"] != "com"]
    region_codes = {row["code"] for row in regions}

    parts = [row for row in everything if row["type"] != "COM"]
    named = {row["insee"] for row in parts}
    for row in communes:
        for code in row["former_codes"].split():
            if code not in current and code not in named:
                named.add(code)
                parts.append({"insee": code, "parent": row["insee"]})
    parts.sort(key=lambda row: row["insee"])

    groups = [(row, "") for row in rows(cog / "epci.csv")]
    groups += [(row, row["parent_epci"]) for row in rows(cog / "ept.csv")]

    def people(chosen: Iterable[dict[str, str]]) -> int:
        return sum(int(row["population"] or 0) for row in chosen)

    by_departement: dict[str, list[dict[str, str]]] = {}
    for row in communes:
        by_departement.setdefault(row["departement"], []).append(row)
    by_region = {
        region["code"]: [row for row in communes if row["region"] == region["code"]]
        for region in regions
    }
    towns = rows(GEONAMES)
    departement_sirens, region_sirens = sirens(DEPARTEMENT_SIRENS), sirens(REGION_SIRENS)
    mainland = around(box.get(row["insee"]) for row in communes if row["zone"] == "metro")
    return {
        "communes": {
            "code": column(row["insee"] for row in communes),
            "name": column(row["name"] for row in communes),
            "key": column(fold(row["name"]) for row in communes),
            "departement": column(row["departement"] for row in communes),
            "epci": column(row["epci"] for row in communes),
            "ept": column(row["ept"] for row in communes),
            "siren": column(row["siren"] for row in communes),
            "population": column(row["population"] for row in communes),
            "postal": column(row["postal_codes"] for row in communes),
            "bbox": column(written(box.get(row["insee"])) for row in communes),
        },
        "parts": {
            "code": column(row["insee"] for row in parts),
            "parent": column(row["parent"] for row in parts),
            "kind": column(row.get("type") for row in parts),
            "name": column(row.get("name") for row in parts),
            "population": column(row.get("population") for row in parts),
            "postal": column(row.get("postal_codes") for row in parts),
        },
        "geonames": {
            "number": column(row["geonames"] for row in towns),
            "unit": column(row["unit"] for row in towns),
        },
        "epci": {
            "code": column(row["siren"] for row, _ in groups),
            "name": column(row["name"] for row, _ in groups),
            "kind": column(row["type"] for row, _ in groups),
            "parent": column(parent for _, parent in groups),
            "population": column(row["population"] for row, _ in groups),
            "bbox": column(
                written(around(box.get(code) for code in row["members"].split()))
                for row, _ in groups
            ),
        },
        "departements": {
            "code": column(row["code"] for row in departements),
            "name": column(row["name"] for row in departements),
            "region": column(
                row["region"] if row["region"] in region_codes else "" for row in departements
            ),
            "siren": column(departement_sirens.get(row["code"], "") for row in departements),
            "population": column(
                people(by_departement.get(row["code"], ())) for row in departements
            ),
            "bbox": column(
                written(around(box.get(c["insee"]) for c in by_departement.get(row["code"], ())))
                for row in departements
            ),
        },
        "regions": {
            "code": column(row["code"] for row in regions),
            "name": column(row["name"] for row in regions),
            "siren": column(region_sirens.get(row["code"], "") for row in regions),
            "population": column(people(by_region[row["code"]]) for row in regions),
            "bbox": column(
                written(around(box.get(c["insee"]) for c in by_region[row["code"]]))
                for row in regions
            ),
        },
        "state": {"population": str(people(communes)), "bbox": written(mainland)},
        "foreign": {
            "nuts": nuts(),
            "atu": atu(vocab / "eu_atu_fr.json"),
            "place": places(vocab / "eu_place_fr.json", communes),
        },
    }


def main() -> int:
    reference = ROOT.parent / "shared" / "data" / "reference"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cog", type=Path, default=reference / "cog")
    parser.add_argument("--vocab", type=Path, default=reference / "vocab")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    plain = orjson.dumps(table(options.cog, options.vocab), option=orjson.OPT_SORT_KEYS)
    if options.check:
        same = TARGET.exists() and zstandard.decompress(TARGET.read_bytes()) == plain
        print("current" if same else "not current: run scripts/make_gazetteer.py")
        return 0 if same else 1
    TARGET.write_bytes(zstandard.ZstdCompressor(level=19).compress(plain))
    print(f"{TARGET.relative_to(ROOT)}: {len(plain)} bytes, {TARGET.stat().st_size} compressed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
