"""The small language of a mapping's right-hand sides: `path + path | cleaner | cleaner(argument)`.

A path is names joined by dots. It runs through lists by itself; `*` says so aloud, and takes every value of
a tree. On a list of `{key, value}` trees (CKAN's extras) a name finds the value of that key. `name[key=value]`
keeps the elements whose `key` (itself a path) says `value`, or one of `value|value`; `!=` those where it does not. `name@fr`
keeps what is written in French; `.` is the element itself; `@id` its IRI; `<http://…>` a property without a
prefix; `'text'` a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harvester.map.values import said
from harvester.territory.names import fold

Test = Callable[[Any], bool]
Reader = Callable[[Any], list[Any]]
"""From an element to the values a path finds; an empty list where there is nothing."""


class Malformed(ValueError):
    """An expression that does not follow the grammar; the message is for the mapping's author."""


@dataclass(frozen=True, slots=True)
class Call:
    """A cleaner's name and its arguments."""

    name: str
    arguments: tuple[str | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """What one right-hand side says: the paths whose values are taken together, and the cleaners in order."""

    source: str
    paths: tuple[tuple[str, ...], ...]
    calls: tuple[Call, ...]

    @property
    def first(self) -> frozenset[str] | None:
        """The keys of which one is needed to find anything, `.` for a value that is none of a tree's, else None."""
        names = [path[0] for path in self.paths]
        if any(call.name == "default" for call in self.calls):
            return None
        if any(name == "*" or name[0] == "'" for name in names):
            return None
        return frozenset(_bare_name(name) for name in names)


_CALL = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\((.*)\))?\s*$", re.DOTALL)
_ARGUMENT = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,"'\s][^,]*?))\s*(?:,|$)"""
)
_FILTER = re.compile(r"^([^\[\]]+?)\[\s*([^\[\]=!]+?)\s*(!?=)\s*([^\[\]]*?)\s*\](@[A-Za-z-]+)?$")
_LONGEST = 200
_LANGUAGE = re.compile(r"^(.+)@([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)$")


def parse(source: str) -> Expression:
    """The expression that a text is. Raises Malformed."""
    parts = _cut(source, "|")
    paths = tuple(_segments(path) for path in _cut(parts[0], " + "))
    return Expression(source.strip(), paths, tuple(_call(part) for part in parts[1:]))


def _cut(text: str, separator: str) -> list[str]:
    """Split outside quotes, brackets and parentheses."""
    parts, start, closing = [], 0, ""
    index = 0
    while index < len(text):
        char = text[index]
        if closing:
            if char == "\\" and closing in "\"'":
                index += 1
            elif char == closing:
                closing = ""
            elif closing == ")" and char in "\"'":
                end = text.find(char, index + 1)
                index = end if end > 0 else index
        elif char in "\"'<([":
            closing = {"<": ">", "(": ")", "[": "]"}.get(char, char)
        elif text.startswith(separator, index):
            parts.append(text[start:index])
            index += len(separator)
            start = index
            continue
        index += 1
    if closing:
        raise Malformed(f"il manque « {closing} » dans « {text.strip()} »")
    return [*parts, text[start:]]


def _segments(path: str) -> tuple[str, ...]:
    path = path.strip()
    if not path:
        raise Malformed("il manque un chemin")
    if path == ".":
        return (".",)
    if path[0] in "'\"":
        return ("'" + path[1:-1],)
    names = [name.strip() for name in _cut(path, ".")]
    if not all(names):
        raise Malformed(f"« {path} » : il manque un nom à côté d'un point")
    for name in names:
        if name[0] == "<":
            continue
        if "[" in name and _FILTER.match(name) is None:
            raise Malformed(f"« {name} » : un filtre s'écrit « nom[clé=valeur] »")
        if " " in name.partition("[")[0]:
            raise Malformed(
                f"« {path} » : un nom n'a pas d'espace (un texte se met entre apostrophes, un nettoyeur après |)"
            )
    return tuple(name[1:-1] if name[0] == "<" else name for name in names)


def _call(text: str) -> Call:
    match = _CALL.match(text)
    if match is None:
        raise Malformed(
            f"« {text.strip()} » n'est pas un nettoyeur : un nom, ou un nom et ses arguments entre parenthèses"
        )
    arguments: list[str | float] = []
    rest = (match[2] or "").strip()
    position = 0
    while position < len(rest):
        argument = _ARGUMENT.match(rest, position)
        if argument is None:
            raise Malformed(f"« {rest} » n'est pas une liste d'arguments")
        quoted = argument[1] if argument[1] is not None else argument[2]
        arguments.append(_unquoted(quoted) if quoted is not None else _bare(argument[3].strip()))
        position = argument.end()
    return Call(match[1], tuple(arguments))


def _unquoted(text: str) -> str:
    return (
        re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)
        if "\\" in text
        else text
    )


def _bare(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _bare_name(segment: str) -> str:
    """The name that a segment looks up, without its filter and language."""
    return _name_and_language(_name_and_filter(segment)[0])[0]


def _name_and_language(segment: str) -> tuple[str, str]:
    match = _LANGUAGE.match(segment) if not segment.endswith("]") else None
    return (match[1], match[2].lower()) if match and "://" not in segment else (segment, "")


def _name_and_filter(segment: str) -> tuple[str, Test | None]:
    """A segment without its filter, and the filter."""
    match = _FILTER.match(segment) if "[" in segment and "://" not in segment else None
    if match is None:
        return segment, None
    name, key, operator, wanted, language = match.groups()
    read = _reader(_segments(key))
    values = frozenset(fold(value.strip(" '\"")) for value in wanted.split("|"))
    among = operator == "="

    def test(item: Any) -> bool:
        return (
            any(_folded((said(value) or "")[:_LONGEST]) in values for value in read(item)) is among
        )

    return name + (language or ""), test


_folded = lru_cache(maxsize=4_096)(fold)  # kinds and roles come back; texts stand in no filter


def reader(expression: Expression) -> Reader:
    """The function that reads an expression's paths from an element."""
    readers = [_reader(path) for path in expression.paths]
    if len(readers) == 1:
        return readers[0]
    return lambda node: [value for read in readers for value in read(node)]


def _reader(path: tuple[str, ...]) -> Reader:
    if path == (".",):
        return _literal
    if path[0][0] == "'":
        constant = path[0][1:]
        return lambda _node: [constant]
    parts = [_name_and_filter(segment) for segment in path]
    last, language = _name_and_language(parts[-1][0])
    names = (*(name for name, _ in parts[:-1]), last)
    tests = tuple(test for _, test in parts)
    read = _single(names[0]) if len(names) == 1 and tests[0] is None else _long(names, tests)
    if not language:
        return read
    return lambda node: [value for value in read(node) if _is_in(value, language)]


def _literal(node: Any) -> list[Any]:
    """The element itself where it is a value and not a tree of properties."""
    if node.__class__ is dict:
        return [node] if "@value" in node else []
    return [] if node is None else [node]


def _single(name: str) -> Reader:
    if name == "*":
        return _every

    def read(node: Any) -> list[Any]:
        if node.__class__ is not dict:
            return _step([node], name)
        value = node.get(name)
        if value is None:
            return []
        return value if value.__class__ is list else [value]

    return read


def _long(names: tuple[str, ...], tests: tuple[Test | None, ...]) -> Reader:
    steps = tuple(
        (name, test is None and names[i + 1 : i + 2] == ("*",), test)
        for i, (name, test) in enumerate(zip(names, tests, strict=True))
    )

    def read(node: Any) -> list[Any]:
        values = [node]
        for name, whole, test in steps:
            values = _step(values, name, whole)
            if test is not None:
                values = [value for value in values if test(value)]
            if not values:
                break
        return values

    return read if "*" in names or any(tests) else _straight(names, read)


def _straight(names: tuple[str, ...], other: Reader) -> Reader:
    """A path from tree to tree, which most are in JSON, read several times as fast; `other` reads through lists."""

    def read(node: Any) -> list[Any]:
        value = node
        for name in names:
            if value.__class__ is not dict:
                return other(node)
            inner = value.get(name)
            if inner is None:
                return other(node) if "key" in value else []
            value = inner
        if value.__class__ is list:
            return [each for each in value if each is not None]
        return [value]

    return read


def _every(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [value for value in node.values() if value is not None]
    return [value for value in node if value is not None] if isinstance(node, list) else []


def _step(values: list[Any], name: str, whole: bool = False) -> list[Any]:
    """The values one name further. Lists are run through, but left `whole` where `*` comes next."""
    found: list[Any] = []
    for value in values:
        if name == "*":
            found.extend(_every(value) if isinstance(value, dict | list) else [value])
            continue
        if isinstance(value, list):
            found.extend(_step(value, name, whole))
            continue
        if not isinstance(value, dict):
            continue
        inner = value.get(name)
        if inner is None and name not in value and value.get("key") == name:
            inner = value.get("value")
        if isinstance(inner, list) and not whole:
            found.extend(each for each in inner if each is not None)
        elif inner is not None:
            found.append(inner)
    return found


def _is_in(value: Any, language: str) -> bool:
    if not isinstance(value, dict):
        return False
    tag = str(value.get("@language", "")).lower()
    return tag == language or tag.startswith(language + "-")
