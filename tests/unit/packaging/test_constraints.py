import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKED = (ROOT / "constraints.txt").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSIONS = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCKED, re.M))

REQUIRED = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["dev"],
]


@pytest.mark.parametrize("line", REQUIRED)
def test_everything_required_is_locked_at_a_version_that_suits(line: str) -> None:
    requirement = Requirement(line)
    version = VERSIONS.get(canonicalize_name(requirement.name))
    assert version, f"{requirement.name} is not in constraints.txt: run `make lock`"
    assert requirement.specifier.contains(version, prereleases=True)


def test_every_locked_package_has_hashes() -> None:
    for block in re.split(r"\n(?=[a-z0-9])", LOCKED.strip()):
        assert "--hash=sha256:" in block, block


def test_the_lock_names_no_host_and_no_path() -> None:
    lines = [line.strip() for line in LOCKED.splitlines()]
    assert not [
        line for line in lines if "://" in line or line.startswith(("-i", "--i", "--f", "--e", "#"))
    ]
