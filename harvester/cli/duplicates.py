"""`harvester duplicates`: what waits for a person's word, the words themselves, and what they say of the settings."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer
from rich.table import Table
from rich.text import Text

from harvester.cli.app import HERE, ConfigPath, House, app, err, house, misconfigured, out
from harvester.errors import ConfigurationError, DecisionRefused
from harvester.link import wording
from harvester.link.differences import Piece
from harvester.link.judging import Figures
from harvester.run import decision_files
from harvester.run.decide import attributed, decide, named
from harvester.run.review import Compared, Look, look, queue, statistics, written
from harvester.store import Connection, decisions, review
from harvester.store.review import Waiting
from harvester.store.verdicts import Verdict

duplicates = typer.Typer(
    no_args_is_help=True,
    help="Les doublons possibles : la file à examiner, les décisions, ce qu'elles disent des réglages.",
)
app.add_typer(duplicates, name="duplicates")

AsJson = Annotated[bool, typer.Option("--json", help="Du JSON, pour les programmes.")]
First = Annotated[
    str, typer.Argument(help="SOURCE/IDENTIFIANT d'une fiche, ou identifiant publié.")
]
Second = Annotated[str, typer.Argument(help="L'autre.")]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        envvar="HARVESTER_BY",
        help="Qui décide ; sans indication, l'utilisateur de la machine.",
    ),
]
Note = Annotated[str, typer.Option("--note", help="Pourquoi.")]


@duplicates.command("list")
def listed(
    config: ConfigPath = HERE,
    source: Annotated[
        str, typer.Option(help="Les paires dont une fiche est de cette source.")
    ] = "",
    view: Annotated[
        str | None, typer.Option(help="Les paires dont une entrée est dans cette vue (ville).")
    ] = None,
    limit: Annotated[int, typer.Option(help="Nombre de paires.", min=1)] = 20,
    json: AsJson = False,
) -> None:
    """La file à examiner : ce qu'une décision rapporte le plus vient d'abord."""
    with house(config, quiet=True) as opened:
        if source and opened.config.source(source) is None:
            raise _refused(f"source inconnue : {source}")
        if view and opened.config.view(view) is None:
            raise _refused(f"vue inconnue : {view}")
        with opened.store.read() as connection:
            found = queue(connection, opened.config, source, view)
    if json:
        for gain, pair in found[:limit]:
            sys.stdout.write(orjson.dumps(_plain_pair(gain, pair)).decode() + "\n")
        return
    if not found:
        out.print("Rien n'attend de décision.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("gain", "bits", "fiches", "vues"):
        table.add_column(title, justify="right")
    table.add_column("paire", overflow="fold")
    for gain, pair in found[:limit]:
        told = Text()
        for position, (name, title) in enumerate(zip(pair.names, pair.titles, strict=True)):
            told.append("\n" if position else "")
            told.append(title)
            told.append(f"  {'/'.join(name)}", style="dim")
        table.add_row(
            f"{gain:.1f}".replace(".", ","),
            wording.signed(pair.bits),
            "+".join(map(str, pair.sizes)),
            str(len(pair.views)),
            told,
        )
    out.print(table)
    if len(found) > limit:
        out.print(f"… et {len(found) - limit} autres (`--limit`).")
    out.print("`harvester duplicates show A B` montre une paire.", style="dim")


@duplicates.command()
def show(a: First, b: Second, config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Une paire côte à côte : différences, indices avec leur poids, vetos, et l'entrée qu'elle ferait."""
    with house(config, quiet=True) as opened:
        try:
            with opened.store.read() as connection:
                seen = look(
                    connection,
                    opened.config,
                    opened.clusters,
                    _record(connection, a),
                    _record(connection, b),
                )
        except DecisionRefused as error:
            raise _refused(str(error)) from None
    if json:
        sys.stdout.write(orjson.dumps(_plain_look(seen)).decode() + "\n")
    else:
        _tell(seen)


@duplicates.command()
def confirm(a: First, b: Second, config: ConfigPath = HERE, by: By = None, note: Note = "") -> None:
    """Les deux décrivent le même jeu de données : une seule entrée désormais."""
    _say(config, "same", a, b, by, note)


@duplicates.command()
def reject(a: First, b: Second, config: ConfigPath = HERE, by: By = None, note: Note = "") -> None:
    """Les deux décrivent des jeux différents : jamais une seule entrée."""
    _say(config, "different", a, b, by, note)


@duplicates.command("part-of")
def part_of(
    a: Annotated[str, typer.Argument(help="La partie : une année, une commune…")],
    b: Annotated[str, typer.Argument(help="Le tout.")],
    config: ConfigPath = HERE,
    by: By = None,
    note: Note = "",
) -> None:
    """La première est une partie de la seconde (une année, une commune) : jamais une seule entrée."""
    _say(config, "part", a, b, by, note)


@duplicates.command()
def original(a: First, config: ConfigPath = HERE, by: By = None, note: Note = "") -> None:
    """Cette fiche est l'original : c'est elle qui parle dans son entrée."""
    _say(config, "origin", a, "", by, note)


@duplicates.command()
def undo(
    a: First,
    b: Annotated[
        str, typer.Argument(help="L'autre ; sans elle, l'original n'est plus désigné.")
    ] = "",
    config: ConfigPath = HERE,
    by: By = None,
    note: Note = "",
) -> None:
    """Annuler la dernière décision sur une paire : les indices décident de nouveau."""
    _say(config, "undone", a, b, by, note)


@duplicates.command("export")
def exported(
    config: ConfigPath = HERE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fichier CSV ; sinon, la sortie.")
    ] = None,
) -> None:
    """Toutes les décisions en CSV, pour une autre base ou une copie."""
    with house(config, quiet=True) as opened, opened.store.read() as connection:
        if output is None:
            decision_files.write(connection, sys.stdout)
            return
        try:
            with output.open("w", newline="", encoding="utf-8") as stream:
                count = decision_files.write(connection, stream)
        except OSError as error:
            raise _refused(f"{output} : {error.strerror}") from None
    out.print(f"{count} décision(s) dans {output}", markup=False, soft_wrap=True)


@duplicates.command("import")
def imported(
    file: Annotated[Path, typer.Argument(help="CSV tel que l'export l'écrit.")],
    config: ConfigPath = HERE,
    by: By = None,
) -> None:
    """Reprendre des décisions d'un CSV ; celles qui sont déjà là ne comptent pas deux fois."""
    with house(config, quiet=True) as opened:
        try:
            with file.open(newline="", encoding="utf-8-sig") as stream:
                lines = decision_files.read(stream, str(file))
        except OSError as error:
            raise _refused(f"{file} : {error.strerror}") from None
        except UnicodeDecodeError:
            raise misconfigured(
                ConfigurationError(f"{file}: n’est pas en UTF-8 ; enregistrez-le ainsi")
            ) from None
        brought = decision_files.bring(opened.store, opened.clusters, lines, _who(by))
    out.print(f"{brought.written} décision(s) reprises, {brought.known} déjà connues.")
    if brought.waiting:
        out.print(f"{brought.waiting} portent sur des fiches absentes : elles les attendent.")
    _tell_aside(brought.aside)


@duplicates.command()
def stats(config: ConfigPath = HERE, json: AsJson = False) -> None:
    """Ce que chaque réglage donnerait sur les paires déjà jugées, et le nombre de paires par zone."""
    with house(config, quiet=True) as opened, opened.store.read() as connection:
        found = statistics(connection, opened.clusters.linking)
        zones = review.zones(connection)
        waiting, verdicts = review.figures(connection)
        aside = tuple(decision_files.aside(decisions.everything(connection)))
    if json:
        sys.stdout.write(
            orjson.dumps(
                {
                    "settings": [_plain_figures(each) for each in found],
                    "zones": zones,
                    "waiting": waiting,
                    "decisions": verdicts,
                }
            ).decode()
            + "\n"
        )
        return
    confirmed, rejected = found[0].confirmed, found[0].rejected
    out.print(
        f"Paires jugées : {confirmed + rejected} (confirmées : {confirmed}, rejetées : {rejected})."
    )
    table = Table(box=None, header_style="bold")
    table.add_column("lien automatique")
    for title in ("réunies à raison", "séparées à raison", "précision", "rappel"):
        table.add_column(title, justify="right")
    links = opened.config.links
    threshold = links.link if links.by == "weights" else None
    for each in found:
        name = "pointeurs seuls" if each.threshold is None else f"à partir de {each.threshold:g}"
        table.add_row(
            name + (" (réglage actuel)" if each.threshold == threshold else ""),
            f"{each.together} sur {each.confirmed}",
            f"{each.apart} sur {each.rejected}",
            _share(each.precision),
            _share(each.recall),
        )
    out.print(table)
    for zone, count in sorted(zones.items()):
        out.print(f"  {wording.ZONES.get(zone, zone)} : {count} paires")
    out.print(f"  à trancher : {waiting}")
    _tell_aside(aside)


def _say(config: Path, verdict: Verdict, a: str, b: str, by: str | None, note: str) -> None:
    with house(config, quiet=True) as opened:
        try:
            told = decide(opened.store, opened.clusters, verdict, a, b, by=_who(by), note=note)
        except DecisionRefused as error:
            raise _refused(str(error)) from None
        _result(opened, told.clusters, written=told.written)


def _result(opened: House, clusters: Sequence[str], *, written: bool) -> None:
    out.print("Décision notée." if written else "C'était déjà décidé ainsi.")
    base = opened.config.base_url.rstrip("/")
    for cluster in clusters:
        out.print(f"  {base}/datasets/{cluster}", markup=False, soft_wrap=True)


def _who(by: str | None) -> str:
    if by and by.strip():
        return by.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise _refused("Qui décide ? Donnez --by NOM (ou HARVESTER_BY).") from None


def _refused(message: str) -> typer.Exit:
    err.print(message, markup=False, soft_wrap=True, style="red")
    return typer.Exit(1)


def _record(connection: Connection, text: str) -> int:
    found = decisions.resolve(connection, named(connection, text))
    if found is None:
        raise DecisionRefused(f"« {text} » : aucune fiche de ce nom.")
    return found.record


def _tell(seen: Look) -> None:
    for mark, side in (("A", seen.a), ("B", seen.b)):
        out.print(f"[bold]{mark}[/] {'/'.join(side.name)}", soft_wrap=True)
        shared = f", avec {len(side.others)} autre(s) fiche(s)" if side.others else ""
        access = "" if side.access == "public" else " — accès restreint"
        out.print(f"  {side.source}, entrée {side.cluster}{shared}{access}", markup=False)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("champ")
    table.add_column("A", overflow="fold", ratio=1)
    table.add_column("B", overflow="fold", ratio=1)
    for field in seen.fields:
        label = field.label if field.same else f"≠ {field.label}"
        table.add_row(label, _marked(field.one), _marked(field.two))
    out.print(table)
    out.print("\n" + seen.line, markup=False, soft_wrap=True)
    for name, bits in wording.ordered(seen.evidence.levels):
        out.print(f"  {wording.signed(bits):>6}  {wording.level(name)}", markup=False)
    for name in seen.evidence.vetoes:
        out.print(f"  veto   {wording.veto(name)}", markup=False, style="red")
    for decision in seen.told:
        note = f" — {decision.note}" if decision.note else ""
        out.print(f"  {attributed(decision)}{note}", markup=False, soft_wrap=True, style="yellow")
    already = " (elle l’est déjà)" if seen.together else ""
    out.print(f"\n[bold]L’entrée réunie{already}[/], où parle {seen.speaks} :", soft_wrap=True)
    for name, value in seen.merged.items():
        text = written(name, value)
        if text and name in seen.origin:
            told = text.replace("\n", " ")
            short = told if len(told) <= 160 else f"{told[:159]}…"
            out.print(
                f"  {name} = {short}  ← {', '.join(seen.origin[name])}",
                markup=False,
                soft_wrap=True,
            )


def _marked(pieces: Sequence[Piece]) -> Text:
    text = Text()
    for piece, alone in pieces:
        text.append(f"⟦{piece.strip()}⟧" if alone else piece, style="bold" if alone else "")
    return text


def _tell_aside(aside: Sequence[str]) -> None:
    for told in aside:
        out.print(f"Laissée de côté : {told}", markup=False, soft_wrap=True, style="yellow")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f} %".replace(".", ",")


def _plain_figures(each: Figures) -> dict[str, Any]:
    return {
        "link": each.threshold,
        "together": each.together,
        "confirmed": each.confirmed,
        "apart": each.apart,
        "rejected": each.rejected,
        "precision": each.precision,
        "recall": each.recall,
    }


def _plain_pair(gain: float, pair: Waiting) -> dict[str, Any]:
    return {
        "gain": round(gain, 2),
        "bits": round(pair.bits, 2),
        "a": "/".join(pair.names[0]),
        "b": "/".join(pair.names[1]),
        "titles": pair.titles,
        "clusters": pair.clusters,
        "records": pair.sizes,
        "views": pair.views,
        "public": pair.public,
        "pairs": pair.pairs,
    }


def _plain_look(seen: Look) -> dict[str, Any]:
    def field(each: Compared) -> dict[str, Any]:
        return {
            "a": "".join(text for text, _ in each.one),
            "b": "".join(text for text, _ in each.two),
            "same": each.same,
        }

    def side(name: str) -> dict[str, Any]:
        its = cast(Any, getattr(seen, name))
        return {
            "record": "/".join(its.name),
            "cluster": its.cluster,
            "access": its.access,
            "others": its.others,
            "entry": its.entry,
        }

    return {
        "a": side("a"),
        "b": side("b"),
        "bits": round(seen.evidence.bits, 2),
        "zone": seen.evidence.zone,
        "line": seen.line,
        "levels": dict(seen.evidence.levels),
        "vetoes": seen.evidence.vetoes,
        "pointers": seen.evidence.pointers,
        "fields": {each.name: field(each) for each in seen.fields},
        "merged": seen.merged,
        "provenance": seen.origin,
        "speaks": seen.speaks,
        "decisions": [attributed(decision) for decision in seen.told],
        "standing": seen.standing,
    }
