"""A page that is a table, in whatever form people save one → its rows.

CSV is read as a stream, one row at a time: whatever separates its cells, however it is encoded. Spreadsheets go
through `harvester.parse.workbook`.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from harvester.errors import SourceRefused
from harvester.model import Problem
from harvester.parse.workbook import OLE, ZIP, Rows, workbook

SEPARATORS = (";", ",", "\t", "|")
MOST_CELL = 8 * 1024 * 1024
"""Characters of one cell of a CSV; whoever writes more has left a quotation mark open."""

_PIECE = 1024 * 1024
_SAMPLE = 256 * 1024
_SAMPLED_ROWS = 60
_INSTEAD = (
    (b"<", "une page web, non un tableau : donner le lien de téléchargement du fichier, et vérifier que le partage est ouvert à tous"),
    (b"{", "du JSON, non un tableau"),
    (b"%PDF", "un PDF, non un tableau : donner le fichier du tableur, ou un CSV"),
    (b"{\\rtf", "un texte (RTF), non un tableau : l'enregistrer en CSV, XLSX ou ODS"),
)  # fmt: skip
_ODD = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
"""Bytes that are not UTF-8, as `surrogateescape` keeps them → what they are in Windows-1252."""


def rows_of(
    content: bytes,
    charset: str,
    note: Callable[[Problem], None],
    *,
    sheet: str = "",
    encoding: str = "",
    separator: str = "",
    familiar: Callable[[list[str]], int] = lambda _: 0,
) -> Rows:
    """The rows of a table, numbered from 1 as a spreadsheet numbers them.

    `charset` is what the server said. `encoding` and `separator` are what a person said, and decide. `familiar` counts the
    cells of a row that look like the names of columns: the separator that gives most of them is the right one.
    Raises SourceRefused for what is no table: `page-empty`, `not-table`, and those of `workbook`.
    """
    if content.startswith((ZIP, OLE)):
        name, rows, others = workbook(content, sheet)
        if others and not sheet:
            names = ", ".join(f"« {other} »" for other in others[:10])
            note(
                Problem(
                    "table-sheets",
                    f"La feuille « {name} » a été lue ; le classeur a aussi : {names}. L'option « sheet » en choisit une autre.",
                    "info",
                )
            )
        return rows
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise SourceRefused("le tableau est vide.", code="page-empty")
    for start, what in _INSTEAD:
        if head.startswith(start):
            raise SourceRefused(
                f"la réponse est {what}.",
                code="not-table",
                value=head[:200].decode("utf-8", "replace"),
            )
    decode = _decoder(content, charset, encoding, note)
    return _csv(content, decode, separator, familiar)


# ── what the bytes say ───────────────────────────────────────────────────────────────────────────────

Decoder = tuple[str, str]
"""A codec and how it takes what is not in it."""


def _decoder(
    content: bytes, charset: str, encoding: str, note: Callable[[Problem], None]
) -> Decoder:
    if encoding:
        if known := _known(encoding):
            return known, "replace"
        raise SourceRefused(
            f"encodage inconnu « {encoding} » : corriger l'option « encoding ».",
            code="table-encoding",
            value=encoding,
        )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "replace"
    sample = content[:2000]
    if b"\0" in sample[1::2] and b"\0" not in sample[0::2]:
        return "utf-16-le", "replace"
    if b"\0" in sample[0::2] and b"\0" not in sample[1::2]:
        return "utf-16-be", "replace"
    odd = _first_odd(content)
    if odd < 0:
        return "utf-8-sig", "strict"
    if content.startswith(codecs.BOM_UTF8):
        charset = "utf-8"
    told = _known(charset)
    if told and told != "utf-8":
        return ("cp1252" if told == "iso8859-1" else told), "replace"
    if told == "utf-8":
        line = content.count(b"\n", 0, odd) + 1
        around = content[max(0, odd - 40) : odd + 40].decode("cp1252", "replace")
        note(
            Problem(
                "charset-wrong",
                "Le tableau n'est pas dans l'encodage annoncé (UTF-8) ; les octets étrangers ont été lus comme du Windows-1252.",
                path=f"ligne {line}",
                value=around,
            )
        )
    return "utf-8-sig", "surrogateescape"


def _known(charset: str) -> str:
    """The codec of that name; nothing for one that nobody knows, or that is none of text (`zlib`)."""
    try:
        b"a\xff".decode(charset, "replace")
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""


def _first_odd(content: bytes) -> int:
    """Where the bytes stop being UTF-8, or -1; a piece at a time, for a copy of all would cost its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, start + _PIECE >= len(content))
        except UnicodeDecodeError as error:
            return done - held + error.start
        done += len(piece)
    return -1


# ── what a CSV says ──────────────────────────────────────────────────────────────────────────────────


def _csv(
    content: bytes, decode: Decoder, separator: str, familiar: Callable[[list[str]], int]
) -> Rows:
    encoding, errors = decode
    mend = errors == "surrogateescape"

    def records(delimiter: str, upto: int = 0) -> Iterator[list[str]]:
        raw = io.BytesIO(content[:upto] if upto else content)
        lines = io.TextIOWrapper(raw, encoding, errors, newline="")
        csv.field_size_limit(MOST_CELL)
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            try:
                cells = next(reader, None)
            except (csv.Error, UnicodeError) as error:
                raise SourceRefused(
                    f"ligne {reader.line_num} du fichier : illisible ({error}). Un guillemet ouvert n'est sans doute pas "
                    "refermé plus haut.",
                    code="table-damaged",
                    path=f"ligne {reader.line_num}",
                ) from None
            if cells is None:
                return
            yield cells

    def rows(delimiter: str) -> Iterator[tuple[int, list[str]]]:
        number = 0
        for number, cells in enumerate(records(delimiter), 1):
            if number == 1 and len(cells) <= 2 and _announces(cells, delimiter):
                continue
            joined = "".join(cells)
            if mend and not joined.isascii():
                cells = [cell.translate(_ODD) for cell in cells]
            if "\0" in joined:
                cells = [cell.replace("\0", "") for cell in cells]
            yield number, cells

    told = separator.replace("\\t", "\t")
    chosen = told or _separator(lambda one: records(one, _SAMPLE), familiar)
    return lambda: rows(chosen)


def _announces(cells: list[str], delimiter: str) -> bool:
    """Whether a first line says what separates, as Excel has it: `sep=;`."""
    return delimiter.join(cells).strip().strip('"').lower().startswith("sep=")


def _separator(
    records: Callable[[str], Iterator[list[str]]], familiar: Callable[[list[str]], int]
) -> str:
    """The separator that gives most names of columns, else the most rows of one width."""

    def score(delimiter: str) -> tuple[int, float]:
        sample: list[list[str]] = []
        try:
            sample = [row for row in itertools.islice(records(delimiter), _SAMPLED_ROWS) if row]
        except SourceRefused:
            return 0, 0.0
        if not sample:
            return 0, 0.0
        width, times = Counter(map(len, sample)).most_common(1)[0]
        return max(map(familiar, sample)), times / len(sample) * min(width - 1, 10)

    return max(SEPARATORS, key=score)
