"""The French recordings as sources would bring them, and the reproducible sample of them that was labelled by hand.

A stratum is one recording with the source it came from: its territory is what its portal is for, its number how many of its
records are in the sample. Records are drawn by a hash of their identifiers, every other one of them for the held-out half.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import orjson

from harvester.config import Source
from harvester.fetch import connector
from harvester.map import Mapper, compile_mapping
from harvester.model import Entry, Record
from harvester.parse.page import Page, Request

DATA = Path(os.environ.get("REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
REAL = DATA / "real"
LABELS = Path(__file__).parent / "real" / "coverage_labels.csv"

GPSO = "fr:epci:200057974"


@dataclass(frozen=True, slots=True)
class Stratum:
    """One recording: `files` below `real/`, how it is read, whose portal it was, how many of it are labelled."""

    name: str
    files: tuple[str, ...]
    kind: str
    mapping: str
    territory: str
    level: str
    drawn: int

    @property
    def source(self) -> Source:
        return Source(
            id=self.name, name=self.name, kind=self.kind, url="https://portail.exemple.fr", level=self.level, territory=self.territory
        )  # type: ignore[arg-type]  # fmt: skip


CSV = "datagouv/domain-{}.csv.gz"
STRATA = (
    Stratum("gpso", ("datagouv/gpso-8-communes.csv.gz",), "table", "table-datagouv", GPSO, "epci", 56),
    Stratum("hauts-de-seine", (CSV.format("opendata.hauts-de-seine.fr"),), "table", "table-datagouv", "fr:departement:92", "departement", 28),
    Stratum("rennes", (CSV.format("data.rennesmetropole.fr"),), "table", "table-datagouv", "fr:epci:243500139", "epci", 34),
    Stratum("ile-de-france", (CSV.format("data.iledefrance.fr"),), "table", "table-datagouv", "fr:region:11", "region", 22),
    Stratum("mulhouse", (CSV.format("data.mulhouse-alsace.fr"),), "table", "table-datagouv", "fr:epci:200066009", "epci", 14),
    Stratum("grand-paris-sud", (CSV.format("data.grandparissud.fr"),), "table", "table-datagouv", "fr:epci:200059228", "epci", 6),
    Stratum("data-gouv-fr", ("udata/datasets.jsonl.gz",), "udata", "udata", "fr", "etat", 16),
    Stratum("dordogne", ("snapshots/bodies/csw-2.xml", "snapshots/bodies/csw-4.xml"), "csw", "csw", "fr:departement:24", "departement", 4),
    Stratum("datasud", tuple(f"snapshots/bodies/ckan-{n}.json" for n in range(8)), "ckan", "ckan", "fr:region:93", "region", 4),
    Stratum("cap-atlantique", ("snapshots/bodies/dcat-1.rdf",), "dcat", "dcat", "fr:epci:244400610", "epci", 2),
    Stratum("geo-ide", ("dcat/ecospheres-geoide.jsonld",), "dcat", "dcat", "fr", "etat", 14),
)  # fmt: skip


def content(name: str) -> bytes:
    """A recording as a portal sends it: lines of JSON as a page of udata's API, a package of CKAN's as a page of one."""
    found = (REAL / name).read_bytes()
    found = gzip.decompress(found) if name.endswith(".gz") else found
    if name.endswith(".jsonl.gz"):
        items = [orjson.loads(line) for line in found.splitlines()]
        page = {"data": items, "next_page": None, "page": 1, "page_size": 1000}
        return orjson.dumps({**page, "total": len(items)})
    if "/ckan-" in name:
        result = orjson.loads(found)["result"]
        packages = [result] if isinstance(result, dict) and "results" not in result else None
        if packages:
            return orjson.dumps({"success": True, "result": {"count": 1, "results": packages}})
    return found


def records(stratum: Stratum) -> Iterator[Record]:
    """What its files hold, each record once."""
    kind = connector(stratum.kind)
    seen: set[str] = set()
    for name in stratum.files:
        url = f"https://portail.exemple.fr/{name.removesuffix('.gz')}"
        page = Page(Request(url), url, content(name))
        for found in kind.read(page, stratum.source, kind.Options()):
            if isinstance(found, Record) and found.id not in seen:
                seen.add(found.id)
                yield found


@lru_cache
def mapper(stratum: Stratum) -> Mapper:
    return compile_mapping(stratum.mapping, within=stratum.territory)


def entries(stratum: Stratum) -> Iterator[tuple[str, Entry]]:
    """Identifier → what is published of it."""
    for record in records(stratum):
        entry = mapper(stratum)(record).entry
        if entry is not None:
            yield record.id, entry


def drawn(stratum: Stratum) -> list[str]:
    """The identifiers in the sample: at even places the half to work with, at odd ones the half held out."""
    ids = [record.id for record in records(stratum)]
    ids.sort(key=lambda one: blake2b(one.encode(), digest_size=8, key=b"coverage").digest())
    return ids[: stratum.drawn]


@dataclass(frozen=True, slots=True)
class Label:
    """What reading a record tells: the territories it is about, and those that would not be wrong either."""

    recording: str
    identifier: str
    half: str
    expected: frozenset[str]
    accepted: frozenset[str]


def labels(half: str = "") -> list[Label]:
    """The labelled sample, or a half of it (`dev`, `held`)."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [
            Label(
                row["recording"],
                row["identifier"],
                row["half"],
                frozenset(row["expected"].split()),
                frozenset(row["accepted"].split()),
            )
            for row in csv.DictReader(file)
            if half in ("", row["half"])
        ]


@dataclass(slots=True)
class Score:
    """How what was found compares with what was expected, code by code; what is accepted counts nowhere."""

    right: int = 0
    wrong: int = 0
    lost: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.lost)

    def add(self, label: Label, found: Collection[str], note: str = "") -> None:
        """Count one record."""
        right = label.expected.intersection(found)
        wrong = set(found) - label.expected - label.accepted
        self.right += len(right)
        self.wrong += len(wrong)
        self.lost += len(label.expected - right)
        if wrong or len(right) < len(label.expected):
            told = f"{sorted(label.expected)} expected, {sorted(found)} found {note}"
            self.mistakes.append(f"{label.recording}/{label.identifier}: {told}")
