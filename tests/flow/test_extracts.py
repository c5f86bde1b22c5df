"""Rows out of files, where the portal cannot filter: proved from the file, served by us."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from harvester import metrics
from harvester.demo.services import HERE, guard
from harvester.http import Response
from harvester.run.extracts import Reader
from harvester.view.slices import Endpoint
from harvester.web.app import app
from tests.portal import Answer, Asked, Portal
from tests.published import Client
from tests.sliced import MEUDON, SEVRES, Sliced
from tests.territory import Territory, gazetteer

duckdb = pytest.importorskip("duckdb")

ROWS = [(MEUDON, "a"), (MEUDON, "b; c"), (SEVRES, "d"), ("01004", "e")]
CSV = "code_insee;nom\n" + "".join(f'{code};"{name}"\n' for code, name in ROWS)
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.2, 48.8]},
         "properties": {"code_insee": code, "nom": name}}
        for code, name in ROWS
    ],
}  # fmt: skip
FORMATS = "http://publications.europa.eu/resource/authority/file-type/"


class Filed(Sliced):
    """A dataset of one file."""

    def __init__(self, territory: Territory, portal: Portal, settings: str = "") -> None:
        super().__init__(territory, portal, f"extracts = true\n{settings}")
        self.body: bytes = b""
        self.kind, self.etag = "text/csv", ""
        self.goes_wrong = self._file

    def _file(self, asked: Asked) -> Answer | None:
        if not asked.path.startswith("/fichiers/"):
            return None
        return Answer(body=self.body, media_type=self.kind, etag=self.etag)

    def file(self, form: str, body: bytes | str, *, more: str = "", access: str = "") -> None:
        self.body = body.encode() if isinstance(body, str) else body
        rights = "http://publications.europa.eu/resource/authority/access-right/"
        stated = f"dct:accessRights <{rights}{access}> ;" if access else ""
        self.entries["arbres"] = (
            "<https://donnees.gpso.example/jeux/arbres> a dcat:Dataset ; "
            f'dct:title "Arbres"@fr ; dct:identifier "arbres" ; {stated} {more} dcat:distribution [ a dcat:Distribution ; '
            f"dct:format <{FORMATS}{form}> ; dcat:downloadURL <{HERE}/fichiers/arbres.{form.lower()}> ] ."
        )

    def web(self) -> Client:
        made = app(
            self.territory.config,
            self.territory.store,
            metrics.create(),
            gazetteer(),
            guard=guard(self.portal.port),
        )
        return Client(made, base_url="https://donnees.gpso.example")

    def extract(self, suffix: str) -> str:
        [urls] = self.slices("meudon").values()
        [url] = [url for url in urls if url.endswith(f".{suffix}")]
        return url


@pytest.fixture
def house(tmp_path: Path, portal: Portal) -> Filed:
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    return Filed(territory, portal)


def workbook() -> bytes:
    """A small XLSX: a sheet of inline texts."""
    rows = [("code_insee", "nom"), *ROWS]
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in row) + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        )
        relations = "http://schemas.openxmlformats.org/package/2006/relationships"
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{link}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{link}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{link}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        file.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )
    return packed.getvalue()


def parquet() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        values = ", ".join(f"('{code}', '{name}')" for code, name in ROWS)
        duckdb.sql(
            f"COPY (SELECT * FROM (VALUES {values}) AS t(code_insee, nom)) TO '{folder}/a.parquet' (FORMAT parquet)"
        )
        return Path(folder, "a.parquet").read_bytes()


FORMS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "CSV": (lambda: CSV.encode(), {"csv", "parquet"}),
    "XLSX": (workbook, {"csv", "parquet"}),
    "GEOJSON": (lambda: orjson.dumps(FEATURES), {"csv", "geojson", "parquet"}),
    "PARQUET": (parquet, {"csv", "parquet"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_with_a_column_of_communes_is_cut_to_each_city(house: Filed, form: str) -> None:
    make, suffixes = FORMS[form]
    house.file(form, make())
    house.harvest()
    house.prove()
    assert house.counts("meudon") == {"Arbres : Meudon": (2, 4)}
    [urls] = house.slices("meudon").values()
    assert {url.rpartition(".")[2] for url in urls} == suffixes
    assert all(
        url.startswith("https://donnees.gpso.example/villes/meudon/datasets/") for url in urls
    )
    with house.web() as web:
        answer = web.get(house.extract("csv"))
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/csv; charset=utf-8",
        )
        lines = answer.text.splitlines()
        assert lines[0].startswith("code_insee,nom")
        assert [line.split(",")[0] for line in lines[1:]] == [MEUDON, MEUDON]
        assert web.get(house.extract("parquet")).content.startswith(b"PAR1")


def test_features_stay_what_they_were(house: Filed) -> None:
    house.file("GEOJSON", orjson.dumps(FEATURES))
    house.harvest()
    house.prove()
    with house.web() as web:
        answer = web.get(house.extract("geojson"))
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["features"] == FEATURES["features"][:2]  # type: ignore[index]


def test_a_table_in_another_encoding_keeps_its_accents(house: Filed) -> None:
    house.file("CSV", CSV.replace('"a"', '"à l’été"').encode("cp1252"))
    house.harvest()
    house.prove()
    with house.web() as web:
        assert "à l’été" in web.get(house.extract("csv")).content.decode()


def test_an_extract_is_kept_by_validators_and_made_anew_when_the_file_changes(
    house: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.file("CSV", CSV)
    house.etag = '"v1"'
    house.harvest()
    house.prove()
    with house.web() as web:
        first = web.get(house.extract("csv"))
        asked = len(house.portal.asked("/fichiers/arbres.csv"))
        again = web.get(house.extract("csv"), headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert len(house.portal.asked("/fichiers/arbres.csv")) == asked  # still fresh
        monkeypatch.setattr("harvester.run.files.FRESH", 0)
        assert web.get(house.extract("csv")).headers["etag"] == first.headers["etag"]
        assert house.portal.asked("/fichiers/arbres.csv")[-1].headers["if-none-match"] == '"v1"'
        house.body, house.etag = (CSV + f"{MEUDON};z\n").encode(), '"v2"'
        changed = web.get(house.extract("csv"), headers={"If-None-Match": first.headers["etag"]})
        assert (changed.status_code, len(changed.text.splitlines())) == (200, 4)


def test_a_kept_file_serves_while_the_portal_fails(
    house: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    monkeypatch.setattr("harvester.run.files.FRESH", 0)
    house.goes_wrong = lambda _: Answer(500)
    with house.web() as web:
        assert web.get(house.extract("csv")).status_code == 200


def test_head_has_the_length_and_no_body(house: Filed) -> None:
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    with house.web() as web:
        whole, head = web.get(house.extract("csv")), web.head(house.extract("csv"))
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


@pytest.mark.parametrize(
    "path",
    [
        "/villes/sevres/datasets/{id}/extract.csv",  # another city's
        "/datasets/{id}/extract.csv",
        "/villes/meudon/datasets/{id}/extract.geojson",  # has no places
        "/villes/meudon/datasets/{id}/extract.exe",
        "/villes/meudon/datasets/x/extract.csv",
    ],
)
def test_nothing_else_is_served(house: Filed, path: str) -> None:
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    with house.web() as web:
        assert web.get(path.format(id=house.known(MEUDON).id)).status_code == 404


def test_the_parent_s_id_leads_to_a_city_s_extract_too(house: Filed) -> None:
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    [parent] = house.territory.rows()
    with house.web() as web:
        assert web.get(f"/villes/meudon/datasets/{parent.id}/extract.csv").status_code == 200


def test_a_restricted_file_is_never_read(house: Filed) -> None:
    house.file("CSV", CSV, access="RESTRICTED")
    house.harvest()
    house.prove()
    assert house.counts("meudon", "agents") == {}
    assert house.questions == []


def test_a_file_that_becomes_restricted_is_served_no_more(house: Filed) -> None:
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    url = house.extract("csv")
    house.file("CSV", CSV, access="RESTRICTED")
    house.harvest()
    with house.web() as web:
        assert web.get(url).status_code == 410


def test_a_file_that_is_too_big_makes_no_extract(tmp_path: Path, portal: Portal) -> None:
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    house = Filed(territory, portal, "extract_bytes = 50")
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    assert house.counts("meudon") == {}


def test_a_file_that_is_none_makes_no_extract(house: Filed) -> None:
    house.file("PARQUET", b"<html>maintenance</html>")
    house.harvest()
    house.prove()
    assert (house.known().state, house.known().code) == ("none", "file-unreadable")


def test_without_the_setting_no_file_is_read(tmp_path: Path, portal: Portal) -> None:
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/harvester.sqlite")
    house = Filed(territory, portal)
    territory.configure("[slices]\npause = 0\n")
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    assert house.questions == []
    territory.configure("[slices]\npause = 0\nextracts = true\n")
    house.prove()  # the setting changed: at once
    assert house.counts("meudon") == {"Arbres : Meudon": (2, 4)}
    territory.configure("[slices]\npause = 0\n")
    with house.web() as web:
        assert web.get(house.extract("csv")).status_code == 404


def test_a_token_never_goes_along(house: Filed) -> None:
    house.territory.source(
        "gpso", house.portal, level="epci", territory="fr:epci:200057974",
        http='retries = 0\ntoken = "secret-token-1234"',
    )  # fmt: skip
    house.file("CSV", CSV)
    house.harvest()
    house.prove()
    [asked] = house.portal.asked("/fichiers/arbres.csv")
    assert "secret-token" not in repr(asked.headers)
    assert "secret-token" in repr(house.portal.asked("/catalog.ttl")[0].headers)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    (tmp_path / "kept").mkdir()
    (tmp_path / "secret.csv").write_text("code_insee\n92048\n")
    return Reader(tmp_path / "kept", 30)


@pytest.mark.parametrize(
    "question",
    ["SELECT * FROM read_csv('{outside}')", "COPY (SELECT 1) TO '{outside}.out'", "INSTALL httpfs", "LOAD httpfs",
     "SELECT * FROM 'https://example.org/x.csv'", "ATTACH '{outside}.db'", "SET enable_external_access = true"],
)  # fmt: skip
def test_duckdb_reaches_nothing_but_its_folder(reader: Reader, question: str) -> None:
    from harvester.errors import SourceRefused

    outside = reader.folder.parent / "secret.csv"
    with pytest.raises(SourceRefused), reader._opened() as connection:
        connection.execute(question.format(outside=outside))
    assert sorted(path.name for path in reader.folder.parent.iterdir()) == ["kept", "secret.csv"]


def test_a_file_that_takes_too_long_is_given_up(reader: Reader) -> None:
    from harvester.errors import TryLater

    slow = Reader(reader.folder, 0.05)
    with pytest.raises(TryLater, match="extract_seconds"), slow._opened() as connection:
        connection.execute("SELECT count(*) FROM range(100000000000) a, range(1000) b").fetchall()


def test_a_name_with_quotes_is_a_name(reader: Reader) -> None:
    path = reader.folder / "x'y.data"
    body = b'"a""b",code_insee\n1,92048\n'
    answer = Response("https://x.fr", 200, body, "text/csv", "", None, None, b"", 0)
    reader.keep(answer, "csv", path)
    table = reader.survey(path, Endpoint("file", "https://x.fr", "k", "csv"))
    assert [column.name for column in table.columns] == ['a"b', "code_insee"]
    assert [file.name for file in reader.folder.iterdir()] == [path.name]


def test_pages_lead_from_the_whole_to_a_city_s_rows_and_back(house: Filed) -> None:
    house.file("CSV", CSV)
    house.harvest()
    [parent] = house.territory.rows()
    page = f"/villes/meudon/datasets/{parent.id}.html"
    with house.web() as web:
        before = web.get(page)
        assert "Voir seulement les lignes" not in before.text
        house.prove()
        after = web.get(page, headers={"If-None-Match": before.headers["etag"]})
        local = f"/villes/meudon/datasets/{house.known(MEUDON).id}"
        assert f'href="https://donnees.gpso.example{local}">Voir seulement les lignes' in after.text
        assert "Voir seulement" not in web.get(f"/datasets/{parent.id}.html").text
        there = web.get(f"{local}.html").text
        assert "2 lignes sur 4" in there
        assert (
            f'href="https://donnees.gpso.example/datasets/{parent.id}">le jeu de données entier'
            in there
        )
