"""What `harvester explain` prints: an entry's records and their roads, links, fields, views, problems, history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from rich.text import Text

from harvester.link.policy import RULES
from harvester.run.decide import said

Told = Mapping[str, Any]

_STATES = {
    "published": "publiée",
    "missing": "absente à la dernière moisson",
    "quarantined": "en quarantaine",
    "held": "retenue",
    "withdrawn": "retirée",
    "excluded": "exclue",
    "rejected": "rejetée",
}
_ACCESS = {"public": "publique", "restricted": "réservée aux agents", "private": "privée"}
_AUDIENCES = {"all": "pour tous", "public": "pour le public", "agents": "pour les agents"}
_RULES = {
    "elected": "fiche élue",
    "first": "première à le dire",
    "united": "réuni",
    "origin": "d'une seule fiche",
}
_CHANGES = {
    "created": "apparaît",
    "updated": "change",
    "deleted": "est retirée",
    "restored": "revient",
    "merged": "est réunie à",
    "split": "se sépare de",
}
_SEEN_BY = {"all": "", "public": ", pour le public", "agents": ", pour les agents"}


MOST = 20
"""Reasons for not being in a catalogue that are printed: a région has a thousand communes."""


def lines(told: Told) -> Iterator[Text]:
    """What `store.explain` tells (and `roads` of `link.federation`, `links` of `run.why`), for people."""
    yield Text(told["cluster"], style="bold")
    yield from members(told)
    yield from roads(told)
    yield from links(told, _Names(told["members"]))
    yield from decided(told)
    for entry in told["entries"]:
        yield from fields(entry, _Names(told["members"]))
    yield from rules(told)
    yield from views(told)
    yield from problems(told)
    yield from history(told)


class _Names:
    """Records as they are shown: by their source alone, where it has one record in the entry."""

    def __init__(self, members: Sequence[Told]) -> None:
        sources = [member["source"] for member in members]
        self._short = {
            f"{m['source']}/{m['local_id']}": m["source"]
            for m in members
            if sources.count(m["source"]) == 1
        }

    def __call__(self, records: Sequence[str]) -> str:
        return ", ".join(self._short.get(record, record) for record in records)


def members(told: Told) -> Iterator[Text]:
    """Each record, as its source gives it."""
    yield _heading("Fiches")
    for member in told["members"]:
        state = _STATES.get(member["state"], member["state"])
        access = _ACCESS.get(member["access"], member["access"])
        yield Text(
            f"  {member['source']} : {member['local_id']} — {member['title']} ({state}, {access})"
        )
        for path, value in outline(member["raw"]):
            yield Text(f"      {path} = {value}", style="dim")
        for clue in member["clues"]:
            kept = "territoire" if clue.counts else "    écarté"
            yield Text(f"    {kept} : {clue.sentence()}", style="" if clue.counts else "dim")


def roads(told: Told) -> Iterator[Text]:
    """Which source brings the dataset through which portal."""
    if not told["roads"]:
        return
    yield _heading("Chemins")
    present = {member["source"] for member in told["members"]}
    for road in told["roads"]:
        source, host = road["source"], road["origin"]
        if host is None:
            own = f" ({', '.join(road['home'])})" if road["home"] else ""
            yield Text(f"  {source} : chez elle{own}")
        elif here := [giver for giver in road["from"] if giver in present]:
            yield Text(f"  {source} : la tient de {' ou de '.join(here)} ({host})")
        elif road["from"]:
            yield Text(
                f"  {source} : la tient de {host} ({' ou '.join(road['from'])}, dont aucune fiche n'est ici)"
            )
        else:
            yield Text(f"  {source} : la tient de {host}, qui n'est pas moissonné ici")


def links(told: Told, names: _Names) -> Iterator[Text]:
    """Why the records are together, and which others are not with them."""
    inside = [link for link in told["links"] if link["other"] is None]
    outside = [link for link in told["links"] if link["other"] is not None]
    if inside:
        yield _heading("Ce qui les réunit")
    for link in inside:
        yield Text(f"  {names([link['a']])} — {names([link['b']])} : {_tie(link)}")
    if outside:
        yield _heading("Ce qui leur ressemble et n'en est pas")
    for link in outside:
        yield Text(f"  {names([link['a']])} — {link['b']} : {link['line']}")
        yield Text(f"      entrée {link['other']}", style="dim")


def _tie(link: Told) -> str:
    if link["person"] == "same":
        return f"décidé par une personne ({link['line']})"
    return str(link["line"])


def decided(told: Told) -> Iterator[Text]:
    """What people said of its records."""
    if told["decisions"]:
        yield _heading("Décisions")
    for decision in told["decisions"]:
        yield Text(f"  {said(decision)}", style="yellow")


def fields(entry: Told, names: _Names) -> Iterator[Text]:
    """Each field of an audience's entry: its value, whose it is, by which rule, who says otherwise."""
    elected = names([entry["record"]])
    yield _heading(f"Champs de l'entrée {_AUDIENCES[entry['audience']]} (fiche élue : {elected})")
    for field, told in entry["provenance"].items():
        value = entry["entry"].get(field)
        rule = _RULES.get(told["rule"], told["rule"])
        yield Text(f"  {field} ← {names(told['records'])} ({rule}){_value(told, field, value)}")
        if "each" in told:
            yield from _each(field, value, told["each"], names)
        for other in told.get("others", ()):
            said = ", ".join(short(item) for item in other["values"])
            yield Text(f"      ≠ {names([other['record']])} dit : {said}", style="yellow")


def rules(told: Told) -> Iterator[Text]:
    """What the rules mean that several records needed."""
    if len(told["members"]) > 1:
        used = {line["rule"] for entry in told["entries"] for line in entry["provenance"].values()}
        for rule, meaning in RULES.items():
            if rule in used:
                yield Text(f"  « {_RULES[rule]} » : {meaning}", style="dim")


def _value(told: Told, field: str, value: Any) -> str:
    """A field's value on its line; that of a list of several records is told below, by record."""
    if field == "distribution":
        return f" : {len(value)} ressource{'s' if len(value) > 1 else ''}"
    if "each" in told or not value:
        return ""
    said = value.get("name") or value if isinstance(value, dict) else value
    if isinstance(said, dict) and all(isinstance(text, str) for text in said.values()):
        said = said.get("fr") or next(iter(said.values()))
    elif isinstance(said, list) and len(said) == 1 and isinstance(said[0], str):
        (said,) = said
    return f" = {short(said)}"


def _each(field: str, value: Any, each: Any, names: _Names) -> Iterator[Text]:
    if field == "distribution":
        for number, (distribution, told) in enumerate(zip(value, each, strict=True), 1):
            urls = distribution.get("download_url") or distribution.get("access_url") or [""]
            yield Text(f"      {number}. {urls[0]} ← {names(told['records'])}")
            for name, filled in told.get("filled", {}).items():
                rule = _RULES.get(filled["rule"], filled["rule"])
                yield Text(f"           {name} ← {names(filled['records'])} ({rule})")
        return
    said: dict[str, list[str]] = {}
    for item, records in _paired(value, each):
        said.setdefault(names(records), []).append(short(item))
    for who, items in said.items():
        yield Text(f"      {who} : {' · '.join(items)}", style="dim")


def _paired(value: Any, each: Any) -> Iterator[tuple[Any, Sequence[str]]]:
    if isinstance(value, Mapping):
        for language, items in value.items():
            yield from zip(items, each[language], strict=True)
    else:
        yield from zip(value, each, strict=True)


def views(told: Told) -> Iterator[Text]:
    """Which catalogues show it, and why; which do not, and why not."""
    if told["views"]:
        yield _heading("Catalogues")
    for view in told["views"]:
        seen_by = _SEEN_BY.get(view["audience"], "")
        yield Text(f"  vue {view['view'] or '(territoire)'}{seen_by} : {view['reason']}")
    if told["left_out"]:
        yield _heading("Catalogues qui ne la montrent pas")
    reasons: dict[str, list[str]] = {}
    for view in told["left_out"]:
        name = f"{view['view']}{_SEEN_BY.get(view['audience'], '')}"
        reasons.setdefault(view["reason"], []).append(name)
    for reason, names in list(reasons.items())[:MOST]:
        yield Text(f"  vue{'s' if len(names) > 1 else ''} {', '.join(names)} : {reason}")
    if len(reasons) > MOST:
        yield Text(f"  … et {len(reasons) - MOST} autres raisons : --json les donne toutes")


def problems(told: Told) -> Iterator[Text]:
    """Defects of its records."""
    if told["problems"]:
        yield _heading("Problèmes")
    for problem in told["problems"]:
        yield Text(f"  {problem['code']} {problem['path']} : {problem['message']}", style="yellow")


def history(told: Told) -> Iterator[Text]:
    """What readers were told, in order."""
    if told["changes"]:
        yield _heading("Histoire")
    for change in told["changes"]:
        other = f" {change['other']}" if change["other"] else ""
        at = change["at"][:16].replace("T", " ")
        cause = f"moisson de {change['source']}" if change["source"] else "configuration changée"
        yield Text(
            f"  {at} : {_CHANGES.get(change['kind'], change['kind'])}{other} "
            f"({cause}{_SEEN_BY.get(change['audience'], '')})"
        )


def _heading(title: str) -> Text:
    return Text(title, style="bold")


def outline(tree: Any, most: int = 5) -> Iterator[tuple[str, str]]:
    """A record as its source gives it: (path under the source's own names, value), `most` elements of each list."""
    held: list[tuple[str, Any]] = [("", tree)]
    while held:
        path, value = held.pop()
        inner: list[tuple[str, Any]] = []
        if isinstance(value, dict) and value:
            inner = [(f"{path}.{name}" if path else name, item) for name, item in value.items()]
        elif isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
            inner = [(path, value[0])]
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            inner = [(f"{path}[{number}]", item) for number, item in enumerate(value[:most])]
            if len(value) > most:
                inner.append((f"{path}[…]", f"… et {len(value) - most} autres"))
        if inner:
            held.extend(reversed(inner))
        elif value not in (None, "", [], {}):
            yield path, short(value)


def short(value: object) -> str:
    """A value on one line."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    text = " ".join(text[:1_000].split())
    return text if len(text) <= 160 else f"{text[:157]}…"
