"""Links to shared spreadsheets, as people copy them from their browser."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from harvester.config import Source
from harvester.fetch import connector
from harvester.fetch.table import download

GOOGLE = "https://docs.google.com/spreadsheets/d"


@pytest.mark.parametrize(
    ("link", "file"),
    [
        (f"{GOOGLE}/1AbC-d_9/edit#gid=42", f"{GOOGLE}/1AbC-d_9/export?format=csv&gid=42"),
        (f"{GOOGLE}/1AbC-d_9/edit?gid=42#gid=42", f"{GOOGLE}/1AbC-d_9/export?format=csv&gid=42"),
        (f"{GOOGLE}/1AbC-d_9/edit?usp=sharing", f"{GOOGLE}/1AbC-d_9/export?format=csv"),
        (f"{GOOGLE}/e/2PACX-1v/pubhtml?gid=7&single=true", f"{GOOGLE}/e/2PACX-1v/pub?output=csv&gid=7&single=true"),
        (f"{GOOGLE}/1AbC-d_9/export?format=xlsx", f"{GOOGLE}/1AbC-d_9/export?format=xlsx"),
        ("https://nuage.marnes.example/s/AbCdEf12345", "https://nuage.marnes.example/s/AbCdEf12345/download"),
        ("https://nuage.marnes.example/index.php/s/AbCdEf12345?path=/", "https://nuage.marnes.example/index.php/s/AbCdEf12345/download?path=/"),
        ("https://nuage.marnes.example/index.php/apps/onlyoffice/s/AbCdEf12345", "https://nuage.marnes.example/index.php/s/AbCdEf12345/download"),
        ("https://nuage.marnes.example/s/AbCdEf12345/download", "https://nuage.marnes.example/s/AbCdEf12345/download"),
        ("https://lite.framacalc.org/marnes-donnees-9xyz", "https://lite.framacalc.org/marnes-donnees-9xyz.csv"),
        ("https://lite.framacalc.org/marnes-donnees-9xyz.csv", "https://lite.framacalc.org/marnes-donnees-9xyz.csv"),
        ("https://docs.getgrist.com/aBcDeFgHiJkL/Catalogue/p/2", "https://docs.getgrist.com/api/docs/aBcDeFgHiJkL/download/xlsx"),
        ("https://grist.numerique.gouv.fr/o/marnes/aBcDeFgHiJkL/Catalogue", "https://grist.numerique.gouv.fr/o/marnes/api/docs/aBcDeFgHiJkL/download/xlsx"),
        ("https://www.marnes.example/fichiers/catalogue.csv?v=2", "https://www.marnes.example/fichiers/catalogue.csv?v=2"),
        ("file:///donnees/s/catalogue.ods", "file:///donnees/s/catalogue.ods"),
    ],
)  # fmt: skip
def test_a_link_that_shows_a_sheet_becomes_one_that_downloads_it(link: str, file: str) -> None:
    assert download(link) == file
    assert download(file) == file


def test_grist_gives_the_table_that_was_named() -> None:
    link = "https://docs.getgrist.com/aBcDeFgHiJkL/Catalogue"
    assert download(link, "Jeux de données").endswith(
        "/download/csv?tableId=Jeux%20de%20donn%C3%A9es"
    )


def test_one_page_is_asked_for_and_none_follows() -> None:
    kind = connector("table")
    source = Source(id="m", name="M", kind="table", url=f"{GOOGLE}/1AbC/edit#gid=0", level="commune", territory="fr:commune:92047")  # fmt: skip
    (request,) = kind.start(source, kind.Options(), None)
    assert request.url == f"{GOOGLE}/1AbC/export?format=csv&gid=0"


@pytest.mark.parametrize(
    "options",
    [
        {"custodian_siret": "12345"},
        {"separator": ";;"},
        {"header": 0},
        {"custodien": "GPSO"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        connector("table").Options(**options)
