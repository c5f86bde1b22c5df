"""A small territory for the tests of linking."""

from __future__ import annotations

from typing import Any

from harvester.link.places import Places, Unit, gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.link.profile import Profile, Reader
from harvester.link.titles import load_synonyms

EPT = "fr:epci:200057974"
MEUDON, SEVRES, AVRAY = "fr:commune:92048", "fr:commune:92072", "fr:commune:92077"
HOMONYMS = ("fr:commune:01001", "fr:commune:92999")


def unit(
    code: str, level: str, *names: str, siren: str | None = None, around: tuple[str, ...] = ()
) -> Unit:
    return Unit(code, level, names, siren, (code, *around, "fr"))


PLACES: Places = gazetteer(
    [
        unit(EPT, "epci", "Grand Paris Seine Ouest", siren="200057974"),
        unit(MEUDON, "commune", "Ville de Meudon", "Meudon", siren="219200482", around=(EPT,)),
        unit(SEVRES, "commune", "Ville de Sèvres", "Sèvres", siren="219200722", around=(EPT,)),
        unit(AVRAY, "commune", "Ville-d'Avray", siren="219200771", around=(EPT,)),
        unit(HOMONYMS[0], "commune", "Saint-Denis-en-Val"),
        unit(HOMONYMS[1], "commune", "Saint-Denis-en-Val", around=(EPT,)),
        unit("fr", "etat", "Ministère des Sports", "France", siren="110031010"),
    ]
)
MEUDON_PORTAL = Portal(
    "ods:data.meudon.fr", "ods", 0, ("data.meudon.fr", "meudon.opendatasoft.com"), MEUDON
)
EPT_PORTAL = Portal("ods:data.seineouest.fr", "ods", 1, ("data.seineouest.fr",), EPT, "seineouest")
NATIONAL = Portal("datagouv", "udata", 4, ("www.data.gouv.fr",), gathers=True)
PORTALS = Portals([MEUDON_PORTAL, EPT_PORTAL, NATIONAL])


def profile(
    title: str, portal: Portal = NATIONAL, record: str = "5c4e145238504b59b11c3dd5", **values: Any
) -> Profile:
    """The profile of a record with that title; `publisher` may be a name."""
    publisher = values.pop("publisher", "")
    return Reader(PLACES, PORTALS, load_synonyms()).read(
        {"title": {"fr": title}, "publisher": {"name": {"fr": publisher}}, **values}, portal, record
    )
