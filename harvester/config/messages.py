"""pydantic's errors, said in French to those who write the files, with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from harvester.config.document import Key

_EXPECTED = {
    "string_type": "un texte entre guillemets est attendu",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "tuple_type": "une liste entre crochets est attendue : [\"…\", \"…\"]",
    "list_type": "une liste entre crochets est attendue : [\"…\", \"…\"]",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
    "finite_number": "un nombre fini est attendu",
}  # fmt: skip
_PATTERNS = {
    "territory": "un code de territoire est attendu : fr:commune:92040, fr:epci:200057974, "
    "fr:departement:92, fr:region:11 ou fr",
    "colour": "une couleur est attendue, comme #1d4f91",
    "views": "un nom de ville s'écrit en minuscules sans accents, avec des tirets : ville-d-avray",
}


_ELSEWHERE = {
    "sources": "une source s'écrit dans un fichier à elle : sources/<nom>.toml.",
    "source": "une source s'écrit dans un fichier à elle : sources/<nom>.toml.",
    "mappings": "une correspondance s'écrit dans un fichier à elle : mappings/<nom>.toml.",
    "token": "un jeton se donne pour une source : dans sources/<nom>.toml ou par l'environnement.",
    "headers": "des en-têtes se donnent pour une source, dans sources/<nom>.toml.",
    "allow_hosts": "ces serveurs se donnent pour une source, dans sources/<nom>.toml.",
    "id": "une source s'appelle comme son fichier.",
}
"""Names that belong to another file, and where."""


def nearest(written: str, valid: Iterable[str]) -> str | None:
    """The valid name that was probably meant, or None."""
    names = {name.casefold(): name for name in valid}
    key = written.casefold().replace("-", "_")
    for form in (key, written.casefold()):
        found = get_close_matches(form, names, n=1, cutoff=0.6)
        if found:
            return names[found[0]]
    return None


def meant(written: str, valid: Iterable[str]) -> str:
    """` : vouliez-vous dire « … » ?`, or a full stop where nothing is near."""
    found = nearest(written, valid)
    return f" : vouliez-vous dire « {found} » ?" if found else "."


def message(error: ErrorDetails, model: type[BaseModel]) -> tuple[tuple[Key, ...], str]:
    """(key path, French message) of one pydantic error under `model`."""
    path = tuple(error["loc"])
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return path[:-1], f"« {name} » manque{_describe(model, path)}."
    if kind == "extra_forbidden":
        return path, _unknown(name, model, path[:-1])
    if path and path[-1] == "[key]":
        return path[:-1], f"« {error['input']} » : {_PATTERNS['views']}."
    return path, f"« {name} » : {_fault(kind, name, error['input'], context)}"


def _fault(kind: str, name: str, given: Any, context: dict[str, Any]) -> str:
    shown = _shown(given)
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, et non {shown}."
    if kind == "literal_error":
        choices = [
            part.strip(" '") for part in str(context["expected"]).replace(" or ", ",").split(",")
        ]
        hint = meant(str(given), choices)
        return f"{shown} n'est pas possible{hint}" + f" Valeurs possibles : {', '.join(choices)}."
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(name, f"doit suivre le modèle {context.get('pattern')}")
        return f"{shown} ne convient pas ; {expected}."
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        limit = context.get("gt", context.get("ge", context.get("lt", context.get("le"))))
        relation = {
            "greater_than": "supérieur à",
            "greater_than_equal": "au moins",
            "less_than": "inférieur à",
            "less_than_equal": "au plus",
        }[kind]
        return f"doit être {relation} {limit:g}, et non {shown}."
    if kind == "string_too_short":
        return "ne peut pas être vide."
    if kind in ("value_error", "assertion_error"):
        return f"{context.get('error', shown)}"
    return f"{shown} ne convient pas."


def _shown(given: Any) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return f"« {given[:80]} »"
    if isinstance(given, dict):
        return "une table"
    if isinstance(given, list | tuple):
        return "une liste"
    return str(given)[:80]


def _unknown(name: str, model: type[BaseModel], path: Sequence[Key]) -> str:
    """An unknown setting: the nearest one of its table, else the table that has exactly this one."""
    table = model_at(model, path)
    fields = table.model_fields if table else {}
    if name in _ELSEWHERE and "territory" in model.model_fields:
        return f"réglage inconnu ici « {name} » : {_ELSEWHERE[name]}"
    found = nearest(name, fields)
    if found is None or found != name:
        for other, inner in _tables(model):
            if name in inner.model_fields and other != ".".join(map(str, path)):
                where = (
                    f"dans la table [{other}]" if other else "en tête de fichier, avant toute table"
                )
                return f"réglage inconnu ici « {name} » : il s'écrit {where}."
    return f"réglage inconnu « {name} »{meant(name, fields)}"


def _tables(model: type[BaseModel], prefix: str = "") -> Iterable[tuple[str, type[BaseModel]]]:
    yield prefix, model
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        if inner and not get_args(field.annotation):
            yield from _tables(inner, f"{prefix}.{name}" if prefix else name)


def model_at(model: type[BaseModel] | None, path: Sequence[Key]) -> type[BaseModel] | None:
    """The model of the table a path leads to, or None where it leads to no table."""
    free = False
    for part in path:
        if model is None:
            return None
        if free or isinstance(part, int):
            free = False
            continue
        field = model.model_fields.get(part)
        if field is None:
            return None
        free = get_origin(field.annotation) is dict
        model = _model_of(field.annotation)
    return model


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple, list, Union, UnionType):
        for part in reversed(get_args(annotation)):
            found = _model_of(part)
            if found:
                return found
    return None


def _describe(model: type[BaseModel], path: Sequence[Key]) -> str:
    table = model_at(model, path[:-1])
    field = table.model_fields.get(str(path[-1])) if table else None
    if field is None or not field.description:
        return ""
    return f" ({field.description.rstrip('.')})"
