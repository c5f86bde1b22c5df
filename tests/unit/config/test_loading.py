"""What GIS teams write, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from harvester.config import Config, check, load
from harvester.errors import ConfigurationError
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer


class DcatOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")
    page_size: int = 100


KINDS = {"dcat": DcatOptions}
MAIN = 'territory = "fr:epci:200057974"\n'
ISSY = """\
name = "Ville d'Issy-les-Moulineaux"
kind = "dcat"
url = "https://data.example.org/catalog.ttl"
level = "commune"
territory = "fr:commune:92040"
"""


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return load_gazetteer()


def written(folder: Path, main: str = MAIN, **sources: str) -> Path:
    """config.toml with its sources, in a folder."""
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "config.toml").write_text(main, encoding="utf-8")
    for name, text in sources.items():
        (folder / "sources" / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    return folder / "config.toml"


def said(path: Path, places: Gazetteer | None = None, **context: object) -> list[str]:
    """The findings with their files' names only."""
    context.setdefault("environ", {})
    found = check(path, KINDS, places, **context)
    return [str(finding).replace(f"{path.parent}/", "") for finding in found]


def good(path: Path, places: Gazetteer | None = None, **context: object) -> Config:
    context.setdefault("environ", {})
    return load(path, KINDS, places, **context)  # type: ignore[arg-type]


def test_a_territory_gives_a_view_to_each_of_its_communes(
    tmp_path: Path, places: Gazetteer
) -> None:
    config = good(written(tmp_path), places)
    assert [view.slug for view in config.views] == [
        "boulogne-billancourt",
        "chaville",
        "issy-les-moulineaux",
        "marnes-la-coquette",
        "meudon",
        "sevres",
        "vanves",
        "ville-d-avray",
    ]
    sevres = config.view("sevres")
    assert sevres is not None
    assert (sevres.title, sevres.territory) == ("Sèvres", "fr:commune:92072")
    assert config.title == "Grand Paris Seine Ouest"


def test_a_source_knows_its_id_by_its_file_and_inherits_the_common_settings(
    tmp_path: Path,
) -> None:
    main = MAIN + 'schedule = "hourly"\n[http]\nretries = 7\npause = 1.5\n[guard]\ngrace = 5\n'
    config = good(written(tmp_path, main, ville_issy=ISSY + "[http]\nretries = 1\n"))
    (source,) = config.sources
    assert source.id == "ville-issy"
    assert source.schedule == "hourly"
    assert (source.http.retries, source.http.pause) == (1, 1.5)
    assert (source.guard.grace, source.guard.threshold) == (5, 0.20)


def test_a_misspelt_setting_is_told_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    path = written(tmp_path, MAIN + "\n[web]\npage_sise = 100\n")
    assert said(path) == [
        "config.toml:4: réglage inconnu « page_sise » : vouliez-vous dire « page_size » ?"
    ]


def test_errors_of_all_files_come_together(tmp_path: Path) -> None:
    path = written(
        tmp_path, "territory = 3\n", a="name = Issy\n", b=ISSY.replace("commune", "comune", 1)
    )
    places_named = [line.split(":", 2)[0] for line in said(path)]
    assert places_named == ["config.toml", "sources/a.toml", "sources/b.toml"]
    with pytest.raises(ConfigurationError) as raised:
        good(path)
    assert len(str(raised.value).splitlines()) == 3


def test_the_environment_wins_over_the_files(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n", encoding="utf-8")
    config = good(
        written(tmp_path, MAIN, ville_issy=ISSY),
        environ={
            "HARVESTER_WEB__PORT": "9000",
            "HARVESTER_DATABASE": "postgresql://h@db/h",
            "HARVESTER_SOURCES__VILLE_ISSY__HTTP__TOKEN_FILE": str(secret),
        },
    )
    assert config.web.port == 9000
    assert config.database == "postgresql://h@db/h"
    assert config.sources[0].http.token == "s3cret"


def test_relative_addresses_are_read_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.ttl").write_text("", encoding="utf-8")
    text = ISSY.replace("https://data.example.org/catalog.ttl", "data/a.ttl")
    config = good(written(tmp_path, MAIN, issy=text))
    assert config.sources[0].url == (tmp_path / "data" / "a.ttl").as_uri()
    assert config.database == f"sqlite:///{tmp_path}/var/harvester.sqlite"
