"""TOML files with the lines of their keys, and what is found wrong in them.

tomllib tells values but not places. A file it accepts is therefore scanned once more, only for where keys
stand: valid TOML needs no more than strings, brackets and comments told apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Key = str | int
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong in a file (or an environment variable, when `line` is 0)."""

    path: str
    line: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        grave = "" if self.severity == "error" else "attention, "
        return f"{place}: {grave}{self.message}"


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file, read. `path` is as it is shown to people."""

    path: str
    data: dict[str, Any]
    lines: dict[tuple[Key, ...], int] = field(default_factory=dict, repr=False)

    def line(self, *keys: Key) -> int:
        """The line of a key, or of the nearest thing around it that has one; 1 for the file."""
        for length in range(len(keys), 0, -1):
            found = self.lines.get(keys[:length])
            if found:
                return found
        return 1

    def finding(self, keys: Iterable[Key], message: str, severity: Severity = "error") -> Finding:
        """Something wrong at a key."""
        return Finding(self.path, self.line(*keys), message, severity)


def read(file: Path, shown: str) -> Document | Finding:
    """Read one TOML file; what makes it unreadable is a Finding in French."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return Finding(shown, 0, "ce fichier n'existe pas.")
    except OSError as error:
        return Finding(shown, 0, f"ce fichier ne peut pas être lu ({error.strerror}).")
    return parse(content, shown)


def parse(content: bytes, shown: str) -> Document | Finding:
    """The same from bytes."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Finding(
            shown, line, "ce fichier n'est pas en UTF-8 ; enregistrez-le avec cet encodage."
        )
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _syntax(shown, text, str(error))
    return Document(shown, data, _lines(text))


# ── syntax errors, said in French ────────────────────────────────────────────────────────────────────

_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_MEANINGS = (
    ("Cannot declare", "cette table est déjà définie plus haut."),
    ("Cannot overwrite a value", "ce réglage est déjà donné plus haut."),
    ("Duplicate inline table key", "ce réglage est donné deux fois dans la même accolade."),
    ("Cannot mutate immutable namespace", "cette table est déjà définie plus haut."),
    ("Expected '=' after a key", "il manque « = » après le nom du réglage."),
    ("Unclosed array", "il manque le crochet fermant « ] » de la liste."),
    ("Unclosed inline table", "il manque l'accolade fermante « } »."),
    ("Expected ']' at the end of a table declaration", "il manque « ] » à la fin du nom de la table."),
    ("Expected ']]' at the end of an array declaration", "il manque « ]] » à la fin du nom."),
    ("Expected newline or end of document after a statement", "il y a quelque chose de trop après la valeur."),
    ("Unterminated string", "il manque les guillemets fermants."),
    ("Expected \"\\\"\"", "il manque les guillemets fermants."),
    ("Illegal character", "il y a ici un caractère interdit (guillemets non fermés ?)."),
    ("Unescaped '\\' in a string", "« \\ » s'écrit « \\\\ » entre guillemets doubles ; sinon, employez des guillemets simples."),
    ("Invalid initial character for a key part", "ce n'est pas un nom de réglage."),
    ("Invalid statement", "cette ligne n'est ni « nom = valeur » ni « [table] »."),
    ("Invalid value", "cette valeur est incompréhensible ; les textes s'écrivent entre guillemets."),
    ("Invalid date or datetime", "cette date n'existe pas."),
)  # fmt: skip
_CURLY = re.compile("[“”„«»]")
_BARE = re.compile(r"^\s*[\w.-]+\s*=[ \t]*(?=[^\s\"'\[{])(?P<value>[^#]*[^#\s])")


def _syntax(shown: str, text: str, error: str) -> Finding:
    place = _PLACE.search(error)
    lines = text.split("\n")
    number = int(place["line"]) if place and place["line"] else len(text.rstrip().split("\n"))
    said = _PLACE.sub("", error)
    meaning = next((french for english, french in _MEANINGS if said.startswith(english)), said)
    content = lines[number - 1] if number <= len(lines) else ""
    bare = _BARE.match(content)
    if _CURLY.search(content) and not re.search("[\"']", content):
        meaning = 'les guillemets typographiques ne conviennent pas : employez "…".'
    elif said.startswith("Expected '='") and re.match(r"^\s*[\w.-]+\s*:", content):
        meaning = "un réglage s'écrit « nom = valeur », avec « = » et non « : »."
    elif bare and said.startswith(("Invalid value", "Expected newline")):
        quoted = bare["value"].replace('"', "'")
        meaning = f'les textes s\'écrivent entre guillemets : "{quoted}" ?'
    return Finding(shown, number, f"erreur d'écriture : {meaning}")


# ── lines of keys ────────────────────────────────────────────────────────────────────────────────────

_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL
)
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")


class _Scanner:
    """Walks through text that is known to be valid TOML, noting the line of every key."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[tuple[Key, ...], int] = {}
        self.counts: dict[tuple[Key, ...], int] = {}
        self.counted = 0
        self.line = 1

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def keys(self) -> list[str]:
        parts = []
        while True:
            self.blank()
            match = _STRING.match(self.text, self.at)
            if match:
                parts.append(str(next(iter(tomllib.loads(f"{match[0]} = 0")))))
            else:
                match = _BARE_KEY.match(self.text, self.at)
                if not match:
                    return parts
                parts.append(match[0])
            self.at = match.end()
            while self.text[self.at : self.at + 1] in (" ", "\t"):
                self.at += 1
            if self.text[self.at : self.at + 1] != ".":
                return parts
            self.at += 1

    def resolve(self, parts: list[str]) -> tuple[Key, ...]:
        """A dotted name as a path: in an array of tables, into its last one."""
        path: tuple[Key, ...] = ()
        for part in parts:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def note(self, path: tuple[Key, ...], line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def document(self) -> None:
        table: tuple[Key, ...] = ()
        while True:
            self.blank()
            if self.at >= len(self.text):
                return
            line = self.here()
            if self.text.startswith("[[", self.at):
                self.at += 2
                *outer, last = self.keys()
                array = (*self.resolve(outer), last)
                self.counts[array] = self.counts.get(array, 0) + 1
                table = (*array, self.counts[array] - 1)
                self.note(table, line)
                self.at = self.text.index("]]", self.at) + 2
            elif self.text[self.at] == "[":
                self.at += 1
                table = self.resolve(self.keys())
                self.note(table, line)
                self.at = self.text.index("]", self.at) + 1
            else:
                self.pair(table)

    def pair(self, table: tuple[Key, ...]) -> None:
        line = self.here()
        path = (*table, *self.keys())
        self.note(path, line)
        self.at = self.text.index("=", self.at) + 1
        self.value(path)

    def value(self, path: tuple[Key, ...]) -> None:
        self.blank()
        opening = self.text[self.at]
        if opening in "[{":
            closing = "]" if opening == "[" else "}"
            self.at += 1
            position = 0
            while True:
                self.blank()
                if self.text[self.at] == closing:
                    self.at += 1
                    return
                if self.text[self.at] == ",":
                    self.at += 1
                elif opening == "[":
                    self.lines.setdefault((*path, position), self.here())
                    self.value((*path, position))
                    position += 1
                else:
                    self.pair(path)
        match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
        self.at = match.end() if match else self.at + 1


def _lines(text: str) -> dict[tuple[Key, ...], int]:
    scanner = _Scanner(text)
    try:
        scanner.document()
    except (
        ValueError,
        IndexError,
    ):  # a place is a courtesy: without it the file's first line is named
        return scanner.lines
    return scanner.lines
