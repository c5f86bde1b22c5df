"""docs/mappings.md says what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from harvester import model
from harvester.map import CLEANERS, check_mapping, vocabularies
from harvester.map.fields import ALIASES, VOCABULARIES, kinds
from harvester.map.text import TAGS

TEXT = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text("utf-8")
ROWS = [
    [cell.strip().replace("&#124;", "|") for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| `")
]
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_every_cleaner_is_documented_by_its_docstring() -> None:
    documented = {row[0].strip("` "): row[1].rstrip(" |") for row in ROWS if len(row) == 2}
    for name, cleaner in CLEANERS.items():
        assert documented.get(name) == cleaner.summary


def test_every_vocabulary_is_documented_with_its_fields() -> None:
    documented = {row[0].strip("` "): row[1] for row in ROWS if len(row) == 3}
    assert set(documented) == set(vocabularies())
    for field, vocabulary in VOCABULARIES.items():
        assert f"`{field.rpartition('.')[2].lower()}`" in documented[vocabulary]


@pytest.mark.parametrize(
    "of",
    [
        model.Dataset,
        model.DatasetSeries,
        model.DataService,
        model.Distribution,
        model.Agent,
        model.ContactPoint,
        model.Location,
        model.PeriodOfTime,
        model.Checksum,
        model.Identifier,
        model.Attribution,
        model.Relationship,
        model.QualityMeasurement,
    ],
)
def test_every_field_is_documented(of: type[model.Value]) -> None:
    assert [name for name in kinds(of) if f"`{name}`" not in TEXT] == []


def test_every_other_name_of_a_field_is_documented() -> None:
    assert [a for a, b in ALIASES.items() if f"`{a}` pour `{b}`" not in TEXT] == []


def test_every_tag_that_is_kept_is_documented() -> None:
    assert [name for name in TAGS if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_correct_mapping(example: str) -> None:
    assert check_mapping("exemple", {"exemple": tomllib.loads(example)}) == ()
