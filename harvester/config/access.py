"""Who may see the agents' catalogues besides the bearers of tokens."""

from __future__ import annotations

from pydantic import Field

from harvester.config.forms import Settings


class Oidc(Settings):
    """Connexion des agents par un fournisseur d'identité (OpenID Connect : Keycloak, ProConnect…)."""

    issuer: str = Field(
        "",
        description="Adresse du fournisseur, telle qu'il la donne (« issuer »). Vide : pas de connexion.",
    )
    client_id: str = Field("", description="Nom du service chez le fournisseur.")
    client_secret: str = Field(
        "",
        repr=False,
        description="Secret du service chez le fournisseur. Plutôt que de l'écrire ici, donnez-le par "
        "HARVESTER_ACCESS__OIDC__CLIENT_SECRET_FILE.",
    )
    scopes: tuple[str, ...] = Field(
        ("openid", "profile"), description="Ce qui est demandé au fournisseur."
    )
    claim: str = Field(
        "groups",
        description="Où le fournisseur dit les groupes ou rôles d'un agent ; un point mène plus loin "
        "(realm_access.roles).",
    )
    views: dict[str, str] = Field(
        {},
        description="Groupe ou rôle → catalogue qu'il ouvre : le nom court d'une ville, ou « * » pour tout le territoire.",
    )
    hours: float = Field(
        8,
        gt=0,
        le=168,
        description="Durée d'une connexion, en heures, avant d'en demander une autre.",
    )

    @property
    def enabled(self) -> bool:
        """Whether agents can sign in."""
        return bool(self.issuer)


class AccessSettings(Settings):
    """Accès des agents à leurs catalogues."""

    oidc: Oidc = Field(Oidc(), description="Connexion par un fournisseur d'identité.")
