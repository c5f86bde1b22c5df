"""Sets the stage: the sample portals answering on loopback, and the configuration that harvests them."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harvester.demo.dialects import dialect
from harvester.demo.portal import Portal
from harvester.demo.portals import Expected, portals
from harvester.demo.samples import TERRITORY
from harvester.demo.server import serving
from harvester.territory import load

USUAL_PORT = 8000

CONFIG = """\
territory = "{territory}"
title = "Données ouvertes de Grand Paris Seine Ouest (démonstration)"
intro = "Des communes réelles, des catalogues **inventés** : rien de ce qui suit n'existe."
base_url = "http://127.0.0.1:{port}"
contact = "demonstration@harvester.example"
database = "sqlite:///harvester.sqlite"

[web]
port = {port}
page_size = 100

[slices]
pause = 0

[log]
level = "warning"

[views.issy-les-moulineaux]
intro = "Le catalogue de la ville, et ce que les autres niveaux publient sur elle."
colour = "#00695c"
themes = ["TRAN", "ENVI", "EDUC"]
hosts = ["issy.localhost:{port}"]

[views.meudon]
colour = "#6a1b9a"

[views.marnes-la-coquette]
intro = "La ville n'a pas de portail : l'établissement public territorial publie pour elle."
"""
SOURCE = """\
name = "{name}"
kind = "{kind}"
url = "{url}"
level = "{level}"
territory = "{territory}"
access = "{access}"
ignore_parameters = ["horodatage"]

[options]
{options}
[http]
allow_hosts = ["{host}"]
{token}"""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demonstration works with. `config` is the path of its config.toml, `roots` the portals' URLs by slug."""

    config: Path
    roots: dict[str, str]
    port: int
    portals: tuple[Portal, ...]
    expected: Expected


@contextmanager
def stage(port: int | None) -> Iterator[Stage]:
    """Start the portals and write the configuration into a temporary folder; both go at the end.

    Without `port`, the catalogue is served on the usual one where it is free, else on any.
    """
    listed, expected = portals(load())
    port = port or _free(USUAL_PORT)
    with (
        serving(listed) as roots,
        tempfile.TemporaryDirectory(prefix="harvester-", ignore_cleanup_errors=True) as folder,
    ):
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(territory=TERRITORY, port=port), "utf-8")
        (config.parent / "sources").mkdir()
        for portal in listed:
            root = roots[portal.slug]
            text = SOURCE.format(
                name=portal.name,
                kind=portal.kind,
                url=f"{root}{dialect(portal.kind).PATH}",
                level=portal.level,
                territory=portal.territory,
                access=portal.access,
                options="".join(f'{name} = "{value}"\n' for name, value in portal.options.items()),
                host=root.removeprefix("http://"),
                token=f'token = "{portal.token}"\n' if portal.token else "",
            )
            (config.parent / "sources" / f"{portal.slug}.toml").write_text(text, "utf-8")
        yield Stage(config, roots, port, listed, expected)


def _free(wanted: int) -> int:
    for candidate in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free on loopback")
