"""A source that a person wants to add: whether it is there already, what it is called, what its file says."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.config import Config, Source
from harvester.config.writing import Draft, value, written
from harvester.fetch.recognise import Recognised
from harvester.run.newcomer import Wish, draft, identifier, twin
from harvester.run.whose import whose
from harvester.territory import load

GAZETTEER = load()
GPSO = "fr:epci:200057974"
CONFIG = Config.model_validate({"territory": GPSO})


def source(url: str, kind: str = "dcat", **options: Any) -> Source:
    return Source(
        id="connue", name="Connue", kind=kind, url=url, level="commune", territory="fr:commune:92040", options=options
    )  # fmt: skip


def recognised(url: str, kind: str = "dcat", **options: Any) -> Recognised:
    return Recognised(kind, url, ("une raison",), options)


@pytest.mark.parametrize(
    ("new", "known", "same"),
    [
        (
            recognised("https://data.issy.com", "opendatasoft"),
            source("https://data.issy.com/api/explore/v2.1/catalog/exports/dcat?lang=fr"),
            True,
        ),
        (recognised("https://www.data.issy.com/"), source("http://data.issy.com"), True),
        (recognised("https://data.issy.com"), source("https://data.meudon.fr"), False),
        (recognised("https://h.fr/ckan", "ckan"), source("https://h.fr/csw", "csw"), False),
        (recognised("https://h.fr/a.csv", "table"), source("https://h.fr/a.csv", "table"), True),
        (recognised("https://h.fr/a.csv", "table"), source("https://h.fr", "ckan"), False),
        (
            recognised("https://www.data.gouv.fr", "udata", organizations=["54d8"]),
            source("https://www.data.gouv.fr/api/1/organizations/54d8/catalog.xml?page_size=100"),
            True,
        ),
        (
            recognised("https://www.data.gouv.fr", "udata", organizations=["54d8"]),
            source("https://www.data.gouv.fr", "udata", organizations=["9999"]),
            False,
        ),
        (recognised("file:///a/b.ttl"), source("file:///a/b.ttl"), True),
        (recognised("file:///a/b.ttl"), source("file:///a/c.ttl"), False),
    ],
)
def test_the_same_portal_is_known_by_whatever_address(
    new: Recognised, known: Source, same: bool
) -> None:
    assert (twin(new, [known]) is known) is same


@pytest.mark.parametrize(
    ("new", "wish", "expected"),
    [
        (recognised("https://data.issy.com"), Wish(name="Ville d'Issy"), "ville-d-issy"),
        (recognised("https://data.meudon.fr"), Wish(), "meudon"),
        (recognised("https://data.cap-atlantique.fr"), Wish(), "cap-atlantique"),
        (recognised("https://opendata.hauts-de-seine.fr"), Wish(), "hauts-de-seine"),
        (recognised("file:///srv/Catalogue%20SIG.ttl"), Wish(), "catalogue-sig"),
    ],
)
def test_a_source_is_called_as_its_place_or_its_host(
    new: Recognised, wish: Wish, expected: str
) -> None:
    host = new.url.partition("://")[2].partition("/")[0]
    guess = whose(GAZETTEER, GPSO, host=host)
    assert identifier(new, wish, guess, GAZETTEER, []) == expected
    assert identifier(new, wish, guess, GAZETTEER, [expected]) == f"{expected}-dcat"


def test_a_city_s_organisation_of_data_gouv_fr_is_called_as_the_others_are() -> None:
    new = Recognised(
        "udata", "https://www.data.gouv.fr", (), {"organizations": ["x"]}, "Ville de Meudon"
    )
    guess = whose(GAZETTEER, GPSO, title=new.title)
    assert identifier(new, Wish(), guess, GAZETTEER, []) == "data-gouv-meudon"


def test_the_file_says_why_and_reads_back() -> None:
    guess = whose(GAZETTEER, GPSO, host="data.meudon.fr")
    wish = Wish(allow_hosts=("sig.interne",))
    new = recognised("https://data.meudon.fr", "ckan", organizations=["a"])
    text = written(draft(CONFIG, new, wish, guess, None, GAZETTEER))
    assert "porte le nom de fr:commune:92048 (Meudon)" in text.replace("\n# ", " ")
    assert tomllib.loads(text) == {
        "name": "Meudon",
        "kind": "ckan",
        "url": "https://data.meudon.fr",
        "level": "commune",
        "territory": "fr:commune:92048",
        "http": {"allow_hosts": ["sig.interne"]},
        "options": {"organizations": ["a"]},
    }


@given(st.text(max_size=40), st.lists(st.text(max_size=60), max_size=3))
def test_whatever_a_portal_calls_itself_its_file_can_be_read(
    name: str, comments: list[str]
) -> None:
    made = Draft(
        name, "dcat", "https://x.fr", "etat", "fr", head=comments, excluded=(name,), options={"a": [name]}
    )  # fmt: skip
    read = tomllib.loads(written(made))
    assert (read["name"], read["options"]) == (name, {"a": [name]})
    assert set(read) == {"name", "kind", "url", "level", "territory", "options"}


def test_settings_of_every_type_are_written_as_toml() -> None:
    held = {"a": True, "b": 3, "c": ["x", "y"], "d": {"e": "f"}, "g": 1.5}
    assert tomllib.loads(f"v = {value(held)}") == {"v": held}
