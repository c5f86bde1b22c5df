"""Records of real portals, through the shipped mappings."""

import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.map import Mapped, compile_mapping, vocabularies
from harvester.model import Dataset, Record
from harvester.parse import rdf
from harvester.parse.page import Page, Request

ROOT = Path(__file__).parents[2]
DATA = (ROOT / os.environ.get("REAL_DATA", "../shared/data")).resolve() / "real"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded real data is not here")

FILES = {
    "dcat/rennesmetropole-ods-export.rdf": (27, 272),
    "dcat/odwb-opendatasoft.ttl.gz": (994, 12_886),
    "dcat/brussels-fr.ttl.gz": (202, 2_718),
    "dcat/ckan-dcat/ckan.rdf": (100, 140),
    "dcat/ckan-dcat/ckan.ttl": (100, 140),
    "dcat/ckan-dcat/ckan.jsonld": (100, 140),
    "dcat/ecospheres-geoide.jsonld": (75, 192),
    "ods/ods-public-2015/catalog.ttl": (186, 186),
    "ods/ods-public-2015/examples-dcat.rdf": (326, 326),
    "ods/ods-potsdam/potsdam.ttl": (10, 30),
}
MAPPER = compile_mapping("dcat")


def records(name: str) -> Iterator[Record]:
    content = (DATA / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    url = f"https://portail.exemple.fr/{name.removesuffix('.gz')}"
    for found in rdf.read(Page(Request(url), url, content)):
        if isinstance(found, Record):
            yield found


def mapped(name: str) -> list[Mapped]:
    return [MAPPER(record) for record in records(name)]


@pytest.mark.parametrize("name", FILES)
def test_no_dataset_and_no_distribution_is_lost(name: str) -> None:
    results = mapped(name)
    entries = [result.entry for result in results if result.entry is not None]
    files = sum(len(entry.distribution) for entry in entries if isinstance(entry, Dataset))
    assert (len(entries), files) == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_no_defect_is_laid_on_the_mapping(name: str) -> None:
    defects = [p for result in mapped(name) for p in result.problems if p.fault == "mapping"]
    assert defects == []


def test_the_three_serialisations_give_the_same_entries() -> None:
    one, two, three = (
        sorted(r.entry.model_dump_json() for r in mapped(f"dcat/ckan-dcat/ckan.{s}") if r.entry)
        for s in ("rdf", "ttl", "jsonld")
    )
    assert one == two == three


@pytest.mark.parametrize("path", sorted((DATA / "dcat" / "udata-samples").glob("*")), ids=lambda p: p.name)  # fmt: skip
def test_every_sample_of_the_wild_is_mapped(path: Path) -> None:
    try:
        found = list(records(f"dcat/udata-samples/{path.name}"))
    except Exception as error:
        pytest.skip(f"no records to map: {error}")
    for record in found:
        result = MAPPER(record)
        assert result.entry is not None
        assert result.entry.title


def known(name: str, counts: Counter[str]) -> float:
    """The share of occurrences whose spelling the vocabulary knows."""
    table = vocabularies()[name]
    total = sum(n for value, n in counts.items() if value)
    return (
        sum(n for value, n in counts.items() if value and table.lookup(value) is not None) / total
    )


def test_the_spellings_of_data_gouv_fr_are_known() -> None:
    licences: Counter[str] = Counter()
    frequencies: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    for path in (DATA / "datagouv").glob("*.csv.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter=";"):
                licences[row["license"]] += 1
                frequencies[row["frequency"]] += 1
                formats.update(row["resources_formats"].split(","))
    assert known("licence", licences) == 1
    assert known("frequency", frequencies) == 1
    assert known("format", formats) > 0.99


def test_most_formats_and_licences_of_free_text_are_known() -> None:
    formats: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    with gzip.open(DATA / "udata" / "datasets.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            dataset = json.loads(line)
            licences[str(dataset.get("license") or "")] += 1
            formats.update(str(r.get("format") or "") for r in dataset.get("resources", ()))
    assert known("format", formats) > 0.93
    assert known("licence", licences) > 0.97


def test_most_concepts_of_real_dcat_are_known() -> None:
    share = {"format": 0.99, "license": 0.99, "theme": 0.93, "language": 0.99, "media_type": 0.99, "accrual_periodicity": 0.98}  # fmt: skip
    values: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for name in FILES:
        for result in mapped(name):
            unknown.update(field for field, _ in result.unknown)
            if isinstance(result.entry, Dataset):
                for holder in (result.entry, *result.entry.distribution):
                    for field in share:
                        value = getattr(holder, field, None)
                        values[field] += len(value) if isinstance(value, tuple) else bool(value)
    for field, least in share.items():
        assert 1 - unknown[field] / values[field] > least, field


def test_ckan_records_are_mapped() -> None:
    mapper = compile_mapping("ckan")
    for number in range(1, 8):
        answer = json.loads((DATA / "snapshots" / "bodies" / f"ckan-{number}.json").read_bytes())
        found = answer["result"]
        for tree in found.get("results", [found]) if isinstance(found, dict) else ():
            entry = mapper(Record(tree["id"], tree)).entry
            assert isinstance(entry, Dataset)
            assert entry.identifier
            assert len(entry.distribution) == len(tree["resources"])
