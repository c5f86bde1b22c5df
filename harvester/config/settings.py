"""The operator's files as frozen settings: what may be written, and what it becomes once checked.

`…File` classes are what a file says; the classes made of them (`Source`, `View`, `Config`) are complete:
defaults inherited, paths absolute, views filled from the gazetteer. Descriptions are French: editors show
them to those who write the files, and docs/sources.md is held against them by a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from harvester.config.access import AccessSettings
from harvester.config.forms import Colour, Settings, Slug, TerritoryCode, ViewSlug
from harvester.config.identity import Address, Identity
from harvester.model import Access

MERGE = "merge"
"""A file of mappings/ that is no mapping: which record speaks for an entry."""
COVERAGE = "coverage"
"""The other: what says which territory an entry is about."""

Level = Literal["commune", "epci", "departement", "region", "etat", "partner"]
Wide = Literal["epci", "departement", "region", "etat"]
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
    "OP_DATPRO",
    "REGI",
    "SOCI",
    "TECH",
    "TRAN",
]


class HttpDefaults(Settings):
    """Politesse et patience envers les portails. Durées en secondes, tailles en octets."""

    connect_timeout: float = Field(10, gt=0, description="Attente maximale d'une connexion.")
    read_timeout: float = Field(
        60, gt=0, description="Silence maximal du portail pendant sa réponse."
    )
    total_timeout: float = Field(600, gt=0, description="Durée maximale d'une réponse entière.")
    retries: int = Field(4, ge=0, description="Nouvelles tentatives après un échec passager.")
    backoff: float = Field(
        1.0,
        ge=0,
        description="Attente avant la première nouvelle tentative ; doublée à chacune des suivantes.",
    )
    pause: float = Field(
        0.0, ge=0, description="Temps minimal entre deux demandes à un même serveur."
    )
    concurrency: int = Field(
        2, ge=1, description="Demandes simultanées à un même serveur, au plus."
    )
    max_bytes: int = Field(
        512 * 1024 * 1024, gt=0, description="Taille maximale d'une réponse, telle que reçue."
    )
    max_decompressed_bytes: int = Field(
        2 * 1024 * 1024 * 1024, gt=0, description="Taille maximale d'une réponse décompressée."
    )
    max_ratio: float = Field(
        200, gt=1, description="Rapport maximal entre la taille décompressée et la taille reçue."
    )
    robots: bool = Field(False, description="Respecter le robots.txt du portail.")


class HttpSettings(HttpDefaults):
    """Les mêmes réglages pour une source, et ce qui ne concerne qu'elle."""

    allow_hosts: tuple[str, ...] = Field(
        (),
        description="Serveurs autorisés à répondre depuis une adresse privée ou locale "
        "(« serveur » ou « serveur:port »).",
    )
    headers: dict[str, str] = Field(
        {},
        repr=False,
        description="En-têtes ajoutés aux demandes, envoyés au seul serveur de la source.",
    )
    token: str | None = Field(
        None,
        repr=False,
        description="Jeton ou clé d'API, dans la forme que le genre demande, envoyé au seul serveur de la source. Plutôt que de "
        "l'écrire ici, donnez-le par HARVESTER_SOURCES__<SOURCE>__HTTP__TOKEN_FILE.",
    )


class Exclude(Settings):
    """Fiches qui ne sont pas reprises ; elles sont comptées comme exclues."""

    publishers: tuple[str, ...] = Field(
        (), description="Noms de producteurs, tels que le portail les écrit."
    )
    identifiers: tuple[str, ...] = Field((), description="Identifiants de jeux de données.")
    titles: tuple[str, ...] = Field(
        (), description="Expressions régulières, cherchées dans le titre."
    )


class Guard(Settings):
    """Quand croire un portail dont des fiches disparaissent."""

    threshold: float = Field(
        0.20,
        ge=0,
        le=1,
        description="Part des fiches (de 0 à 1) qui peut disparaître d'un coup ; au-delà, elles sont "
        "mises en quarantaine et restent publiées.",
    )
    grace: int = Field(
        2,
        ge=0,
        description="Nombre de moissons complètes pendant lesquelles une fiche doit manquer avant "
        "d'être retirée.",
    )


class SourceFile(Settings):
    """Une source : un portail, un catalogue ou un fichier à moissonner."""

    name: str = Field(min_length=1, description="Nom de la source, tel qu'il est affiché.")
    kind: str = Field(
        description="Genre de source : ckan, csw, datajson, dcat, ogcrecords, opendatasoft, table ou udata ; "
        "docs/sources.md dit lequel pour quel portail."
    )
    url: str = Field(
        min_length=1,
        description="Adresse du catalogue (https:…), fichier (file:…) ou chemin relatif au dossier "
        "de config.toml.",
    )
    level: Level = Field(
        description="Niveau du producteur : commune, epci, departement, region, etat ou partner."
    )
    territory: TerritoryCode = Field(
        description="Territoire décrit par la source : fr:commune:92040, fr:epci:200057974, "
        "fr:departement:92, fr:region:11 ou fr."
    )
    schedule: str | None = Field(
        None,
        description="Quand moissonner : « daily », « daily at 03:10 », « hourly », « every 6 hours », "
        "« weekly on monday at 04:00 » ou une ligne cron. Sans indication, celui de config.toml.",
    )
    mapping: str | None = Field(
        None,
        description="Nom du fichier de mappings/ (sans .toml). Sans indication, celui du genre.",
    )
    gathers: bool | None = Field(
        None,
        description="true : ce portail rassemble les jeux d'autres portails comme ses propres fiches et peut en montrer un "
        "deux fois ; false : chacune de ses fiches est un jeu à part. Sans indication : true pour le genre udata.",
    )
    access: Access = Field(
        "public",
        description="Qui voit ces données : public, restricted (agents) ou private (personne).",
    )
    enabled: bool = Field(True, description="false : la source n'est plus moissonnée.")
    exclude: Exclude = Field(Exclude(), description="Fiches à ne pas reprendre.")
    guard: Guard = Field(Guard(), description="Quand croire aux disparitions, pour cette source.")
    http: HttpSettings = Field(HttpSettings(), description="Réglages HTTP pour cette source.")
    ignore_parameters: tuple[str, ...] = Field(
        (), description="Paramètres d'URL qui changent à chaque export sans rien signifier."
    )
    options: dict[str, Any] = Field({}, description="Options propres au genre de la source.")


class Source(SourceFile):
    """One configured origin, complete. `id` is the file's name without `.toml`; `url` is absolute."""

    id: Slug
    schedule: str = "daily"

    @property
    def ignored(self) -> frozenset[str]:
        """`ignore_parameters` as addresses are compared with them: in lower case."""
        return frozenset(name.lower() for name in self.ignore_parameters)


class Choice(Settings):
    """Jeux de données désignés, pour les faire entrer dans une vue (include) ou les en écarter (exclude)."""

    identifiers: tuple[str, ...] = Field(
        (),
        description="Identifiants : ceux des portails ou ceux d'ici. Avec include, même ce qui ne concerne pas le territoire "
        "entre.",
    )
    sources: tuple[str, ...] = Field(
        (),
        description="Sources (noms de fichiers de sources/, sans .toml). Avec include, même ce qui ne concerne pas le "
        "territoire entre.",
    )
    publishers: tuple[str, ...] = Field(
        (), description="Noms de producteurs, sans égard aux majuscules ni aux accents."
    )
    themes: tuple[Theme, ...] = Field(
        (), description="Thèmes de données européens : ENVI, TRAN, EDUC…"
    )
    titles: tuple[str, ...] = Field(
        (), description="Expressions régulières, cherchées dans le titre."
    )


WHOLE: tuple[Wide, ...] = ("epci", "departement", "region")
"""Levels above a city's own whose entries come in entirely, unless somebody says otherwise."""


class SelectionRules(Settings):
    """Ce qui entre dans les catalogues des villes ; chaque vue peut dire autre chose."""

    whole: tuple[Wide, ...] = Field(
        WHOLE,
        description="Niveaux au-dessus de la ville (epci, departement, region, etat) dont les jeux entrent en entier ; "
        "des autres n'entre que ce qui nomme la ville, a un extrait pour elle ou est désigné par include.",
    )
    include: Choice = Field(Choice(), description="Ce qui entre en plus.")
    exclude: Choice = Field(
        Choice(), description="Ce qui n'entre pas, quoi que disent les autres règles."
    )


class ViewFile(Address, Identity):
    """Une ville : ce que l'on précise de son catalogue ; le reste vient du Code officiel géographique."""

    territory: TerritoryCode | None = Field(
        None,
        description="Territoire de la vue. Inutile pour une commune du territoire ; nécessaire pour "
        "ajouter une autre vue.",
    )
    title: str | None = Field(None, description="Titre du catalogue de la ville.")
    intro: str = Field("", description="Présentation, en Markdown.")
    homepage: str | None = Field(None, description="Site de la ville.")
    logo: str | None = Field(None, description="Adresse du logo.")
    colour: Colour = Field("#1d4f91", description="Couleur principale (#rrvvbb).")
    contact: str | None = Field(None, description="Adresse électronique ou page de contact.")
    whole: tuple[Wide, ...] | None = Field(
        None,
        description="Niveaux dont les jeux entrent en entier, pour cette vue. Sans indication, ceux de [selection].",
    )
    include: Choice = Field(
        Choice(), description="Ce qui entre dans cette vue, en plus de ce que dit [selection]."
    )
    exclude: Choice = Field(
        Choice(),
        description="Ce qui n'entre pas dans cette vue, en plus de ce que dit [selection].",
    )
    enabled: bool = Field(True, description="false : pas de catalogue pour cette ville.")


class View(Address, Identity):
    """How one catalogue presents itself. The whole territory's has the slug ""."""

    slug: ViewSlug
    territory: TerritoryCode
    title: str
    intro: str = ""
    homepage: str | None = None
    logo: str | None = None
    colour: Colour = "#1d4f91"
    contact: str | None = None
    whole: tuple[Wide, ...] = WHOLE
    include: Choice = Choice()
    exclude: Choice = Choice()


class Slices(Settings):
    """Les extraits : pour chaque ville, ses lignes dans les jeux plus larges, prouvées auprès des portails."""

    enabled: bool = Field(
        True,
        description="Chercher et publier les extraits. false : les portails ne sont plus interrogés ; ce qui est publié le reste.",
    )
    schedule: str = Field(
        "hourly", description="Quand regarder ce qui est nouveau ou à prouver de nouveau."
    )
    interval: float = Field(7, gt=0, description="Jours entre deux preuves d'un même extrait.")
    retry: float = Field(
        6,
        gt=0,
        description="Heures avant un nouvel essai quand le portail n'a pas répondu ; doublées à chaque fois, jusqu'à `interval`.",
    )
    patience: int = Field(
        3,
        ge=1,
        description="Nombre d'essais sans réponse, l'un après l'autre, après lesquels un extrait publié est retiré.",
    )
    pause: float = Field(
        1.0, ge=0, description="Secondes entre deux questions à un même serveur, au moins."
    )
    requests: int = Field(
        1000,
        ge=1,
        description="Questions posées en une fois, au plus ; le reste attend la suivante.",
    )
    timeout: float = Field(60, gt=0, description="Secondes accordées à une réponse.")
    boxes: bool = Field(
        True,
        description="À défaut de colonne, chercher par le rectangle qui contient la commune : l'extrait est alors approché, et le dit.",
    )
    extracts: bool = Field(
        False,
        description="Là où le portail ne sait pas trier, tirer nous-mêmes les lignes d'un fichier CSV, XLSX, GeoJSON ou Parquet et les servir. "
        "Demande DuckDB : pip install 'harvester[extracts]'.",
    )
    extract_bytes: int = Field(
        100 * 1024 * 1024, gt=0, description="Taille maximale d'un fichier dont on tire un extrait."
    )
    extract_seconds: float = Field(
        30, gt=0, description="Secondes accordées à la lecture d'un fichier."
    )
    extract_folder: str = Field(
        "var/extracts", description="Dossier des fichiers gardés, relatif à celui de config.toml."
    )
    extract_room: int = Field(
        2 * 1024 * 1024 * 1024,
        gt=0,
        description="Octets gardés dans ce dossier, au plus ; les moins utilisés s'en vont.",
    )


class Web(Settings):
    """Où le service écoute."""

    host: str = Field("127.0.0.1", description="Adresse d'écoute.")
    port: int = Field(8000, ge=0, le=65535, description="Port d'écoute.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Port à part pour /metrics et l'état de santé ; sans lui, /metrics ne répond qu'à cette machine.",
    )
    page_size: int = Field(500, ge=1, le=5000, description="Jeux de données par page de catalogue.")


class Log(Settings):
    """Ce qui est dit dans le journal, et comment."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description="console (lisible), json (pour les machines) ou auto."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="À partir de quelle gravité."
    )


class Links(Settings):
    """Quand deux fiches sont celles d'un même jeu de données (docs/link.md)."""

    by: Literal["weights", "pointers"] = Field(
        "weights",
        description="weights : tout ce que disent deux fiches est pesé ; pointers : seules celles qui se désignent l'une "
        "l'autre sont réunies, le reste est proposé à la relecture.",
    )
    link: float = Field(
        4.0, description="Poids (en bits) à partir duquel deux fiches sont réunies sans relecture."
    )
    review: float = Field(
        0.0,
        description="Poids (en bits) à partir duquel deux fiches sont proposées à la relecture.",
    )
    aliases: dict[str, str] = Field(
        {},
        description="Autres noms de portails : « ancien.serveur.fr » = nom d'une source, ou serveur qu'elle interroge.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Links:
        if self.review > self.link:
            raise ValueError(
                f"review ({self.review:g}) ne peut pas dépasser link ({self.link:g}) : ce qui est réuni "
                "pèse plus que ce qui est à relire"
            )
        return self


class Common(Identity):
    """What config.toml says and what `Config` keeps as it is."""

    territory: TerritoryCode = Field(
        description="Territoire du catalogue : fr:epci:200057974, par exemple. Chacune de ses communes "
        "a son catalogue."
    )
    title: str = Field(
        "", description="Titre du catalogue du territoire. Sans indication, son nom."
    )
    intro: str = Field("", description="Présentation du territoire, en Markdown.")
    homepage: str | None = Field(None, description="Site du territoire.")
    logo: str | None = Field(None, description="Adresse du logo du territoire.")
    colour: Colour = Field("#1d4f91", description="Couleur principale (#rrvvbb).")
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Adresse publique du service ; les identifiants des jeux de données en dérivent : "
        "ne la changez plus après la mise en service.",
    )
    contact: str = Field(
        "", description="Adresse électronique ou page indiquée aux portails moissonnés."
    )
    database: str = Field(
        "sqlite:///var/harvester.sqlite",
        repr=False,
        description="Base de données : sqlite:///chemin (relatif au dossier de config.toml) ou "
        "postgresql://utilisateur@serveur/base.",
    )
    workers: int = Field(
        0, ge=0, description="Processus d'analyse supplémentaires ; 0 : tout dans un seul."
    )
    history: int = Field(5, ge=1, description="Versions conservées de chaque fiche.")
    schedule: str = Field(
        "daily", description="Quand moissonner, pour les sources qui n'en disent rien."
    )
    http: HttpDefaults = Field(HttpDefaults(), description="Réglages HTTP de toutes les sources.")
    guard: Guard = Field(
        Guard(), description="Quand croire aux disparitions, pour toutes les sources."
    )
    links: Links = Field(
        Links(), description="Quand deux fiches sont celles d'un même jeu de données."
    )
    slices: Slices = Field(
        Slices(), description="Les extraits : les lignes d'une ville dans les jeux plus larges."
    )
    selection: SelectionRules = Field(
        SelectionRules(), description="Ce qui entre dans les catalogues des villes."
    )
    web: Web = Field(Web(), description="Où le service écoute.")
    log: Log = Field(Log(), description="Le journal.")
    access: AccessSettings = Field(
        AccessSettings(), description="Accès des agents à leurs catalogues."
    )


class ConfigFile(Common):
    """config.toml : le territoire, le service et ses réglages communs."""

    views: dict[Slug, ViewFile] = Field(
        {}, description="Par ville ([views.<nom>]), ce que l'on précise de son catalogue."
    )


class Config(Common):
    """Everything the operator wrote, checked, with the defaults filled in.

    `directory` is where config.toml stands (absolute); `mappings` are the operator's mapping files by
    name, as read (none: the built-in ones serve), `merge` and `coverage` their merge.toml and coverage.toml. `views` are the
    cities; `view("")` the whole territory.
    """

    directory: Path = Path()
    mappings: dict[str, dict[str, Any]] = Field({})
    merge: dict[str, Any] = Field({})
    coverage: dict[str, Any] = Field({})
    views: tuple[View, ...] = ()
    sources: tuple[Source, ...] = ()

    def view(self, slug: str) -> View | None:
        """A catalogue's identity by its slug; "" is the whole territory's."""
        if slug == "":
            return View(
                slug="",
                territory=self.territory,
                title=self.title,
                intro=self.intro,
                homepage=self.homepage,
                logo=self.logo,
                colour=self.colour,
                contact=self.contact or None,
                **{name: getattr(self, name) for name in Identity.model_fields},
            )
        return next((view for view in self.views if view.slug == slug), None)

    def source(self, identifier: str) -> Source | None:
        """A source by its id."""
        return next((source for source in self.sources if source.id == identifier), None)
