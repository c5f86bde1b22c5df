"""Recorded catalogues that are tables, through whole runs: every row a record, none rejected."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from harvester.model import Record
from tests.tables import read
from tests.territory import Territory

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
REAL = DATA / "real"

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"no recorded catalogues at {REAL} (see REAL_DATA)"
)

FILES = {
    "datagouv/domain-data.grandparissud.fr.csv.gz": ("table-datagouv", 35, 83, {"modified-before-issued": 3}),
    "datagouv/domain-data.iledefrance.fr.csv.gz": ("table-datagouv", 985, 2787, {"modified-before-issued": 30, "value-unknown": 4}),
    "datagouv/domain-data.mulhouse-alsace.fr.csv.gz": ("table-datagouv", 148, 425, {"modified-before-issued": 1}),
    "datagouv/domain-data.rennesmetropole.fr.csv.gz": ("table-datagouv", 830, 2249, {"modified-before-issued": 62, "value-unknown": 7}),
    "datagouv/domain-opendata.hauts-de-seine.fr.csv.gz": ("table-datagouv", 394, 1074, {"modified-before-issued": 110}),
    "datagouv/gpso-8-communes.csv.gz": ("table-datagouv", 774, 1875, {"modified-before-issued": 88, "value-unknown": 1}),
    "ods/ods-public-2015/catalog.csv": ("table-opendatasoft", 186, 0, {"date-invalid": 2, "link-not-public": 8, "modified-before-issued": 1, "value-unknown": 83}),
}  # fmt: skip
"""File → (mapping, records, distributions, problems by code)."""


def harvest(territory: Territory, path: Path, mapping: str) -> list[dict[str, object]]:
    """One run of the file; the entries of its records."""
    territory.folder.joinpath("sources", "real.toml").write_text(
        f'name = "Réel"\nkind = "table"\nurl = "{path.as_uri()}"\nlevel = "etat"\nterritory = "fr"\nmapping = "{mapping}"\n'
    )
    territory.run("real")
    bodies = territory.sql("SELECT v.entry FROM record r JOIN version v ON v.id = r.version")
    return [orjson.loads(body) for (body,) in bodies]


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_published_and_a_second_run_changes_nothing(
    territory: Territory, name: str
) -> None:
    mapping, records, distributions, problems = FILES[name]
    entries = harvest(territory, REAL / name, mapping)
    assert len(entries) == records
    assert sum(len(entry.get("distribution", ())) for entry in entries) == distributions  # type: ignore[arg-type, misc]
    again = territory.run("real")
    assert (again.outcome, again.counts.new, again.counts.changed) == ("success", 0, 0)
    assert (again.counts.rejected, again.counts.breach) == (0, 0)
    found = territory.sql("SELECT code, count(*) FROM problem GROUP BY code")
    assert {code: count for code, count in found if code != "value-unknown"} == {
        code: count for code, count in problems.items() if code != "value-unknown"
    }


def test_the_national_portal_s_rows_name_their_origin_and_their_producer(
    territory: Territory,
) -> None:
    entries = harvest(territory, REAL / "datagouv/gpso-8-communes.csv.gz", "table-datagouv")
    assert sum(1 for entry in entries if entry.get("source")) == 522
    assert all(entry.get("publisher") for entry in entries)
    assert all(
        entry["landing_page"][0].startswith("https://www.data.gouv.fr/") for entry in entries
    )  # type: ignore[index]
    assert not any(entry.get("license") == "License Not Specified" for entry in entries)


def test_the_example_of_the_etalab_schema_is_read_as_it_stands(territory: Territory) -> None:
    path = DATA / "reference/scdl/etalab-schema-catalogue-donnees/exemple-valide.csv"
    (entry,) = harvest(territory, path, "table")
    assert entry["license"] == "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0"
    assert len(entry["distribution"]) == 2  # type: ignore[arg-type]
    assert entry["publisher"]["identifier"] == "18006701900430"  # type: ignore[index]


def test_every_schema_column_is_ours() -> None:
    """The layouts say what the schemas say: names, order, what is required, which words are allowed."""
    from harvester.parse.columns import ETALAB, SCDL

    for layout, path in (
        (SCDL, "scdl/catalogue/latest/schema.json"),
        (ETALAB, "etalab-schema-catalogue-donnees/schema.json"),
    ):
        schema = orjson.loads((DATA / "reference/scdl" / path).read_bytes())
        for field, column in zip(schema["fields"], layout.columns, strict=False):
            limits = field.get("constraints", {})
            assert column.name == field["name"]
            assert column.required == bool(limits.get("required"))
            assert column.among == tuple(limits.get("enum", ()))
            assert (column.check == "date") == (field["type"] == "date")


def test_rows_of_a_real_file_survive_being_saved_otherwise() -> None:
    """The same catalogue saved again by a spreadsheet: other separator, other encoding."""
    import csv
    import gzip
    import io

    content = gzip.decompress((REAL / "datagouv/gpso-8-communes.csv.gz").read_bytes())
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"))
    saved = io.StringIO()
    csv.writer(saved, delimiter="\t", lineterminator="\n").writerows([["Export"], [], *rows])

    def fingerprints(content: bytes) -> list[tuple[str, bytes]]:
        records: list[Record] = read(content)[0]
        return [(record.id, record.fingerprint) for record in records]

    expected = fingerprints(content)
    assert len(expected) == 774
    assert fingerprints(saved.getvalue().encode("utf-16")) == expected
