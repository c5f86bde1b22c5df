"""Our own catalogue is known again, whichever of its names another portal kept."""

from __future__ import annotations

import pytest

from harvester.link.ours import ours, possible_ids
from harvester.model import Dataset, Identifier

BASE = "https://donnees.gpso.example"
ID = "019377a0-5b1c-7d2e-9f00-0123456789ab"
OTHER = "019377a0-5b1c-7d2e-9f00-ffffffffffff"


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (f"{BASE}/datasets/{ID}", {}),
        (f"{BASE}/villes/meudon/datasets/{ID}", {}),
        (ID, {}),
        ("x", {"identifier": (ID.upper(),)}),
        ("x", {"identifier": (f"urn:uuid:{ID}",)}),
        ("x", {"iri": f"http://donnees.gpso.example/datasets/{ID}"}),
        ("x", {"landing_page": (f"{BASE}/datasets/{ID}.html",)}),
        ("x", {"source": (f"{BASE}/datasets/{ID}",)}),
        ("x", {"other_identifier": (Identifier(notation=ID),)}),
        ("x", {"other_identifier": (Identifier(notation=f"{BASE}/dataset/{ID}"),)}),
        ("x", {"landing_page": (f"{BASE}/api/3/action/package_show?id={ID}",)}),
        ("x", {"source": (f"{BASE}/records/collections/meudon/items/{ID}",)}),
    ],
)
def test_a_record_that_bears_one_of_our_names_is_ours(
    record: str, values: dict[str, object]
) -> None:
    assert ours(Dataset(title={"fr": "Arbres"}, **values), record, BASE, {ID})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "values"),
    [
        ("x", {}),
        (OTHER, {}),
        ("x", {"identifier": (OTHER,)}),
        ("x", {"landing_page": (BASE + "/",)}),
        ("x", {"landing_page": (f"{BASE}/villes/meudon/",)}),
        ("x", {"source": (f"{BASE}.evil.example/datasets/{ID}",)}),
        ("x", {"page": (f"{BASE}/datasets/{ID}",)}),
    ],
)
def test_a_record_that_only_looks_or_points_at_us_is_not_ours(
    record: str, values: dict[str, object]
) -> None:
    assert not ours(Dataset(title={"fr": "Arbres"}, **values), record, BASE, {ID})  # type: ignore[arg-type]


def test_only_what_may_be_an_id_of_ours_is_looked_up() -> None:
    raw = f'{{"id":"{ID}","size":-7000,"v4":"019377a0-5b1c-4d2e-9f00-0123456789ab"}}'.encode()
    assert possible_ids([raw, b"-7abc-8", b"", raw]) == [ID]
