from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalogue import MEDIA_TYPE, NOWHERE, SUFFIX, Variant, write
from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read

SIZE = 250


def fingerprints(folder: Path, syntax: str, variant: Variant) -> dict[str, bytes]:
    pages = write(folder, SIZE, syntax, variant)
    found = {}
    for file in sorted(pages.glob(f"*.{SUFFIX[syntax]}")):
        request = Request(f"{NOWHERE}/{file.name}")
        page = Page(request, request.url, file.read_bytes(), MEDIA_TYPE[syntax])
        found.update({r.id: r.fingerprint for r in read(page) if isinstance(r, Record)})
    return found


@pytest.mark.parametrize("syntax", ["xml", "turtle"])
def test_another_order_and_other_labels_say_the_same(tmp_path: Path, syntax: str) -> None:
    base = fingerprints(tmp_path, syntax, "base")
    assert len(base) == SIZE
    assert fingerprints(tmp_path, syntax, "reordered") == base


def test_one_dataset_in_a_hundred_is_changed(tmp_path: Path) -> None:
    base = fingerprints(tmp_path, "turtle", "base")
    changed = fingerprints(tmp_path, "turtle", "changed")
    assert changed.keys() == base.keys()
    assert sum(changed[key] != base[key] for key in base) == 3


def test_both_syntaxes_hold_the_same_datasets(tmp_path: Path) -> None:
    assert fingerprints(tmp_path, "xml", "base") == fingerprints(tmp_path, "turtle", "base")
