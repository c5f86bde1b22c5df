"""When disappearance is believed."""

from __future__ import annotations

import pytest

from harvester.config import Guard
from harvester.run.guard import judge

GUARD = Guard()


def named(*titles: str, first: int = 0) -> dict[int, str]:
    return {first + i: title for i, title in enumerate(titles)}


def test_nothing_gone_is_nothing_said() -> None:
    verdict = judge(GUARD, 40, 40, {}, {})
    assert (verdict.diagnosis, verdict.missing, verdict.quarantined) == (None, (), ())


@pytest.mark.parametrize("shown", [1, 2, 5, 27, 67])
def test_a_small_city_may_lose_one_dataset_without_alarm(shown: int) -> None:
    verdict = judge(GUARD, shown, max(1, shown - 1), {7: "Arbres"}, {})
    assert verdict.diagnosis is None
    assert verdict.missing == (7,)


def test_an_empty_catalogue_is_never_believed() -> None:
    verdict = judge(GUARD, 1, 0, {7: "Arbres"}, {})
    assert verdict.diagnosis == "empty"
    assert verdict.quarantined == (7,)


def test_a_fifth_may_go_and_not_one_more() -> None:
    titles = [f"Jeu {n}" for n in range(9)]
    assert judge(GUARD, 40, 32, named(*titles[:8]), {}).diagnosis is None
    assert judge(GUARD, 40, 31, named(*titles), {}).diagnosis == "many-gone"


def test_new_ids_for_the_same_titles_are_recognised() -> None:
    gone, arrived = named("Arbres", "Bancs", "Écoles"), named("arbres", "BANCS", "Ecoles", first=10)
    verdict = judge(GUARD, 3, 3, gone, arrived)
    assert verdict.diagnosis == "ids-changed"
    assert verdict.heirs == {10: 0, 11: 1, 12: 2}


def test_a_title_that_several_records_share_names_no_heir() -> None:
    verdict = judge(GUARD, 4, 4, named("Budget", "Budget"), named("Budget", "Budget", first=10))
    assert verdict.heirs == {}
    assert verdict.diagnosis == "many-gone"
