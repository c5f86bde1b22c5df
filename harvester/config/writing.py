"""A new source's file, with comments that say why it says what it says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Draft:
    """What to write. Comments are French sentences, one an item; `excluded` are suggestions, written as comments."""

    name: str
    kind: str
    url: str
    level: str
    territory: str
    head: Sequence[str] = ()
    about_territory: Sequence[str] = ()
    schedule: str = "daily"
    mapping: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    about_options: Sequence[str] = ()
    http: Mapping[str, Any] = field(default_factory=dict)
    about_http: Sequence[str] = ()
    excluded: Sequence[str] = ()
    about_excluded: Sequence[str] = ()


def written(draft: Draft) -> str:
    """The text of the file."""
    lines = [*_comments(draft.head), ""]
    lines += [
        f"name      = {value(draft.name)}",
        f"kind      = {value(draft.kind)}",
        f"url       = {value(draft.url)}",
        "",
        *_comments(draft.about_territory),
        f"level     = {value(draft.level)}",
        f"territory = {value(draft.territory)}",
        "",
        "# Quand moissonner : sans indication, comme le dit config.toml.",
        f"# schedule = {value(draft.schedule)}",
    ]
    if draft.mapping:
        lines.append(f"mapping   = {value(draft.mapping)}")
    if draft.excluded:
        lines += ["", *_comments(draft.about_excluded), "# [exclude]"]
        lines.append(f"# publishers = {value(list(draft.excluded))}")
    for table, comments, settings in (
        ("http", draft.about_http, draft.http),
        ("options", draft.about_options, draft.options),
    ):
        if settings:
            lines += ["", *_comments(comments), f"[{table}]"]
            lines += [f"{name} = {value(setting)}" for name, setting in settings.items()]
    return "\n".join(lines) + "\n"


def value(setting: Any) -> str:
    """A setting in TOML; a TOML basic string is written like a JSON one."""
    if isinstance(setting, str):
        return orjson.dumps(setting).decode().replace("\x7f", "\\u007f")
    if isinstance(setting, bool):
        return "true" if setting else "false"
    if isinstance(setting, list | tuple):
        return f"[{', '.join(map(value, setting))}]"
    if isinstance(setting, dict):
        pairs = (f"{value(str(name))} = {value(held)}" for name, held in setting.items())
        return f"{{ {', '.join(pairs)} }}"
    return str(setting)


def _comments(sentences: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for sentence in sentences:
        plain = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
        lines += textwrap.wrap(
            plain, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False
        )
    return lines
