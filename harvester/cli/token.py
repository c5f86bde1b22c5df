"""Commands about agents' and curators' tokens: create, list, revoke."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from harvester.cli.app import HERE, ConfigPath, app, err, house, misconfigured, out
from harvester.config import Config
from harvester.errors import ConfigurationError
from harvester.store import now, tokens
from harvester.store.tokens import Token

token = typer.Typer(
    no_args_is_help=True,
    help="Les jetons qui ouvrent aux agents les données restreintes d'un catalogue.",
)
app.add_typer(token, name="token")

AsJson = Annotated[bool, typer.Option("--json", help="Du JSON, pour les programmes.")]
_DAYS = re.compile(r"(\d{1,4}) ?(?:d|j|days?|jours?)?")
_STATES = {"valid": "valable", "expired": "expiré", "revoked": "retiré"}
WHOLE = "tout le territoire"


@token.command("create")
def create(
    label: Annotated[str, typer.Option(help="Pour qui ou pour quoi : ce que « list » en dira.")],
    config: ConfigPath = HERE,
    view: Annotated[
        str | None, typer.Option(help="Le catalogue qu'il ouvre : le nom court d'une ville.")
    ] = None,
    territory: Annotated[
        bool,
        typer.Option("--territory", help="Il ouvre le catalogue du territoire et de ses villes."),
    ] = False,
    curator: Annotated[
        bool,
        typer.Option(
            "--curator",
            help="Il ouvre la relecture des rapprochements (/revue), au nom que dit --label.",
        ),
    ] = False,
    expires: Annotated[
        str | None,
        typer.Option(help="Dernier jour (2027-06-30) ou durée (90d) ; sans indication, aucun."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Créer un jeton. Il est écrit une seule fois, ici : la base n'en garde que l'empreinte."""
    with house(config, quiet=True) as opened:
        slug = _view(opened.config, view, territory, curator)
        if not label.strip():
            said = "--label : dites pour qui ou pour quoi est ce jeton."
            raise misconfigured(ConfigurationError(said))
        with opened.store.write() as connection:
            made, written = tokens.create(
                connection,
                slug,
                label.strip(),
                _end(expires),
                opens="review" if curator else "catalogue",
            )
        if json:
            sys.stdout.write(orjson.dumps({**_row(made), "token": written}).decode() + "\n")
            return
        root = opened.config.base_url + (f"/villes/{slug}" if slug else "")
        usage = (
            f"À donner sur {root}/revue/connexion"
            if curator
            else f"Pour essayer : curl -H 'Authorization: Bearer …' {root}/catalog.ttl"
        )
        err.print(
            f"Jeton {made.id} pour {_opened(made)}"
            + (f", jusqu'au {made.expires[:10]}" if made.expires else "")
            + f". Notez-le : il ne sera plus montré.\n{usage}",
            markup=False,
            soft_wrap=True,
        )
        sys.stdout.write(written + "\n")


@token.command("list")
def listed(
    config: ConfigPath = HERE,
    view: Annotated[str | None, typer.Option(help="Ceux d'une ville seulement.")] = None,
    json: AsJson = False,
) -> None:
    """Les jetons : ce qu'ils ouvrent, pour qui, depuis quand, jusqu'à quand, leur dernier usage."""
    with house(config, quiet=True) as opened:
        slug = None if view is None else _view(opened.config, view)
        with opened.store.read() as connection:
            found = tokens.listed(connection, slug)
        if json:
            for each in found:
                sys.stdout.write(orjson.dumps(_row(each)).decode() + "\n")
            return
        table = Table(box=None, header_style="bold")
        for title in ("jeton", "catalogue", "pour", "créé", "expire", "dernier usage", "état"):
            table.add_column(title)
        known = {"", *(each.slug for each in opened.config.views)}
        for each in found:
            table.add_row(
                each.id,
                _opened(each) + ("" if each.view in known else " (n'existe plus)"),
                each.label,
                each.created[:10],
                (each.expires or "jamais")[:10],
                (each.used or "jamais")[:16].replace("T", " "),
                _STATES[each.state(now())],
            )
        out.print(table, markup=False)


@token.command("revoke")
def revoke(
    key: Annotated[
        str, typer.Argument(metavar="JETON", help="Son nom dans « list », ou le jeton lui-même.")
    ],
    config: ConfigPath = HERE,
) -> None:
    """Retirer un jeton : il n'ouvre plus rien dès maintenant."""
    with house(config, quiet=True) as opened:
        short = key.removeprefix(f"{tokens.PREFIX}_").partition("_")[0]
        with opened.store.write() as connection:
            found = tokens.revoke(connection, short)
        if found is None:
            err.print(f"Aucun jeton ne s'appelle « {short} » ; voir « harvester token list ».")
            raise typer.Exit(1)
        out.print(
            f"Le jeton {found.id} ({found.label}, {_opened(found)}) n'ouvre plus rien.",
            markup=False,
        )


def _view(config: Config, view: str | None, territory: bool = False, curator: bool = False) -> str:
    """The slug that is meant; the beginning of one is enough where no other begins so. Exit 2 where none is."""
    if (view is not None) + territory + curator != 1:
        said = (
            "dites ce que le jeton ouvre : --view <ville>, --territory pour tout le territoire, ou --curator pour la "
            "relecture des rapprochements."
        )
        raise misconfigured(ConfigurationError(said))
    slugs = [each.slug for each in config.views]
    if not view or view in slugs:
        return view or ""
    near = [slug for slug in slugs if slug.startswith(f"{view}-")]
    if len(near) == 1:
        return near[0]
    raise misconfigured(ConfigurationError(f"vue inconnue : {view}. Vues : {', '.join(slugs)}"))


def _end(expires: str | None) -> str | None:
    """The instant from which a token opens nothing; exit 2 for what can be none, or is over."""
    if expires is None:
        return None
    days = _DAYS.fullmatch(expires.strip())
    try:
        if days:
            end = datetime.now(UTC) + timedelta(days=int(days[1]))
        else:
            last = date.fromisoformat(expires.strip()) + timedelta(days=1)
            end = datetime.combine(last, time(), UTC)
    except ValueError:
        said = f"--expires : « {expires} » n'est ni une date (2027-06-30) ni une durée (90d)."
        raise misconfigured(ConfigurationError(said)) from None
    if end <= datetime.now(UTC):
        raise misconfigured(ConfigurationError(f"--expires : « {expires} » est passé."))
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(each: Token) -> str:
    return "la relecture" if each.opens == "review" else each.view or WHOLE


def _row(each: Token) -> dict[str, Any]:
    return {
        "id": each.id,
        "opens": each.opens,
        "view": each.view,
        "label": each.label,
        "created": each.created,
        "expires": each.expires,
        "revoked": each.revoked,
        "used": each.used,
        "state": each.state(now()),
    }
