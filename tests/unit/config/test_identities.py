"""What `harvester check` says of colours, servers, publishers and signing in."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.config import check
from harvester.config.colours import contrast, on, readable
from harvester.territory import load

PLACES = load()
MAIN = 'territory = "fr:epci:200057974"\nbase_url = "https://donnees.gpso.fr"\n'
ISSY = "[views.issy-les-moulineaux]\n"
OIDC = """[access.oidc]
issuer = "https://connexion.gpso.fr"
client_id = "catalogue"
client_secret = "s"
[access.oidc.views]
agents = "issy-les-moulineaux"
"""


def said(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "config.toml"
    path.write_text(MAIN + text, "utf-8")
    found = check(path, {}, PLACES, environ=environ or {})
    return [str(finding).replace(f"{path.parent}/", "") for finding in found]


@pytest.mark.parametrize(
    ("written", "line", "expected"),
    [
        (
            'colour = "#ffd400"\ntext_colour = "#ffffff"\n',
            5,
            "« text_colour » : #ffffff ne se lit pas sur #ffd400 (contraste 1,4, il faut au moins 4,5) ; #000000 s'y lit.",
        ),
        (
            'link_colour = "#8899aa"\n',
            4,
            "« link_colour » : #8899aa ne se lit pas sur fond clair (contraste 2,7 sur #f4f6f8",
        ),
        ('colour = "#ffd400"\n', 4, "« colour » : #ffd400 se voit mal sur fond blanc (contraste 1,4"),
        ('themes = ["ENVI", "ENVI"]\n', 4, "le même thème y est deux fois"),
        ('themes = ["ENVY"]\n', 4, "vouliez-vous dire « ENVI »"),
        ('language = "frr"\n', 4, "« frr » n'est pas possible"),
        ('publisher = "fr:epci:200057975"\n', 4, "« publisher » : aucun territoire n'a le code"),
        ('publisher_siret = "217500016"\n', 4, "« publisher_siret » : de qui ?"),
        ('custodian = " "\n', 4, "« custodian » ne peut pas être vide"),
        (
            'custodian = "fr:epci:200057974"\ncustodian_siret = "200057974"\n',
            5,
            "« custodian_siret » est inutile",
        ),
        ('base_url = "data.issy.fr"\n', 4, "n'est pas une adresse complète"),
        ('base_url = "https://data.issy.fr/?x=1"\n', 4, "un nom de serveur et un chemin, rien de plus"),
        ('base_url = "https://DONNEES.gpso.fr:443/issy"\n', 4, "« donnees.gpso.fr » est déjà l'adresse du territoire"),
        ('hosts = ["https://data.issy.fr"]\n', 4, "n'est pas un nom de serveur"),
        (
            'hosts = ["data.issy.fr"]\n[views.meudon]\nbase_url = "https://data.issy.fr"\n',
            6,
            "« data.issy.fr » est déjà celui de [views.issy-les-moulineaux]",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_identity_is_told_by_line(
    tmp_path: Path, written: str, line: int, expected: str
) -> None:
    finding = said(tmp_path, ISSY + written)[-1]
    assert finding.startswith(f"config.toml:{line}: ")
    assert expected in finding


def test_a_complete_identity_is_nothing_to_talk_about(tmp_path: Path) -> None:
    assert (
        said(
            tmp_path,
            'colour = "#00695c"\nlink_colour = "#00695c"\ntext_colour = "#ffffff"\nthemes = ["TRAN"]\n'
            + ISSY
            + 'colour = "#ffd400"\nlink_colour = "#7a5c00"\nlanguage = "br"\npublisher = "Issy Média"\n'
            'publisher_siret = "39139389600026"\nbase_url = "https://data.issy.fr"\nhosts = ["issy.example:8443"]\n'
            + OIDC,
        )
        == []
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('issuer = "https://connexion.gpso.fr"\n', "", "« issuer » manque"),
        ("https://connexion", "http://connexion", "n'est pas une adresse https"),
        ('client_id = "catalogue"\n', "", "« client_id » manque"),
        ('client_secret = "s"\n', "", "« client_secret » manque ; donnez-le par HARVESTER_ACCESS__OIDC"),
        ('agents = "issy-les-moulineaux"', 'agents = "issy"', "aucune ville ne s'appelle « issy »"),
        ('agents = "issy-les-moulineaux"', 'agents = ""', "Pour tout le territoire : « * »"),
        ('client_secret = "s"\n', 'client_secret = "s"\nscopes = ["profile"]\n', "« openid » est nécessaire"),
    ],
)  # fmt: skip
def test_what_is_missing_for_signing_in_is_told(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert OIDC.count(old) == 1
    findings = said(tmp_path, OIDC.replace(old, new))
    assert [finding for finding in findings if expected in finding]


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s\n")
    text = OIDC.replace('client_secret = "s"\n', "")
    assert said(tmp_path, text, {"HARVESTER_ACCESS__OIDC__CLIENT_SECRET_FILE": str(secret)}) == []


@pytest.mark.parametrize(
    "colour", [f"#{n:02x}{255 - n:02x}{n // 2:02x}" for n in range(0, 256, 15)]
)
def test_text_on_any_colour_and_links_of_any_colour_can_be_read(colour: str) -> None:
    assert contrast(colour, on(colour)) >= 4.5
    assert contrast(readable(colour), "#f4f6f8") >= 4.5
