"""Write a corpus for `harvester link` with its truth: other places, titles and distortions than any corpus we were given.

    python scripts/make_link_corpus.py DIRECTORY --seed 7 --datasets 900

Places are real (Code officiel géographique), chosen by the seed; who publishes what, who copies it and what the copying
does to titles, ids, descriptions and pointers is drawn. A model that was fitted to one generator's habits shows here.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
from pathlib import Path

from harvester.territory import load
from harvester.territory.names import slug

YEARLY = {
    "Recensement des corbeaux freux": "Nids comptés au printemps par les gardes champêtres de {p}.",
    "Comptes du centre communal d'action sociale": "Dépenses et recettes du CCAS de {p}.",
    "Relevés de la nappe phréatique": "Hauteur d'eau des piézomètres.",
    "Entrées du musée municipal": "Billets vendus par jour et par tarif au musée de {p}.",
    "Indemnités des élus": "Indemnités versées aux membres du conseil, au titre de l'article L2123-24-1-1.",
    "Ventes de bois communal": "Lots vendus, essences et volumes.",
    "Déneigement : tournées": "Tournées effectuées par les engins.",
    "Prix au mètre carré des concessions": "Tarifs votés par le conseil de {p}.",
    "Fréquentation des sentiers": "Passages aux éco-compteurs.",
    "Taux d'occupation des salles": "Réservations des salles de {p}.",
    "Frelons asiatiques : nids détruits": "Interventions des services techniques.",
    "Aides à la rénovation énergétique": "Dossiers aidés par {p}, montants et travaux.",
    "Licenciés sportifs": "Licences par fédération.",
    "Emprunts garantis": "Emprunts que {p} garantit.",
    "Interventions des sapeurs-pompiers": "Interventions par commune et par type.",
    "Rapport sur le prix et la qualité du service de l'assainissement": "RPQS de {p}.",
}
STEADY = {
    "Boîtes à livres": "Emplacement des boîtes à livres de {p}.",
    "Lavoirs et fontaines anciennes": "Petit patrimoine lié à l'eau.",
    "Chemins de randonnée": "Tracés balisés sur le territoire de {p}.",
    "Panneaux d'affichage libre": "Panneaux ouverts à l'affichage d'opinion.",
    "Haies bocagères": "Haies relevées par photo-interprétation.",
    "Ruchers partagés": "Ruches installées par {p}.",
    "Bancs": "Position des bancs.",
    "Bassins versants": "Contours des bassins versants.",
    "Servitudes aéronautiques": "Servitudes de dégagement.",
    "Terrains de pétanque": "Boulodromes de {p}.",
    "Réseau de chaleur": "Tracé du réseau de chaleur.",
    "Passages à gué": "Gués et submersions fréquentes.",
    "Distributeurs de sacs canins": "Canisites et distributeurs.",
    "Points de rassemblement": "Points de rassemblement du plan communal de sauvegarde de {p}.",
    "Zones de silence": "Zones calmes au sens de la directive bruit.",
}
VARIANTS = ("communaux", "privés", "été", "hiver", "budget eau", "lot 1", "lot 2")
BOILERPLATE = (
    "Données ouvertes de la collectivité.",
    "Voir la documentation jointe pour la description des champs de ce fichier.",
)


class Corpus:
    """What is drawn: records with what they truly are."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.gazetteer = load()
        self.records: list[dict[str, object]] = []
        self.truth: list[dict[str, object]] = []
        self.portals: list[dict[str, object]] = []
        self.units: list[dict[str, object]] = []
        self.portal_of: dict[str, dict[str, object]] = {}
        self.taken: set[str] = set()

    def territory(self) -> None:
        draw, places = self.draw, self.gazetteer
        region = draw.choice(
            ["fr:region:53", "fr:region:76", "fr:region:84", "fr:region:27", "fr:region:75"]
        )
        groups = [g for g in places.members(region, "epci") if 8 < len(places.members(g)) < 60]
        for group in draw.sample(groups, 6):
            self.unit(group, "E")
            for commune in draw.sample(list(places.members(group)), 6):
                self.unit(commune, "C")
        self.unit(region, "R")
        self.portal("datagouv", "udata", None, "N", ["www.data.gouv.fr"])
        for unit in self.units:
            if unit["level"] != "C" or draw.random() < 0.45:
                host = f"{draw.choice(['data', 'opendata', 'donnees'])}.{slug(str(unit['place']))}.{draw.choice(['fr', 'bzh', 'eu'])}"
                short = f"{slug(str(unit['place']))[:28]}-{draw.choice(['od', 'agglo', 'ville'])}"
                self.portal(
                    f"ods:{host}",
                    "ods",
                    unit,
                    unit["level"],
                    [host, f"{short}.opendatasoft.com"],
                    short,
                )

    def unit(self, code: str, level: str) -> None:
        found = self.gazetteer.unit(code)
        chain = {
            c.split(":")[1]: c.rpartition(":")[2]
            for c in reversed(self.gazetteer.enclosing(code))
            if ":" in c
        }
        self.units.append(
            {
                "code": code, "level": level, "name": found.name if level != "C" else f"Ville de {found.name}", "place": found.name,
                "siren": found.siren, "insee": code.rpartition(":")[2] if level == "C" else None, "epci": chain.get("epci"),
                "dept": chain.get("departement"), "region": chain.get("region"),
            }
        )  # fmt: skip

    def portal(
        self,
        key: str,
        kind: str,
        unit: dict[str, object] | None,
        level: object,
        hosts: list[str],
        short: str | None = None,
    ) -> None:
        row = {
            "key": key, "kind": kind, "owner": unit["code"] if unit else None, "owner_name": unit["name"] if unit else None,
            "level": level, "domains": hosts, "ods_id": short if self.draw.random() < 0.7 else None,
        }  # fmt: skip
        self.portals.append(row)
        if unit:
            self.portal_of[str(unit["code"])] = row

    def title(self, what: str, place: str, year: str) -> str:
        style = self.draw.randrange(7)
        when = f" {year}" if year else ""
        return (
            f"{what}{when}", f"{what}{when} - {place}", f"{place} | {what}{when}", f"{year} - {what}".strip(" -"),
            f"{what} à {place}{when and f' (année {year})'}", f"{what}{when and f' : exercice {year}'} [{place}]", f"{what} de la commune de {place}{when}",
        )[style]  # fmt: skip

    def datasets(self, count: int) -> None:
        draw = self.draw
        made = 0
        while made < count:
            unit = draw.choice(self.units)
            yearly = draw.random() < 0.6
            what, text = draw.choice(list((YEARLY if yearly else STEADY).items()))
            variant = draw.choice(VARIANTS) if draw.random() < 0.15 else ""
            text = draw.choice(BOILERPLATE) if draw.random() < 0.2 else text.format(p=unit["place"])
            first = draw.randrange(2014, 2021)
            span = draw.random()
            years = (
                [""] if not yearly else [str(y) for y in range(first, first + draw.randrange(2, 6))]
            )
            if yearly and span < 0.12:
                years.append(f"{first}-{int(years[-1])}")
            named = (
                draw.random() < 0.85
            )  # without a year in titles: undecidable for whoever has no id to read
            style = draw.random()
            for year in years:
                key = f"{unit['code']}|{what}|{variant}|{year}"
                if key in self.taken:
                    continue
                self.taken.add(key)
                core = f"{what} - {variant}" if variant else what
                state = draw.getstate()
                draw.seed(f"{unit['code']}{what}{style}")
                title = self.title(core, str(unit["place"]), year if named else "")
                draw.setstate(state)
                self.dataset(f"d{made:05}", unit, core, title, text, year)
                made += 1

    def dataset(
        self, entity: str, unit: dict[str, object], core: str, title: str, text: str, year: str
    ) -> None:
        draw = self.draw
        own = self.portal_of.get(str(unit["code"]))
        issued = (
            f"{draw.randrange(2016, 2025)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        )
        local = slug(f"{core} {year}").strip("-")[:60] + draw.choice(
            ["", f"-{slug(str(unit['place']))}", f"-{unit['siren'] or ''}"]
        )
        base = {
            "unit": unit,
            "title": title,
            "text": text,
            "issued": issued,
            "entity": entity,
            "year": year,
        }
        chain: list[tuple[str, str]] = []
        if own:
            local = self.free(own, local)
            self.ods(own, local, base, chain, [])
            chain.append((str(own["key"]), local))
        else:
            self.udata(base, None)
        hosts = [
            p
            for p in self.portals
            if p["kind"] == "ods"
            and p is not own
            and p["owner"] in self.gazetteer.enclosing(str(unit["code"]))
        ]
        copies: list[tuple[dict[str, object], str]] = []
        for host in hosts:
            if own and draw.random() < 0.35:
                name = self.free(
                    host,
                    draw.choice(
                        [
                            local,
                            f"{local}@{own['domains'][1].split('.')[0]}",
                            f"{local}-{draw.randrange(4096):03x}a",
                        ]
                    ),
                )  # type: ignore[index]
                self.ods(
                    host,
                    name,
                    {**base, "title": self.copied(title, unit)},
                    chain,
                    [own, local] if draw.random() < 0.7 else [],
                )
                copies.append((host, name))
        if own and draw.random() < 0.6:
            self.udata(base, (own, local))
        for host, name in copies:
            if draw.random() < 0.3:
                self.udata({**base, "title": self.copied(title, unit)}, (host, name), hosted=host)
        if draw.random() < 0.05:
            self.udata(
                {
                    **base,
                    "title": self.copied(self.title(core, str(unit["place"]), year), unit),
                    "issued": "2025-02-03",
                },
                None,
            )

    def free(self, portal: dict[str, object], local: str) -> str:
        while f"{portal['key']}/{local}" in self.taken:
            local += "1"
        self.taken.add(f"{portal['key']}/{local}")
        return local

    def copied(self, title: str, unit: dict[str, object]) -> str:
        draw = self.draw
        chance = draw.random()
        if chance < 0.12:
            return title.upper()
        if chance < 0.2:
            return f"{unit['place']} – {title}"
        if chance < 0.27:
            return title[: max(18, len(title) - draw.randrange(3, 12))] + draw.choice(
                ["…", "", " [...]"]
            )
        if chance < 0.34 and len(title) > 12:
            at = draw.randrange(2, len(title) - 3)
            return title[:at] + title[at + 1] + title[at] + title[at + 2 :]
        if chance < 0.4:
            return title.replace("é", "&eacute;").replace("'", "&#039;")
        if chance < 0.46:
            return f"Copie de {title}"
        return title

    def record(
        self, rid: str, source: str, kind: str, base: dict[str, object], **more: object
    ) -> None:
        unit = base["unit"]
        place = self.draw.random()
        row: dict[str, object] = {
            "rid": rid, "source": source, "source_kind": kind, "uri": None, "identifier": rid.partition("|")[2], "alt_identifiers": [],
            "title": base["title"], "description": base["text"], "publisher_name": unit["name"], "publisher_siren": unit["siren"] if self.draw.random() < 0.5 else None,
            "landing_page": None, "distributions": [], "keywords": [w for w in str(base["title"]).lower().split() if len(w) > 5][:3], "themes": [],
            "spatial_insee": [unit["insee"]] if unit["insee"] and place < 0.2 else [], "spatial_epci": None, "spatial_label": unit["place"] if 0.2 < place < 0.5 else None,
            "bbox": None, "temporal": [f"{base['year']}-01-01", f"{base['year']}-12-31"] if len(str(base["year"])) == 4 and place > 0.8 else None,
            "issued": f"{base['issued']}T00:00:00", "modified": "2026-01-05T03:00:00", "licence": None, "language": "fr", "ods_source_domain": None,
            "ods_source_dataset": None, "udata_remote_id": None, "udata_remote_url": None, "udata_domain": None, **more,
        }  # fmt: skip
        self.records.append(row)
        self.truth.append(
            {
                "rid": rid, "entity_id": base["entity"], "canonical": 0, "road": kind, "hops": 0, "producer": unit["code"], "level": unit["level"], "place": unit["place"],
                "template": str(base["text"]), "variant": "", "period": base["year"], "tags": "", "in_delta": 0,
            }
        )  # fmt: skip

    def files(self, host: str, local: str) -> list[dict[str, object]]:
        return [
            {
                "access_url": None,
                "download_url": f"https://{host}/api/explore/v2.1/catalog/datasets/{local}/exports/{form}",
                "format": form,
                "checksum": None,
            }
            for form in ("csv", "json")
        ]

    def ods(
        self,
        portal: dict[str, object],
        local: str,
        base: dict[str, object],
        chain: list[tuple[str, str]],
        source: list[object],
    ) -> None:
        host = str(portal["domains"][0])  # type: ignore[index]
        more: dict[str, object] = {
            "uri": f"https://{host}/explore/dataset/{local}/",
            "landing_page": f"https://{host}/explore/dataset/{local}/",
            "distributions": self.files(host, local),
        }
        if source:
            more |= {
                "ods_source_domain": source[0]["domains"][self.draw.randrange(2)],
                "ods_source_dataset": source[1],
            }  # type: ignore[index]
        if chain and self.draw.random() < 0.3:
            more["publisher_name"] = portal["owner_name"]
            more["publisher_siren"] = None
        self.record(f"{portal['key']}|{local}", str(portal["key"]), "ods", base, **more)

    def udata(
        self,
        base: dict[str, object],
        of: tuple[dict[str, object], str] | None,
        *,
        hosted: dict[str, object] | None = None,
    ) -> None:
        draw = self.draw
        local = f"{draw.getrandbits(96):024x}"
        more: dict[str, object] = {
            "uri": f"https://www.data.gouv.fr/datasets/{local}/",
            "landing_page": f"https://www.data.gouv.fr/fr/datasets/{slug(str(base['title']))[:50]}/",
        }
        file = f"https://static.data.gouv.fr/resources/{slug(str(base['title']))[:40]}/{draw.randrange(10**8)}/export.csv"
        more["distributions"] = [
            {"access_url": None, "download_url": file, "format": "csv", "checksum": None}
        ]
        if of:
            portal, name = of
            host = str(portal["domains"][draw.randrange(2)])  # type: ignore[index]
            how = draw.random()
            if how < 0.6:
                url = f"https://{host}/explore/dataset/{name}/"
                more |= {"udata_remote_id": name, "udata_remote_url": url, "udata_domain": host}
            if how < 0.85:
                more["distributions"] = self.files(host, name)
        if hosted and draw.random() < 0.5:
            more["publisher_name"] = hosted["owner_name"]
            more["publisher_siren"] = None
        self.record(f"datagouv|{local}", "datagouv", "udata", base, **more)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.draw.shuffle(self.records)
        with gzip.open(folder / "records.jsonl.gz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in self.records)
        with gzip.open(folder / "truth.csv.gz", "wt", encoding="utf-8", newline="") as stream:
            rows = csv.DictWriter(stream, list(self.truth[0]))
            rows.writeheader()
            rows.writerows(self.truth)
        (folder / "portals.json").write_text(json.dumps(self.portals, ensure_ascii=False), "utf-8")
        (folder / "territory.json").write_text(json.dumps(self.units, ensure_ascii=False), "utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--datasets", type=int, default=900)
    given = arguments.parse_args()
    corpus = Corpus(given.seed)
    corpus.territory()
    corpus.datasets(given.datasets)
    corpus.write(given.folder)


if __name__ == "__main__":
    main()
