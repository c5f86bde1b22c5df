"""XLSX, ODS and XLS → rows of text, by python-calamine, once it is known that the file can do no harm.

The two newer formats are zips of XML, and may grow at three places: decompressed; by one cell far out, for the reader
lays out the whole rectangle; and by one text that thousands of cells point at or repeat. All three are counted first,
piece by piece, in what is really decompressed (what a zip says of its sizes is nobody's word).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from xml.parsers import expat

import python_calamine as calamine

from harvester.errors import SourceRefused

MOST_BYTES = 128 * 1024 * 1024
"""Of a workbook, decompressed."""
MOST_RATIO = 200
"""Between the two sizes, beyond a first mebibyte."""
MOST_CELLS = 5_000_000
"""Of a sheet, empty ones between filled ones included."""
MOST_TEXT = 128 * 1024 * 1024
"""Characters of a workbook's cells, where cells share a text each for itself."""

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_FLOOR = 1024 * 1024
_PIECE = 64 * 1024
_CELL = re.compile(
    rb'<(?:\w{1,20}:)?c\s(?:[^<>]{0,200}\s)?r="([A-Z]{1,3})([0-9]{1,7})"(?:[^<>/]|/(?!>)){0,400}>'
    rb"(?:<(?:\w{1,20}:)?v>([0-9]{1,9})<)?"
)
_SHARED_END = re.compile(rb"</(?:\w{1,20}:)?si>")
_ODS = re.compile(rb"<(?:\w{1,20}:)?(table|table-row|(?:covered-)?table-cell)(?=[\s/>])([^<>]*)>")
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="([0-9]{1,9})"')

Rows = Callable[[], Iterator[tuple[int, list[str]]]]
"""The rows of a table with their numbers, as a spreadsheet counts them. May be asked again."""


def workbook(content: bytes, wanted: str) -> tuple[str, Rows, list[str]]:
    """The name of the sheet, its rows, and the names of the other sheets. `wanted` is a name or a number, from 1.

    Raises SourceRefused: `table-bomb`, `table-damaged`, `table-sheet`.
    """
    if content.startswith(ZIP):
        _weigh(content)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        name = _chosen(book, visible, wanted)
        sheet = book.get_sheet_by_name(name)
        book.close()  # its texts are the sheet's own by now
    except BaseException as error:
        raise _damaged(error) from None
    left = sheet.start[1] if sheet.start else 0
    merged = _merged(sheet)

    def rows() -> Iterator[tuple[int, list[str]]]:
        kept: dict[int, tuple[int, str]] = {}
        for number, cells in enumerate(sheet.iter_rows(), 1):
            row = [*([""] * left), *map(_text, cells)]
            for column, (last, value) in list(kept.items()):
                if number <= last and column < len(row) and not row[column]:
                    row[column] = value
                elif number > last:
                    del kept[column]
            for column, last in merged.get(number, ()):
                if column < len(row):
                    kept[column] = (last, row[column])
            yield number, row

    return name, rows, [other for other in visible if other != name]


def _chosen(book: Any, sheets: list[str], wanted: str) -> str:
    """The sheet of that name, else of that number, else the first that is neither hidden nor empty."""
    if wanted:
        for name in sheets:
            if name.strip().casefold() == wanted.strip().casefold():
                return name
        if wanted.isdecimal() and 1 <= int(wanted) <= len(sheets):
            return sheets[int(wanted) - 1]
        there = ", ".join(f"« {name} »" for name in sheets[:20])
        raise SourceRefused(
            f"le classeur n'a pas de feuille « {wanted} » ; il a : {there}. Corriger l'option « sheet ».",
            code="table-sheet",
            value=wanted,
        )
    shown = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.name in sheets and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]
    for name in shown or sheets:
        if book.get_sheet_by_name(name).start is not None:
            return name
    raise SourceRefused("le classeur est vide.", code="page-empty")


def _damaged(error: BaseException) -> BaseException:
    """What the reader's failure means. A panic in its Rust is no `Exception`."""
    if isinstance(error, SourceRefused) or not (
        isinstance(error, Exception) or type(error).__name__ == "PanicException"
    ):
        return error
    if isinstance(error, calamine.PasswordError):
        return SourceRefused(
            "le classeur est protégé par un mot de passe : l'enregistrer sans.",
            code="table-damaged",
        )
    return SourceRefused(
        f"le classeur est abîmé ou n'en est pas un ({error}) : l'ouvrir dans un tableur et l'enregistrer de nouveau, en "
        "XLSX, ODS ou CSV.",
        code="table-damaged",
    )


def _merged(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Row → (column, last row) of cells merged downwards: what the first says holds for all."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            found.setdefault(top + 1, []).append((column, bottom + 1))
    return found


def _text(cell: Any) -> str:
    """A cell as people read it: numbers without a decimal part that says nothing, dates as ISO 8601 writes them."""
    if cell.__class__ is str:
        return str(cell)
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = not (cell.hour or cell.minute or cell.second)
        return cell.date().isoformat() if midnight else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


# ── what a file could grow to ────────────────────────────────────────────────────────────────────────


def _weigh(content: bytes) -> None:
    """Refuse a workbook that could grow beyond measure, or that is cut off."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            read = _Meter(archive, len(content))
            if any(member.filename == "content.xml" for member in members):
                _weigh_ods(read, members)
            else:
                _weigh_xlsx(read, members)
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise _damaged(Exception(error)) from None
    except NotImplementedError as error:
        raise _damaged(Exception(error)) from None


def _well_formed() -> expat.XMLParserType:
    """A parser that only raises: the reader goes round for ever in XML that ends inside an element.

    What is not UTF-8, or declares entities, is no workbook's: what is looked for above would not be found in it.
    """

    def refuse(*_: object) -> None:
        raise ValueError("entities")

    def declared(_version: str, encoding: str | None, _alone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
            raise ValueError(f"encoding {encoding}")

    parser = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = refuse
    parser.XmlDeclHandler = declared
    return parser


class _Meter:
    """Members piece by piece, counted over the whole workbook."""

    def __init__(self, archive: zipfile.ZipFile, packed: int) -> None:
        self._archive, self._packed, self._total = archive, packed, 0

    def pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The member's bytes; raises SourceRefused once all of them together are too many."""
        check = _well_formed() if member.filename.lower().endswith((".xml", ".rels")) else None
        with self._archive.open(member) as file:
            while piece := file.read(_PIECE):
                self._total += len(piece)
                big = self._total > _FLOOR and self._total > MOST_RATIO * self._packed
                if big or self._total > MOST_BYTES:
                    raise _bomb(f"plus de {self._total:,} octets une fois décompressé")
                if check is not None:
                    check.Parse(piece, False)
                yield piece
        if check is not None and member.file_size:
            check.Parse(b"", True)

    def windows(self, member: zipfile.ZipInfo, end: bytes) -> Iterator[bytes]:
        """The member in windows that end behind `end`, and what comes after the last one."""
        held = bytearray()
        for piece in self.pieces(member):
            since = max(0, len(held) - len(end))
            held += piece
            cut = held.rfind(end, since) + len(end)
            if cut >= len(end):
                yield bytes(held[:cut])
                del held[:cut]
        if held:
            yield bytes(held)


def _weigh_xlsx(read: _Meter, members: list[zipfile.ZipInfo]) -> None:
    shared: list[int] = []
    sheets = []
    for member in members:
        name = member.filename.lower()
        if "sharedstrings" in name:
            length = 0
            for window in read.windows(member, b">"):
                first, *others = _SHARED_END.split(window)
                length += len(first)
                for text in others:
                    shared.append(length)
                    length = len(text)
        elif "worksheets/" in name and name.endswith(".xml"):
            sheets.append(member)
        else:
            for _ in read.pieces(member):
                pass
    text = 0
    for member in sheets:
        last_row = last_column = 0
        for window in read.windows(member, b"row>"):
            for cell in _CELL.finditer(window):
                column, row, value = cell.groups()
                last_row = max(last_row, int(row))
                last_column = max(last_column, _column(column))
                at = int(value) if value else -1
                text += shared[at] if 0 <= at < len(shared) else 0
        _within(last_row * last_column, text)


def _weigh_ods(read: _Meter, members: list[zipfile.ZipInfo]) -> None:
    text = row = last_row = width = last_width = times = 0
    for member in members:
        if member.filename != "content.xml":
            for _ in read.pieces(member):
                pass
            continue
        for window in read.windows(member, b"table-row>"):
            open_at, repeated = 0, 0  # the cell whose text is being passed
            for token in _ODS.finditer(window):
                text += (token.start() - open_at) * repeated
                told = _REPEATED.search(token[2])
                count = int(told[1]) if told else 1
                repeated = 0
                if token[1] == b"table":
                    row = last_row = last_width = 0
                elif token[1] == b"table-row":
                    row, width, times = row + count, 0, count
                else:
                    width += count
                    if b"office:" in token[2] or not token[2].endswith(b"/"):
                        last_row, last_width = row, max(last_width, width)
                        open_at, repeated = token.end(), count * times
                        _within(last_row * last_width, text)
            text += (len(window) - open_at) * repeated
    _within(last_row * last_width, text)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _within(cells: int, text: int) -> None:
    if cells > MOST_CELLS:
        raise _bomb(f"une feuille de {cells:,} cellules")
    if text > MOST_TEXT:
        raise _bomb(f"des cellules de {text:,} caractères en tout")


def _bomb(what: str) -> SourceRefused:
    return SourceRefused(
        f"le classeur est démesuré ({what.replace(',', ' ')}) : il n'est pas ouvert. N'y laisser que le catalogue, sans cellules "
        "remplies au-delà, ou l'enregistrer en CSV.",
        code="table-bomb",
    )
