"""Colours that can be read: WCAG 2.2's contrast (§ 1.4.3: 4.5 for text, § 1.4.11: 3 for what else means something)."""

from __future__ import annotations

from collections.abc import Sequence

WHITE, BLACK = "#ffffff", "#000000"
PALE = "#f4f6f8"
"""The darkest background that links stand on: see web/static/site.css."""
TEXT, SHAPE = 4.5, 3.0
"""The least contrast of text, and of lines and shapes."""


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (`#rrggbb`), from 1 to 21."""
    darker, lighter = sorted((_luminance(rgb(one)), _luminance(rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def on(background: str) -> str:
    """White where it can be read on this, else black: one of them always can."""
    return WHITE if contrast(background, WHITE) >= TEXT else BLACK


def readable(colour: str, least: float = 5.5) -> str:
    """The colour, darkened until it can be read on white and on what is nearly white."""
    while contrast(colour, WHITE) < least:
        colour = written(tuple(int(part * 0.92) for part in rgb(colour)))
    return colour


def rgb(colour: str) -> tuple[int, ...]:
    """Red, green and blue of `#rrggbb`."""
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def written(parts: Sequence[int]) -> str:
    """`#rrggbb`."""
    return "#" + "".join(f"{part:02x}" for part in parts)


def _luminance(colour: Sequence[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
