"""What a commune's secretary is told of the cells of her sheet: where, what, and what to write instead."""

from __future__ import annotations

import pytest

from harvester.model import Problem
from harvester.parse.cells import addresses, words
from harvester.parse.columns import LAYOUTS, letters
from tests.tables import ROW, csv, read, row, table

TITLES = b"Catalogue\r\n\r\n"


def told(**cells: str) -> list[Problem]:
    return read(csv(table(row(**cells))))[1]


@pytest.mark.parametrize(
    ("column", "cell", "severity", "what"),
    [
        ("DATE_PUBL", "31/02/2024", "warning", "ce n'est pas une date ; écrire AAAA-MM-JJ"),
        ("DATE_PUBL", "2024-13-01", "warning", "ce n'est pas une date ; écrire AAAA-MM-JJ"),
        ("DATE_PUBL", "01/05/24", "warning", "ce n'est pas une date ; écrire AAAA-MM-JJ"),
        ("DATE_MAJ", "1/5/2024", "info", "lu comme 2024-05-01 ; écrire AAAA-MM-JJ"),
        ("DATE_MAJ", "45413", "warning", "lu comme 2024-05-01"),
        ("COLL_SIRET", "219200474", "info", "c'est un SIREN (9 chiffres)"),
        ("COLL_SIRET", "2,19200E+13", "warning", "le tableur a arrondi le SIRET"),
        ("COLL_SIRET", "2192004740001", "warning", "13 chiffres au lieu de 14"),
        ("COLL_SIRET", "21920047400018", "warning", "sa clé de contrôle est fausse"),
        ("COLL_SIRET", "mairie", "warning", "écrire ses 14 chiffres"),
        ("COLL_SIRET", "219 200 474 00019", "info", "d'un seul tenant"),
        ("FREQ_MAJ", "Anuelle", "warning", "vouliez-vous dire « Annuelle » ?"),
        ("FREQ_MAJ", "quand on peut", "warning", "choisir parmi : Inconnue, Ponctuelle"),
        ("FREQ_MAJ", "Mensuelle", "info", "« Mensuelle ou plusieurs fois par mois »"),
        ("LICENCE", "Licence Ouverte 2.0", "info", "n'est pas de la liste"),
        ("URL", "voir le site", "warning", "écrire toute l'adresse, avec https://"),
        ("URL", "https://a.example/x https//b.example", "warning", "écrire toute l'adresse"),
        ("NOMBRE_RESSOURCES", "deux", "warning", "ce n'est pas un nombre entier"),
        ("NOMBRE_RESSOURCES", "0", "warning", "à partir de 1"),
        ("THEME", "x" * 141, "info", "141 caractères ; en garder 140 au plus"),
    ],
)
def test_a_cell_is_named_by_line_and_column_with_what_to_write(
    column: str, cell: str, severity: str, what: str
) -> None:
    (problem,) = told(**{column: cell})
    assert (problem.code, problem.severity) == ("table-cell", severity)
    assert problem.path == f"ligne 2, colonne {column}"
    assert problem.message.startswith(f"ligne 2, colonne {column} (« {cell[:20]}")
    assert what in problem.message


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("DATE_PUBL", "2024"),
        ("DATE_PUBL", "2024-05"),
        ("DATE_PUBL", "2024-05-01T10:00:00"),
        ("COLL_SIRET", "35600000000048"),
        ("FREQ_MAJ", "annuelle"),
        ("COUV_SPAT_MAILLE", "departementale"),
        ("URL", "https://a.example/x?a=1,2 ; http://b.example/"),
    ],
)
def test_what_everybody_understands_is_no_defect(column: str, cell: str) -> None:
    assert told(**{column: cell}) == []


def test_the_lines_are_those_of_the_spreadsheet() -> None:
    cells = table(row(DESCRIPTION="Deux\nlignes"), row(ID="b", TITRE="B", DATE_MAJ="hier"))
    _, problems = read(TITLES + csv(cells))
    assert [problem.path for problem in problems] == ["ligne 5, colonne DATE_MAJ"]


def test_what_a_tableur_made_of_a_cell_is_read_as_it_was_meant() -> None:
    records, _ = read(csv(table(row(DATE_MAJ="45413", COLL_SIRET="219 200 474 00019"))))
    assert records[0].tree["DATE_MAJ"] == "2024-05-01"
    assert records[0].tree["COLL_SIRET"] == ROW["COLL_SIRET"]


def test_the_same_defect_is_told_five_times_and_then_counted() -> None:
    rows = [row(ID=str(n), TITRE=str(n), DATE_MAJ="hier") for n in range(40)]
    records, problems = read(csv(table(*rows)))
    assert len(records) == 40
    assert len(problems) == 6
    assert problems[-1].message == "… et 35 autres cellules de la colonne DATE_MAJ, de même."


def test_empty_cells_that_should_be_filled_are_named_once_by_column() -> None:
    rows = [row(ID=str(n), TITRE=str(n), THEME="") for n in range(20)]
    (problem,) = read(csv(table(*rows)))[1]
    assert problem.code == "table-empty"
    assert problem.message == (
        "colonne THEME : 20 cellules vides (lignes 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …), que le schéma veut remplies"
    )


def test_columns_are_compared_with_the_schema_s() -> None:
    names = [name for name in ROW if name not in ("DATE_PUBL", "THEME")]
    _, problems = read(csv(table(row(DATE_PULB="2024", Couleur="bleu"), columns=[*names, "DATE_PULB", "Couleur", "URL"])))  # fmt: skip
    told = {problem.value: problem for problem in problems}
    assert "vouliez-vous dire « DATE_PUBL » ?" in told["DATE_PULB"].message
    assert told["DATE_PULB"].severity == "warning"
    assert told["Couleur"].severity == "info"
    assert "plusieurs colonnes s'appellent « URL »" in told["URL"].message
    assert "il manque des colonnes" in told["THEME, DATE_PUBL"].message
    assert {problem.path for problem in problems} == {"ligne 1"}


def test_a_row_without_identifier_and_title_is_left_out_and_the_others_kept() -> None:
    records, problems = read(csv(table(row(), row(ID="", TITRE=""), row(ID="b", TITRE="B"))))
    assert len(records) == 2
    (problem,) = problems
    assert (problem.code, problem.severity, problem.path) == ("record-malformed", "error", "ligne 3")  # fmt: skip


def test_a_note_under_the_table_is_no_defect() -> None:
    records, problems = read(csv([*table(row()), ["Source : service urbanisme"]]))
    assert (len(records), problems) == (1, [])


def test_a_row_without_identifier_is_known_by_its_title() -> None:
    records, problems = read(csv(table(row(ID=""))))
    assert [problem.code for problem in problems] == ["record-unnamed", "table-empty"]
    moved, _ = read(csv(table(row(ID="x", TITRE="X"), row(ID="", DESCRIPTION="autre"))))
    assert records[0].id == moved[1].id


def test_an_open_quotation_mark_that_swallows_rows_is_an_error() -> None:
    rows = csv(table(*(row(ID=str(n), TITRE=f"Jeu {n}", MOTS_CLES="") for n in range(9))))
    content = rows.replace(b"Jeu 3;", b'"Jeu 3;')
    records, problems = read(content)
    assert len(records) == 4
    (problem,) = [p for p in problems if p.code == "table-quote"]
    assert problem.severity == "error"
    assert problem.path == "ligne 5, colonne TITRE"


@pytest.mark.parametrize("kept", [1, 20, 40, 200, 260])
def test_a_file_cut_off_in_a_row_leaves_that_record_as_it_was(kept: int) -> None:
    rows = [row(ID=str(n), TITRE=f"Jeu {n}") for n in range(3)]
    content = csv(table(*rows))
    cut = content[: content.index(b"Ville de Marnes-la-Coquette;21920047400019;2;") + kept]
    records, problems = read(cut)
    assert [record.id for record in records] == ["0", "1"]
    assert ("record-truncated", "error", "ligne 4") in {(p.code, p.severity, p.path) for p in problems}  # fmt: skip


def test_a_last_line_without_an_end_is_whole() -> None:
    records, problems = read(csv(table(row(), row(ID="b", TITRE="B"))).rstrip())
    assert (len(records), problems) == (2, [])


def test_a_separator_in_a_text_without_quotation_marks_is_named() -> None:
    cells = csv(table(row(DESCRIPTION="Arbres, bancs"), row(ID="b", TITRE="B")))
    _, problems = read(cells.replace(b"Arbres, bancs", b"Arbres ; bancs"))
    (problem,) = [p for p in problems if p.code == "table-width"]
    assert problem.path == "ligne 2"
    assert "21 cellules pour 20 colonnes" in problem.message


def test_cells_with_several_words_are_cut_at_what_people_put_between() -> None:
    assert words("csv;json , shp/zip | PDF et xlsx") == ["csv", "json", "shp/zip", "PDF", "xlsx"]
    assert addresses("https://a.example/x,https://b.example/y") == [
        "https://a.example/x",
        "https://b.example/y",
    ]


def test_columns_without_a_name_are_called_as_in_a_spreadsheet() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    cells = table(row())
    records, _ = read(csv([cells[0] + [""], cells[1] + ["remarque"]]))
    assert records[0].tree["colonne U"] == "remarque"


def test_no_two_columns_of_a_layout_are_spelt_alike() -> None:
    for layout in LAYOUTS:
        assert set(layout.spellings.values()) == {column.name for column in layout.columns}


def test_a_cell_of_separators_is_cut_in_linear_time() -> None:
    for piece in (" ", ";", "\n", " |", " ; \n"):
        assert addresses(f"a{piece * 50_000}x")
    assert addresses("https://a.fr ;\n | https://b.fr,www.c.fr |d") == [
        "https://a.fr",
        "https://b.fr",
        "www.c.fr",
        "d",
    ]


def test_as_many_columns_of_one_name_as_a_line_holds_are_counted_in_linear_time() -> None:
    records, problems = read(b"ID;TITRE;DESCRIPTION" + b";x" * 10_000 + b"\na;b;c\n")
    assert len(records) == 1
    assert problems
