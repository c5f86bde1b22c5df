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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("port = 9000", "réglage inconnu ici « port » : il s'écrit dans la table [web]."),
        ('workers = "deux"', "« workers » : un nombre entier est attendu, et non « deux »."),
        ("workers = -1", "« workers » : doit être au moins 0, et non -1."),
        ('colour = "rouge"', "une couleur est attendue, comme #1d4f91"),
        ('base_url = "catalogue.example.org"', "n'est pas une adresse complète"),
        ('base_url = "https://x.example/?a=1"', "l'adresse s'arrête avant « ? » et « # »"),
        ('database = "postgres://h/b"', "vouliez-vous dire « postgresql » ?"),
        ('[log]\nlevel = "warn"', "vouliez-vous dire « warning » ?"),
        ('[views.sevre]\ntitle = "S"', "vouliez-vous dire « sevres » ?"),
        ('[views."Ville d\'Avray"]\ntitle = "V"', "un nom de ville s'écrit en minuscules"),
        ('[views.parc]\nterritory = "fr:commune:00000"', "aucun territoire n'a le code"),
        ("[http]\nread_timeout = 0", "« read_timeout » : doit être supérieur à 0, et non 0."),
        ('[http]\ntoken = "x"', "un jeton se donne pour une source"),
        ('[sources.issy]\nname = "x"', "une source s'écrit dans un fichier à elle"),
    ],
)
def test_each_mistake_in_config_toml_is_told_once_and_on_its_line(
    tmp_path: Path, places: Gazetteer, line: str, expected: str
) -> None:
    (told,) = said(written(tmp_path, MAIN + line + "\n"), places)
    assert expected in told
    last = not line.startswith(("[views", "[sources")) or "territory" in line
    assert told.startswith(f"config.toml:{1 + len(line.splitlines()) if last else 2}: ")


@pytest.mark.parametrize(
    ("before", "after", "line", "expected"),
    [
        ('kind = "dcat"', 'kind = "dact"', 2, "vouliez-vous dire « dcat » ?"),
        ("https:", "ftp:", 3, "l'adresse commence par https:, http: ou file:"),
        ("https://", "https://me:secret@", 3, "pas de mot de passe dans une adresse"),
        ('"commune"', '"comune"', 4, "vouliez-vous dire « commune » ?"),
        ("fr:commune:92040", "92040", 5, "« fr:commune:92040 » (Issy-les-Moulineaux) ?"),
        ("fr:commune:92040", "Issy-les-Moulineaux", 5, "« fr:commune:92040 »"),
        ("fr:commune:92040", "fr:epci:92", 5, "« fr:departement:92 » (Hauts-de-Seine) ?"),
        ("fr:commune:92040", "fr:commune:92130", 5, "aucun territoire n'a le code"),
        ("fr:commune:92040", "fr:epci:219200409", 5, "« fr:commune:92040 »"),
        ('name = "Ville d\'Issy-les-Moulineaux"\n', "", 1, "« name » manque"),
    ],
)
def test_each_mistake_in_a_source_is_told_once_and_on_its_line(
    tmp_path: Path, places: Gazetteer, before: str, after: str, line: int, expected: str
) -> None:
    (told,) = said(written(tmp_path, issy=ISSY.replace(before, after)), places)
    assert expected in told
    assert told.startswith(f"sources/issy.toml:{line}: ")
    assert "secret" not in told


def test_options_exclusions_mappings_and_schedules_are_checked_too(tmp_path: Path) -> None:
    text = ISSY + (
        'schedule = "tous les jours"\nmapping = "opendatasof"\n'
        '[exclude]\ntitles = [\n  "ok",\n  "(",\n]\n[options]\npage_sise = 10\n'
    )

    def schedule(written: str) -> None:
        if written != "daily":
            raise ValueError(f"« {written} » n'est pas un horaire")

    told = said(
        written(tmp_path, issy=text),
        schedule=schedule,
        builtin_mappings=["dcat", "opendatasoft"],
    )
    assert [line.split(": ", 1)[0] for line in told] == [
        f"sources/issy.toml:{number}" for number in (6, 7, 11, 14)
    ]
    assert "vouliez-vous dire « opendatasoft » ?" in told[1]
    assert "vouliez-vous dire « page_size » ?" in told[3]


def test_what_is_wrong_in_a_mapping_is_told_at_its_place(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "dcat.toml").write_text(
        '[dataset]\ntitle = "dct:title | nettoie"\n', encoding="utf-8"
    )

    def mappings(documents: object) -> list[tuple[str, tuple[str, ...], str]]:
        assert documents == {"dcat": {"dataset": {"title": "dct:title | nettoie"}}}
        return [("dcat", ("dataset", "title"), "unknown cleaner"), ("ckan", (), "broken")]

    assert said(path, mappings=mappings) == [
        "mappings/dcat.toml:2: unknown cleaner",
        "mapping ckan: broken",
    ]


def test_an_unreadable_source_does_not_hide_the_others_nor_its_variables(tmp_path: Path) -> None:
    path = written(tmp_path, issy="name =\n", vanves=ISSY.replace("https:", "ftp:"))
    told = said(path, environ={"HARVESTER_SOURCES__ISSY__HTTP__TOKEN": "t"})
    assert [line.split(":")[0] for line in told] == ["sources/issy.toml", "sources/vanves.toml"]


def test_a_source_with_a_name_for_no_url_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "sources" / "Ville d'Issy.toml").write_text(ISSY, encoding="utf-8")
    (told,) = said(path)
    assert "le nom de ce fichier s'écrit en minuscules" in told


def test_a_missing_configuration_is_told_by_name(tmp_path: Path) -> None:
    (told,) = said(tmp_path / "config.toml")
    assert told == "config.toml: ce fichier n'existe pas."


def test_a_folder_stands_for_its_config_toml(tmp_path: Path) -> None:
    written(tmp_path, issy=ISSY)
    assert good(tmp_path).sources[0].id == "issy"


def test_two_sources_with_one_address_may_take_different_parts_of_it(tmp_path: Path) -> None:
    a, b = (f"{ISSY}[options]\npage_size = {size}\n" for size in (10, 20))
    path = written(tmp_path, a=a, b=b, c=b)
    assert said(path) == ["sources/c.toml: attention, même adresse que sources/b.toml."]


def test_two_sources_with_one_address_and_a_missing_file_are_warnings(tmp_path: Path) -> None:
    path = written(tmp_path, a=ISSY, b=ISSY, c=ISSY.replace("https://data.example.org", "nowhere"))
    told = said(path)
    assert len(told) == 2
    assert any("même adresse que sources/a.toml" in line for line in told)
    assert any("« nowhere/catalog.ttl » n'existe pas" in line for line in told)
    assert len(good(path).sources) == 3


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HARVESTER_WEB__PROT": "1"}, "HARVESTER_WEB__PROT: réglage inconnu « prot »"),
        ({"HARVESTER_DATABSE": "x"}, "vouliez-vous dire « database » ?"),
        ({"HARVESTER_WEB__PORT": "abc"}, "HARVESTER_WEB__PORT: « port » : un nombre entier"),
        ({"HARVESTER_SOURCES__ISY__NAME": "x"}, "vouliez-vous dire « issy » ?"),
        ({"HARVESTER_DATABASE_FILE": "/nowhere"}, "HARVESTER_DATABASE_FILE: le fichier"),
        ({"HARVESTER_SOURCES__ISSY__EXCLUDE__TITLES": "[1"}, "pas du TOML valable"),
        ({"HARVESTER_SOURCES": "x"}, "source inconnue"),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path, variables: dict[str, str], expected: str
) -> None:
    (told,) = said(written(tmp_path, issy=ISSY), environ=variables)
    assert expected in told


def test_variables_reach_lists_tables_and_options_of_a_source(tmp_path: Path) -> None:
    config = good(
        written(tmp_path, issy=ISSY),
        environ={
            "HARVESTER_SOURCES__ISSY__EXCLUDE__PUBLISHERS": '["A", "B"]',
            "HARVESTER_SOURCES__ISSY__OPTIONS__PAGE_SIZE": "5",
            "HARVESTER_SOURCES__ISSY__HTTP__HEADERS": '{"X-Key" = "k"}',
            "HARVESTER_TEST_ANYTHING": "is not ours",
            "HARVESTER_CONFIG": "neither",
            "OTHER": "nor",
        },
    )
    (source,) = config.sources
    assert source.exclude.publishers == ("A", "B")
    assert source.options == {"page_size": "5"}
    assert source.http.headers == {"X-Key": "k"}


def test_a_variable_refines_a_city(tmp_path: Path, places: Gazetteer) -> None:
    variables = {"HARVESTER_VIEWS__VILLE_D_AVRAY__TITLE": "Avray en données"}
    view = good(written(tmp_path), places, environ=variables).view("ville-d-avray")
    assert view is not None
    assert view.title == "Avray en données"


def test_secrets_do_not_show_in_what_is_printed(tmp_path: Path) -> None:
    config = good(
        written(tmp_path, issy=ISSY),
        environ={
            "HARVESTER_DATABASE": "postgresql://h:s3cret@db/h",
            "HARVESTER_SOURCES__ISSY__HTTP__TOKEN": "s3cret",
        },
    )
    assert "s3cret" not in repr(config)


def test_views_are_refined_added_and_left_out(tmp_path: Path, places: Gazetteer) -> None:
    main = MAIN + (
        '[views.meudon]\ntitle = "Meudon ouvre ses données"\ncolour = "#aa0000"\n'
        "[views.vanves]\nenabled = false\n"
        '[views.metropole]\nterritory = "fr:epci:200054781"\n'
    )
    config = good(written(tmp_path, main), places)
    meudon, metropole = config.view("meudon"), config.view("metropole")
    assert meudon is not None
    assert metropole is not None
    assert (meudon.title, meudon.colour) == ("Meudon ouvre ses données", "#aa0000")
    assert metropole.title == "Métropole du Grand Paris"
    assert config.view("vanves") is None
    whole = config.view("")
    assert whole is not None
    assert whole.territory == config.territory


def test_a_former_code_becomes_the_one_of_today(tmp_path: Path, places: Gazetteer) -> None:
    text = ISSY.replace("fr:commune:92040", "fr:commune:75040")
    assert good(written(tmp_path, issy=text), places).sources[0].territory == "fr:commune:92040"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:data/a.ttl", "{here}/data/a.ttl"),
        ("file:///srv/a.ttl", "file:///srv/a.ttl"),
        ("../beside/a b.ttl", "{parent}/beside/a%20b.ttl"),
        ("https://x.example/a?b=c", "https://x.example/a?b=c"),
    ],
)
def test_addresses_are_made_absolute(tmp_path: Path, url: str, expected: str) -> None:
    text = ISSY.replace("https://data.example.org/catalog.ttl", url)
    config = good(written(tmp_path, issy=text))
    assert config.sources[0].url == expected.format(
        here=tmp_path.as_uri(), parent=tmp_path.parent.as_uri()
    )


def test_what_views_list_is_said_for_all_and_for_one(tmp_path: Path, places: Gazetteer) -> None:
    text = MAIN + (
        '[selection]\nwhole = ["epci"]\n[selection.include]\nthemes = ["ENVI"]\n[views.meudon]\nwhole = ["etat"]\n'
        '[views.meudon.include]\nthemes = ["TRAN"]\nsources = ["issy"]\n'
    )
    config = good(written(tmp_path, text, issy=ISSY), places)
    meudon, sevres = config.view("meudon"), config.view("sevres")
    assert meudon is not None
    assert sevres is not None
    assert (meudon.whole, sevres.whole) == (("etat",), ("epci",))
    assert (meudon.include.themes, sevres.include.themes) == (("ENVI", "TRAN"), ("ENVI",))
    assert meudon.include.sources == ("issy",)


def test_mistakes_in_what_views_list_are_told_on_their_lines(
    tmp_path: Path, places: Gazetteer
) -> None:
    text = MAIN + (
        '[selection]\nwhole = [\n  "epci",\n  "regoin",\n]\n[selection.exclude]\ntitles = ["("]\n'
        '[views.meudon.include]\nsources = ["isy"]\nthemes = ["ENVY"]\n'
    )
    assert said(written(tmp_path, text, issy=ISSY), places) == [
        "config.toml:5: « whole » : « regoin » n'est pas possible : vouliez-vous dire « region » ? "
        "Valeurs possibles : epci, departement, region, etat.",
        "config.toml:8: « ( » n'est pas une expression régulière, à partir du caractère 0.",
        "config.toml:10: aucun fichier de sources/ ne s'appelle « isy.toml » : vouliez-vous dire « issy » ?",
        "config.toml:11: « themes » : « ENVY » n'est pas possible : vouliez-vous dire « ENVI » ? "
        "Valeurs possibles : AGRI, ECON, EDUC, ENER, ENVI, GOVE, HEAL, INTR, JUST, OP_DATPRO, REGI, SOCI, TECH, TRAN.",
    ]


def test_another_name_that_means_no_portal_is_told_with_what_was_probably_meant(
    tmp_path: Path,
) -> None:
    main = f'{MAIN}[links.aliases]\n"ancien.example.org" = "isy"\n'
    [found] = said(written(tmp_path, main, issy=ISSY))
    assert found.startswith("config.toml:3: « isy » n'est ni une source")
    assert found.endswith("vouliez-vous dire « issy » ?")
    for portal in ("issy", "data.example.org"):
        assert not said(written(tmp_path, main.replace("isy", portal), issy=ISSY))
