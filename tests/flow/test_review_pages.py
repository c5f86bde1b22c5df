"""The curators' pages: for nobody else, by plain forms, attributed, never cached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harvester.run.clusters import Clusters
from harvester.run.decide import decide
from harvester.store import tokens
from harvester.web import app
from harvester.web.readers import stored_curators
from harvester.web.review import ROUTES
from tests.portal import Portal
from tests.published import Client, Counters
from tests.reviewing import OTHER, A, B, waiting
from tests.territory import Territory, gazetteer

BASE = "https://donnees.gpso.example"


@pytest.fixture
def pair(territory: Territory, portal: Portal) -> Territory:
    waiting(territory, portal, access="restricted")
    return territory


@dataclass(frozen=True)
class Curators:
    """Two of them, by their tokens."""

    territory: Territory
    anne: str
    paul: str

    def withdraw(self, *names: str) -> None:
        with self.territory.store.write() as connection:
            for name in names:
                tokens.revoke(connection, getattr(self, name).split("_")[1])


def token(territory: Territory, label: str, opens: tokens.Opens = "review") -> str:
    with territory.store.write() as connection:
        return tokens.create(connection, "", label, opens=opens)[1]


@pytest.fixture
def curators(pair: Territory) -> Curators:
    return Curators(pair, token(pair, "Anne"), token(pair, "Paul"))


@pytest.fixture
def visitor(pair: Territory, curators: Curators) -> Iterator[Client]:
    made = app(pair.config, pair.store, Counters(), gazetteer(), stored_curators(pair.store))
    with Client(made, base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def anne(visitor: Client, curators: Curators) -> Client:
    """Signed in."""
    answer = visitor.post("/revue/connexion", data={"jeton": curators.anne})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/revue")
    return visitor


def form(text: str) -> str:
    found = re.search(r'name="formulaire" value="([0-9a-f]+)"', text)
    assert found
    return found[1]


def first(client: Client) -> str:
    found = re.search(rf'href="{BASE}(/revue/\d+/\d+)', client.get("/revue").text)
    assert found
    return found[1]


def test_signing_in_sets_a_cookie_that_only_these_pages_get(
    visitor: Client, curators: Curators
) -> None:
    answer = visitor.post("/revue/connexion", data={"jeton": curators.anne})
    cookie = answer.headers["set-cookie"].lower()
    for flag in ("httponly", "samesite=strict", "secure", "path=/revue"):
        assert flag in cookie


def test_a_pair_is_shown_with_its_differences_bits_and_the_entry_it_would_be(anne: Client) -> None:
    assert OTHER in anne.get("/revue").text
    page = anne.get(first(anne)).text
    assert "<mark>notre</mark>" in page
    assert "même commune +2,1" in page
    assert "→ +2,4, à examiner" in page
    assert "(accès restreint)" in page
    assert "si elles sont réunies" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("verdict", "entries"), [("same", 3), ("different", 4), ("a-in-b", 4), ("b-in-a", 4)]
)
def test_a_word_is_taken_attributed_and_answered_with_a_redirect(
    anne: Client, pair: Territory, verdict: str, entries: int
) -> None:
    address = first(anne)
    data = {"formulaire": form(anne.get(address).text), "verdict": verdict, "note": "vu"}
    answer = anne.post(address, data=data)
    assert answer.status_code == 303
    assert len(pair.rows(audience="agents")) == entries
    [(by, note, said)] = pair.sql('SELECT "by", note, verdict FROM decision')
    assert (by, note) == ("Anne", "vu")
    assert said == {"same": "same", "different": "different"}.get(verdict, "part")
    after = anne.get(answer.headers["location"])
    assert "Décision notée" in after.text
    assert "Rien n’attend de décision." in after.text
    data["verdict"] = "undone"
    assert anne.post(address, data=data).status_code == 303
    assert len(pair.rows(audience="agents")) == 4
    assert first(anne) == address


def test_a_contradiction_is_told_on_the_page_and_the_note_is_not_lost(
    anne: Client, pair: Territory
) -> None:
    address = first(anne)
    clusters = Clusters.of(pair.config, gazetteer())
    other = B.replace("b0", "b1")
    decide(pair.store, clusters, "same", A, other, by="Paul")
    decide(pair.store, clusters, "different", B, other, by="Luc")
    data = {"formulaire": form(anne.get(address).text), "verdict": "same", "note": "vu <ensemble>"}
    answer = anne.post(address, data=data)
    assert answer.status_code == 409
    assert "en contredit d’autres" in answer.text
    assert "Paul" in answer.text
    assert "Luc" in answer.text
    assert "vu &lt;ensemble&gt;</textarea>" in answer.text
    assert len(pair.sql("SELECT id FROM decision")) == 2


def test_the_original_is_said_once_both_are_one(anne: Client, pair: Territory) -> None:
    address = first(anne)
    assert "est l’original" not in anne.get(address).text
    data = {"formulaire": form(anne.get(address).text)}
    anne.post(address, data={**data, "verdict": "same"})
    assert "B est l’original" in anne.get(address).text
    anne.post(address, data={**data, "verdict": "origin-b"})
    assert OTHER in pair.titles(audience="agents")
    assert anne.post(address, data={**data, "verdict": "peut-être"}).status_code == 400


@pytest.mark.parametrize("path", ["/revue/1/2", "/revue/999999/888888", "/revue/deconnexion"])
def test_to_strangers_no_pair_exists(visitor: Client, path: str) -> None:
    unknown = visitor.get("/nulle-part")
    for headers in ({}, {"Authorization": "Bearer faux"}, {"Cookie": "harvester_revue=faux"}):
        answer = visitor.post(path, headers=headers, data={"verdict": "same", "formulaire": "x"})
        assert (answer.status_code, answer.text) == (404, unknown.text)
        if "deconnexion" not in path:
            answer = visitor.get(path, headers=headers)
            assert (answer.status_code, answer.text) == (404, unknown.text)


def test_a_stranger_is_shown_the_door_and_no_other_token_opens_it(
    visitor: Client, pair: Territory
) -> None:
    assert visitor.get("/revue").headers["location"] == f"{BASE}/revue/connexion"
    assert "Votre jeton" in visitor.get("/revue/connexion").text
    for wrong in ("faux", token(pair, "agent", "catalogue")):
        answer = visitor.post("/revue/connexion", data={"jeton": wrong})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_without_any_curator_there_are_no_such_pages(visitor: Client, curators: Curators) -> None:
    curators.withdraw("anne", "paul")
    for path in ("/revue", "/revue/connexion"):
        assert visitor.get(path).status_code == 404
    assert visitor.post("/revue/connexion", data={"jeton": curators.anne}).status_code == 404


def test_a_token_that_was_withdrawn_opens_nothing_from_then_on(
    anne: Client, curators: Curators
) -> None:
    address = first(anne)
    curators.withdraw("anne")
    assert anne.get(address).status_code == 404
    assert anne.get("/revue").status_code == 303


def test_a_form_of_another_site_or_another_person_is_not_taken(
    anne: Client, pair: Territory, curators: Curators
) -> None:
    address = first(anne)
    good = form(anne.get(address).text)
    paul = form(anne.get("/revue", headers={"Authorization": f"Bearer {curators.paul}"}).text)
    assert paul != good
    for data, headers in (
        ({"verdict": "same"}, {}),
        ({"verdict": "same", "formulaire": paul}, {}),
        ({"verdict": "same", "formulaire": good}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert anne.post(address, data=data, headers=headers).status_code == 403
    assert anne.post(address, json={"verdict": "same"}).status_code == 415
    assert anne.post(address, data={"note": "x" * 30_000}).status_code == 413
    assert pair.sql("SELECT count(*) FROM decision") == [(0,)]


def test_programs_show_the_token_by_a_header_and_its_use_is_noted(
    visitor: Client, pair: Territory, curators: Curators
) -> None:
    headers = {"Authorization": f"Bearer {curators.anne}"}
    page = visitor.get("/revue", headers=headers).text
    address = re.search(rf'href="{BASE}(/revue/\d+/\d+)', page)
    assert address
    data = {"verdict": "same", "formulaire": form(page)}
    assert visitor.post(address[1], headers=headers, data=data).status_code == 303
    assert pair.sql("SELECT label FROM token WHERE used IS NOT NULL") == [("Anne",)]
    assert len(pair.rows(audience="agents")) == 3


def test_nothing_of_it_is_cached_or_indexed(anne: Client) -> None:
    for path in ("/revue", first(anne), "/revue/connexion"):
        answer = anne.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "etag" not in answer.headers
        assert 'name="robots" content="noindex' in answer.text


def test_signing_out_forgets_the_token(anne: Client) -> None:
    answer = anne.post("/revue/deconnexion", data={"formulaire": form(anne.get("/revue").text)})
    assert answer.headers["location"] == f"{BASE}/"
    assert anne.get("/revue").status_code == 303


def test_the_queue_is_filtered_by_source_and_catalogue(anne: Client) -> None:
    assert "1 paire à examiner" in anne.get("/revue?source=b&vue=meudon").text
    assert "0 paire à examiner" in anne.get("/revue?vue=sevres").text
    assert "1 paire à examiner" in anne.get("/revue?page=99999").text


def test_every_page_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "duplicates.md").read_text("utf-8")
    assert [route for route in ROUTES if f"`{route}`" not in text] == []
