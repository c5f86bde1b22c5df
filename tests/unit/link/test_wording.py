"""Evidence is told in French, whatever it is; the gain of a word and what judgements say of the settings."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from types import ModuleType

import pytest

from harvester.link import compare, periods, vetoes, wording
from harvester.link.differences import LONGEST, differences
from harvester.link.judging import Judged, figures, gain
from harvester.link.weights import load


def _values(node: ast.expr) -> list[ast.Constant]:
    if isinstance(node, ast.IfExp):
        return [*_values(node.body), *_values(node.orelse)]
    return [node] if isinstance(node, ast.Constant) else []


MAY_BE = {
    "way": ("instead", "more"),
    "wide": ("", "-wide"),
    "said": tuple(
        node.value
        for returned in ast.walk(ast.parse(inspect.getsource(periods.agreement)))
        if isinstance(returned, ast.Return) and returned.value
        for node in _values(returned.value)
    ),
}
"""What the variables that `compare` puts into names of levels can be."""
LEVEL = re.compile(r"[a-z]+:[a-z-]*")


def emitted(module: ModuleType) -> set[str]:
    """Every level that a module can name: its strings of that form, those with variables written out."""
    tree = ast.parse(inspect.getsource(module))
    parts = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            if LEVEL.fullmatch(node.value):
                found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            first = node.values[0]
            if not (isinstance(first, ast.Constant) and LEVEL.match(str(first.value))):
                continue
            choices = []
            for part in node.values:
                if isinstance(part, ast.Constant):
                    choices.append((str(part.value),))
                else:
                    assert isinstance(part, ast.FormattedValue)
                    assert isinstance(part.value, ast.Name), "say what it can be, in MAY_BE"
                    choices.append(MAY_BE[part.value.id])
            found |= {"".join(each) for each in itertools.product(*choices)}
    return found


def test_every_level_that_comparing_can_name_has_its_sentence() -> None:
    possible = emitted(compare) - {"when:unknown", "when:unknown-weak"}  # told as none or one
    assert len(possible) > 60
    assert {"title:near-more", "when:part-weak", "whole:same-wide", "when:compatible"} <= possible
    assert sorted(possible - wording.LEVELS.keys()) == []
    assert sorted(wording.LEVELS.keys() - possible) == ["prior"]


def test_every_level_of_the_model_has_its_sentence() -> None:
    assert sorted(load().bits.keys() - wording.LEVELS.keys()) == []


def test_every_veto_has_its_sentence() -> None:
    tree = ast.parse(inspect.getsource(vetoes))
    named = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant)
    }
    assert {"period", "place", "twins"} <= named
    assert named | {"person"} == wording.VETOES.keys()


def test_a_pair_is_told_in_one_line() -> None:
    levels = (("where:same", 2.14), ("id:other", -2.49), ("when:same", 1.5), ("box:none", 0.22))
    assert wording.line(levels, 7.2, "link") == (
        "Aucun identifiant commun −2,5 · même commune +2,1 · "
        "même période dans les deux titres ou identifiants +1,5 · le reste +6,1 → +7,2, automatique"
    )
    assert wording.line((), 5.0, "refused", ("period",)) == (
        "Le reste +5,0 → +5,0, refusé : autre période ou autre tour"
    )
    assert "(sevres/arbres)" in wording.line((), 0, "link", (), ("sevres/arbres",))


def test_a_word_is_worth_most_near_the_threshold_where_it_joins_much_and_many_see_it() -> None:
    plain = gain(4.0, 4.0, 2, 1, public=True)
    assert gain(1.0, 4.0, 2, 1, public=True) < plain
    assert gain(7.0, 4.0, 2, 1, public=True) == plain
    assert gain(-900.0, 4.0, 2, 1, public=True) > 0
    assert gain(4.0, 4.0, 9, 1, public=True) > plain
    assert gain(4.0, 4.0, 2, 5, public=True) > plain
    assert gain(4.0, 4.0, 2, 1, public=False) < plain


def test_judgements_are_counted_for_each_setting() -> None:
    judged = [
        Judged(True, 5.0, False, False),
        Judged(True, 3.0, False, True),
        Judged(True, 9.0, True, False),
        Judged(False, 6.5, False, False),
        Judged(False, 1.0, False, False),
    ]
    found = {each.threshold: each for each in figures(judged)}
    assert (found[None].together, found[None].apart) == (1, 2)
    assert found[None].precision == 1
    assert found[4.0].recall == pytest.approx(2 / 3)
    assert found[4.0].precision == pytest.approx(2 / 3)
    assert found[7.0].precision == 1
    assert figures([])[0].precision is figures([])[0].recall is None


def test_words_that_only_one_side_says_are_marked() -> None:
    one, two = differences("Chaque arbre de la ville.", "chaque  arbre de notre ville. ")
    assert one == [("Chaque arbre de ", False), ("la", True), (" ville.", False)]
    assert [piece for piece, alone in two if alone] == ["notre"]
    assert "".join(piece for piece, _ in two) == "chaque  arbre de notre ville. "


def test_a_very_long_text_is_compared_by_its_beginning() -> None:
    one, _ = differences("mot " * 5000, "")
    assert "".join(piece for piece, _ in one).endswith("…")
    assert len("".join(piece for piece, _ in one)) < 5 * LONGEST
