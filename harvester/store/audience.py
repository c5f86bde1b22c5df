"""Which rows an audience is shown, said once for every query.

A dataset that only the public's records describe has a row for `all`. Where restricted ones describe it too, it has a row
`public`, made of the public's alone, and one `agents`, made of both, which stands in the views that those see; where views see
different ones of them, there are further rows (`agents2`, …), at most one of them in each view. In a view without any, agents
are shown what the public is.
"""

from __future__ import annotations

from typing import Final, Literal

Audience = Literal["public", "agents"]

_SHOWN: Final[dict[str, str]] = {
    "public": "{entry}.audience IN ('all', 'public')",
    "agents": (
        "({entry}.audience <> 'public' OR NOT EXISTS ("
        "SELECT 1 FROM membership inside WHERE inside.view = {view}.view "
        "AND inside.cluster = {entry}.cluster AND inside.audience <> 'public'))"
    ),
}


def shown(audience: Audience, entry: str, view: str) -> str:
    """A condition on entries and what lists them, which the query calls so: those that an audience is shown."""
    return _SHOWN[audience].format(entry=entry, view=view)


def inside(number: int) -> str:
    """The name of the first, second, … row of a dataset that only agents are shown."""
    return "agents" if number == 1 else f"agents{number}"


def is_inside(row: str) -> bool:
    """Whether only agents are shown a row of this name."""
    return row.startswith("agents")


MOST = 99
"""Rows of one dataset that only agents are shown: their names must fit the column."""
