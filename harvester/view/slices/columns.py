"""Which column says of which commune a row is: by name, by what the portal says of it, by type and by its values.

A code of the INSEE is surest, then the commune's name, then a postal code that serves no other commune, and last a box, which
takes in rows of the neighbours and says so. Two columns of the same kind that do not hold the same make it ambiguous, unless
one of them says by its name that it means something else (`commune_siege`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from harvester.territory import Gazetteer, Unit
from harvester.territory.names import fold
from harvester.view.slices.values import Column, Condition, Refusal, Table
from harvester.view.slices.words import KINDS, Words

_PLAIN = re.compile(r"[^\x00-\x1f\x7f`\"'<>\\]{1,200}").fullmatch
"""Names that can be put into a question without changing what is asked."""
_SHORT = re.compile(r"\d{4}")
_ENOUGH = 0.6
"""The share of the sampled values that must be what the column's name promises."""
_KINDS = {"insee": "codes INSEE", "name": "noms de communes", "postal": "codes postaux"}


@dataclass(frozen=True, slots=True)
class Commune:
    """Whose rows are wanted. `scope` is the territory that the dataset is about: names are unique in it, or not."""

    unit: Unit
    scope: str
    gazetteer: Gazetteer


@dataclass(frozen=True, slots=True)
class _Named:
    column: Column
    rank: int
    role: str


def conditions(
    table: Table, commune: Commune, words: Words, *, boxes: bool = True
) -> tuple[Condition, ...] | Refusal:
    """The ways to ask for the commune's rows, the surest first; or why there is none."""
    found: list[Condition] = []
    refusal: Refusal | None = None
    for kind in KINDS:
        chosen = _chosen(kind, table, commune, words)
        made = chosen if isinstance(chosen, Refusal) else _conditions(kind, chosen, commune)
        if isinstance(made, Refusal):
            refusal = refusal or made
            if made.code == "columns-ambiguous":
                break  # what the codes leave open, the names do not settle
        else:
            found += made
    if not found and refusal is None and boxes and table.geometry and commune.unit.bbox:
        found.append(
            Condition(
                "box",
                table.geometry,
                (),
                f"le champ géographique « {table.geometry} » touche le rectangle qui contient {commune.unit.name} "
                "(approché : des lignes de communes voisines peuvent s’y trouver)",
                box=commune.unit.bbox,
            )
        )
    if found:
        return tuple(found)
    return refusal or Refusal(
        "no-column",
        "Aucune colonne ne dit de quelle commune est chaque ligne, et rien ne permet de chercher par lieu.",
    )


def _chosen(kind: str, table: Table, commune: Commune, words: Words) -> Column | Refusal | None:
    """The one column of that kind that places a row."""
    named = sorted(_named(kind, table.columns, commune, words), key=lambda each: each.rank)
    placing = [each for each in named if each.role == "place"]
    if not placing:
        if named:
            names = ", ".join(f"« {each.column.name} »" for each in named)
            return Refusal(
                "column-of-another-role",
                f"Les {_KINDS[kind]} de {names} ne disent pas où se trouve ce que la ligne décrit.",
            )
        return None
    first = placing[0]
    rivals = [each for each in placing[1:] if not _same(first.column, each.column)]
    if rivals:
        names = " et ".join(f"« {each.column.name} »" for each in (first, *rivals[:2]))
        return Refusal(
            "columns-ambiguous",
            f"Plusieurs colonnes contiennent des {_KINDS[kind]} ({names}) et rien ne dit laquelle situe la ligne.",
        )
    return first.column


def _named(
    kind: str, columns: Iterable[Column], commune: Commune, words: Words
) -> Iterable[_Named]:
    for column in columns:
        if column.type == "other" or not _PLAIN(column.name):
            continue
        ranks = [words.rank(kind, written) for written in (column.name, column.label) if written]
        known = [rank for rank in ranks if rank is not None]
        if not known and words.annotated(kind, column.notes):
            # Said by the portal from the values alone: of the role only the name can tell.
            known = [(len(words.insee) * 2, words.role(column.name))]
        if known and _holds(kind, column, commune):
            yield _Named(column, *min(known))


def _holds(kind: str, column: Column, commune: Commune) -> bool:
    """Whether the sampled values are what the name promises; without samples the name is believed."""
    if kind == "name" and column.type != "text":
        return False
    values = [v for sample in column.samples for v in plain(sample, column.separator)]
    if not values:
        return True
    return sum(_is(kind, value, commune) for value in values) >= _ENOUGH * len(values)


def _is(kind: str, value: str, commune: Commune) -> bool:
    match kind:
        case "insee":
            return commune.gazetteer.insee(_padded(value)) is not None
        case "postal":
            return bool(commune.gazetteer.postal(_padded(value)))
        case _:
            known = commune.gazetteer.named(value, level="commune", within=commune.scope)
            return known is not None or fold(value) == fold(commune.unit.name)


def _same(one: Column, other: Column) -> bool:
    """Whether two columns say the same in every sampled row (two spellings of one thing)."""
    if not one.samples or len(one.samples) != len(other.samples):
        return False
    pairs = zip(one.samples, other.samples, strict=True)
    return all(fold(_padded(str(a))) == fold(_padded(str(b))) for a, b in pairs)


def _conditions(kind: str, column: Column | None, commune: Commune) -> list[Condition] | Refusal:
    if column is None:
        return []
    match kind:
        case "insee":
            return _by_code(column, commune)
        case "name":
            return _by_name(column, commune)
        case _:
            return _by_postal(column, commune)


def _by_code(column: Column, commune: Commune) -> list[Condition] | Refusal:
    code = commune.unit.local
    if column.type in ("integer", "number"):
        if not code.isdigit():
            return Refusal(
                "code-not-a-number",
                f"Le champ « {column.name} » est un nombre : le code {code} ne peut pas s’y trouver.",
            )
        reason = f"le champ « {column.name} » (nombre) contient le code INSEE {int(code)}"
        return [Condition("insee", column.name, (int(code),), reason, column.type)]
    values: tuple[str, ...] = (code,)
    if code.startswith("0") and any(_SHORT.fullmatch(v) for v in _written(column)):
        values = (code, code[1:])  # a spreadsheet took the zero away
    reason = f"le champ « {column.name} » (texte) contient le code INSEE {code}"
    return [Condition("insee", column.name, values, reason, "text", column.separator)]


def _by_name(column: Column, commune: Commune) -> list[Condition] | Refusal:
    unit = commune.unit
    if commune.gazetteer.named(unit.name, level="commune", within=commune.scope) != unit.code:
        return Refusal(
            "name-shared",
            f"Plusieurs communes du territoire du jeu de données s’appellent {unit.name} : le nom ne suffit pas.",
        )
    made = []
    for spelling in _spellings(unit.name, _written(column)):
        reason = f"le champ « {column.name} » (texte) contient le nom « {spelling} »"
        made.append(Condition("name", column.name, (spelling,), reason, "text", column.separator))
    return made


def _by_postal(column: Column, commune: Commune) -> list[Condition] | Refusal:
    unit = commune.unit
    shared = [c for c in unit.postal_codes if commune.gazetteer.postal(c) != (unit.code,)]
    if shared or not unit.postal_codes:
        return Refusal(
            "postal-shared",
            f"Le code postal de {unit.name} ({', '.join(shared) or 'inconnu'}) dessert aussi d’autres communes.",
        )
    number = column.type in ("integer", "number")
    values = tuple(int(code) if number else code for code in unit.postal_codes)
    reason = f"le champ « {column.name} » contient le code postal {', '.join(unit.postal_codes)}, propre à la commune"
    return [Condition("postal", column.name, values, reason, column.type, column.separator)]


def _written(column: Column) -> list[str]:
    return [v for sample in column.samples for v in plain(sample, column.separator)]


def _spellings(name: str, samples: list[str]) -> list[str]:
    """The commune's name as the column seems to write names, then as it is; at most three."""
    letters = [sample for sample in samples if any(c.isalpha() for c in sample)]
    upper = bool(letters) and all(sample.isupper() for sample in letters)
    styled = name.upper() if upper else name
    bare = _unaccented(styled)
    first = bare if upper and all(sample.isascii() for sample in letters) else styled
    if upper and not any("-" in sample for sample in letters):
        first = first.replace("-", " ")
    return list(dict.fromkeys([first, styled, bare, name]))[:3]


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def agrees(condition: Condition, value: object) -> bool:
    """Whether a row that was answered really is one that was asked for."""
    wanted = {fold(_padded(str(each))) for each in condition.values}
    return any(fold(_padded(v)) in wanted for v in plain(value, condition.separator))


def plain(value: object, separator: str = "") -> list[str]:
    """The single values of a cell, as text: numbers without a point, nothing for nothing."""
    if value is None or isinstance(value, (dict, bool)):
        return []
    if isinstance(value, list):
        return [v for each in value for v in plain(each, separator)]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    parts = text.split(separator) if separator else [text]
    return [part.strip() for part in parts if part.strip()]


def _padded(value: str) -> str:
    """A code without its leading zero, with it again."""
    return value.zfill(5) if _SHORT.fullmatch(value) else value
