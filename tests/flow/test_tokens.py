"""Agents' tokens, from the command that makes one to the one that takes it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harvester.store import tokens
from harvester.web import app
from harvester.web.readers import stored_curators
from tests.flow.test_commands import harvester
from tests.portal import Portal
from tests.published import Client, Counters
from tests.territory import Territory, dataset, gazetteer, turtle


@pytest.fixture
def folder(tmp_path: Path, portal: Portal) -> Territory:
    made = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/h.sqlite")
    made.source("interne", portal, more='access = "restricted"')
    portal.answer("/catalog.ttl", turtle(dataset("a", "Interne")), media_type="text/turtle")
    made.run("interne")
    return made


def web(folder: Territory) -> Client:
    return Client(app(folder.config, folder.store, Counters(), gazetteer()))


def test_a_token_is_shown_once_opens_its_catalogue_and_is_taken_back_at_once(
    folder: Territory,
) -> None:
    done = harvester(folder, "token", "create", "--view", "meudon", "--label", "SIG de Meudon")
    token = done.stdout.strip()
    assert token not in done.stderr
    [kept] = folder.sql("SELECT * FROM token")
    assert token.rpartition("_")[2] not in repr(kept)
    http, headers = web(folder), {"Authorization": f"Bearer {token}"}
    path = "/villes/meudon/catalog.ttl"
    assert "Interne" in http.get(path, headers=headers).text
    assert "Interne" not in http.get(path).text
    [line] = harvester(folder, "token", "list", "--json").stdout.splitlines()
    listed = json.loads(line)
    assert token.rpartition("_")[2] not in line
    assert (listed["view"], listed["label"], listed["state"]) == (
        "meudon",
        "SIG de Meudon",
        "valid",
    )
    assert listed["used"] is not None
    harvester(folder, "token", "revoke", listed["id"])
    refused = http.get(path, headers=headers)
    assert refused.status_code == 401
    assert "retiré" in refused.text
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert json.loads(harvester(folder, "token", "list", "--json").stdout)["state"] == "revoked"


def test_the_beginning_of_a_city_s_name_is_enough_where_it_is_one_s_alone(
    folder: Territory,
) -> None:
    made = harvester(folder, "token", "create", "--view", "issy", "--label", "x", "--json")
    assert json.loads(made.stdout)["view"] == "issy-les-moulineaux"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--label", "x"), "--view <ville>"),
        (("--label", "x", "--view", "meudon", "--territory"), "--view <ville>"),
        (("--label", "x", "--view", "nulle"), "vue inconnue : nulle"),
        (("--label", " ", "--view", "meudon"), "--label"),
        (("--label", "x", "--view", "meudon", "--expires", "bientôt"), "ni une date"),
        (("--label", "x", "--view", "meudon", "--expires", "2020-01-01"), "est passé"),
    ],
)
def test_what_no_token_can_be_made_of_is_told(
    folder: Territory, arguments: tuple[str, ...], said: str
) -> None:
    done = harvester(folder, "token", "create", *arguments, code=2)
    assert said in done.stderr
    assert harvester(folder, "token", "list", "--json").stdout == ""


def test_an_unknown_token_cannot_be_revoked(folder: Territory) -> None:
    assert "zzz" in harvester(folder, "token", "revoke", "zzz", code=1).stderr


def test_tokens_are_known_by_all_of_their_characters(territory: Territory) -> None:
    with territory.store.write() as connection:
        made, written = tokens.create(connection, "", "x", "2999-01-01T00:00:00Z")
        other, _ = tokens.create(connection, "meudon", "y")
    with territory.store.read() as connection:
        assert tokens.known(connection, written) == made
        for wrong in (written[:-1], written + "A", written.upper(), made.id, "", "hvt__", "\x00"):
            assert tokens.known(connection, wrong) is None
        assert tokens.known(connection, written.replace(made.id, other.id)) is None
        assert {token.id for token in tokens.listed(connection)} == {made.id, other.id}
        assert [token.id for token in tokens.listed(connection, "meudon")] == [other.id]
    assert tokens.is_stale(made)
    with territory.store.write() as connection:
        tokens.touch(connection, made.id)
        assert tokens.revoke(connection, "nobody") is None
    with territory.store.read() as connection:
        [used] = tokens.listed(connection, "")
        assert not tokens.is_stale(used)
        assert used.state("2998-12-31T00:00:00Z") == "valid"
        assert used.state("2999-01-01T00:00:00Z") == "expired"


def test_other_schemes_are_a_proxy_s_and_answered_as_the_public(folder: Territory) -> None:
    answer = web(folder).get("/catalog.ttl", headers={"Authorization": "Basic eDp5"})
    assert answer.status_code == 200
    assert "Interne" not in answer.text


def test_a_curator_s_token_opens_the_pages_of_review_and_no_catalogue(folder: Territory) -> None:
    token = harvester(folder, "token", "create", "--curator", "--label", "Anne").stdout.strip()
    made = app(folder.config, folder.store, Counters(), gazetteer(), stored_curators(folder.store))
    http = Client(made, follow_redirects=False)
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get("/revue", headers=headers).status_code == 200
    assert http.get("/catalog.ttl", headers=headers).status_code == 401
    assert http.get("/revue").status_code == 303
    harvester(folder, "token", "revoke", token)
    assert http.get("/revue", headers=headers).status_code == 404
    assert http.get("/revue").status_code == 404, "without curators there are no such pages"


def test_a_catalogue_is_exported_as_the_public_or_as_agents_see_it(folder: Territory) -> None:
    assert "Interne" not in harvester(folder, "export", "--view", "meudon").stdout
    assert "Interne" in harvester(folder, "export", "--view", "meudon", "--agents").stdout
