"""Agents sign in with a provider of identities, and are shown the catalogues that their groups open."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey

from harvester import log
from tests.leaks import BASE, World
from tests.portal import Portal
from tests.provider import SECRET, Provider
from tests.published import Client
from tests.territory import Territory

ISSY, MEUDON = "/villes/issy-les-moulineaux/", "/villes/meudon/"
VIEWS = '{ "agents-issy" = "issy-les-moulineaux", "sig-gpso" = "*" }'


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as made:
        yield made


@pytest.fixture
def world(tmp_path: object, portal: Portal, provider: Provider) -> Iterator[World]:
    territory = Territory(
        tmp_path / "t", f"sqlite:///{tmp_path}/h.sqlite", provider.settings(VIEWS)
    )  # type: ignore[operator]
    territory.configure(territory.settings)
    yield World(territory, portal)
    territory.close()


def signed_in(http: Client, provider: Provider, path: str = "/connexion") -> object:
    """Follow the way of a browser; the answer of our own address at its end."""
    away = http.get(path)
    assert away.status_code == 303, away.text
    assert away.headers["cache-control"] == "no-store"
    return http.get(provider.consent(away.headers["location"]))


def shows(http: Client, path: str) -> bool:
    answer = http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    inside = "Catalogue des agents" in answer.text
    assert ("private" in answer.headers["cache-control"]) is inside
    assert not (inside and "access-control-allow-origin" in answer.headers)
    assert "Cookie" in answer.headers["vary"]
    assert ("kanarirrecordtitle" in answer.text) is inside
    return inside


def test_an_agent_signs_in_sees_what_the_group_opens_and_signs_out(
    world: World, provider: Provider
) -> None:
    http = world.client()
    page = http.get(ISSY, headers={"Accept": "text/html"}).text
    link = re.search(r'href="(https://donnees.gpso.example/connexion[^"]*)"', page)
    assert link is not None
    provider.claims["groups"] = ["agents-issy", "cantine"]
    back = signed_in(http, provider, link[1].removeprefix(BASE).replace("&amp;", "&"))
    assert back.headers["location"] == BASE + ISSY  # type: ignore[attr-defined]
    for cookie in back.headers.get_list("set-cookie"):  # type: ignore[attr-defined]
        assert "HttpOnly" in cookie
        assert "Secure" in cookie
        assert "SameSite=lax" in cookie
        assert "cantine" not in cookie
    http.cookies.clear()
    http.cookies.set("harvester_session", _session(back), domain="donnees.gpso.example")
    assert shows(http, ISSY)
    assert "kanarirrecordtitle" in http.get(f"{ISSY}catalog.ttl").text
    assert "kanari" not in http.get("/catalog-full.ttl").text
    assert "kanari" not in http.get(f"{MEUDON}catalog-full.ttl").text
    out = http.post("/deconnexion")
    assert out.status_code == 303
    assert 'harvester_session=""' in out.headers["set-cookie"]


def _session(answer: object) -> str:
    written = "; ".join(answer.headers.get_list("set-cookie"))  # type: ignore[attr-defined]
    return re.search(r"harvester_session=([^;]+)", written)[1]  # type: ignore[index]


def test_a_group_may_open_the_whole_territory_and_one_without_opens_nothing(
    world: World, provider: Provider
) -> None:
    provider.claims["groups"] = ["sig-gpso"]
    http = world.client()
    assert signed_in(http, provider).headers["location"] == f"{BASE}/"  # type: ignore[attr-defined]
    assert shows(http, "/")
    assert shows(http, ISSY)
    provider.claims["groups"] = ["cantine"]
    other = world.client()
    refused = signed_in(other, provider)
    assert refused.status_code == 403  # type: ignore[attr-defined]
    assert "aucun catalogue" in refused.text  # type: ignore[attr-defined]
    assert not shows(other, ISSY)


def test_a_change_of_the_configuration_counts_for_sessions_at_once(
    world: World, provider: Provider
) -> None:
    provider.claims["groups"] = ["agents-issy"]
    http = world.client()
    session = _session(signed_in(http, provider))
    world.territory.configure(provider.settings('{ "agents-issy" = "meudon" }'))
    again = world.client()
    again.cookies.set("harvester_session", session, domain="donnees.gpso.example")
    assert not shows(again, ISSY)
    world.territory.configure(
        provider.settings(VIEWS).replace(SECRET, "un autre secret, tout aussi long que le premier")
    )
    other = world.client()
    other.cookies.set("harvester_session", session, domain="donnees.gpso.example")
    assert not shows(other, ISSY)


@pytest.mark.parametrize("signed", [False, True])
def test_groups_may_stand_deeper_or_where_the_provider_says_who_the_person_is(
    world: World, provider: Provider, signed: bool
) -> None:
    world.territory.configure(provider.settings(VIEWS, claim="realm_access.roles"))
    provider.claims = {"realm_access": {"roles": ["agents-issy"]}}
    http = world.client()
    signed_in(http, provider)
    assert shows(http, ISSY)
    provider.claims = {}
    provider.userinfo = {"realm_access": {"roles": ["agents-issy"]}}
    provider.signed_userinfo = signed
    http = world.client()
    signed_in(http, provider)
    assert shows(http, ISSY)


@pytest.mark.parametrize(
    ("lie", "value"),
    [
        ("iss", "https://ailleurs.example"),
        ("aud", "un autre service"),
        ("exp", 1_000_000_000),
        ("nonce", "un autre"),
        ("nonce", None),
        ("sub", None),
        ("azp", "un autre service"),
        ("at_hash", "d'un autre jeton"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_opens_nothing(
    world: World, provider: Provider, lie: str, value: object
) -> None:
    said = io.StringIO()
    log.set_up("json", "info", said)
    provider.claims["groups"] = ["sig-gpso"]
    provider.lies = {lie: value}
    http = world.client()
    refused = signed_in(http, provider)
    assert refused.status_code == 403  # type: ignore[attr-defined]
    assert "harvester_session" not in " ".join(refused.headers.get_list("set-cookie"))  # type: ignore[attr-defined]
    assert "sign_in_failed" in said.getvalue()
    assert not shows(http, ISSY)


def test_a_token_that_the_provider_did_not_sign_opens_nothing_and_its_new_keys_are_asked_for(
    world: World, provider: Provider
) -> None:
    provider.claims["groups"] = ["sig-gpso"]
    http = world.client()
    signed_in(http, provider)
    provider.signing = RSAKey.generate_key(2048, {"kid": "1"})
    assert signed_in(world.client(), provider).status_code == 403  # type: ignore[attr-defined]
    provider.key, provider.signing = provider.signing, None
    signed_in(http, provider)
    assert shows(http, "/")


def test_only_the_browser_that_began_can_end_signing_in(world: World, provider: Provider) -> None:
    provider.claims["groups"] = ["sig-gpso"]
    http, other = world.client(), world.client()
    there = provider.consent(http.get("/connexion").headers["location"])
    assert other.get(there).status_code == 400
    assert http.get(re.sub(r"state=[^&]+", "state=autre", there)).status_code == 400
    assert http.get(re.sub(r"iss=[^&]+", "iss=autre", there)).status_code == 400
    assert http.get(there.replace("code=", "error=access_denied&x=")).status_code == 403
    assert http.get(there).status_code == 303
    assert http.get(there).status_code == 400, "a sign-in ends once"


@pytest.mark.parametrize(
    "place", ["//ailleurs.example", "https://ailleurs.example", "/\\ailleurs", "/a\n"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    world: World, provider: Provider, place: str
) -> None:
    provider.claims["groups"] = ["sig-gpso"]
    http = world.client()
    away = http.get("/connexion", params={"vers": place})
    back = http.get(provider.consent(away.headers["location"]))
    assert back.headers["location"] == f"{BASE}/"


@pytest.mark.parametrize(
    "session", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJncm91cHMiOlsic2lnLWdwc28iXX0."]
)
def test_a_session_that_we_did_not_sign_is_nobody_s(world: World, session: str) -> None:
    http = world.client()
    http.cookies.set("harvester_session", session, domain="donnees.gpso.example")
    assert "kanari" not in http.get("/catalog-full.ttl").text
    assert "private" not in http.get("/").headers["cache-control"]


def test_a_provider_that_does_not_answer_costs_only_signing_in(
    world: World, provider: Provider
) -> None:
    provider.portal.answer("/realms/agents/.well-known/openid-configuration", status=500)
    http = world.client()
    answer = http.get("/connexion", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "n’a pas abouti" in answer.text
    assert not shows(http, ISSY)


def test_on_a_city_s_own_server_agents_sign_in_there(world: World, provider: Provider) -> None:
    own = '[views.issy-les-moulineaux]\nbase_url = "https://data.issy.example"\n'
    world.territory.configure(provider.settings(VIEWS) + own)
    provider.claims["groups"] = ["agents-issy"]
    http = world.client()
    http.base_url = "https://data.issy.example"
    back = signed_in(http, provider)
    assert back.headers["location"] == "https://data.issy.example/"  # type: ignore[attr-defined]
    assert shows(http, "/")
    http.base_url = BASE
    assert not shows(http, ISSY), "the cookie is of the other server"
