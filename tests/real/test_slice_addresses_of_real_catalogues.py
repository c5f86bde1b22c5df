"""Which recorded datasets name a table that could be asked for a commune's rows. Nobody is asked here: only addresses are read."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from pathlib import Path

import orjson
import pytest

from harvester.map import compile_mapping
from harvester.map.tables import folder
from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read as read_rdf
from harvester.view.slices import Refusal, endpoints, read_words
from harvester.view.slices.files import file_of
from tests.real.test_real_udata import read as read_udata
from tests.real.test_real_udata import recorded

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
REAL = DATA / "real"
WORDS = read_words(
    folder().joinpath("slices", "columns.toml").read_text("utf-8"), "mappings/slices/columns.toml"
)

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")


def mapped(records: list[Record], kind: str) -> list[dict[str, object]]:
    mapper = compile_mapping(kind)
    entries = [mapper(record).entry for record in records]
    return [
        orjson.loads(entry.model_dump_json(exclude_defaults=True))
        for entry in entries
        if entry is not None and entry.kind == "dataset"
    ]


def counted(entries: list[dict[str, object]]) -> Counter[str]:
    """Dialect by which each is asked first, `file` for those that could only be cut, `none`."""
    found: Counter[str] = Counter()
    for entry in entries:
        names = list(endpoints(entry, WORDS))
        whole = not isinstance(file_of(entry), Refusal)
        found[names[0] if names else "file" if whole else "none"] += 1
    return found


def dcat(name: str) -> list[dict[str, object]]:
    content = (REAL / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    url = f"https://portal.fr/{name.removesuffix('.gz')}"
    items = list(read_rdf(Page(Request(url), url, content)))
    return mapped([item for item in items if isinstance(item, Record)], "dcat")


@pytest.mark.parametrize(
    ("name", "dialect", "least"),
    [
        ("dcat/rennesmetropole-ods-export.rdf", "opendatasoft", 0.95),
        ("dcat/odwb-opendatasoft.ttl.gz", "opendatasoft", 0.95),
    ],
)
def test_datasets_of_an_opendatasoft_can_be_asked(name: str, dialect: str, least: float) -> None:
    entries = dcat(name)
    found = counted(entries)
    print(name, len(entries), dict(found))
    assert found[dialect] >= least * len(entries)


def test_datasets_of_data_gouv_can_be_asked_or_cut() -> None:
    entries = mapped(list(read_udata(recorded())), "udata")
    found = counted(entries)
    print("udata", len(entries), dict(found))
    assert found["tabular"] + found["opendatasoft"] + found["file"] > 0.5 * len(entries)
