"""Tables for tests: CSV of rows, and XLSX and ODS by the few parts a spreadsheet needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from harvester.config import Source
from harvester.fetch import connector
from harvester.model import Problem, Record
from harvester.parse.page import Page, Request

SCDL = (
    "COLL_NOM;COLL_SIRET;ID;TITRE;DESCRIPTION;THEME;PRODUCTEUR_NOM;PRODUCTEUR_SIRET;COUV_SPAT_MAILLE;COUV_SPAT_NOM;"
    "COUV_TEMP_DEBUT;COUV_TEMP_FIN;DATE_PUBL;FREQ_MAJ;DATE_MAJ;MOTS_CLES;LICENCE;NOMBRE_RESSOURCES;FORMAT_RESSOURCES;URL"
)
ROW = {
    "COLL_NOM": "Ville de Marnes-la-Coquette",
    "COLL_SIRET": "21920047400019",
    "ID": "arbres",
    "TITRE": "Arbres d'alignement",
    "DESCRIPTION": "Les arbres des rues, relevés chaque hiver.",
    "THEME": "Environnement",
    "PRODUCTEUR_NOM": "Ville de Marnes-la-Coquette",
    "PRODUCTEUR_SIRET": "21920047400019",
    "COUV_SPAT_MAILLE": "Communale",
    "COUV_SPAT_NOM": "Marnes-la-Coquette",
    "COUV_TEMP_DEBUT": "2023-01-01",
    "COUV_TEMP_FIN": "2023-12-31",
    "DATE_PUBL": "2024-02-01",
    "FREQ_MAJ": "Annuelle",
    "DATE_MAJ": "2024-03-04",
    "MOTS_CLES": "arbre;voirie",
    "LICENCE": "Licence Ouverte-LO",
    "NOMBRE_RESSOURCES": "1",
    "FORMAT_RESSOURCES": "csv",
    "URL": "https://www.marnes.example/donnees/arbres",
}


def row(**cells: str) -> dict[str, str]:
    """A good row, otherwise in `cells`."""
    return {**ROW, **cells}


def table(*rows: dict[str, str], columns: Sequence[str] | None = None) -> list[list[str]]:
    """The cells of a sheet: a heading and its rows."""
    names = list(columns or dict.fromkeys(name for each in (ROW, *rows) for name in each))
    return [names, *([each.get(name, "") for name in names] for each in rows)]


def csv(cells: Iterable[Iterable[str]], separator: str = ";", end: str = "\r\n") -> bytes:
    """CSV in UTF-8, with quotation marks where they are needed."""

    def written(cell: str) -> str:
        quoted = any(each in cell for each in (separator, '"', "\n", "\r"))
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    return "".join(separator.join(map(written, line)) + end for line in cells).encode()


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A zip."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return whole.getvalue()


def xlsx(sheets: dict[str, str], shared: str = "") -> bytes:
    """A workbook; each sheet is the XML within `sheetData` and what follows it (split at `|after|`)."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006"
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="rId90" Type="{relation}/styles" Target="styles.xml"/>'
    links += (
        f'<Relationship Id="rId91" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/>'
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kinds}/relationships">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{shared}</sst>',
    }
    for n, content in enumerate(sheets.values(), 1):
        data, _, after = content.partition("|after|")
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData>{after}</worksheet>'
        )
    return packed(parts)


def cells_xlsx(cells: Iterable[Iterable[str | int | float]]) -> str:
    """Rows as a sheet's XML: numbers as numbers, `date:45413` as a day, `=…` as a formula with its value."""
    lines = []
    for number, line in enumerate(cells, 1):
        made = []
        for column, cell in enumerate(line):
            at = f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[column]}{number}"
            if isinstance(cell, int | float):
                made.append(f'<c r="{at}"><v>{cell}</v></c>')
            elif cell.startswith("date:"):
                made.append(f'<c r="{at}" s="1"><v>{cell[5:]}</v></c>')
            elif cell.startswith("="):
                made.append(f'<c r="{at}" t="str"><f>{escape(cell[1:])}</f><v>calculé</v></c>')
            elif cell:
                made.append(f'<c r="{at}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(made)}</row>')
    return "".join(lines)


def ods(rows: str, name: str = "Feuille1") -> bytes:
    """An ODS with one sheet of this XML (prefixes `table`, `office`, `text`)."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="{name}">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return packed(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{manifest}"/>',
            "content.xml": content,
        }
    )


def cells_ods(cells: Iterable[Iterable[str]]) -> str:
    """Rows of text as a sheet's XML."""
    return "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            if cell
            else "<table:table-cell/>"
            for cell in line
        )
        + "</table:table-row>"
        for line in cells
    )


def read(
    content: bytes,
    *,
    charset: str = "",
    territory: str = "fr:commune:92047",
    url: str = "https://www.marnes.example/catalogue.csv",
    **options: object,
) -> tuple[list[Record], list[Problem]]:
    """What a source of kind `table` makes of a page."""
    kind = connector("table")
    source = Source(
        id="marnes", name="Marnes", kind="table", url=url, level="commune", territory=territory
    )
    page = Page(Request(url), url, content, "", charset)
    found = list(kind.read(page, source, kind.Options(**options)))
    return [f for f in found if isinstance(f, Record)], [f for f in found if isinstance(f, Problem)]
