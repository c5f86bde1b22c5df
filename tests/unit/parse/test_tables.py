"""A commune's spreadsheet, in the forms that people save and share, becomes the same records."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harvester.errors import HarvesterError, SourceRefused
from harvester.model import Problem, Record
from tests.tables import (
    ROW,
    cells_ods,
    cells_xlsx,
    csv,
    ods,
    packed,
    read,
    row,
    table,
    xlsx,
)

ACCENTS = "Élèves à l’école, « œuvres » & 12 € — 2024"
CELLS = table(row(), row(ID="ecoles", TITRE=ACCENTS))


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def refused(content: bytes, **options: object) -> SourceRefused:
    with pytest.raises(SourceRefused) as error:
        read(content, **options)
    return error.value


FORMS = {
    "semicolons": csv(CELLS),
    "commas": csv(CELLS, ","),
    "tabs": csv(CELLS, "\t"),
    "bars": csv(CELLS, "|"),
    "a byte order mark": b"\xef\xbb\xbf" + csv(CELLS),
    "Windows-1252": csv(CELLS).decode().encode("cp1252"),
    "UTF-16": csv(CELLS).decode().encode("utf-16"),
    "UTF-16 without a mark": csv(CELLS).decode().encode("utf-16-le"),
    "lines that end as on old Macs": csv(CELLS, end="\r"),
    "lines that end as on Unix": csv(CELLS, end="\n"),
    "a line for Excel": b"sep=;\r\n" + csv(CELLS),
    "a title above": "Catalogue des données — Marnes\r\nMis à jour en mars ; voir le guide\r\n\r\n".encode()
    + csv(CELLS),
    "empty rows": csv([CELLS[0], [], CELLS[1], [""] * 20, CELLS[2], []]),
    "trailing columns": csv([[*line, "", "", ""] for line in CELLS]),
    "the heading once more": csv([*CELLS, CELLS[0]]),
    "quotation marks everywhere": "\r\n".join(
        ";".join(f'"{cell}"' for cell in line) for line in CELLS
    ).encode(),
    "names in small letters": csv([[f" {name.lower()} " for name in CELLS[0]], *CELLS[1:]]),
    "an XLSX": xlsx({"Catalogue": cells_xlsx(CELLS)}),
    "an XLSX that begins at C4": xlsx(
        {"Catalogue": cells_xlsx([[], [], [], *(["", "", *line] for line in CELLS)])}
    ),
    "an ODS": ods(cells_ods(CELLS)),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_any_form_gives_the_same_records(form: str) -> None:
    expected, none = read(csv(CELLS))
    records, problems = read(FORMS[form])
    assert not none
    assert [problem for problem in problems if problem.code != "table-columns"] == []
    assert [(r.id, r.tree, r.fingerprint) for r in records] == [
        (r.id, r.tree, r.fingerprint) for r in expected
    ]
    assert records[1].tree["TITRE"] == ACCENTS


def test_columns_may_have_the_titles_of_the_schema() -> None:
    content = csv(
        [["Identifiant du jeu de données", "Titre du jeu de données", "Mots clés", "URL d’accès"],
         ["a", "Arbres", "arbre;rue", "https://www.marnes.example/a"]]
    )  # fmt: skip
    records, _ = read(content)
    assert {key: records[0].tree[key] for key in ("ID", "TITRE", "MOTS_CLES", "URL")} == {
        "ID": "a",
        "TITRE": "Arbres",
        "MOTS_CLES": "arbre;rue",
        "URL": "https://www.marnes.example/a",
    }


def test_a_server_that_says_utf_8_of_windows_1252_is_told_so() -> None:
    _, problems = read(FORMS["Windows-1252"], charset="utf-8")
    assert codes(problems) == ["charset-wrong"]
    assert problems[0].path == "ligne 2"


def test_a_file_of_two_encodings_loses_no_letter() -> None:
    lines = csv(CELLS).split(b"\r\n")
    lines[1] = lines[1].replace("relevés".encode(), "relevés".encode("cp1252"))
    records, _ = read(b"\r\n".join(lines))
    assert "relevés chaque hiver" in records[0].tree["DESCRIPTION"]
    assert records[1].tree["TITRE"] == ACCENTS


def test_encoding_and_separator_may_be_said() -> None:
    content = csv(table(row(TITRE="Élèves")), "^").decode().encode("mac-roman")
    records, _ = read(content, separator="^", encoding="mac-roman")
    assert records[0].tree["TITRE"] == "Élèves"
    assert refused(content, encoding="klingon").context["code"] == "table-encoding"


def test_numbers_days_and_formulas_of_a_workbook_are_read_as_people_see_them() -> None:
    names = ["ID", "TITRE", "COLL_SIRET", "DATE_PUBL", "COUV_SPAT_NOM", "DESCRIPTION"]
    cells = [names, ["a", "Arbres", 21920047400019, "date:45413", 92047.0, "=A1"]]
    records, problems = read(xlsx({"Feuil1": cells_xlsx(cells)}))
    tree = records[0].tree
    assert tree["COLL_SIRET"] == "21920047400019"
    assert tree["DATE_PUBL"] == "2024-05-01"
    assert tree["COUV_SPAT_NOM"] == "92047"
    assert tree["DESCRIPTION"] == "calculé"
    assert "table-cell" not in codes(problems)


def test_a_cell_merged_downwards_holds_for_all_its_rows() -> None:
    names = ["COLL_NOM", "ID", "TITRE", "DESCRIPTION"]
    cells = cells_xlsx([names, ["Marnes", "a", "A", "x"], ["", "b", "B", "y"], ["", "c", "C", ""]])
    merged = '|after|<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    records, _ = read(xlsx({"F": cells + merged}))
    assert [record.tree.get("COLL_NOM") for record in records] == ["Marnes", "Marnes", None]


def test_a_sheet_is_chosen_by_name_or_number_else_the_first_that_holds_something() -> None:
    book = xlsx(
        {
            "Lisez-moi": "",
            "Marnes": cells_xlsx(CELLS),
            "Autres": cells_xlsx(table(row(ID="x"))),
        }
    )
    records, problems = read(book)
    assert len(records) == 2
    assert "« Marnes »" in next(p.message for p in problems if p.code == "table-sheets")
    assert [record.id for record in read(book, sheet="autres")[0]] == ["x"]
    assert [record.id for record in read(book, sheet="3")[0]] == ["x"]
    error = refused(book, sheet="Sevres")
    assert "« Marnes »" in str(error)


def test_rows_of_another_layout_keep_their_own_names() -> None:
    content = csv(
        [["Réf.", "Intitulé", "Lien"], ["12", "Arbres", "https://www.marnes.example/a"],
         ["13", "Écoles", ""]]
    )  # fmt: skip
    records, problems = read(content)
    assert [record.id for record in records] == ["12", "13"]
    assert records[0].tree["Intitulé"] == "Arbres"
    assert records[0].tree["derived"]["resources"] == [
        {"Réf.": "12", "Intitulé": "Arbres", "Lien": "https://www.marnes.example/a"}
    ]
    assert not problems
    chosen, _ = read(content, identifier="lien", title="intitule")
    assert chosen[0].id == "https://www.marnes.example/a"


def test_the_row_of_names_may_be_said() -> None:
    content = csv([["Notre catalogue", "2024", "Marnes"], ["a", "b", "c"], ["Code", "Nom", "Quoi"],
                   ["1", "Arbres", "x"]])  # fmt: skip
    records, _ = read(content, header=3)
    assert [(record.id, record.tree["Nom"]) for record in records] == [("1", "Arbres")]


# ── one record, several resources ────────────────────────────────────────────────────────────────────


def resources(*rows: dict[str, str]) -> list[tuple[str, str]]:
    records, _ = read(csv(table(*rows)))
    assert len(records) == 1
    return [
        (each["URL"].rpartition("/")[2], each.get("FORMAT_RESSOURCES", ""))
        for each in records[0].tree["derived"]["resources"]
    ]


def test_formats_and_addresses_of_one_cell_become_resources() -> None:
    base = "https://www.marnes.example/"
    assert resources(row(FORMAT_RESSOURCES="csv;json")) == [("arbres", "csv"), ("arbres", "json")]
    assert resources(row(FORMAT_RESSOURCES="csv, shp", URL=f"{base}a.csv {base}a.zip")) == [
        ("a.csv", "csv"),
        ("a.zip", "shp"),
    ]
    assert resources(row(FORMAT_RESSOURCES="csv", URL=f"{base}2022;{base}2023")) == [
        ("2022", "csv"),
        ("2023", "csv"),
    ]
    two = f"{base}a.json\n{base}b.csv\n{base}c.pdf"
    assert resources(row(FORMAT_RESSOURCES="csv;json", URL=two)) == [
        ("a.json", "json"),
        ("b.csv", "csv"),
        ("c.pdf", ""),
    ]
    assert resources(row(FORMAT_RESSOURCES="", URL=f"{base}q?a=1,2;b=3")) == [("q?a=1,2;b=3", "")]


def test_rows_with_one_identifier_are_one_record_even_when_others_stand_between() -> None:
    base = "https://www.marnes.example/"
    rows = [
        row(URL=f"{base}a.csv"),
        row(ID="b", TITRE="Bancs"),
        row(URL=f"{base}a.shp", FORMAT_RESSOURCES="shp", DESCRIPTION="Le fichier pour le SIG"),
        row(TITRE="", URL=f"{base}a.csv"),
    ]
    records, problems = read(csv(table(*rows)))
    assert sorted(record.id for record in records) == ["arbres", "b"]
    trees = next(record.tree for record in records if record.id == "arbres")
    assert trees["DESCRIPTION"] == ROW["DESCRIPTION"]
    assert [each["URL"].rpartition(".")[2] for each in trees["derived"]["resources"]] == [
        "csv",
        "shp",
    ]
    assert trees["derived"]["resources"][1]["DESCRIPTION"] == "Le fichier pour le SIG"
    assert "page" not in trees["derived"]
    assert "record-duplicate" not in codes(problems)


def test_one_identifier_for_two_titles_costs_neither_row() -> None:
    records, problems = read(csv(table(row(), row(TITRE="Bancs publics"))))
    assert [record.tree["TITRE"] for record in records] == [ROW["TITRE"], "Bancs publics"]
    assert len({record.id for record in records}) == 2
    (problem,) = problems
    assert (problem.code, problem.path) == ("record-duplicate", "ligne 3")


def test_a_record_is_as_reserved_as_the_strictest_of_its_rows() -> None:
    for words in (("public", "interne"), ("interne", "restreint"), ("", "interne")):
        rows = [row(ACCES=word, URL=f"https://m.example/{n}") for n, word in enumerate(words)]
        records, _ = read(csv(table(*rows)))
        assert records[0].tree["ACCES"] == "interne", words


def test_the_order_of_rows_and_an_empty_row_more_change_no_record() -> None:
    some = [row(ID=str(n), TITRE=f"Jeu {n}") for n in range(5)]
    before = {r.id: r.fingerprint for r in read(csv(table(*some)))[0]}
    after = {r.id: r.fingerprint for r in read(csv([*table(*reversed(some)), []]))[0]}
    assert before == after


def test_counters_change_nothing() -> None:
    def fingerprint(views: str) -> bytes:
        rows = [row(VUES=views)]
        return read(csv(table(*rows)), ignore_columns=("Vues",))[0][0].fingerprint

    assert fingerprint("12") == fingerprint("13")
    names = ["id", "title", "url", "organization", "harvest.domain", "metric.views"]
    one, other = (
        read(csv([names, ["1", "A", "https://d.example/a", "Meudon", "x", views]]))[0][0]
        for views in ("1", "2")
    )
    assert one.fingerprint == other.fingerprint


# ── who publishes, who keeps ─────────────────────────────────────────────────────────────────────────

MARNES = {"name": "Ville de Marnes-la-Coquette", "siret": "21920047400019"}
GPSO = {"name": "Grand Paris Seine Ouest", "siret": "20005797400012"}


def parties(cells: dict[str, str], **options: object) -> tuple[object, object]:
    tree = read(csv(table(cells)), **options)[0][0].tree
    derived = tree.get("derived", {})
    return derived.get("publisher"), derived.get("custodian")


def test_the_publisher_is_who_the_row_says_and_the_custodian_who_keeps_the_sheet() -> None:
    nobody = row(COLL_NOM="", COLL_SIRET="", PRODUCTEUR_NOM="", PRODUCTEUR_SIRET="")
    gpso = row(COLL_NOM=GPSO["name"], COLL_SIRET=GPSO["siret"])
    assert parties(row()) == (MARNES, None)
    assert parties(gpso) == (MARNES, GPSO)
    assert parties(row(PRODUCTEUR_NOM="", PRODUCTEUR_SIRET="")) == (MARNES, None)
    assert parties(nobody) == ({"name": MARNES["name"], "siret": MARNES["siret"][:9]}, None)
    assert parties(nobody, publisher="CCAS de Marnes") == ({"name": "CCAS de Marnes"}, None)
    assert parties(row(), custodian=GPSO["name"], custodian_siret=GPSO["siret"]) == (MARNES, GPSO)
    assert parties(row(), custodian=MARNES["name"]) == (MARNES, None)


@pytest.mark.parametrize(
    ("territory", "name"),
    [
        ("fr:commune:92040", "Ville d'Issy-les-Moulineaux"),
        ("fr:commune:76351", "Ville du Havre"),
        ("fr:commune:93045", "Ville des Lilas"),
        ("fr:epci:200057974", "Grand Paris Seine Ouest"),
    ],
)
def test_a_territory_s_body_publishes_what_nobody_else_does(territory: str, name: str) -> None:
    tree = read(csv([["ID", "TITRE", "URL"], ["a", "A", ""]]), territory=territory)[0][0].tree
    assert name in tree["derived"]["publisher"]["name"]


# ── what is none ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "page-empty"),
        (b"\xef\xbb\xbf  \r\n", "page-empty"),
        (b"<!doctype html><title>Connexion</title>", "not-table"),
        (b'{"error": 404}', "not-table"),
        (b"%PDF-1.7", "not-table"),
        (b"un seul mot", "table-heading"),
        (b"PK\x03\x04 nothing", "table-damaged"),
        (packed({"notes.txt": "bonjour"}), "table-damaged"),
        (xlsx({"F": cells_xlsx(CELLS)})[:-200], "table-damaged"),
        (xlsx({"F": ""}), "page-empty"),
        (ods("<table:table-row><table:table-cell>"), "table-damaged"),
        (xlsx({"F": "<row><c>"}), "table-damaged"),
        (xlsx({"F": ""}, '<!DOCTYPE x [<!ENTITY a "b">]>'), "table-damaged"),
    ],
)
def test_what_is_no_table_is_refused_and_why(content: bytes, code: str) -> None:
    assert refused(content).context["code"] == code


def repeated_ods(rows: int, columns: int) -> bytes:
    cell = f'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="{columns}"/>'
    return ods(f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>')


LONG = "<si><t>" + "x" * 30_000 + "</t></si>"
MANY = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 6_000))


@pytest.mark.parametrize(
    "content",
    [
        packed({"xl/media/image1.png": b"\0" * 20_000_000}),
        packed({"content.xml": b" " * 20_000_000}),
        xlsx({"F": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'}),
        xlsx({"F": MANY}, LONG),
        repeated_ods(1_048_576, 16_384),
        repeated_ods(6_000_000, 1),
    ],
    ids=["zeros", "spaces", "a cell far out", "a text shared by all", "a cell repeated", "a row repeated"],
)  # fmt: skip
def test_what_would_grow_beyond_measure_is_not_opened(content: bytes) -> None:
    assert len(content) < 300_000
    assert refused(content).context["code"] == "table-bomb"


def test_an_ods_as_spreadsheets_write_it_is_no_bomb() -> None:
    """They fill the sheet to its end with one repeated empty row."""
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    end = f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
    assert len(read(ods(cells_ods(CELLS) + end))[0]) == 2


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6).map(csv),
        st.tuples(st.sampled_from(sorted(FORMS)), st.integers(0, 3000), st.binary(max_size=8)).map(
            lambda t: FORMS[t[0]][: t[1]] + t[2] + FORMS[t[0]][t[1] + len(t[2]) :]
        ),
    )
)
@example(b"\0")
@example('"'.encode("utf-16"))
def test_any_bytes_are_read_or_refused_and_twice_the_same(content: bytes) -> None:
    def outcome() -> object:
        try:
            records, problems = read(content)
        except HarvesterError as error:
            return str(error), error.context.get("code")
        assert all(isinstance(record, Record) and record.id for record in records)
        assert len({record.id for record in records}) == len(records)
        return [(record.id, record.fingerprint) for record in records], problems

    assert outcome() == outcome()


@pytest.mark.parametrize("charset", ["zlib", "hex", "rot13", "a\0b", "undefined"])
def test_a_charset_that_is_none_of_text_is_not_believed(charset: str) -> None:
    records, _ = read("ID;TITRE\na;Été\n".encode("cp1252"), charset=charset)
    assert records[0].tree["TITRE"] == "Été"
    with pytest.raises(SourceRefused) as refused:
        read(b"ID;TITRE\na;b\n", encoding=charset)
    assert refused.value.context["code"] == "table-encoding"


def test_addresses_that_are_none_find_their_formats_or_go_without() -> None:
    cell = "https://[a.csv https://b]c/d.json https://e.fr/f.csv?x=1"
    records, _ = read(csv(table(row(URL=cell, FORMAT_RESSOURCES="csv;json"))))
    assert [each.get("FORMAT_RESSOURCES") for each in records[0].tree["derived"]["resources"]] == [
        "csv",
        "json",
        "csv",
    ]


def test_as_many_files_of_one_record_as_a_table_holds_are_read_in_linear_time() -> None:
    # Quadratic, each of them would take seconds.
    several = [row(URL=f"https://a.fr/{number}") for number in range(8_000)]
    records, _ = read(csv(table(*several)))
    assert len(records[0].tree["derived"]["resources"]) == 8_000
    urls = " ".join(f"https://a.fr/{number}.f{number}" for number in range(8_000))
    formats = ";".join(f"f{number}" for number in range(4_000))
    records, _ = read(csv(table(row(URL=urls, FORMAT_RESSOURCES=formats))))
    assert len(records[0].tree["derived"]["resources"]) == 8_000
