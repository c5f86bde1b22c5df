"""What a catalogue's identity adds to its title, logo and colour: the same settings for a city and the territory."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harvester.config.forms import Colour, Settings, Siret

Theme = Literal[
    "AGRI",
    "ECON",
    "EDUC",
    "ENER",
    "ENVI",
    "GOVE",
    "HEAL",
    "INTR",
    "JUST",
    "REGI",
    "SOCI",
    "TECH",
    "TRAN",
]
"""The codes of the EU's data-theme table, which DCAT-AP asks for."""
Language = Literal["fr", "br", "ca", "co", "de", "en", "es", "eu", "it", "lb", "nl", "oc", "pt"]


class Identity(Settings):
    """How a catalogue presents itself, and who answers for it."""

    text_colour: Colour | None = Field(
        None,
        description="Couleur du texte posé sur la couleur principale (#rrvvbb). Sans indication, blanc ou noir : "
        "ce qui se lit le mieux.",
    )
    link_colour: Colour | None = Field(
        None,
        description="Couleur des liens sur fond blanc (#rrvvbb). Sans indication, la couleur principale, assombrie "
        "autant qu'il le faut.",
    )
    themes: tuple[Theme, ...] = Field(
        (),
        description="Thèmes à proposer d'abord, dans cet ordre (codes de la table européenne : ENVI, TRAN…) ; les "
        "autres suivent.",
    )
    language: Language = Field(
        "fr",
        description="Langue du catalogue, préférée là où une fiche en a plusieurs (fr, en, br…).",
    )
    publisher: str | None = Field(
        None,
        description="Qui publie ce catalogue : un code de territoire (fr:epci:200057974) ou un nom. Sans indication, "
        "la ville ; pour une ville sans portail à elle, l'intercommunalité, qui publie pour elle.",
    )
    publisher_siret: Siret | None = Field(
        None, description="SIREN ou SIRET de qui publie, quand il est donné par son nom."
    )
    custodian: str | None = Field(
        None,
        description="Qui tient ce catalogue pour elle, quand ce n'est pas qui le publie : un code de territoire ou "
        "un nom.",
    )
    custodian_siret: Siret | None = Field(
        None, description="SIREN ou SIRET de qui le tient, quand il est donné par son nom."
    )


class Address(Settings):
    """Where a city's catalogue answers besides its path under the territory's."""

    base_url: str | None = Field(
        None,
        description="Adresse propre du catalogue (https://data.ville.fr), quand il en a une en plus de /villes/<ville>/. "
        "Les identifiants des jeux de données restent ceux du territoire.",
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="Autres noms de serveur sous lesquels ce catalogue répond (« serveur » ou « serveur:port »).",
    )
